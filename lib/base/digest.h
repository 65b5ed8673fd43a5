/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, base64 and random bytes. The only user of mbedTLS (2.28 and 3.x). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "sparkk8s.h"
#include "str.h"

#include <stddef.h>

#define SHA256_HEX_SIZE 65                                  /* 64 lower-case digits and a NUL */

void sha256_bytes(const void *bytes, size_t len, unsigned char out[32]);
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_SIZE]);
void hex_encode(const unsigned char *bytes, size_t len, char *out);     /* 2 * len digits and a NUL */
void base64_add(struct str *out, const void *bytes, size_t len);        /* standard alphabet, padded, one line */
/* White space is passed over. The result is NUL-terminated besides its length; NULL if `text` is not base64 or out of
 * memory (then *len is (size_t)-1). */
char *base64_decode(const char *text, size_t text_len, size_t *len);
int random_bytes(void *out, size_t len, sparkk8s_error **err);

#endif
