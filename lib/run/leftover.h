/* SPDX-License-Identifier: Apache-2.0 */
/* Something that nobody needs any more, and why: what sparkk8s_gc_next() gives. Pure. */
#ifndef RUN_LEFTOVER_H
#define RUN_LEFTOVER_H

#include "objmeta.h"
#include "pod.h"
#include "verbs.h"

struct sparkk8s_leftover {
    const struct kube_kind *kind;
    char *ns, *name, *uid, *version;
    char *owner_name, *owner_uid;   /* the driver pod that it had, or NULL */
    char *app_id;                   /* or NULL */
    int reason;                     /* SPARKK8S_GC_* */
    int64_t since_ms;
};

OWNED(leftover, sparkk8s_leftover *, sparkk8s_leftover_free);

/* What counts as old, and now. */
struct gc_ages {
    int64_t now_ms, silent_ms, finished_ms;     /* finished_ms 0: what is finished stays */
};

/* What a driver pod is a leftover by, 0 if it is none; *since_ms says from when on. `sign_ms`: when something that it owns
 * was last created, or 0. */
int leftover_driver(const struct pod *pod, int64_t sign_ms, const struct gc_ages *ages, int64_t *since_ms);
/* The same of any other object, if its owner is gone, or where it has none, if its application is. */
int leftover_object(const struct kube_kind *kind, const struct objmeta *meta, const struct gc_ages *ages);
/* Whether a ConfigMap without an owner has to be read to know its application. */
bool leftover_is_conf_map(const struct sparkk8s_leftover *leftover);

/* Takes what it needs of the metadata. */
int leftover_new(const struct kube_kind *kind, struct objmeta *meta, int reason, int64_t since_ms, sparkk8s_leftover **out,
                 sparkk8s_error **err);
int leftover_of_driver(const struct pod *pod, int reason, int64_t since_ms, sparkk8s_leftover **out, sparkk8s_error **err);

#endif
