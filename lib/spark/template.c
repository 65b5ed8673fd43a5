/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pod templates: whose counts, reading them, and the pod that starts from one. Counterpart of
 * KubernetesUtils.loadPodFromTemplate and selectSparkContainer, and of fabric8's unmarshalling.
 *
 * Deliberately not done: fetching a template from elsewhere (http, hdfs, s3a).
 */
#include "template.h"

#include "error.h"
#include "file.h"
#include "podmodel.h"
#include "text.h"
#include "uri.h"
#include "yamldoc.h"

#define SIZE_LIMIT 1048576                      /* more than any object can have */

/* ---- parsing ------------------------------------------------------------------------------------------- */

/* The length without empty documents at the end, which make no second one to fabric8. */
static size_t first_document(const char *text, size_t len)
{
    size_t end = len, start, i;

    while (end) {
        for (start = end; start && text[start - 1] != '\n'; start--)
            ;
        for (i = end; i > start && strchr(" \t\r", text[i - 1]); i--)
            ;
        if (i - start == 3 && !memcmp(text + start, "---", 3))
            len = start;
        else if (i > start && text[start] != '#')
            break;
        end = start ? start - 1 : 0;
    }
    return len;
}

int template_parse(const struct document *document, enum spark_line line, json_t **out, sparkk8s_error **err)
{
    AUTO(json) value = NULL;
    const char *text = document->text, *first = text + strspn(text, " \t\r\n");
    int rc;

    if ((*first == '{' || *first == '[') && text_is_utf8(text, document->len))
        rc = json_parse(text, document->len, document->name, &value, err);
    else
        rc = yaml_parse(text, first_document(text, document->len), document->name, YAML_JSON, &value, err);
    return rc < 0 ? rc : podmodel_fit(value, line, document, out, err);
}

int template_read(const struct build *b, const char *path, json_t **out, sparkk8s_error **err)
{
    struct document document = {.name = path};
    AUTO(chars) text = NULL;
    int rc;

    rc = file_read(path, SIZE_LIMIT, &text, &document.len, err);
    document.text = text;
    return rc < 0 ? rc : template_parse(&document, b->line, out, err);
}

static struct document document_of(const struct template_text *source)
{
    return (struct document){source->text, source->len, source->name};
}

static int fail_at(const struct template_text *source, const struct place *place, const char *message,
                   sparkk8s_error **err)
{
    struct document document = document_of(source);
    AUTO(chars) where = yaml_where(&document, place);

    return where ? fail(err, SPARKK8S_ECONF, where, "%s", message) : fail_oom(err);
}

static int parse_pod(const struct template_text *source, enum spark_line line, json_t **out,
                     sparkk8s_error **err)
{
    struct document document = document_of(source);
    AUTO(json) pod = NULL;
    int rc;

    rc = template_parse(&document, line, &pod, err);
    if (rc < 0)
        return rc;
    if (!json_object_get(pod, "spec"))
        return fail_at(source, NULL, "the pod template has no spec", err);
    *out = TAKE(pod);
    return 0;
}

/* ---- the program's ------------------------------------------------------------------------------------- */

void template_text_clear(struct template_text *source)
{
    free(source->text);
    free(source->name);
    *source = (struct template_text){0};
}

static int copy_text(const char *given, size_t len, const char *given_name, struct template_text *out,
                     sparkk8s_error **err)
{
    AUTO(chars) text = text_dupn(given, len);
    AUTO(chars) name = text_dup(given_name);

    if (!text || !name)
        return fail_oom(err);
    *out = (struct template_text){TAKE(text), TAKE(name), len};
    return 0;
}

/* It is refused here if no Spark line could read it; the line of the application may not be known yet. */
static int check_text(const struct template_text *source, sparkk8s_error **err)
{
    AUTO(json) pod = NULL;
    int rc;

    if (source->len > SIZE_LIMIT)
        rc = fail(err, SPARKK8S_ECONF, source->name, "longer than %d bytes, and no object can be", SIZE_LIMIT);
    else
        rc = parse_pod(source, SPARK_LINES - 1, &pod, err);
    if (rc < 0)
        error_hint_else(err, TEMPLATE_HINT);
    return rc;
}

int sparkk8s_app_set_pod_template(sparkk8s_app *app, int role, const char *text, size_t len, const char *name,
                                  sparkk8s_error **err)
{
    const struct role *row = role_find(role);
    AUTO_TEMPLATE_TEXT source = {0};
    struct template_text *mine;
    int rc = 0;

    if (!app || !row)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_set_pod_template",
                    app ? "role must be SPARKK8S_DRIVER or SPARKK8S_EXECUTOR" : "app must not be NULL");
    if (name && !text_is_utf8(name, strlen(name)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_set_pod_template", "name is not UTF-8");
    if (text)
        rc = copy_text(text, len, name ? name : row->template_name, &source, err);
    if (rc == 0 && text)
        rc = check_text(&source, err);
    if (rc < 0)
        return rc;
    mine = &app->templates[row - roles];
    template_text_clear(mine);
    *mine = source;
    source = (struct template_text){0};
    return 0;
}

/* ---- whose counts -------------------------------------------------------------------------------------- */

int template_path(const struct build *b, const char *key, char **path, sparkk8s_error **err)
{
    AUTO(chars) uri = NULL;
    AUTO(chars) found = NULL;
    int rc;

    rc = read_text(&b->reader, key, &uri, err);
    if (rc < 0 || !uri)
        return rc;
    if (!uri_is_client_local(uri) && !uri_has_scheme(uri, "local"))
        return conf_refuse(err, b->app.conf, key, "download it first, and give its path",
                           "a template must be a file of the submitting machine");
    if (!*uri)
        return conf_refuse(err, b->app.conf, key, "name a file, or leave the key out", "names no file");
    rc = uri_path(uri, &found);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return conf_refuse(err, b->app.conf, key, "a blank in a path is written %20",
                           "Spark reads it as a URI, and it is none");
    *path = TAKE(found);
    return 0;
}

int template_settle(struct build *b, sparkk8s_error **err)
{
    size_t i;

    for (i = 0; i < ROLES; i++) {
        const struct conf_entry *entry = conf_find(b->app.conf, roles[i].template_file);

        if (!entry || !b->templates[i].text)
            continue;
        if (build_warn(b, "%s=%s (from %s) is not read: the program has set the %s itself", entry->key,
                       entry->value, entry->origin, roles[i].template_name) < 0)
            return fail_oom(err);
        conf_remove(b->app.conf, roles[i].template_file);
    }
    return 0;
}

int template_blame(const struct build *b, int role, int rc, sparkk8s_error **err)
{
    return conf_blame(err, rc, b->app.conf, role_find(role)->template_file, TEMPLATE_HINT);
}

int template_source(const struct build *b, int role, struct template_text *out, sparkk8s_error **err)
{
    const struct role *row = role_find(role);
    const struct template_text *set = &b->templates[row - roles];
    AUTO(chars) path = NULL;
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    if (set->text)
        return copy_text(set->text, set->len, set->name, out, err);
    rc = template_path(b, row->template_file, &path, err);
    if (rc < 0 || !path)
        return rc;
    rc = file_read(path, SIZE_LIMIT, &text, &len, err);
    if (rc < 0)
        return template_blame(b, role, rc, err);
    *out = (struct template_text){TAKE(text), TAKE(path), len};
    return 0;
}

/* ---- the pod that starts from it ----------------------------------------------------------------------- */

/* Index of the only container of that name; its list's size if there is none. */
static size_t container_named(const json_t *containers, const char *name)
{
    size_t i, found = json_array_size(containers);
    json_t *container;

    json_array_foreach(containers, i, container) {
        const char *own = json_text_at(container, "name", NULL);

        if (!own || strcmp(own, name) != 0)
            continue;
        if (found < json_array_size(containers))
            return json_array_size(containers);
        found = i;
    }
    return found;
}

/* Which container is Spark's: the named one, or the first. */
static int choose_container(struct build *b, const json_t *containers, sparkk8s_error **err)
{
    AUTO(chars) name = NULL;
    int rc;

    rc = read_text(&b->reader, b->role->template_container, &name, err);
    if (rc < 0)
        return rc;
    b->start.container = name ? container_named(containers, name) : 0;
    if (!name || b->start.container < json_array_size(containers))
        return 0;
    b->start.container = 0;
    if (build_warn(b, "the pod template %s has not one container called %s: the first is taken",
                   b->start.source.name, name) < 0)
        return fail_oom(err);
    return 0;
}

/* Takes Spark's container out of the pod. */
static int take_container(struct build *b, json_t *containers, sparkk8s_error **err)
{
    const struct place spec = {.key = "spec"}, list = {.up = &spec, .key = "containers"};
    const struct place place = {.up = &list, .index = b->start.container};
    json_t *container = json_array_get(containers, b->start.container);

    if (!container)
        return 0;
    if (!json_is_object(container))
        return fail_at(&b->start.source, &place, "a container of the pod template is empty", err);
    json_decref(b->container);
    b->container = json_incref(container);
    return json_array_remove(containers, b->start.container) < 0 ? fail_oom(err) : 0;
}

static int take_pod(struct build *b, sparkk8s_error **err)
{
    json_t *pod = json_clone(b->start.pod), *containers;
    int rc;

    if (!pod)
        return fail_oom(err);
    json_decref(b->pod);
    b->pod = pod;
    containers = json_need_array(build_spec(b), "containers");
    if (!containers || !build_metadata(b))
        return fail_oom(err);
    rc = choose_container(b, containers, err);
    return rc < 0 ? rc : take_container(b, containers, err);
}

int template_load(struct build *b, sparkk8s_error **err)
{
    int rc;

    rc = template_source(b, b->role->role, &b->start.source, err);
    if (rc < 0 || !b->start.source.text)
        return rc;
    rc = parse_pod(&b->start.source, b->line, &b->start.pod, err);
    if (rc == 0)
        rc = take_pod(b, err);
    if (rc < 0)
        return template_blame(b, b->role->role, rc, err);
    rc = build_put(b->pod, "apiVersion", "v1", err);
    if (rc == 0 && !json_object_get(b->pod, "kind"))
        rc = build_put(b->pod, "kind", "Pod", err);
    if (rc == 0 && json_at(b->pod, "metadata", "namespace", NULL))
        rc = build_put(build_metadata(b), "namespace", b->app.ns, err);
    return rc;
}
