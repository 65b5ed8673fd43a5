/* SPDX-License-Identifier: Apache-2.0 */
/* Times: Unix milliseconds and nanoseconds, and the text forms that Kubernetes and Java use. */
#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t moment_now_ms(void);            /* the wall clock */
int64_t moment_mono_ms(void);           /* for time-outs */
/* RFC 3339 with up to nine decimals and Z or an offset. Sets *ns to Unix nanoseconds; false if it is not one. `len` is
 * the whole text's. */
bool moment_parse(const char *text, size_t len, int64_t *ns);
#define MOMENT_SIZE 40
void moment_rfc3339(int64_t ms, char out[MOMENT_SIZE]);         /* "2026-11-21T05:38:48Z"; with .mmm if not whole */
void moment_java_date(int64_t ms, char out[MOMENT_SIZE]);       /* java.util.Date.toString in UTC */

#endif
