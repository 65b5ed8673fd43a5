/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string that remembers failure; see the header for its invariants. An empty one points at str_empty, which
 * is never written to, so that strings on the stack cost nothing until something is appended.
 */
#include "str.h"

#include <stdint.h>

#define FIRST_CAP 64

char str_empty[1];

void str_fail(struct str *str)
{
    str_clear(str);
    str->failed = true;
}

/* Makes room for n more bytes and the NUL. */
static bool grow(struct str *str, size_t n)
{
    size_t need, cap;
    char *s;

    if (str->failed)
        return false;
    if (n > str->limit - str->len) {
        str_fail(str);
        return false;
    }
    need = str->len + n + 1;
    if (need <= str->cap)
        return true;
    cap = str->cap > SIZE_MAX / 2 ? need : str->cap * 2;
    if (cap < need)
        cap = need;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap - 1 > str->limit)
        cap = str->limit + 1;
    s = realloc(str->cap ? str->s : NULL, cap);
    if (!s) {
        str_fail(str);
        return false;
    }
    str->s = s;
    str->cap = cap;
    return true;
}

void str_addn(struct str *str, const void *bytes, size_t n)
{
    if (!n || !grow(str, n))
        return;
    memcpy(str->s + str->len, bytes, n);
    str->len += n;
    str->s[str->len] = '\0';
}

void str_add(struct str *str, const char *text)
{
    str_addn(str, text, strlen(text));
}

void str_addc(struct str *str, char c)
{
    str_addn(str, &c, 1);
}

void str_addv(struct str *str, const char *format, va_list args)
{
    size_t room = str->cap - str->len;          /* of an empty one there is none, and nothing is written */
    va_list again;
    int n;

    if (str->failed)
        return;
    va_copy(again, args);
    n = vsnprintf(str->cap ? str->s + str->len : NULL, str->cap ? room : 0, format, again);
    va_end(again);
    if (n < 0) {
        str_fail(str);
        return;
    }
    if (!n)
        return;
    if ((size_t)n >= room) {
        if (!grow(str, (size_t)n))
            return;
        vsnprintf(str->s + str->len, (size_t)n + 1, format, args);
    }
    str->len += (size_t)n;
}

void str_addf(struct str *str, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    str_addv(str, format, args);
    va_end(args);
}

void str_add_escaped(struct str *str, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t plain;

    while (*text) {
        plain = strspn(text, unreserved);
        str_addn(str, text, plain);
        text += plain;
        if (*text) {
            unsigned char c = (unsigned char)*text++;
            char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

            str_addn(str, escape, sizeof(escape));
        }
    }
}

/* Go's path.Clean. */
void str_add_clean_path(struct str *str, const char *path)
{
    size_t start = str->len, len;

    for (; *path; path += len + (path[len] == '/')) {
        len = strcspn(path, "/");
        if (len == 2 && path[0] == '.' && path[1] == '.') {
            while (str->len > start && str->s[str->len - 1] != '/')
                str_truncate(str, str->len - 1);
            if (str->len > start)
                str_truncate(str, str->len - 1);
        } else if (len > 0 && !(len == 1 && path[0] == '.')) {
            str_addc(str, '/');
            str_addn(str, path, len);
        }
    }
}

void str_truncate(struct str *str, size_t len)
{
    if (len >= str->len)
        return;
    str->len = len;
    str->s[len] = '\0';
}

void str_drop(struct str *str, size_t n)
{
    if (!n || !str->len)
        return;
    if (n > str->len)
        n = str->len;
    memmove(str->s, str->s + n, str->len - n + 1);
    str->len -= n;
}

void str_clear(struct str *str)
{
    if (str->cap)
        free(str->s);
    str->s = str_empty;
    str->len = 0;
    str->cap = 0;
    str->failed = false;
}

char *str_take(struct str *str)
{
    char *s;

    if (str->failed)
        return NULL;
    if (!str->cap)
        return calloc(1, 1);
    s = str->s;
    str->cap = 0;
    str_clear(str);
    return s;
}
