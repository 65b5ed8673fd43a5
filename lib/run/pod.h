/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we keep of a pod: the few fields that a verdict needs, scanned from its JSON without building a tree.
 * A few hundred bytes a pod; a watch holds one of these for each.
 */
#ifndef RUN_POD_H
#define RUN_POD_H

#include "scan.h"
#include "sparkk8s.h"

#include <stdbool.h>
#include <stdint.h>

enum pod_phase { PHASE_NONE, PHASE_PENDING, PHASE_RUNNING, PHASE_SUCCEEDED, PHASE_FAILED, PHASE_UNKNOWN };
enum pod_role { ROLE_OTHER, ROLE_DRIVER, ROLE_EXECUTOR };

struct container_state {
    bool present, running, terminated;
    int32_t exit_code, signal;      /* of terminated */
    int32_t restarts;
    int64_t started_ms, finished_ms;
    char *id;                       /* containerID */
    char *reason, *message;         /* of waiting or terminated */
};

struct pod {
    char *ns, *name, *uid, *version;        /* version: resourceVersion */
    char *app_id, *app_label, *app_name, *node;
    char *submission, *claim;               /* label and annotation, or NULL */
    char *reason, *message;                 /* status.reason, status.message */
    char *scheduled_reason, *scheduled_message;     /* of condition PodScheduled=False */
    char *disruption_reason, *disruption_message;   /* of condition DisruptionTarget=True */
    enum pod_role role;
    enum pod_phase phase;
    bool gated;                     /* spec.schedulingGates is not empty */
    bool our_gate;                  /* ours is among them */
    bool restarts;                  /* restartPolicy is not Never */
    bool initialized, ready_lost;   /* ready_lost: Ready=False without a reason while it runs: its node is silent */
    int64_t created_ms, deleted_ms, scheduled_ms, started_ms;
    struct container_state driver;  /* Spark's container (spark-kubernetes-driver, or the one that the pod's spec makes it) */
    struct container_state waiting; /* of the first init or other container that holds the pod back, if any */
};

/* Reads one pod object; SPARKK8S_ENOMEM, or SPARKK8S_ESERVER if it is not JSON. `pod` is zeroed first. */
int pod_scan(struct scan *scan, struct pod *pod, sparkk8s_error **err);
void pod_clear(struct pod *pod);

#endif
