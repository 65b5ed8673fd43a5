/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes' verbs. Every segment of a path is checked and escaped, as client-go's IsValidPathSegmentName does: a name
 * must not reach another path.
 */
#include "verbs.h"

#include "error.h"
#include "url.h"

#define MANAGER "libsparkk8s"

const struct kube_kind kube_pods = { "v1", "Pod", "pods" };

static const struct kube_kind kinds[] = {
    { "v1", "Service", "services" },
    { "v1", "ConfigMap", "configmaps" },
    { "v1", "Secret", "secrets" },
    { "v1", "PersistentVolumeClaim", "persistentvolumeclaims" },
    { "v1", "Event", "events" },
    { "v1", "Namespace", "namespaces" },
    { "networking.k8s.io/v1", "NetworkPolicy", "networkpolicies" },
    { "scheduling.volcano.sh/v1beta1", "PodGroup", "podgroups" },
};

static bool is_kind(const struct kube_kind *kind, const char *api_version, const char *name)
{
    return strcmp(kind->api_version, api_version) == 0 && strcmp(kind->kind, name) == 0;
}

const struct kube_kind *kube_kind_of(const json_t *object)
{
    const char *api_version = json_text_at(object, "apiVersion", NULL);
    const char *name = json_text_at(object, "kind", NULL);
    size_t i;

    if (!api_version || !name)
        return NULL;
    if (is_kind(&kube_pods, api_version, name))
        return &kube_pods;
    for (i = 0; i < COUNT(kinds); i++)
        if (is_kind(&kinds[i], api_version, name))
            return &kinds[i];
    return NULL;
}

const struct kube_kind *kube_kind_named(const char *kind)
{
    size_t i;

    for (i = 0; i < COUNT(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return &kinds[i];
    return strcmp(kube_pods.kind, kind) == 0 ? &kube_pods : NULL;
}

/* ---- paths ---- */

static int add_segment(struct str *out, const char *what, const char *text, sparkk8s_error **err)
{
    if (*text == '\0')
        return fail(err, SPARKK8S_EINVAL, NULL, "the %s is empty", what);
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || strpbrk(text, "/%"))
        return fail(err, SPARKK8S_EINVAL, NULL, "'%s' cannot be a %s", text, what);
    str_addc(out, '/');
    url_add_path(out, text);
    return 0;
}

int kube_path(struct str *out, const struct kube_kind *kind, const char *ns, const char *name, const char *sub,
              sparkk8s_error **err)
{
    bool namespaced = strcmp(kind->kind, "Namespace") != 0 && strcmp(kind->kind, "Node") != 0;
    int rc = 0;

    if (name && !ns && namespaced)
        return fail(err, SPARKK8S_EINVAL, NULL, "a %s is named '%s', but in no namespace", kind->kind, name);
    str_addf(out, "%s/%s", strchr(kind->api_version, '/') ? "/apis" : "/api", kind->api_version);
    if (ns && namespaced) {
        str_add(out, "/namespaces");
        rc = add_segment(out, "namespace", ns, err);
    }
    str_addf(out, "/%s", kind->plural);
    if (rc == 0 && name)
        rc = add_segment(out, "name", name, err);
    if (rc == 0 && sub)
        rc = add_segment(out, "subresource", sub, err);
    if (rc < 0)
        return rc;
    return out->failed ? fail_oom(err) : 0;
}

void kube_query(struct str *target, const char *key, const char *value)
{
    str_addc(target, strchr(target->s, '?') ? '&' : '?');
    str_add_escaped(target, key);
    str_addc(target, '=');
    str_add_escaped(target, value);
}

/* ---- verbs ---- */

/* `body` may be NULL. What failed to be built before shows here. */
static int start_text(struct kube *kube, const char *method, const struct str *target, const char *content_type,
                      const char *body, struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    struct kube_request request = { .method = method, .target = target->s };

    if (body) {
        request.content_type = content_type;
        request.body = body;
        request.body_len = strlen(body);
    }
    if (target->failed)
        return fail_oom(err);
    return kube_start(kube, &request, then.done, then.owner, out, err);
}

static int start(struct kube *kube, const char *method, const struct str *target, const char *content_type,
                 const json_t *body, struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO(chars) text = body ? json_text(body) : NULL;

    if (body && !text)
        return fail_oom(err);
    return start_text(kube, method, target, content_type, text, then, out, err);
}

int kube_get(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name, struct kube_then then,
             struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, name, NULL, err);

    return rc < 0 ? rc : start(kube, "GET", &target, NULL, NULL, then, out, err);
}

int kube_list(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
              struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, NULL, NULL, err);

    if (rc < 0)
        return rc;
    if (label_selector)
        kube_query(&target, "labelSelector", label_selector);
    return start(kube, "GET", &target, NULL, NULL, then, out, err);
}

/* ---- pages, and metadata alone ---- */

#define PAGE_LIMIT "500"
#define METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
#define METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"

static int start_get(struct kube *kube, const struct str *target, const char *accept, struct kube_then then,
                     struct kube_call **out, sparkk8s_error **err)
{
    struct kube_request request = { .method = "GET", .target = target->s, .accept = accept };

    return target->failed ? fail_oom(err) : kube_start(kube, &request, then.done, then.owner, out, err);
}

int kube_get_metadata(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name,
                      struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, name, NULL, err);

    return rc < 0 ? rc : start_get(kube, &target, METADATA, then, out, err);
}

static int start_page(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
                      const char *more, const char *accept, struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, NULL, NULL, err);

    if (rc < 0)
        return rc;
    if (label_selector)
        kube_query(&target, "labelSelector", label_selector);
    kube_query(&target, "limit", PAGE_LIMIT);
    if (more)
        kube_query(&target, "continue", more);
    return start_get(kube, &target, accept, then, out, err);
}

int kube_list_metadata(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
                       const char *more, struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    return start_page(kube, kind, ns, label_selector, more, METADATA_LIST, then, out, err);
}

int kube_list_page(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
                   const char *more, struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    return start_page(kube, kind, ns, label_selector, more, NULL, then, out, err);
}

/* ---- writing ---- */

static void add_write_options(struct str *target, int flags)
{
    kube_query(target, "fieldManager", MANAGER);
    if (flags & KUBE_DRY_RUN)
        kube_query(target, "dryRun", "All");
}

int kube_create(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *object, int flags,
                struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, NULL, NULL, err);

    if (rc < 0)
        return rc;
    add_write_options(&target, flags);
    return start_text(kube, "POST", &target, "application/json", object, then, out, err);
}

int kube_patch(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name, const json_t *patch,
               struct kube_then then, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    int rc = kube_path(&target, kind, ns, name, NULL, err);

    if (rc < 0)
        return rc;
    add_write_options(&target, 0);
    return start(kube, "PATCH", &target, "application/strategic-merge-patch+json", patch, then, out, err);
}

static json_t *delete_options(const struct kube_precondition *only, int64_t grace_seconds)
{
    AUTO(json) options = json_pack("{s:s, s:s, s:s}", "kind", "DeleteOptions", "apiVersion", "v1",
                                   "propagationPolicy", "Background");
    json_t *must;

    if (!options)
        return NULL;
    if (only) {
        must = json_need_object(options, "preconditions");
        if (!must || (only->uid && json_put_text(must, "uid", only->uid) < 0) ||
            (only->version && json_put_text(must, "resourceVersion", only->version) < 0))
            return NULL;
    }
    if (grace_seconds >= 0 && json_put(options, "gracePeriodSeconds", json_integer(grace_seconds)) < 0)
        return NULL;
    return TAKE(options);
}

int kube_delete(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name,
                const struct kube_precondition *only, int64_t grace_seconds, struct kube_then then,
                struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    AUTO(json) options = NULL;
    int rc = kube_path(&target, kind, ns, name, NULL, err);

    if (rc < 0)
        return rc;
    options = delete_options(only, grace_seconds);
    if (!options)
        return fail_oom(err);
    return start(kube, "DELETE", &target, "application/json", options, then, out, err);
}
