/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the driver will ask for: an executor's pod and its claims, made from the spark.properties and the
 * driver pod of a manifest. Counterpart of what happens inside of the driver: its own spark-submit,
 * SparkContext, KubernetesClusterManager, KubernetesExecutorBuilder.buildFromFeatures and
 * ExecutorPodsAllocator.
 *
 * Nothing of this is computed by a submission: a manifest keeps the properties that it has anyway.
 *
 * Deliberately not done: resource profiles that the application makes at run time; the ConfigMap that
 * executors mount, which the driver makes of its own conf folder; StatefulSets and Deployments, of which the
 * pod is the template; names of claims that are used again.
 */
#include "executor.h"

#include <inttypes.h>

#include "check_rules.h"
#include "error.h"
#include "manifest.h"
#include "names.h"
#include "override.h"
#include "properties.h"
#include "render.h"
#include "steps.h"
#include "str.h"
#include "template.h"
#include "text.h"

#define ORIGIN "the driver"
#define PREFIX_KEY "spark.kubernetes.executor.podNamePrefix"
#define DRIVER_NAME_KEY "spark.kubernetes.driver.pod.name"
#define ID_KEY "sparkk8s.executor.id"

/* One preview under way; owns all that the build borrows. */
struct preview {
    const sparkk8s_manifest *manifest;
    const char *template_name;          /* how messages call the executors' template; NULL: a general name */
    struct build b;
    struct executor executor;
    struct env env;
    struct template_text templates[ROLES];
    struct strv warnings;               /* the driver would log them */
    char id[16];
};

static void preview_clear(struct preview *p)
{
    size_t i;

    build_clear(&p->b);
    json_decref(p->executor.owner);
    env_clear(&p->env);
    for (i = 0; i < ROLES; i++)
        template_text_clear(&p->templates[i]);
    strv_clear(&p->warnings);
}

/* ---- the driver's point of view ------------------------------------------------------------------------ */

/* Spark's own container is the last one. */
static const json_t *driver_container(const sparkk8s_manifest *manifest)
{
    const json_t *all = json_at(manifest->items[manifest->driver].object, "spec", "containers", NULL);

    return json_array_get(all, json_array_size(all) - 1);
}

/* The variables of its container; of two with one name the later one counts. */
static int driver_environment(struct preview *p, sparkk8s_error **err)
{
    const json_t *all = json_object_get(p->executor.driver, "env");
    size_t i;

    for (i = json_array_size(all); i--;) {
        const char *name = json_text_at(json_array_get(all, i), "name", NULL);
        const char *value = json_text_at(json_array_get(all, i), "value", NULL);

        if (name && value)
            strv_addf(&p->env.vars, "%s=%s", name, value);
    }
    return p->env.vars.failed ? fail_oom(err) : 0;
}

/* What the entry point of the image adds to the command line. */
static int add_arguments(sparkk8s_conf *conf, sparkk8s_error **err)
{
    int rc = conf_put(conf, "spark.driver.bindAddress", DRIVER_ADDRESS, ORIGIN, err);

    if (rc == 0)
        rc = conf_put(conf, "spark.executorEnv.SPARK_DRIVER_POD_IP", DRIVER_ADDRESS, ORIGIN, err);
    return rc < 0 ? rc : conf_put(conf, "spark.submit.deployMode", "client", ORIGIN, err);
}

/* The properties as spark-submit in the driver reads them. */
static int driver_properties(struct preview *p, sparkk8s_error **err)
{
    const sparkk8s_conf *given = p->manifest->props;
    size_t i;
    int rc = 0;

    p->b.app.conf = sparkk8s_conf_new();
    if (!p->b.app.conf)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < given->count; i++) {
        const struct conf_entry *entry = &given->entries[i];
        AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);

        if (!text_starts(entry->key, "spark."))
            continue;
        str_add(&value, entry->value);
        properties_trim(&value);
        rc = value.failed ? fail_oom(err) : conf_put(p->b.app.conf, entry->key, value.s, entry->origin, err);
    }
    return rc < 0 ? rc : add_arguments(p->b.app.conf, err);
}

/* The executors' template is in a ConfigMap of the submission, and the property names the file that it becomes.
 * NULL if the submission does not carry one. */
static const char *carried_template(const sparkk8s_manifest *manifest)
{
    const char *key = role_find(SPARKK8S_EXECUTOR)->template_file, *text = NULL;
    const char *path = sparkk8s_conf_get(manifest->props, key);
    size_t i;

    for (i = 0; path && !text && !strcmp(path, EXECUTOR_TEMPLATE_PATH) && i < manifest->count; i++)
        text = json_text_at(manifest->items[i].object, "data", EXECUTOR_TEMPLATE_ITEM, NULL);
    return text;
}

static int find_template(struct preview *p, sparkk8s_error **err)
{
    const struct role *role = p->b.role;
    const char *text = carried_template(p->manifest);
    const char *name = p->template_name ? p->template_name : role->template_name;
    struct template_text *own;

    if (!conf_has(p->b.app.conf, role->template_file))
        return 0;
    if (!text)
        return conf_refuse(err, p->b.app.conf, role->template_file, "do not exclude PodTemplateConfigMapStep",
                           "the submission does not carry this template: only the driver can read it");
    conf_remove(p->b.app.conf, role->template_file);
    own = &p->templates[role - roles];
    *own = (struct template_text){text_dup(text), text_dup(name), strlen(text)};
    return own->text && own->name ? 0 : fail_oom(err);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static int executor_id(struct preview *p, sparkk8s_error **err)
{
    const struct reader reader = {p->manifest->props, &p->env};
    int32_t id;
    int rc = read_int(&reader, ID_KEY, &id, err);

    if (rc < 0)
        return rc;
    if (id < 1)
        return conf_refuse(err, p->manifest->props, ID_KEY, "use 1", "executors are numbered from 1");
    snprintf(p->id, sizeof(p->id), "%" PRId32, id);
    p->executor.id = p->id;
    return 0;
}

/* The driver makes up a part of the names. */
static int name_prefix_of(struct build *b, sparkk8s_error **err)
{
    const char *key = PREFIX_KEY;
    int rc = read_text(&b->reader, key, &b->prefix, err);

    if (rc < 0)
        return rc;
    if (!b->prefix) {
        key = "spark.app.name";
        b->prefix = name_prefix(b->app.app_name, UNKNOWN_ID);
    }
    if (!b->prefix)
        return fail_oom(err);
    if (rules[RULE_POD_PREFIX].holds(b->prefix))
        return 0;
    return conf_refuse(err, b->app.conf, key, "set " PREFIX_KEY " to something short",
                       "executors cannot be called so: their names begin with at most 237 characters of a-z, "
                       "0-9, - and .");
}

static int executor_names(struct preview *p, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    const char *app_name = sparkk8s_conf_get(p->b.app.conf, "spark.app.name");
    int rc;

    p->b.app.app_name = text_dup(app_name ? app_name : "spark");
    p->b.app.ns = text_dup(p->manifest->ns);
    p->b.app_id = text_dup(p->manifest->app_id);
    p->b.version = text_dup(p->manifest->version);
    p->b.conf_map_name = text_dup("spark-exec-" UNKNOWN_ID "-conf-map");
    if (!p->b.app.app_name || !p->b.app.ns || !p->b.app_id || !p->b.version || !p->b.conf_map_name)
        return fail_oom(err);
    rc = executor_id(p, err);
    if (rc == 0)
        rc = name_prefix_of(&p->b, err);
    if (rc < 0)
        return rc;
    str_addf(&name, "%s-exec-%s", p->b.prefix, p->id);
    p->b.pod_name = str_take(&name);
    return p->b.pod_name ? 0 : fail_oom(err);
}

/* ---- owners -------------------------------------------------------------------------------------------- */

static json_t *owner_reference(const char *name, const char *uid)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:s}",
                     "apiVersion", "v1",
                     "controller", 1,
                     "kind", "Pod",
                     "name", name,
                     "uid", uid);
}

static int driver_owner(struct preview *p, sparkk8s_error **err)
{
    const char *name = sparkk8s_conf_get(p->b.app.conf, DRIVER_NAME_KEY);

    if (!name)
        return conf_refuse(err, p->b.app.conf, DRIVER_NAME_KEY, "do not exclude BasicDriverFeatureStep",
                           "not set, and the driver makes no executors without it");
    p->executor.owner = owner_reference(name, DRIVER_UID);
    return p->executor.owner ? 0 : fail_oom(err);
}

/* Claims outlive their executor if the driver owns them. */
static int own_claims(struct preview *p, sparkk8s_error **err)
{
    AUTO(json) owner = NULL;
    json_t *claim;
    bool drivers;
    size_t i;
    int rc;

    rc = read_bool(&p->b.reader, "spark.kubernetes.driver.ownPersistentVolumeClaim", &drivers, err);
    if (rc < 0)
        return rc;
    owner = drivers ? json_incref(p->executor.owner) : owner_reference(p->b.pod_name, EXECUTOR_UID);
    json_array_foreach(p->b.after, i, claim)
        if (rc == 0)
            rc = build_push(json_object_get(claim, "metadata"), "ownerReferences", json_incref(owner), err);
    return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static int preview_begin(struct preview *p, sparkk8s_error **err)
{
    int rc;

    p->b.role = role_find(SPARKK8S_EXECUTOR);
    p->b.line = p->manifest->line;
    p->b.env = &p->env;
    p->b.templates = p->templates;
    p->b.warnings = &p->warnings;
    p->b.executor = &p->executor;
    p->b.ids.seed = p->manifest->app_id;
    p->executor.driver = driver_container(p->manifest);
    rc = driver_environment(p, err);
    if (rc == 0)
        rc = driver_properties(p, err);
    p->b.reader = (struct reader){p->b.app.conf, &p->env};
    if (rc == 0)
        rc = driver_owner(p, err);
    if (rc == 0)
        rc = find_template(p, err);
    if (rc == 0)
        rc = executor_names(p, err);
    return rc < 0 ? rc : build_begin_pod(&p->b, err);
}

/* The pod, and its claims behind it. */
static int preview_objects(struct preview *p, json_t *objects, sparkk8s_error **err)
{
    int rc;

    rc = preview_begin(p, err);
    if (rc == 0)
        rc = template_load(&p->b, err);
    if (rc == 0)
        rc = build_watched(&p->b, STAGE_TEMPLATE, err);
    if (rc == 0)
        rc = steps_run(&p->b, err);
    if (rc == 0)
        rc = build_push(build_spec(&p->b), "containers", json_incref(p->b.container), err);
    if (rc == 0)
        rc = own_claims(p, err);
    if (rc == 0)
        rc = build_watched(&p->b, STAGE_ALLOCATOR, err);
    if (rc == 0 && (json_array_append(objects, p->b.pod) < 0 || json_array_extend(objects, p->b.after) < 0))
        rc = fail_oom(err);
    return rc;
}

/* An application that runs in its driver alone. */
static bool has_executors(const sparkk8s_manifest *manifest)
{
    const char *master = sparkk8s_conf_get(manifest->props, "spark.kubernetes.driver.master");

    return !master || !text_starts(master, "local");
}

int manifest_executor(const sparkk8s_manifest *manifest, const struct build_watch *watch, json_t **out, sparkk8s_error **err)
{
    __attribute__((cleanup(preview_clear))) struct preview p = {.manifest = manifest, .b.watch = watch};
    AUTO(json) objects = json_array();
    int rc;

    if (!objects)
        return fail_oom(err);
    rc = has_executors(manifest) ? preview_objects(&p, objects, err) : 0;
    if (rc == 0)
        *out = TAKE(objects);
    return rc;
}

/* What is wrong with the template; other mistakes are not looked for here (check_*.c). */
static int warn_useless(struct preview *p, const sparkk8s_error *wrong, sparkk8s_error **err)
{
    const char *where = sparkk8s_error_where(wrong);

    if (text_starts(where, p->template_name) &&
        build_warn(&p->b, "%s: %s: the driver will not be able to make executors; %s", where,
                   sparkk8s_error_message(wrong), TEMPLATE_HINT) < 0)
        return fail_oom(err);
    return 0;
}

int manifest_check_executors(const sparkk8s_manifest *manifest, const char *template_name, struct strv *warnings,
                             sparkk8s_error **err)
{
    __attribute__((cleanup(preview_clear))) struct preview p = {.manifest = manifest};
    AUTO(json) objects = json_array();
    AUTO(error) wrong = NULL;
    size_t i;
    int rc;

    if (!objects)
        return fail_oom(err);
    if (!has_executors(manifest) || !carried_template(manifest))
        return 0;
    p.template_name = template_name;
    rc = preview_objects(&p, objects, &wrong);
    if (rc == 0)
        rc = override_check(&p.b, &wrong);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0 && warn_useless(&p, wrong, err) < 0)
        return SPARKK8S_ENOMEM;
    for (i = 0; i < p.warnings.count; i++)
        if (!strv_has(warnings, p.warnings.v[i]))       /* of what driver and executors have in common */
            strv_add(warnings, p.warnings.v[i]);
    return warnings->failed ? fail_oom(err) : 0;
}
