/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors Go's net/url as far as servers and proxies need it, and rest.DefaultServerURL.
 *
 *     [scheme:][//[user[:password]@]host[:port]][path][?query][#fragment]
 *
 * Stricter than Go where libcurl and Go would take the same text for different hosts: "127.1", "0x7f000001" and
 * "127.0.0.01" are addresses to one and names to the other, and so are refused.
 */
#include "url.h"

#include <arpa/inet.h>

#include "error.h"
#include "text.h"

enum { MALFORMED = SPARKK8S_ECONF, PORT_MOST = 65535 };

void url_clear(struct url *url)
{
    if (url->password)
        explicit_bzero(url->password, strlen(url->password));
    free(url->scheme);
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->path);
    *url = (struct url){ 0 };
}

/* ---- writing ---- */

void url_add_host(struct str *out, const char *host)
{
    bool v6 = strchr(host, ':') != NULL;

    str_addf(out, "%s%s%s", v6 ? "[" : "", host, v6 ? "]" : "");
}

void url_add_path(struct str *out, const char *path)
{
    for (; *path; path++)
        if (strchr("/$&+,:;=@", *path))
            str_addc(out, *path);
        else
            str_add_escaped(out, (char[]){ *path, '\0' });
}

char *url_host_header(const struct url *url)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    url_add_host(&text, url->host);
    if (url->port >= 0)
        str_addf(&text, ":%d", url->port);
    return str_take(&text);
}

char *url_origin(const struct url *url)
{
    AUTO(chars) host = url_host_header(url);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!host)
        return NULL;
    str_addf(&text, "%s://%s", url->scheme, host);
    return str_take(&text);
}

char *url_text(const struct url *url)
{
    AUTO(chars) origin = url_origin(url);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!origin)
        return NULL;
    str_add(&text, origin);
    url_add_path(&text, url->path);
    return str_take(&text);
}

char *url_without_query(const char *text)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *scheme_end = strstr(text, "://");
    const char *path = strchr(scheme_end ? scheme_end + 3 : text, '/');

    if (!path || path[1] == '\0' || path[1] == '?')
        return text_dup(text);
    str_addn(&out, text, (size_t)(path - text));
    for (; *path && *path != '?'; path++)
        str_addn(&out, *path == '#' ? "%23" : path, *path == '#' ? 3 : 1);
    return str_take(&out);
}

bool url_is_tls(const struct url *url)
{
    return strcmp(url->scheme, "https") == 0;
}

int url_port(const struct url *url)
{
    static const struct { const char *scheme; int port; } ports[] = {
        { "http", 80 }, { "https", 443 }, { "socks5", 1080 }, { "socks5h", 1080 }
    };
    size_t i;

    for (i = 0; i < COUNT(ports) && url->port < 0; i++)
        if (strcmp(url->scheme, ports[i].scheme) == 0)
            return ports[i].port;
    return url->port;
}

/* ---- reading ---- */

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* A NUL byte in escapes is malformed here; Go would carry it on, to no good. */
static int unescape(const char *text, size_t len, char **out)
{
    AUTO(chars) plain = text_dupn(text, len);
    size_t i, n = 0;

    if (!plain)
        return SPARKK8S_ENOMEM;
    for (i = 0; i < len; i++) {
        if (plain[i] != '%') {
            plain[n++] = plain[i];
            continue;
        }
        if (i + 2 >= len || hex_value(plain[i + 1]) < 0 || hex_value(plain[i + 2]) < 0)
            return MALFORMED;
        plain[n] = (char)(hex_value(plain[i + 1]) * 16 + hex_value(plain[i + 2]));
        if (plain[n++] == '\0')
            return MALFORMED;
        i += 2;
    }
    plain[n] = '\0';
    *out = TAKE(plain);
    return 0;
}

static int read_user(struct url *url, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon ? (size_t)(colon - text) : len, i;
    int rc;

    for (i = 0; i < len; i++)
        if (!(text[i] >= '0' && text[i] <= '9') && !((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z') &&
            (text[i] == '\0' || !strchr("-._:~!$&'()*+,;=%@", text[i])))
            return MALFORMED;
    rc = unescape(text, user_len, &url->user);
    if (rc < 0)
        return rc;
    return unescape(colon ? colon + 1 : "", colon ? len - user_len - 1 : 0, &url->password);
}

static bool is_name(const char *text)
{
    struct in_addr address;
    const char *c;

    for (c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr("\\^`{|}%[]:@?#/\x7f", *c))
            return false;
    return !inet_aton(text, &address) || inet_pton(AF_INET, text, &address) == 1;
}

static bool is_address(const char *text)
{
    unsigned char address[16];

    return inet_pton(AF_INET6, text, address) == 1;
}

static bool read_port(struct url *url, const char *text, size_t len)
{
    AUTO(chars) digits = text_dupn(text, len);
    int32_t port;

    if (len == 0)
        return true;
    if (!digits || strspn(digits, "0123456789") != len || !text_to_int32(digits, &port) || port > PORT_MOST)
        return false;
    url->port = port;
    return true;
}

static const char *last_of(const char *text, size_t len, char wanted)
{
    while (len > 0 && text[len - 1] != wanted)
        len--;
    return len > 0 ? text + len - 1 : NULL;
}

/* HOST[:PORT]; an empty port is none. An IPv6 address has brackets. */
static int read_host(struct url *url, const char *text, size_t len)
{
    const char *bracket = len > 0 && text[0] == '[' ? last_of(text, len, ']') : NULL;
    size_t skip = bracket ? (size_t)(bracket - text) + 1 : 0;
    const char *colon = last_of(text + skip, len - skip, ':');
    const char *end = bracket ? bracket : colon ? colon : text + len;

    if (bracket && skip != len && text[skip] != ':')
        return MALFORMED;
    free(url->host);
    url->host = text_dupn(bracket ? text + 1 : text, (size_t)(end - text) - (bracket ? 1 : 0));
    if (!url->host)
        return SPARKK8S_ENOMEM;
    if (colon && !read_port(url, colon + 1, len - (size_t)(colon + 1 - text)))
        return MALFORMED;
    if (bracket)
        return is_address(url->host) ? 0 : MALFORMED;
    return is_name(url->host) ? 0 : MALFORMED;
}

static int read_authority(struct url *url, const char *text, size_t len)
{
    const char *at = last_of(text, len, '@');
    size_t user_len = at ? (size_t)(at - text) : 0;
    int rc = at ? read_user(url, text, user_len) : 0;

    if (rc < 0)
        return rc;
    return at ? read_host(url, at + 1, len - user_len - 1) : read_host(url, text, len);
}

/* Letters, then also digits and "+-."; the length with its colon, 0 if there is none, or -1. */
static int scheme_length(const char *text)
{
    int i;

    for (i = 0; text[i]; i++) {
        if ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')
            continue;
        if (text[i] == ':')
            return i == 0 ? -1 : i + 1;
        if (i == 0 || !strchr("0123456789+-.", text[i]))
            return 0;
    }
    return 0;
}

static int read_scheme(struct url *url, const char *text, int len)
{
    AUTO(chars) scheme = text_dupn(text, len > 0 ? (size_t)len - 1 : 0);

    if (len < 0)
        return MALFORMED;
    if (!scheme)
        return SPARKK8S_ENOMEM;
    url->scheme = text_lower(scheme);
    url->host = text_dup("");
    url->path = text_dup("");
    return url->scheme && url->host && url->path ? 0 : SPARKK8S_ENOMEM;
}

/* What follows the scheme, as far as `len`. Without a slash it says nothing that is of use: "localhost:8080" is the
 * scheme localhost. */
static int read_rest(struct url *url, const char *text, size_t len)
{
    size_t authority_len = 0;
    int rc;

    if (len == 0 || text[0] != '/')
        return *url->scheme || memchr(text, ':', len) == NULL ? 0 : MALFORMED;
    if (len > 1 && text[1] == '/') {
        text += 2;
        len -= 2;
        while (authority_len < len && text[authority_len] != '/')
            authority_len++;
        rc = read_authority(url, text, authority_len);
        if (rc < 0)
            return rc;
    }
    free(url->path);
    url->path = NULL;
    return unescape(text + authority_len, len - authority_len, &url->path);
}

/* `request`: as Go's url.ParseRequestURI, to which '#' is part of the path. */
static int parse(const char *text, bool request, struct url *out)
{
    struct url url = { .port = -1 };
    size_t len = strcspn(text, request ? "?" : "?#"), i;
    int scheme_len = scheme_length(text), rc;

    for (i = 0; text[i]; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return MALFORMED;
    rc = read_scheme(&url, text, scheme_len);
    if (rc == 0)
        rc = read_rest(&url, text + scheme_len, len - (size_t)scheme_len);
    if (rc < 0) {
        url_clear(&url);
        return rc;
    }
    *out = url;
    return 0;
}

int url_parse(const char *text, struct url *out)
{
    return parse(text, false, out);
}

/* ---- a server's ---- */

static int clean_path(struct url *url)
{
    AUTO_STR clean = STR_INIT(STR_TEXT_LIMIT);

    str_add_clean_path(&clean, url->path);
    if (clean.failed)
        return SPARKK8S_ENOMEM;
    free(url->path);
    url->path = str_take(&clean);
    return url->path ? 0 : SPARKK8S_ENOMEM;
}

static bool is_whole(const struct url *url)
{
    return *url->scheme && *url->host;
}

/* With a path, client-go reads a server as a request's URI first, whence its '#'. */
static int parse_whole(const char *text, struct url *out)
{
    int rc = parse(text, true, out);

    if (rc == SPARKK8S_ENOMEM || (rc == 0 && is_whole(out) && strlen(out->path) > 1))
        return rc;
    if (rc == 0)
        url_clear(out);
    rc = parse(text, false, out);
    if (rc == 0 && !is_whole(out)) {
        url_clear(out);
        rc = MALFORMED;
    }
    return rc;
}

/* Without a scheme: a host and no path. */
static int parse_bare(const char *text, struct url *out)
{
    AUTO_STR whole = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    str_addf(&whole, "http://%s", text);
    if (whole.failed)
        return SPARKK8S_ENOMEM;
    rc = parse(whole.s, false, out);
    if (rc == 0 && (!is_whole(out) || strlen(out->path) > 1)) {
        url_clear(out);
        rc = MALFORMED;
    }
    return rc;
}

int url_parse_server(const char *text, const char *where, struct url *out, sparkk8s_error **err)
{
    struct url url = { 0 };
    int rc = parse_whole(text, &url);

    if (rc == MALFORMED)
        rc = parse_bare(text, &url);
    if (rc == 0 && strcmp(url.scheme, "http") != 0 && strcmp(url.scheme, "https") != 0)
        rc = MALFORMED;
    if (rc == 0)
        rc = clean_path(&url);
    if (rc == 0) {
        *out = url;
        return 0;
    }
    url_clear(&url);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    fail(err, SPARKK8S_ECONF, where, "the server is not a URL that can be used");
    error_hint(err, "it looks like https://host:6443 or https://host/prefix");
    return SPARKK8S_ECONF;
}
