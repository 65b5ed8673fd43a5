/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where driver and executors put their scratch files. Counterpart of Spark's LocalDirsFeatureStep.
 *
 * Volumes that were mounted under a name with spark-local-dir- in front are used as they are; else every
 * folder named gets an emptyDir. Spark shuffles the folders, which matters to nobody but makes every pod
 * another one; here they are sorted. An executor gets the folders that its driver has, which Spark hands on
 * through the environment.
 */
#include "steps.h"

#include "error.h"
#include "str.h"
#include "text.h"

#define VOLUME_PREFIX "spark-local-dir-"

static void mounted_dirs(const struct build *b, struct strv *dirs)
{
    json_t *mount;
    size_t i;

    json_array_foreach(json_object_get(b->container, "volumeMounts"), i, mount) {
        const char *volume = json_text_at(mount, "name", NULL);
        const char *path = json_text_at(mount, "mountPath", NULL);

        if (volume && path && text_starts(volume, VOLUME_PREFIX))
            strv_add(dirs, path);
    }
}

/* Java's split: empty parts at the end do not count, unless there is nothing to split. */
static void split_dirs(const char *text, struct strv *dirs)
{
    size_t len = strlen(text);

    while (len && text[len - 1] == ',')
        len--;
    if (!len && *text)
        return;
    while (true) {
        size_t part = strcspn(text, ",");

        if (part >= len) {
            strv_addn(dirs, text, len);
            return;
        }
        strv_addn(dirs, text, part);
        text += part + 1;
        len -= part + 1;
    }
}

static int named_dirs(struct build *b, struct strv *dirs, sparkk8s_error **err)
{
    const char *given = env_get(b->env, "SPARK_LOCAL_DIRS");
    char uuid[37];
    int rc;

    if (!given)
        given = sparkk8s_conf_get(b->app.conf, "spark.local.dir");
    if (given) {
        split_dirs(given, dirs);
        return 0;
    }
    rc = ids_uuid(&b->ids, uuid, err);
    if (rc == 0)
        strv_addf(dirs, "/var/data/spark-%s", uuid);
    return rc;
}

static int mount_dir(struct build *b, size_t number, const char *path, bool tmpfs, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(64);
    int rc;

    str_addf(&name, VOLUME_PREFIX "%zu", number);
    if (name.failed)
        return fail_oom(err);
    rc = build_volume(b, tmpfs ? json_pack("{s:{s:s}, s:s}", "emptyDir", "medium", "Memory", "name", name.s)
                               : json_pack("{s:{}, s:s}", "emptyDir", "name", name.s), err);
    return rc < 0 ? rc : build_mount(b, name.s, path, err);
}

int step_local_dirs(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV dirs = {0};
    AUTO(chars) joined = NULL;
    size_t i, mounted;
    bool tmpfs;
    int rc;

    rc = read_bool(&b->reader, "spark.kubernetes.local.dirs.tmpfs", &tmpfs, err);
    if (rc < 0)
        return rc;
    mounted_dirs(b, &dirs);
    mounted = dirs.count;
    if (!mounted)
        rc = named_dirs(b, &dirs, err);
    if (rc < 0)
        return rc;
    strv_sort(&dirs);
    joined = strv_join(&dirs, ",");
    if (dirs.failed || !joined)
        return fail_oom(err);
    rc = build_env(b, "SPARK_LOCAL_DIRS", joined, err);
    for (i = mounted; rc == 0 && i < dirs.count; i++)
        rc = mount_dir(b, i + 1, dirs.v[i], tmpfs, err);
    return rc;
}
