/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image, resources, security, metadata and scheduling of a pod, by its role: what Spark's
 * BasicDriverFeatureStep and BasicExecutorFeatureStep do alike. Quantities are passed on as the user wrote
 * them, as there: the API server judges them.
 */
#include "basic.h"

#include <inttypes.h>

#include "error.h"
#include "str.h"
#include "text.h"

#define COMMON_IMAGE_KEY "spark.kubernetes.container.image"
#define COMMON_SCHEDULER_KEY "spark.kubernetes.scheduler.name"
#define COMMON_PRIVILEGE_KEY "spark.kubernetes.securityContext.allowPrivilegeEscalation"

#define MIN_OVERHEAD_3_5 384            /* MiB; a key since 4.0 */

/* ---- image --------------------------------------------------------------------------------------------- */

static const char *const pull_policies[] = {"Always", "Never", "IfNotPresent", NULL};

int basic_image(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) given = NULL;
    AUTO(chars) policy = NULL;
    AUTO(chars) image = NULL;
    int rc;

    rc = build_either(b, b->role->image, COMMON_IMAGE_KEY, &given, err);
    if (rc < 0)
        return rc;
    if (!given) {
        rc = fail(err, SPARKK8S_ECONF, COMMON_IMAGE_KEY, "the image of the %s's container is not set",
                  b->role->name);
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

/* ---- resources ----------------------------------------------------------------------------------------- */

int basic_resource(struct build *b, const char *side, const char *name, const char *quantity,
                   sparkk8s_error **err)
{
    json_t *resources = json_need_object(b->container, "resources");

    return build_put(resources ? json_need_object(resources, side) : NULL, name, quantity, err);
}

int basic_quantity(struct build *b, const char *key, char **out, sparkk8s_error **err)
{
    AUTO(chars) value = NULL;
    int rc;

    rc = read_text(&b->reader, key, &value, err);
    if (rc < 0)
        return rc;
    if (value && !*value)
        return conf_refuse(err, b->app.conf, key, "use e.g. 2 or 500m", "not a quantity");
    *out = TAKE(value);
    return 0;
}

int basic_cores(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) request = NULL;
    AUTO(chars) limit = NULL;
    AUTO_STR whole = STR_INIT(32);
    int32_t cores;
    int rc;

    rc = read_int(&b->reader, b->role->cores, &cores, err);
    if (rc == 0)
        rc = basic_quantity(b, b->role->request_cores, &request, err);
    if (rc == 0)
        rc = basic_quantity(b, b->role->limit_cores, &limit, err);
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

/* The role's own factor, if it is set. */
static int own_factor(struct build *b, double *factor, sparkk8s_error **err)
{
    const char *key = b->role->overhead_factor;
    int rc;

    if (!conf_has(b->app.conf, key))
        return 0;
    rc = read_double(&b->reader, key, factor, err);
    if (rc == 0 && !(*factor > 0))
        rc = conf_refuse(err, b->app.conf, key, "use a number such as 0.1", "must be greater than 0");
    return rc;
}

/* Scala's Double.toInt of what is not negative: cut towards 0, held within an int, 0 if it is no number. */
static int64_t to_int(double value)
{
    if (!(value < INT32_MAX))
        return value >= INT32_MAX ? INT32_MAX : 0;
    return (int64_t)value;
}

int basic_overhead(struct build *b, int64_t memory, double factor, int64_t *overhead, sparkk8s_error **err)
{
    int64_t given, least = MIN_OVERHEAD_3_5, part;
    bool set;
    int rc;

    rc = own_factor(b, &factor, err);
    if (rc == 0)
        rc = read_mib(&b->reader, b->role->overhead, &given, &set, err);
    if (rc == 0 && b->line >= SPARK_4_0)
        rc = read_mib(&b->reader, b->role->least_overhead, &least, NULL, err);
    if (rc < 0)
        return rc;
    part = to_int(factor * (double)memory);
    *overhead = set ? given : part > least ? part : least;
    return 0;
}

int basic_memory(struct build *b, int64_t mib, sparkk8s_error **err)
{
    AUTO_STR quantity = STR_INIT(40);
    int rc;

    str_addf(&quantity, "%" PRId64 "Mi", mib);
    if (quantity.failed)
        return fail_oom(err);
    rc = basic_resource(b, "requests", "memory", quantity.s, err);
    return rc < 0 ? rc : basic_resource(b, "limits", "memory", quantity.s, err);
}

/* One resource of spark.<role>.resource.<name>.{amount,vendor}: a limit "<vendor>/<name>". */
static int custom_resource(struct build *b, const char *name, sparkk8s_error **err)
{
    AUTO_STR amount_key = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR vendor_key = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR resource = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR quantity = STR_INIT(32);
    const char *amount_text, *vendor;
    int32_t amount;

    str_addf(&amount_key, "%s%s.amount", b->role->resources, name);
    str_addf(&vendor_key, "%s%s.vendor", b->role->resources, name);
    if (amount_key.failed || vendor_key.failed)
        return fail_oom(err);
    amount_text = sparkk8s_conf_get(b->app.conf, amount_key.s);
    vendor = sparkk8s_conf_get(b->app.conf, vendor_key.s);
    if (!amount_text)
        return conf_refuse(err, b->app.conf, amount_key.s, "set it to how many are needed",
                           "not set, but other properties of resource %s are", name);
    if (!text_to_int32(amount_text, &amount))
        return conf_refuse(err, b->app.conf, amount_key.s, "use a whole number", "not a whole number");
    if (amount <= 0)
        return 0;
    if (!vendor)
        return conf_refuse(err, b->app.conf, vendor_key.s, "set it to the vendor's domain, e.g. nvidia.com",
                           "not set, and resource %s cannot be asked for without its vendor", name);
    str_addf(&resource, "%s/%s", vendor, name);
    str_addf(&quantity, "%" PRId32, amount);
    if (resource.failed || quantity.failed)
        return fail_oom(err);
    return basic_resource(b, "limits", resource.s, quantity.s, err);
}

int basic_custom_resources(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i, end;
    int rc;

    conf_range(b->app.conf, b->role->resources, &i, &end);
    for (; i < end; i++) {
        const char *key = b->app.conf->entries[i].key, *name = key + strlen(b->role->resources);
        size_t len = strcspn(name, ".");

        if (!name[len])
            return conf_refuse(err, b->app.conf, key, "a property of a resource is <name>.amount, for one",
                               "not a property of a resource");
        if (!names.count || strncmp(names.v[names.count - 1], name, len) != 0 ||
            names.v[names.count - 1][len])
            strv_addn(&names, name, len);
    }
    if (names.failed)
        return fail_oom(err);
    for (i = 0; i < names.count; i++) {
        rc = custom_resource(b, names.v[i], err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- the rest of container and pod --------------------------------------------------------------------- */

/* Spark asks Hadoop who the user is, and that the operating system. Here the environment that was handed
 * in says it. */
const char *basic_user(const struct build *b)
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

int basic_security(struct build *b, sparkk8s_error **err)
{
    const char *key = conf_has(b->app.conf, b->role->privileges) ? b->role->privileges : COMMON_PRIVILEGE_KEY;
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

int basic_metadata(struct build *b, sparkk8s_error **err)
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
    return build_map_at(b, b->role->annotations, true, metadata, "annotations", err);
}

int basic_pull_secrets(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i;
    int rc;

    rc = read_list(&b->reader, "spark.kubernetes.container.image.pullSecrets", &names, err);
    for (i = 0; rc == 0 && i < names.count; i++)
        rc = build_push(build_spec(b), "imagePullSecrets", json_pack("{s:s}", "name", names.v[i]), err);
    return rc;
}

int basic_scheduling(struct build *b, const char *restart_policy, sparkk8s_error **err)
{
    AUTO(chars) scheduler = NULL;
    json_t *spec = build_spec(b);
    int rc;

    rc = build_either(b, b->role->scheduler, COMMON_SCHEDULER_KEY, &scheduler, err);
    if (rc == 0 && scheduler)
        rc = build_put(spec, "schedulerName", scheduler, err);
    if (rc == 0)
        rc = build_map_at(b, "spark.kubernetes.node.selector.", false, spec, "nodeSelector", err);
    if (rc == 0)
        rc = build_map_at(b, b->role->node_selectors, false, spec, "nodeSelector", err);
    return rc < 0 ? rc : build_put(spec, "restartPolicy", restart_policy, err);
}

