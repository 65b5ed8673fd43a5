/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside a kube: for kube.c, exchange.c, credentials.c and stream.c only. */
#ifndef KUBE_INNER_H
#define KUBE_INNER_H

#include "credentials.h"
#include "http.h"
#include "kube.h"
#include "link.h"
#include "loop.h"
#include "strv.h"

#include <sys/types.h>

/* For so many exchanges, and those that wait for one of them to leave. */
struct room {
    struct link queue;
    int taken, most;
};

struct kube {
    int refs;
    pid_t pid;                      /* of the process that made it */
    const volatile char *unforked;  /* 1 in that process, 0 in its children; NULL: not to be had */
    struct kube_config config;
    struct kube_opts opts;          /* user_agent is our copy */
    char *user_agent;
    struct credentials credentials;
    struct loop loop;
    struct http *http;
    struct kube_alarm *alarms;      /* nearest first */
    struct room requests;           /* max_in_flight */
    struct room connecting;         /* what has a connection of its own, until it has it */
    struct link parked;             /* exchanges that wait for a credential */
    struct link news;               /* exchanges that have something to tell */
    bool rung;                      /* the bell: as the flags were when it was last looked after */
    struct link tasks;              /* those that have not ended */
    struct kube_task *task;         /* the one that runs now, or NULL */
    struct link flags;              /* that are up and untold */
    bool turning;
    bool answered;                  /* the server did, ever */
    int minor;                      /* of its version; -1: not known */
    struct strv warnings;           /* of the server's, that were told */
};

bool kube_is_forked(const struct kube *kube);
/* Until the limit: ms, -1 none. What a plugin that talks to the user has taken since `busy_ms` does not count. */
int kube_time_left(const struct kube *kube, const struct kube_limit *limit, int64_t busy_ms);
int64_t kube_busy_ms(const struct kube *kube);

#endif
