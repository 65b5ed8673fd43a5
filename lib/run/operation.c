/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations: the blocking calls, begun and finished, for event loops. Each is the blocking function itself, run as a task
 * (kube/task.c), with copies of what it was given: nothing is written twice, and what a call learns to do its operation can.
 *
 * A submission that is under way is not copied: its run can be killed by the blocking call, or its operation canceled.
 */
#include "run.h"

#include "attempt.h"
#include "cancel.h"
#include "client.h"
#include "input.h"
#include "text.h"

typedef int (*body_fn)(sparkk8s_operation *operation, sparkk8s_error **err);

struct sparkk8s_operation {
    struct sparkk8s_client client;  /* holds a reference */
    struct kube_task *task;
    struct kube_flag flag;
    struct sparkk8s_cancel cancel;
    sparkk8s_call call;
    body_fn body;
    const sparkk8s_manifest *manifest;      /* borrowed */
    sparkk8s_run *of;               /* of its own */
    char *ns, *id, *claim;
    sparkk8s_submit_opts submit;
    sparkk8s_kill_opts kill;
    bool ended;
    int rc;
    sparkk8s_error *error;
    sparkk8s_run *run;              /* results */
    sparkk8s_status *status;
    sparkk8s_diagnosis *diagnosis;
    char *text;
};

OWNED(operation, sparkk8s_operation *, sparkk8s_operation_free);

/* ---- life ---------------------------------------------------------------------------------------------------- */

static void run_body(void *owner)
{
    sparkk8s_operation *operation = owner;

    operation->rc = operation->body(operation, &operation->error);
    operation->ended = true;
    kube_flag_set(operation->client.kube, &operation->flag, true);
}

static int operation_new(struct kube *kube, const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc = kube_check(kube, err);

    if (rc < 0)
        return rc;
    operation = calloc(1, sizeof(*operation));
    if (!operation)
        return fail_oom(err);
    kube_flag_init(&operation->flag, operation);
    operation->client.kube = kube_ref(kube);
    operation->cancel.bell = -1;
    rc = input_struct(&operation->call, sizeof(operation->call), call, "sparkk8s_call", err);
    if (rc < 0)
        return rc;
    if (operation->call.cancel)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_call", "an operation is canceled by sparkk8s_operation_cancel()");
    operation->call.size = sizeof(operation->call);
    operation->call.cancel = &operation->cancel;
    *out = TAKE(operation);
    return 0;
}

/* The run may be freed before the operation has ended. */
static int of_run(const sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (run->submission)
        return fail(err, SPARKK8S_EINVAL, run->id, "its submission is not finished");
    rc = operation_new(run->kube, call, &operation, err);
    if (rc == 0)
        rc = run_new(run->kube, run->ns, run->pod, run->uid, run->app_id, &operation->of, err);
    if (rc < 0)
        return rc;
    sight_unref(operation->of->sight);
    operation->of->sight = sight_ref(run->sight);
    *out = TAKE(operation);
    return 0;
}

static int begin(sparkk8s_operation **operation, body_fn body, sparkk8s_operation **out, sparkk8s_error **err)
{
    int rc;

    (*operation)->body = body;
    rc = kube_task_start((*operation)->client.kube, run_body, *operation, &(*operation)->task, err);
    if (rc < 0)
        return rc;
    *out = TAKE(*operation);
    return 0;
}

/* ---- what each does ------------------------------------------------------------------------------------------ */

static int do_submit(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_submit(&o->client, o->manifest, &o->submit, &o->call, &o->run, err);
}

int sparkk8s_begin_submit(sparkk8s_client *client, const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *opts,
                          const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!client || !manifest || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_begin_submit", "client, manifest and out must not be NULL");
    rc = operation_new(client->kube, call, &operation, err);
    if (rc == 0)
        rc = input_struct(&operation->submit, sizeof(operation->submit), opts, "sparkk8s_submit_opts", err);
    if (rc < 0)
        return rc;
    operation->submit.size = sizeof(operation->submit);
    operation->manifest = manifest;     /* read before the first wait only, as are the options */
    return begin(&operation, do_submit, out, err);
}

static int do_open(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_open(&o->client, o->ns, o->id, &o->call, &o->run, err);
}

static int do_explain(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_explain(&o->client, o->ns, o->id, &o->call, &o->diagnosis, err);
}

static int begin_by_id(const char *what, body_fn body, sparkk8s_client *client, const char *ns, const char *id,
                       const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!client || !id || !out)
        return fail(err, SPARKK8S_EINVAL, what, "client, id and out must not be NULL");
    rc = operation_new(client->kube, call, &operation, err);
    if (rc < 0)
        return rc;
    operation->ns = text_dup(ns);
    operation->id = text_dup(id);
    if ((ns && !operation->ns) || !operation->id)
        return fail_oom(err);
    return begin(&operation, body, out, err);
}

int sparkk8s_begin_open(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                        sparkk8s_operation **out, sparkk8s_error **err)
{
    return begin_by_id("sparkk8s_begin_open", do_open, client, ns, id, call, out, err);
}

int sparkk8s_begin_explain(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                           sparkk8s_operation **out, sparkk8s_error **err)
{
    return begin_by_id("sparkk8s_begin_explain", do_explain, client, ns, id, call, out, err);
}

static int do_status(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_status(o->of, &o->call, &o->status, err);
}

static int do_run_explain(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_explain(o->of, &o->call, &o->diagnosis, err);
}

static int do_claim(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_claim(o->of, o->claim, &o->call, err);
}

static int do_kill(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_kill(o->of, &o->kill, &o->call, err);
}

static int do_diff(sparkk8s_operation *o, sparkk8s_error **err)
{
    return sparkk8s_run_diff(o->of, o->manifest, &o->call, &o->text, err);
}

static int begin_of_run(body_fn body, sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out,
                        sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_begin", "run and out must not be NULL");
    rc = of_run(run, call, &operation, err);
    return rc < 0 ? rc : begin(&operation, body, out, err);
}

int sparkk8s_begin_status(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err)
{
    return begin_of_run(do_status, run, call, out, err);
}

int sparkk8s_begin_run_explain(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out,
                               sparkk8s_error **err)
{
    return begin_of_run(do_run_explain, run, call, out, err);
}

int sparkk8s_begin_claim(sparkk8s_run *run, const char *claim, const sparkk8s_call *call, sparkk8s_operation **out,
                         sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!run || !claim || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_begin_claim", "run, claim and out must not be NULL");
    rc = of_run(run, call, &operation, err);
    if (rc < 0)
        return rc;
    operation->claim = text_dup(claim);
    return operation->claim ? begin(&operation, do_claim, out, err) : fail_oom(err);
}

int sparkk8s_begin_kill(sparkk8s_run *run, const sparkk8s_kill_opts *opts, const sparkk8s_call *call,
                        sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_begin_kill", "run and out must not be NULL");
    rc = of_run(run, call, &operation, err);
    if (rc == 0)
        rc = input_struct(&operation->kill, sizeof(operation->kill), opts, "sparkk8s_kill_opts", err);
    if (rc < 0)
        return rc;
    operation->kill.size = sizeof(operation->kill);
    if (operation->kill.only_claim) {
        operation->claim = text_dup(operation->kill.only_claim);
        if (!operation->claim)
            return fail_oom(err);
        operation->kill.only_claim = operation->claim;
    }
    return begin(&operation, do_kill, out, err);
}

int sparkk8s_begin_diff(sparkk8s_run *run, const sparkk8s_manifest *manifest, const sparkk8s_call *call,
                        sparkk8s_operation **out, sparkk8s_error **err)
{
    AUTO(operation) operation = NULL;
    int rc;

    if (!run || !manifest || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_begin_diff", "run, manifest and out must not be NULL");
    rc = of_run(run, call, &operation, err);
    if (rc < 0)
        return rc;
    operation->manifest = manifest;
    return begin(&operation, do_diff, out, err);
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

static bool has_ended(void *owner)
{
    const sparkk8s_operation *operation = owner;

    return operation->ended;
}

int sparkk8s_operation_finish(sparkk8s_operation *operation, const sparkk8s_call *call, sparkk8s_error **err)
{
    struct kube_limit limit;
    struct kube *kube;
    int rc;

    if (!operation)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_operation_finish", "operation must not be NULL");
    kube = operation->client.kube;
    rc = kube_check(kube, err);
    if (rc == 0)
        rc = kube_limit_init(kube, call, 0, &limit, err);
    if (rc == 0)
        rc = kube_wait(kube, &limit, has_ended, operation, err);
    if (rc != 0)
        return rc;
    kube_flag_set(kube, &operation->flag, false);
    if (operation->rc < 0 && !operation->error)
        return fail(err, operation->rc, NULL, "this operation has failed, as was reported before");
    return operation->rc < 0 ? pass_error(operation->rc, &operation->error, err) : 0;
}

sparkk8s_run *sparkk8s_operation_take_run(sparkk8s_operation *operation)
{
    return operation && operation->ended ? TAKE(operation->run) : NULL;
}

sparkk8s_status *sparkk8s_operation_take_status(sparkk8s_operation *operation)
{
    return operation && operation->ended ? TAKE(operation->status) : NULL;
}

sparkk8s_diagnosis *sparkk8s_operation_take_diagnosis(sparkk8s_operation *operation)
{
    return operation && operation->ended ? TAKE(operation->diagnosis) : NULL;
}

char *sparkk8s_operation_take_text(sparkk8s_operation *operation)
{
    return operation && operation->ended ? TAKE(operation->text) : NULL;
}

void sparkk8s_operation_cancel(sparkk8s_operation *operation)
{
    if (!operation || operation->ended)
        return;
    operation->cancel.triggered = true;
    kube_wake(operation->client.kube);
}

void sparkk8s_operation_free(sparkk8s_operation *operation)
{
    if (!operation)
        return;
    kube_task_free(operation->task);
    kube_flag_set(operation->client.kube, &operation->flag, false);
    sparkk8s_error_free(operation->error);
    sparkk8s_run_free(operation->of);
    sparkk8s_run_free(operation->run);
    sparkk8s_status_free(operation->status);
    sparkk8s_diagnosis_free(operation->diagnosis);
    free(operation->text);
    free(operation->ns);
    free(operation->id);
    free(operation->claim);
    kube_unref(operation->client.kube);
    free(operation);
}
