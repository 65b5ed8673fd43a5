/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The framing of watch events and log lines: bytes in, lines out. client-go splits watches by JSON value; the API server
 * ends each with a line end, so we split by that and never look inside.
 */
#include "lines.h"

enum {
    ROOM = 1 << 20,             /* beyond one longest line: what arrives at once, and short lines that wait */
    KEEP = 256 << 10            /* a larger buffer is given back once it is empty */
};

void lines_init(struct lines *lines, size_t max, bool split)
{
    *lines = (struct lines){
        .arrived = STR_INIT(max + ROOM), .text = STR_INIT(2 * (max + ROOM)), .max = max, .split = split
    };
}

void lines_clear(struct lines *lines)
{
    str_clear(&lines->arrived);
    str_clear(&lines->text);
    lines->at = lines->seen = 0;
    lines->ends = false;
}

bool lines_feed(struct lines *lines, const char *bytes, size_t len)
{
    str_addn(&lines->arrived, bytes, len);
    lines->ends = lines->ends || memchr(bytes, '\n', len);
    return !lines->arrived.failed;
}

/* Where the present line ends; remembers how far it looked, so that a long line in small portions costs no more. */
static bool find_end(struct lines *lines)
{
    const char *end = memchr(lines->text.s + lines->seen, '\n', lines->text.len - lines->seen);

    lines->seen = end ? (size_t)(end - lines->text.s) : lines->text.len;
    return end != NULL;
}

/* Moves what arrived behind what is left of the text. */
static bool refill(struct lines *lines)
{
    struct str spare;

    str_drop(&lines->text, lines->at);
    lines->seen -= lines->at;
    lines->at = 0;
    if (lines->text.len == 0) {
        if (lines->text.cap > KEEP)
            str_clear(&lines->text);
        spare = lines->text;
        lines->text = lines->arrived;
        lines->arrived = spare;
    } else {
        str_addn(&lines->text, lines->arrived.s, lines->arrived.len);
        str_truncate(&lines->arrived, 0);
    }
    lines->ends = false;
    return !lines->text.failed && !lines->arrived.failed;
}

static enum lines_result cut(struct lines *lines, size_t len, bool end, const char **line, size_t *out)
{
    *line = lines->text.s + lines->at;
    *out = len;
    lines->at += len + end;
    if (lines->seen < lines->at)
        lines->seen = lines->at;
    return end ? LINES_WHOLE : LINES_PIECE;
}

enum lines_result lines_next(struct lines *lines, const char **line, size_t *len)
{
    bool end;

    for (;;) {
        end = find_end(lines);
        if (lines->seen - lines->at > lines->max)
            return lines->split ? cut(lines, lines->max, false, line, len) : LINES_TOO_LONG;
        if (end)
            return cut(lines, lines->seen - lines->at, true, line, len);
        if (lines->arrived.failed || lines->text.failed)
            return LINES_NO_MEMORY;
        if (lines->arrived.len == 0)
            return LINES_NONE;
        if (!refill(lines))
            return LINES_NO_MEMORY;
    }
}

enum lines_result lines_rest(struct lines *lines, const char **line, size_t *len)
{
    if (lines->at == lines->text.len)
        return LINES_NONE;
    return cut(lines, lines->text.len - lines->at, false, line, len);
}

size_t lines_unread(const struct lines *lines)
{
    return lines->text.len - lines->at + lines->arrived.len;
}

bool lines_have_one(struct lines *lines)
{
    return lines->ends || find_end(lines) || lines_unread(lines) > lines->max;
}
