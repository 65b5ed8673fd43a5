/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a driver's log: the exception that counts, and the lines by which Spark and the JVM say what went wrong. */
#include <string.h>

#include "logtail.h"
#include "must.h"
#include "target.h"
#include "text.h"

/* What is shown of a log. */
static void check_text(const char *text)
{
    const char *at;

    if (!text)
        return;
    must(strlen(text) < 4096, "%zu bytes", strlen(text));
    for (at = text; *at; at++)
        must((unsigned char)*at >= ' ', "a control character in '%s'", text);
    must(text_is_utf8(text, strlen(text)), "not UTF-8: %s", text);
}

/* What anybody may have written, and not a type or a frame. */
static void check_message(const char *text)
{
    check_text(text);
    must(!text || !strstr(text, "password=canary"), "%s", text);
}

static void check_trace(const struct trace *trace)
{
    int i;

    must(trace->count >= 0 && trace->count <= TRACE_CHAIN, "%d errors", trace->count);
    for (i = 0; i < trace->count; i++) {
        must(trace->chain[i].type && *trace->chain[i].type, "an error without a type");
        check_text(trace->chain[i].type);
        check_message(trace->chain[i].message);
        check_text(trace->chain[i].frame);
    }
    for (; i < TRACE_CHAIN; i++)
        must(!trace->chain[i].type && !trace->chain[i].message && !trace->chain[i].frame, "an error behind the last");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size, *stop;
    struct logtail tail;
    size_t i;

    logtail_init(&tail);
    for (; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        logtail_line(&tail, at, (size_t)(stop - at));
    }
    must(logtail_end(&tail, NULL) == 0, "out of memory");
    check_trace(&tail.trace.best);
    for (i = 0; logtail_kind(i); i++) {
        must(!tail.marks[i].text == !tail.marks[i].count, "%s %d times", logtail_kind(i), tail.marks[i].count);
        check_message(tail.marks[i].text);
    }
    logtail_clear(&tail);
    return 0;
}
