/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy `auth-provider` of a user. */
#ifndef KUBE_KUBECONFIG_PROVIDER_H
#define KUBE_KUBECONFIG_PROVIDER_H

#include "kubeconfig_stanza.h"

/* Whatever kubectl refuses, and if the provider is needed: its token in config->token, or an error that says what to do
 * instead. */
int kubeconfig_provider_read(const struct user_stanza *user, struct kube_config *config, sparkk8s_error **err);

#endif
