/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster, as whom: kubeconfig files merged and resolved, or the pod's service account. Mirrors client-go's
 * tools/clientcmd (reference kubernetes-client.md section 1). What is not supported yet (exec plugins, auth providers,
 * proxies) is an error that names it, for the context that is used only.
 */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include "sparkk8s.h"
#include "strv.h"

#include <stdbool.h>
#include <stdint.h>

/* What overrides the files; NULL or 0 means "as in the files". */
struct kubeconfig_overrides {
    const char *files;              /* path list; NULL: $KUBECONFIG, ~/.kube/config, then in-cluster */
    const char *context, *ns, *server, *impersonate_user;
    const char *token, *token_file, *ca_file, *cert_file, *key_file;
    bool insecure;                  /* skip TLS verification */
    bool in_cluster;                /* service account only */
};

/* A resolved identity. Certificates and keys are PEM bytes in memory, whatever they were in the file. */
struct kube_config {
    char *server;                   /* "https://host:port/prefix", without a final slash, query or fragment */
    char *ns;                       /* never NULL: "default" at the least */
    char *told_ns;                  /* what the context or the pod says, whatever overrides it; or NULL */
    char *context;                  /* name, or NULL in a cluster */
    char *tls_server_name;          /* or NULL */
    char *ca, *cert, *key;          /* PEM text or NULL */
    char *token;                    /* or NULL */
    char *token_file;               /* re-read while in use, or NULL; wins over token while it is readable */
    char *username, *password;      /* Basic, or NULL */
    char *impersonate_user;
    struct strv impersonate_headers;    /* "Impersonate-Group: x", ... ready to send */
    bool insecure;
    bool disable_compression;
    const char *proxy_ignored;      /* the variable with a proxy for this server, which is not used yet; static, or NULL */
};

int kube_config_load(const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err);
void kube_config_clear(struct kube_config *config);     /* wipes secrets */

#endif
