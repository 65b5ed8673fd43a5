/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of servers and proxies, read as Go's net/url does for what client-go makes of `server` and `proxy-url`. */
#ifndef KUBE_URL_H
#define KUBE_URL_H

#include "sparkk8s.h"
#include "str.h"

#include <stdbool.h>

struct url {
    char *scheme;               /* lower case; "" if there is none */
    char *user, *password;      /* unescaped; NULL without user information */
    char *host;                 /* a name, or an address without brackets; "" if there is none */
    int port;                   /* -1: none is given */
    char *path;                 /* unescaped, as it stands */
};

/* As Go's url.Parse: 0, SPARKK8S_ECONF if it is malformed, or SPARKK8S_ENOMEM; nothing is said. */
int url_parse(const char *text, struct url *out);
/* As rest.DefaultServerURL: no scheme means http, query and fragment are dropped, and the path is a prefix: "" or
 * "/prefix", clean, without a final slash. `where` is for messages. */
int url_parse_server(const char *text, const char *where, struct url *out, sparkk8s_error **err);
void url_clear(struct url *url);
bool url_is_tls(const struct url *url);
int url_port(const struct url *url);            /* the scheme's own if none is given; -1: it has none */
/* New; NULL if out of memory. */
char *url_origin(const struct url *url);        /* "https://host:6443" */
char *url_text(const struct url *url);          /* with the path, without user and password */
char *url_host_header(const struct url *url);   /* "host:6443" */
/* A server as client-go holds it and tells plugins: as it was given; with a path, without the query. */
char *url_without_query(const char *text);
/* HOST, an IPv6 address in brackets. */
void url_add_host(struct str *out, const char *host);
/* A path with what Go's net/url escapes in one escaped. */
void url_add_path(struct str *out, const char *path);

#endif
