/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A function on a stack of its own, which can stop in its midst and go on later: what waits in many places can be
 * written from top to bottom and still not block. Knows nothing of loops; who resumes it when is kube_task's matter.
 *
 * Not a thread: it runs only inside fiber_resume(), on the caller's thread.
 */
#ifndef KUBE_FIBER_H
#define KUBE_FIBER_H

#include <stdbool.h>

struct fiber;

struct fiber *fiber_new(void (*run)(void *owner), void *owner);     /* NULL: no memory */
void fiber_resume(struct fiber *fiber);         /* until it yields or ends */
void fiber_yield(struct fiber *fiber);          /* from inside */
/* From inside: calls this on the stack of whoever resumed it. For code that is not ours and may look at its stack. */
void fiber_outside(struct fiber *fiber, void (*call)(void *argument), void *argument);
bool fiber_has_ended(const struct fiber *fiber);
void fiber_free(struct fiber *fiber);           /* not begun, or ended; NULL is fine */

#endif
