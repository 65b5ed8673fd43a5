/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_main --spark-version VERSION [SPARK-SUBMIT ARGUMENTS]
 *
 * Prints the objects as one v1 List, or the error's code, place, message and hint on stderr, tabs between. For the golden
 * comparison, which asks the library itself: nothing of a command line tool stands between.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sparkk8s.h"

extern char **environ;

static int complain(sparkk8s_error *err)
{
    fprintf(stderr, "%s\t%s\t%s\t%s\n", sparkk8s_code_name(sparkk8s_error_code(err)), sparkk8s_error_where(err),
            sparkk8s_error_message(err), sparkk8s_error_hint(err));
    sparkk8s_error_free(err);
    return 1;
}

static int print(const sparkk8s_manifest *manifest)
{
    size_t i;

    printf("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        printf("%s%s", i ? "," : "", sparkk8s_manifest_json(manifest, i));
    printf("]}\n");
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    const char **args = calloc((size_t)argc + 3, sizeof(*args));
    char version[64];
    sparkk8s_app *app = NULL;
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    int rc, count = 0;

    if (!args || argc < 3 || strcmp(argv[1], "--spark-version") != 0 || strlen(argv[2]) > 20)
        return 2;
    snprintf(version, sizeof(version), "sparkk8s.spark.version=%s", argv[2]);
    if (argc > 3) {             /* no arguments at all are a case, too */
        args[count++] = "--conf";
        args[count++] = version;
    }
    for (int i = 3; i < argc; i++)
        args[count++] = argv[i];
    rc = sparkk8s_app_from_args(count, args, (const char *const *)environ, NULL, &app, &err);
    if (rc == 0)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    rc = rc == 0 ? print(manifest) : complain(err);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    free(args);
    return rc;
}
