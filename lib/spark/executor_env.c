/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment of an executor's container, which is how the driver tells it nearly everything. Counterpart
 * of that part of BasicExecutorFeatureStep, and of SecurityManager where a secret is shared.
 */
#include "executor.h"

#include <inttypes.h>

#include "basic.h"
#include "error.h"
#include "java_options.h"
#include "str.h"
#include "text.h"

#define ADDRESS_KEY "spark.driver.bindAddress"
#define POD_IP_KEY "spark.kubernetes.executor.useDriverPodIP"
#define SECRET_FILE_KEY "spark.authenticate.secret.file"

static int env_number(struct build *b, const char *name, int64_t number, const char *unit,
                      sparkk8s_error **err)
{
    AUTO_STR value = STR_INIT(40);

    str_addf(&value, "%" PRId64 "%s", number, unit);
    return value.failed ? fail_oom(err) : build_env(b, name, value.s, err);
}

/* The service's name, or since 4.1 the driver's own address if that is asked for. */
static int driver_url(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) host = NULL;
    AUTO_STR url = STR_INIT(STR_TEXT_LIMIT);
    bool by_address = b->line >= SPARK_4_3;             /* the default */
    int32_t port;
    int rc = 0;

    if (b->line >= SPARK_4_1 && conf_has(b->app.conf, POD_IP_KEY))
        rc = read_bool(&b->reader, POD_IP_KEY, &by_address, err);
    if (rc == 0)
        rc = build_either(b, by_address ? ADDRESS_KEY : "spark.driver.host", ADDRESS_KEY, &host, err);
    if (rc == 0)
        rc = read_raw_int(&b->reader, "spark.driver.port", PORT_DRIVER, &port, err);
    if (rc < 0)
        return rc;
    str_addf(&url, "spark://CoarseGrainedScheduler@%s:%" PRId32, host, port);
    return url.failed ? fail_oom(err) : build_env(b, "SPARK_DRIVER_URL", url.s, err);
}

/* An executor that replaces one lost for want of memory has one core. */
static int env_cores(struct build *b, sparkk8s_error **err)
{
    static const char key[] = "spark.kubernetes.allocation.recoveryMode.enabled";
    bool recovers = false;
    int32_t cores;
    int rc;

    rc = read_int(&b->reader, "spark.executor.cores", &cores, err);
    if (rc == 0 && b->line >= SPARK_4_2 && conf_has(b->app.conf, key))
        rc = read_bool(&b->reader, key, &recovers, err);
    return rc < 0 ? rc : env_number(b, "SPARK_EXECUTOR_CORES", recovers ? 1 : cores, "", err);
}

static int env_attributes(struct build *b, sparkk8s_error **err)
{
    int rc;

    if (b->line < SPARK_4_0 || !conf_has(b->app.conf, "spark.ui.custom.executor.log.url"))
        return 0;
    rc = build_env(b, "SPARK_EXECUTOR_ATTRIBUTE_APP_ID", b->app_id, err);
    return rc < 0 ? rc : build_env(b, "SPARK_EXECUTOR_ATTRIBUTE_EXECUTOR_ID", b->executor->id, err);
}

/* KubernetesExecutorConf.checkExecutorEnvKey: others are left out. */
static bool is_variable(const char *name)
{
    static const char inside[] = "-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    return *name && strchr("0123456789", *name) == NULL && !name[strspn(name, inside)];
}

static int env_folders(struct build *b, const char *value, sparkk8s_error **err)
{
    AUTO(chars) with_app = build_replace(value, "SPARK_APPLICATION_ID", b->app_id);
    AUTO(chars) folders = with_app ? build_replace(with_app, "SPARK_EXECUTOR_ID", b->executor->id) : NULL;

    return folders ? build_env(b, "SPARK_EXECUTOR_DIRS", folders, err) : fail_oom(err);
}

static int env_of_user(struct build *b, sparkk8s_error **err)
{
    static const char prefix[] = "spark.executorEnv.";
    size_t i, end;
    int rc = 0;

    conf_range(b->app.conf, prefix, &i, &end);
    for (; rc == 0 && i < end; i++) {
        const char *name = b->app.conf->entries[i].key + strlen(prefix);
        const char *value = b->app.conf->entries[i].value;

        if (!strcmp(name, "SPARK_EXECUTOR_DIRS"))
            rc = env_folders(b, value, err);
        else if (is_variable(name))
            rc = build_env(b, name, value, err);
    }
    return rc;
}

/* Whether something is mounted in the driver where it looks for a file. */
static bool driver_has(const struct build *b, const char *path)
{
    json_t *mount;
    size_t i;

    json_array_foreach(json_object_get(b->executor->driver, "volumeMounts"), i, mount) {
        const char *at = json_text_at(mount, "mountPath", NULL);
        size_t len = at ? strlen(at) : 0;

        while (len && at[len - 1] == '/')
            len--;
        if (at && !strncmp(path, at, len) && (path[len] == '/' || !path[len]))
            return true;
    }
    return false;
}

static const char *secret_key(const struct build *b, const char *own)
{
    return conf_has(b->app.conf, own) ? own : conf_has(b->app.conf, SECRET_FILE_KEY) ? SECRET_FILE_KEY : NULL;
}

/* The secret is in files, of the driver and of its executors: in both or in none. */
static int check_secret_files(struct build *b, const char *driver, const char *executor, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    int rc;

    if (!driver != !executor)
        return conf_refuse(err, b->app.conf, driver ? driver : executor,
                           "set " SECRET_FILE_KEY ", which is for both",
                           "set for one of driver and executors only, which ends the driver at its start");
    rc = read_text(&b->reader, driver, &path, err);
    if (rc < 0 || driver_has(b, path))
        return rc;
    return conf_refuse(err, b->app.conf, driver,
                       "mount a secret with spark.kubernetes.driver.secrets.<secret>=<folder>",
                       "nothing is mounted there in the driver, which ends without such a file");
}

/* Where there is no file the driver makes a secret of its own, whatever spark.authenticate.secret says. */
static int env_secret(struct build *b, sparkk8s_error **err)
{
    const char *driver = secret_key(b, "spark.authenticate.secret.driver.file");
    const char *executor = secret_key(b, "spark.authenticate.secret.executor.file");
    bool authenticates;
    int rc;

    rc = read_bool(&b->reader, "spark.authenticate", &authenticates, err);
    if (rc < 0 || !authenticates)
        return rc;
    if (driver || executor)
        return check_secret_files(b, driver, executor, err);
    return build_env(b, "_SPARK_AUTH_SECRET", DRIVER_SECRET, err);
}

static int env_java(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) class_path = NULL;
    AUTO_STRV options = {0};
    size_t i;
    int rc;

    rc = read_text(&b->reader, "spark.executor.extraClassPath", &class_path, err);
    if (rc == 0 && class_path)
        rc = build_env(b, "SPARK_CLASSPATH", class_path, err);
    if (rc == 0)
        rc = java_options(b, &options, err);
    for (i = 0; rc == 0 && i < options.count; i++) {
        AUTO_STR name = STR_INIT(64);

        str_addf(&name, "SPARK_JAVA_OPT_%zu", i);
        rc = name.failed ? fail_oom(err) : build_env(b, name.s, options.v[i], err);
    }
    return rc;
}

static int env_field(struct build *b, const char *name, const char *path, sparkk8s_error **err)
{
    return build_push(b->container, "env", json_pack("{s:s, s:{s:{s:s, s:s}}}",
                                                     "name", name,
                                                     "valueFrom", "fieldRef",
                                                         "apiVersion", "v1",
                                                         "fieldPath", path), err);
}

static int env_fields(struct build *b, sparkk8s_error **err)
{
    int rc = env_field(b, "SPARK_EXECUTOR_POD_IP", "status.podIP", err);

    return rc < 0 ? rc : env_field(b, "SPARK_EXECUTOR_POD_NAME", "metadata.name", err);
}

static int env_names(struct build *b, int64_t heap, sparkk8s_error **err)
{
    int rc;

    rc = build_env(b, "SPARK_USER", basic_user(b), err);
    if (rc == 0)
        rc = driver_url(b, err);
    if (rc == 0)
        rc = env_cores(b, err);
    if (rc == 0)
        rc = env_number(b, "SPARK_EXECUTOR_MEMORY", heap, "m", err);
    if (rc == 0)
        rc = build_env(b, "SPARK_APPLICATION_ID", b->app_id, err);
    if (rc == 0)
        rc = build_env(b, "SPARK_CONF_DIR", CONF_FOLDER, err);
    if (rc == 0)
        rc = build_env(b, "SPARK_EXECUTOR_ID", b->executor->id, err);
    return rc < 0 ? rc : build_env(b, "SPARK_RESOURCE_PROFILE_ID", DEFAULT_PROFILE, err);
}

int executor_env(struct build *b, int64_t heap, sparkk8s_error **err)
{
    int rc;

    rc = env_names(b, heap, err);
    if (rc == 0)
        rc = env_attributes(b, err);
    if (rc == 0)
        rc = env_of_user(b, err);
    if (rc == 0)
        rc = env_secret(b, err);
    if (rc == 0)
        rc = env_java(b, err);
    return rc < 0 ? rc : env_fields(b, err);
}
