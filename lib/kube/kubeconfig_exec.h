/* SPDX-License-Identifier: Apache-2.0 */
/* The `exec` of a user: what to run for a credential, and what it is told. */
#ifndef KUBE_KUBECONFIG_EXEC_H
#define KUBE_KUBECONFIG_EXEC_H

#include "kubeconfig_stanza.h"

/* What kubectl refuses, used or not. */
int kubeconfig_exec_check(const struct user_stanza *user, sparkk8s_error **err);
/* Whether its version of the interface is one that we speak: asked for only if the server is an HTTPS one. */
int kubeconfig_exec_check_version(const struct user_stanza *user, sparkk8s_error **err);
/* config->exec, from the user and what config has of the cluster by now. */
int kubeconfig_exec_read(const struct user_stanza *user, const struct cluster_stanza *cluster, struct kube_config *config,
                         sparkk8s_error **err);
void kube_exec_free(struct kube_exec *exec);

#endif
