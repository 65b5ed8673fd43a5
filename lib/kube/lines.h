/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts bytes that arrive in any portions into lines. Pure: no sockets, no clock.
 *
 * A line that was handed out stays valid until the next lines_next(), whatever is fed meanwhile: what arrives is kept
 * apart from what is read.
 */
#ifndef KUBE_LINES_H
#define KUBE_LINES_H

#include "str.h"

#include <stdbool.h>

struct lines {
    struct str arrived;         /* not being read yet */
    struct str text;            /* being read */
    size_t at, seen;            /* in text: the next line's start; from there to `seen` is no line end */
    size_t max;
    bool split;
    bool ends;                  /* `arrived` has a line end */
};

enum lines_result { LINES_NONE, LINES_WHOLE, LINES_PIECE, LINES_TOO_LONG, LINES_NO_MEMORY };

/* A longer line comes in pieces of `max` bytes if `split`, the last of which, however short, is LINES_WHOLE; else it is
 * LINES_TOO_LONG, for good. */
void lines_init(struct lines *lines, size_t max, bool split);
void lines_clear(struct lines *lines);
bool lines_feed(struct lines *lines, const char *bytes, size_t len);    /* false: out of memory */
enum lines_result lines_next(struct lines *lines, const char **line, size_t *len);
/* After the end: what came last without a line end. LINES_PIECE, or LINES_NONE if there is nothing. */
enum lines_result lines_rest(struct lines *lines, const char **line, size_t *len);
size_t lines_unread(const struct lines *lines);                         /* bytes */
bool lines_have_one(struct lines *lines);                               /* lines_next() would give something */

#endif
