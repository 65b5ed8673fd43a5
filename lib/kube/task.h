/* SPDX-License-Identifier: Apache-2.0 */
/* What kube.c needs of tasks (kube.h has what everybody may). */
#ifndef KUBE_TASK_H
#define KUBE_TASK_H

#include "kube.h"

/* kube_wait() inside a task: stops it there. */
int task_wait(struct kube_task *task, const struct kube_limit *limit, bool (*ready)(void *owner), void *owner,
              sparkk8s_error **err);
/* Calls this on the stack of whoever turns the loop. */
void task_outside(struct kube_task *task, void (*call)(void *argument), void *argument);
void task_resume_all(struct kube *kube);        /* those that have what they wait for */

#endif
