/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pull reader of JSON text (RFC 8259, strict): what is passed over is checked as well as what is read. It allocates
 * nothing, and goes no deeper than its struct has room for.
 *
 * At each depth one thing is expected next: a value, or the first member of what was just opened, or what follows a
 * member. Raw text keeps its escapes; slice_dup undoes them. Bytes that are no UTF-8 are only noticed there.
 */
#include "scan.h"

#include "str.h"
#include "text.h"

enum { AFTER, VALUE, FIRST };           /* of scan->state */

#define REPLACEMENT 0xfffdu

struct scan scan_begin(const char *text, size_t len)
{
    struct scan scan = {.at = len ? text : "", .state = {VALUE}};

    scan.end = scan.at + len;
    return scan;
}

static bool stop(struct scan *scan)
{
    scan->failed = true;
    scan->at = scan->end;
    return false;
}

/* The next character that is no blank, not consumed; NUL at the end (a NUL in the text is malformed anyway). */
static inline char peek(struct scan *scan)
{
    if (scan->at < scan->end && *scan->at > ' ')        /* mostly */
        return *scan->at;
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
    return scan->at < scan->end ? *scan->at : '\0';
}

/* The value that was expected is behind us. After the outermost one nothing may come. */
static bool consumed(struct scan *scan)
{
    scan->state[scan->depth] = AFTER;
    if (scan->depth == 0 && (peek(scan) || scan->at < scan->end))
        return stop(scan);
    return true;
}

/* Eight bytes at a time over characters that end or escape nothing. */
static const char *pass_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
    uint64_t w, quotes, backslashes, found;

    for (; end - at >= 8; at += 8) {
        memcpy(&w, at, 8);
        quotes = w ^ ones * '"';
        backslashes = w ^ ones * '\\';
        found = (((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes) | ((w - ones * 0x20) & ~w)) & tops;
        if (found && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            return at + __builtin_ctzll(found) / 8;     /* exact for the first; later bytes may be false ones */
        if (found)
            break;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
        at++;
    return at;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of the escape at `at`, which is a backslash; 0 if it is none. */
static size_t escape_length(const char *at, const char *end)
{
    int i;

    if (end - at < 2)
        return 0;
    if (at[1] != 'u')
        return at[1] && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
    if (end - at < 6)
        return 0;
    for (i = 2; i < 6; i++)
        if (hex_value(at[i]) < 0)
            return 0;
    return 6;
}

/* At a quote. */
static bool read_string(struct scan *scan, struct slice *out)
{
    const char *at = scan->at + 1, *start = at;
    bool escaped = false;
    size_t n;

    for (;;) {
        at = pass_plain(at, scan->end);
        if (at == scan->end || (*at != '"' && *at != '\\'))
            return stop(scan);
        if (*at == '"')
            break;
        escaped = true;
        n = escape_length(at, scan->end);
        if (!n)
            return stop(scan);
        at += n;
    }
    *out = (struct slice){start, (size_t)(at - start), escaped};
    scan->at = at + 1;
    return true;
}

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* number = ["-"] ("0" | [1-9] digits*) ["." digits+] [("e" | "E") ["+" | "-"] digits+] */
static bool read_number(struct scan *scan, struct slice *out, bool *whole)
{
    const char *at = scan->at, *end = scan->end, *digits;

    *whole = true;
    if (at < end && *at == '-')
        at++;
    digits = at;
    at = pass_digits(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return stop(scan);
    if (at < end && *at == '.') {
        digits = ++at;
        at = pass_digits(at, end);
        *whole = false;
        if (at == digits)
            return stop(scan);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        digits = at;
        at = pass_digits(at, end);
        *whole = false;
        if (at == digits)
            return stop(scan);
    }
    *out = (struct slice){scan->at, (size_t)(at - scan->at), false};
    scan->at = at;
    return true;
}

static bool read_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        return stop(scan);
    scan->at += len;
    return true;
}

/* Any value but an object or array. */
static bool pass_scalar(struct scan *scan)
{
    struct slice slice;
    bool whole;

    switch (peek(scan)) {
    case '"':
        return read_string(scan, &slice);
    case 't':
        return read_word(scan, "true");
    case 'f':
        return read_word(scan, "false");
    case 'n':
        return read_word(scan, "null");
    default:
        return read_number(scan, &slice, &whole);
    }
}

/* Opens the object or array here, whose bracket is `open`. */
static bool enter(struct scan *scan, char open)
{
    if (peek(scan) != open)
        return false;
    if (scan->depth + 1 >= (int)COUNT(scan->state))
        return stop(scan);
    scan->at++;
    scan->state[++scan->depth] = FIRST;
    return true;
}

/* Inside: goes to the next member, or closes and returns false. */
static bool next_member(struct scan *scan, char close)
{
    char c = peek(scan);

    if (c == close) {
        scan->at++;
        scan->state[--scan->depth] = AFTER;
        return false;
    }
    if (scan->state[scan->depth] == AFTER) {
        if (c != ',')
            return stop(scan);
        scan->at++;
    }
    scan->state[scan->depth] = VALUE;
    return true;
}

static bool read_key(struct scan *scan, struct slice *key)
{
    if (peek(scan) != '"' || !read_string(scan, key) || peek(scan) != ':')
        return stop(scan);
    scan->at++;
    return true;
}

/* Enters what is here if need be, passes over a value of another type, and goes to the next member. */
static bool advance(struct scan *scan, char open, char close)
{
    if (scan->failed)
        return false;
    if (scan->state[scan->depth] == VALUE && !enter(scan, open)) {
        scan_skip(scan);
        return false;
    }
    if (scan->depth == 0)                               /* asked again after the end */
        return false;
    if (next_member(scan, close))
        return true;
    if (!scan->failed)
        consumed(scan);
    return false;
}

bool scan_key(struct scan *scan, struct slice *key)
{
    return advance(scan, '{', '}') && read_key(scan, key);
}

bool scan_find(struct scan *scan, const char *key)
{
    struct slice name;

    while (scan_key(scan, &name)) {
        if (scan_is(&name, key))
            return true;
        scan_skip(scan);
    }
    return false;
}

bool scan_path(struct scan *scan, const char *const *path)
{
    while (*path && scan_find(scan, *path))
        path++;
    return !*path;
}

bool scan_item(struct scan *scan)
{
    return advance(scan, '[', ']');
}

/* Passes over a whole value, without recursion. The caller then says that it is consumed. */
static bool pass_value(struct scan *scan)
{
    uint8_t is_object[COUNT(scan->state)];
    int base = scan->depth;
    struct slice key;

    for (;;) {
        bool object = peek(scan) == '{';

        if (object || peek(scan) == '[') {
            if (!enter(scan, object ? '{' : '['))
                return false;
            is_object[scan->depth] = object;
        } else if (pass_scalar(scan)) {
            scan->state[scan->depth] = AFTER;
        } else {
            return false;
        }
        for (;;) {                                      /* close what ends here, as far as our own levels go */
            if (scan->depth == base)
                return true;
            object = is_object[scan->depth];
            if (next_member(scan, object ? '}' : ']'))
                break;
            if (scan->failed)
                return false;
        }
        if (object && !read_key(scan, &key))
            return false;
    }
}

void scan_skip(struct scan *scan)
{
    if (scan->failed)
        return;
    if (scan->state[scan->depth] != VALUE)
        stop(scan);
    else if (pass_value(scan))
        consumed(scan);
}

bool scan_raw(struct scan *scan, struct slice *out)
{
    const char *start;

    *out = (struct slice){0};
    if (scan->failed || scan->state[scan->depth] != VALUE)
        return stop(scan);
    peek(scan);
    start = scan->at;
    if (!pass_value(scan))
        return false;
    *out = (struct slice){start, (size_t)(scan->at - start), false};
    return consumed(scan);
}

/* Whether a value that begins with one of `chars` is here; one of another type is passed over. */
static bool at_value(struct scan *scan, const char *chars)
{
    char c;

    if (scan->failed || scan->state[scan->depth] != VALUE)
        return stop(scan);
    c = peek(scan);
    if (c && strchr(chars, c))
        return true;
    scan_skip(scan);
    return false;
}

bool scan_text(struct scan *scan, struct slice *out)
{
    *out = (struct slice){0};
    return at_value(scan, "\"") && read_string(scan, out) && consumed(scan);
}

bool scan_text_at(const struct scan *from, const char *const *path, struct slice *out)
{
    struct scan scan = *from;

    *out = (struct slice){0};
    return scan_path(&scan, path) && scan_text(&scan, out);
}

bool scan_int(struct scan *scan, int64_t *out)
{
    char text[24] = "";
    struct slice number;
    bool whole;

    if (!at_value(scan, "-0123456789") || !read_number(scan, &number, &whole) || !consumed(scan))
        return false;
    if (!whole || number.len >= sizeof(text))
        return false;
    memcpy(text, number.s, number.len);
    return text_to_int64(text, out);
}

bool scan_bool(struct scan *scan, bool *out)
{
    bool value;

    if (!at_value(scan, "tf"))
        return false;
    value = *scan->at == 't';
    if (!read_word(scan, value ? "true" : "false") || !consumed(scan))
        return false;
    *out = value;
    return true;
}

static uint32_t hex4(const char *at)
{
    uint32_t value = 0;
    int i;

    for (i = 0; i < 4; i++)
        value = value << 4 | (uint32_t)hex_value(at[i]);
    return value;
}

/* The character at *at, escapes undone, and *at behind it. What a C string in UTF-8 cannot hold is replaced. */
static uint32_t next_character(const char **at, const char *end)
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    uint32_t c = REPLACEMENT, low;
    size_t n = **at == '\\' ? escape_length(*at, end) : 0;

    if (n == 6) {
        c = hex4(*at + 2);
        if (c >= 0xd800 && c < 0xdc00 && escape_length(*at + 6, end) == 6 && (*at)[6] == '\\') {
            low = hex4(*at + 8);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
                n = 12;
            }
        }
        if (!c || (c >= 0xd800 && c < 0xe000))
            c = REPLACEMENT;
    } else if (n == 2) {
        const char *escape = strchr(escapes, (*at)[1]);

        c = escape ? (uint32_t)escape[1] : (uint32_t)(*at)[1];
    } else {
        n = text_char(*at, (size_t)(end - *at), &c);
        n = n ? n : 1;
    }
    *at += n;
    return c;
}

static size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

bool scan_is(const struct slice *slice, const char *text)
{
    const char *at = slice->s, *end;
    char bytes[4];
    size_t n, len = strlen(text);

    if (!slice->s)
        return false;
    if (!slice->escaped)
        return slice->len == len && !memcmp(slice->s, text, len);
    for (end = at + slice->len; at < end; text += n, len -= n) {
        n = utf8_encode(next_character(&at, end), bytes);
        if (n > len || memcmp(bytes, text, n) != 0)
            return false;
    }
    return !len;
}

char *slice_dup(const struct slice *slice)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *at = slice->s, *end = at + slice->len;
    char bytes[4];

    if (!slice->escaped && text_is_utf8(slice->s, slice->len))
        return text_dupn(slice->s, slice->len);
    while (at < end)
        str_addn(&out, bytes, utf8_encode(next_character(&at, end), bytes));
    return str_take(&out);
}
