/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests with back-off: between a half and the whole of 0.2 s, 0.4 s, ... 4 s; given up after about ten
 * seconds, in which an API server restarts.
 */
#include "attempt.h"

#include "backoff.h"
#include "moment.h"
#include "scan.h"

#define TRIES 7
#define FIRST_WAIT_MS 200
#define LONGEST_WAIT_MS 4000

void attempt_stop(struct attempt *attempt)
{
    if (kube_check(attempt->kube, NULL) == 0)   /* a forked child leaves the parent's timer alone */
        kube_alarm_set(attempt->kube, &attempt->alarm, 0);
    kube_call_free(TAKE(attempt->call));
}

bool attempt_is_under_way(const struct attempt *attempt)
{
    return attempt->call && !kube_call_is_done(attempt->call);
}

static int64_t wait_ms(int tries)
{
    return backoff_ms(tries, FIRST_WAIT_MS, LONGEST_WAIT_MS);
}

bool attempt_again(struct attempt *attempt)
{
    if (attempt->tries >= TRIES)
        return false;
    kube_call_free(TAKE(attempt->call));
    kube_alarm_set(attempt->kube, &attempt->alarm, moment_mono_ms() + wait_ms(attempt->tries));
    return true;
}

/* A server that was never there is a wrong address, or a matter for whoever waits for it to come up. */
static bool may_help(const struct attempt *attempt, const sparkk8s_error *error)
{
    int status = kube_call_http_status(attempt->call);

    return kube_call_is_ambiguous(attempt->call) || status == 429 || status >= 500
        || (!status && kube_has_answered(attempt->kube) && sparkk8s_error_is_retriable(error));
}

static void call_done(struct kube_call *call, void *owner)
{
    struct attempt *attempt = owner;
    AUTO(error) error = NULL;
    int rc = kube_call_result(call, &error);

    if (rc < 0 && !attempt->step->once && may_help(attempt, error) && attempt_again(attempt))
        return;
    attempt->step->ended(attempt->owner, rc, &error);
}

static void send(void *owner)
{
    struct attempt *attempt = owner;
    struct kube_then then = { .done = call_done, .owner = attempt };
    AUTO(error) error = NULL;
    int rc;

    attempt->tries++;
    rc = attempt->step->send(attempt->owner, then, &attempt->call, &error);
    if (rc < 0)
        attempt->step->ended(attempt->owner, rc, &error);
}

void attempt_later(struct attempt *attempt, const struct attempt_step *step, int nth)
{
    attempt_stop(attempt);
    attempt->step = step;
    attempt->tries = 0;
    attempt->alarm.due = send;
    attempt->alarm.owner = attempt;
    if (nth)
        kube_alarm_set(attempt->kube, &attempt->alarm, moment_mono_ms() + wait_ms(nth));
    else
        send(attempt);
}

void attempt_go(struct attempt *attempt, const struct attempt_step *step)
{
    attempt_later(attempt, step, 0);
}

int answer_text(const struct kube_call *call, const char *const *path, char **out, sparkk8s_error **err)
{
    struct slice slice;
    struct scan scan;
    const char *body;
    char *text = NULL;
    size_t len;

    body = kube_call_body(call, &len);
    scan = scan_begin(body, len);
    if (scan_text_at(&scan, path, &slice)) {
        text = slice_dup(&slice);
        if (!text)
            return fail_oom(err);
    }
    *out = text;
    return 0;
}

/* ---- blocking ------------------------------------------------------------------------------------------------ */

struct waiting {
    struct attempt attempt;
    attempt_send_fn send;
    void *owner;
    bool ended;
    int rc;
    sparkk8s_error *error;
};

static int waiting_send(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct waiting *waiting = owner;

    return waiting->send(waiting->owner, then, call, err);
}

static void waiting_ended(void *owner, int rc, sparkk8s_error **err)
{
    struct waiting *waiting = owner;

    waiting->ended = true;
    waiting->rc = rc;
    waiting->error = TAKE(*err);
}

static bool waiting_is_over(void *owner)
{
    const struct waiting *waiting = owner;

    return waiting->ended;
}

int pass_error(int rc, sparkk8s_error **error, sparkk8s_error **err)
{
    if (err)
        *err = TAKE(*error);
    return rc;
}

int attempt_wait(struct kube *kube, attempt_send_fn send_it, void *owner, const struct kube_limit *limit,
                 struct kube_call **answer, sparkk8s_error **err)
{
    static const struct attempt_step step = { .name = "asking", .send = waiting_send, .ended = waiting_ended };
    struct waiting waiting = { .attempt.kube = kube, .send = send_it, .owner = owner };
    int rc;

    waiting.attempt.owner = &waiting;
    attempt_go(&waiting.attempt, &step);
    rc = kube_wait(kube, limit, waiting_is_over, &waiting, err);
    if (rc == SPARKK8S_AGAIN) {
        rc = fail(err, SPARKK8S_ETIMEDOUT, kube_identity(kube)->server, "no answer within the time limit");
        error_retriable(err);
    } else if (rc == 0) {
        rc = waiting.rc;
        if (rc == 0)
            *answer = TAKE(waiting.attempt.call);
        else
            pass_error(rc, &waiting.error, err);
    }
    attempt_stop(&waiting.attempt);
    sparkk8s_error_free(waiting.error);
    return rc;
}
