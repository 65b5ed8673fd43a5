/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing a run: deleting its driver pod, on which everything else depends. Unlike spark-submit --kill, the delete is
 * pinned to the uid, and, if the caller asks for it, to the claim (killing.h).
 */
#include "run.h"

#include "client.h"
#include "input.h"
#include "killing.h"
#include "submission.h"

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

static bool is_done(void *owner)
{
    const struct killing *killing = owner;

    return killing->done;
}

static int too_late(const struct killing *killing, sparkk8s_error **err)
{
    if (killing->waiting)
        fail(err, SPARKK8S_ETIMEDOUT, killing->id, "the driver was asked to go, but is not gone yet");
    else
        fail(err, SPARKK8S_ETIMEDOUT, kube_identity(killing->kube)->server, "no answer within the time limit");
    error_retriable(err);
    return SPARKK8S_ETIMEDOUT;
}

static int kill_and_wait(struct killing *killing, const struct kube_limit *limit, sparkk8s_error **err)
{
    int rc;

    killing_begin(killing);
    rc = kube_wait(killing->kube, limit, is_done, killing, err);
    if (rc == SPARKK8S_AGAIN)
        rc = too_late(killing, err);
    else if (rc == 0 && killing->rc < 0)
        rc = pass_error(killing->rc, &killing->error, err);
    killing_clear(killing);
    return rc;
}

int sparkk8s_run_kill(sparkk8s_run *run, const sparkk8s_kill_opts *given, const sparkk8s_call *call,
                      sparkk8s_error **err)
{
    struct kube_limit limit;
    struct kill_wish wish = { 0 };
    sparkk8s_kill_opts opts;
    int rc;

    if (!run)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_kill", "run must not be NULL");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_kill_opts", err);
    if (rc == 0)
        rc = kill_opts_check(&opts, false, &wish, err);
    if (rc == 0)
        rc = kube_check(run->kube, err);
    if (rc == 0)
        rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc == 0)
        rc = end_submission(run, err);
    if (rc < 0)
        return rc;
    return kill_and_wait(&(struct killing){ .kube = run->kube, .ns = run->ns, .pod = run->pod, .uid = run->uid, .id = run->id,
                                            .claim = opts.only_claim, .grace_seconds = wish.grace_seconds,
                                            .wait = wish.wait }, &limit, err);
}
