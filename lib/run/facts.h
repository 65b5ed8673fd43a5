/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about a run that may be in trouble: an account of facts, each a few words, gathered from its pods,
 * events, logs and the namespace's limits. Findings (finding.h) are drawn from them, and they are the evidence that
 * is shown. Pure: answers of the API server go in as text. Bounded: of each kind the first few are kept, and every
 * text is cut.
 */
#ifndef RUN_FACTS_H
#define RUN_FACTS_H

#include "logtail.h"
#include "runstatus.h"
#include "sight.h"

/* In the order in which they are shown. */
enum fact_kind {
    FACT_DRIVER,                /* the driver pod: reason and message of its verdict */
    FACT_SPEC,                  /* what the driver asks for and may use */
    FACT_CONDITION,             /* of the driver pod, where it is not as it should be */
    FACT_VOLUME,                /* one that an event is about; who: its name, text: what is in it */
    FACT_CONTAINER,             /* another one of its containers that failed or holds it back */
    FACT_EVENT,                 /* of the driver pod */
    FACT_EXCEPTION,             /* that the driver or a thread of it died of; who: the application's frame */
    FACT_LOGGED,                /* the same, but only logged */
    FACT_LOG,                   /* a line of its log that Spark, the JVM or the shell wrote; reason: its kind */
    FACT_EXECUTORS,             /* how many are there */
    FACT_EXECUTOR,              /* executors in the same trouble; who: one of them; detail: what it may use */
    FACT_EXECUTOR_EVENT,        /* of that one */
    FACT_EXECUTOR_EXCEPTION,    /* of whatever rank */
    FACT_EXECUTOR_LOG,
    FACT_QUOTA,                 /* who: its name */
    FACT_LIMITS,                /* a LimitRange */
    FACT_NODE,                  /* who: its name */
    FACT_UNREAD,                /* what could not be asked, and why */
    FACT_KINDS
};

struct fact {
    enum fact_kind kind;
    int cause;                  /* SPARKK8S_CAUSE_*, of the driver and of executors */
    int code;                   /* an exit code, or -1 */
    int count;                  /* how often; at least 1 */
    const char *reason, *text, *who, *detail;           /* one line each, or NULL; owned once they are in facts */
};

/* Words of the driver for sentences. */
enum fact_var {
    VAR_POD, VAR_NS, VAR_UID, VAR_NODE, VAR_EXIT, VAR_RESTARTS, VAR_CONTAINER, VAR_IMAGE, VAR_LIMIT, VAR_REQUESTS,
    VAR_LIMITS, VAR_GATES, VAR_SELECTOR, VAR_ACCOUNT, VAR_SCHEDULER, VAR_DEADLINE, VAR_CLAIMS, VAR_HELD, VAR_EXECUTORS,
    VAR_VALUES
};

struct facts {
    struct fact *v;
    size_t count, cap;
    char *vars[VAR_VALUES];     /* NULL: not known */
    int state, cause, exit_code;            /* the driver's verdict */
    bool started;               /* its container was */
    bool placed;                /* a scheduler has looked at it */
    bool gated;                 /* by a submission of ours */
    int executors[STATES];
    bool failed;                /* out of memory: nothing here is to be used */
};

void facts_clear(struct facts *facts);
/* Copies, cleaned and cut; nothing if there are enough of this kind. Counts once more what is there already. */
void facts_add(struct facts *facts, const struct fact *fact);
void facts_set(struct facts *facts, enum fact_var var, const char *value);
/* "137 (SIGKILL)", "52 (Java heap used up)", "1"; Spark's own codes and signals have names. */
#define EXIT_TEXT_SIZE 64
void exit_text(int code, char out[EXIT_TEXT_SIZE]);

/* ---- where facts come from ---- */

/* The driver; `json` is the pod that `pod` was read from. */
void facts_driver(struct facts *facts, const struct pod *pod, const char *json, size_t len);
/* One that is gone, of which `pod` has the names: its end is as it was seen, or nobody saw it. */
void facts_gone(struct facts *facts, const struct pod *pod, const struct sight *sight);
/* One executor of it. */
void facts_executor(struct facts *facts, const struct pod *pod, const char *json, size_t len);
void facts_executors_end(struct facts *facts, bool known, bool more);
/* An EventList; only of the object with this uid, or of this name where uid is NULL. How many there were. */
int facts_events(struct facts *facts, enum fact_kind kind, const char *uid, const char *name, const char *json,
                 size_t len);
/* What is in those volumes of the driver that events are about. */
void facts_volumes(struct facts *facts, const char *json, size_t len);
/* The driver's log, or that of an executor. */
void facts_log(struct facts *facts, bool executor, const struct logtail *tail);
void facts_quotas(struct facts *facts, const char *json, size_t len);       /* a ResourceQuotaList */
void facts_limits(struct facts *facts, const char *json, size_t len);       /* a LimitRangeList */
void facts_node(struct facts *facts, const char *json, size_t len);         /* whether it is ready */
void facts_taints(struct facts *facts, const char *json, size_t len);       /* a NodeList */

#endif
