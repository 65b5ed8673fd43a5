/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of java.util.Properties, both ways.
 *
 *     file    = *( blank-line | comment | logical-line )
 *     comment = blanks ( "#" | "!" ) to the end of the line
 *     logical = blanks key [ blanks ( "=" | ":" ) blanks | blanks ] value     a line that ends in an odd number of
 *               backslashes goes on in the next one, whose leading blanks are dropped
 *
 * Mirrors Properties.load, Properties.store(Writer) and Utils.getPropertiesFromFile (trimming). Deliberately stricter:
 * text that is no UTF-8, a NUL, half a surrogate pair and a line without a key are errors, where Java would put
 * something else in their place.
 */
#include "properties.h"

#include "error.h"
#include "file.h"
#include "text.h"

#define FILE_LIMIT ((size_t)16 << 20)

struct lines {
    const char *at, *end;
    unsigned line;                          /* how many were taken */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static int fail_line(sparkk8s_error **err, const char *name, unsigned line, const char *what)
{
    AUTO_STR place = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&place, "%s:%u", name, line);
    if (place.failed)
        return fail_oom(err);
    return fail(err, SPARKK8S_EPARSE, place.s, "%s", what);
}

/* One line of the file, its end consumed. */
static bool physical_next(struct lines *in, const char **start, size_t *len)
{
    const char *at = in->at;

    if (at == in->end)
        return false;
    while (at < in->end && !is_line_end(*at))
        at++;
    *start = in->at;
    *len = (size_t)(at - in->at);
    if (at + 1 < in->end && at[0] == '\r' && at[1] == '\n')
        at++;
    in->at = at < in->end ? at + 1 : at;
    in->line++;
    return true;
}

static void skip_blanks(const char **start, size_t *len)
{
    for (; *len > 0 && is_blank(**start); (*len)--)
        (*start)++;
}

static bool goes_on(const char *start, size_t len)
{
    size_t backslashes = 0;

    while (backslashes < len && start[len - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

/* Joins what belongs together, escapes still in it. *line is the number of its first line. */
static bool logical_next(struct lines *in, struct str *out, unsigned *line)
{
    const char *start;
    size_t len;

    str_truncate(out, 0);
    do {
        if (!physical_next(in, &start, &len))
            return false;
        skip_blanks(&start, &len);
    } while (len == 0 || *start == '#' || *start == '!');
    *line = in->line;

    while (goes_on(start, len)) {
        str_addn(out, start, len - 1);
        if (!physical_next(in, &start, &len))
            return true;
        skip_blanks(&start, &len);
    }
    str_addn(out, start, len);
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *text, size_t len)
{
    int32_t code = 0;
    size_t i;

    if (len < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        char c = text[i];

        if (c >= '0' && c <= '9')
            code = code * 16 + (c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            code = code * 16 + ((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return code;
}

static void add_utf8(struct str *out, int32_t code)
{
    if (code < 0x80) {
        str_addc(out, (char)code);
        return;
    }
    if (code < 0x800) {
        str_addc(out, (char)(0xc0 | code >> 6));
    } else {
        if (code < 0x10000) {
            str_addc(out, (char)(0xe0 | code >> 12));
        } else {
            str_addc(out, (char)(0xf0 | code >> 18));
            str_addc(out, (char)(0x80 | (code >> 12 & 0x3f)));
        }
        str_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
    }
    str_addc(out, (char)(0x80 | (code & 0x3f)));
}

/* What follows "\u", two of them for a surrogate pair. NULL, or what is wrong. */
static const char *add_unicode(struct str *out, const char *text, size_t len, size_t *used)
{
    int32_t code = hex4(text, len), low;

    *used = 4;
    if (code < 0)
        return "malformed \\uxxxx encoding";
    if (code == 0)
        return "a NUL character";
    if (code >= 0xd800 && code < 0xe000) {
        low = len > 6 && text[4] == '\\' && text[5] == 'u' ? hex4(text + 6, len - 6) : -1;
        if (code >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
            return "half a surrogate pair";
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        *used = 10;
    }
    add_utf8(out, code);
    return NULL;
}

static const char *unescape(struct str *out, const char *text, size_t len)
{
    static const char letters[] = "tnrf", meanings[] = "\t\n\r\f";
    size_t i, used;

    for (i = 0; i < len; i++) {
        const char *letter, *wrong;

        if (text[i] != '\\') {
            str_addc(out, text[i]);
            continue;
        }
        if (++i == len)
            break;
        letter = strchr(letters, text[i]);
        if (text[i] == 'u') {
            wrong = add_unicode(out, text + i + 1, len - i - 1, &used);
            if (wrong)
                return wrong;
            i += used;
        } else {
            str_addc(out, letter ? meanings[letter - letters] : text[i]);
        }
    }
    return NULL;
}

/* Where the key ends and the value begins. */
static void split(const struct str *line, size_t *key_len, size_t *value)
{
    bool escaped = false, separated = false;
    size_t i;

    for (i = 0; i < line->len; i++) {
        char c = line->s[i];

        if (!escaped && (c == '=' || c == ':' || is_blank(c)))
            break;
        escaped = c == '\\' && !escaped;
    }
    *key_len = i;
    for (; i < line->len; i++) {
        char c = line->s[i];

        if (!is_blank(c) && (separated || (c != '=' && c != ':')))
            break;
        separated = separated || !is_blank(c);
    }
    *value = i;
}

void properties_trim(struct str *value)
{
    size_t first = 0, end = value->len;

    while (end > 0 && (unsigned char)value->s[end - 1] <= ' ' && !is_line_end(value->s[end - 1]))
        end--;
    str_truncate(value, end);
    while (first < end && (unsigned char)value->s[first] <= ' ' && !is_line_end(value->s[first]))
        first++;
    str_drop(value, first);
}

static int put_line(sparkk8s_conf *conf, const struct str *line, const char *name, unsigned number,
                    sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(FILE_LIMIT);
    AUTO_STR value = STR_INIT(FILE_LIMIT);
    AUTO_STR origin = STR_INIT(STR_TEXT_LIMIT);
    size_t key_len, start;
    const char *wrong;

    split(line, &key_len, &start);
    wrong = unescape(&key, line->s, key_len);
    if (!wrong)
        wrong = unescape(&value, line->s + start, line->len - start);
    if (wrong)
        return fail_line(err, name, number, wrong);
    properties_trim(&value);
    str_addf(&origin, "%s:%u", name, number);
    if (key.failed || value.failed || origin.failed)
        return fail_oom(err);
    if (!key.len)
        return fail_line(err, name, number, "a value without a key");
    return conf_put(conf, key.s, value.s, origin.s, err);
}

/* The number of the line in which the text stops being UTF-8. */
static unsigned bad_line(const char *text, size_t len)
{
    unsigned line = 1;
    const char *end;

    for (; (end = memchr(text, '\n', len)) && text_is_utf8(text, (size_t)(end - text)); line++) {
        len -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    return line;
}

int properties_parse(sparkk8s_conf *conf, const char *text, size_t len, const char *name, sparkk8s_error **err)
{
    struct lines in = {.at = text, .end = text + len};
    AUTO_STR line = STR_INIT(FILE_LIMIT);
    AUTO(conf) found = sparkk8s_conf_new();
    unsigned number;
    int rc;

    if (!found)
        return fail_oom(err);
    found->remembers = conf->remembers;
    if (len > FILE_LIMIT)
        return fail(err, SPARKK8S_EPARSE, name, "larger than %zu MiB", FILE_LIMIT >> 20);
    if (!text_is_utf8(text, len))
        return fail_line(err, name, bad_line(text, len), "not UTF-8");
    while (logical_next(&in, &line, &number)) {
        if (line.failed)
            return fail_oom(err);
        if (!line.len)
            continue;
        rc = put_line(found, &line, name, number, err);
        if (rc < 0)
            return rc;
    }
    return conf_merge_below(conf, found, err);
}

static void add_escaped(struct str *out, const char *text, bool key)
{
    static const char specials[] = "\t\n\r\f\\=:#! ", letters[] = "tnrf\\=:#! ";
    const char *at = text;

    for (;;) {
        size_t plain = strcspn(at, specials);

        str_addn(out, at, plain);
        at += plain;
        if (!*at)
            return;
        if (*at != ' ' || key || at == text)
            str_addc(out, '\\');
        str_addc(out, letters[strchr(specials, *at) - specials]);
        at++;
    }
}

void properties_add(struct str *out, const char *key, const char *value)
{
    add_escaped(out, key, true);
    str_addc(out, '=');
    add_escaped(out, value, false);
    str_addc(out, '\n');
}

int sparkk8s_conf_parse(sparkk8s_conf *conf, const char *text, size_t len, const char *name, sparkk8s_error **err)
{
    if (!conf || !text)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_conf_parse", "conf and text must not be NULL");
    return properties_parse(conf, text, len, name ? name : "properties", err);
}

int sparkk8s_conf_load(sparkk8s_conf *conf, const char *path, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    if (!conf || !path)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_conf_load", "conf and path must not be NULL");
    rc = file_read(path, FILE_LIMIT, &text, &len, err);
    if (rc < 0)
        return rc;
    return properties_parse(conf, text, len, path, err);
}
