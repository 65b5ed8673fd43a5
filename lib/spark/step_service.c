/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headless service through which executors find the driver.
 *
 * Counterpart of Spark's DriverServiceFeatureStep. Executors are told <service>.<namespace>.svc, and a
 * service name is a DNS label: a name that would be longer than 63 characters is replaced by a generated one,
 * with a warning, as Spark does. The block manager's port here ignores spark.blockManager.port, unlike the
 * container's: that is Spark's own inconsistency, and the driver listens where spark.properties says.
 */
#include "steps.h"

#include <inttypes.h>

#include "error.h"
#include "str.h"
#include "text.h"

#define NAME_LIMIT 63
#define UNREADY_KEY "spark.kubernetes.driver.service.publishNotReadyAddresses"

static const char *const policies[] = {"SingleStack", "PreferDualStack", "RequireDualStack", NULL};
static const char *const families[] = {"IPv4", "IPv6", "IPv4,IPv6", "IPv6,IPv4", NULL};

static int refuse_own_address(struct build *b, sparkk8s_error **err)
{
    if (conf_has(b->app.conf, "spark.driver.bindAddress"))
        return conf_refuse(err, b->app.conf, "spark.driver.bindAddress", "leave it out",
                           "cannot be set on Kubernetes: the driver binds to its pod's address");
    if (conf_has(b->app.conf, "spark.driver.host"))
        return conf_refuse(err, b->app.conf, "spark.driver.host", "leave it out",
                           "cannot be set on Kubernetes: the driver's service decides its host name");
    return 0;
}

static int service_name(struct build *b, char **out, sparkk8s_error **err)
{
    AUTO_STR preferred = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    char unique[24];
    int rc;

    str_addf(&preferred, "%s-driver-svc", b->prefix);
    if (preferred.failed)
        return fail_oom(err);
    if (preferred.len <= NAME_LIMIT) {
        *out = str_take(&preferred);
        return *out ? 0 : fail_oom(err);
    }
    rc = ids_unique(&b->ids, unique, err);
    if (rc < 0)
        return rc;
    str_addf(&name, "spark-%s-driver-svc", unique);
    if (name.failed || build_warn(b, "the driver's service is called %s: %s is longer than %d characters",
                                  name.s, preferred.s, NAME_LIMIT) < 0)
        return fail_oom(err);
    *out = str_take(&name);
    return *out ? 0 : fail_oom(err);
}

struct service_ports {
    int32_t rpc, blocks, ui, connect;
};

static int service_read_ports(struct build *b, struct service_ports *ports, sparkk8s_error **err)
{
    int rc;

    rc = read_raw_int(&b->reader, "spark.driver.port", PORT_DRIVER, &ports->rpc, err);
    if (rc == 0)
        rc = read_raw_int(&b->reader, "spark.driver.blockManager.port", PORT_BLOCK_MANAGER, &ports->blocks,
                          err);
    if (rc == 0)
        rc = read_int(&b->reader, "spark.ui.port", &ports->ui, err);
    if (rc == 0 && b->line >= SPARK_4_1)
        rc = read_raw_int(&b->reader, "spark.connect.grpc.binding.port", PORT_CONNECT, &ports->connect, err);
    return rc;
}

static json_t *service_port(const char *name, int32_t port)
{
    return json_pack("{s:s, s:i, s:i}", "name", name, "port", port, "targetPort", port);
}

static int service_add_ports(struct build *b, json_t *spec, const struct service_ports *ports,
                             sparkk8s_error **err)
{
    AUTO(json) connect = NULL;
    int rc;

    rc = build_push(spec, "ports", service_port("driver-rpc-port", ports->rpc), err);
    if (rc == 0)
        rc = build_push(spec, "ports", service_port("blockmanager", ports->blocks), err);
    if (rc == 0)
        rc = build_push(spec, "ports", service_port("spark-ui", ports->ui), err);
    if (rc < 0 || b->line < SPARK_4_1)
        return rc;
    connect = service_port("spark-connect", ports->connect);
    if (connect && b->line >= SPARK_4_2 && json_put_text(connect, "appProtocol", "grpc") < 0)
        return fail_oom(err);
    return build_push(spec, "ports", TAKE(connect), err);
}

static int service_spec(struct build *b, const struct service_ports *ports, json_t **out,
                        sparkk8s_error **err)
{
    AUTO(chars) policy = NULL;
    AUTO(chars) family = NULL;
    AUTO_STRV each = {0};
    AUTO(json) spec = NULL;
    json_t *labels;
    bool unready = false;
    size_t i;
    int rc;

    rc = build_choice(b, "spark.kubernetes.driver.service.ipFamilyPolicy", policies, &policy, err);
    if (rc == 0)
        rc = build_choice(b, "spark.kubernetes.driver.service.ipFamilies", families, &family, err);
    if (rc == 0 && b->line >= SPARK_4_3)
        rc = read_bool(&b->reader, UNREADY_KEY, &unready, err);
    if (rc == 0)
        rc = build_labels(b, &labels, err);
    if (rc < 0)
        return rc;
    spec = json_pack("{s:s, s:s, s:O}",
                     "clusterIP", "None",
                     "ipFamilyPolicy", policy,
                     "selector", labels);
    if (!spec)
        return fail_oom(err);
    if (b->line >= SPARK_4_3 && json_put(spec, "publishNotReadyAddresses", json_boolean(unready)) < 0)
        return fail_oom(err);
    strv_split(&each, family, ',');
    if (each.failed)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < each.count; i++)
        rc = build_push(spec, "ipFamilies", json_string(each.v[i]), err);
    if (rc == 0)
        rc = service_add_ports(b, spec, ports, err);
    if (rc < 0)
        return rc;
    *out = TAKE(spec);
    return 0;
}

static int service_props(struct build *b, const char *name, const struct service_ports *ports,
                         sparkk8s_error **err)
{
    AUTO_STR host = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR rpc = STR_INIT(32);
    AUTO_STR blocks = STR_INIT(32);
    int rc;

    str_addf(&host, "%s.%s.svc", name, b->app.ns);
    str_addf(&rpc, "%" PRId32, ports->rpc);
    str_addf(&blocks, "%" PRId32, ports->blocks);
    if (host.failed || rpc.failed || blocks.failed)
        return fail_oom(err);
    rc = build_prop(b, "spark.driver.host", host.s, err);
    if (rc == 0)
        rc = build_prop(b, "spark.driver.port", rpc.s, err);
    return rc < 0 ? rc : build_prop(b, "spark.driver.blockManager.port", blocks.s, err);
}

int step_service(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) name = NULL;
    AUTO(json) spec = NULL;
    AUTO(json) service = NULL;
    struct service_ports ports = {0};
    json_t *metadata;
    int rc;

    rc = refuse_own_address(b, err);
    if (rc == 0)
        rc = service_name(b, &name, err);
    if (rc == 0)
        rc = service_read_ports(b, &ports, err);
    if (rc == 0)
        rc = service_spec(b, &ports, &spec, err);
    if (rc == 0)
        rc = service_props(b, name, &ports, err);
    if (rc < 0)
        return rc;
    service = json_pack("{s:s, s:s, s:{s:s, s:{s:s}}, s:O}",
                        "apiVersion", "v1",
                        "kind", "Service",
                        "metadata",
                            "name", name,
                            "labels", "spark-app-selector", b->app_id,
                        "spec", spec);
    if (!service)
        return fail_oom(err);
    metadata = json_object_get(service, "metadata");
    rc = build_map_at(b, "spark.kubernetes.driver.service.label.", false, metadata, "labels", err);
    if (rc == 0)
        rc = build_map_at(b, "spark.kubernetes.driver.service.annotation.", false, metadata, "annotations",
                          err);
    return rc < 0 ? rc : build_add(b, TAKE(service), err);
}
