/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes by configuration. Counterpart of KubernetesVolumeUtils.parseVolumesWithPrefix, which the submission
 * runs over the executors' volumes too, only to find mistakes before anything is created. Unknown options are
 * ignored, as there.
 */
#include "volumes.h"

#include <strings.h>

#include "error.h"
#include "str.h"
#include "text.h"

#define SIZE_LEAST 1024         /* a bare number below it has lost its unit */

static const struct {
    const char *name;
    const char *required[2];    /* options without which it is nothing */
    const char *options[6];     /* all, NULL at the end; with a dot: a prefix, not below "options." */
    bool sized;
} volume_types[VOLUME_TYPES] = {
    [VOLUME_HOST_PATH] = {"hostPath", {"options.path", NULL}, {"path", "type"}, false},
    [VOLUME_CLAIM] = {"persistentVolumeClaim", {"options.claimName", NULL},
                      {"claimName", "storageClass", "sizeLimit", "label.", "annotation."}, true},
    [VOLUME_EMPTY_DIR] = {"emptyDir", {NULL, NULL}, {"medium", "sizeLimit"}, true},
    [VOLUME_NFS] = {"nfs", {"options.path", "options.server"}, {"path", "server"}, false},
};

/* ---- one property -------------------------------------------------------------------------------------- */

static void add_key(struct str *key, const struct volume *volume, const char *property)
{
    str_add(key, volume->prefix);
    str_add(key, volume->path);
    str_addc(key, '.');
    str_add(key, property);
}

int volume_get(const struct volume *volume, const char *property, const char **value, sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    add_key(&key, volume, property);
    if (key.failed)
        return fail_oom(err);
    *value = sparkk8s_conf_get(volume->conf, key.s);
    return 0;
}

int volume_refuse(const struct volume *volume, const char *property, const char *hint, const char *message,
                  sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    add_key(&key, volume, property);
    if (key.failed)
        return fail_oom(err);
    return conf_refuse(err, volume->conf, key.s, hint, "%s", message);
}

/* ---- one volume ---------------------------------------------------------------------------------------- */

static int volume_require(const struct volume *volume, const char *property, sparkk8s_error **err)
{
    const char *value;
    int rc = volume_get(volume, property, &value, err);

    if (rc < 0 || value)
        return rc;
    return volume_refuse(volume, property, "set it, or remove the others; is it misspelt there?",
                         "not set, but other properties of this volume are", err);
}

static int check_sub_paths(const struct volume *volume, sparkk8s_error **err)
{
    const char *plain, *expression = NULL;
    int rc = volume_get(volume, "mount.subPath", &plain, err);

    if (rc == 0)
        rc = volume_get(volume, "mount.subPathExpr", &expression, err);
    if (rc < 0 || !plain || !expression)
        return rc;
    return volume_refuse(volume, "mount.subPathExpr", "remove one of them, an empty one too",
                         "set beside mount.subPath: only one of them can be", err);
}

static int check_read_only(const struct volume *volume, sparkk8s_error **err)
{
    const char *value;
    int rc = volume_get(volume, "mount.readOnly", &value, err);

    if (rc < 0 || !value || !strcasecmp(value, "true") || !strcasecmp(value, "false"))
        return rc;
    return volume_refuse(volume, "mount.readOnly", "use true or false", "should be boolean", err);
}

static int check_size(const struct volume *volume, sparkk8s_error **err)
{
    const char *value;
    int64_t size;
    int rc = volume_get(volume, "options.sizeLimit", &value, err);

    if (rc < 0 || !value || value[strspn(value, "0123456789")])
        return rc;
    if (!text_to_int64(value, &size))
        return volume_refuse(volume, "options.sizeLimit", "use e.g. 1Gi", "too large a size", err);
    if (size < SIZE_LEAST)
        return volume_refuse(volume, "options.sizeLimit", "add the unit, e.g. 1Gi",
                             "smaller than 1KiB: its unit seems to be missing", err);
    return 0;
}

bool volume_type_find(const char *name, size_t len, enum volume_type *type)
{
    int i;

    for (i = 0; i < VOLUME_TYPES; i++)
        if (strlen(volume_types[i].name) == len && !strncmp(volume_types[i].name, name, len)) {
            *type = (enum volume_type)i;
            return true;
        }
    return false;
}

int volume_option(enum volume_type type, const char *name, struct str *property, sparkk8s_error **err)
{
    const char *const *known = volume_types[type].options;
    const char *near = text_nearest(name, known);

    for (; *known; known++) {
        bool map = text_ends(*known, ".");

        if (map ? text_starts(name, *known) && name[strlen(*known)] : !strcmp(name, *known)) {
            str_addf(property, "%s%s", map ? "" : "options.", name);
            return property->failed ? fail_oom(err) : 0;
        }
    }
    fail(err, SPARKK8S_EINVAL, name, "a volume of type %s has no option '%s'", volume_types[type].name, name);
    if (near)
        error_hint(err, "did you mean %s?", near);
    return SPARKK8S_EINVAL;
}

static int volume_type_of(struct volume *volume, sparkk8s_error **err)
{
    if (volume_type_find(volume->path, strcspn(volume->path, "."), &volume->type))
        return 0;
    return volume_refuse(volume, "mount.path", "use hostPath, persistentVolumeClaim, emptyDir or nfs",
                         "not a type of volume that Spark supports", err);
}

int volume_check(struct volume *volume, enum spark_line line, sparkk8s_error **err)
{
    size_t i;
    int rc;

    rc = volume_require(volume, "mount.path", err);
    if (rc == 0 && line >= SPARK_4_0)
        rc = check_sub_paths(volume, err);
    if (rc == 0)
        rc = check_read_only(volume, err);
    if (rc == 0)
        rc = volume_type_of(volume, err);
    for (i = 0; rc == 0 && i < COUNT(volume_types->required); i++)
        if (volume_types[volume->type].required[i])
            rc = volume_require(volume, volume_types[volume->type].required[i], err);
    if (rc == 0 && volume_types[volume->type].sized && line >= SPARK_4_0)
        rc = check_size(volume, err);
    return rc;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

/* "<type>.<name>" of every volume that a key is about. By Java's split, a key of less than two parts,
 * empty ones at the end not counted, is about none. */
static int volume_paths(const struct build *b, const char *prefix, struct strv *paths, sparkk8s_error **err)
{
    size_t i, end;

    conf_range(b->app.conf, prefix, &i, &end);
    for (; i < end; i++) {
        const char *path = b->app.conf->entries[i].key + strlen(prefix);
        size_t type = strcspn(path, ".");
        AUTO(chars) both = NULL;

        if (!path[type + strspn(path + type, ".")])
            continue;
        both = text_dupn(path, type + 1 + strcspn(path + type + 1, "."));
        if (!both)
            return fail_oom(err);
        if (!strv_has(paths, both))
            strv_add(paths, both);
        if (paths->failed)
            return fail_oom(err);
    }
    strv_sort(paths);
    return 0;
}

int volumes_each(struct build *b, const char *prefix, volume_fn *use, sparkk8s_error **err)
{
    AUTO_STRV paths = {0};
    size_t i;
    int rc, pass;

    rc = volume_paths(b, prefix, &paths, err);
    for (pass = 0; pass < (use ? 2 : 1); pass++)
        for (i = 0; rc == 0 && i < paths.count; i++) {
            const char *path = paths.v[i];
            struct volume volume = {b->app.conf, prefix, path, strchr(path, '.') + 1, VOLUME_TYPES};

            rc = volume_check(&volume, b->line, err);
            if (rc == 0 && pass > 0)
                rc = use(b, &volume, i, err);
        }
    return rc;
}
