/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leftovers: found by a survey, judged once more one by one, and deleted only as they were judged. Written as one blocking
 * function, run as a task (kube/task.c), which puts what it finds into a queue.
 *
 * Nothing alive is touched, for these reasons together. A list that is not complete ends all. What the survey finds is looked
 * at again, alone, and its owner is asked for by name: only 404, or a pod of another uid, says that it is gone. The delete
 * has uid and resource version of that look as preconditions; what has changed since is looked at again. So a driver that its
 * submitter releases at that moment, dead as it was thought to be, is not deleted; and a submitter that lives on without its
 * pod fails cleanly, with nothing started.
 *
 * Not here: files below spark.kubernetes.file.upload.path, which are not in the cluster; claims, which are never deleted.
 */
#include "attempt.h"
#include "cancel.h"
#include "client.h"
#include "input.h"
#include "moment.h"
#include "select.h"
#include "survey.h"
#include "text.h"

#define SILENT_MS 3600000               /* by default */
#define ROUNDS 3                        /* changes between looking and deleting */
#define APP_ID "\nspark.app.id="

struct told {
    struct told *next;
    sparkk8s_leftover *leftover;
    sparkk8s_error *failure;            /* or NULL */
};

struct sparkk8s_gc {
    struct kube *kube;                  /* a reference */
    struct kube_task *task;             /* NULL before the first next */
    struct kube_flag flag;
    struct kube_limit limit;
    struct selection selection;         /* of namespaces */
    struct survey survey;
    struct map owners;                  /* uids of pods that were found alive; the keys are the values */
    bool remove, ended;
    int rc;                             /* of all, once ended */
    sparkk8s_error *error;
    struct told *first, **last;
};

OWNED(gc, sparkk8s_gc *, sparkk8s_gc_free);

/* ---- one leftover: is it still one? -------------------------------------------------------------------------- */

struct look {
    const sparkk8s_gc *gc;
    sparkk8s_leftover *it;
    const struct kube_kind *kind;       /* what is asked for: */
    const char *name, *selector;
    bool whole;
};

static int send_look(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct look *look = owner;
    struct kube *kube = look->gc->kube;

    if (look->selector)
        return kube_list_metadata(kube, look->kind, look->it->ns, look->selector, NULL, then, call, err);
    return look->whole ? kube_get(kube, look->kind, look->it->ns, look->name, then, call, err)
                       : kube_get_metadata(kube, look->kind, look->it->ns, look->name, then, call, err);
}

/* SPARKK8S_END: it is not there; then there is no error. */
static int ask(struct look *look, struct kube_call **call, sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    int rc = attempt_wait(look->gc->kube, send_look, look, &look->gc->limit, call, &error);

    if (rc == SPARKK8S_ENOTFOUND)
        return SPARKK8S_END;
    return rc < 0 ? pass_error(rc, &error, err) : 0;
}

static struct scan scan_of(const struct kube_call *call)
{
    size_t len;
    const char *body = kube_call_body(call, &len);

    return scan_begin(body, len);
}

static int keep_version(sparkk8s_leftover *it, const char *version, sparkk8s_error **err)
{
    char *copy = text_dup(version);

    if (!copy)
        return fail_oom(err);
    free(it->version);
    it->version = copy;
    return 0;
}

/* Each of these: 0 if it is still what it was taken for, SPARKK8S_END if not, or why that is not known. */
static int check_driver(const sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    struct look look = { .gc = gc, .it = it, .kind = &kube_pods, .name = it->name, .whole = true };
    AUTO(kube_call) call = NULL;
    AUTO_POD pod = { 0 };
    struct scan scan;
    int64_t since_ms;
    bool claim;
    int rc = ask(&look, &call, err);

    if (rc != 0)
        return rc;
    scan = scan_of(call);
    rc = pod_scan(&scan, &pod, err);
    if (rc < 0)
        return rc;
    if (!pod.uid || !pod.version || strcmp(pod.uid, it->uid) != 0 ||
        leftover_driver(&pod, survey_sign(&gc->survey, it->uid, &claim), &gc->survey.ages, &since_ms) != it->reason)
        return SPARKK8S_END;
    return keep_version(it, pod.version, err);
}

static int check_object(const sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    struct look look = { .gc = gc, .it = it, .kind = it->kind, .name = it->name };
    AUTO(kube_call) call = NULL;
    AUTO_OBJMETA meta = { 0 };
    struct scan scan;
    int rc = ask(&look, &call, err);

    if (rc != 0)
        return rc;
    scan = scan_of(call);
    rc = objmeta_scan(&scan, &meta, err);
    if (rc < 0)
        return rc;
    if (strcmp(meta.uid, it->uid) != 0 || leftover_object(it->kind, &meta, &gc->survey.ages) != it->reason ||
        (it->owner_uid && (!meta.owner_uid || strcmp(meta.owner_uid, it->owner_uid) != 0)))
        return SPARKK8S_END;
    return keep_version(it, meta.version, err);
}

static int keep_owner(sparkk8s_gc *gc, const char *uid, sparkk8s_error **err)
{
    char *copy = text_dup(uid);

    if (copy && map_put(&gc->owners, copy, copy))
        return 0;
    free(copy);
    return fail_oom(err);
}

static int check_owner(sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    struct look look = { .gc = gc, .it = it, .kind = &kube_pods, .name = it->owner_name };
    AUTO(kube_call) call = NULL;
    AUTO_OBJMETA meta = { 0 };
    struct scan scan;
    int rc;

    if (map_get(&gc->owners, it->owner_uid))
        return SPARKK8S_END;
    rc = ask(&look, &call, err);
    if (rc != 0)
        return rc == SPARKK8S_END ? 0 : rc;
    scan = scan_of(call);
    rc = objmeta_scan(&scan, &meta, err);
    if (rc < 0 || strcmp(meta.uid, it->owner_uid) != 0)
        return rc;
    rc = keep_owner(gc, it->owner_uid, err);
    return rc < 0 ? rc : SPARKK8S_END;
}

/* ---- one without an owner: has its application pods? ---- */

static int read_app(const sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    static const char *const path[] = { "data", "spark.properties", NULL };
    struct look look = { .gc = gc, .it = it, .kind = it->kind, .name = it->name, .whole = true };
    AUTO(kube_call) call = NULL;
    AUTO(chars) text = NULL;
    const char *id;
    int rc = ask(&look, &call, err);

    if (rc == 0)
        rc = answer_text(call, path, &text, err);
    if (rc != 0)
        return rc;
    id = text ? strstr(text, APP_ID) : NULL;
    if (!id)
        return SPARKK8S_END;
    id += strlen(APP_ID);
    it->app_id = text_dupn(id, strcspn(id, "\r\n"));
    return it->app_id ? 0 : fail_oom(err);
}

static int count_one(struct objmeta *meta UNUSED, void *owner, sparkk8s_error **err UNUSED)
{
    size_t *count = owner;

    ++*count;
    return 0;
}

static int check_app(const sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    AUTO(chars) selector = NULL;
    AUTO(chars) more = NULL;
    AUTO(kube_call) call = NULL;
    struct look look = { .gc = gc, .it = it, .kind = &kube_pods };
    const char *body;
    size_t len, count = 0;
    int rc = leftover_is_conf_map(it) ? read_app(gc, it, err) : 0;

    if (rc != 0)
        return rc;
    if (asprintf(&selector, "spark-app-selector=%s", it->app_id) < 0) {
        selector = NULL;
        return fail_oom(err);
    }
    look.selector = selector;
    rc = ask(&look, &call, err);
    if (rc != 0)
        return rc;
    body = kube_call_body(call, &len);
    rc = objmeta_page_scan(body, len, &more, count_one, &count, err);
    return rc < 0 ? rc : count || more ? SPARKK8S_END : 0;
}

/* ---- what is done with it ------------------------------------------------------------------------------------ */

static int check(sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    int rc;

    if (it->reason == SPARKK8S_GC_HELD_BACK || it->reason == SPARKK8S_GC_FINISHED)
        return check_driver(gc, it, err);
    rc = check_object(gc, it, err);
    if (rc != 0)
        return rc;
    return it->reason == SPARKK8S_GC_UNOWNED ? check_app(gc, it, err) : check_owner(gc, it, err);
}

static int send_delete(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct look *look = owner;
    const sparkk8s_leftover *it = look->it;
    const struct kube_precondition only = { .uid = it->uid, .version = it->version };

    return kube_delete(look->gc->kube, it->kind, it->ns, it->name, &only, -1, then, call, err);
}

/* *changed if it is not as it was looked at. */
static int delete(const sparkk8s_gc *gc, sparkk8s_leftover *it, bool *changed, sparkk8s_error **err)
{
    struct look look = { .gc = gc, .it = it };
    AUTO(kube_call) call = NULL;
    AUTO(error) error = NULL;
    int rc = attempt_wait(gc->kube, send_delete, &look, &gc->limit, &call, &error);

    *changed = rc < 0 && sparkk8s_error_http_status(error) == 409;
    if (rc == 0 || rc == SPARKK8S_ENOTFOUND || *changed)
        return 0;
    return pass_error(rc, &error, err);
}

/* SPARKK8S_END: it is none any more. */
static int settle(sparkk8s_gc *gc, sparkk8s_leftover *it, sparkk8s_error **err)
{
    bool changed = true;
    int round, rc = 0;

    for (round = 0; round < ROUNDS && changed && rc == 0; round++) {
        rc = check(gc, it, err);
        changed = false;
        if (rc == 0 && gc->remove)
            rc = delete(gc, it, &changed, err);
    }
    return rc == 0 && changed ? SPARKK8S_END : rc;
}

/* Both are taken. */
static int tell(sparkk8s_gc *gc, sparkk8s_leftover *leftover, sparkk8s_error **failure, sparkk8s_error **err)
{
    struct told *told = calloc(1, sizeof(*told));

    if (!told) {
        sparkk8s_leftover_free(leftover);
        return fail_oom(err);
    }
    told->leftover = leftover;
    told->failure = TAKE(*failure);
    *gc->last = told;
    gc->last = &told->next;
    kube_flag_set(gc->kube, &gc->flag, true);
    return 0;
}

static int settle_all(sparkk8s_gc *gc, sparkk8s_error **err)
{
    size_t i;

    for (i = 0; i < gc->survey.count; i++) {
        AUTO(leftover) it = TAKE(gc->survey.found[i]);
        AUTO(error) failure = NULL;
        int rc = settle(gc, it, &failure);

        if (rc == SPARKK8S_ECANCELED || rc == SPARKK8S_EFORK)
            return pass_error(rc, &failure, err);
        if (rc != SPARKK8S_END)
            rc = tell(gc, TAKE(it), &failure, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void run(void *owner)
{
    sparkk8s_gc *gc = owner;

    gc->rc = survey_make(&gc->survey, &gc->error);
    if (gc->rc == 0)
        gc->rc = settle_all(gc, &gc->error);
    gc->ended = true;
    kube_flag_set(gc->kube, &gc->flag, true);
}

/* ---- the public face ----------------------------------------------------------------------------------------- */

static int check_opts(const sparkk8s_gc_opts *opts, sparkk8s_error **err)
{
    if (opts->flags & ~SPARKK8S_GC_DELETE || opts->reserved || opts->silent_ms < 0 || opts->finished_older_than_ms < 0)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_gc_opts", "a member has a value that is never valid");
    return 0;
}

static int fill(sparkk8s_gc *gc, const sparkk8s_gc_opts *opts, sparkk8s_error **err)
{
    const sparkk8s_select select = { .size = sizeof(select), .ns = opts->ns };

    gc->last = &gc->first;
    gc->remove = opts->flags & SPARKK8S_GC_DELETE;
    gc->limit.deadline_ms = INT64_MAX;
    gc->survey = (struct survey){
        .kube = gc->kube, .limit = &gc->limit, .ns = &gc->selection.ns,
        .ages = { .now_ms = moment_now_ms(), .silent_ms = opts->silent_ms ? opts->silent_ms : SILENT_MS,
                  .finished_ms = opts->finished_older_than_ms },
    };
    return selection_init(&gc->selection, gc->kube, &select, err);
}

int sparkk8s_gc_open(sparkk8s_client *client, const sparkk8s_gc_opts *given, sparkk8s_gc **out, sparkk8s_error **err)
{
    AUTO(gc) gc = NULL;
    sparkk8s_gc_opts opts;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_gc_open", "a client and a place for the result are needed");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_gc_opts", err);
    if (rc == 0)
        rc = check_opts(&opts, err);
    if (rc == 0)
        rc = kube_check(client->kube, err);
    if (rc < 0)
        return rc;
    gc = calloc(1, sizeof(*gc));
    if (!gc)
        return fail_oom(err);
    gc->kube = kube_ref(client->kube);
    kube_flag_init(&gc->flag, gc);
    rc = fill(gc, &opts, err);
    if (rc == 0)
        rc = kube_task_start(gc->kube, run, gc, &gc->task, err);
    if (rc < 0)
        return rc;
    *out = TAKE(gc);
    return 0;
}

static bool is_awake(void *owner)
{
    const sparkk8s_gc *gc = owner;

    return gc->first || gc->ended;
}

static void shift(sparkk8s_gc *gc, sparkk8s_leftover **out, sparkk8s_error **failure)
{
    struct told *told = gc->first;

    gc->first = told->next;
    if (!gc->first)
        gc->last = &gc->first;
    *out = told->leftover;
    *failure = told->failure;
    free(told);
}

int sparkk8s_gc_next(sparkk8s_gc *gc, const sparkk8s_call *call, sparkk8s_leftover **out, sparkk8s_error **failure,
                     sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    if (!gc || !out || !failure)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_gc_next", "what was opened and places for the results are needed");
    rc = kube_check(gc->kube, err);
    if (rc == 0)
        rc = kube_limit_init(gc->kube, call, 0, &limit, err);
    if (rc == 0)
        rc = kube_wait(gc->kube, &limit, is_awake, gc, err);
    if (rc != 0)
        return rc;
    if (gc->first)
        shift(gc, out, failure);
    else if (gc->rc < 0)
        return gc->error ? pass_error(gc->rc, &gc->error, err)
                         : fail(err, gc->rc, "sparkk8s_gc_next", "this has failed, as was reported before");
    else
        return SPARKK8S_END;
    kube_flag_set(gc->kube, &gc->flag, is_awake(gc));
    return 0;
}

void sparkk8s_gc_free(sparkk8s_gc *gc)
{
    char *uid;
    size_t at;

    if (!gc)
        return;
    kube_task_free(gc->task);
    while (gc->first) {
        struct told *told = gc->first;

        gc->first = told->next;
        sparkk8s_leftover_free(told->leftover);
        sparkk8s_error_free(told->failure);
        free(told);
    }
    for (at = 0; (uid = map_at(&gc->owners, &at));)
        free(uid);
    map_clear(&gc->owners);
    survey_clear(&gc->survey);
    selection_clear(&gc->selection);
    sparkk8s_error_free(gc->error);
    kube_flag_set(gc->kube, &gc->flag, false);
    kube_unref(gc->kube);
    free(gc);
}
