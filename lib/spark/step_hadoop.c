/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hadoop's settings for driver and executors: the folder HADOOP_CONF_DIR of the submitter in a ConfigMap, or
 * a ConfigMap that is there. Counterpart of Spark's HadoopConfDriverFeatureStep and
 * HadoopConfExecutorFeatureStep: executors mount the same ConfigMap.
 */
#include "steps.h"

#include "error.h"
#include "file.h"
#include "parcel.h"
#include "text.h"

#define FOLDER_VARIABLE "HADOOP_CONF_DIR"
#define MAP_KEY "spark.kubernetes.hadoop.configMapName"
#define EXECUTOR_KEY "spark.kubernetes.executor.hadoopConfigMapName"
#define VOLUME "hadoop-properties"
#define FOLDER "/opt/hadoop/conf"

/* Every file of the folder, whatever it is; what is no folder has none, as in Spark. */
static int hadoop_files(const struct build *b, const char *folder, json_t *data, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i;
    int rc;

    if (!file_is_folder(folder))
        return 0;
    rc = file_list(folder, &names, err);
    for (i = 0; rc == 0 && i < names.count; i++) {
        AUTO(chars) path = file_join(folder, names.v[i]);

        if (!path)
            return fail_oom(err);
        if (!text_is_utf8(names.v[i], strlen(names.v[i]))) {
            fail(err, SPARKK8S_EIO, path, "its name is not UTF-8, and cannot be one in a ConfigMap");
            error_hint(err, "rename it, or move it out of the folder");
            return SPARKK8S_EIO;
        }
        rc = parcel_add_text(b, data, names.v[i], path, err);
    }
    return rc;
}

static int hadoop_mount(struct build *b, const char *map, const json_t *data, sparkk8s_error **err)
{
    int rc;

    rc = parcel_map_volume(b, VOLUME, map, data, err);
    if (rc == 0)
        rc = build_mount(b, VOLUME, FOLDER, err);
    return rc < 0 ? rc : build_env(b, FOLDER_VARIABLE, FOLDER, err);
}

static int hadoop_driver(struct build *b, const char *map, const json_t *data, sparkk8s_error **err)
{
    int rc = hadoop_mount(b, map, data, err);

    return rc < 0 ? rc : build_prop(b, EXECUTOR_KEY, map, err);
}

static int hadoop_folder(struct build *b, const char *folder, sparkk8s_error **err)
{
    AUTO(chars) map = NULL;
    AUTO(json) data = json_object();
    int rc;

    if (!data)
        return fail_oom(err);
    rc = hadoop_files(b, folder, data, err);
    if (rc < 0) {
        error_add(err, " (in " FOLDER_VARIABLE "=%s)", folder);
        return rc;
    }
    rc = parcel_name(b, "-hadoop-config", &map, err);
    if (rc == 0)
        rc = hadoop_driver(b, map, data, err);
    return rc < 0 ? rc : parcel_send(b, "ConfigMap", map, data, err);
}

int step_hadoop(struct build *b, sparkk8s_error **err)
{
    const char *folder = env_get(b->env, FOLDER_VARIABLE);      /* empty counts as set */
    AUTO(chars) map = NULL;
    int rc;

    rc = read_text(&b->reader, MAP_KEY, &map, err);
    if (rc < 0)
        return rc;
    if (folder && map)
        return conf_refuse(err, b->app.conf, MAP_KEY, "use one of them: unset " FOLDER_VARIABLE ", or remove the key",
                           "the environment sets " FOLDER_VARIABLE ", too");
    if (folder)
        return hadoop_folder(b, folder, err);
    return map ? hadoop_driver(b, map, NULL, err) : 0;
}

int step_hadoop_executor(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) map = NULL;
    int rc;

    rc = read_text(&b->reader, EXECUTOR_KEY, &map, err);
    return rc < 0 || !map ? rc : hadoop_mount(b, map, NULL, err);
}
