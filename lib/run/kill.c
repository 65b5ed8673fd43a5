/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing a run: deleting its driver pod, on which everything else depends. Unlike spark-submit --kill, the delete is
 * pinned to the uid, and, if the caller asks for it, to the claim: then it is also pinned to the version of the pod at
 * which the claim was read, so that a claim that comes in between is seen.
 */
#include "run.h"

#include "attempt.h"
#include "client.h"
#include "input.h"
#include "moment.h"
#include "pod.h"
#include "submission.h"

#define ROUNDS 10                   /* changes of the pod between looking and deleting */
#define FIRST_POLL_MS 100
#define LAST_POLL_MS 1000

struct kill {
    sparkk8s_run *run;
    const struct kube_limit *limit;
    struct kube_precondition only;
    int64_t grace_seconds;
};

static int send_delete(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct kill *kill = owner;

    return kube_delete(kill->run->kube, &kube_pods, kill->run->ns, kill->run->pod, &kill->only, kill->grace_seconds, then,
                       call, err);
}

/* The driver now; *gone if there is none of this uid. */
static int look(struct kill *kill, struct pod *pod, bool *gone, sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    int rc = run_look(kill->run, kill->limit, pod, &error);

    *gone = rc == SPARKK8S_ENOTFOUND;
    return rc == 0 || *gone ? 0 : pass_error(rc, &error, err);
}

/* *changed if the pod is not what the precondition says any more. */
static int delete(struct kill *kill, bool *changed, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    AUTO(error) error = NULL;
    int rc = attempt_wait(kill->run->kube, send_delete, kill, kill->limit, &call, &error);

    *changed = rc < 0 && sparkk8s_error_http_status(error) == 409;
    if (rc == 0 || rc == SPARKK8S_ENOTFOUND || *changed)
        return 0;
    return pass_error(rc, &error, err);
}

static int check_claim(const struct kill *kill, const struct pod *pod, const char *claim, sparkk8s_error **err)
{
    if (pod->claim && !strcmp(pod->claim, claim))
        return 0;
    fail(err, SPARKK8S_EEXISTS, kill->run->id, "not killed: %s", pod->claim ? "somebody else has claimed the run since"
                                                                           : "nobody has claimed the run");
    error_hint(err, "the run belongs to who claimed it last; leave out the claim to kill it anyway");
    return SPARKK8S_EEXISTS;
}

static int delete_claimed(struct kill *kill, const char *claim, sparkk8s_error **err)
{
    bool gone, changed;
    int round, rc;

    for (round = 0; round < ROUNDS; round++) {
        AUTO_POD pod = { 0 };

        rc = look(kill, &pod, &gone, err);
        if (rc < 0 || gone)
            return rc;
        rc = check_claim(kill, &pod, claim, err);
        if (rc < 0)
            return rc;
        kill->only.version = pod.version;
        rc = delete(kill, &changed, err);
        kill->only.version = NULL;
        if (rc < 0 || !changed)
            return rc;
    }
    fail(err, SPARKK8S_ESERVER, kill->run->id, "the driver pod changes faster than it can be looked at");
    error_retriable(err);
    return SPARKK8S_ESERVER;
}

static bool never(void *owner UNUSED)
{
    return false;
}

static int wait_until_gone(struct kill *kill, sparkk8s_error **err)
{
    int poll_ms = FIRST_POLL_MS, rc;
    bool gone;

    for (;;) {
        AUTO_POD pod = { 0 };
        struct kube_limit pause = *kill->limit;
        int64_t next = moment_mono_ms() + poll_ms;

        rc = look(kill, &pod, &gone, err);
        if (rc < 0 || gone)
            return rc;
        if (next < pause.deadline_ms)
            pause.deadline_ms = next;
        rc = kube_wait(kill->run->kube, &pause, never, NULL, err);
        if (rc < 0)
            return rc;
        if (moment_mono_ms() >= kill->limit->deadline_ms) {
            fail(err, SPARKK8S_ETIMEDOUT, kill->run->id, "the driver was asked to go, but is not gone yet");
            error_retriable(err);
            return SPARKK8S_ETIMEDOUT;
        }
        poll_ms = poll_ms * 2 < LAST_POLL_MS ? poll_ms * 2 : LAST_POLL_MS;
    }
}

static int check_opts(const sparkk8s_kill_opts *opts, sparkk8s_error **err)
{
    if (opts->flags & ~SPARKK8S_KILL_WAIT)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kill_opts", "flags has a bit that is none of SPARKK8S_KILL_*");
    if (opts->grace_seconds < -1)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kill_opts", "grace_seconds is %d; -1 means at once",
                    (int)opts->grace_seconds);
    return 0;
}

/* A submission that is under way is given up first; if that ended it, its driver was never released. */
static int end_submission(sparkk8s_run *run, sparkk8s_error **err)
{
    AUTO(error) reason = NULL;
    AUTO(error) outcome = NULL;

    if (run->submission) {
        fail(&reason, SPARKK8S_ECANCELED, run->id, "killed while it was being submitted");
        (void)submission_give_up(run, SPARKK8S_ECANCELED, &reason, &outcome);
    }
    return run->uid ? 0 : fail(err, SPARKK8S_EINVAL, run->id, "nothing was created that could be killed");
}

int sparkk8s_run_kill(sparkk8s_run *run, const sparkk8s_kill_opts *given, const sparkk8s_call *call,
                      sparkk8s_error **err)
{
    struct kube_limit limit;
    sparkk8s_kill_opts opts;
    struct kill kill = { .run = run, .limit = &limit };
    bool changed;
    int rc;

    if (!run)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_kill", "run must not be NULL");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_kill_opts", err);
    if (rc == 0)
        rc = check_opts(&opts, err);
    if (rc == 0)
        rc = kube_check(run->kube, err);
    if (rc == 0)
        rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc == 0)
        rc = end_submission(run, err);
    if (rc < 0)
        return rc;
    kill.only.uid = run->uid;
    kill.grace_seconds = opts.grace_seconds == 0 ? -1 : opts.grace_seconds < 0 ? 0 : opts.grace_seconds;
    rc = opts.only_claim ? delete_claimed(&kill, opts.only_claim, err) : delete(&kill, &changed, err);
    return rc == 0 && opts.flags & SPARKK8S_KILL_WAIT ? wait_until_gone(&kill, err) : rc;
}
