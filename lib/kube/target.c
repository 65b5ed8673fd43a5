/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors what Go's transport makes of a URL, tls.Config.ServerName and a proxy: the Host header is the URL's host and port
 * as they were written; the server name is asked of an https proxy as well.
 */
#include "target.h"

#include <netdb.h>
#include <sys/socket.h>

#include "error.h"
#include "str.h"
#include "text.h"
#include "url.h"

void target_clear(struct target *target)
{
    free(target->alias);
    free(target->host_header);
    free(target->connect_to);
    free(target->proxy);
    free(target->resolve);
    *target = (struct target){ 0 };
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* libcurl drops a port that is the scheme's own, and brings other than ASCII names into Punycode. */
static bool describe_header(const struct url *url, struct target *out)
{
    AUTO(chars) host = url_host_header(url);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!host)
        return false;
    if (!is_ascii(url->host))
        return true;
    str_addf(&text, "Host: %s", host);
    out->host_header = str_take(&text);
    return out->host_header != NULL;
}

static bool describe_alias(const struct kube_config *config, const struct url *url, struct target *out)
{
    AUTO_STR alias = STR_INIT(STR_TEXT_LIMIT), lead = STR_INIT(STR_TEXT_LIMIT), path = STR_INIT(STR_TEXT_LIMIT);

    if (!config->tls_server_name)
        return true;
    str_add(&alias, "https://");
    url_add_host(&alias, config->tls_server_name);
    str_addf(&alias, ":%d", url_port(url));
    str_add(&lead, "::");
    url_add_host(&lead, url->host);
    str_addf(&lead, ":%d", url_port(url));
    url_add_path(&path, url->path);
    if (path.failed)
        return false;
    out->origin_len = strlen(config->server) - path.len;
    out->alias = str_take(&alias);
    out->connect_to = str_take(&lead);
    return out->alias && out->connect_to;
}

/* ---- an https proxy that is asked for the server's name ---- */

static int first_address(const char *host, char *out, size_t size, sparkk8s_error **err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);

    if (rc == EAI_MEMORY)
        return fail_oom(err);
    if (rc == 0)
        rc = getnameinfo(found->ai_addr, found->ai_addrlen, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
    if (found)
        freeaddrinfo(found);
    return rc == 0 ? 0 : fail(err, SPARKK8S_ECONNECT, host, "cannot resolve the proxy's name: %s", gai_strerror(rc));
}

static int rename_proxy(const struct kube_config *config, struct target *out, sparkk8s_error **err)
{
    AUTO_STR proxy = STR_INIT(STR_TEXT_LIMIT), resolve = STR_INIT(STR_TEXT_LIMIT);
    struct url url = { 0 };
    char address[64];
    int rc = url_parse(config->proxy.url, &url);

    rc = rc < 0 ? fail_oom(err) : first_address(url.host, address, sizeof address, err);
    if (rc == 0) {
        str_add(&proxy, "https://");
        url_add_host(&proxy, config->tls_server_name);
        str_addf(&proxy, ":%d", url.port);
        str_addf(&resolve, "%s:%d:", config->tls_server_name, url.port);
        url_add_host(&resolve, address);
        out->proxy = str_take(&proxy);
        out->resolve = str_take(&resolve);
        rc = out->proxy && out->resolve ? 0 : fail_oom(err);
    }
    url_clear(&url);
    return rc;
}

static int describe_proxy(const struct kube_config *config, struct target *out, sparkk8s_error **err)
{
    if (config->tls_server_name && config->proxy.url && text_starts(config->proxy.url, "https://"))
        return rename_proxy(config, out, err);
    out->proxy = text_dup(config->proxy.url ? config->proxy.url : "");
    return out->proxy ? 0 : fail_oom(err);
}

int target_describe(const struct kube_config *config, struct target *out, sparkk8s_error **err)
{
    struct target target = { 0 };
    struct url url = { 0 };
    int rc = url_parse_server(config->server, NULL, &url, err);

    if (rc == 0 && (!describe_header(&url, &target) || !describe_alias(config, &url, &target)))
        rc = fail_oom(err);
    url_clear(&url);
    if (rc == 0)
        rc = describe_proxy(config, &target, err);
    if (rc < 0) {
        target_clear(&target);
        return rc;
    }
    *out = target;
    return 0;
}
