/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An executor's pod and container. Counterpart of Spark's BasicExecutorFeatureStep, for the default resource
 * profile; what drivers have, too, is in basic.c.
 *
 * Deliberately not done: naming the files of the executors' ConfigMap in its volume. The driver makes that
 * ConfigMap of what it finds in its own conf folder; without names all of it is mounted.
 */
#include "steps.h"

#include <inttypes.h>

#include "basic.h"
#include "error.h"
#include "executor.h"
#include "quantity.h"
#include "str.h"
#include "text.h"

#define CONF_VOLUME "spark-conf-volume-exec"
#define HOSTNAME_LIMIT 63
#define QUANTITY_HINT "use e.g. 2 or 500m"
#define FACTOR_KEY "spark.kubernetes.memoryOverheadFactor"
#define OFF_HEAP_KEY "spark.memory.offHeap.size"
#define PORT_KEY "spark.blockManager.port"
#define GRACE_KEY "spark.kubernetes.executor.terminationGracePeriodSeconds"

/* ---- cores and memory ---------------------------------------------------------------------------------- */

/* Since 4.1 the driver compares them, and makes no executor; before, the API server refuses each one. */
static int executor_limit(struct build *b, sparkk8s_error **err)
{
    const char *limit_key = b->role->limit_cores;
    const char *key = conf_has(b->app.conf, b->role->request_cores) ? b->role->request_cores : b->role->cores;
    const char *request = json_text_at(b->container, "resources", "requests", "cpu", NULL);
    const char *limit = json_text_at(b->container, "resources", "limits", "cpu", NULL);
    double least, most;

    if (b->line < SPARK_4_1 || !conf_has(b->app.conf, limit_key))
        return 0;
    if (!quantity_parse(request, &least))
        return conf_refuse(err, b->app.conf, key, QUANTITY_HINT, "not a quantity");
    if (!quantity_parse(limit, &most))
        return conf_refuse(err, b->app.conf, limit_key, QUANTITY_HINT, "not a quantity");
    if (least <= most)
        return 0;
    return conf_refuse(err, b->app.conf, limit_key, "raise the limit or lower the request",
                       "less than the %s cores of %s: the driver does not make executors so", request, key);
}

static int off_heap(struct build *b, int64_t *mib, sparkk8s_error **err)
{
    static const char enabled_key[] = "spark.memory.offHeap.enabled";
    bool enabled;
    int rc;

    *mib = 0;
    rc = read_bool(&b->reader, enabled_key, &enabled, err);
    if (rc < 0 || !enabled)
        return rc;
    rc = read_mib(&b->reader, OFF_HEAP_KEY, mib, NULL, err);
    if (rc < 0 || *mib > 0)
        return rc;
    return conf_refuse(err, b->app.conf, conf_has(b->app.conf, OFF_HEAP_KEY) ? OFF_HEAP_KEY : enabled_key,
                       "set " OFF_HEAP_KEY " to e.g. 1g",
                       "there must be 1m or more of it: the driver ends at its start otherwise");
}

/* Python's own memory, which only a Python application has. */
static int python_memory(struct build *b, int64_t *mib, sparkk8s_error **err)
{
    AUTO(chars) type = NULL;
    bool set = false;
    int rc;

    rc = read_text(&b->reader, "spark.kubernetes.resource.type", &type, err);
    if (rc == 0)
        rc = read_mib(&b->reader, "spark.executor.pyspark.memory", mib, &set, err);
    if (!set || !type || strcmp(type, "python") != 0)
        *mib = 0;
    return rc;
}

static int executor_memory(struct build *b, int64_t *heap, sparkk8s_error **err)
{
    int64_t overhead = 0, outside = 0, python = 0;
    double factor = 0;
    int rc;

    rc = read_mib(&b->reader, b->role->memory, heap, NULL, err);
    if (rc == 0)
        rc = read_double(&b->reader, FACTOR_KEY, &factor, err);
    if (rc == 0)
        rc = basic_overhead(b, *heap, factor, &overhead, err);
    if (rc == 0)
        rc = off_heap(b, &outside, err);
    if (rc == 0)
        rc = python_memory(b, &python, err);
    return rc < 0 ? rc : basic_memory(b, *heap + overhead + outside + python, err);
}

/* ---- the rest of container and pod --------------------------------------------------------------------- */

static int executor_port(struct build *b, sparkk8s_error **err)
{
    int32_t port;
    int rc;

    rc = read_raw_int(&b->reader, PORT_KEY, PORT_BLOCK_MANAGER, &port, err);
    if (rc < 0 || port == 0)
        return rc;
    if (port < 1024 || port > 65535)
        return conf_refuse(err, b->app.conf, PORT_KEY, "use e.g. 7079; 0 takes any that is free",
                           "must be 0, or between 1024 and 65535");
    return build_push(b->container, "ports", json_pack("{s:i, s:s}", "containerPort", port,
                                                       "name", "blockmanager"), err);
}

static int executor_conf_map(struct build *b, sparkk8s_error **err)
{
    bool disabled;
    int rc;

    rc = read_bool(&b->reader, "spark.kubernetes.executor.disableConfigMap", &disabled, err);
    if (rc < 0 || disabled)
        return rc;
    rc = build_mount(b, CONF_VOLUME, CONF_FOLDER, err);
    if (rc < 0)
        return rc;
    return build_volume(b, json_pack("{s:{s:s}, s:s}",
                                     "configMap", "name", b->conf_map_name,
                                     "name", CONF_VOLUME), err);
}

/* What a template had there is replaced as a whole. */
static int executor_lifecycle(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) script = NULL;
    bool decommissions;
    int rc;

    rc = read_bool(&b->reader, "spark.decommission.enabled", &decommissions, err);
    if (rc == 0 && decommissions)
        rc = read_text(&b->reader, "spark.kubernetes.decommission.script", &script, err);
    if (rc < 0 || !script)
        return rc;
    if (json_put(b->container, "lifecycle",
                 json_pack("{s:{s:{s:[s]}}}", "preStop", "exec", "command", script)) < 0)
        return fail_oom(err);
    return 0;
}

static int executor_resizing(struct build *b, sparkk8s_error **err)
{
    static const char *const resources[] = {"cpu", "memory"};
    size_t i;
    int rc = 0;

    if (b->line < SPARK_4_2)
        return 0;
    for (i = 0; rc == 0 && i < COUNT(resources); i++)
        rc = build_push(b->container, "resizePolicy", json_pack("{s:s, s:s}", "resourceName", resources[i],
                                                                "restartPolicy", "NotRequired"), err);
    return rc;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The end of the pod's name, which tells executors apart, with what a host name cannot have replaced. */
static int executor_hostname(struct build *b, sparkk8s_error **err)
{
    size_t len = strlen(b->pod_name);
    const char *at = b->pod_name + (len > HOSTNAME_LIMIT ? len - HOSTNAME_LIMIT : 0);
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    bool replaced = false;

    while (*at && !is_word(*at))
        at++;
    for (; *at; at++) {
        bool fits = is_word(*at) || *at == '-';

        if (fits || !replaced)
            str_addc(&name, fits ? *at : '_');
        replaced = !fits;
    }
    return name.failed ? fail_oom(err) : build_put(build_spec(b), "hostname", name.s, err);
}

/* Executors that are made through another object are started again by it. */
static int executor_scheduling(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) allocator = NULL;
    bool again;
    int rc;

    rc = read_text(&b->reader, "spark.kubernetes.allocation.pods.allocator", &allocator, err);
    if (rc < 0)
        return rc;
    again = allocator && (!strcmp(allocator, "statefulset") ||
                          (b->line >= SPARK_4_2 && !strcmp(allocator, "deployment")));
    return basic_scheduling(b, again ? "Always" : "Never", err);
}

static int executor_grace(struct build *b, sparkk8s_error **err)
{
    int64_t seconds;
    int rc;

    if (b->line < SPARK_4_1)
        return 0;
    rc = read_seconds(&b->reader, GRACE_KEY, &seconds, err);
    if (rc < 0)
        return rc;
    if (seconds < 0)
        return conf_refuse(err, b->app.conf, GRACE_KEY, "use e.g. 30s", "must not be negative");
    if (json_put(build_spec(b), "terminationGracePeriodSeconds", json_integer(seconds)) < 0)
        return fail_oom(err);
    return 0;
}

static int executor_owner(struct build *b, sparkk8s_error **err)
{
    return build_push(build_metadata(b), "ownerReferences", json_incref(b->executor->owner), err);
}

int step_executor(struct build *b, sparkk8s_error **err)
{
    static int (*const parts[])(struct build *, sparkk8s_error **) = {
        basic_image, executor_port, basic_cores, executor_limit, basic_custom_resources, executor_conf_map,
        executor_lifecycle, basic_security, executor_resizing, basic_metadata, executor_owner,
        basic_pull_secrets, executor_hostname, executor_scheduling, executor_grace,
    };
    int64_t heap = 0;
    size_t i;
    int rc = 0;

    if (!json_object_get(b->container, "name"))
        rc = build_put(b->container, "name", "spark-kubernetes-executor", err);
    for (i = 0; rc == 0 && i < COUNT(parts); i++)
        rc = parts[i](b, err);
    if (rc == 0)
        rc = executor_memory(b, &heap, err);
    if (rc == 0)
        rc = executor_env(b, heap, err);
    return rc < 0 ? rc : build_push(b->container, "args", json_string("executor"), err);
}
