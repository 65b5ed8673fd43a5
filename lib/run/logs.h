/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is being read: what logs.c, the public side, and logread.c, the work, have in common. */
#ifndef RUN_LOGS_H
#define RUN_LOGS_H

#include "kube.h"
#include "logmark.h"
#include "logpast.h"
#include "str.h"

#define LOG_LINE_MAX ((size_t)1 << 20)      /* a longer line comes in pieces */
#define LOG_STALL_MS 60000          /* nothing for so long: is it still there? */
#define LOG_POLL_MS 500             /* at first, for a container that has not started */

enum log_phase { LOOK, LOOKING, OPEN, READING, WAITING, DONE };

struct sparkk8s_logs {
    struct kube *kube;              /* a reference */
    char *ns, *pod, *uid, *container;       /* uid: of the pod that is read; container: NULL until known */
    int flags;
    int64_t tail;

    enum log_phase phase, after_wait;
    struct kube_call *call;
    struct kube_stream *stream;
    struct kube_alarm alarm;
    struct kube_flag flag;

    char id[LOG_ID_SIZE];           /* the container that is read; empty: none yet */
    int64_t restarts;
    struct log_mark mark, asked;    /* now; when the stream was opened */
    struct log_resume resume;
    struct log_past past;           /* of the stream */
    bool last_read, old_read;       /* the stream: goes to the end of a container that ended; reads the one before */
    bool ended;                     /* the container will not run again */
    bool drained;                   /* everything of this container was read: wait for the next */
    bool looked;                    /* the pod was seen once */
    int failures;                   /* in a row without a new line */
    int64_t poll_ms, stall_ms;

    bool in_line, dropping;         /* within a long line; its pieces are known */
    int64_t piece;                  /* how many of this line were seen */
    struct str fragment;            /* what came last without a line end */
    bool fragment_goes_on;          /* it belongs to a long line */
    struct str note, notice;        /* text of a record of our own; the latest notice */

    bool has_record, has_held;      /* a record to give out; a line that has to wait for the gap before it */
    const char *line, *held;
    size_t len, held_len;
    int kind;
    int64_t time_ns, held_ns;
    char *token;                    /* LOG_TOKEN_SIZE: the position as text */
};

/* SPARKK8S_OK: something was done, perhaps there is a record now; SPARKK8S_AGAIN: nothing until the flag is
 * up; SPARKK8S_END; or the error, after which it may be called again. */
int logs_step(struct sparkk8s_logs *logs, sparkk8s_error **err);
void logs_new_line(struct sparkk8s_logs *logs, const char *text, size_t len, int64_t ns);   /* makes it the record */
void logs_stop(struct sparkk8s_logs *logs);

#endif
