/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's pod and container: image, command line's frame, resources, ports, environment, labels.
 *
 * Counterpart of Spark's BasicDriverFeatureStep. Quantities are passed on as the user wrote them, as there:
 * the API server judges them. Deliberately not done here: uploading client-local files (prepare.c refuses
 * them).
 */
#include "steps.h"

#include <inttypes.h>

#include "error.h"
#include "str.h"
#include "text.h"

#define IMAGE_KEY "spark.kubernetes.driver.container.image"
#define COMMON_IMAGE_KEY "spark.kubernetes.container.image"
#define REQUEST_KEY "spark.kubernetes.driver.request.cores"
#define LIMIT_KEY "spark.kubernetes.driver.limit.cores"
#define FACTOR_KEY "spark.kubernetes.memoryOverheadFactor"
#define DRIVER_FACTOR_KEY "spark.driver.memoryOverheadFactor"
#define RESOURCE_PREFIX "spark.driver.resource."
#define PRIVILEGE_KEY "spark.kubernetes.securityContext.allowPrivilegeEscalation"
#define DRIVER_PRIVILEGE_KEY "spark.kubernetes.driver.securityContext.allowPrivilegeEscalation"

#define NON_JVM_FACTOR 0.4              /* Python and R use memory outside the JVM's heap */
#define MIN_OVERHEAD_3_5 384            /* MiB; a key since 4.0 */

static const char *const pull_policies[] = {"Always", "Never", "IfNotPresent", NULL};

/* ---- image --------------------------------------------------------------------------------------------- */

static int basic_image(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) given = NULL;
    AUTO(chars) policy = NULL;
    AUTO(chars) image = NULL;
    int rc;

    rc = build_either(b, IMAGE_KEY, COMMON_IMAGE_KEY, &given, err);
    if (rc < 0)
        return rc;
    if (!given) {
        rc = fail(err, SPARKK8S_ECONF, COMMON_IMAGE_KEY, "the image of the driver's container is not set");
        error_hint(err, "set " COMMON_IMAGE_KEY " to an image with Spark in it, e.g. apache/spark:%s",
                   b->version);
        return rc;
    }
    rc = build_choice(b, "spark.kubernetes.container.image.pullPolicy", pull_policies, &policy, err);
    if (rc < 0)
        return rc;
    image = b->line >= SPARK_4_1 ? build_replace(given, "{{SPARK_VERSION}}", b->version) : text_dup(given);
    if (!image)
        return fail_oom(err);
    rc = build_put(b->container, "image", image, err);
    return rc < 0 ? rc : build_put(b->container, "imagePullPolicy", policy, err);
}

/* ---- cores, memory and other resources ----------------------------------------------------------------- */

static int basic_resource(struct build *b, const char *side, const char *name, const char *quantity,
                          sparkk8s_error **err)
{
    json_t *resources = json_need_object(b->container, "resources");

    return build_put(resources ? json_need_object(resources, side) : NULL, name, quantity, err);
}

/* A quantity is only checked for being there, as Spark does. */
static int basic_quantity(struct build *b, const char *key, char **out, sparkk8s_error **err)
{
    AUTO(chars) value = NULL;
    int rc;

    rc = read_text(&b->reader, key, &value, err);
    if (rc < 0)
        return rc;
    if (value && !*value)
        return conf_fail(err, SPARKK8S_ECONF, b->app.conf, key, "not a quantity; use e.g. 2 or 500m");
    *out = TAKE(value);
    return 0;
}

static int basic_cores(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) request = NULL;
    AUTO(chars) limit = NULL;
    AUTO_STR whole = STR_INIT(32);
    int32_t cores;
    int rc;

    rc = read_int(&b->reader, "spark.driver.cores", &cores, err);
    if (rc == 0)
        rc = basic_quantity(b, REQUEST_KEY, &request, err);
    if (rc == 0)
        rc = basic_quantity(b, LIMIT_KEY, &limit, err);
    if (rc < 0)
        return rc;
    str_addf(&whole, "%" PRId32, cores);
    if (whole.failed)
        return fail_oom(err);
    rc = basic_resource(b, "requests", "cpu", request ? request : whole.s, err);
    if (rc == 0 && limit)
        rc = basic_resource(b, "limits", "cpu", limit, err);
    return rc;
}

/* The factor that Spark calls default: the old key's, which is written back whatever the driver's own key
 * says. */
static int default_factor(struct build *b, double *factor, sparkk8s_error **err)
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
        return conf_fail(err, SPARKK8S_ECONF, b->app.conf, FACTOR_KEY, "must not be negative");
    *factor = value;
    return 0;
}

static int driver_factor(struct build *b, double otherwise, double *factor, sparkk8s_error **err)
{
    double value = otherwise;
    int rc;

    if (conf_has(b->app.conf, DRIVER_FACTOR_KEY)) {
        rc = read_double(&b->reader, DRIVER_FACTOR_KEY, &value, err);
        if (rc < 0)
            return rc;
        if (!(value > 0))
            return conf_fail(err, SPARKK8S_ECONF, b->app.conf, DRIVER_FACTOR_KEY, "must be greater than 0");
    }
    *factor = value;
    return 0;
}

/* Scala's Double.toInt of what is not negative: cut towards 0, held within an int, 0 if it is no number. */
static int64_t to_int(double value)
{
    if (!(value < INT32_MAX))
        return value >= INT32_MAX ? INT32_MAX : 0;
    return (int64_t)value;
}

/* What the JVM's heap leaves out, in MiB: given, or a part of `memory`, but not less than a minimum. */
static int memory_overhead(struct build *b, int64_t memory, double factor, int64_t *overhead,
                           sparkk8s_error **err)
{
    int64_t given, least = MIN_OVERHEAD_3_5, part = to_int(factor * (double)memory);
    bool set;
    int rc;

    rc = read_mib(&b->reader, "spark.driver.memoryOverhead", &given, &set, err);
    if (rc == 0 && b->line >= SPARK_4_0)
        rc = read_mib(&b->reader, "spark.driver.minMemoryOverhead", &least, NULL, err);
    if (rc < 0)
        return rc;
    *overhead = set ? given : part > least ? part : least;
    return 0;
}

static int basic_memory(struct build *b, sparkk8s_error **err)
{
    AUTO_STR quantity = STR_INIT(40);
    AUTO(chars) written = NULL;
    int64_t memory = 0, overhead = 0;
    double old_factor = 0, factor = 0;
    int rc;

    rc = read_mib(&b->reader, "spark.driver.memory", &memory, NULL, err);
    if (rc == 0)
        rc = default_factor(b, &old_factor, err);
    if (rc == 0)
        rc = driver_factor(b, old_factor, &factor, err);
    if (rc == 0)
        rc = memory_overhead(b, memory, factor, &overhead, err);
    if (rc < 0)
        return rc;
    written = text_from_double(old_factor);
    str_addf(&quantity, "%" PRId64 "Mi", memory + overhead);
    if (!written || quantity.failed)
        return fail_oom(err);
    rc = basic_resource(b, "requests", "memory", quantity.s, err);
    if (rc == 0)
        rc = basic_resource(b, "limits", "memory", quantity.s, err);
    return rc < 0 ? rc : build_prop(b, FACTOR_KEY, written, err);
}

/* One resource of spark.driver.resource.<name>.{amount,vendor}: a limit "<vendor>/<name>". */
static int basic_custom_resource(struct build *b, const char *name, sparkk8s_error **err)
{
    AUTO_STR amount_key = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR vendor_key = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR resource = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR quantity = STR_INIT(32);
    const char *amount_text, *vendor;
    int32_t amount;

    str_addf(&amount_key, RESOURCE_PREFIX "%s.amount", name);
    str_addf(&vendor_key, RESOURCE_PREFIX "%s.vendor", name);
    if (amount_key.failed || vendor_key.failed)
        return fail_oom(err);
    amount_text = sparkk8s_conf_get(b->app.conf, amount_key.s);
    vendor = sparkk8s_conf_get(b->app.conf, vendor_key.s);
    if (!amount_text)
        return fail(err, SPARKK8S_ECONF, amount_key.s, "not set, but other properties of resource %s are",
                    name);
    if (!text_to_int32(amount_text, &amount))
        return conf_fail(err, SPARKK8S_ECONF, b->app.conf, amount_key.s, "not a whole number");
    if (amount <= 0)
        return 0;
    if (!vendor)
        return fail(err, SPARKK8S_ECONF, vendor_key.s,
                    "not set, and resource %s cannot be asked for without its vendor; "
                    "use e.g. nvidia.com", name);
    str_addf(&resource, "%s/%s", vendor, name);
    str_addf(&quantity, "%" PRId32, amount);
    if (resource.failed || quantity.failed)
        return fail_oom(err);
    return basic_resource(b, "limits", resource.s, quantity.s, err);
}

static int basic_custom_resources(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i, end;
    int rc;

    conf_range(b->app.conf, RESOURCE_PREFIX, &i, &end);
    for (; i < end; i++) {
        const char *key = b->app.conf->entries[i].key, *name = key + strlen(RESOURCE_PREFIX);
        size_t len = strcspn(name, ".");

        if (!name[len])
            return conf_fail(err, SPARKK8S_ECONF, b->app.conf, key,
                             "not a property of a resource: set %s.amount", key);
        if (!names.count || strncmp(names.v[names.count - 1], name, len) != 0 ||
            names.v[names.count - 1][len])
            strv_addn(&names, name, len);
    }
    if (names.failed)
        return fail_oom(err);
    for (i = 0; i < names.count; i++) {
        rc = basic_custom_resource(b, names.v[i], err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- ports and environment ----------------------------------------------------------------------------- */

static int basic_port(struct build *b, const char *name, int32_t port, sparkk8s_error **err)
{
    return build_push(b->container, "ports", json_pack("{s:i, s:s, s:s}", "containerPort", port, "name", name,
                                                       "protocol", "TCP"), err);
}

static int basic_ports(struct build *b, sparkk8s_error **err)
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
        rc = basic_port(b, "driver-rpc-port", rpc, err);
    if (rc == 0)
        rc = basic_port(b, "blockmanager", blocks, err);
    if (rc == 0)
        rc = basic_port(b, "spark-ui", ui, err);
    if (rc == 0 && b->line >= SPARK_4_1)
        rc = basic_port(b, "spark-connect", connect, err);
    return rc;
}

/* Spark asks Hadoop who the user is, and that the operating system. Here the environment that was handed
 * in says it. */
static const char *current_user(const struct build *b)
{
    static const char *const names[] = {"HADOOP_USER_NAME", "USER", "LOGNAME"};
    const char *user = env_get(b->env, "SPARK_USER");
    size_t i;

    if (!user)
        user = b->app.proxy_user;
    for (i = 0; !user && i < COUNT(names); i++)
        user = env_get(b->env, names[i]);
    return user ? user : "spark";       /* the user of Spark's images */
}

static int basic_env(struct build *b, sparkk8s_error **err)
{
    static const char prefix[] = "spark.kubernetes.driverEnv.";
    size_t i, end;
    int rc;

    rc = build_env(b, "SPARK_USER", current_user(b), err);
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

/* ---- the rest of container and pod --------------------------------------------------------------------- */

static int basic_security(struct build *b, sparkk8s_error **err)
{
    const char *key = conf_has(b->app.conf, DRIVER_PRIVILEGE_KEY) ? DRIVER_PRIVILEGE_KEY : PRIVILEGE_KEY;
    json_t *context;
    bool allow;
    int rc;

    if (b->line < SPARK_4_3)
        return 0;
    rc = read_bool(&b->reader, key, &allow, err);
    if (rc < 0)
        return rc;
    context = json_need_object(b->container, "securityContext");
    if (!context || json_put(context, "allowPrivilegeEscalation", json_boolean(allow)) < 0)
        return fail_oom(err);
    return 0;
}

static int basic_metadata(struct build *b, sparkk8s_error **err)
{
    json_t *metadata = build_metadata(b), *labels;
    json_t *into = metadata ? json_need_object(metadata, "labels") : NULL;
    int rc;

    rc = build_labels(b, &labels, err);
    if (rc < 0)
        return rc;
    if (!into || json_object_update(into, labels) < 0)
        return fail_oom(err);
    rc = build_put(metadata, "name", b->pod_name, err);
    if (rc < 0)
        return rc;
    return build_map_at(b, "spark.kubernetes.driver.annotation.", true, metadata, "annotations", err);
}

static int basic_pull_secrets(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i;
    int rc;

    rc = read_list(&b->reader, "spark.kubernetes.container.image.pullSecrets", &names, err);
    for (i = 0; rc == 0 && i < names.count; i++)
        rc = build_push(build_spec(b), "imagePullSecrets", json_pack("{s:s}", "name", names.v[i]), err);
    return rc;
}

static int basic_scheduling(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) scheduler = NULL;
    json_t *spec = build_spec(b);
    int rc;

    rc = build_either(b, "spark.kubernetes.driver.scheduler.name", "spark.kubernetes.scheduler.name",
                      &scheduler, err);
    if (rc == 0 && scheduler)
        rc = build_put(spec, "schedulerName", scheduler, err);
    if (rc == 0)
        rc = build_map_at(b, "spark.kubernetes.node.selector.", false, spec, "nodeSelector", err);
    if (rc == 0)
        rc = build_map_at(b, "spark.kubernetes.driver.node.selector.", false, spec, "nodeSelector", err);
    return rc < 0 ? rc : build_put(spec, "restartPolicy", "Never", err);
}

static int basic_props(struct build *b, sparkk8s_error **err)
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
        basic_image, basic_cores, basic_memory, basic_ports, basic_env, basic_custom_resources,
        basic_security, basic_metadata, basic_pull_secrets, basic_scheduling, basic_props,
    };
    size_t i;
    int rc = 0;

    if (!json_object_get(b->container, "name"))
        rc = build_put(b->container, "name", "spark-kubernetes-driver", err);
    for (i = 0; rc == 0 && i < COUNT(parts); i++)
        rc = parts[i](b, err);
    return rc;
}
