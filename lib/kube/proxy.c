/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors golang.org/x/net/http/httpproxy and clientcmd's parseProxyURL.
 *
 * NO_PROXY is a list with commas of: "*"; addresses and networks in CIDR notation, which match addresses only; names,
 * which match themselves and what is below them; ".name" and "*.name", which match what is below only. Addresses and
 * names may have a port. Unlike Go's, names are not brought into Punycode.
 */
#include "proxy.h"

#include <arpa/inet.h>

#include "error.h"
#include "strv.h"
#include "text.h"

void proxy_clear(struct proxy *proxy)
{
    if (proxy->password)
        explicit_bzero(proxy->password, strlen(proxy->password));
    free(proxy->url);
    free(proxy->user);
    free(proxy->password);
    *proxy = (struct proxy){ 0 };
}

/* ---- NO_PROXY ---- */

struct address {
    unsigned char bytes[16];
    int bits;                   /* 32, 128, or 0: it is none */
};

/* An IPv4 address in the form of an IPv6 one is that IPv4 address, as to Go. */
static struct address read_address(const char *text)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    struct address address = { .bits = 0 };

    if (inet_pton(AF_INET, text, address.bytes) == 1) {
        address.bits = 32;
    } else if (inet_pton(AF_INET6, text, address.bytes) == 1) {
        address.bits = 128;
        if (memcmp(address.bytes, mapped, sizeof mapped) == 0) {
            memmove(address.bytes, address.bytes + sizeof mapped, 4);
            address.bits = 32;
        }
    }
    return address;
}

static bool is_within(const struct address *address, const struct address *network, int bits)
{
    int whole = bits / 8, rest = bits % 8;

    if (address->bits != network->bits || memcmp(address->bytes, network->bytes, (size_t)whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

static bool is_loopback(const struct address *address)
{
    static const struct address v4 = { .bytes = { 127 }, .bits = 32 }, v6 = { .bytes = { [15] = 1 }, .bits = 128 };

    return is_within(address, &v4, 8) || is_within(address, &v6, 128);
}

struct target {
    const char *host;           /* lower case */
    struct address address;
    char port[12];
};

/* ADDRESS/BITS. False if it is no such thing; *match otherwise. */
static bool match_network(char *item, const struct target *target, bool *match)
{
    char *slash = strchr(item, '/');
    struct address network;
    int32_t bits;

    if (!slash || slash[1] == '\0' || slash[1 + strspn(slash + 1, "0123456789")] != '\0')
        return false;
    *slash = '\0';
    network = read_address(item);
    *slash = '/';
    if (network.bits == 0 || !text_to_int32(slash + 1, &bits) || bits > network.bits)
        return false;
    *match = target->address.bits != 0 && is_within(&target->address, &network, bits);
    return true;
}

/* Go's net.SplitHostPort: cuts ":port" off, and the brackets of what is before it. */
static char *split_port(char **item)
{
    char *colon = strrchr(*item, ':'), *end;

    if (!colon)
        return NULL;
    end = colon - 1;
    if ((*item)[0] == '[') {
        if (colon == *item || *end != ']')
            return NULL;
        (*item)++;
        *end = '\0';
    } else if (strchr(*item, ':') != colon) {
        return NULL;
    }
    *colon = '\0';
    return colon + 1;
}

/* The name itself, unless the item begins with a dot, and all below it. */
static bool match_name(const char *item, const struct target *target)
{
    const char *name = item[0] == '*' && item[1] == '.' ? item + 1 : item;
    size_t len = strlen(name), host_len = strlen(target->host);
    bool below_only = name[0] == '.';

    if (target->address.bits != 0 || len == 0)
        return false;
    if (host_len > len && text_ends(target->host, name) &&
        (below_only || target->host[host_len - len - 1] == '.'))
        return true;
    return !below_only && strcmp(target->host, name) == 0;
}

static bool match_item(char *item, const struct target *target)
{
    struct address address;
    const char *port;
    bool match;

    if (strcmp(item, "*") == 0)
        return true;
    if (match_network(item, target, &match))
        return match;
    port = split_port(&item);
    if (port && *port && strcmp(port, target->port) != 0)
        return false;
    address = read_address(item);
    if (address.bits != 0)
        return target->address.bits != 0 && is_within(&target->address, &address, address.bits);
    return match_name(item, target);
}

int proxy_is_exempt(const char *no_proxy, const char *host, int port, bool *exempt)
{
    struct target target = { .address = read_address(host) };
    AUTO(chars) name = text_lower(host);
    AUTO(chars) list = text_lower(no_proxy ? no_proxy : "");
    AUTO_STRV items = { 0 };
    const char *start;
    size_t i, len;

    *exempt = strcmp(host, "localhost") == 0 || is_loopback(&target.address);
    if (list)
        strv_split(&items, list, ',');
    if (!name || !list || items.failed)
        return SPARKK8S_ENOMEM;
    target.host = name;
    snprintf(target.port, sizeof target.port, "%d", port);
    for (i = 0; i < items.count && !*exempt; i++) {
        start = text_trim(items.v[i], strlen(items.v[i]), &len);
        items.v[i][start - items.v[i] + (ptrdiff_t)len] = '\0';
        *exempt = match_item(items.v[i] + (start - items.v[i]), &target);
    }
    return 0;
}

/* ---- which ---- */

static int describe(struct url *url, struct proxy *out, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    const char *scheme = text_starts(url->scheme, "socks5") ? "socks5h" : url_is_tls(url) ? "https" : "http";
    int port = url_port(url);

    str_addf(&text, "%s://", scheme);
    url_add_host(&text, *url->host ? url->host : "localhost");
    str_addf(&text, ":%d", port < 0 ? 80 : port);
    out->url = str_take(&text);
    out->user = TAKE(url->user);
    out->password = TAKE(url->password);
    url_clear(url);
    return out->url ? 0 : fail_oom(err);
}

int proxy_from_text(const char *text, const char *where, struct proxy *out, sparkk8s_error **err)
{
    static const char *const schemes[] = { "http", "https", "socks5", NULL };
    struct url url = { 0 };
    int rc = url_parse(text, &url);

    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc == 0 && text_is_one_of(url.scheme, schemes))
        return describe(&url, out, err);
    url_clear(&url);
    fail(err, SPARKK8S_ECONF, where, rc < 0 ? "proxy-url is not a URL" : "proxy-url has another scheme than http, https "
                                                                         "and socks5");
    error_hint(err, "it looks like http://proxy:3128");
    return SPARKK8S_ECONF;
}

static bool is_whole(const struct url *url)
{
    return *url->scheme && *url->host;
}

/* "host:port" is http. What is no URL in either way gives no proxy. */
static int parse_loosely(const char *text, struct url *out)
{
    AUTO_STR with_scheme = STR_INIT(STR_TEXT_LIMIT);
    struct url second;
    int rc = url_parse(text, out), again;

    if (rc == SPARKK8S_ENOMEM || (rc == 0 && is_whole(out)))
        return rc;
    str_addf(&with_scheme, "http://%s", text);
    again = with_scheme.failed ? SPARKK8S_ENOMEM : url_parse(with_scheme.s, &second);
    if (again == SPARKK8S_ECONF)
        return rc;
    if (rc == 0)
        url_clear(out);
    if (again == 0)
        *out = second;
    return again;
}

int proxy_from_environment(const struct proxy_environment *environment, const struct url *server, struct proxy *out,
                           sparkk8s_error **err)
{
    bool tls = url_is_tls(server);
    const char *text = tls ? environment->https_proxy : environment->http_proxy;
    struct url url = { 0 };
    bool exempt;
    int rc;

    if (!text)
        return 0;
    rc = parse_loosely(text, &url);
    if (rc < 0)
        return rc == SPARKK8S_ENOMEM ? fail_oom(err) : 0;
    if (!tls && environment->cgi) {
        url_clear(&url);
        return fail(err, SPARKK8S_ECONF, "HTTP_PROXY", "not used in a CGI program, where it may come from outside");
    }
    rc = proxy_is_exempt(environment->no_proxy, server->host, url_port(server), &exempt);
    if (rc == 0 && !exempt)
        return describe(&url, out, err);
    url_clear(&url);
    return rc < 0 ? fail_oom(err) : 0;
}
