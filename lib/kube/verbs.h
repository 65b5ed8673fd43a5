/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes' verbs on JSON objects: which path, which query, which body. No models: an object is JSON, and the few
 * kinds that we touch are rows of a table.
 */
#ifndef KUBE_VERBS_H
#define KUBE_VERBS_H

#include "json.h"
#include "kube.h"
#include "str.h"

struct kube_kind {
    const char *api_version;        /* "v1", "networking.k8s.io/v1" */
    const char *kind, *plural;
};
extern const struct kube_kind kube_pods;
/* The kind of an object, or NULL if it is not in the table. */
const struct kube_kind *kube_kind_of(const json_t *object);
const struct kube_kind *kube_kind_named(const char *kind);     /* "ConfigMap"; NULL if it is not in the table */

/* "/api/v1/namespaces/<ns>/pods[/<name>[/<sub>]]", escaped; ns NULL: all namespaces. SPARKK8S_EINVAL for a namespace or
 * name that is empty, ".", ".." or has a "/" or "%" (it would reach another path). */
int kube_path(struct str *out, const struct kube_kind *kind, const char *ns, const char *name, const char *sub,
              sparkk8s_error **err);
/* Appends "?key=value" or "&key=value", escaped. */
void kube_query(struct str *target, const char *key, const char *value);

enum { KUBE_DRY_RUN = 1 };
struct kube_then {                  /* what follows when the call ends */
    kube_done_fn done;
    void *owner;
};

int kube_get(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name, struct kube_then then,
             struct kube_call **out, sparkk8s_error **err);
/* One page is all: resourceVersion unset, so the most recent state. Selectors may be NULL. */
int kube_list(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
              struct kube_then then, struct kube_call **out, sparkk8s_error **err);
/* Their metadata alone, whatever else they have (a Secret's data is not sent). Of a list one page: the first, or that of
 * `more` (metadata.continue). */
int kube_get_metadata(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name,
                      struct kube_then then, struct kube_call **out, sparkk8s_error **err);
int kube_list_metadata(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
                       const char *more, struct kube_then then, struct kube_call **out, sparkk8s_error **err);
/* One page of whole objects. */
int kube_list_page(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *label_selector,
                   const char *more, struct kube_then then, struct kube_call **out, sparkk8s_error **err);
/* `object` is its JSON text: what was rendered is sent, not a copy that went through a tree. */
int kube_create(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *object, int flags,
                struct kube_then then, struct kube_call **out, sparkk8s_error **err);
/* Strategic merge patch. */
int kube_patch(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name, const json_t *patch,
               struct kube_then then, struct kube_call **out, sparkk8s_error **err);
struct kube_precondition {          /* what the object must still be, or the server answers 409; NULL: anything */
    const char *uid, *version;      /* metadata.uid, metadata.resourceVersion */
};
/* propagationPolicy Background; `only` NULL: no precondition; grace_seconds -1: the object's own. */
int kube_delete(struct kube *kube, const struct kube_kind *kind, const char *ns, const char *name,
                const struct kube_precondition *only, int64_t grace_seconds, struct kube_then then,
                struct kube_call **out, sparkk8s_error **err);

#endif
