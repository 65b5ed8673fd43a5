/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy a server is reached through: the kubeconfig's, or the environment's by the rules of Go's httpproxy. */
#ifndef KUBE_PROXY_H
#define KUBE_PROXY_H

#include "url.h"

struct proxy {
    char *url;                  /* "http://host:port", "https://...", "socks5h://..."; NULL: none */
    char *user, *password;      /* or NULL */
};

/* What the environment says; NULL: not set. */
struct proxy_environment {
    const char *http_proxy, *https_proxy, *no_proxy;
    bool cgi;                   /* HTTP_PROXY may come from whoever sent the request */
};

void proxy_clear(struct proxy *proxy);
/* From `proxy-url`, which is checked: http, https or socks5. */
int proxy_from_text(const char *text, const char *where, struct proxy *out, sparkk8s_error **err);
/* None, if there is none for this server. What is no URL is passed over, as Go does. */
int proxy_from_environment(const struct proxy_environment *environment, const struct url *server, struct proxy *out,
                           sparkk8s_error **err);
/* Whether NO_PROXY keeps this host from being proxied; localhost and loopback addresses are so always. 0, or
 * SPARKK8S_ENOMEM. */
int proxy_is_exempt(const char *no_proxy, const char *host, int port, bool *exempt);

#endif
