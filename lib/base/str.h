/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string that remembers failure.
 *
 * Invariants: `s` is never NULL and always NUL-terminated; after a failed append the string is empty, `failed`
 * stays set, and every further append does nothing. So append as often as you like and check once, at the end:
 *
 *     AUTO_STR path = STR_INIT(PATH_LIMIT);
 *     str_add(&path, "/api/v1/namespaces/");
 *     str_add_escaped(&path, ns);
 *     if (path.failed)
 *         return fail_oom(err);
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    char *s;
    size_t len, cap, limit;     /* len never exceeds limit: nothing from the network is unbounded */
    bool failed;
};

extern char str_empty[1];
#define STR_INIT(max) { .s = str_empty, .limit = (max) }
#define STR_TEXT_LIMIT ((size_t)64 << 20)   /* for text of our own making, whose size follows the input's */
#define AUTO_STR __attribute__((cleanup(str_clear))) struct str

void str_add(struct str *str, const char *text);
void str_addn(struct str *str, const void *bytes, size_t n);
void str_addc(struct str *str, char c);
void str_addf(struct str *str, const char *format, ...) PRINTF(2, 3);
void str_addv(struct str *str, const char *format, va_list args);
void str_add_escaped(struct str *str, const char *text);    /* %-escapes all but unreserved characters (RFC 3986) */
/* The segments of an absolute path, "/segment" each, with "." and ".." resolved: nothing for "/". */
void str_add_clean_path(struct str *str, const char *path);
void str_fail(struct str *str);                              /* as if an append had failed */
void str_truncate(struct str *str, size_t len);             /* keeps the memory */
void str_drop(struct str *str, size_t n);                   /* removes the first n bytes */
void str_clear(struct str *str);        /* back to STR_INIT, memory freed, failure forgotten */
char *str_take(struct str *str);        /* the caller's to free; NULL if it failed; leaves str empty */

#endif
