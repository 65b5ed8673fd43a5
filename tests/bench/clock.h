/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs that measure the library have in common: what time is spent, and an end when something fails. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <sparkk8s.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, sparkk8s_error *err)
{
    fprintf(stderr, "%s: %s\n", what, sparkk8s_error_message(err));
    exit(1);
}

#endif
