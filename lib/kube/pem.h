/* SPDX-License-Identifier: Apache-2.0 */
/* PEM blocks, as far as they have to be told apart before they are handed to TLS. */
#ifndef KUBE_PEM_H
#define KUBE_PEM_H

#include <stdbool.h>

/* The certificates among whatever else is in `text`, as PEM again; "" if there is none, NULL if out of memory. What is
 * broken is left out, as Go does, and would end OpenSSL's reading. */
char *pem_certificates(const char *text);

#endif
