/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request to the server goes: names and addresses in the forms that libcurl takes them. */
#ifndef KUBE_TARGET_H
#define KUBE_TARGET_H

#include "kubeconfig.h"

/* The certificate is checked by libcurl against the host of the URL. With a tls-server-name that one is in the URL
 * instead, and connections to it are led to the server. */
struct target {
    char *alias;                /* "https://name:port", for the first `origin_len` bytes of a URL; or NULL */
    size_t origin_len;
    char *host_header;          /* "Host: host:port", or NULL: libcurl's own is right */
    char *connect_to;           /* of CURLOPT_CONNECT_TO, or NULL */
    char *proxy;                /* "http://host:port", or "": none */
    char *resolve;              /* of CURLOPT_RESOLVE: what the proxy's name stands for, or NULL */
};

int target_describe(const struct kube_config *config, struct target *out, sparkk8s_error **err);
void target_clear(struct target *target);

#endif
