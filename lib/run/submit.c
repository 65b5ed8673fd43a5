/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submission: the counterpart of org.apache.spark.deploy.k8s.submit.Client.run, which creates the pod, then what it
 * mounts, and hopes. Here the pod is held back by a scheduling gate until everything is there, and a submission key
 * makes repeating harmless (submission.h has the picture). What a submitter that dies leaves is a pod that never ran and
 * owns all the rest: completed by the next submission with its key, or removed when somebody finds it.
 *
 * Without a gate (sparkk8s.submit.order=spark, a pod with nodeName, a cluster that has none) the order is spark-submit's,
 * and so is the weakness: what dies half-way leaves a driver that waits for a ConfigMap.
 *
 * Never waits but in finish: every step is taken by the answer to the one before, whoever turns the loop.
 */
#include "submission.h"

#include "client.h"
#include "input.h"
#include "moment.h"
#include "splice.h"
#include "text.h"

#define KEY_MAX 1024
#define GIVE_UP_MS 5000             /* for removing what a submission that ran out of time has created */

/* ---- the end ------------------------------------------------------------------------------------------------- */

void submission_end(struct submission *s)
{
    attempt_stop(&s->attempt);
    parts_stop(s);
    files_stop(s);
    if (s->rc < 0 && !s->left)
        files_undo(s);
    if (s->rc == 0 && (s->flags & KUBE_DRY_RUN) && s->ours) {
        free(s->run->uid);          /* nothing has it */
        s->run->uid = NULL;
    }
    if (s->rc == 0)
        kube_log(s->run->kube, SPARKK8S_LOG_INFO, "submit", "%s: submitted", s->run->id);
    s->ended = true;
    kube_flag_set(s->run->kube, &s->flag, true);
}

void submission_leave(struct submission *s, const char *what)
{
    AUTO(chars) hint = text_dup(sparkk8s_error_hint(s->error));

    if (hint)
        error_hint(&s->error, "%s%sthe driver pod %s %s%s", hint, *hint ? "; " : "", s->run->pod, what,
                   s->gate ? "; held back by its scheduling gate it does not run" : "");
    s->left = true;
    submission_end(s);
}

void submission_wind_up(struct submission *s)
{
    attempt_stop(&s->attempt);
    parts_stop(s);
    files_stop(s);
    if (s->unsure)
        submission_leave(s, "may have been created");
    else if (s->run->uid && !s->ours)
        submission_leave(s, "of another submission with this key was left as it is");
    else
        submit_remove(s);
}

static void note(struct submission *s, int rc, sparkk8s_error **err)
{
    if (s->failed)
        return;
    s->failed = true;
    s->rc = rc;
    s->error = TAKE(*err);
}

void submission_fail(struct submission *s, int rc, sparkk8s_error **err)
{
    note(s, rc, err);
    submission_wind_up(s);
}

void submission_free(struct submission *s)
{
    if (!s)
        return;
    attempt_stop(&s->attempt);
    parts_clear(s);
    files_clear(s);
    kube_flag_set(s->run->kube, &s->flag, false);
    json_decref(s->pod);
    str_clear(&s->pod_json);
    free(s->as_owner);
    free(s->key);
    free(s->version);
    sparkk8s_error_free(s->error);
    sparkk8s_error_free(s->doubt);
    free(s);
}

/* ---- begin --------------------------------------------------------------------------------------------------- */

static int hash_key(struct submission *s, const char *key, sparkk8s_error **err)
{
    unsigned char random[SUBMISSION_HASH_SIZE / 2];
    int rc;

    if (key) {
        submission_hash(key, s->hash);
        s->key = text_dup(key);
        return s->key ? 0 : fail_oom(err);
    }
    rc = random_bytes(random, sizeof(random), err);
    if (rc == 0)
        hex_encode(random, sizeof(random), s->hash);
    return rc;
}

/* `"key":"value"`; what stands in them needs no escapes. */
static void add_text(struct str *text, const char *const *path, const char *key, const char *value)
{
    char member[160];

    snprintf(member, sizeof(member), "\"%s\":\"%s\"", key, value);
    splice_last(text, path, '{', member);
}

/* What tells this pod from another one of its name, and holds it back. Someone else's gates stay beside ours. */
static int mark_pod(struct submission *s, const sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    static const char *const labels[] = { "metadata", "labels", NULL };
    static const char *const annotations[] = { "metadata", "annotations", NULL };
    static const char *const gates[] = { "spec", "schedulingGates", NULL };

    s->pod = json_incref(manifest->items[manifest->driver].object);
    s->pod_json = (struct str)STR_INIT(STR_TEXT_LIMIT);
    s->gate = !manifest->spark_order && !json_text_at(s->pod, "spec", "nodeName", NULL);
    str_add(&s->pod_json, manifest->items[manifest->driver].json);
    add_text(&s->pod_json, labels, LABEL_SUBMISSION, s->hash);
    add_text(&s->pod_json, annotations, ANNOTATION_MANIFEST, s->digest);
    if (s->gate)
        splice_last(&s->pod_json, gates, '[', "{\"name\":\"" GATE_SUBMISSION "\"}");
    return s->pod_json.failed ? fail_oom(err) : 0;
}

static int submission_new(sparkk8s_run *run, const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *opts,
                          sparkk8s_error **err)
{
    struct submission *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return fail_oom(err);
    run->submission = s;            /* the run frees it */
    s->run = run;
    kube_flag_init(&s->flag, run);
    s->attempt = (struct attempt){ .kube = run->kube, .owner = s };
    s->flags = opts->flags & SPARKK8S_SUBMIT_DRY_RUN ? KUBE_DRY_RUN : 0;
    memcpy(s->digest, manifest->digest, sizeof(s->digest));
    rc = hash_key(s, opts->key, err);
    if (rc == 0)
        rc = mark_pod(s, manifest, err);
    if (rc == 0 && opts->flags & SPARKK8S_SUBMIT_STORED)
        s->stored = true;
    else if (rc == 0)
        rc = files_init(s, manifest, err);
    return rc < 0 ? rc : parts_init(s, manifest, err);
}

static int check_key(const sparkk8s_manifest *manifest, const char *key, sparkk8s_error **err)
{
    if (!key)
        return 0;
    if (!*key || strlen(key) > KEY_MAX || !text_is_utf8(key, strlen(key)))
        return fail(err, SPARKK8S_EINVAL, "key", "a submission key has 1 to %d bytes of UTF-8", KEY_MAX);
    if (manifest->seed && !strcmp(manifest->seed, key))
        return 0;
    fail(err, SPARKK8S_EINVAL, "key", "the manifest was %s", manifest->seed ? "rendered for another key"
                                                                             : "rendered without a key");
    error_hint(err, "render with id_seed = key: the names of the objects come from it");
    return SPARKK8S_EINVAL;
}

static int check_opts(const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *opts, sparkk8s_error **err)
{
    if (opts->flags & ~(SPARKK8S_SUBMIT_DRY_RUN | SPARKK8S_SUBMIT_STORED))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_submit_opts", "flags has a bit that is none of SPARKK8S_SUBMIT_*");
    if (opts->reserved)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_submit_opts", "reserved must be 0");
    if (!manifest->pod_name)
        return fail(err, SPARKK8S_ECONF, "manifest", "the driver pod has no name");
    return check_key(manifest, opts->key, err);
}

int sparkk8s_submit_begin(sparkk8s_client *client, const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *given,
                          sparkk8s_run **out, sparkk8s_error **err)
{
    sparkk8s_submit_opts opts;
    AUTO(run) run = NULL;
    int rc;

    if (!client || !manifest || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_submit_begin", "client, manifest and out must not be NULL");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_submit_opts", err);
    if (rc == 0)
        rc = kube_check(client->kube, err);
    if (rc == 0)
        rc = check_opts(manifest, &opts, err);
    if (rc == 0)
        rc = run_new(client->kube, manifest->ns, manifest->pod_name, NULL, manifest->app_id, &run, err);
    if (rc == 0)
        rc = submission_new(run, manifest, &opts, err);
    if (rc < 0)
        return rc;
    submit_begin(run->submission);
    *out = TAKE(run);
    return 0;
}

/* ---- finish -------------------------------------------------------------------------------------------------- */

static bool is_storing(const struct submission *s)
{
    return s->upload_alarm.due && !s->stored && !s->ended;
}

static bool is_decided(void *owner)             /* whether there is anything to store */
{
    const struct submission *s = owner;

    return s->stored || s->ended || s->run->uid || is_storing(s);
}

static bool is_stored(void *owner)
{
    return !is_storing(owner);
}

static bool is_ended(void *owner)
{
    const struct submission *s = owner;

    return s->ended;
}

/* Of one that has ended. */
static int result(sparkk8s_run *run, sparkk8s_error **err)
{
    struct submission *s = run->submission;

    if (s->rc == 0) {
        submission_free(TAKE(run->submission));
        return 0;
    }
    kube_flag_set(run->kube, &s->flag, false);
    if (s->told)
        return fail(err, s->rc, run->id, "this submission has failed, as was reported before");
    s->told = true;
    if (err)
        *err = TAKE(s->error);
    return s->rc;
}

static const char *what_is_under_way(const struct submission *s)
{
    size_t i;

    if (is_storing(s))
        return "storing the application's files";
    for (i = 0; i < s->part_count; i++)
        if (s->parts[i].attempt.call && !s->parts[i].done)
            return s->parts[i].attempt.step->name;
    return s->attempt.step->name;
}

static int finish(sparkk8s_run *run, const struct kube_limit *limit, sparkk8s_error **err)
{
    int rc = kube_wait(run->kube, limit, is_ended, run->submission, err);

    if (rc == SPARKK8S_AGAIN) {
        fail(err, SPARKK8S_ETIMEDOUT, run->id, "the time limit ran out while %s", what_is_under_way(run->submission));
        error_retriable(err);
        return SPARKK8S_ETIMEDOUT;
    }
    return rc < 0 ? rc : result(run, err);
}

/* The client's own time limit is for answers, and begins when the files are stored. The caller's covers all. */
static int limit_begin(sparkk8s_run *run, const sparkk8s_call *call, struct kube_limit *limit, sparkk8s_error **err)
{
    struct kube_limit none;
    int rc;

    rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, limit, err);
    if (rc == 0)
        rc = kube_limit_init(run->kube, call, -1, &none, err);
    if (rc < 0 || none.deadline_ms != INT64_MAX || !run->submission)
        return rc;
    rc = kube_wait(run->kube, limit, is_decided, run->submission, err);
    if (rc != 0 || !is_storing(run->submission))
        return rc < 0 ? rc : 0;
    rc = kube_wait(run->kube, &none, is_stored, run->submission, err);
    return rc < 0 ? rc : kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, limit, err);
}

int sparkk8s_submit_finish(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    if (!run)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_submit_finish", "run must not be NULL");
    rc = kube_check(run->kube, err);
    if (rc == 0)
        rc = limit_begin(run, call, &limit, err);
    if (rc < 0)
        return rc;
    return run->submission ? finish(run, &limit, err) : 0;
}

int submission_give_up(sparkk8s_run *run, int rc, sparkk8s_error **reason, sparkk8s_error **err)
{
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + GIVE_UP_MS };
    struct submission *s = run->submission;
    AUTO(error) late = NULL;

    if (s->ended)
        return result(run, err);
    /* An answer to come may tell that there is something to remove. */
    if (submit_is_deciding(s))
        note(s, rc, reason);
    else if (!s->failed)
        submission_fail(s, rc, reason);
    if (kube_wait(run->kube, &limit, is_ended, s, &late) != 0)
        submission_leave(s, "may be left");
    return result(run, err);
}

int sparkk8s_submit(sparkk8s_client *client, const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *opts,
                    const sparkk8s_call *call, sparkk8s_run **out, sparkk8s_error **err)
{
    AUTO(run) run = NULL;
    AUTO(error) reason = NULL;
    struct kube_limit limit;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_submit", "client and out must not be NULL");
    rc = kube_limit_init(client->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc == 0)
        rc = sparkk8s_submit_begin(client, manifest, opts, &run, err);
    if (rc < 0)
        return rc;
    rc = limit_begin(run, call, &limit, &reason);
    if (rc == 0)
        rc = finish(run, &limit, &reason);
    if (rc < 0 && run->submission && !run->submission->ended) {
        rc = submission_give_up(run, rc, &reason, err);
    } else if (rc < 0 && err) {
        *err = TAKE(reason);
    }
    if (rc == 0)
        *out = TAKE(run);
    return rc;
}
