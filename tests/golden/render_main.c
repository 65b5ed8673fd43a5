/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_main [--executor ID] [--volume ROLE TYPE NAME [PROPERTY=VALUE]... .]... --spark-version VERSION
 *     [SPARK-SUBMIT ARGUMENTS]
 *
 * --volume: given as a struct (sparkk8s_app_add_volume), for that role only.
 *
 * Stores the uploads, as a submission does before it creates anything, and prints the objects as one v1 List, with the
 * warnings beside them; or the error's code, place, message and hint on stderr, tabs between. With --executor a second line
 * with what the driver makes for that executor, or with the error. For the golden comparison, which asks the library
 * itself: nothing of a command line tool stands between.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "manifest.h"
#include "sparkk8s.h"
#include "upload.h"

extern char **environ;

static int complain(FILE *file, sparkk8s_error *err)
{
    fprintf(file, "%s\t%s\t%s\t%s\n", sparkk8s_code_name(sparkk8s_error_code(err)), sparkk8s_error_where(err),
            sparkk8s_error_message(err), sparkk8s_error_hint(err));
    sparkk8s_error_free(err);
    return 1;
}

static int print_executor(const sparkk8s_manifest *manifest)
{
    sparkk8s_error *err = NULL;
    char *json = NULL;

    if (sparkk8s_manifest_executor_json(manifest, &json, &err) == 0)
        printf("%s\n", json);
    else
        complain(stdout, err);
    sparkk8s_free(json);
    return fflush(stdout) ? 1 : 0;
}

static int store(const sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    struct uploading *uploading = NULL;
    int rc = uploading_new(&manifest->uploads, false, &uploading, err);

    if (rc < 0)
        return rc;
    do {
        rc = uploading_step(uploading, err);
    } while (rc == SPARKK8S_AGAIN);
    if (rc < 0)
        uploading_undo(uploading);
    uploading_free(uploading);
    return rc;
}

static int print(const sparkk8s_manifest *manifest)
{
    size_t i;

    printf("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        printf("%s%s", i ? "," : "", sparkk8s_manifest_json(manifest, i));
    printf("],\"warnings\":[");
    for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++) {
        json_t *warning = json_string(sparkk8s_manifest_warning(manifest, i));
        char *text = json_dumps(warning, JSON_ENCODE_ANY);

        printf("%s%s", i ? "," : "", text ? text : "null");
        free(text);
        json_decref(warning);
    }
    printf("]}\n");
    return fflush(stdout) ? 1 : 0;
}

/* The struct's member that a property is, or the option. */
static void set_property(sparkk8s_volume *volume, const char **option, const char *property)
{
    const char *value = strchr(property, '=') + 1;

    if (!strncmp(property, "mount.path=", 11))
        volume->mount_path = value;
    else if (!strncmp(property, "mount.subPath=", 14))
        volume->mount_subpath = value;
    else if (!strncmp(property, "mount.subPathExpr=", 18))
        volume->mount_subpath_expr = value;
    else if (!strncmp(property, "mount.readOnly=", 15))
        volume->read_only = !strcmp(value, "true");
    else
        *option = strncmp(property, "options.", 8) ? property : property + 8;
}

/* Behind "--volume"; returns what follows its dot. */
static char **add_volume(sparkk8s_app *app, char **argv, int *rc, sparkk8s_error **err)
{
    sparkk8s_volume volume = {.size = sizeof(volume), .type = argv[1], .name = argv[2]};
    const char *options[50] = {NULL};
    size_t count = 0;

    volume.roles = !strcmp(argv[0], "driver") ? SPARKK8S_DRIVER : SPARKK8S_EXECUTOR;
    volume.options = options;
    for (argv += 3; strcmp(*argv, ".") && count < 49; argv++) {
        set_property(&volume, &options[count], *argv);
        count += options[count] != NULL;
    }
    *rc = sparkk8s_app_add_volume(app, &volume, err);
    return argv + 1;
}

static int add_volumes(sparkk8s_app *app, char **argv, sparkk8s_error **err)
{
    int rc = 0;

    while (rc == 0 && *argv && !strcmp(*argv, "--volume"))
        argv = add_volume(app, argv + 1, &rc, err);
    return rc;
}

int main(int argc, char **argv)
{
    const char **args = calloc((size_t)argc + 5, sizeof(*args));
    int executor = argc > 2 && !strcmp(argv[1], "--executor");
    char version[64], id[64], **volumes = argv + (executor ? 3 : 1);
    sparkk8s_app *app = NULL;
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    int rc, count = 0;

    while (argc > 1 && strcmp(argv[1], "--spark-version") != 0) {
        argc--;
        argv++;
    }
    if (!args || argc < 3 || strlen(argv[2]) > 20)
        return 2;
    if (executor) {
        snprintf(id, sizeof(id), "sparkk8s.executor.id=%s", volumes[-1]);
        args[count++] = "--conf";
        args[count++] = id;
    }
    snprintf(version, sizeof(version), "sparkk8s.spark.version=%s", argv[2]);
    if (argc > 3) {             /* no arguments at all are a case, too */
        args[count++] = "--conf";
        args[count++] = version;
    }
    for (int i = 3; i < argc; i++)
        args[count++] = argv[i];
    rc = sparkk8s_app_from_args(count, args, (const char *const *)environ, NULL, &app, &err);
    if (rc == 0)
        rc = add_volumes(app, volumes, &err);
    if (rc == 0)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    if (rc == 0)
        rc = store(manifest, &err);
    rc = rc == 0 ? print(manifest) : complain(stderr, err);
    if (rc == 0 && executor)
        rc = print_executor(manifest);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    free(args);
    return rc;
}
