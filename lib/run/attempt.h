/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request, repeated with back-off while that may help: lost connections, time-outs, 429 and 5xx. The kube itself
 * repeats only what is safe whatever the request; here the caller says by its step what it can bear.
 *
 * A state machine is a table of steps and one attempt that goes from one to the next, driven by kube_turn() alone.
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "verbs.h"

typedef int (*attempt_send_fn)(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err);

struct attempt_step {
    const char *name;               /* for messages: "creating the driver pod" */
    attempt_send_fn send;
    /* The outcome; attempt->call has the answer (NULL if it could not be sent). *err may be taken. Says what follows:
     * attempt_go(), attempt_again() or nothing. */
    void (*ended)(void *owner, int rc, sparkk8s_error **err);
    bool once;                      /* `ended` sees every failure: to repeat might do it twice */
};

struct attempt {                    /* zeroed, with kube and owner set; must not move */
    struct kube *kube;              /* borrowed */
    void *owner;                    /* of the step's functions */
    const struct attempt_step *step;
    struct kube_call *call;
    struct kube_alarm alarm;
    int tries;
};

void attempt_go(struct attempt *attempt, const struct attempt_step *step);
/* After the back-off that belongs to the `nth` attempt; 0: now. */
void attempt_later(struct attempt *attempt, const struct attempt_step *step, int nth);
/* The same step once more, later; false if it was tried often enough. */
bool attempt_again(struct attempt *attempt);
void attempt_stop(struct attempt *attempt);
/* An answer may still come. */
bool attempt_is_under_way(const struct attempt *attempt);

/* One request of a blocking call, repeated as above. *answer is set if the result is 0. */
int attempt_wait(struct kube *kube, attempt_send_fn send, void *owner, const struct kube_limit *limit,
                 struct kube_call **answer, sparkk8s_error **err);
/* The text at a path of keys (NULL at the end) of an answer, NULL if there is none; new. Scanned: jansson's parser drops
 * characters without a word when memory runs out, which must not happen to what is compared. */
int answer_text(const struct kube_call *call, const char *const *path, char **out, sparkk8s_error **err);
/* Hands on an error that was looked at first; returns rc. */
int pass_error(int rc, sparkk8s_error **error, sparkk8s_error **err);

#endif
