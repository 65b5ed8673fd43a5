/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The random parts of names. Without a seed as KubernetesUtils.uniqueID and UUID.randomUUID make them; with
 * one each is the SHA-256 of seed, purpose and number, so that neither the clock nor the host plays a part.
 */
#include "ids.h"

#include <inttypes.h>

#include "digest.h"
#include "error.h"
#include "str.h"

#define CLOCK_MASK INT64_C(0xFFFFFFFFFF)        /* 40 bits of milliseconds: 34 years */

/* 32 bytes for the next id: derived, or random. */
static int ids_draw(struct ids *ids, const char *purpose, unsigned char out[32], sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!ids->seed)
        return random_bytes(out, 32, err);
    str_add(&text, ids->seed);
    str_addc(&text, '\0');
    str_addf(&text, "%s %u", purpose, ids->drawn);
    if (text.failed)
        return fail_oom(err);
    sha256_bytes(text.s, text.len, out);
    ids->drawn++;
    return 0;
}

int ids_unique(struct ids *ids, char out[24], sparkk8s_error **err)
{
    unsigned char bytes[32];
    int rc;

    rc = ids_draw(ids, "id", bytes, err);
    if (rc < 0)
        return rc;
    if (ids->seed) {
        hex_encode(bytes, 8, out);
        return 0;
    }
    hex_encode(bytes, 3, out);
    snprintf(out + 6, 24 - 6, "%" PRIx64, (uint64_t)(ids->now_ms & CLOCK_MASK));
    return 0;
}

/* 32 digits of a random UUID (version 4, variant 1). */
static int draw_uuid(struct ids *ids, const char *purpose, char digits[33], sparkk8s_error **err)
{
    unsigned char bytes[32];
    int rc;

    rc = ids_draw(ids, purpose, bytes, err);
    if (rc < 0)
        return rc;
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    hex_encode(bytes, 16, digits);
    return 0;
}

int ids_uuid(struct ids *ids, char out[37], sparkk8s_error **err)
{
    char digits[33];
    int rc;

    rc = draw_uuid(ids, "uuid", digits, err);
    if (rc < 0)
        return rc;
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16, digits + 20);
    return 0;
}

int ids_app(struct ids *ids, char out[40], sparkk8s_error **err)
{
    char digits[33];
    int rc;

    rc = draw_uuid(ids, "app", digits, err);
    if (rc < 0)
        return rc;
    snprintf(out, 40, "spark-%s", digits);
    return 0;
}
