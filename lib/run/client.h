/* SPDX-License-Identifier: Apache-2.0 */
/* The public client: a kube with a default namespace. Everything opened from it holds the kube, not the client. */
#ifndef RUN_CLIENT_H
#define RUN_CLIENT_H

#include "kube.h"

struct sparkk8s_client {
    struct kube *kube;
};

#endif
