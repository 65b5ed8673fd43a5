/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside a kube: for kube.c, exchange.c, credentials.c and stream.c only. */
#ifndef KUBE_INNER_H
#define KUBE_INNER_H

#include "http.h"
#include "kube.h"
#include "link.h"
#include "loop.h"
#include "strv.h"

#include <sys/types.h>

/* A token from a file is read again while it is used: service account tokens are replaced every hour. */
struct credentials {
    char *token;                    /* the file's, or NULL: the configuration's */
    int64_t read_ms;                /* moment_mono_ms() of the last look; 0: none yet */
};

struct kube {
    int refs;
    pid_t pid;                      /* of the process that made it */
    struct kube_config config;
    struct kube_opts opts;          /* user_agent is our copy */
    char *user_agent;
    struct credentials credentials;
    struct loop loop;
    struct http *http;
    struct kube_alarm *alarms;      /* nearest first */
    struct link queue;              /* exchanges that wait for room */
    struct link news;               /* exchanges that have something to tell */
    int in_flight;
    size_t flags_up;
    bool turning;
    bool answered;                  /* the server did, ever */
};

/* Appends the headers that say who we are; only over TLS. */
int credentials_add(struct kube *kube, struct strv *headers, sparkk8s_error **err);
/* After a 401: true if there may be another token now. */
bool credentials_reread(struct kube *kube);
void credentials_clear(struct credentials *credentials);
bool kube_is_forked(const struct kube *kube);
/* There is something to do that no socket and no alarm tells of: the next wait is over at once. */
void kube_wake(struct kube *kube);

#endif
