/* SPDX-License-Identifier: Apache-2.0 */
/* PEM blocks, as far as they have to be told apart before they are handed to TLS. */
#ifndef KUBE_PEM_H
#define KUBE_PEM_H

#include "sparkk8s.h"

/* The certificates among whatever else is in `text`, as PEM again; "" if there is none, NULL if out of memory. What is
 * broken is left out, as Go does, and would end OpenSSL's reading. */
char *pem_certificates(const char *text);
/* SPARKK8S_ECONF, and says why, if TLS could not use this certificate and key: none there, a key that needs a password, or
 * that is not the certificate's. `whose` and `where` are for messages. */
int pem_check_pair(const char *cert, const char *key, const char *whose, const char *where, sparkk8s_error **err);

#endif
