/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects besides the driver pod: ConfigMap, Service, ... Owned by the pod from the start, so that the cluster's
 * garbage collector removes them with it.
 *
 * They are created, not applied: an apply on an object that is left from an earlier driver of the same name would adopt
 * what the garbage collector is about to delete, and an apply on somebody else's object would overwrite it. So a
 * name that is taken is looked at first:
 *
 *     create ──409──► look ── owned by our pod ───────────────► done (created by a submitter with the same key)
 *        ▲              ├──── owned by an earlier pod of our name ──► check ──► clear ─┐
 *        │              ├──── a claim that the user has named ──► done, or failure     │  (submit_shared.c)
 *        │              └──── anything else ──────────────────► failure                │
 *        └─────────────────────────────────────────────────────────────────────────────┘
 *
 * `check` asks whether our pod is still there: only while it is, an owner of the same name and another uid is dead for
 * certain, and not the pod of a submitter that came after us.
 */
#include "submission.h"

#include "pod.h"
#include "splice.h"
#include "text.h"

#define ROUNDS 8
#define NAME_LIMIT 512

enum { PART_CREATE, PART_LOOK, PART_CHECK, PART_CLEAR, PART_REMOVE, PART_STEPS };
static const struct attempt_step part_steps[PART_STEPS];

static void go(struct part *part, int step)
{
    attempt_go(&part->attempt, &part_steps[step]);
}

/* ---- creating ------------------------------------------------------------------------------------------------ */

static void part_done(struct part *part)
{
    struct submission *s = part->submission;
    size_t i;

    part->done = true;
    for (i = 0; i < s->part_count; i++)
        if (!s->parts[i].done)
            return;
    if (s->failed)
        submission_end(s);
    else
        submit_release(s);
}

/* Its uid, from the answer. */
static int keep_uid(struct part *part, sparkk8s_error **err)
{
    static const char *const path[] = { "metadata", "uid", NULL };
    char *uid;
    int rc = answer_text(part->attempt.call, path, &uid, err);

    if (rc < 0)
        return rc;
    if (!uid)
        return fail(err, SPARKK8S_ESERVER, part->name, "the server's answer has no uid");
    free(part->uid);
    part->uid = uid;
    return 0;
}

static int send_create(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    static const char *const owners[] = { "metadata", "ownerReferences", NULL };
    struct part *part = owner;
    struct submission *s = part->submission;
    AUTO_STR body = STR_INIT(STR_TEXT_LIMIT);

    str_add(&body, part->json);
    splice_last(&body, owners, '[', s->as_owner);
    if (body.failed)
        return fail_oom(err);
    return kube_create(s->run->kube, part->kind, s->run->ns, body.s, s->flags, then, call, err);
}

static void created(void *owner, int rc, sparkk8s_error **err)
{
    struct part *part = owner;
    bool conflict = rc < 0 && part->attempt.call && kube_call_http_status(part->attempt.call) == 409;

    if (rc == SPARKK8S_EEXISTS) {
        if (part->submission->flags & KUBE_DRY_RUN)
            part_done(part);
        else
            go(part, PART_LOOK);
        return;
    }
    if (conflict && attempt_again(&part->attempt))      /* a quota that others use at the same time */
        return;
    if (rc == 0)
        rc = keep_uid(part, err);
    if (rc < 0) {
        submission_fail(part->submission, rc, err);
        return;
    }
    part->created = true;
    part_done(part);
}

/* ---- a name that is taken ------------------------------------------------------------------------------------ */

static int send_look(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct part *part = owner;

    return kube_get(part->submission->run->kube, part->kind, part->submission->run->ns, part->name, then, call, err);
}

/* The owner that is a pod of our name: its uid, or NULL. */
static const char *owner_uid(const struct part *part, const json_t *object)
{
    const json_t *owners = json_at(object, "metadata", "ownerReferences", NULL);
    size_t i;

    for (i = 0; i < json_array_size(owners); i++) {
        const json_t *owner = json_array_get(owners, i);
        const char *kind = json_text_at(owner, "kind", NULL), *name = json_text_at(owner, "name", NULL);

        if (kind && name && !strcmp(kind, "Pod") && !strcmp(name, part->submission->run->pod))
            return json_text_at(owner, "uid", NULL);
    }
    return NULL;
}

static int is_taken(const struct part *part, sparkk8s_error **err)
{
    char place[NAME_LIMIT];

    snprintf(place, sizeof(place), "%s %s", part->kind->kind, part->name);
    fail(err, SPARKK8S_EEXISTS, place, "the name is taken by something that does not belong to this submission");
    error_hint(err, "delete it, or submit under another application name or key");
    return SPARKK8S_EEXISTS;
}

/* Whose the object is: 0 with *done, or with its uid kept where it has to be cleared; or a failure. A claim that has
 * another owner beside a dead driver outlives that one, and is not cleared. */
static int judge(struct part *part, const json_t *object, bool *done, sparkk8s_error **err)
{
    const char *uid = owner_uid(part, object);
    int rc;

    *done = uid && !strcmp(uid, part->submission->run->uid);
    if (*done)
        return 0;
    if (part->shared && (!uid || json_array_size(json_at(object, "metadata", "ownerReferences", NULL)) > 1)) {
        rc = shared_judge(part, object, err);
        *done = rc == 0;
        return rc;
    }
    return uid && ++part->rounds < ROUNDS ? keep_uid(part, err) : is_taken(part, err);
}

static void looked_at(void *owner, int rc, sparkk8s_error **err)
{
    struct part *part = owner;
    AUTO(json) object = NULL;
    bool dying, done = false;
    const char *body;
    size_t len;

    if (rc == SPARKK8S_ENOTFOUND && ++part->rounds < ROUNDS) {
        go(part, PART_CREATE);
        return;
    }
    if (rc == 0) {
        body = kube_call_body(part->attempt.call, &len);
        rc = json_parse(body, len, part->name, &object, err);
    }
    dying = json_text_at(object, "metadata", "deletionTimestamp", NULL) != NULL;
    if (rc == 0)
        rc = judge(part, object, &done, err);
    if (done)
        part_done(part);
    else if (dying && (rc == 0 || part->shared) && attempt_again(&part->attempt))
        return;
    else if (rc < 0)
        submission_fail(part->submission, rc, err);
    else
        go(part, PART_CHECK);
}

static int send_check(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct part *part = owner;
    const sparkk8s_run *run = part->submission->run;

    return kube_get(run->kube, &kube_pods, run->ns, run->pod, then, call, err);
}

static void checked(void *owner, int rc, sparkk8s_error **err)
{
    static const char *const path[] = { "metadata", "uid", NULL };
    struct part *part = owner;
    AUTO(chars) uid = NULL;

    if (rc == 0)
        rc = answer_text(part->attempt.call, path, &uid, err);
    if (uid && !strcmp(uid, part->submission->run->uid))
        go(part, PART_CLEAR);
    else if (rc == 0 || rc == SPARKK8S_ENOTFOUND)
        submit_lost(part->submission);
    else
        submission_fail(part->submission, rc, err);
}

static int send_delete(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    struct part *part = owner;
    const sparkk8s_run *run = part->submission->run;
    struct kube_precondition only = { .uid = part->uid };

    return kube_delete(run->kube, part->kind, run->ns, part->name, &only, -1, then, call, err);
}

static void cleared(void *owner, int rc, sparkk8s_error **err)
{
    struct part *part = owner;
    bool replaced = rc < 0 && part->attempt.call && kube_call_http_status(part->attempt.call) == 409;

    if (rc == 0 || rc == SPARKK8S_ENOTFOUND || replaced)
        go(part, PART_CREATE);
    else
        submission_fail(part->submission, rc, err);
}

/* Best effort: the garbage collector removes what is left, its owner being gone. */
static void removed(void *owner, int rc UNUSED, sparkk8s_error **err UNUSED)
{
    part_done(owner);
}

static const struct attempt_step part_steps[PART_STEPS] = {
    [PART_CREATE] = { .name = "creating what the driver needs", .send = send_create, .ended = created },
    [PART_LOOK] = { .name = "looking at what is there already", .send = send_look, .ended = looked_at },
    [PART_CHECK] = { .name = "looking whether the driver pod is there", .send = send_check, .ended = checked },
    [PART_CLEAR] = { .name = "removing what an earlier driver left", .send = send_delete, .ended = cleared },
    [PART_REMOVE] = { .name = "removing what was created", .send = send_delete, .ended = removed, .once = true },
};

/* ---- all of them --------------------------------------------------------------------------------------------- */

static int part_init(struct part *part, const sparkk8s_manifest *manifest, const struct manifest_item *item,
                     sparkk8s_error **err)
{
    part->kind = kube_kind_of(item->object);
    part->object = json_incref(item->object);
    part->json = text_dup(item->json);
    if (!part->json)
        return fail_oom(err);
    part->name = json_text_at(part->object, "metadata", "name", NULL);
    if (!part->kind || !part->name)
        return fail(err, SPARKK8S_ECONF, "manifest", "an object of kind %s %s", json_text_at(part->object, "kind", NULL),
                    part->kind ? "has no name" : "cannot be submitted");
    part->shared = !strcmp(part->kind->kind, "PersistentVolumeClaim") && strv_has(&manifest->shared_claims, part->name);
    return 0;
}

int parts_init(struct submission *s, const sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    size_t i;
    int rc;

    s->parts = calloc(manifest->count, sizeof(*s->parts));
    if (!s->parts)
        return fail_oom(err);
    for (i = 0; i < manifest->count; i++) {
        struct part *part = &s->parts[s->part_count];

        if (i == manifest->driver)
            continue;
        part->submission = s;
        part->attempt = (struct attempt){ .kube = s->run->kube, .owner = part };
        s->part_count++;
        rc = part_init(part, manifest, &manifest->items[i], err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The pod as owner; another one in a later round. */
static int name_owner(struct submission *s, sparkk8s_error **err)
{
    AUTO(json) owner = json_pack("{s:s, s:s, s:s, s:s, s:b}", "apiVersion", "v1", "kind", "Pod", "name", s->run->pod, "uid",
                                 s->run->uid, "controller", 1);

    free(s->as_owner);
    s->as_owner = owner ? json_text(owner) : NULL;
    return s->as_owner ? 0 : fail_oom(err);
}

void parts_create(struct submission *s)
{
    AUTO(error) error = NULL;
    size_t i;
    int rc;

    for (i = 0; i < s->part_count; i++) {
        s->parts[i].done = s->parts[i].created = false;
        s->parts[i].rounds = 0;
    }
    rc = name_owner(s, &error);
    if (rc < 0) {
        submission_fail(s, rc, &error);
        return;
    }
    if (!s->part_count)
        submit_release(s);
    for (i = 0; i < s->part_count && !s->failed; i++)
        go(&s->parts[i], PART_CREATE);
}

void parts_remove(struct submission *s)
{
    size_t i, left = 0;

    for (i = 0; i < s->part_count; i++) {
        s->parts[i].done = !s->parts[i].created;
        left += s->parts[i].created;
    }
    if (!left)
        submission_end(s);
    for (i = 0; i < s->part_count; i++)
        if (s->parts[i].created)
            go(&s->parts[i], PART_REMOVE);
}

void parts_stop(struct submission *s)
{
    size_t i;

    for (i = 0; i < s->part_count; i++)
        attempt_stop(&s->parts[i].attempt);
}

void parts_clear(struct submission *s)
{
    size_t i;

    for (i = 0; i < s->part_count; i++) {
        attempt_stop(&s->parts[i].attempt);
        json_decref(s->parts[i].object);
        free(s->parts[i].json);
        free(s->parts[i].uid);
    }
    free(s->parts);
}
