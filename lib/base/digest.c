/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, base64, random bytes. See digest.h. */
#include "digest.h"

#include <errno.h>
#include <mbedtls/base64.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <sys/random.h>

#include "error.h"

void sha256_bytes(const void *bytes, size_t len, unsigned char out[32])
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    (void)mbedtls_sha256(bytes, len, out, 0);       /* fails for a hardware accelerator's fault only */
#else
    (void)mbedtls_sha256_ret(bytes, len, out, 0);
#endif
}

void hex_encode(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (; len; len--, bytes++) {
        *out++ = digits[*bytes >> 4];
        *out++ = digits[*bytes & 15];
    }
    *out = '\0';
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_SIZE])
{
    unsigned char sum[32];

    sha256_bytes(bytes, len, sum);
    hex_encode(sum, sizeof sum, out);
}

void base64_add(struct str *out, const void *bytes, size_t len)
{
    AUTO(chars) text = NULL;
    size_t need = 0;

    (void)mbedtls_base64_encode(NULL, 0, &need, bytes, len);       /* tells the size, its NUL included */
    text = malloc(need + 1);
    if (!text) {
        str_clear(out);
        out->failed = true;
        return;
    }
    if (mbedtls_base64_encode((unsigned char *)text, need + 1, &need, bytes, len) == 0)
        str_addn(out, text, need);
}

char *base64_decode(const char *text, size_t text_len, size_t *len)
{
    char *out = malloc(text_len + 1);

    if (!out) {
        *len = (size_t)-1;
        return NULL;
    }
    if (mbedtls_base64_decode((unsigned char *)out, text_len, len, (const unsigned char *)text, text_len) != 0) {
        free(out);
        *len = 0;
        return NULL;
    }
    out[*len] = '\0';
    return out;
}

int random_bytes(void *out, size_t len, sparkk8s_error **err)
{
    unsigned char *p = out;
    ssize_t n;

    while (len) {
        n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, SPARKK8S_EIO, "getrandom", "no random bytes", errno);
        p += n;
        len -= (size_t)n;
    }
    return 0;
}
