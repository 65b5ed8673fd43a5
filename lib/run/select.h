/* SPDX-License-Identifier: Apache-2.0 */
/* Which runs: the public sparkk8s_select, checked and copied. */
#ifndef RUN_SELECT_H
#define RUN_SELECT_H

#include "kube.h"
#include "picks.h"
#include "pod.h"
#include "runstatus.h"
#include "strv.h"

struct selection {
    struct strv ns;                 /* to be asked, each once; none: all */
    struct strv home;               /* where what says no namespace is sought; none: everywhere */
    struct picks picks;             /* none: any */
    char *glob, *labels;            /* or NULL */
    char *uid;                      /* this driver alone, or NULL */
    int64_t older_than_ms, min_age_ms, max_age_ms;
    int states;                     /* bit per state; 0: any */
    bool drivers_only;              /* executors are not asked for */
    bool alive;                     /* what has ended counts only if it is named, not by a glob */
    bool texts;                     /* statuses have the pod's texts, and a change of these is one too */
};

/* `select` NULL: all runs of the client's namespace. */
int selection_init(struct selection *selection, const struct kube *kube, const sparkk8s_select *select,
                   sparkk8s_error **err);
bool selection_has_pod(const struct selection *selection, const struct pod *driver);   /* what never changes */
/* What does: `status` is this driver's. */
bool selection_has_status(const struct selection *selection, const struct pod *driver, const sparkk8s_status *status);
bool selection_is_all(const struct selection *selection);       /* it leaves nothing out of its namespaces */
void selection_clear(struct selection *selection);

#endif
