/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's pod and container: image, command line's frame, resources, ports, environment, labels.
 *
 * Counterpart of Spark's BasicDriverFeatureStep; what executors have, too, is in basic.c, uploads in uploads.c.
 */
#include "steps.h"

#include <inttypes.h>

#include "basic.h"
#include "error.h"
#include "str.h"
#include "text.h"

#define FACTOR_KEY "spark.kubernetes.memoryOverheadFactor"

#define NON_JVM_FACTOR 0.4              /* Python and R use memory outside the JVM's heap */

/* ---- cores, memory and other resources ----------------------------------------------------------------- */

/* The factor that Spark calls default: the old key's, which is written back whatever the driver's own key
 * says. */
static int driver_factor(struct build *b, double *factor, sparkk8s_error **err)
{
    double value;
    int rc;

    if (b->app.language != LANGUAGE_JAVA && !conf_has(b->app.conf, FACTOR_KEY)) {
        *factor = NON_JVM_FACTOR;
        return 0;
    }
    rc = read_double(&b->reader, FACTOR_KEY, &value, err);
    if (rc < 0)
        return rc;
    if (!(value >= 0))
        return conf_refuse(err, b->app.conf, FACTOR_KEY, "use a number such as 0.1", "must not be negative");
    *factor = value;
    return 0;
}

static int driver_memory(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) written = NULL;
    int64_t memory = 0, overhead = 0;
    double factor = 0;
    int rc;

    rc = read_mib(&b->reader, b->role->memory, &memory, NULL, err);
    if (rc == 0)
        rc = driver_factor(b, &factor, err);
    if (rc == 0)
        rc = basic_overhead(b, memory, factor, &overhead, err);
    if (rc == 0)
        rc = basic_memory(b, memory + overhead, err);
    if (rc < 0)
        return rc;
    written = text_from_double(factor);
    return written ? build_prop(b, FACTOR_KEY, written, err) : fail_oom(err);
}

/* ---- ports and environment ----------------------------------------------------------------------------- */

static int driver_port(struct build *b, const char *name, int32_t port, sparkk8s_error **err)
{
    return build_push(b->container, "ports", json_pack("{s:i, s:s, s:s}", "containerPort", port, "name", name,
                                                       "protocol", "TCP"), err);
}

static int driver_ports(struct build *b, sparkk8s_error **err)
{
    int32_t rpc, blocks, ui, connect = 0;
    int rc;

    rc = read_raw_int(&b->reader, "spark.blockManager.port", PORT_BLOCK_MANAGER, &blocks, err);
    if (rc == 0)
        rc = read_raw_int(&b->reader, "spark.driver.blockManager.port", blocks, &blocks, err);
    if (rc == 0)
        rc = read_raw_int(&b->reader, "spark.driver.port", PORT_DRIVER, &rpc, err);
    if (rc == 0)
        rc = read_int(&b->reader, "spark.ui.port", &ui, err);
    if (rc == 0 && b->line >= SPARK_4_1)
        rc = read_raw_int(&b->reader, "spark.connect.grpc.binding.port", PORT_CONNECT, &connect, err);
    if (rc == 0)
        rc = driver_port(b, "driver-rpc-port", rpc, err);
    if (rc == 0)
        rc = driver_port(b, "blockmanager", blocks, err);
    if (rc == 0)
        rc = driver_port(b, "spark-ui", ui, err);
    if (rc == 0 && b->line >= SPARK_4_1)
        rc = driver_port(b, "spark-connect", connect, err);
    return rc;
}

static int driver_env(struct build *b, sparkk8s_error **err)
{
    static const char prefix[] = "spark.kubernetes.driverEnv.";
    size_t i, end;
    int rc;

    rc = build_env(b, "SPARK_USER", basic_user(b), err);
    if (rc == 0)
        rc = build_env(b, "SPARK_APPLICATION_ID", b->app_id, err);
    conf_range(b->app.conf, prefix, &i, &end);
    for (; rc == 0 && i < end; i++)
        rc = build_env(b, b->app.conf->entries[i].key + strlen(prefix), b->app.conf->entries[i].value, err);
    if (rc < 0)
        return rc;
    return build_push(b->container, "env", json_pack("{s:s, s:{s:{s:s, s:s}}}",
                                                     "name", "SPARK_DRIVER_BIND_ADDRESS",
                                                     "valueFrom", "fieldRef",
                                                         "apiVersion", "v1",
                                                         "fieldPath", "status.podIP"), err);
}

/* ---- pod and properties -------------------------------------------------------------------------------- */

static int driver_scheduling(struct build *b, sparkk8s_error **err)
{
    return basic_scheduling(b, "Never", err);
}

static int driver_props(struct build *b, sparkk8s_error **err)
{
    int rc;

    rc = build_prop(b, "spark.kubernetes.driver.pod.name", b->pod_name, err);
    if (rc == 0)
        rc = build_prop(b, "spark.app.id", b->app_id, err);
    return rc < 0 ? rc : build_prop(b, "spark.kubernetes.submitInDriver", "true", err);
}

int step_basic(struct build *b, sparkk8s_error **err)
{
    static int (*const parts[])(struct build *, sparkk8s_error **) = {
        basic_image, basic_cores, driver_memory, driver_ports, driver_env, basic_custom_resources,
        basic_security, basic_metadata, basic_pull_secrets, driver_scheduling, driver_props,
        upload_lists,
    };
    size_t i;
    int rc = 0;

    if (!json_object_get(b->container, "name"))
        rc = build_put(b->container, "name", "spark-kubernetes-driver", err);
    for (i = 0; rc == 0 && i < COUNT(parts); i++)
        rc = parts[i](b, err);
    return rc;
}
