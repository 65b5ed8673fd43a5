/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server URLs. Mirrors what Go's net/url and rest.DefaultServerURL make of a kubeconfig's `server`: user information is
 * Basic credentials, the path is a prefix and is cleaned, query and fragment are dropped, no scheme means http.
 */
#include "url.h"

#include "error.h"
#include "str.h"
#include "text.h"

void url_clear(struct url *url)
{
    if (url->password)
        explicit_bzero(url->password, strlen(url->password));
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->path);
    *url = (struct url){ 0 };
}

char *url_text(const struct url *url)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&text, "%s://%s", url->tls ? "https" : "http", url->host);
    if (url->port_given)
        str_addf(&text, ":%d", url->port);
    str_add(&text, url->path);
    return str_take(&text);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Escapes undone; NULL if one is malformed, makes a NUL byte, or if out of memory. */
static char *unescape(const char *text, size_t len)
{
    char *out = text_dupn(text, len);
    size_t i, n = 0;

    if (!out)
        return NULL;
    for (i = 0; i < len; i++) {
        if (out[i] != '%') {
            out[n++] = out[i];
            continue;
        }
        if (i + 2 >= len || hex_value(out[i + 1]) < 0 || hex_value(out[i + 2]) < 0 ||
            (out[i + 1] == '0' && out[i + 2] == '0')) {
            free(out);
            return NULL;
        }
        out[n++] = (char)(hex_value(out[i + 1]) * 16 + hex_value(out[i + 2]));
        i += 2;
    }
    out[n] = '\0';
    return out;
}

static bool set_user(struct url *url, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon ? (size_t)(colon - text) : len;

    url->user = unescape(text, user_len);
    url->password = colon ? unescape(colon + 1, len - user_len - 1) : text_dup("");
    return url->user && url->password;
}

static bool is_host(const char *text, size_t len)
{
    size_t i;

    if (len == 0)
        return false;
    if (text[0] == '[')
        return len > 2 && text[len - 1] == ']' && strspn(text + 1, "0123456789abcdefABCDEF:.%") >= len - 2;
    for (i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || strchr("\"<>\\^`{|}%[]:@?#\x7f", text[i]))
            return false;
    return true;
}

/* HOST[:PORT]; an empty port is none. */
static bool set_host(struct url *url, const char *text, size_t len)
{
    const char *bracket = text[0] == '[' ? memchr(text, ']', len) : NULL;
    const char *after = bracket ? bracket : text;
    const char *colon = memchr(after, ':', len - (size_t)(after - text));
    size_t host_len = colon ? (size_t)(colon - text) : len;
    AUTO(chars) digits = NULL;
    int32_t port;

    if (!is_host(text, host_len))
        return false;
    url->host = text_dupn(text, host_len);
    url->port = url->tls ? 443 : 80;
    if (!colon || host_len + 1 == len)
        return true;
    digits = text_dupn(colon + 1, len - host_len - 1);
    if (!digits || strspn(digits, "0123456789") != strlen(digits) || !text_to_int32(digits, &port) || port > 65535)
        return false;
    url->port = port;
    url->port_given = true;
    return true;
}

/* Go's path.Clean, without a final slash: "//a/./b/../c/" is "/a/c". */
static void add_clean(struct str *out, const char *path)
{
    const char *at = path, *slash;
    size_t len;

    while (*at) {
        len = strcspn(at, "/");
        if (len == 2 && at[0] == '.' && at[1] == '.') {
            slash = strrchr(out->s, '/');
            str_truncate(out, slash ? (size_t)(slash - out->s) : 0);
        } else if (len > 0 && !(len == 1 && at[0] == '.')) {
            str_addc(out, '/');
            str_addn(out, at, len);
        }
        at += len;
        at += *at == '/';
    }
}

/* The prefix decoded, cleaned, and escaped again. */
static bool set_path(struct url *url, const char *text, size_t len)
{
    AUTO(chars) plain = unescape(text, len);
    AUTO_STR clean = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    const char *c;

    if (!plain)
        return false;
    add_clean(&clean, plain);
    for (c = clean.s; *c; c++)
        if (strchr("/$&+,:;=@", *c))
            str_addc(&path, *c);
        else
            str_add_escaped(&path, (char[]){ *c, '\0' });
    url->path = clean.failed ? NULL : str_take(&path);
    return url->path != NULL;
}

static int malformed(struct url *url, const char *where, sparkk8s_error **err)
{
    url_clear(url);
    fail(err, SPARKK8S_ECONF, where, "the server is not a URL that can be used");
    error_hint(err, "it looks like https://host:6443 or https://host/prefix");
    return SPARKK8S_ECONF;
}

int url_parse(const char *text, const char *where, struct url *out, sparkk8s_error **err)
{
    struct url url = { 0 };
    const char *scheme_end = strstr(text, "://");
    const char *start = scheme_end ? scheme_end + 3 : text;
    size_t host_len, path_len;
    const char *at, *end;

    for (at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return malformed(&url, where, err);
    url.tls = scheme_end && strncasecmp(text, "https://", 8) == 0;
    if (scheme_end && !url.tls && strncasecmp(text, "http://", 7) != 0)
        return malformed(&url, where, err);
    host_len = strcspn(start, "/?#");
    end = start + host_len;
    at = memrchr(start, '@', host_len);
    if (at && !set_user(&url, start, (size_t)(at - start)))
        return malformed(&url, where, err);
    at = at ? at + 1 : start;
    path_len = strcspn(end, "?#");
    if ((!scheme_end && path_len > 0) || !set_host(&url, at, (size_t)(end - at)) || !set_path(&url, end, path_len))
        return malformed(&url, where, err);
    if (!url.host) {
        url_clear(&url);
        return fail_oom(err);
    }
    *out = url;
    return 0;
}
