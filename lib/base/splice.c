/* SPDX-License-Identifier: Apache-2.0 */
/* Adding a member to JSON text. See splice.h. */
#include "splice.h"

#include "scan.h"

/* Behind the end of the container that begins here. */
static void skip_members(struct scan *scan, char open)
{
    struct slice name;

    while (open == '{' ? scan_key(scan, &name) : scan_item(scan))
        scan_skip(scan);
}

static char closing(char open)
{
    return open == '{' ? '}' : ']';
}

/* `"a":{"b":[member]}` for what is missing of the path. */
static void add_missing(struct str *out, const char *const *path, char open, const char *member)
{
    if (!*path) {
        str_add(out, member);
        return;
    }
    str_addf(out, "\"%s\":%c", *path, path[1] ? '{' : open);
    add_missing(out, path + 1, open, member);
    str_addc(out, path[1] ? '}' : closing(open));
}

/* Whether there is something between the brackets that end at `end`. */
static bool has_members(const char *end, char open)
{
    do
        end--;
    while (*end == ' ' || *end == '\t' || *end == '\n' || *end == '\r');
    return *end != open;
}

void splice_last(struct str *text, const char *const *path, char open, const char *member)
{
    struct scan scan = scan_begin(text->s, text->len);
    AUTO_STR out = STR_INIT(text->limit);
    char wanted = '{';
    const char *end;

    while (*path && scan_find(&scan, *path))
        path++;
    if (!*path) {
        wanted = open;
        skip_members(&scan, open);
    }
    end = scan.at - 1;
    if (scan.failed || end <= text->s || *end != closing(wanted)) {
        str_fail(text);
        return;
    }
    str_addn(&out, text->s, (size_t)(end - text->s));
    if (has_members(end, wanted))
        str_addc(&out, ',');
    add_missing(&out, path, open, member);
    str_addn(&out, end, text->len - (size_t)(end - text->s));
    if (out.failed) {
        str_fail(text);
        return;
    }
    str_clear(text);
    *text = out;
    out = (struct str)STR_INIT(0);
}
