/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request until its final answer: the credentials on it, and the repetitions that are safe whatever the verb.
 *
 * Repeated are: what the server asks to repeat (429 and 5xx with Retry-After, or with a Status that has retryAfterSeconds), a
 * 401 when there may be another credential now (once, with the file read or the plugin run again), what was not sent for a
 * certificate that has been replaced (once), and a GET whose connection was lost (at once on a fresh connection if it was
 * an old one, then with back-off). Nothing else: a request that may have been carried out is the caller's to look up.
 *
 * A success has to look like one: a web page, another text, or a Status that tells of a failure is an error.
 */
#ifndef KUBE_EXCHANGE_H
#define KUBE_EXCHANGE_H

#include "http.h"
#include "kube.h"
#include "link.h"
#include "str.h"

struct exchange {
    struct link link;           /* in the kube's queue, parked, or among its news; first, so that it is the exchange's
                                 * address */
    struct kube *kube;          /* a reference */
    char *method, *url, *content_type, *body;
    const char *accept;         /* borrowed; or NULL */
    size_t body_len;
    int64_t timeout_ms, deadline_ms;        /* 0: none */
    bool alone;
    /* Bytes of a 2xx answer, see http_events.take; NULL: they are collected in `answer`, as those of others are. */
    enum http_taken (*take)(struct exchange *x, const char *bytes, size_t len);
    void (*news)(struct exchange *x);       /* from kube_turn(): it ended, or exchange_tell() was called; may free it */

    struct http_transfer *transfer;         /* while one is under way */
    struct kube_alarm again;                /* when to repeat */
    int tries, losses;
    bool counted;               /* has a place in room_of() */
    bool fresh, renewed;        /* repeated on a fresh connection; with another credential */
    unsigned generation;        /* of the credential that it was sent with */
    bool ended, too_large;
    bool enough;                /* of a refusal's body */
    sparkk8s_error *error;      /* of a failure of our own (no memory, no credentials), or NULL */
    struct http_end end;
    struct str answer;
};

int exchange_init(struct exchange *x, struct kube *kube, const struct kube_request *request, sparkk8s_error **err);
/* In failure nothing is under way. */
int exchange_start(struct exchange *x, sparkk8s_error **err);
void exchange_stop(struct exchange *x);     /* nothing of it comes any more, not even its end */
void exchange_clear(struct exchange *x);    /* stops it */
void exchange_tell(struct exchange *x);     /* x->news at the next chance; safe inside `take` */
/* 0 for a 2xx answer, otherwise the error. Only when ended. */
int exchange_result(const struct exchange *x, sparkk8s_error **err);

extern const struct http_events exchange_events;
void exchange_pump(struct kube *kube);      /* starts what is queued while there is room */
bool exchange_can_pump(const struct kube *kube);
void exchange_unpark(struct kube *kube);    /* the credential has come, or has failed to */

#endif
