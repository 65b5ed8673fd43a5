/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readers of text: no locale, no errno, no surprises. Each returns false (or NULL) for what it does not accept
 * as a whole.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_is_one_of(const char *text, const char *const *words);    /* words end with NULL */
bool text_is_utf8(const char *text, size_t len);    /* NUL bytes, surrogates and overlong forms are not */
/* The bytes of the UTF-8 character at the start of `text`, which is then *c; 0 if there is none (or a NUL). */
size_t text_char(const char *text, size_t len, uint32_t *c);
char *text_dup(const char *text);                   /* strdup that passes NULL on */
char *text_dupn(const char *text, size_t len);
char *text_lower(const char *text);                 /* ASCII only; new string */
/* Java's String.trim: what is <= U+0020 at both ends. Returns the start and sets *len. */
const char *text_trim(const char *text, size_t len, size_t *trimmed);

bool text_to_int64(const char *text, int64_t *out);     /* [+-]?[0-9]+ of a Java long */
bool text_to_int32(const char *text, int32_t *out);
bool text_to_double(const char *text, double *out);     /* Java's Double.parseDouble for decimal numbers, blanks trimmed */
char *text_from_double(double value);                   /* Java's Double.toString: "0.1", "1.0E-4"; NULL if out of memory */

/* '*' any run, '?' one character, everything else itself. */
bool text_glob(const char *pattern, const char *text);
/* The nearest of `words` (NULL at the end) for a "did you mean", or NULL if none is near. */
const char *text_nearest(const char *text, const char *const *words);

#endif
