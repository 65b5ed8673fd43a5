/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver pod's way through a submission. Two submitters with the same key meet here: the API server gives the name
 * to one of them, and the other one finds by label and annotation that the pod is what it wanted, and completes it. Both
 * may do so at once, since every request is one that may be carried out twice.
 *
 * Who removes what: only the submitter that knows that it created the pod removes it after a failure, and only a pod
 * that is as it was last seen (resourceVersion): if another submitter has released the driver meanwhile, the delete is
 * refused, and the submission has succeeded after all. One that adopted a pod leaves it as it is, held back by its gate.
 */
#include "submission.h"

#include "pod.h"
#include "text.h"

#define ROUNDS 5
#define PLACES 3

enum { POD_CREATE, POD_LOOK, POD_COMPARE, POD_RELEASE, POD_REMOVE, POD_RECHECK, POD_STEPS };
static const struct attempt_step pod_steps[POD_STEPS];

static void go(struct submission *s, int step)
{
    attempt_go(&s->attempt, &pod_steps[step]);
}

static int http_status(const struct submission *s)
{
    return s->attempt.call ? kube_call_http_status(s->attempt.call) : 0;
}

static int scan_answer(const struct submission *s, struct pod *pod, sparkk8s_error **err)
{
    struct scan scan;
    const char *body;
    size_t len;

    body = kube_call_body(s->attempt.call, &len);
    scan = scan_begin(body, len);
    return pod_scan(&scan, pod, err);
}

static int keep(char **into, const char *text, sparkk8s_error **err)
{
    char *copy = text_dup(text);

    if (!copy)
        return text ? fail_oom(err) : fail(err, SPARKK8S_ESERVER, "pod", "the server's answer is not a pod");
    free(*into);
    *into = copy;
    return 0;
}

/* The pod of this submission is known. */
static int keep_pod(struct submission *s, const char *uid, const char *version, sparkk8s_error **err)
{
    int rc = keep(&s->version, version && *version ? version : "0", err);

    s->unsure = false;
    return rc < 0 ? rc : keep(&s->run->uid, uid, err);
}

/* ---- create -------------------------------------------------------------------------------------------------- */

static int send_create(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct submission *s = owner;

    return kube_create(s->run->kube, &kube_pods, s->run->ns, s->pod_json.s, s->flags, then, call, err);
}

static void took(struct submission *s, const struct pod *pod)
{
    s->ours = true;
    if (s->gate && !pod->our_gate) {
        s->gate = false;
        kube_log(s->run->kube, SPARKK8S_LOG_WARN, "submit", "%s: this cluster has no scheduling gates (Kubernetes 1.27 has "
                 "them): the driver is created before what it needs, as spark-submit does", s->run->id);
    }
    if (s->failed)
        submission_wind_up(s);
    else
        parts_create(s);
}

static void created(void *owner, int rc, sparkk8s_error **err)
{
    struct submission *s = owner;
    bool unsure = rc < 0 && s->attempt.call && (kube_call_is_ambiguous(s->attempt.call) || http_status(s) >= 500);
    bool busy = rc < 0 && (http_status(s) == 409 || http_status(s) == 429);
    AUTO_POD pod = { 0 };

    if (unsure) {
        s->unsure = true;
        s->doubt_rc = rc;
        sparkk8s_error_free(s->doubt);
        s->doubt = TAKE(*err);
    }
    if (rc == SPARKK8S_EEXISTS || unsure) {
        go(s, POD_LOOK);
        return;
    }
    if (busy && !s->failed && attempt_again(&s->attempt))   /* a quota that others use at the same time; too many requests */
        return;
    if (rc == 0)
        rc = scan_answer(s, &pod, err);
    if (rc == 0)
        rc = keep_pod(s, pod.uid, pod.version, err);
    if (rc < 0)
        submission_fail(s, rc, err);
    else
        took(s, &pod);
}

/* ---- look: whose pod is it that has our name? ---------------------------------------------------------------- */

static int send_look(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct submission *s = owner;

    return kube_get(s->run->kube, &kube_pods, s->run->ns, s->run->pod, then, call, err);
}

static int is_dying(const struct submission *s, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EEXISTS, s->run->id, "the driver pod of an earlier submission with this %s is still being deleted",
         s->key ? "key" : "name");
    error_hint(err, "submit again when it is gone");
    error_retriable(err);
    return SPARKK8S_EEXISTS;
}

static int is_foreign(const struct submission *s, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EEXISTS, s->run->id, "the driver pod already exists: its name is taken by something that is not this submission");
    error_hint(err, "%s", s->key ? "kill what is there, or submit under another key"
                                 : "kill what is there, or leave out spark.kubernetes.driver.pod.name");
    return SPARKK8S_EEXISTS;
}

static int is_different(const struct submission *s, const struct strv *places, sparkk8s_error **err)
{
    AUTO(chars) list = places->count ? strv_join(places, ", ") : text_dup("something beside the driver pod");

    if (!list)
        return fail_oom(err);
    fail(err, SPARKK8S_EEXISTS, s->run->id, "another application was submitted with this key; it differs in %s", list);
    error_hint(err, "use another key, or kill the run that is there");
    return SPARKK8S_EEXISTS;
}

/* Same key, other manifest: says where, for which the ConfigMap may have to be asked for. */
static int differs(struct submission *s, const json_t *theirs, sparkk8s_error **err)
{
    AUTO_STRV places = { 0 };
    int rc = submit_diff(theirs, s->pod, PLACES, &places, err);

    if (rc < 0)
        return rc;
    if (places.count)
        return is_different(s, &places, err);
    go(s, POD_COMPARE);
    return 0;
}

/* The pod is what we want. If its gate is gone another submitter has done the rest, unless there never was one. */
static int adopt(struct submission *s, const struct pod *pod, sparkk8s_error **err)
{
    bool complete = pod->phase == PHASE_SUCCEEDED || pod->phase == PHASE_FAILED || (s->gate && !pod->our_gate);
    int rc = keep_pod(s, pod->uid, pod->version, err);

    if (rc < 0)
        return rc;
    s->ours = !s->key;              /* the label is random then: nobody else has it */
    if (complete || (s->flags & KUBE_DRY_RUN)) {
        s->rc = 0;
        submission_end(s);
        return 0;
    }
    s->gate = pod->our_gate;
    if (s->failed)
        submission_wind_up(s);
    else
        parts_create(s);
    return 0;
}

static int judge(struct submission *s, sparkk8s_error **err)
{
    static const char *const path[] = { "metadata", "annotations", ANNOTATION_MANIFEST, NULL };
    AUTO(chars) digest = NULL;
    AUTO(json) object = NULL;
    AUTO_POD pod = { 0 };
    const char *body;
    size_t len;
    int rc;

    rc = scan_answer(s, &pod, err);
    if (rc < 0)
        return rc;
    if (!pod.submission || strcmp(pod.submission, s->hash) != 0)
        return is_foreign(s, err);
    if (pod.deleted_ms)
        return is_dying(s, err);
    rc = answer_text(s->attempt.call, path, &digest, err);
    if (rc < 0)
        return rc;
    if (digest && !strcmp(digest, s->digest))
        return adopt(s, &pod, err);
    body = kube_call_body(s->attempt.call, &len);
    rc = json_parse(body, len, s->run->pod, &object, err);
    return rc < 0 ? rc : differs(s, object, err);
}

/* Created again, unless somebody removed the one that this submission had created: that was meant. */
static void not_there(struct submission *s, int rc, sparkk8s_error **err)
{
    s->unsure = false;
    if (!s->stored && !s->failed) {
        files_store(s);
    } else if (s->ours) {
        sparkk8s_error_free(TAKE(*err));
        rc = fail(err, SPARKK8S_ENOTFOUND, s->run->id, "the driver pod was deleted while it was being submitted");
        submission_fail(s, rc, err);
    } else if (!s->failed && ++s->rounds < ROUNDS) {
        attempt_later(&s->attempt, &pod_steps[POD_CREATE], s->doubt_rc ? s->rounds : 0);
    } else if (s->doubt_rc) {
        submission_fail(s, s->doubt_rc, &s->doubt);     /* why creating it failed says more */
    } else {
        submission_fail(s, rc, err);
    }
}

static void looked_at(void *owner, int rc, sparkk8s_error **err)
{
    struct submission *s = owner;

    if (rc == SPARKK8S_ENOTFOUND) {
        not_there(s, rc, err);
        return;
    }
    if (rc == 0) {
        s->unsure = false;
        rc = judge(s, err);
    }
    if (rc < 0)
        submission_fail(s, rc, err);
}

/* ---- compare ------------------------------------------------------------------------------------------------- */

static const struct part *config_map(const struct submission *s)
{
    size_t i;

    for (i = 0; i < s->part_count; i++)
        if (!strcmp(s->parts[i].kind->kind, "ConfigMap") && json_object_get(s->parts[i].object, "data"))
            return &s->parts[i];
    return NULL;
}

static int send_compare(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct submission *s = owner;
    const struct part *part = config_map(s);

    if (!part)
        return is_different(s, &(struct strv){ 0 }, err);
    return kube_get(s->run->kube, part->kind, s->run->ns, part->name, then, call, err);
}

static void compared(void *owner, int rc, sparkk8s_error **err)
{
    struct submission *s = owner;
    AUTO(json) theirs = NULL;
    AUTO_STRV places = { 0 };
    AUTO(error) error = NULL;
    const char *body;
    size_t len;

    if (s->attempt.call && rc == 0) {
        body = kube_call_body(s->attempt.call, &len);
        rc = json_parse(body, len, "ConfigMap", &theirs, &error);
        if (rc == 0)
            rc = submit_diff(theirs, config_map(s)->object, PLACES, &places, &error);
    }
    /* That they differ is certain; where, is told if it can be found out. */
    if (s->attempt.call) {
        sparkk8s_error_free(TAKE(*err));
        rc = is_different(s, &places, err);
    }
    submission_fail(s, rc, err);
}

/* ---- release ------------------------------------------------------------------------------------------------- */

static int send_release(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct submission *s = owner;
    AUTO(json) patch = json_pack("{s:{s:s}, s:{s:[{s:s, s:s}]}}",
                                 "metadata", "uid", s->run->uid,
                                 "spec", "schedulingGates", "$patch", "delete", "name", GATE_SUBMISSION);

    if (!patch)
        return fail_oom(err);
    return kube_patch(s->run->kube, &kube_pods, s->run->ns, s->run->pod, patch, then, call, err);
}

static void released(void *owner, int rc, sparkk8s_error **err)
{
    struct submission *s = owner;
    int status = http_status(s);

    if (rc == 0) {
        submission_end(s);
        return;
    }
    /* 422 and 409: a pod of another uid has the name. */
    if ((status == 404 || status == 409 || status == 422) && s->rounds + 1 < ROUNDS) {
        submit_lost(s);
        return;
    }
    if (rc == SPARKK8S_EFORBIDDEN)
        error_hint(err, "the right to patch pods is missing: the driver is held back by a scheduling gate until all that it "
                   "needs is there; without the right, submit with sparkk8s.submit.order=spark");
    submission_fail(s, rc, err);
}

void submit_release(struct submission *s)
{
    if (s->gate && !(s->flags & KUBE_DRY_RUN))
        go(s, POD_RELEASE);
    else
        submission_end(s);
}

void submit_lost(struct submission *s)
{
    parts_stop(s);
    s->rounds++;
    go(s, POD_LOOK);
}

/* ---- remove -------------------------------------------------------------------------------------------------- */

static int send_remove(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct submission *s = owner;
    struct kube_precondition only = { .uid = s->run->uid, .version = s->gate ? s->version : NULL };

    return kube_delete(s->run->kube, &kube_pods, s->run->ns, s->run->pod, &only, -1, then, call, err);
}

static void removed(void *owner, int rc, sparkk8s_error **err UNUSED)
{
    struct submission *s = owner;

    if (rc == 0 || rc == SPARKK8S_ENOTFOUND)
        parts_remove(s);
    else if (http_status(s) == 409 && ++s->rounds < 2 * ROUNDS)
        go(s, POD_RECHECK);
    else
        submission_leave(s, "could not be removed");
}

/* It has changed since it was last seen. */
static void rechecked(void *owner, int rc, sparkk8s_error **err)
{
    struct submission *s = owner;
    AUTO_POD pod = { 0 };

    if (rc == 0)
        rc = scan_answer(s, &pod, err);
    if (rc == SPARKK8S_ENOTFOUND || (rc == 0 && (!pod.uid || strcmp(pod.uid, s->run->uid) != 0 || pod.deleted_ms)))
        parts_remove(s);
    else if (rc == 0 && s->gate && !pod.our_gate) {
        s->rc = 0;                  /* somebody has released it */
        submission_end(s);
    } else if (rc == 0 && keep(&s->version, pod.version, err) == 0)
        go(s, POD_REMOVE);
    else
        submission_leave(s, "could not be removed");
}

void submit_remove(struct submission *s)
{
    if (s->ours && s->run->uid && !(s->flags & KUBE_DRY_RUN))
        go(s, POD_REMOVE);
    else
        submission_end(s);
}

bool submit_is_deciding(const struct submission *s)
{
    const struct attempt_step *step = s->attempt.step;

    return (step == &pod_steps[POD_CREATE] || step == &pod_steps[POD_LOOK]) && attempt_is_under_way(&s->attempt);
}

void submit_create(struct submission *s)
{
    go(s, POD_CREATE);
}

void submit_begin(struct submission *s)
{
    if (s->stored)
        submit_create(s);
    else if (s->key)
        go(s, POD_LOOK);
    else
        files_store(s);
}

static const struct attempt_step pod_steps[POD_STEPS] = {
    [POD_CREATE] = { .name = "creating the driver pod", .send = send_create, .ended = created, .once = true },
    [POD_LOOK] = { .name = "looking at the driver pod", .send = send_look, .ended = looked_at },
    [POD_COMPARE] = { .name = "comparing with what is there", .send = send_compare, .ended = compared },
    [POD_RELEASE] = { .name = "releasing the driver", .send = send_release, .ended = released },
    [POD_REMOVE] = { .name = "removing the driver pod", .send = send_remove, .ended = removed },
    [POD_RECHECK] = { .name = "looking at the driver pod", .send = send_look, .ended = rechecked },
};
