/* SPDX-License-Identifier: Apache-2.0 */
/* The public client: a kube with a default namespace. Everything opened from it holds the kube, not the client. */
#ifndef RUN_CLIENT_H
#define RUN_CLIENT_H

#include "kube.h"

struct sparkk8s_client {
    struct kube *kube;
};

/* Input structs carry their size: `size` 0 or larger than ours with a non-zero tail is SPARKK8S_EINVAL. Copies what the
 * caller has into `into` (`ours` bytes, zeroed first). `given` NULL leaves it zero. */
int take_struct(void *into, size_t ours, const void *given, const char *what, sparkk8s_error **err);

#endif
