/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenes of the running library, in each of which every allocation fails in turn: that one alone, and then again that one
 * and all after it. Reaches libcurl, jansson and libyaml, and not the TLS library.
 *
 * SPARKK8S_TORTURE_STEP=N tries each N-th allocation only; SPARKK8S_TORTURE_AT=N just that one;
 * SPARKK8S_TORTURE_ONLY=NAME that scene.
 */
#ifndef TESTS_TORTURE_H
#define TESTS_TORTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "sparkk8s.h"

struct scene {
    const char *name;
    /* Where memory is enough. What is made here is freed by `end`; `round` differs each time. */
    void *(*begin)(int round);
    int (*act)(void *state, sparkk8s_error **err);              /* where it is not */
    /* Enough again: is the result right, and can what is there still be used? `rc` is success or out of memory; or, if the
     * allocation that failed may have been libcurl's, a connection that came to nothing. */
    void (*check)(void *state, int rc);
    void (*end)(void *state);
    size_t step;                    /* 0: each allocation, one after the other; else each of so many, several at once */
};

void torture_begin(void);               /* before anything else: libcurl is started by it */
void torture(const struct scene *scene);
extern bool torture_for_good;          /* this round fails all allocations from one on */

#endif
