/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of one run, as a small machine that answers drive, so that any number can be under way at once:
 *
 *     look ──► delete ──► (gone? ──► gone? ...) ──► end
 *       ▲         │ 409: the pod is not as it was when it was looked at
 *       └─────────┘
 *
 * The delete is always pinned to the driver's uid: a later pod of the same name is never touched. Where it depends on more
 * (a claim, a state), it is pinned to the version of the pod at which that was read, too.
 */
#ifndef RUN_KILLING_H
#define RUN_KILLING_H

#include "attempt.h"

struct killing {                    /* zeroed but for what is set below; must not move while it is under way */
    struct kube *kube;              /* borrowed, as all texts but `version` are */
    const char *ns, *pod, *uid, *id;
    const char *claim;              /* only if this is the driver's; NULL: whatever it is */
    int states;                     /* only in these; bit per state, 0: any */
    int64_t grace_seconds;          /* -1: the pod's own */
    bool wait;                      /* until it is gone */
    char *version;                  /* claim and state were right at this one; NULL: look first */
    void (*ended)(void *owner);     /* or NULL */
    void *owner;

    struct attempt attempt;
    int rounds;
    bool waiting;                   /* the driver was asked to go */
    bool done, passed;              /* passed: it is not in `states` any more, and was left */
    int rc;                         /* once done; of 0 it is gone, or asked to go */
    sparkk8s_error *error;
};

struct kill_wish {
    int64_t grace_seconds;          /* as above */
    bool wait, dry_run, all;
};
/* `many`: also the flags that make sense for many only. */
int kill_opts_check(const sparkk8s_kill_opts *opts, bool many, struct kill_wish *out, sparkk8s_error **err);

/* SPARKK8S_EEXISTS unless the driver's `claim` (or NULL) is the `wanted` one (or NULL). */
int kill_check_claim(const char *id, const char *claim, const char *wanted, sparkk8s_error **err);

void killing_begin(struct killing *killing);
void killing_clear(struct killing *killing);    /* stops it */

#endif
