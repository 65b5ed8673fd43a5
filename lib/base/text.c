/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readers of text. Numbers follow java.lang: Long.parseLong, Double.parseDouble (decimal forms only, no
 * hexadecimal ones), Double.toString. The process's locale plays no part.
 */
#include "text.h"

#include <errno.h>
#include <locale.h>

#define DOUBLE_DIGITS 17                /* enough to tell any two doubles apart */
#define NEAREST_MAX 128                 /* longer words are near to nothing */
#define NEAREST_EDITS 4

bool text_starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

bool text_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), suffix_len = strlen(suffix);

    return suffix_len <= len && !memcmp(text + len - suffix_len, suffix, suffix_len);
}

bool text_is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(text, *words))
            return true;
    return false;
}

size_t text_char(const char *text, size_t len, uint32_t *c)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};      /* by length: what is less is overlong */
    const unsigned char *s = (const unsigned char *)text;
    size_t n, i;
    uint32_t value;

    if (!len)
        return 0;
    n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
    if (!n || n > len)
        return 0;
    value = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *c = value;
    return n;
}

bool text_is_utf8(const char *text, size_t len)
{
    uint32_t c;
    size_t n;

    for (; len; text += n, len -= n) {
        n = text_char(text, len, &c);
        if (!n)
            return false;
    }
    return true;
}

char *text_dup(const char *text)
{
    return text ? strdup(text) : NULL;
}

char *text_dupn(const char *text, size_t len)
{
    char *copy = len == SIZE_MAX ? NULL : malloc(len + 1);

    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *text_lower(const char *text)
{
    char *copy = strdup(text), *c;

    for (c = copy; c && *c; c++)
        *c = lower(*c);
    return copy;
}

const char *text_trim(const char *text, size_t len, size_t *trimmed)
{
    while (len && (unsigned char)text[len - 1] <= ' ')
        len--;
    while (len && (unsigned char)*text <= ' ') {
        text++;
        len--;
    }
    *trimmed = len;
    return text;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_to_int64(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative, value = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (!is_digit(*text) || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool text_to_int32(const char *text, int32_t *out)
{
    int64_t value;

    if (!text_to_int64(text, &value) || value < INT32_MIN || value > INT32_MAX)
        return false;
    *out = (int32_t)value;
    return true;
}

/* strtod as in the C locale; errno is left alone. glibc and musl allocate nothing for that locale. */
static bool to_double(const char *text, double *out)
{
    int saved = errno;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    if (!c)
        return false;
    *out = strtod_l(text, NULL, c);
    freelocale(c);
    errno = saved;
    return true;
}

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* decimal = (digits ["." [digits]] | "." digits) [("e" | "E") ["+" | "-"] digits]; the length, 0 if it is not one. */
static size_t decimal_length(const char *text)
{
    size_t whole = digits_at(text), fraction = 0, n = whole;

    if (text[n] == '.') {
        fraction = digits_at(text + n + 1);
        n += 1 + fraction;
    }
    if (!whole && !fraction)
        return 0;
    if (lower(text[n]) == 'e') {
        size_t sign = text[n + 1] == '+' || text[n + 1] == '-';
        size_t digits = digits_at(text + n + 1 + sign);

        if (!digits)
            return 0;
        n += 1 + sign + digits;
    }
    return n;
}

/* number = [blanks] ["+" | "-"] ("NaN" | "Infinity" | decimal ["d" | "D" | "f" | "F"]) [blanks] */
bool text_to_double(const char *text, double *out)
{
    size_t len, sign, n;

    text = text_trim(text, strlen(text), &len);
    sign = len && (*text == '+' || *text == '-');
    if (text_starts(text + sign, "NaN"))
        n = 3;
    else if (text_starts(text + sign, "Infinity"))
        n = 8;
    else {
        n = decimal_length(text + sign);
        if (n && sign + n < len && strchr("dDfF", text[sign + n]))
            n++;
    }
    return n && sign + n == len && to_double(text, out);
}

/*
 * The shortest digits that read back as `value`, which is finite and positive: value = 0.d1d2d3... * 10^*point. Java
 * looks at two digits at least: 4.9E-324, not 5.0E-324.
 */
static bool shortest_digits(double value, char digits[DOUBLE_DIGITS + 1], int *point)
{
    char text[40], again[40];
    int n, i, at;
    double back;

    for (n = 2; n <= DOUBLE_DIGITS; n++) {
        snprintf(text, sizeof(text), "%.*e", n - 1, value);
        for (i = at = 0; i < n; at++)                   /* passes over the point, whatever the locale takes for it */
            if (is_digit(text[at]))
                digits[i++] = text[at];
        digits[n] = '\0';
        *point = 0;
        for (i = at + 2; is_digit(text[i]); i++)
            *point = *point * 10 + text[i] - '0';
        *point = (text[at + 1] == '-' ? -*point : *point) + 1;
        snprintf(again, sizeof(again), "%se%d", digits, *point - n);
        if (!to_double(again, &back))
            return false;
        if (back >= value && back <= value)
            break;
    }
    for (i = (int)strlen(digits); i > 1 && digits[i - 1] == '0'; i--)
        digits[i - 1] = '\0';
    return true;
}

static char *double_text(bool negative, const char *digits, int point)
{
    static const char zeros[] = "0000000";
    int len = (int)strlen(digits), whole;
    char text[64];

    if (point > 7 || point < -2)                        /* not in [1e-3, 1e7) */
        snprintf(text, sizeof(text), "%s%c.%sE%d", negative ? "-" : "", digits[0], len > 1 ? digits + 1 : "0",
                 point - 1);
    else if (point <= 0)
        snprintf(text, sizeof(text), "%s0.%.*s%s", negative ? "-" : "", -point, zeros, digits);
    else {
        whole = point < len ? point : len;
        snprintf(text, sizeof(text), "%s%.*s%.*s.%s", negative ? "-" : "", whole, digits, point - whole, zeros,
                 point < len ? digits + point : "0");
    }
    return strdup(text);
}

char *text_from_double(double value)
{
    char digits[DOUBLE_DIGITS + 1];
    bool negative = __builtin_signbit(value);
    int point;

    if (__builtin_isnan(value))
        return strdup("NaN");
    if (__builtin_isinf(value))
        return strdup(negative ? "-Infinity" : "Infinity");
    if (!(value > 0) && !(value < 0))
        return strdup(negative ? "-0.0" : "0.0");
    if (!shortest_digits(negative ? -value : value, digits, &point))
        return NULL;
    return double_text(negative, digits, point);
}

static const char *next_char(const char *text)
{
    do
        text++;
    while (((unsigned char)*text & 0xc0) == 0x80);
    return text;
}

/* A '*' that does not fit takes one character more: only the latest one need be tried again. */
bool text_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *tried = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            tried = text;
        } else if (*pattern == '?') {
            pattern++;
            text = next_char(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            tried = next_char(tried);
            text = tried;
            pattern = star;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* Edits from a to b, in bytes: insert, delete, replace, swap neighbours; case does not count. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2], *free_row, i, j;

    for (j = 0; j <= b_len; j++)
        last[j] = j;
    for (i = 1; i <= a_len; i++) {
        row[0] = i;
        for (j = 1; j <= b_len; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            size_t best = last[j - 1] + (x != y);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]) && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_len];
}

const char *text_nearest(const char *text, const char *const *words)
{
    size_t len = strlen(text), allowed = (len + 1) / 3, edits, word_len;
    const char *nearest = NULL;

    if (len > NEAREST_MAX)
        return NULL;
    if (allowed > NEAREST_EDITS)
        allowed = NEAREST_EDITS;
    for (; *words && allowed; words++) {
        word_len = strlen(*words);
        if (word_len > NEAREST_MAX || word_len > len + allowed || len > word_len + allowed)
            continue;
        edits = distance(text, len, *words, word_len);
        if (edits <= allowed) {
            nearest = *words;
            allowed = edits ? edits - 1 : 0;            /* from here on only a nearer one counts */
        }
        if (!edits)
            break;
    }
    return nearest;
}
