/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors the layout of Spark's SparkLayout.json and of PySpark's logger: {"ts", "level", "msg", "logger",
 * "exception": {"class", "msg", "stacktrace": [{"class", "method", "file", "line"}]}}.
 */
#include "logjson.h"

#include "scan.h"

/* Escapes undone; nothing if it is absent. */
static void add_text(struct str *out, const struct scan *from, const char *const *path)
{
    AUTO(chars) text = NULL;
    struct slice slice;

    if (!scan_text_at(from, path, &slice))
        return;
    text = slice_dup(&slice);
    if (text)
        str_add(out, text);
    else
        str_fail(out);
}

/* "\tat class.method(file:line)" */
static void add_frames(struct str *out, const struct scan *record)
{
    struct scan frames = *record;
    struct slice line;

    if (!scan_path(&frames, SCAN_AT("exception", "stacktrace")))
        return;
    while (scan_item(&frames)) {
        struct scan number = frames;

        str_add(out, "\n\tat ");
        add_text(out, &frames, SCAN_AT("class"));
        str_addc(out, '.');
        add_text(out, &frames, SCAN_AT("method"));
        str_addc(out, '(');
        add_text(out, &frames, SCAN_AT("file"));
        if (scan_path(&number, SCAN_AT("line")) && scan_raw(&number, &line)) {
            str_addc(out, ':');
            str_addn(out, line.s + (*line.s == '"'), line.len - 2 * (size_t)(*line.s == '"'));
        }
        str_addc(out, ')');
        scan_skip(&frames);
    }
}

bool logjson_plain(const char *line, size_t len, struct str *out)
{
    struct scan record = scan_begin(line, len);
    struct slice level, type, message;

    if (!len || *line != '{' || !scan_text_at(&record, SCAN_AT("level"), &level) ||
        !scan_text_at(&record, SCAN_AT("msg"), &message))
        return false;
    str_addc(out, '[');
    str_addn(out, level.s, level.len);
    str_add(out, "] ");
    add_text(out, &record, SCAN_AT("msg"));
    if (!scan_text_at(&record, SCAN_AT("exception", "class"), &type))
        return true;
    str_addc(out, '\n');
    str_addn(out, type.s, type.len);
    str_add(out, ": ");
    add_text(out, &record, SCAN_AT("exception", "msg"));
    add_frames(out, &record);
    return true;
}
