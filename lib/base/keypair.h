/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a private key belongs to a public one. */
#ifndef BASE_KEYPAIR_H
#define BASE_KEYPAIR_H

#include <stddef.h>

enum keypair { KEYPAIR_FITS, KEYPAIR_DIFFERS, KEYPAIR_UNKNOWN /* a kind of key that mbedTLS does not read */ };

/* `public_der` is a SubjectPublicKeyInfo, `private_pem` NUL-terminated. */
enum keypair keypair_check(const void *public_der, size_t len, const char *private_pem);

#endif
