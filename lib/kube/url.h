/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a server's URL, read as Go's net/url does for what client-go makes of `server`. */
#ifndef KUBE_URL_H
#define KUBE_URL_H

#include "sparkk8s.h"

#include <stdbool.h>

struct url {
    bool tls;
    char *user, *password;      /* unescaped, or NULL */
    char *host;                 /* an IPv6 address keeps its brackets */
    int port;                   /* the scheme's own if none is given */
    bool port_given;
    char *path;                 /* "" or "/prefix", clean, without a final slash */
};

/* `where` is for messages. Query and fragment are dropped. */
int url_parse(const char *text, const char *where, struct url *out, sparkk8s_error **err);
void url_clear(struct url *url);
/* Back to text, without user and password; NULL if out of memory. */
char *url_text(const struct url *url);

#endif
