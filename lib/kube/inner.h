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
    struct link queue;              /* exchanges that wait for room */
    struct link parked;             /* exchanges that wait for a credential */
    struct link news;               /* exchanges that have something to tell */
    int in_flight;
    size_t flags_up;
    bool rung;                      /* the bell: as the flags were when it was last looked after */
    bool turning;
    bool answered;                  /* the server did, ever */
    struct strv warnings;           /* of the server's, that were told */
};

bool kube_is_forked(const struct kube *kube);
/* There is something to do that no socket and no alarm tells of: the next wait is over at once. */
void kube_wake(struct kube *kube);

#endif
