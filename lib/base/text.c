/* SPDX-License-Identifier: Apache-2.0 */
/* Small readers of text. See text.h. */
#include "text.h"

#include <locale.h>
#include <math.h>

#include "str.h"

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), n = strlen(suffix);

    return len >= n && !strcmp(text + len - n, suffix);
}

bool text_is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(text, *words))
            return true;
    return false;
}

/* Bytes of the UTF-8 sequence that starts here, or 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    size_t n, i;

    if (*p < 0x80)
        return *p != 0;
    n = *p >= 0xc2 && *p <= 0xdf ? 2 : (*p & 0xf0) == 0xe0 ? 3 : *p >= 0xf0 && *p <= 0xf4 ? 4 : 0;
    if (!n || left < n)
        return 0;
    for (i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
        (*p == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool text_is_utf8(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n;

    while (len) {
        n = utf8_length(p, len);
        if (!n)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

char *text_dup(const char *text)
{
    return text ? text_dupn(text, strlen(text)) : NULL;
}

char *text_dupn(const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *text_lower(const char *text)
{
    char *copy = text_dup(text), *p;

    for (p = copy; p && *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + ('a' - 'A'));
    return copy;
}

const char *text_trim(const char *text, size_t len, size_t *trimmed)
{
    while (len && (unsigned char)*text <= ' ') {
        text++;
        len--;
    }
    while (len && (unsigned char)text[len - 1] <= ' ')
        len--;
    *trimmed = len;
    return text;
}

bool text_to_int64(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;

    if (*text == '-' || *text == '+')
        text++;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');

        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool text_to_int32(const char *text, int32_t *out)
{
    int64_t wide;

    if (!text_to_int64(text, &wide) || wide < INT32_MIN || wide > INT32_MAX)
        return false;
    *out = (int32_t)wide;
    return true;
}

/* strtod of the C locale, whatever the host program has set. */
static bool c_strtod(const char *text, char **end, double *out)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    if (c == (locale_t)0)
        return false;
    *out = strtod_l(text, end, c);
    freelocale(c);
    return true;
}

bool text_to_double(const char *text, double *out)
{
    static const char accepted[] = "0123456789+-.eE";
    char number[512], *end;
    size_t len;

    text = text_trim(text, strlen(text), &len);
    if (len && strchr("dDfF", text[len - 1]))       /* Java's type suffix */
        len--;
    if (!len || len >= sizeof number)
        return false;
    memcpy(number, text, len);
    number[len] = '\0';
    return strspn(number, accepted) == len && c_strtod(number, &end, out) && !*end;
}

/* The fewest digits that read back as the same value, and the decimal exponent of the first one. */
static bool shortest(double value, char digits[20], int *exponent)
{
    char text[40], *end;
    double back;
    int precision;
    size_t n;
    char *p;

    for (precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (precision)
            text[1] = '.';
        if (!c_strtod(text, &end, &back))
            return false;
        if (back == value)
            break;
    }
    for (p = text, n = 0; *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    digits[n] = '\0';
    *exponent = 0;
    for (p += 2; *p; p++)
        *exponent = *exponent * 10 + (*p - '0');
    if (strstr(text, "e-"))
        *exponent = -*exponent;
    return true;
}

char *text_from_double(double value)
{
    AUTO_STR out = STR_INIT(64);
    int exponent, i, n;
    char digits[20];

    if (isnan(value))
        return text_dup("NaN");
    if (signbit(value)) {
        str_addc(&out, '-');
        value = -value;
    }
    if (isinf(value) || value == 0) {
        str_add(&out, value == 0 ? "0.0" : "Infinity");
        return str_take(&out);
    }
    if (!shortest(value, digits, &exponent))
        return NULL;
    n = (int)strlen(digits);
    if (exponent >= 7 || exponent < -3) {
        str_addf(&out, "%c.%sE%d", digits[0], n > 1 ? digits + 1 : "0", exponent);
    } else if (exponent < 0) {
        str_addf(&out, "0.%.*s%s", -exponent - 1, "00", digits);
    } else {
        for (i = 0; i <= exponent; i++)
            str_addc(&out, i < n ? digits[i] : '0');
        str_addf(&out, ".%s", n > exponent + 1 ? digits + exponent + 1 : "0");
    }
    return str_take(&out);
}

bool text_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

#define NEAREST_LIMIT 128

/* Edits between two texts (insert, delete, replace), by one row of the usual table. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_LIMIT + 1], n = strlen(b), i, j, corner, above;

    for (j = 0; j <= n; j++)
        row[j] = j;
    for (i = 1; *a; a++, i++) {
        corner = row[0];
        row[0] = i;
        for (j = 1; j <= n; j++) {
            above = row[j];
            row[j] = corner + (*a != b[j - 1]);
            if (above + 1 < row[j])
                row[j] = above + 1;
            if (row[j - 1] + 1 < row[j])
                row[j] = row[j - 1] + 1;
            corner = above;
        }
    }
    return row[n];
}

const char *text_nearest(const char *text, const char *const *words)
{
    size_t len = strlen(text), best = len / 4 + 2, d;
    const char *nearest = NULL;

    if (len > NEAREST_LIMIT)
        return NULL;
    for (; *words; words++) {
        if (strlen(*words) > NEAREST_LIMIT)
            continue;
        d = distance(text, *words);
        if (d < best) {
            best = d;
            nearest = *words;
        }
    }
    return nearest;
}
