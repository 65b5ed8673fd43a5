/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lesson 1: from arguments to Kubernetes objects, without a cluster.
 *
 *     ./01_render --class org.example.Main --conf spark.kubernetes.container.image=my/spark:4.1.4 local:///opt/app.jar
 */
#include <sparkk8s.h>
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv)
{
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;
    char *yaml = NULL;
    size_t i;
    int rc;

    /* The library never reads the environment: it is handed in. */
    rc = sparkk8s_app_from_args(argc - 1, (const char *const *)argv + 1, (const char *const *)environ, NULL, &app, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_manifest_to_yaml(manifest, &yaml, &err);

    if (rc == SPARKK8S_OK) {
        for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++)
            fprintf(stderr, "warning: %s\n", sparkk8s_manifest_warning(manifest, i));
        fputs(yaml, stdout);
    } else {
        fprintf(stderr, "%s\n%s\n", sparkk8s_error_message(err), sparkk8s_error_hint(err));
    }

    /* Everything accepts NULL, so there is one way out. */
    sparkk8s_free(yaml);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    sparkk8s_error_free(err);
    return rc == SPARKK8S_OK ? 0 : 1;
}
