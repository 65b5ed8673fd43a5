/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing array of strings, each owned, with a NULL at the end once anything was added. Remembers failure like
 * struct str: after a failed append it is empty and `failed` stays set.
 */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **v;                   /* NULL while empty */
    size_t count, cap;
    bool failed;
};

#define AUTO_STRV __attribute__((cleanup(strv_clear))) struct strv

void strv_add(struct strv *strv, const char *text);
void strv_addn(struct strv *strv, const char *text, size_t len);
void strv_addf(struct strv *strv, const char *format, ...) PRINTF(2, 3);
void strv_split(struct strv *strv, const char *text, char separator);  /* adds each part, empty ones too */
bool strv_has(const struct strv *strv, const char *text);
void strv_sort(struct strv *strv);              /* by bytes */
char *strv_join(const struct strv *strv, const char *separator);    /* new; NULL if out of memory */
void strv_clear(struct strv *strv);

#endif
