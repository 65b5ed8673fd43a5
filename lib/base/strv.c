/* SPDX-License-Identifier: Apache-2.0 */
/* A growing array of strings. See strv.h. */
#include "strv.h"

#include "str.h"
#include "text.h"

static void strv_fail(struct strv *strv)
{
    strv_clear(strv);
    strv->failed = true;
}

/* Takes `text`; NULL is taken for a failed allocation. */
static void strv_steal(struct strv *strv, char *text)
{
    char **grown;
    size_t cap;

    if (!text || strv->failed) {
        free(text);
        strv_fail(strv);
        return;
    }
    if (strv->count + 2 > strv->cap) {
        cap = strv->cap ? strv->cap * 2 : 8;
        grown = realloc(strv->v, cap * sizeof *grown);
        if (!grown) {
            free(text);
            strv_fail(strv);
            return;
        }
        strv->v = grown;
        strv->cap = cap;
    }
    strv->v[strv->count++] = text;
    strv->v[strv->count] = NULL;
}

void strv_add(struct strv *strv, const char *text)
{
    strv_steal(strv, text_dup(text));
}

void strv_addn(struct strv *strv, const char *text, size_t len)
{
    strv_steal(strv, text_dupn(text, len));
}

void strv_addf(struct strv *strv, const char *format, ...)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    strv_steal(strv, str_take(&text));
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
        qsort(strv->v, strv->count, sizeof *strv->v, compare);
}

char *strv_join(const struct strv *strv, const char *separator)
{
    AUTO_STR joined = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

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
    *strv = (struct strv){ 0 };
}
