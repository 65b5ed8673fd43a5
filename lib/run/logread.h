/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of one container of one pod as records, through whatever happens to connection, container and pod. It works
 * only when it is stepped, and reads only while it may: who reads many pods decides how many streams are open.
 */
#ifndef RUN_LOGREAD_H
#define RUN_LOGREAD_H

#include "kube.h"
#include "logmark.h"
#include "logpast.h"
#include "pod.h"
#include "str.h"

#define LOG_LINE_MAX ((size_t)1 << 20)      /* a longer line comes in pieces */
#define LOG_STALL_MS 60000          /* nothing for so long: is it still there? */
#define LOG_POLL_MS 500             /* at first, for a container that has not started */

struct log_record {
    int kind;                       /* SPARKK8S_LOG_* */
    const char *text;               /* no line end; borrowed until the next step */
    size_t len;
    int64_t ns;
    bool whole;                     /* false: the line goes on in the next record */
};

struct log_reader_opts {
    struct kube *kube;
    const char *ns, *pod;
    const char *uid;                /* NULL: whichever has the name at the first look */
    const char *container;          /* NULL: Spark's */
    int flags;
    int64_t tail;
    const struct log_position *from;
    bool many;                      /* one of several: what is wrong with its pod alone is told as a record */
    void (*wake)(void *owner);      /* from inside kube_turn(): a step has something to do now */
    void *owner;
};

enum log_phase { LOOK, LOOKING, OPEN, READING, WAITING, DONE };

struct log_reader {
    struct kube *kube;              /* borrowed */
    char *ns, *pod, *uid, *container;       /* uid: of the pod that is read; container: NULL until known */
    int flags;
    int64_t tail;
    bool many;
    void (*wake)(void *owner);
    void *owner;

    enum log_phase phase, after_wait;
    struct kube_call *call;
    struct kube_stream *stream;
    struct kube_alarm alarm;
    bool may_open;                  /* a stream; set by the owner */
    bool cut;                       /* the stream gives what it has and no more */

    struct log_position at;         /* after the latest record that was made */
    struct log_position before;     /* when the latest step began */
    struct log_mark asked;          /* when the stream was opened */
    struct log_resume resume;
    struct log_past past;           /* of the stream */
    bool last_read, old_read;       /* the stream: goes to the end of a container that ended; reads the one before */
    bool ended;                     /* the container will not run again */
    bool drained;                   /* everything of this container was read: wait for the next */
    bool looked;                    /* the pod was seen once */
    bool clean, noticed;            /* the latest stream was read to a clean end; a notice came last */
    bool gone, asked_again;         /* the owner knows that the pod was deleted; it was given time to */
    char seen[LOG_ID_SIZE];         /* the pod's latest container, and whether it was seen to have ended */
    bool seen_ended;
    int failures;                   /* in a row without a new line */
    int refusals;                   /* of what is read, in a row */
    int64_t poll_ms, stall_ms;

    bool in_line, dropping;         /* within a long line; its pieces are known */
    int64_t piece;                  /* how many of this line were seen */
    struct str fragment;            /* what came last without a line end */
    bool fragment_goes_on;          /* it belongs to a long line */
    struct str note, notice;        /* text of a record of our own; the latest notice */

    bool has_record, has_held;      /* a record to give out; a line that has to wait for the gap before it */
    struct log_record record, held;
};

int log_reader_new(const struct log_reader_opts *opts, struct log_reader **out, sparkk8s_error **err);
/* While there is no record. SPARKK8S_OK: something was done, perhaps there is a record now; SPARKK8S_AGAIN: nothing
 * until `wake`, or until it may open; SPARKK8S_END; or the error, after which it may be called again. */
int log_reader_step(struct log_reader *reader, sparkk8s_error **err);
void log_reader_take(struct log_reader *reader);        /* the record was given out */
/* Where another reader has to begin so that the next record is that which this one gives next. */
const struct log_position *log_reader_position(const struct log_reader *reader);
/* It has to close its stream, and may not open another one; what has arrived is still given. */
void log_reader_cut(struct log_reader *reader);
/* What a watch says of the pod. */
void log_reader_saw(struct log_reader *reader, const struct pod *pod, bool gone);
void log_reader_free(struct log_reader *reader);
OWNED(log_reader, struct log_reader *, log_reader_free);

#endif
