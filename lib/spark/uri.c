/* SPDX-License-Identifier: Apache-2.0 */
/*
 * java.net.URI, as far as Spark's resources go through it: what it takes for a URI, its parts, how it escapes. It does
 * not resolve, normalise or fetch anything. Not checked as Java does: what an authority is made of.
 */
#include "uri.h"

#include "sparkk8s.h"
#include "str.h"
#include "text.h"

static const char in_path[] = "-_.!~*'():@&=+$,;/";         /* beside letters and digits */
static const char in_rest[] = "-_.!~*'():@&=+$,;/?[]";      /* of a query, a fragment, an opaque part */

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

/* Beyond ASCII: Character.isSpaceChar and isISOControl. */
static bool is_blank(uint32_t c)
{
    return c < 0xA0 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029
        || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* The bytes of the character that may stand as it is; 0 if it may not. */
static size_t legal(const char *text, size_t len, const char *marks)
{
    uint32_t c;
    size_t n;

    if ((unsigned char)*text < 128)
        return is_letter(*text) || is_digit(*text) || (*text && strchr(marks, *text));
    n = text_char(text, len, &c);
    return n && !is_blank(c) ? n : 0;
}

/* ---- parsing ------------------------------------------------------------------------------------------------- */

static bool all_legal(struct uri_part part, const char *marks)
{
    size_t i = 0, n;

    while (i < part.len) {
        if (part.s[i] == '%' && part.len - i > 2 && is_hex(part.s[i + 1]) && is_hex(part.s[i + 2]))
            n = 3;
        else
            n = legal(part.s + i, part.len - i, marks);
        if (!n)
            return false;
        i += n;
    }
    return true;
}

/* What stands before one of the `ends`, or before the end. */
static struct uri_part part_until(const char **at, const char *ends)
{
    struct uri_part part = {*at, strcspn(*at, ends)};

    *at += part.len;
    return part;
}

static bool parse_scheme(const char **at, struct uri *uri)
{
    size_t len = strcspn(*at, ":/?#"), i;

    if ((*at)[len] != ':')
        return true;
    for (i = 0; i < len; i++)
        if (!is_letter((*at)[i]) && (i == 0 || (!is_digit((*at)[i]) && !strchr("+-.", (*at)[i]))))
            return false;
    uri->scheme = (struct uri_part){*at, len};
    *at += len + 1;
    return len > 0;
}

bool uri_parse(const char *text, struct uri *uri)
{
    const char *at = text;

    *uri = (struct uri){0};
    if (!parse_scheme(&at, uri))
        return false;
    uri->specific = (struct uri_part){at, strcspn(at, "#")};
    if (uri->scheme.s && *at != '/') {
        at += uri->specific.len;
        if (!uri->specific.len || !all_legal(uri->specific, in_rest))
            return false;
    } else {
        if (text_starts(at, "//")) {
            at += 2;
            uri->authority = part_until(&at, "/?#");
            if (!uri->authority.len && !*at)
                return false;
        }
        uri->path = part_until(&at, "?#");
    }
    if (*at == '?') {
        at++;
        uri->query = part_until(&at, "#");
    }
    if (*at == '#')
        uri->fragment = (struct uri_part){at + 1, strlen(at + 1)};
    return all_legal(uri->authority, in_rest) && all_legal(uri->path, in_path) && all_legal(uri->query, in_rest)
        && all_legal(uri->fragment, in_rest);
}

size_t uri_scheme(const char *text)
{
    struct uri uri;

    return uri_parse(text, &uri) ? uri.scheme.len : 0;
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

/* ---- escapes ------------------------------------------------------------------------------------------------- */

static char hex_digit(char c)
{
    return (char)(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
}

int uri_decode(struct uri_part part, char **out)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < part.len; i++) {
        if (part.s[i] != '%') {
            str_addc(&text, part.s[i]);
            continue;
        }
        str_addc(&text, (char)(hex_digit(part.s[i + 1]) * 16 + hex_digit(part.s[i + 2])));
        i += 2;
    }
    if (!text.failed && !text_is_utf8(text.s, text.len))
        return SPARKK8S_EINVAL;             /* %00 too */
    *out = str_take(&text);
    return *out ? 0 : SPARKK8S_ENOMEM;
}

int uri_path(const char *text, char **out)
{
    struct uri uri;

    return uri_parse(text, &uri) && uri.path.s ? uri_decode(uri.path, out) : SPARKK8S_EINVAL;
}

static void quote(struct str *out, const char *text, const char *marks)
{
    size_t left = strlen(text), n;

    for (; left; text += n, left -= n) {
        n = legal(text, left, marks);
        if (n) {
            str_addn(out, text, n);
            continue;
        }
        n = 1;
        str_addf(out, "%%%02X", (unsigned char)*text);
    }
}

void uri_quote_path(struct str *out, const char *path)
{
    quote(out, path, in_path);
}

void uri_quote_rest(struct str *out, const char *text)
{
    quote(out, text, in_rest);
}
