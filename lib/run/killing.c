/* SPDX-License-Identifier: Apache-2.0 */
#include "killing.h"

#include "pod.h"
#include "text.h"
#include "verdict.h"

#define ROUNDS 10                   /* changes of the pod between looking and deleting */
#define SLOWEST 6                   /* of attempt_later()'s back-off, while the pod is waited for */

enum { KILL_LOOK, KILL_DELETE, KILL_GONE, KILL_STEPS };
static const struct attempt_step kill_steps[KILL_STEPS];

static void go(struct killing *k, int step)
{
    attempt_go(&k->attempt, &kill_steps[step]);
}

static void end(struct killing *k, int rc, sparkk8s_error **err)
{
    k->rc = rc;
    k->error = rc < 0 ? TAKE(*err) : NULL;
    k->done = true;
    if (k->ended)
        k->ended(k->owner);
}

/* Nothing of this uid is there any more. */
static void end_well(struct killing *k)
{
    end(k, 0, NULL);
}

/* ---- delete ---- */

static int send_delete(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct killing *k = owner;
    const struct kube_precondition only = { .uid = k->uid, .version = k->version };

    return kube_delete(k->kube, &kube_pods, k->ns, k->pod, &only, k->grace_seconds, then, call, err);
}

static int changes_too_fast(struct killing *k, sparkk8s_error **err)
{
    sparkk8s_error_free(TAKE(*err));
    fail(err, SPARKK8S_ESERVER, k->id, "the driver pod changes faster than it can be looked at");
    error_retriable(err);
    return SPARKK8S_ESERVER;
}

static void deleted(void *owner, int rc, sparkk8s_error **err)
{
    struct killing *k = owner;
    bool changed = rc < 0 && k->attempt.call && kube_call_http_status(k->attempt.call) == 409;

    if (changed && k->version && ++k->rounds < ROUNDS) {
        go(k, KILL_LOOK);
        return;
    }
    if (changed && k->version)
        end(k, changes_too_fast(k, err), err);
    else if (rc == SPARKK8S_ENOTFOUND || changed)       /* without a version only the uid can be another one */
        end_well(k);
    else if (rc < 0 || !k->wait)
        end(k, rc, err);
    else {
        k->waiting = true;
        k->rounds = 0;
        go(k, KILL_GONE);
    }
}

/* ---- look ---- */

static int send_look(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct killing *k = owner;

    return kube_get(k->kube, &kube_pods, k->ns, k->pod, then, call, err);
}

/* 0 and *gone, or the driver. */
static int read_pod(const struct killing *k, int rc, struct pod *pod, bool *gone, sparkk8s_error **err)
{
    struct scan scan;
    const char *body;
    size_t len;

    *gone = rc == SPARKK8S_ENOTFOUND;
    if (*gone)
        sparkk8s_error_free(TAKE(*err));
    if (rc < 0)
        return *gone ? 0 : rc;
    body = kube_call_body(k->attempt.call, &len);
    scan = scan_begin(body, len);
    rc = pod_scan(&scan, pod, err);
    *gone = rc == 0 && (!pod->uid || !pod->version || strcmp(pod->uid, k->uid) != 0);
    return rc;
}

int kill_check_claim(const char *id, const char *claim, const char *wanted, sparkk8s_error **err)
{
    if (!wanted || (claim && strcmp(claim, wanted) == 0))
        return 0;
    fail(err, SPARKK8S_EEXISTS, id, "not killed: %s", claim ? "somebody else has claimed the run since"
                                                             : "nobody has claimed the run");
    error_hint(err, "the run belongs to who claimed it last; leave out the claim to kill it anyway");
    return SPARKK8S_EEXISTS;
}

static int keep_version(struct killing *k, const struct pod *pod, sparkk8s_error **err)
{
    free(k->version);
    k->version = text_dup(pod->version);
    return k->version ? 0 : fail_oom(err);
}

static void looked_at(void *owner, int rc, sparkk8s_error **err)
{
    struct killing *k = owner;
    AUTO_POD pod = { 0 };
    bool gone;

    rc = read_pod(k, rc, &pod, &gone, err);
    if (rc == 0 && !gone)
        rc = kill_check_claim(k->id, pod.claim, k->claim, err);
    if (rc == 0 && !gone)
        rc = keep_version(k, &pod, err);
    if (rc < 0) {
        end(k, rc, err);
        return;
    }
    k->passed = !gone && k->states && !(k->states >> verdict_of(&pod, false).state & 1);
    if (gone || k->passed)
        end_well(k);
    else
        go(k, KILL_DELETE);
}

/* ---- until it is gone ---- */

static void looked_for(void *owner, int rc, sparkk8s_error **err)
{
    struct killing *k = owner;
    AUTO_POD pod = { 0 };
    bool gone;

    rc = read_pod(k, rc, &pod, &gone, err);
    if (rc < 0 || gone) {
        end(k, rc, err);
        return;
    }
    if (k->rounds < SLOWEST)
        k->rounds++;
    attempt_later(&k->attempt, &kill_steps[KILL_GONE], k->rounds);
}

static const struct attempt_step kill_steps[KILL_STEPS] = {
    [KILL_LOOK] = { .name = "looking at the driver pod", .send = send_look, .ended = looked_at },
    [KILL_DELETE] = { .name = "deleting the driver pod", .send = send_delete, .ended = deleted },
    [KILL_GONE] = { .name = "waiting for the driver pod to go", .send = send_look, .ended = looked_for },
};

void killing_begin(struct killing *k)
{
    bool depends = k->claim || k->states;

    k->attempt.kube = k->kube;
    k->attempt.owner = k;
    if (!depends)
        free(TAKE(k->version));
    go(k, depends && !k->version ? KILL_LOOK : KILL_DELETE);
}

void killing_clear(struct killing *k)
{
    if (k->attempt.kube)
        attempt_stop(&k->attempt);
    sparkk8s_error_free(TAKE(k->error));
    free(TAKE(k->version));
}

/* ---- what was asked for ---- */

int kill_opts_check(const sparkk8s_kill_opts *opts, bool many, struct kill_wish *out, sparkk8s_error **err)
{
    int known = SPARKK8S_KILL_WAIT | (many ? SPARKK8S_KILL_DRY_RUN | SPARKK8S_KILL_ALL : 0);

    if (opts->flags & ~known)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kill_opts", opts->flags & ~(known | SPARKK8S_KILL_DRY_RUN | SPARKK8S_KILL_ALL)
                    ? "flags has a bit that is none of SPARKK8S_KILL_*" : "this flag is for sparkk8s_kills_open()");
    if (opts->grace_seconds < -1)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kill_opts", "grace_seconds is %d; -1 means at once",
                    (int)opts->grace_seconds);
    *out = (struct kill_wish){
        .grace_seconds = opts->grace_seconds == 0 ? -1 : opts->grace_seconds < 0 ? 0 : opts->grace_seconds,
        .wait = opts->flags & SPARKK8S_KILL_WAIT, .dry_run = opts->flags & SPARKK8S_KILL_DRY_RUN,
        .all = opts->flags & SPARKK8S_KILL_ALL,
    };
    return 0;
}
