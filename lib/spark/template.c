/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's pod template, and reading templates at all. Counterpart of KubernetesUtils.loadPodFromTemplate
 * and selectSparkContainer, and of fabric8's unmarshalling.
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

#define TEMPLATE_KEY "spark.kubernetes.driver.podTemplateFile"
#define CONTAINER_KEY "spark.kubernetes.driver.podTemplateContainerName"
#define SIZE_LIMIT 1048576                      /* more than any object can have */

int template_path(const struct build *b, const char *key, char **path, sparkk8s_error **err)
{
    AUTO(chars) uri = NULL;
    AUTO(chars) found = NULL;
    int rc;

    rc = read_text(&b->reader, key, &uri, err);
    if (rc < 0 || !uri)
        return rc;
    if (!uri_is_client_local(uri) && !uri_has_scheme(uri, "local")) {
        conf_fail(err, SPARKK8S_ECONF, b->app.conf, key,
                  "a template must be a file of the submitting machine");
        error_hint(err, "download it first, and give its path");
        return SPARKK8S_ECONF;
    }
    rc = uri_path(uri, &found);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0) {
        conf_fail(err, SPARKK8S_ECONF, b->app.conf, key, "Spark reads it as a URI, and it is none");
        error_hint(err, "a blank in a path is written %%20");
        return SPARKK8S_ECONF;
    }
    *path = TAKE(found);
    return 0;
}

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

int template_parse(const struct build *b, const char *text, size_t len, const char *where, json_t **out,
                   sparkk8s_error **err)
{
    AUTO(json) value = NULL;
    const char *first = text + strspn(text, " \t\r\n");
    int rc;

    if ((*first == '{' || *first == '[') && text_is_utf8(text, len))
        rc = json_parse(text, len, where, &value, err);
    else
        rc = yaml_parse(text, first_document(text, len), where, YAML_JSON, &value, err);
    if (rc < 0)
        return rc;
    if (!json_is_object(value))
        return fail(err, SPARKK8S_ECONF, where, "the template is no object");
    return podmodel_fit(value, b->line, where, out, err);
}

int template_read(const struct build *b, const char *path, json_t **out, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    rc = file_read(path, SIZE_LIMIT, &text, &len, err);
    return rc < 0 ? rc : template_parse(b, text, len, path, out, err);
}

/* ---- the driver's pod ---------------------------------------------------------------------------------- */

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

/* Takes Spark's container out of the pod: the named one, or the first. */
static int select_container(struct build *b, json_t *containers, const char *path, sparkk8s_error **err)
{
    size_t chosen = 0, count = json_array_size(containers);
    AUTO(chars) name = NULL;
    json_t *container;
    int rc;

    rc = read_text(&b->reader, CONTAINER_KEY, &name, err);
    if (rc < 0)
        return rc;
    if (name) {
        chosen = container_named(containers, name);
        if (chosen == count &&
            build_warn(b, "the pod template %s has not one container called %s: the first is taken",
                       path, name) < 0)
            return fail_oom(err);
        chosen = chosen == count ? 0 : chosen;
    }
    container = json_array_get(containers, chosen);
    if (!container)
        return 0;
    if (!json_is_object(container))
        return fail(err, SPARKK8S_ECONF, path, "a container of the pod template is empty");
    json_decref(b->container);
    b->container = json_incref(container);
    return json_array_remove(containers, chosen) < 0 ? fail_oom(err) : 0;
}

static int take_pod(struct build *b, json_t *pod, const char *path, sparkk8s_error **err)
{
    json_t *containers;

    if (!json_object_get(pod, "spec"))
        return fail(err, SPARKK8S_ECONF, path, "the pod template has no spec");
    json_decref(b->pod);
    b->pod = json_incref(pod);
    containers = json_need_array(build_spec(b), "containers");
    if (!containers || !build_metadata(b))
        return fail_oom(err);
    return select_container(b, containers, path, err);
}

int template_load(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO(json) pod = NULL;
    int rc;

    rc = template_path(b, TEMPLATE_KEY, &path, err);
    if (rc < 0 || !path)
        return rc;
    rc = template_read(b, path, &pod, err);
    if (rc == 0)
        rc = take_pod(b, pod, path, err);
    if (rc == 0)
        rc = build_put(b->pod, "apiVersion", "v1", err);
    if (rc == 0 && !json_object_get(b->pod, "kind"))
        rc = build_put(b->pod, "kind", "Pod", err);
    if (rc == 0 && json_at(b->pod, "metadata", "namespace", NULL))
        rc = build_put(build_metadata(b), "namespace", b->app.ns, err);
    return rc;
}
