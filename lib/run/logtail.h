/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tail of a log tells about a run: the exception that counts (logtrace.h), and the lines by which Spark, the
 * JVM and the shell say what went wrong, one of each kind. Fed line by line, so that no log is ever held. Pure.
 */
#ifndef RUN_LOGTAIL_H
#define RUN_LOGTAIL_H

#include "logtrace.h"
#include "sparkk8s.h"

/* The latest line of each kind; `text` NULL: none. */
struct log_mark {
    char *text;
    int count;
    int code;                       /* an exit code that it gives; -1 */
};

enum { LOG_MARKS = 16 };            /* kinds at most; see the table in logtail.c */

struct logtail {
    struct trace_reader trace;
    struct log_mark marks[LOG_MARKS];
    bool failed;                    /* out of memory */
};

void logtail_init(struct logtail *tail);
void logtail_line(struct logtail *tail, const char *line, size_t len);
int logtail_end(struct logtail *tail, sparkk8s_error **err);   /* SPARKK8S_ENOMEM, or 0 */
void logtail_clear(struct logtail *tail);
/* The kind of the mark at `index`: "Refused", "NoExecutors", ...; NULL behind the last. */
const char *logtail_kind(size_t index);

#endif
