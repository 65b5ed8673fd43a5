/* SPDX-License-Identifier: Apache-2.0 */
/* A growing string that remembers failure. See str.h. */
#include "str.h"

#include <stdint.h>

char str_empty[1];

static void str_fail(struct str *str)
{
    str_clear(str);
    str->failed = true;
}

/* Room for n more bytes and a NUL. */
static bool str_need(struct str *str, size_t n)
{
    size_t need, cap;
    char *grown;

    if (str->failed)
        return false;
    if (n > str->limit || str->len > str->limit - n) {
        str_fail(str);
        return false;
    }
    need = str->len + n + 1;
    if (need <= str->cap)
        return true;
    cap = str->cap < 32 ? 32 : str->cap;
    while (cap < need)
        cap += cap / 2;
    grown = realloc(str->cap ? str->s : NULL, cap);
    if (!grown) {
        str_fail(str);
        return false;
    }
    str->s = grown;
    str->cap = cap;
    return true;
}

void str_addn(struct str *str, const void *bytes, size_t n)
{
    if (!str_need(str, n))
        return;
    if (n)
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
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0) {
        str_fail(str);
        return;
    }
    if (!str_need(str, (size_t)n))
        return;
    vsnprintf(str->s + str->len, (size_t)n + 1, format, args);
    str->len += (size_t)n;
}

void str_addf(struct str *str, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    str_addv(str, format, args);
    va_end(args);
}

static bool is_unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void str_add_escaped(struct str *str, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *p;
    char escaped[3];

    for (p = (const unsigned char *)text; *p; p++) {
        if (is_unreserved(*p)) {
            str_addc(str, (char)*p);
            continue;
        }
        escaped[0] = '%';
        escaped[1] = digits[*p >> 4];
        escaped[2] = digits[*p & 15];
        str_addn(str, escaped, sizeof escaped);
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
    if (n >= str->len) {
        str_truncate(str, 0);
        return;
    }
    memmove(str->s, str->s + n, str->len - n + 1);
    str->len -= n;
}

void str_clear(struct str *str)
{
    if (str->cap)
        free(str->s);
    str->s = str_empty;
    str->len = str->cap = 0;
    str->failed = false;
}

char *str_take(struct str *str)
{
    char *s;

    if (str->failed) {
        str_clear(str);
        return NULL;
    }
    s = str->cap ? str->s : calloc(1, 1);
    str->s = str_empty;
    str->len = str->cap = 0;
    return s;
}
