/* SPDX-License-Identifier: Apache-2.0 */
/* Which runs: the public sparkk8s_select, checked and copied. */
#ifndef RUN_SELECT_H
#define RUN_SELECT_H

#include "kube.h"
#include "pod.h"
#include "runstatus.h"
#include "strv.h"

struct selection {
    struct strv ns;                 /* each once; none: all */
    char *glob, *labels;            /* or NULL */
    char *uid;                      /* this driver alone, or NULL */
    int64_t older_than_ms;
    int states;                     /* bit per state; 0: any */
    bool texts;                     /* statuses have the pod's texts, and a change of these is one too */
};

/* `select` NULL: all runs of the client's namespace. */
int selection_init(struct selection *selection, const struct kube *kube, const sparkk8s_select *select,
                   sparkk8s_error **err);
bool selection_has_pod(const struct selection *selection, const struct pod *driver);   /* what never changes */
bool selection_has_status(const struct selection *selection, const sparkk8s_status *status);
void selection_clear(struct selection *selection);

#endif
