/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All runs that a list or a watch knows: drivers with what a verdict needs, executors as one state each,
 * counted per application. Fed with pods from lists and events in any order and as often as they come; gives
 * one status for each change. Keyed by uid: a name that is used again is another run.
 */
#ifndef RUN_FLEET_H
#define RUN_FLEET_H

#include "map.h"
#include "select.h"

struct driver;
struct fleet {
    const struct selection *selection;
    struct map drivers, executors, apps;
    struct driver *first, *last;    /* queue of those that may have changed since they were last shown */
    unsigned epoch;
    bool executors_known;
    bool final_shown;               /* a final status was given out */
};

/* What the server says of a pod now. `pod` is moved from or left. `gone`: it was deleted. What is older than
 * what is known is passed over. */
int fleet_apply(struct fleet *fleet, struct pod *pod, bool gone, sparkk8s_error **err);
/* Between these two all pods of a role in a namespace (NULL: in all) are applied; those that were not are gone. */
unsigned fleet_begin(struct fleet *fleet);
void fleet_sweep(struct fleet *fleet, enum pod_role role, const char *ns, unsigned epoch);
/* A driver whose pod is expected: if the next sweep does not find it, it is lost. */
int fleet_expect(struct fleet *fleet, const struct pod *pod, sparkk8s_error **err);
int fleet_sort(struct fleet *fleet, sparkk8s_error **err);      /* the queue: oldest first, then by namespace and name */
/* SPARKK8S_AGAIN if nothing has changed. */
int fleet_next(struct fleet *fleet, sparkk8s_status **out, sparkk8s_error **err);
void fleet_clear(struct fleet *fleet);

/* By Kubernetes' rule for resource versions of one resource; false if either is not of that form. */
bool version_is_older(const char *a, const char *b);

#endif
