/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Just enough of java.net.URI to tell a URI from a path: which characters it refuses, and where the scheme ends. It
 * does not resolve, normalise or fetch anything.
 */
#include "uri.h"

#include "sparkk8s.h"
#include "str.h"
#include "text.h"

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_legal(const char *text)
{
    bool fragment = false;

    for (; *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == 127 || strchr("\"<>\\^`{|}", *text))
            return false;
        if (*text == '%' && (!is_hex(text[1]) || !is_hex(text[2])))
            return false;
        if (*text == '#' && fragment)
            return false;
        fragment = fragment || *text == '#';
    }
    return true;
}

size_t uri_scheme(const char *text)
{
    size_t len = 0;

    if (!is_letter(*text) || !is_legal(text))
        return 0;
    while (is_letter(text[len]) || is_digit(text[len]) || (text[len] && strchr("+-.", text[len])))
        len++;
    return text[len] == ':' && text[len + 1] ? len : 0;
}

bool uri_has_scheme(const char *text, const char *scheme)
{
    size_t len = uri_scheme(text);

    return len == strlen(scheme) && !memcmp(text, scheme, len);
}

bool uri_is_client_local(const char *text)
{
    return uri_scheme(text) == 0 || uri_has_scheme(text, "file");
}

static char hex_digit(char c)
{
    return (char)(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
}

int uri_path(const char *text, char **out)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    size_t scheme = uri_scheme(text);
    const char *at = scheme ? text + scheme + 1 : text;

    if (!is_legal(text) || (scheme && *at != '/'))
        return SPARKK8S_EINVAL;
    if (text_starts(at, "//"))
        at += 2 + strcspn(at + 2, "/?#");
    for (; *at && *at != '?' && *at != '#'; at++) {
        if (*at != '%') {
            str_addc(&path, *at);
            continue;
        }
        str_addc(&path, (char)(hex_digit(at[1]) * 16 + hex_digit(at[2])));
        at += 2;
    }
    if (!path.failed && strlen(path.s) != path.len)
        return SPARKK8S_EINVAL;             /* %00 */
    *out = str_take(&path);
    return *out ? 0 : SPARKK8S_ENOMEM;
}
