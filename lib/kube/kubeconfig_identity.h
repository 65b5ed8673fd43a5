/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster and user of a context, with what overrides them, as fields of struct kube_config. */
#ifndef KUBE_KUBECONFIG_IDENTITY_H
#define KUBE_KUBECONFIG_IDENTITY_H

#include "json.h"
#include "kubeconfig.h"

struct kubeconfig_choice {
    const json_t *cluster, *user;               /* entries of the merged files, or NULL */
    const char *cluster_name, *user_name;       /* for messages */
};

/* Fills in all but namespace and context. `out` is the caller's to clear in failure too. */
int kubeconfig_identify(const struct kubeconfig_choice *choice, const struct kubeconfig_overrides *overrides,
                        struct kube_config *out, sparkk8s_error **err);

/* From `folder`, a pod's service account, with what may be overridden in a cluster. */
int kubeconfig_in_cluster(const char *folder, const char *host, const char *port,
                          const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err);
/* Cleans config->server, and takes user and password out of it. */
int kubeconfig_clean_server(struct kube_config *config, const char *where, sparkk8s_error **err);

#endif
