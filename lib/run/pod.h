/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we keep of a pod: the few fields that a verdict needs, scanned from its JSON without building a tree.
 * A few hundred bytes a pod; a watch holds one of these for each driver.
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
    int32_t exit_code, signal;      /* of terminated; exit_code -1: not given */
    int32_t restarts;
    int64_t started_ms, finished_ms;
    char *id;                       /* containerID */
    char *reason, *message;         /* of waiting or terminated */
    int32_t last_exit_code;         /* of the run before this one, if last_reason is not NULL */
    char *last_reason;
};

struct pod {
    char *ns, *name, *uid, *version;        /* version: resourceVersion */
    char *app_id, *app_label, *app_name, *node;
    char *submission, *claim;               /* label and annotation, or NULL */
    char *exec_id;                          /* of an executor, as Spark numbers them from 1 on; or NULL */
    char *container;                        /* the name of Spark's container */
    char *reason, *message;                 /* status.reason, status.message */
    char *scheduled_reason, *scheduled_message;     /* of condition PodScheduled=False */
    char *disruption_reason, *disruption_message;   /* of condition DisruptionTarget=True */
    char *text, *containers_text;           /* in spark-submit's words, where asked for: podtext.h */
    char *block;                            /* what all these are in, after pod_pack() */
    enum pod_role role;
    enum pod_phase phase;
    bool gated;                     /* spec.schedulingGates is not empty */
    bool our_gate, other_gate;      /* ours is among them; one that is not ours is */
    bool restarts;                  /* Spark's container may be started again after its end */
    bool initialized, sandbox_ready;
    bool ready_lost;                /* Ready=False, no reason, its containers are ready: its node is silent */
    bool lost_first;                /* Ready became False before DisruptionTarget was set: the node was lost first */
    int64_t created_ms, deleted_ms, scheduled_ms, started_ms;
    int32_t grace_s;                /* deletionGracePeriodSeconds: deleted_ms is when that ends */
    struct container_state driver;  /* Spark's container: spark-kubernetes-driver, or what the spec makes it */
    struct container_state waiting; /* of the first init container that holds the pod back, if any */
};

/* Reads one pod object; SPARKK8S_ENOMEM, or SPARKK8S_ESERVER if it is not JSON. `pod` is zeroed first, and is
 * empty after a failure. */
int pod_scan(struct scan *scan, struct pod *pod, sparkk8s_error **err);
/* The same with `driver` read from the container (of any kind) that has this name; NULL: Spark's. */
int pod_scan_container(struct scan *scan, const char *container, struct pod *pod, sparkk8s_error **err);
/* For one that is kept: all texts go into one piece of memory, half of what they take one by one. None may be taken out
 * of it afterwards. False: no memory, and it is as it was. */
bool pod_pack(struct pod *pod);
void pod_clear(struct pod *pod);
const char *pod_phase_name(enum pod_phase phase);   /* "Running"; "" if there is none */
#define AUTO_POD __attribute__((cleanup(pod_clear))) struct pod

/* One page of a PodList, or the items of any list of pods. `each` is given a pod that it may take (move out
 * of); what it leaves is cleared. `page->texts` says whether the pods are to have their texts. */
struct pod_page {
    char *version, *more;           /* metadata.resourceVersion; metadata.continue or NULL */
    bool texts;
};
int pod_page_scan(const char *text, size_t len, struct pod_page *page,
                  int (*each)(struct pod *pod, void *owner, sparkk8s_error **err), void *owner, sparkk8s_error **err);
/* Where the list goes on; NULL if that is not known before its items are read, which API servers put behind. */
char *pod_page_more(const char *text, size_t len);
void pod_page_clear(struct pod_page *page);

#endif
