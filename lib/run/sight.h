/* SPDX-License-Identifier: Apache-2.0 */
/* What was last seen of a run's driver, shared by the run and its watches: the driver pod itself may be gone when
 * somebody asks why it failed. */
#ifndef RUN_SIGHT_H
#define RUN_SIGHT_H

#include "sparkk8s.h"

struct sight {
    int refs;
    int state, cause, exit_code;    /* SPARKK8S_STATE_UNKNOWN: nothing was seen */
    char *reason, *message;         /* or NULL */
};

struct sight *sight_new(void);      /* NULL: out of memory */
struct sight *sight_ref(struct sight *sight);
void sight_unref(struct sight *sight);
/* A memory is a courtesy: without room for it, it is none. */
void sight_note(struct sight *sight, const sparkk8s_status *status);

#endif
