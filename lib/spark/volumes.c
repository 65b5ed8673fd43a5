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

static const struct volume_type {
    const char *name;
    const char *required[2];    /* options without which it is nothing */
    bool sized;
} volume_types[] = {
    {"hostPath", {"options.path", NULL}, false},
    {"persistentVolumeClaim", {"options.claimName", NULL}, true},
    {"emptyDir", {NULL, NULL}, true},
    {"nfs", {"options.path", "options.server"}, false},
};

/* One volume: its type and name as they stand in its keys, "hostPath.data". */
struct volume {
    const sparkk8s_conf *conf;
    const char *prefix, *path;
    const struct volume_type *type;
};

/* The key of one property of the volume; false if out of memory. */
static bool volume_key(const struct volume *volume, const char *property, struct str *key)
{
    str_clear(key);
    str_addf(key, "%s%s.%s", volume->prefix, volume->path, property);
    return !key->failed;
}

static int volume_require(const struct volume *volume, const char *property, sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    if (!volume_key(volume, property, &key))
        return fail_oom(err);
    if (conf_has(volume->conf, key.s))
        return 0;
    return fail(err, SPARKK8S_ECONF, key.s, "not set, but the volume %s%s needs it", volume->prefix,
                volume->path);
}

static int check_sub_paths(const struct volume *volume, sparkk8s_error **err)
{
    AUTO_STR plain = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR expression = STR_INIT(STR_TEXT_LIMIT);

    if (!volume_key(volume, "mount.subPath", &plain) || !volume_key(volume, "mount.subPathExpr", &expression))
        return fail_oom(err);
    if (conf_has(volume->conf, plain.s) && conf_has(volume->conf, expression.s))
        return conf_fail(err, SPARKK8S_ECONF, volume->conf, expression.s,
                         "set beside %s: only one of them can be",
                         plain.s);
    return 0;
}

static int check_read_only(const struct volume *volume, sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);
    const char *value;

    if (!volume_key(volume, "mount.readOnly", &key))
        return fail_oom(err);
    value = sparkk8s_conf_get(volume->conf, key.s);
    if (value && strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
        return conf_fail(err, SPARKK8S_ECONF, volume->conf, key.s, "must be true or false");
    return 0;
}

static int check_size(const struct volume *volume, sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);
    const char *value;
    int64_t size;

    if (!volume_key(volume, "options.sizeLimit", &key))
        return fail_oom(err);
    value = sparkk8s_conf_get(volume->conf, key.s);
    if (value && !value[strspn(value, "0123456789")] && text_to_int64(value, &size) && size < SIZE_LEAST)
        return conf_fail(err, SPARKK8S_ECONF, volume->conf, key.s,
                         "smaller than 1KiB; is its unit missing? use e.g. 1Gi");
    return 0;
}

static int volume_type_of(struct volume *volume, const char *key, sparkk8s_error **err)
{
    size_t i, len = strcspn(volume->path, ".");

    for (i = 0; i < COUNT(volume_types); i++)
        if (strlen(volume_types[i].name) == len && !strncmp(volume_types[i].name, volume->path, len)) {
            volume->type = &volume_types[i];
            return 0;
        }
    conf_fail(err, SPARKK8S_ECONF, volume->conf, key, "%.*s is no type of volume that Spark supports",
              (int)len,
              volume->path);
    error_hint(err, "use hostPath, persistentVolumeClaim, emptyDir or nfs");
    return SPARKK8S_ECONF;
}

/* `key` is any of the volume's keys, for messages. */
static int volume_check(const struct build *b, struct volume *volume, const char *key, sparkk8s_error **err)
{
    size_t i;
    int rc;

    rc = volume_require(volume, "mount.path", err);
    if (rc == 0 && b->line >= SPARK_4_0)
        rc = check_sub_paths(volume, err);
    if (rc == 0)
        rc = check_read_only(volume, err);
    if (rc == 0)
        rc = volume_type_of(volume, key, err);
    for (i = 0; rc == 0 && i < COUNT(volume->type->required) && volume->type->required[i]; i++)
        rc = volume_require(volume, volume->type->required[i], err);
    if (rc == 0 && volume->type->sized && b->line >= SPARK_4_0)
        rc = check_size(volume, err);
    return rc;
}

int volumes_check(struct build *b, const char *prefix, sparkk8s_error **err)
{
    AUTO(chars) before = NULL;
    size_t i, end;
    int rc = 0;

    conf_range(b->app.conf, prefix, &i, &end);
    for (; rc == 0 && i < end; i++) {
        const char *key = b->app.conf->entries[i].key, *rest = key + strlen(prefix);
        size_t type = strcspn(rest, "."), name = rest[type] ? strcspn(rest + type + 1, ".") : 0;
        AUTO(chars) path = text_dupn(rest, rest[type] ? type + 1 + name : type);
        struct volume volume = {b->app.conf, prefix, path, NULL};

        if (!rest[type])
            continue;           /* a key with less than two parts is no volume */
        if (!path)
            return fail_oom(err);
        if (before && !strcmp(before, path))
            continue;
        rc = volume_check(b, &volume, key, err);
        free(before);
        before = TAKE(path);
    }
    return rc;
}
