/* SPDX-License-Identifier: Apache-2.0 */
/* The cancel object: an eventfd, so that a signal handler may trigger it and a wait sees it. */
#ifndef KUBE_CANCEL_H
#define KUBE_CANCEL_H

#include "sparkk8s.h"

#include <stdbool.h>

/* `bell` -1: one of our own, that nobody triggers while a call waits in the kernel. */
struct sparkk8s_cancel {
    int bell;
    bool triggered;
};

int cancel_fd(const sparkk8s_cancel *cancel);
bool cancel_is_triggered(const sparkk8s_cancel *cancel);

#endif
