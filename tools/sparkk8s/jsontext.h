/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the JSON text that the library returns, in place. It is well-formed: nothing is checked.
 *
 *     for (item = json_first(text); item; item = json_after(item))
 *         key = json_text(json_member(item, "key"));
 */
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include <stdbool.h>

const char *json_blanks_end(const char *at);
const char *json_scalar_end(const char *at);                    /* past the string or plain word that starts here */
const char *json_first(const char *array);                      /* its first item; NULL if it is empty */
const char *json_after(const char *item);                       /* the next one; NULL: it was the last */
const char *json_member(const char *object, const char *key);   /* the value; NULL if there is none, or null */
/* A string's text, or the text of any other value as it stands; new, NULL for NULL and if out of memory. */
char *json_text(const char *value);
bool json_is_true(const char *value);

#endif
