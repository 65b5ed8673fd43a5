/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ConfigMaps and Secrets made of files. Spark's steps each read, encode and wrap files on their own; what
 * they have in common is here. Larger files than an object can hold are refused, where Spark leaves that to
 * the API server.
 */
#include "parcel.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "str.h"
#include "text.h"

#define FILE_LIMIT 1048576                      /* of a ConfigMap or Secret, by the API server */

int parcel_name(const struct build *b, const char *suffix, char **name, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&text, "%s%s", b->prefix, suffix);
    *name = str_take(&text);
    return *name ? 0 : fail_oom(err);
}

/* ---- contents ------------------------------------------------------------------------------------------ */

/* How many of the bytes that begin no character Java replaces by one U+FFFD: those that could have begun
 * one. */
static size_t malformed(const unsigned char *text, size_t len)
{
    size_t most = *text >= 0xF0 && *text <= 0xF4 ? 4 : *text >= 0xE0 && *text <= 0xEF ? 3 : 1, n = 1;
    unsigned char least = *text == 0xE0 ? 0xA0 : *text == 0xF0 ? 0x90 : 0x80;
    unsigned char highest = *text == 0xF4 ? 0x8F : 0xBF;

    for (; n < len && n < most && text[n] >= least && text[n] <= highest; n++) {
        least = 0x80;
        highest = 0xBF;
    }
    return n;
}

/* As a Java reader gives it. A NUL is a character there. */
static void add_decoded(struct str *out, const char *text, size_t len)
{
    size_t i, n;
    uint32_t c;

    for (i = 0; i < len; i += n) {
        n = text[i] ? text_char(text + i, len - i, &c) : 1;
        if (n) {
            str_addn(out, text + i, n);
        } else {
            n = malformed((const unsigned char *)text + i, len - i);
            str_add(out, "\xEF\xBF\xBD");
        }
    }
}

static int refuse_binary(const char *path, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EIO, path, "not UTF-8 text, and a ConfigMap holds nothing else");
    error_hint(err, "write it as UTF-8; what is no text belongs into the image, a volume or a Secret");
    return SPARKK8S_EIO;
}

int parcel_add_string(const struct build *b, json_t *data, const char *key, const char *text, size_t len,
                      const char *where, sparkk8s_error **err)
{
    AUTO_STR decoded = STR_INIT(STR_TEXT_LIMIT);

    add_decoded(&decoded, text, len);
    if (decoded.failed)
        return fail_oom(err);
    if (b->line >= SPARK_4_1 && (decoded.len != len || memcmp(decoded.s, text, len) != 0))
        return refuse_binary(where, err);
    return json_put(data, key, json_stringn(decoded.s, decoded.len)) < 0 ? fail_oom(err) : 0;
}

int parcel_add_text(const struct build *b, json_t *data, const char *key, const char *path,
                    sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    rc = file_read(path, FILE_LIMIT, &text, &len, err);
    return rc < 0 ? rc : parcel_add_string(b, data, key, text, len, path, err);
}

int parcel_add_bytes(json_t *data, const char *key, const void *bytes, size_t len, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    base64_add(&text, bytes, len);
    return text.failed || json_put_text(data, key, text.s) < 0 ? fail_oom(err) : 0;
}

int parcel_add_file(json_t *data, const char *key, const char *path, sparkk8s_error **err)
{
    AUTO(chars) bytes = NULL;
    size_t len;
    int rc;

    rc = file_read(path, FILE_LIMIT, &bytes, &len, err);
    return rc < 0 ? rc : parcel_add_bytes(data, key, bytes, len, err);
}

/* ---- objects ------------------------------------------------------------------------------------------- */

int parcel_send(struct build *b, const char *kind, const char *name, json_t *data, sparkk8s_error **err)
{
    AUTO(json) object = json_pack("{s:s, s:s, s:{s:s}, s:b}",
                                  "apiVersion", "v1",
                                  "kind", kind,
                                  "metadata", "name", name,
                                  "immutable", 1);

    if (!object || (json_object_size(data) && json_object_set(object, "data", data) < 0))
        return fail_oom(err);
    return build_add(b, TAKE(object), err);
}

int parcel_map_volume(struct build *b, const char *volume, const char *map, const json_t *data,
                      sparkk8s_error **err)
{
    AUTO(json) made = json_pack("{s:s, s:{s:s}}", "name", volume, "configMap", "name", map);
    json_t *source = json_object_get(made, "configMap"), *value;
    const char *key;
    int rc = 0;

    if (!made)
        return fail_oom(err);
    json_object_foreach((json_t *)data, key, value)
        if (rc == 0)
            rc = build_push(source, "items", json_pack("{s:s, s:s}", "key", key, "path", key), err);
    return rc < 0 ? rc : build_volume(b, TAKE(made), err);
}

int parcel_secret_volume(struct build *b, const char *volume, const char *secret, sparkk8s_error **err)
{
    return build_volume(b, json_pack("{s:s, s:{s:s}}",
                                     "name", volume,
                                     "secret", "secretName", secret), err);
}
