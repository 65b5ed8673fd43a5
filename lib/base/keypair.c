/* SPDX-License-Identifier: Apache-2.0 */
/* RSA and elliptic curves, by mbedTLS; whatever else there is (Ed25519) is unknown, and TLS itself has to tell. */
#include "keypair.h"

#include "digest.h"

#include <mbedtls/pk.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
static int fill(void *state UNUSED, unsigned char *out, size_t len)
{
    return random_bytes(out, len, NULL);
}

# define PARSE_KEY(key, pem) mbedtls_pk_parse_key(key, (const unsigned char *)(pem), strlen(pem) + 1, NULL, 0, fill, NULL)
# define CHECK_PAIR(public, private) mbedtls_pk_check_pair(public, private, fill, NULL)
#else
# define PARSE_KEY(key, pem) mbedtls_pk_parse_key(key, (const unsigned char *)(pem), strlen(pem) + 1, NULL, 0)
# define CHECK_PAIR(public, private) mbedtls_pk_check_pair(public, private)
#endif

enum keypair keypair_check(const void *public_der, size_t len, const char *private_pem)
{
    mbedtls_pk_context public, private;
    enum keypair found = KEYPAIR_UNKNOWN;

    mbedtls_pk_init(&public);
    mbedtls_pk_init(&private);
    if (mbedtls_pk_parse_public_key(&public, public_der, len) == 0 && PARSE_KEY(&private, private_pem) == 0)
        found = CHECK_PAIR(&public, &private) == 0 ? KEYPAIR_FITS : KEYPAIR_DIFFERS;
    mbedtls_pk_free(&public);
    mbedtls_pk_free(&private);
    return found;
}
