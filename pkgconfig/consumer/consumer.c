/* SPDX-License-Identifier: Apache-2.0 */
/* What a program that embeds the library looks like to the compiler: renders SparkPi with what pkg-config says alone.
 * Compiled as C and as C++. */
#include <sparkk8s.h>

#include <stdio.h>

static int render(const char *const *argv, int argc)
{
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;
    sparkk8s_manifest *manifest = NULL;
    int rc;

    rc = sparkk8s_app_from_args(argc, argv, NULL, NULL, &app, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    if (rc == SPARKK8S_OK)
        printf("%s: %lu objects, first a %s\n", sparkk8s_version(), (unsigned long)sparkk8s_manifest_count(manifest),
               sparkk8s_manifest_kind(manifest, 0));
    else
        fprintf(stderr, "%s: %s\n", sparkk8s_code_name(rc), sparkk8s_error_message(err));
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    sparkk8s_error_free(err);
    return rc == SPARKK8S_OK ? 0 : 1;
}

int main(void)
{
    static const char *const argv[] = {
        "--class", "org.apache.spark.examples.SparkPi", "--conf", "spark.kubernetes.container.image=apache/spark:4.1.1",
        "local:///opt/spark/examples/jars/spark-examples.jar", "100",
    };

    return render(argv, (int)(sizeof argv / sizeof argv[0]));
}
