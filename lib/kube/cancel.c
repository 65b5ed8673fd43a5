/* SPDX-License-Identifier: Apache-2.0 */
/* The public cancel object: nothing but a bell, so that triggering it is one write(), safe in a signal handler. */
#include "cancel.h"

#include "loop.h"

sparkk8s_cancel *sparkk8s_cancel_new(void)
{
    sparkk8s_cancel *cancel = calloc(1, sizeof *cancel);

    if (!cancel)
        return NULL;
    cancel->bell = bell_new();
    if (cancel->bell >= 0)
        return cancel;
    free(cancel);
    return NULL;
}

void sparkk8s_cancel_trigger(sparkk8s_cancel *cancel)
{
    if (cancel)
        bell_ring(cancel->bell);
}

void sparkk8s_cancel_reset(sparkk8s_cancel *cancel)
{
    if (cancel)
        bell_silence(cancel->bell);
}

void sparkk8s_cancel_free(sparkk8s_cancel *cancel)
{
    if (!cancel)
        return;
    bell_free(cancel->bell);
    free(cancel);
}

int cancel_fd(const sparkk8s_cancel *cancel)
{
    return cancel ? cancel->bell : -1;
}

bool cancel_is_triggered(const sparkk8s_cancel *cancel)
{
    return cancel && (cancel->bell >= 0 ? bell_is_rung(cancel->bell) : cancel->triggered);
}
