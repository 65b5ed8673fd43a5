/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools of the feature steps, and what comes before the first of them. Mirrors KubernetesDriverConf and
 * KubernetesExecutorConf (app id, prefix, labels, maps under a prefix) and the builders of KubernetesUtils.
 */
#include "build.h"

#include "error.h"
#include "names.h"
#include "str.h"
#include "text.h"

#define PROP_ORIGIN "the submission"
#define TESTING_PREFIX_KEY "spark.kubernetes.driver.resourceNamePrefix"

/* ---- begin and end ------------------------------------------------------------------------------------- */

static int begin_prefix(struct build *b, sparkk8s_error **err)
{
    const char *given = sparkk8s_conf_get(b->app.conf, TESTING_PREFIX_KEY);
    char unique[24];
    int rc;

    rc = ids_unique(&b->ids, unique, err);
    if (rc < 0)
        return rc;
    /* As in Spark, that key counts in Spark's own tests only. */
    if (given && env_get(b->env, "SPARK_TESTING"))
        b->prefix = text_dup(given);
    else
        b->prefix = name_prefix(b->app.app_name, unique);
    return b->prefix ? 0 : fail_oom(err);
}

static int begin_pod_name(struct build *b, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    rc = read_text(&b->reader, "spark.kubernetes.driver.pod.name", &b->pod_name, err);
    if (rc < 0 || b->pod_name)
        return rc;
    str_addf(&name, "%s-driver", b->prefix);
    b->pod_name = str_take(&name);
    return b->pod_name ? 0 : fail_oom(err);
}

static int begin_conf_map_name(struct build *b, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    char unique[24];
    int rc;

    rc = ids_unique(&b->ids, unique, err);
    if (rc < 0)
        return rc;
    str_addf(&name, "spark-drv-%s-conf-map", unique);
    b->conf_map_name = str_take(&name);
    return b->conf_map_name ? 0 : fail_oom(err);
}

static int begin_app_id(struct build *b, sparkk8s_error **err)
{
    char id[40];
    int rc;

    if (b->app_id)
        return 0;
    rc = ids_app(&b->ids, id, err);
    if (rc < 0)
        return rc;
    b->app_id = text_dup(id);
    return b->app_id ? 0 : fail_oom(err);
}

int build_begin(struct build *b, sparkk8s_error **err)
{
    int rc;

    rc = begin_app_id(b, err);
    if (rc == 0)
        rc = begin_prefix(b, err);
    if (rc == 0)
        rc = begin_conf_map_name(b, err);
    if (rc == 0)
        rc = begin_pod_name(b, err);
    if (rc == 0)
        rc = conf_copy(b->app.conf, &b->props, err);
    return rc < 0 ? rc : build_begin_pod(b, err);
}

int build_begin_pod(struct build *b, sparkk8s_error **err)
{
    b->pod = json_pack("{s:s, s:s, s:{}, s:{}}", "apiVersion", "v1", "kind", "Pod", "metadata", "spec");
    b->container = json_object();
    b->before = json_array();
    b->after = json_array();
    return b->pod && b->container && b->before && b->after ? 0 : fail_oom(err);
}

void build_clear(struct build *b)
{
    prepared_clear(&b->app);
    free(b->version);
    free(b->app_id);
    free(b->prefix);
    free(b->pod_name);
    free(b->conf_map_name);
    template_text_clear(&b->start.source);
    json_decref(b->start.pod);
    json_decref(b->labels);
    json_decref(b->pod);
    json_decref(b->container);
    json_decref(b->before);
    json_decref(b->after);
    uploads_clear(&b->uploads);
    sparkk8s_conf_free(b->props);
}

int build_watched(struct build *b, const char *step, sparkk8s_error **err)
{
    return b->watch ? b->watch->after(b->watch->owner, b, step, err) : 0;
}

/* ---- adding -------------------------------------------------------------------------------------------- */

int build_add_before(struct build *b, json_t *object, sparkk8s_error **err)
{
    return json_push(b->before, object) < 0 ? fail_oom(err) : 0;
}

int build_add(struct build *b, json_t *object, sparkk8s_error **err)
{
    return json_push(b->after, object) < 0 ? fail_oom(err) : 0;
}

int build_push(json_t *object, const char *list, json_t *value, sparkk8s_error **err)
{
    AUTO(json) held = value;
    json_t *array = object ? json_need_array(object, list) : NULL;

    if (!array || json_push(array, TAKE(held)) < 0)
        return fail_oom(err);
    return 0;
}

int build_put(json_t *object, const char *key, const char *text, sparkk8s_error **err)
{
    return !object || json_put_text(object, key, text) < 0 ? fail_oom(err) : 0;
}

json_t *build_spec(struct build *b)
{
    return json_need_object(b->pod, "spec");
}

json_t *build_metadata(struct build *b)
{
    return json_need_object(b->pod, "metadata");
}

int build_env(struct build *b, const char *name, const char *value, sparkk8s_error **err)
{
    return build_push(b->container, "env", json_pack("{s:s, s:s}", "name", name, "value", value), err);
}

int build_mount(struct build *b, const char *volume, const char *path, sparkk8s_error **err)
{
    return build_push(b->container, "volumeMounts", json_pack("{s:s, s:s}",
                                                              "mountPath", path,
                                                              "name", volume), err);
}

int build_volume(struct build *b, json_t *volume, sparkk8s_error **err)
{
    return build_push(build_spec(b), "volumes", volume, err);
}

int build_prop(struct build *b, const char *key, const char *value, sparkk8s_error **err)
{
    return conf_put(b->props, key, value, PROP_ORIGIN, err);
}

int build_warn(struct build *b, const char *format, ...)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    if (text.failed)
        return SPARKK8S_ENOMEM;
    strv_add(b->warnings, text.s);
    return b->warnings->failed ? SPARKK8S_ENOMEM : 0;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

int build_choice(struct build *b, const char *key, const char *const *words, char **out, sparkk8s_error **err)
{
    AUTO(chars) value = NULL;
    AUTO_STR known = STR_INIT(STR_TEXT_LIMIT);
    const char *near;
    size_t i;
    int rc;

    rc = read_text(&b->reader, key, &value, err);
    if (rc < 0)
        return rc;
    if (value && text_is_one_of(value, words)) {
        *out = TAKE(value);
        return 0;
    }
    near = text_nearest(value ? value : "", words);
    str_addf(&known, near ? "did you mean %s? There are: " : "use one of them: ", near);
    for (i = 0; words[i]; i++)
        str_addf(&known, "%s%s", i ? " | " : "", words[i]);
    if (known.failed)
        return fail_oom(err);
    return conf_refuse(err, b->app.conf, key, known.s, "none of the words that Kubernetes knows here");
}

int build_either(struct build *b, const char *key, const char *otherwise, char **out, sparkk8s_error **err)
{
    return read_text(&b->reader, conf_has(b->app.conf, key) ? key : otherwise, out, err);
}

/* ---- maps under a prefix ------------------------------------------------------------------------------- */

char *build_replace(const char *text, const char *from, const char *to)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *at;

    while ((at = strstr(text, from)) != NULL) {
        str_addn(&out, text, (size_t)(at - text));
        str_add(&out, to);
        text = at + strlen(from);
    }
    str_add(&out, text);
    return str_take(&out);
}

/* The driver is no executor: {{EXECUTOR_ID}} becomes nothing. */
char *build_replace_ids(const struct build *b, const char *text)
{
    AUTO(chars) with_app = build_replace(text, "{{APP_ID}}", b->app_id);

    return with_app ? build_replace(with_app, "{{EXECUTOR_ID}}", b->executor ? b->executor->id : "") : NULL;
}

int build_map(struct build *b, const char *prefix, bool placeholders, json_t *into, sparkk8s_error **err)
{
    size_t first, end;

    conf_range(b->app.conf, prefix, &first, &end);
    for (; first < end; first++) {
        const struct conf_entry *entry = &b->app.conf->entries[first];
        AUTO(chars) value = placeholders ? build_replace_ids(b, entry->value) : text_dup(entry->value);

        if (!value || json_put_text(into, entry->key + strlen(prefix), value) < 0)
            return fail_oom(err);
    }
    return 0;
}

int build_map_at(struct build *b, const char *prefix, bool placeholders, json_t *parent, const char *key,
                 sparkk8s_error **err)
{
    json_t *into;
    size_t first, end;

    if (!parent)
        return fail_oom(err);
    conf_range(b->app.conf, prefix, &first, &end);
    if (first == end)
        return 0;
    into = json_need_object(parent, key);
    return into ? build_map(b, prefix, placeholders, into, err) : fail_oom(err);
}

static int refuse_reserved_labels(const struct build *b, const json_t *own, sparkk8s_error **err)
{
    size_t first, end;

    conf_range(b->app.conf, b->role->labels, &first, &end);
    for (; first < end; first++) {
        const char *key = b->app.conf->entries[first].key;

        if (json_object_get(own, key + strlen(b->role->labels)))
            return conf_refuse(err, b->app.conf, key, "give the label another name",
                               "this label is reserved: Spark sets it on its pods itself and finds them by it");
    }
    return 0;
}

/* The preview knows of no other resource profile than the default one, whose number is 0. */
static int put_executor_labels(const struct build *b, json_t *labels)
{
    if (!b->executor)
        return 0;
    if (json_put_text(labels, "spark-exec-id", b->executor->id) < 0)
        return SPARKK8S_ENOMEM;
    return json_put_text(labels, "spark-exec-resourceprofile-id", DEFAULT_PROFILE);
}

int build_labels(struct build *b, json_t **labels, sparkk8s_error **err)
{
    AUTO(chars) name = NULL;
    AUTO(json) all = NULL;
    int rc;

    if (b->labels) {
        *labels = b->labels;
        return 0;
    }
    name = name_label(b->app.app_name);
    if (!name)
        return fail_oom(err);
    all = json_pack("{s:s, s:s, s:s, s:s}",
                    "spark-version", b->version,
                    "spark-app-selector", b->app_id,
                    "spark-app-name", name,
                    "spark-role", b->role->name);
    if (!all || put_executor_labels(b, all) < 0)
        return fail_oom(err);
    rc = refuse_reserved_labels(b, all, err);
    if (rc == 0)
        rc = build_map(b, b->role->labels, b->line >= SPARK_4_0, all, err);
    if (rc < 0)
        return rc;
    *labels = b->labels = TAKE(all);
    return 0;
}
