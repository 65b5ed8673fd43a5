/* SPDX-License-Identifier: Apache-2.0 */
#include "portions.h"

#include <string.h>

#include "must.h"

struct portions portions_of(const uint8_t *data, size_t size)
{
    struct portions it = { .bytes = (const char *)data, .len = size };
    const char *end = memchr(data, '\n', size < 64 ? size : 64);

    if (!end) {
        it.sizes[it.count++] = 1;
        return it;
    }
    while (it.bytes < end && it.count < 8) {
        size_t number = 0;

        for (; it.bytes < end && *it.bytes >= '0' && *it.bytes <= '9' && number < 4096; it.bytes++)
            number = number * 10 + (size_t)(*it.bytes - '0');
        it.sizes[it.count++] = number ? number : 1;
        it.bytes += it.bytes < end;
    }
    if (!it.count)
        it.sizes[it.count++] = 1;
    it.bytes = end + 1;
    it.len = size - (size_t)(it.bytes - (const char *)data);
    return it;
}

enum lines_result portions_feed(const struct portions *portions, struct lines *lines,
                                void (*each)(const char *line, size_t len, bool whole, void *owner), void *owner)
{
    enum lines_result got = LINES_NONE;
    const char *line;
    size_t at = 0, turn = 0, len, part;

    while (at < portions->len && got == LINES_NONE) {
        part = portions->sizes[turn++ % portions->count];
        part = part < portions->len - at ? part : portions->len - at;
        must(lines_feed(lines, portions->bytes + at, part), "out of memory");
        at += part;
        while ((got = lines_next(lines, &line, &len)) == LINES_WHOLE || got == LINES_PIECE)
            each(line, len, got == LINES_WHOLE, owner);
    }
    must(got == LINES_NONE || got == LINES_TOO_LONG, "%d", (int)got);
    if (got == LINES_NONE && lines_rest(lines, &line, &len) == LINES_PIECE)
        each(line, len, false, owner);
    return got;
}
