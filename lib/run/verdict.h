/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a driver pod to state and cause, by one table: reference kubernetes-client.md section 5, and the
 * recorded lives in tests/client/verdicts. Pure.
 */
#ifndef RUN_VERDICT_H
#define RUN_VERDICT_H

#include "pod.h"

struct verdict {
    int state, cause;               /* SPARKK8S_STATE_*, SPARKK8S_CAUSE_* */
    int exit_code;                  /* -1: unknown */
    const char *stage;              /* static: see sparkk8s_status_stage() */
    const char *reason, *message;   /* borrowed from the pod, or static; never NULL */
};

/* `gone`: the pod was deleted, or is not there any more; `pod` is its last known state. */
struct verdict verdict_of(const struct pod *pod, bool gone);
int executor_state(const struct pod *pod);      /* SPARKK8S_STATE_* of an executor pod */
bool state_is_final(int state);

#endif
