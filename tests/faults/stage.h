/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each test of this suite stands on: a cluster behind a proxy, clients of it, and a look at what is left behind.
 *
 * A sweep puts a fault at each byte in turn: it is over when the byte is behind the end, so that the fault did not come.
 * SPARKK8S_TORTURE_STEP=N takes each N-th byte only, for builds that are slow; 1 takes every byte of every sweep.
 */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include "client.h"
#include "cluster.h"
#include "proxy.h"
#include "run.h"

#include <check.h>

#define STAGE_NS "n"

struct stage {
    struct cluster *cluster;
    struct proxy *proxy;
    struct fault (*plan)(void *owner, const char *line);    /* NULL: stage_fault() */
    void *owner;
    struct fault fault;
    const char *match;
    unsigned nth, seen, requests;
};

void stage_begin(struct stage *stage, uint64_t seed, struct cluster_hooks hooks);
void stage_end(struct stage *stage);
/* The nth request (from 1) whose first line has `match` in it is disturbed, that one only; 0: each of them. */
void stage_fault(struct stage *stage, const char *match, unsigned nth, struct fault fault);
sparkk8s_client *stage_client(const struct stage *stage);
sparkk8s_client *stage_client_noting(const struct stage *stage, sparkk8s_log_fn log);     /* NULL: nothing */
int stage_step(int step);                       /* for a sweep that takes each step-th byte, unless it is told otherwise */
sparkk8s_manifest *stage_manifest(const char *key);
/* A pod as small as can be: the driver "d" or an executor of application "a1", which has not started. */
struct object *stage_pod(struct stage *stage, const char *name, const char *role);

/* How much this process has now: a test compares it with what it had at its beginning. */
struct holdings {
    size_t bytes;
    int descriptors;
};
struct holdings stage_holdings(void);

/* Runs the suite in this process, and once more after itself if memory is to be counted exactly; what main() returns. */
int stage_main(char **argv, Suite *suite);

#endif
