/* SPDX-License-Identifier: Apache-2.0 */
/* Zip files for tests, with whatever fault is wanted: entries without the directory at the end, which nobody here reads. */
#ifndef TESTS_ZIPMAKER_H
#define TESTS_ZIPMAKER_H

#include "str.h"

#include <stdint.h>
#include <zlib.h>

struct zip_made {
    const char *name;
    const char *content;
    int method;                     /* 0: stored, 8: deflated, others as they are */
    int flags;                      /* 8: sizes and checksum follow the content */
    bool bare;                      /* what follows has no signature */
    int crc_off;                    /* added to the checksum */
};

static inline void zip_le(struct str *out, uint32_t value, int bytes)
{
    for (; bytes; bytes--, value >>= 8)
        str_addc(out, (char)(value & 255));
}

static inline size_t zip_pack(const char *content, int method, unsigned char *packed, size_t room)
{
    z_stream stream = {0};

    if (method != 8) {
        memcpy(packed, content, strlen(content));
        return strlen(content);
    }
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = (unsigned char *)(uintptr_t)content;
    stream.avail_in = (unsigned)strlen(content);
    stream.next_out = packed;
    stream.avail_out = (unsigned)room;
    deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return stream.total_out;
}

static inline void zip_entry(struct str *out, const struct zip_made *entry)
{
    static unsigned char packed[1 << 20];
    size_t len = zip_pack(entry->content, entry->method, packed, sizeof(packed));
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)entry->content, (unsigned)strlen(entry->content));
    bool later = entry->flags & 8;

    crc += (uint32_t)entry->crc_off;
    zip_le(out, 0x04034b50, 4);
    zip_le(out, 20, 2);
    zip_le(out, (uint32_t)entry->flags, 2);
    zip_le(out, (uint32_t)entry->method, 2);
    zip_le(out, 0, 4);
    zip_le(out, later ? 0 : crc, 4);
    zip_le(out, later ? 0 : (uint32_t)len, 4);
    zip_le(out, later ? 0 : (uint32_t)strlen(entry->content), 4);
    zip_le(out, (uint32_t)strlen(entry->name), 2);
    zip_le(out, 3, 2);              /* a field that nobody knows */
    str_add(out, entry->name);
    str_add(out, "xyz");
    str_addn(out, packed, len);
    if (later) {
        if (!entry->bare)
            zip_le(out, 0x08074b50, 4);
        zip_le(out, crc, 4);
        zip_le(out, (uint32_t)len, 4);
        zip_le(out, (uint32_t)strlen(entry->content), 4);
    }
}

#endif
