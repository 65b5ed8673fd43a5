/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of any number of pods as one sequence of records. Knows which are read now, and whose record is next; which
 * pods there are is told by others (logpods.h).
 *
 *     feed (list, watch) -> log_pods -> members of log_mux -> log_reader, one a pod -> records
 *
 * In time order (a merge by the lines' times), or as they come, a few lines of each pod in turn. Nothing is read ahead but
 * what the streams hold: a slow reader holds the servers back. No more than `most` streams are open at once. In a merge
 * the one whose next line is the latest gives way, keeping what has arrived; else those that have been silent, after some
 * seconds. What is given up is resumed by its position.
 */
#ifndef RUN_LOGMUX_H
#define RUN_LOGMUX_H

#include "link.h"
#include "logread.h"
#include "map.h"

struct log_app;                     /* logpods.c */

struct log_member {
    struct link all, ready, waiting;        /* in the lists of the mux: all first; to be stepped; for a slot */
    struct log_mux *mux;
    char *ns, *pod, *uid;           /* uid NULL: known by name alone */
    char *executor;                 /* Spark's number of it, or NULL */
    struct log_reader *reader;      /* NULL: not begun, or over */
    struct log_position position;   /* where to begin; where it ended */
    int64_t tail, from_ns;          /* no line of it is earlier */
    bool slot;
    int64_t slot_ms, heard_ms;      /* since when; when a record came last */
    bool over;                      /* nothing more comes of it */
    bool gone;                      /* the pod is not there any more: forgotten when over */
    struct log_record note;         /* of our own, before anything else, if it has text: static, or note_text */
    char *note_text;

    struct log_app *app;            /* logpods.c's */
    unsigned epoch;
    bool started;                   /* its container was */
};

struct log_mux {
    struct kube *kube;              /* borrowed */
    void (*wake)(void *owner);
    void *owner;
    const char *container;          /* borrowed */
    int flags;
    bool many, in_order;
    size_t most, slots;

    struct link all, ready, waiting;
    struct map by_uid;
    struct log_member *given;       /* whose record was given out last: stays until the next */
    struct kube_alarm alarm;
    int served;                     /* records of the first of `ready` in this turn of it */
};

/* At a zeroed mux that has kube, wake, owner, container, flags, many, in_order and most; it must not move. */
void log_mux_init(struct log_mux *mux);
/* uid and executor may be NULL. In failure there is none. */
int log_mux_add(struct log_mux *mux, const char *ns, const char *pod, const char *uid, const char *executor,
                struct log_member **out, sparkk8s_error **err);
struct log_member *log_mux_find(const struct log_mux *mux, const char *uid);        /* or NULL */
void log_member_start(struct log_member *member);       /* it is read from now on, as soon as there is a slot */
void log_member_note(struct log_member *member, int kind, const char *text);
void log_member_gone(struct log_member *member);        /* may free it */
#define log_member_of(link_, list) ((struct log_member *)(void *)((char *)(link_) - offsetof(struct log_member, list)))

/* SPARKK8S_OK: something was done; *out, if not NULL, has a record. SPARKK8S_AGAIN: nothing until `wake`; or the error,
 * after which it may be called again. */
int log_mux_step(struct log_mux *mux, struct log_member **out, sparkk8s_error **err);
const struct log_record *log_member_record(const struct log_member *member);
void log_member_take(struct log_member *member);        /* its record was given out */
const struct log_position *log_member_position(const struct log_member *member);
bool log_mux_is_over(const struct log_mux *mux);        /* nothing comes of those that have been started */
void log_mux_clear(struct log_mux *mux);

#endif
