/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256, base64 and random bytes. mbedTLS does the hashing only: its base64 refuses line breaks that kubeconfig files
 * have, and its random numbers need a state to carry about where the kernel's need none.
 */
#include "digest.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <sys/random.h>
#include <unistd.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void sha256_bytes(const void *bytes, size_t len, unsigned char out[32])
{
    int rc;

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    rc = mbedtls_sha256(bytes, len, out, 0);
#else
    rc = mbedtls_sha256_ret(bytes, len, out, 0);
#endif
    if (rc)                                             /* only with broken hash hardware; never leave out unset */
        memset(out, 0, 32);
}

void hex_encode(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_SIZE])
{
    unsigned char hash[32];

    sha256_bytes(bytes, len, hash);
    hex_encode(hash, sizeof(hash), out);
}

void base64_add(struct str *out, const void *bytes, size_t len)
{
    const unsigned char *in = bytes;

    for (; len; in += 3) {
        size_t n = len < 3 ? len : 3;
        unsigned group = (unsigned)in[0] << 16 | (n > 1 ? (unsigned)in[1] << 8 : 0) | (n > 2 ? in[2] : 0u);
        char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63],
                        n > 1 ? alphabet[group >> 6 & 63] : '=', n > 2 ? alphabet[group & 63] : '='};

        str_addn(out, text, sizeof(text));
        len -= n;
    }
}

static int base64_value(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns false if the text is not base64. `out` has room for 3 bytes of each 4. */
static bool decode(const char *text, size_t text_len, unsigned char *out, size_t *len)
{
    unsigned group = 0, digits = 0, pads = 0;
    size_t i, n = 0;

    for (i = 0; i < text_len; i++) {
        int value = text[i] == '=' ? 0 : base64_value(text[i]);

        if (is_blank(text[i]))
            continue;
        if (text[i] == '=')
            pads++;
        if (value < 0 || pads > 2 || (pads && text[i] != '='))
            return false;
        group = group << 6 | (unsigned)value;
        if (++digits % 4)
            continue;
        out[n++] = (unsigned char)(group >> 16);
        if (pads < 2)
            out[n++] = (unsigned char)(group >> 8);
        if (pads < 1)
            out[n++] = (unsigned char)group;
    }
    *len = n;
    return digits % 4 == 0;
}

char *base64_decode(const char *text, size_t text_len, size_t *len)
{
    AUTO(chars) out = malloc(text_len / 4 * 3 + 4);

    *len = (size_t)-1;
    if (!out)
        return NULL;
    if (!decode(text, text_len, (unsigned char *)out, len)) {
        *len = 0;
        return NULL;
    }
    out[*len] = '\0';
    return TAKE(out);
}

/* For kernels and sandboxes without getrandom. */
static int random_from_device(unsigned char *out, size_t len, sparkk8s_error **err)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC), errnum = 0;
    ssize_t n;

    if (fd < 0)
        return fail_errno(err, SPARKK8S_EIO, "/dev/urandom", "no random bytes", errno);
    while (len && !errnum) {
        n = read(fd, out, len);
        if (n > 0) {
            out += n;
            len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            errnum = n ? errno : EIO;
        }
    }
    close(fd);
    return errnum ? fail_errno(err, SPARKK8S_EIO, "/dev/urandom", "no random bytes", errnum) : 0;
}

int random_bytes(void *out, size_t len, sparkk8s_error **err)
{
    unsigned char *at = out;
    ssize_t n;

    while (len) {
        n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return random_from_device(at, len, err);
        at += n;
        len -= (size_t)n;
    }
    return 0;
}
