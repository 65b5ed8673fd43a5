/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster and a user mean, as fields of struct kube_config. */
#ifndef KUBE_KUBECONFIG_IDENTITY_H
#define KUBE_KUBECONFIG_IDENTITY_H

#include "kubeconfig_stanza.h"

/* Fills in all but namespace, context and the environment's proxy. `out` is the caller's to clear in failure too. */
int kubeconfig_identify(const struct cluster_stanza *cluster, const struct user_stanza *user,
                        const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err);

/* From `folder`, a pod's service account, with what may be overridden in a cluster. */
int kubeconfig_in_cluster(const char *folder, const char *host, const char *port,
                          const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err);

#endif
