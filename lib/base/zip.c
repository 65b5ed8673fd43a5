/* SPDX-License-Identifier: Apache-2.0 */
/* Local headers, stored and deflated entries, data descriptors. Deliberately not here: Zip64 entries and encryption. */
#include "zip.h"

#include "error.h"
#include "str.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK ((size_t)16 << 10)
#define HEADER 30                               /* of an entry: fixed part */
#define HEADER_MAGIC 0x04034b50
#define DESCRIPTOR_MAGIC 0x08074b50

static const char too_large[] = "an entry at its start is larger than is allowed here";

enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8 };
enum { STORED = 0, DEFLATED = 8 };

struct entry {
    unsigned flags, method;
    uint32_t crc, size;
    size_t name_len, extra_len;
};

struct zip {
    int fd;
    char *path;
    struct entry entry;                         /* the one whose name was read last */
    bool unread;                                /* its content is still to come */
    size_t at, end;                             /* what is not used yet of the chunk */
    unsigned char chunk[CHUNK];
};

static unsigned le16(const unsigned char *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static int bad(const struct zip *zip, const char *why, sparkk8s_error **err)
{
    return fail(err, SPARKK8S_EPARSE, zip->path, "not a usable zip file: %s", why);
}

/* ---- bytes --------------------------------------------------------------------------------------------------- */

/* False at the end, and after a failure. */
static int fill(struct zip *zip, bool *any, sparkk8s_error **err)
{
    ssize_t n;

    if (zip->at == zip->end) {
        do {
            n = read(zip->fd, zip->chunk, CHUNK);
        } while (n < 0 && errno == EINTR);
        if (n < 0)
            return fail_errno(err, SPARKK8S_EIO, zip->path, "cannot read the file", errno);
        zip->at = 0;
        zip->end = (size_t)n;
    }
    *any = zip->at < zip->end;
    return 0;
}

/* `len` bytes, or less at the end of the file. */
static int take(struct zip *zip, size_t len, struct str *out, sparkk8s_error **err)
{
    bool any;
    int rc;

    while (len) {
        size_t n;

        rc = fill(zip, &any, err);
        if (rc < 0 || !any)
            return rc;
        n = zip->end - zip->at < len ? zip->end - zip->at : len;
        str_addn(out, zip->chunk + zip->at, n);
        zip->at += n;
        len -= n;
    }
    return out->failed ? fail_oom(err) : 0;
}

static int take_all(struct zip *zip, size_t len, struct str *out, sparkk8s_error **err)
{
    int rc = take(zip, len, out, err);

    return rc < 0 || out->len == len ? rc : bad(zip, "it ends in the middle", err);
}

/* ---- content ------------------------------------------------------------------------------------------------- */

static int inflate_some(struct zip *zip, z_stream *stream, struct str *out, bool *ended, sparkk8s_error **err)
{
    unsigned char buffer[CHUNK];
    bool any;
    int rc = fill(zip, &any, err);

    if (rc < 0)
        return rc;
    if (!any)
        return bad(zip, "it ends in the middle", err);
    stream->next_in = zip->chunk + zip->at;
    stream->avail_in = (unsigned)(zip->end - zip->at);
    stream->next_out = buffer;
    stream->avail_out = sizeof(buffer);
    rc = inflate(stream, Z_NO_FLUSH);
    if (rc == Z_MEM_ERROR)
        return fail_oom(err);
    if (rc != Z_OK && rc != Z_STREAM_END)
        return bad(zip, "its compressed data is damaged", err);
    zip->at = zip->end - stream->avail_in;
    *ended = rc == Z_STREAM_END;
    if (sizeof(buffer) - stream->avail_out > out->limit - out->len)
        return bad(zip, too_large, err);
    str_addn(out, buffer, sizeof(buffer) - stream->avail_out);
    return out->failed ? fail_oom(err) : 0;
}

static int inflate_all(struct zip *zip, struct str *out, sparkk8s_error **err)
{
    z_stream stream = {0};
    bool ended = false;
    int rc = 0;

    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return fail_oom(err);
    while (rc == 0 && !ended)
        rc = inflate_some(zip, &stream, out, &ended, err);
    inflateEnd(&stream);
    return rc;
}

/* What follows a compressed entry whose header was written before its size was known. */
static int take_descriptor(struct zip *zip, struct entry *entry, sparkk8s_error **err)
{
    AUTO_STR bytes = STR_INIT(16);
    const unsigned char *p;
    int rc = take_all(zip, 12, &bytes, err);

    if (rc < 0)
        return rc;
    p = (const unsigned char *)bytes.s;
    if (le32(p) == DESCRIPTOR_MAGIC) {
        rc = take(zip, 4, &bytes, err);
        if (rc < 0)
            return rc;
        if (bytes.len < 16)
            return bad(zip, "it ends in the middle", err);
        p = (const unsigned char *)bytes.s + 4;
    }
    entry->crc = le32(p);
    entry->size = le32(p + 8);
    return 0;
}

static int take_content(struct zip *zip, struct str *content, sparkk8s_error **err)
{
    struct entry *entry = &zip->entry;
    int rc;

    if (entry->flags & FLAG_ENCRYPTED)
        return bad(zip, "an entry is encrypted", err);
    if (entry->method != DEFLATED && (entry->method != STORED || entry->flags & FLAG_DESCRIPTOR))
        return bad(zip, "an entry is neither stored nor deflated", err);
    if (entry->method == STORED && entry->size > content->limit)
        return bad(zip, too_large, err);
    rc = entry->method == STORED ? take_all(zip, entry->size, content, err) : inflate_all(zip, content, err);
    if (rc == 0 && entry->flags & FLAG_DESCRIPTOR)
        rc = take_descriptor(zip, entry, err);
    if (rc < 0)
        return rc;
    if (entry->size != content->len || entry->crc != crc32(0, (const unsigned char *)content->s, (unsigned)content->len))
        return bad(zip, "an entry is damaged: its length or checksum is wrong", err);
    zip->unread = false;
    return 0;
}

int zip_read(struct zip *zip, size_t limit, char **content, size_t *len, sparkk8s_error **err)
{
    AUTO_STR bytes = STR_INIT(limit);
    int rc = take_content(zip, &bytes, err);

    if (rc < 0)
        return rc;
    *len = bytes.len;
    *content = str_take(&bytes);
    return *content ? 0 : fail_oom(err);
}

/* ---- entries ------------------------------------------------------------------------------------------------- */

/* *found is false where no header is: at the directory, at the end, in what is no zip file. */
static int take_header(struct zip *zip, bool *found, sparkk8s_error **err)
{
    AUTO_STR bytes = STR_INIT(HEADER);
    const unsigned char *p;
    int rc = take(zip, HEADER, &bytes, err);

    if (rc < 0)
        return rc;
    p = (const unsigned char *)bytes.s;
    *found = bytes.len == HEADER && le32(p) == HEADER_MAGIC;
    if (*found)
        zip->entry = (struct entry){.flags = le16(p + 6), .method = le16(p + 8), .crc = le32(p + 14), .size = le32(p + 22),
                                    .name_len = le16(p + 26), .extra_len = le16(p + 28)};
    return 0;
}

int zip_next(struct zip *zip, size_t limit, char **name, sparkk8s_error **err)
{
    AUTO_STR passed = STR_INIT(limit);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR extra = STR_INIT(STR_TEXT_LIMIT);
    bool found = false;
    int rc = 0;

    if (zip->unread)
        rc = take_content(zip, &passed, err);
    if (rc == 0)
        rc = take_header(zip, &found, err);
    if (rc == 0 && found)
        rc = take_all(zip, zip->entry.name_len, &text, err);
    if (rc == 0 && found)
        rc = take_all(zip, zip->entry.extra_len, &extra, err);
    if (rc < 0)
        return rc;
    zip->unread = found;
    *name = found ? str_take(&text) : NULL;
    return found && !*name ? fail_oom(err) : 0;
}

int zip_open(const char *path, struct zip **out, sparkk8s_error **err)
{
    AUTO(zip) zip = calloc(1, sizeof(*zip));
    struct stat st;

    if (!zip)
        return fail_oom(err);
    zip->fd = -1;
    zip->path = text_dup(path);
    if (!zip->path)
        return fail_oom(err);
    zip->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (zip->fd < 0 || fstat(zip->fd, &st) < 0)
        return fail_errno(err, SPARKK8S_EIO, path, "cannot open the file", errno);
    if (!S_ISREG(st.st_mode))
        return fail(err, SPARKK8S_EIO, path, "it is no regular file");
    *out = TAKE(zip);
    return 0;
}

void zip_close(struct zip *zip)
{
    if (!zip)
        return;
    if (zip->fd >= 0)
        close(zip->fd);
    free(zip->path);
    free(zip);
}
