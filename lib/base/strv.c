/* SPDX-License-Identifier: Apache-2.0 */
/* A growing array of owned strings that remembers failure; see the header for its invariants. */
#include "strv.h"

#include "str.h"
#include "text.h"

#include <stdarg.h>
#include <stdint.h>

#define FIRST_CAP 8

static void fail_sticky(struct strv *strv)
{
    strv_clear(strv);
    strv->failed = true;
}

/* Steals `text`; NULL is a failed allocation. */
static void add_taken(struct strv *strv, char *text)
{
    if (!text) {
        fail_sticky(strv);
        return;
    }
    if (strv->count + 1 >= strv->cap) {
        size_t cap = strv->cap ? strv->cap * 2 : FIRST_CAP;
        char **v = cap > SIZE_MAX / sizeof(*v) ? NULL : realloc(strv->v, cap * sizeof(*v));

        if (!v) {
            free(text);
            fail_sticky(strv);
            return;
        }
        strv->v = v;
        strv->cap = cap;
    }
    strv->v[strv->count++] = text;
    strv->v[strv->count] = NULL;
}

void strv_addn(struct strv *strv, const char *text, size_t len)
{
    if (!strv->failed)
        add_taken(strv, text_dupn(text, len));
}

void strv_add(struct strv *strv, const char *text)
{
    strv_addn(strv, text, strlen(text));
}

void strv_addf(struct strv *strv, const char *format, ...)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    if (strv->failed)
        return;
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    add_taken(strv, str_take(&text));
}

void strv_split(struct strv *strv, const char *text, char separator)
{
    const char *end;

    while ((end = strchr(text, separator))) {
        strv_addn(strv, text, (size_t)(end - text));
        text = end + 1;
    }
    strv_add(strv, text);
}

bool strv_has(const struct strv *strv, const char *text)
{
    size_t i;

    for (i = 0; i < strv->count; i++)
        if (!strcmp(strv->v[i], text))
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *strv)
{
    if (strv->count)
        qsort(strv->v, strv->count, sizeof(*strv->v), compare);
}

char *strv_join(const struct strv *strv, const char *separator)
{
    AUTO_STR joined = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    if (strv->failed)
        return NULL;
    for (i = 0; i < strv->count; i++) {
        if (i)
            str_add(&joined, separator);
        str_add(&joined, strv->v[i]);
    }
    return str_take(&joined);
}

void strv_clear(struct strv *strv)
{
    size_t i;

    for (i = 0; i < strv->count; i++)
        free(strv->v[i]);
    free(strv->v);
    *strv = (struct strv){0};
}
