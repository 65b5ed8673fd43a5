/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster and the user that count: of the files, with what overrides them; validated, not yet resolved. */
#ifndef KUBE_KUBECONFIG_STANZA_H
#define KUBE_KUBECONFIG_STANZA_H

#include "json.h"
#include "kubeconfig.h"

/* Texts are borrowed from the files and the overrides; NULL: not set, or empty. */
struct stanza_file {
    const char *path;           /* or NULL */
    const char *folder;         /* which it is meant from; NULL: the current one */
};

struct cluster_stanza {
    const char *name, *where;   /* for messages; `where` may be NULL */
    bool empty;                 /* neither in the files nor in the overrides */
    const char *server, *tls_server_name, *ca_data, *proxy_url;
    struct stanza_file ca;
    bool insecure, disable_compression;
    const json_t *extensions;
};

struct user_stanza {
    const char *name, *where, *folder;
    const char *token, *username, *password, *cert_data, *key_data;
    struct stanza_file token_file, cert, key;
    const char *as, *as_uid;
    const json_t *as_groups, *as_extra;         /* of the files */
    const char *const *as_group_list;           /* of the overrides, or NULL; wins */
    const json_t *exec, *provider;
};

/* `name` may be NULL. SPARKK8S_ECONF if the name was given by an override and there is no such entry. */
int cluster_stanza_read(const json_t *merged, const char *name, const struct kubeconfig_overrides *overrides,
                        struct cluster_stanza *out, sparkk8s_error **err);
int user_stanza_read(const json_t *merged, const char *name, const struct kubeconfig_overrides *overrides,
                     struct user_stanza *out, sparkk8s_error **err);
/* Whatever kubectl would refuse, in the order in which it looks. The empty cluster is not refused. */
int cluster_stanza_check(const struct cluster_stanza *cluster, sparkk8s_error **err);
int user_stanza_check(const struct user_stanza *user, sparkk8s_error **err);
/* The file's path as it can be opened; NULL if out of memory. */
char *stanza_path(const struct stanza_file *file);

#endif
