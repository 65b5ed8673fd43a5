/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster, as whom: kubeconfig files merged and resolved, or the pod's service account. Mirrors client-go's
 * tools/clientcmd, and rest.InClusterConfig.
 */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include "json.h"
#include "proxy.h"
#include "strv.h"

#include <stdbool.h>
#include <stdint.h>

/* What overrides the files; NULL, "" or 0 means "as in the files". */
struct kubeconfig_overrides {
    const char *file;               /* NULL: $KUBECONFIG, ~/.kube/config, then in-cluster */
    const char *context, *cluster, *user, *ns;
    const char *server, *tls_server_name, *ca_file;
    const char *token, *token_file, *cert_file, *key_file;
    const char *impersonate_user, *impersonate_uid;
    const char *const *impersonate_groups;      /* NULL at the end */
    bool insecure;                  /* skip TLS verification */
    bool in_cluster;                /* service account only */
    bool deny_exec;                 /* a user with an exec plugin is an error */
};

/* A user's exec plugin. */
struct kube_exec {
    char *command;                  /* from the root, or a name to be looked for in PATH */
    struct strv args;
    struct strv env;                /* "NAME=value", in addition to the process's */
    char *api_version;
    char *install_hint;             /* or NULL */
    bool may_interact, must_interact;
    json_t *cluster;                /* what it is told of the cluster, or NULL */
};

/* A resolved identity. Certificates and keys are PEM text in memory, whatever they were in the file. */
struct kube_config {
    char *server;                   /* "https://host:port/prefix", without a final slash, query or fragment */
    bool tls;                       /* it is https. If not, nothing that is secret is sent */
    char *ns;                       /* never NULL: "default" at the least */
    char *told_ns;                  /* what the context or the pod says, whatever overrides it; or NULL */
    char *context;                  /* name, or NULL in a cluster */
    char *tls_server_name;          /* or NULL */
    char *ca, *cert, *key;          /* or NULL */
    char *ca_file, *cert_file, *key_file;       /* whence they came and may be read again, or NULL */
    char *roots_file, *roots_folder;    /* of the environment or the system, for who has no `ca`; NULL: libcurl's */
    bool insecure;
    bool disable_compression;
    struct proxy proxy;
    char *username, *password;      /* Basic, or NULL; */
    bool basic_always;              /* which is part of the server's URL: it goes instead of a token, and over HTTP too */
    char *token;                    /* or NULL */
    char *token_file;               /* read again while in use, or NULL; wins over token while it is readable */
    struct kube_exec *exec;         /* for a user with nothing else to show, or NULL */
    char *impersonate_user;
    struct strv impersonate_headers;    /* "Impersonate-Group: x", ... ready to send */
};

int kube_config_load(const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err);
void kube_config_clear(struct kube_config *config);     /* wipes secrets */

#endif
