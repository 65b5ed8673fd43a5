/* SPDX-License-Identifier: Apache-2.0 */
/* The Warning headers of an answer (RFC 7234 5.5), by which API servers tell of deprecations, unknown fields and policies. */
#ifndef KUBE_WARNING_H
#define KUBE_WARNING_H

#include "str.h"

#include <stdbool.h>

/* The next warning of a header's value: true, *code and *text (appended) are set, and *at moves behind it. False at the end,
 * and for all that follows something malformed. */
bool warning_next(const char **at, const char *end, int *code, struct str *text);

#endif
