/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of foreign text (logs, messages) in a form that can be shown: short, one line, valid UTF-8, no passwords. */
#ifndef BASE_EXCERPT_H
#define BASE_EXCERPT_H

#include <stddef.h>

/* New; at most `max` bytes, "..." included. Runs of blanks and control characters become one blank, those at the
 * ends are left out; what is no UTF-8 becomes '?'. NULL if out of memory. */
char *excerpt(const char *text, size_t len, size_t max);
/* In place: what follows a key such as password, token or secret ("password=x", "token: x"), and the password of a
 * URL's user, become asterisks. For text that anybody may have written; what is no key and value is not
 * recognized. */
void mask_secrets(char *text);

#endif
