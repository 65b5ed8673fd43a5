/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read lately in one log stream, to notice that a node reads a file again.
 *
 * A kubelet that follows a log takes up events of its folder one by one. Held up for longer than a rotation (by
 * a reader or an API server that does not read), it finds one event for each new file and opens the newest each
 * time: the files in between are passed over, and the newest is sent again from its start. So times that go
 * back to lines that were sent already mean that others are missing. Times that go back a little are
 * usual, too (stdout and stderr are stamped apart), which is why the lines are compared. Pure.
 */
#ifndef RUN_LOGPAST_H
#define RUN_LOGPAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_PAST_LINES 256

struct log_past {                   /* zeroed at the beginning of a stream */
    struct {
        int64_t ns;
        uint64_t look;
    } lines[LOG_PAST_LINES];
    size_t count;                   /* of the stream's lines; the latest of them are kept */
    size_t alike;                   /* how many of the latest in a row look the same */
    int64_t latest_ns;
    bool skipping;                  /* lines that were there before */
    size_t alike_seen;
    int64_t again_ns;               /* of the first of these; of all of them it is the same file */
};

enum log_past_news {
    LOG_PAST_NEW,
    LOG_PAST_AGAIN,                 /* it was there before, and begins a file that was not sent again yet */
    LOG_PAST_KNOWN,
};
/* What tells a line from others of the same moment, at no cost: its length, and the ends and the middle of its text. */
uint64_t log_past_look(const char *text, size_t len);
/* For each line of the stream in turn. */
enum log_past_news log_past_line(struct log_past *past, int64_t ns, uint64_t look);

#endif
