/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exception by which a log tells of a failure, out of its lines: Java and Scala stack traces with their causes,
 * Python tracebacks, errors of R. Fed line by line; keeps the one that counts most, and nothing but its few words.
 * Pure.
 *
 * What counts: what nobody caught before what a thread died of, that before what was logged as an error, that before
 * a warning; among equals the last. Messages are cut and passwords in them masked: a log may hold anything.
 */
#ifndef RUN_LOGTRACE_H
#define RUN_LOGTRACE_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRACE_CHAIN = 4 };           /* of a longer chain the first ones and the last are kept */

enum trace_rank { TRACE_NOTED, TRACE_WARNED, TRACE_LOGGED, TRACE_THREAD, TRACE_UNCAUGHT, TRACE_FATAL };

struct trace_error {
    char *type;                     /* "java.lang.IllegalStateException", "ValueError"; NULL: none */
    char *message;                  /* NULL if it has none */
    char *frame;                    /* the application's: "com.x.Etl.main(Etl.java:31)", "/app/job.py:12 in main" */
};

struct trace {
    struct trace_error chain[TRACE_CHAIN];      /* each is caused by the next */
    int count;
    enum trace_rank rank;
    bool has_frames;
};

struct trace_reader {
    struct trace best;
    struct trace now;               /* being read */
    int at;                         /* of now.chain: the error that is being read */
    struct str message;             /* of that error */
    enum { TRACE_BETWEEN, TRACE_MESSAGE, TRACE_FRAMES, TRACE_PYTHON, TRACE_SUPPRESSED } state;
    enum trace_rank level;          /* of a trace that starts on the next line */
    int lines;                      /* of the message */
    bool continues;                 /* the next traceback is of an error that this one led to */
    bool failed;                    /* out of memory: the result is not to be used */
};

void trace_reader_init(struct trace_reader *reader);
void trace_reader_line(struct trace_reader *reader, const char *line);     /* without its line end */
void trace_reader_end(struct trace_reader *reader);                        /* `best` is then complete */
void trace_reader_clear(struct trace_reader *reader);

/* Where the line's own text starts, if it is a logger's ("26/11/21 08:39:38 ERROR Utils: ..."), with its level in
 * *level; NULL if it is not. */
const char *trace_record(const char *line, enum trace_rank *level);

#endif
