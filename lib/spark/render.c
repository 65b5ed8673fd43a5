/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From application to objects: the feature steps in run order, and what surrounds them for the driver (for an
 * executor that is executor.c). Counterpart of KubernetesDriverBuilder.buildFromFeatures and Client.run.
 *
 * Spark constructs all steps, where some of them validate, before the first one configures the pod. Here each
 * step does both at once, so that of several mistakes another one may be named first.
 */
#include "render.h"

#include "checks.h"
#include "conf_table.h"
#include "error.h"
#include "input.h"
#include "manifest.h"
#include "moment.h"
#include "names.h"
#include "override.h"
#include "steps.h"
#include "str.h"
#include "template.h"
#include "text.h"
#include "volumes.h"

#define ORDER_KEY "sparkk8s.submit.order"
#define CLASS_PREFIX "org.apache.spark.deploy.k8s.features."

#define DRIVER SPARKK8S_DRIVER
#define EXECUTOR SPARKK8S_EXECUTOR
#define BOTH (DRIVER | EXECUTOR)

const struct step_row step_table[] = {
    {"BasicDriverFeatureStep", SPARK_3_5, DRIVER, step_basic},
    {"BasicExecutorFeatureStep", SPARK_3_5, EXECUTOR, step_executor},
    {"DriverKubernetesCredentialsFeatureStep", SPARK_3_5, DRIVER, step_credentials},
    {"ExecutorKubernetesCredentialsFeatureStep", SPARK_3_5, EXECUTOR, step_executor_account},
    {"DriverServiceFeatureStep", SPARK_3_5, DRIVER, step_service},
    {"NetworkPolicyFeatureStep", SPARK_4_2, DRIVER, step_network_policy},
    {"MountSecretsFeatureStep", SPARK_3_5, BOTH, step_mount_secrets},
    {"EnvSecretsFeatureStep", SPARK_3_5, BOTH, step_env_secrets},
    {"MountVolumesFeatureStep", SPARK_3_5, BOTH, step_volumes},
    {"DriverCommandFeatureStep", SPARK_3_5, DRIVER, step_command},
    {"HadoopConfDriverFeatureStep", SPARK_3_5, DRIVER, step_hadoop},
    {"HadoopConfExecutorFeatureStep", SPARK_3_5, EXECUTOR, step_hadoop_executor},
    {"KerberosConfDriverFeatureStep", SPARK_3_5, DRIVER, step_kerberos},
    {"PodTemplateConfigMapStep", SPARK_3_5, DRIVER, step_pod_template},
    {"LocalDirsFeatureStep", SPARK_3_5, BOTH, step_local_dirs},
    {"VolcanoFeatureStep", SPARK_3_5, BOTH, step_volcano},
};
const size_t step_table_count = COUNT(step_table);

/* ---- steps --------------------------------------------------------------------------------------------- */

static bool step_is_excluded(const struct strv *excluded, const struct step_row *row)
{
    size_t i;

    for (i = 0; i < excluded->count; i++)
        if (text_starts(excluded->v[i], CLASS_PREFIX) &&
            !strcmp(excluded->v[i] + strlen(CLASS_PREFIX), row->name))
            return true;
    return false;
}

/* Spark constructs a step before it leaves it out, and constructing validates: so it is run on a copy that is
 * thrown away. */
static int try_step(const struct build *b, const struct step_row *row, sparkk8s_error **err)
{
    AUTO(json) pod = json_clone(b->pod);
    AUTO(json) container = json_clone(b->container);
    AUTO(json) before = json_array();
    AUTO(json) after = json_array();
    AUTO(json) labels = NULL;
    AUTO(conf) props = NULL;
    AUTO_STRV warnings = {0};
    struct build copy = *b;
    int rc;

    rc = b->props ? conf_copy(b->props, &props, err) : 0;
    if (rc < 0)
        return rc;
    if (!pod || !container || !before || !after)
        return fail_oom(err);
    copy.pod = pod;
    copy.container = container;
    copy.before = before;
    copy.after = after;
    copy.props = props;
    copy.labels = NULL;
    copy.warnings = &warnings;
    copy.trial = true;
    rc = row->run(&copy, err);
    labels = copy.labels;
    return rc;
}

static int run_step(struct build *b, const struct step_row *row, sparkk8s_error **err)
{
    int rc = row->run(b, err);

    return rc < 0 ? rc : build_watched(b, row->name, err);
}

int steps_run(struct build *b, sparkk8s_error **err)
{
    AUTO_STRV excluded = {0};
    size_t i;
    int rc = 0;

    if (b->line >= SPARK_4_1)
        rc = read_list(&b->reader, b->role->excluded_steps, &excluded, err);
    for (i = 0; rc == 0 && i < step_table_count; i++)
        if (b->line >= step_table[i].since && (step_table[i].roles & b->role->role))
            rc = step_is_excluded(&excluded, &step_table[i]) ? try_step(b, &step_table[i], err)
                                                             : run_step(b, &step_table[i], err);
    return rc;
}

/* ---- the manifest -------------------------------------------------------------------------------------- */

static void manifest_take(sparkk8s_manifest *manifest, const json_t *objects)
{
    json_t *object;
    size_t i;

    json_array_foreach(objects, i, object)
        manifest->items[manifest->count++].object = json_incref(object);
}

static int manifest_fill(sparkk8s_manifest *manifest, struct build *b, sparkk8s_error **err)
{
    size_t count = json_array_size(b->before) + 1 + json_array_size(b->after);

    manifest->items = calloc(count, sizeof(*manifest->items));
    if (!manifest->items)
        return fail_oom(err);
    manifest_take(manifest, b->before);
    manifest->driver = manifest->count;
    manifest->items[manifest->count++].object = json_incref(b->pod);
    manifest_take(manifest, b->after);

    manifest->line = b->line;
    manifest->uploads = b->uploads;
    b->uploads = (struct uploads){0};
    manifest->ns = text_dup(b->app.ns);
    manifest->pod_name = text_dup(b->pod_name);
    manifest->app_id = text_dup(b->app_id);
    manifest->app_name = text_dup(b->app.app_name);
    manifest->seed = text_dup(b->ids.seed);
    manifest->version = TAKE(b->version);
    manifest->props = TAKE(b->props);
    if (!manifest->ns || !manifest->pod_name || !manifest->app_id || !manifest->app_name ||
        (b->ids.seed && !manifest->seed))
        return fail_oom(err);
    return manifest_seal(manifest, err);
}

static int read_order(const struct build *b, bool *spark_order, sparkk8s_error **err)
{
    const char *order = sparkk8s_conf_get(b->app.conf, ORDER_KEY);

    if (order && strcmp(order, "spark") != 0 && strcmp(order, "gate") != 0)
        return conf_refuse(err, b->app.conf, ORDER_KEY, "use gate, which is the default, or spark",
                           "no order of submission");
    *spark_order = order && !strcmp(order, "spark");
    return 0;
}

/* The template that the executors will start from, against what the driver will make of it. */
static int check_executors(struct build *b, sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    AUTO_TEMPLATE_TEXT source = {0};
    int rc;

    rc = template_source(b, SPARKK8S_EXECUTOR, &source, err);
    if (rc < 0 || !source.text)
        return rc;
    return manifest_check_executors(manifest, source.name, &manifest->warnings, err);
}

/* ---- public -------------------------------------------------------------------------------------------- */

static int read_opts(const sparkk8s_render_opts *given, sparkk8s_render_opts *opts, sparkk8s_error **err)
{
    int rc = input_struct(opts, sizeof(*opts), given, "sparkk8s_render_opts", err);

    if (rc < 0)
        return rc;
    if (opts->app_id && !name_is_label(opts->app_id))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_render_opts.app_id", "cannot be the value of a label");
    if (opts->id_seed && !*opts->id_seed)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_render_opts.id_seed", "is empty");
    return 0;
}

static int build_manifest(struct build *b, const sparkk8s_app *app, sparkk8s_manifest **out,
                          sparkk8s_error **err)
{
    AUTO(manifest) manifest = calloc(1, sizeof(*manifest));
    size_t i;
    int rc;

    if (!manifest)
        return fail_oom(err);
    b->warnings = &manifest->warnings;
    b->shared_claims = &manifest->shared_claims;
    for (i = 0; i < app->warnings.count; i++)
        strv_add(b->warnings, app->warnings.v[i]);
    rc = line_choose(app->conf, &b->line, &b->version, b->warnings, err);
    if (rc == 0)
        rc = conf_check(app->conf, b->line, b->warnings, err);
    if (rc == 0)
        rc = app_prepare(app, b->ids.now_ms, &b->app, b->warnings, err);
    if (rc < 0)
        return rc;
    b->reader = (struct reader){b->app.conf, b->env};
    rc = template_settle(b, err);
    if (rc == 0)
        rc = build_begin(b, err);
    if (rc == 0)
        rc = volumes_each(b, role_find(SPARKK8S_EXECUTOR)->volumes, NULL, err);
    if (rc == 0)
        rc = read_order(b, &manifest->spark_order, err);
    if (rc == 0)
        rc = build_watched(b, STAGE_SUBMIT, err);
    if (rc == 0)
        rc = template_load(b, err);
    if (rc == 0)
        rc = build_watched(b, STAGE_TEMPLATE, err);
    if (rc == 0)
        rc = steps_run(b, err);
    if (rc == 0)
        rc = step_conf_map(b, err);
    if (rc == 0)
        rc = build_watched(b, STAGE_CLIENT, err);
    if (rc == 0)
        rc = override_check(b, err);
    if (rc == 0)
        rc = check_all(b, err);
    if (rc == 0)
        rc = manifest_fill(manifest, b, err);
    if (rc == 0)
        rc = check_executors(b, manifest, err);
    if (rc < 0)
        return rc;
    if (manifest->warnings.failed || manifest->shared_claims.failed)
        return fail_oom(err);
    *out = TAKE(manifest);
    return 0;
}

int sparkk8s_render(const sparkk8s_app *app, const sparkk8s_render_opts *opts, sparkk8s_manifest **out,
                    sparkk8s_error **err)
{
    if (!app || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_render", "app and out must not be NULL");
    return render_watched(app, opts, NULL, out, err);
}

int render_watched(const sparkk8s_app *app, const sparkk8s_render_opts *opts, const struct build_watch *watch,
                   sparkk8s_manifest **out, sparkk8s_error **err)
{
    sparkk8s_render_opts known;
    struct build b = {.watch = watch};
    int rc;

    rc = read_opts(opts, &known, err);
    if (rc < 0)
        return rc;
    b.role = role_find(SPARKK8S_DRIVER);
    b.env = &app->env;
    b.args = &app->args;
    b.templates = app->templates;
    b.ids = (struct ids){.seed = known.id_seed, .now_ms = known.now_ms ? known.now_ms : moment_now_ms()};
    b.app_id = text_dup(known.app_id);
    rc = known.app_id && !b.app_id ? fail_oom(err) : build_manifest(&b, app, out, err);
    build_clear(&b);
    return rc;
}
