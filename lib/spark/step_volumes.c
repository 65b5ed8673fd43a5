/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes of driver and executors, and the claims that are made for them on demand. Counterpart of Spark's
 * MountVolumesFeatureStep, whose claims are numbered in the order of a hash; here in the order of the keys.
 *
 * SPARK_EXECUTOR_ID in the name of a driver's claim is left as it is: the driver is no executor.
 */
#include "steps.h"

#include <strings.h>

#include "conf_table.h"
#include "error.h"
#include "str.h"
#include "volumes.h"

#define ACCESS_KEY "spark.kubernetes.legacy.useReadWriteOnceAccessMode"
#define ON_DEMAND "OnDemand"
#define EXECUTOR_ID "SPARK_EXECUTOR_ID"

/* As the value of `property` is, or "" if it is not set. */
static int put_option(json_t *object, const char *key, const struct volume *volume, const char *property,
                      sparkk8s_error **err)
{
    const char *value;
    int rc = volume_get(volume, property, &value, err);

    return rc < 0 ? rc : build_put(object, key, value ? value : "", err);
}

static int is_read_only(const struct volume *volume, bool *read_only, sparkk8s_error **err)
{
    const char *value;
    int rc = volume_get(volume, "mount.readOnly", &value, err);

    if (rc < 0)
        return rc;
    *read_only = value && !strcasecmp(value, "true");
    return 0;
}

/* NULL if it is not set. A quantity is only checked for being there, as Spark does. */
static int size_of(const struct volume *volume, const char **size, sparkk8s_error **err)
{
    const char *value;
    int rc = volume_get(volume, "options.sizeLimit", &value, err);

    if (rc < 0)
        return rc;
    if (value && !*value)
        return volume_refuse(volume, "options.sizeLimit", "use e.g. 1Gi", "not a size", err);
    *size = value;
    return 0;
}

/* ---- mounts -------------------------------------------------------------------------------------------- */

/* The mounts made here are the last ones: those of a pod template and of secrets do not count. */
static int refuse_same_path(const struct build *b, const struct volume *volume, size_t index,
                            const char *path, sparkk8s_error **err)
{
    const json_t *mounts = json_object_get(b->container, "volumeMounts");
    size_t i, count = json_array_size(mounts);

    for (i = count - index; i < count; i++)
        if (!strcmp(json_text_at(json_array_get(mounts, i), "mountPath", NULL), path))
            return volume_refuse(volume, "mount.path", "mount each volume at a path of its own",
                                 "another volume is mounted there, too", err);
    return 0;
}

static int mount_volume(struct build *b, const struct volume *volume, size_t index, sparkk8s_error **err)
{
    AUTO(json) mount = NULL;
    const char *path;
    bool read_only = false;
    int rc;

    rc = volume_get(volume, "mount.path", &path, err);
    if (rc == 0)
        rc = refuse_same_path(b, volume, index, path, err);
    if (rc == 0)
        rc = is_read_only(volume, &read_only, err);
    if (rc < 0)
        return rc;
    mount = json_pack("{s:s, s:s, s:b}", "mountPath", path, "name", volume->name, "readOnly", read_only);
    rc = put_option(mount, "subPath", volume, "mount.subPath", err);
    if (rc == 0 && b->line >= SPARK_4_0)
        rc = put_option(mount, "subPathExpr", volume, "mount.subPathExpr", err);
    return rc < 0 ? rc : build_push(b->container, "volumeMounts", TAKE(mount), err);
}

/* ---- claims -------------------------------------------------------------------------------------------- */

static int claim_name(const struct build *b, const struct volume *volume, size_t index, char **out,
                      sparkk8s_error **err)
{
    AUTO_STR own = STR_INIT(STR_TEXT_LIMIT);
    AUTO(chars) named = NULL;
    const char *given;
    int rc = volume_get(volume, "options.claimName", &given, err);

    if (rc < 0)
        return rc;
    if (b->executor)
        str_addf(&own, "%s-exec-%s-pvc-%zu", b->prefix, b->executor->id, index);
    else
        str_addf(&own, "%s-driver-pvc-%zu", b->prefix, index);
    if (own.failed)
        return fail_oom(err);
    named = build_replace(given, ON_DEMAND, own.s);
    if (!named)
        return fail_oom(err);
    *out = b->executor ? build_replace(named, EXECUTOR_ID, b->executor->id) : TAKE(named);
    return *out ? 0 : fail_oom(err);
}

static int access_mode(struct build *b, const char **mode, sparkk8s_error **err)
{
    bool once = !strcmp(conf_default(conf_row(ACCESS_KEY), b->line), "true");
    int rc = 0;

    if (conf_has(b->app.conf, ACCESS_KEY))
        rc = read_bool(&b->reader, ACCESS_KEY, &once, err);
    if (rc < 0)
        return rc;
    *mode = once ? "ReadWriteOnce" : "ReadWriteOncePod";
    return 0;
}

static int claim_map(struct build *b, const struct volume *volume, const char *map, json_t *metadata,
                     const char *key, sparkk8s_error **err)
{
    AUTO_STR prefix = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&prefix, "%s%s.%s.", volume->prefix, volume->path, map);
    if (prefix.failed)
        return fail_oom(err);
    return build_map_at(b, prefix.s, false, metadata, key, err);
}

/* The label that is Spark's own wins over the user's. */
static int claim_metadata(struct build *b, const struct volume *volume, json_t *metadata,
                          sparkk8s_error **err)
{
    json_t *labels;
    int rc = 0;

    if (b->line >= SPARK_4_0) {
        rc = claim_map(b, volume, "label", metadata, "labels", err);
        if (rc == 0)
            rc = claim_map(b, volume, "annotation", metadata, "annotations", err);
    }
    labels = json_need_object(metadata, "labels");
    return rc < 0 ? rc : build_put(labels, "spark-app-selector", b->app_id, err);
}

/* One that the user has named may be there already, and be used by others: the submission has to know, and the user
 * that Spark makes no difference when it cleans up. */
static int note_shared(struct build *b, const struct volume *volume, const char *name, sparkk8s_error **err)
{
    const char *given;
    int rc = volume_get(volume, "options.claimName", &given, err);

    if (rc < 0 || strcmp(name, given) != 0 || !b->shared_claims || strv_has(b->shared_claims, name))
        return rc;
    strv_add(b->shared_claims, name);
    if (build_warn(b, "the claim %s (%s%s.options.claimName) is made if there is none, and then deleted with all that "
                   "it holds when this application ends or its driver is deleted; to keep it, make it beforehand, "
                   "or leave out storageClass and sizeLimit", name, volume->prefix, volume->path) < 0)
        return fail_oom(err);
    return 0;
}

/* Made if both class and size are given, whatever the claim is called. */
static int add_claim(struct build *b, const struct volume *volume, const char *name, sparkk8s_error **err)
{
    AUTO(json) claim = NULL;
    const char *storage_class, *size = NULL, *mode;
    int rc;

    rc = volume_get(volume, "options.storageClass", &storage_class, err);
    if (rc == 0 && storage_class)
        rc = size_of(volume, &size, err);
    if (rc < 0 || !size)
        return rc;
    rc = access_mode(b, &mode, err);
    if (rc < 0)
        return rc;
    claim = json_pack("{s:s, s:s, s:{s:s}, s:{s:[s], s:{s:{s:s}}, s:s}}",
                      "apiVersion", "v1",
                      "kind", "PersistentVolumeClaim",
                      "metadata", "name", name,
                      "spec",
                          "accessModes", mode,
                          "resources", "requests", "storage", size,
                          "storageClassName", storage_class);
    if (!claim)
        return fail_oom(err);
    rc = claim_metadata(b, volume, json_object_get(claim, "metadata"), err);
    if (rc == 0)
        rc = note_shared(b, volume, name, err);
    return rc < 0 ? rc : build_add(b, TAKE(claim), err);
}

/* ---- sources ------------------------------------------------------------------------------------------- */

static int host_path(struct build *b, const struct volume *volume, size_t index UNUSED, json_t *source,
                     sparkk8s_error **err)
{
    int rc = put_option(source, "path", volume, "options.path", err);

    if (rc < 0)
        return rc;
    return b->line >= SPARK_4_0 ? put_option(source, "type", volume, "options.type", err)
                                : build_put(source, "type", "", err);
}

static int claim(struct build *b, const struct volume *volume, size_t index, json_t *source,
                 sparkk8s_error **err)
{
    AUTO(chars) name = NULL;
    bool read_only = false;
    int rc;

    rc = claim_name(b, volume, index, &name, err);
    if (rc == 0)
        rc = is_read_only(volume, &read_only, err);
    if (rc == 0)
        rc = build_put(source, "claimName", name, err);
    if (rc == 0 && json_put(source, "readOnly", json_boolean(read_only)) < 0)
        rc = fail_oom(err);
    return rc < 0 ? rc : add_claim(b, volume, name, err);
}

static int empty_dir(struct build *b UNUSED, const struct volume *volume, size_t index UNUSED, json_t *source,
                     sparkk8s_error **err)
{
    const char *size;
    int rc;

    rc = put_option(source, "medium", volume, "options.medium", err);
    if (rc == 0)
        rc = size_of(volume, &size, err);
    return rc < 0 || !size ? rc : build_put(source, "sizeLimit", size, err);
}

static int nfs(struct build *b UNUSED, const struct volume *volume, size_t index UNUSED, json_t *source,
               sparkk8s_error **err)
{
    int rc = put_option(source, "path", volume, "options.path", err);

    return rc < 0 ? rc : put_option(source, "server", volume, "options.server", err);
}

static int add_volume(struct build *b, const struct volume *volume, size_t index, sparkk8s_error **err)
{
    static const struct {
        const char *member;
        int (*fill)(struct build *, const struct volume *, size_t index, json_t *source, sparkk8s_error **);
    } sources[VOLUME_TYPES] = {
        [VOLUME_HOST_PATH] = {"hostPath", host_path},
        [VOLUME_CLAIM] = {"persistentVolumeClaim", claim},
        [VOLUME_EMPTY_DIR] = {"emptyDir", empty_dir},
        [VOLUME_NFS] = {"nfs", nfs},
    };
    const char *member = sources[volume->type].member;
    AUTO(json) made = json_pack("{s:s, s:{}}", "name", volume->name, member);
    int rc;

    if (!made)
        return fail_oom(err);
    rc = mount_volume(b, volume, index, err);
    if (rc == 0)
        rc = sources[volume->type].fill(b, volume, index, json_object_get(made, member), err);
    return rc < 0 ? rc : build_volume(b, TAKE(made), err);
}

int step_volumes(struct build *b, sparkk8s_error **err)
{
    return volumes_each(b, b->role->volumes, add_volume, err);
}
