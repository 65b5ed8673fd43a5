/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is Spark's is told by its label or, of what Spark gives no labels to, by the name that Spark's steps make (of
 * org.apache.spark.deploy.k8s.features). Only an object whose one owner is a pod can be an orphan: what belongs to
 * something else (an operator's resource) is that one's business. Without an owner only that counts which spark-submit
 * makes before the driver pod has a uid, or which lost its owner by hand; a driver outside of the cluster owns nothing that
 * way but an executors' ConfigMap, which is not in the table.
 */
#include "leftover.h"

#include "error.h"
#include "json.h"
#include "moment.h"
#include "run.h"
#include "text.h"
#include "verdict.h"

#define POD_GROUP "-podgroup"
#define CONF_MAP "spark-drv-*-conf-map"

static const struct shape {
    const char *kind, *glob;
    bool unowned;                   /* a leftover without an owner, too */
} shapes[] = {
    { "ConfigMap", CONF_MAP, true }, { "ConfigMap", "spark-exec-*-conf-map", false },
    { "ConfigMap", "*-driver-podspec-conf-map", false }, { "ConfigMap", "*-hadoop-config", false },
    { "ConfigMap", "*-krb5-file", false },
    { "Secret", "*-kubernetes-credentials", false }, { "Secret", "*-kerberos-keytab", false },
    { "Secret", "*-delegation-tokens", false },
    { "Service", "*-driver-svc", true }, { "NetworkPolicy", "*-policy", true }, { "PodGroup", "*" POD_GROUP, true },
};

static const struct shape *shape_of(const struct kube_kind *kind, const char *name)
{
    size_t i;

    for (i = 0; i < COUNT(shapes); i++)
        if (!strcmp(shapes[i].kind, kind->kind) && text_glob(shapes[i].glob, name))
            return &shapes[i];
    return NULL;
}

static bool is_text(const char *text, const char *expected)
{
    return text && strcmp(text, expected) == 0;
}

/* ---- drivers ---- */

int leftover_driver(const struct pod *pod, int64_t sign_ms, const struct gc_ages *ages, int64_t *since_ms)
{
    bool ended = pod->phase == PHASE_SUCCEEDED || pod->phase == PHASE_FAILED;
    int64_t sign = sign_ms > pod->created_ms ? sign_ms : pod->created_ms;

    if (pod->role != ROLE_DRIVER || pod->deleted_ms || !pod->created_ms)
        return 0;
    /* Who has claimed it is responsible for it. */
    if (!ended && pod->our_gate && !pod->claim && sign <= ages->now_ms - ages->silent_ms) {
        *since_ms = sign;
        return SPARKK8S_GC_HELD_BACK;
    }
    if (ended && ages->finished_ms && pod->driver.finished_ms && pod->driver.finished_ms <= ages->now_ms - ages->finished_ms) {
        *since_ms = pod->driver.finished_ms;
        return SPARKK8S_GC_FINISHED;
    }
    return 0;
}

/* ---- other objects ---- */

static bool is_claim(const struct kube_kind *kind)
{
    return strcmp(kind->kind, "PersistentVolumeClaim") == 0;
}

static int unowned(const struct shape *shape, const struct objmeta *meta, const struct gc_ages *ages)
{
    bool told = meta->app_id || is_text(shape ? shape->glob : NULL, CONF_MAP) || is_text(shape ? shape->kind : NULL, "PodGroup");

    if (!shape || !shape->unowned || !told || is_text(meta->role, "executor"))
        return 0;
    return meta->created_ms && meta->created_ms <= ages->now_ms - ages->silent_ms ? SPARKK8S_GC_UNOWNED : 0;
}

int leftover_object(const struct kube_kind *kind, const struct objmeta *meta, const struct gc_ages *ages)
{
    const struct shape *shape = shape_of(kind, meta->name);
    bool executor = kind == &kube_pods && is_text(meta->role, "executor");

    if (meta->dying || is_claim(kind) || (kind == &kube_pods && !executor) || (!shape && !meta->app_id && !executor))
        return 0;
    if (!meta->owners)
        return kind == &kube_pods ? 0 : unowned(shape, meta, ages);
    if (meta->owners > 1 || !is_text(meta->owner_api, "v1") || !is_text(meta->owner_kind, "Pod") || !meta->owner_name ||
        !meta->owner_uid)
        return 0;
    return executor ? SPARKK8S_GC_EXECUTOR : SPARKK8S_GC_ORPHAN;
}

bool leftover_is_conf_map(const struct sparkk8s_leftover *leftover)
{
    return !strcmp(leftover->kind->kind, "ConfigMap") && !leftover->app_id && leftover->reason == SPARKK8S_GC_UNOWNED;
}

/* ---- the object ---- */

void sparkk8s_leftover_free(sparkk8s_leftover *leftover)
{
    if (!leftover)
        return;
    free(leftover->ns);
    free(leftover->name);
    free(leftover->uid);
    free(leftover->version);
    free(leftover->owner_name);
    free(leftover->owner_uid);
    free(leftover->app_id);
    free(leftover);
}

int leftover_new(const struct kube_kind *kind, struct objmeta *meta, int reason, int64_t since_ms, sparkk8s_leftover **out,
                 sparkk8s_error **err)
{
    AUTO(leftover) it = calloc(1, sizeof(*it));
    size_t len = strlen(meta->name), tail = strlen(POD_GROUP);

    if (!it)
        return fail_oom(err);
    *it = (struct sparkk8s_leftover){
        .kind = kind, .ns = TAKE(meta->ns), .name = TAKE(meta->name), .uid = TAKE(meta->uid), .version = TAKE(meta->version),
        .owner_name = TAKE(meta->owner_name), .owner_uid = TAKE(meta->owner_uid), .app_id = TAKE(meta->app_id),
        .reason = reason, .since_ms = since_ms,
    };
    if (!it->app_id && text_ends(it->name, POD_GROUP) && !strcmp(kind->kind, "PodGroup")) {
        it->app_id = text_dupn(it->name, len - tail);
        if (!it->app_id)
            return fail_oom(err);
    }
    *out = TAKE(it);
    return 0;
}

int leftover_of_driver(const struct pod *pod, int reason, int64_t since_ms, sparkk8s_leftover **out, sparkk8s_error **err)
{
    AUTO_OBJMETA meta = { .ns = text_dup(pod->ns), .name = text_dup(pod->name), .uid = text_dup(pod->uid),
                          .version = text_dup(pod->version), .app_id = text_dup(pod->app_id) };

    if (!meta.ns || !meta.name || !meta.uid || !meta.version || (pod->app_id && !meta.app_id))
        return fail_oom(err);
    return leftover_new(&kube_pods, &meta, reason, since_ms, out, err);
}

/* ---- getters ---- */

static const struct {
    const char *name, *text;
} reasons[] = {
    [0] = { "NONE", "" },
    [SPARKK8S_GC_HELD_BACK] = { "HELD_BACK", "held back by its submission, which shows no sign of life" },
    [SPARKK8S_GC_ORPHAN] = { "ORPHAN", "its driver is gone" },
    [SPARKK8S_GC_UNOWNED] = { "UNOWNED", "it never got an owner, and its application has no pods" },
    [SPARKK8S_GC_EXECUTOR] = { "EXECUTOR", "an executor whose driver is gone" },
    [SPARKK8S_GC_FINISHED] = { "FINISHED", "a driver that ended long enough ago" },
};

const char *sparkk8s_gc_reason_name(int reason)
{
    return reason > 0 && reason < (int)COUNT(reasons) ? reasons[reason].name : reasons[0].name;
}

const char *sparkk8s_leftover_kind(const sparkk8s_leftover *leftover)
{
    return leftover ? leftover->kind->kind : "";
}

const char *sparkk8s_leftover_ns(const sparkk8s_leftover *leftover)
{
    return leftover && leftover->ns ? leftover->ns : "";
}

const char *sparkk8s_leftover_name(const sparkk8s_leftover *leftover)
{
    return leftover ? leftover->name : "";
}

int sparkk8s_leftover_reason(const sparkk8s_leftover *leftover)
{
    return leftover ? leftover->reason : 0;
}

const char *sparkk8s_leftover_text(const sparkk8s_leftover *leftover)
{
    return reasons[leftover ? leftover->reason : 0].text;
}

int64_t sparkk8s_leftover_since_ms(const sparkk8s_leftover *leftover)
{
    return leftover ? leftover->since_ms : 0;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

int sparkk8s_leftover_to_json(const sparkk8s_leftover *leftover, char **out, sparkk8s_error **err)
{
    char since[MOMENT_SIZE] = "", *text;

    if (!leftover || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_leftover_to_json", "a leftover and a place for the result are needed");
    if (leftover->since_ms)
        moment_rfc3339(leftover->since_ms, since);
    text = json_members_text((const struct json_member[]){
        { "kind", json_string(leftover->kind->kind) },
        { "namespace", text_or_null(leftover->ns) },
        { "name", json_string(leftover->name) },
        { "uid", json_string(leftover->uid) },
        { "reason", json_string(sparkk8s_gc_reason_name(leftover->reason)) },
        { "text", json_string(sparkk8s_leftover_text(leftover)) },
        { "since", text_or_null(*since ? since : NULL) },
        { "app_id", text_or_null(leftover->app_id) },
        { "driver_pod", text_or_null(leftover->owner_name) },
        { "driver_uid", text_or_null(leftover->owner_uid) },
    }, 10);
    if (!text)
        return fail_oom(err);
    *out = text;
    return 0;
}
