/* SPDX-License-Identifier: Apache-2.0 */
/* The public status: a snapshot of one run, independent of client and run. */
#ifndef RUN_RUNSTATUS_H
#define RUN_RUNSTATUS_H

#include "verdict.h"

#define STATES (SPARKK8S_STATE_LOST + 1)

OWNED(status, sparkk8s_status *, sparkk8s_status_free);

/* `executors`: count by state, or NULL if not known. */
int status_new(const struct pod *driver, bool gone, const int *executors, sparkk8s_status **out, sparkk8s_error **err);

/* Of the driver pod; NULL where it does not say. */
const char *status_ns(const sparkk8s_status *status);
const char *status_pod(const sparkk8s_status *status);
const char *status_uid(const sparkk8s_status *status);
const char *status_version(const sparkk8s_status *status);
const char *status_claim(const sparkk8s_status *status);

/* Where they were asked for (watch_open_texts), else NULL. */
const char *status_pod_text(const sparkk8s_status *status);
const char *status_containers_text(const sparkk8s_status *status);
const char *status_phase(const sparkk8s_status *status);       /* the pod's: "Running"; never NULL */

#endif
