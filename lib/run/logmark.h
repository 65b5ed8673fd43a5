/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a reader stands in the log of one container, so that it can ask again and go on with nothing lost or
 * repeated.
 *
 * The API takes a time to start from, in whole seconds, and several lines may bear one time, or times that go
 * back a little (stdout and stderr are stamped apart). But what it answers from a second on is always the
 * same sequence, and only grows at its end - unless the log was rotated, which takes away its beginning. So
 * we keep a second (that before the latest), how many lines since then were delivered, and the time of the
 * first of them: if the answer begins with that line, so many are known. If not, it was rotated, and the
 * latest line delivered is looked for by its time; if that is gone too, there is a gap. Pure.
 */
#ifndef RUN_LOGMARK_H
#define RUN_LOGMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_mark {
    int64_t second;                 /* Unix; 0: nothing was read */
    int64_t count[2], first_ns[2];  /* lines in this second and in the next; of the first of each */
    int64_t last_ns, same;          /* the latest line's time, and how many in a row bear it */
    int64_t pieces;                 /* of the latest line, if it is too long for one and not complete */
};

/* "<time> <text>": when it was written, and where its text begins; false if it does not begin with a time. */
bool log_line_split(const char *line, size_t len, int64_t *ns, size_t *text);
void log_mark_add(struct log_mark *mark, int64_t ns);

enum log_news { LOG_KNOWN, LOG_NEW, LOG_NEW_AFTER_GAP };
struct log_resume {                 /* zeroed: before the first line of an answer to "since mark.second" */
    bool begun, counting, done;
    int64_t seen;                   /* counting: lines; else: lines that bear the last time */
};
/* For each line of the answer in turn. `mark` is as it was when the answer was asked for. */
enum log_news log_resume_line(struct log_resume *resume, const struct log_mark *mark, int64_t ns);
/* The line just seen is the latest that was delivered. */
bool log_resume_at_last(const struct log_resume *resume, const struct log_mark *mark);

/* A token for another process: "1:<restarts>:<container>:<numbers of the mark>". */
#define LOG_ID_SIZE 20
#define LOG_TOKEN_SIZE 320
struct log_position {
    char id[LOG_ID_SIZE];           /* the beginning of the container's id, without the runtime's name */
    int64_t restarts;
    struct log_mark mark;
};
void log_id(const char *container_id, char out[LOG_ID_SIZE]);
void log_position_text(const struct log_position *position, char out[LOG_TOKEN_SIZE]);
bool log_position_parse(const char *text, struct log_position *out);

#endif
