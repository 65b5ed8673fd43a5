/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kind that may not be listed is left out, with a notice, since each object is judged by itself; without the pods nothing
 * can be judged. Of other objects than pods only metadata is asked for.
 */
#include "survey.h"

#include "attempt.h"
#include "text.h"

static const struct source {
    const char *kind, *selector;
} sources[] = {
    { "ConfigMap", NULL }, { "Secret", NULL }, { "Service", NULL }, { "NetworkPolicy", "spark-app-selector" },
    { "PodGroup", NULL }, { "PersistentVolumeClaim", NULL }, { "Pod", "spark-role=executor" },
};
#define DRIVERS_AND_EXECUTORS "spark-role in (driver,executor)"

struct thing {
    const struct kube_kind *kind;
    struct objmeta meta;
};

struct living {
    struct pod pod;                 /* of a driver that may be a leftover; else zero */
    int64_t sign_ms;
    bool claim;
    char uid[];
};

/* ---- pages ---- */

struct page {
    struct survey *survey;
    const struct kube_kind *kind;
    const char *ns, *selector;
    char *more;
};

static int send_metadata(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct page *page = owner;

    return kube_list_metadata(page->survey->kube, page->kind, page->ns, page->selector, page->more, then, call, err);
}

static int send_pods(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct page *page = owner;

    return kube_list_page(page->survey->kube, &kube_pods, page->ns, page->selector, page->more, then, call, err);
}

/* All pages; `take` scans one and sets *more. */
static int each_page(struct page *page, attempt_send_fn send,
                     int (*take)(struct page *page, const char *body, size_t len, char **more, sparkk8s_error **err),
                     sparkk8s_error **err)
{
    int rc;

    do {
        AUTO(kube_call) call = NULL;
        char *more = NULL;
        const char *body;
        size_t len;

        rc = attempt_wait(page->survey->kube, send, page, page->survey->limit, &call, err);
        if (rc == 0) {
            body = kube_call_body(call, &len);
            rc = take(page, body, len, &more, err);
        }
        free(page->more);
        page->more = more;
    } while (rc == 0 && page->more);
    free(TAKE(page->more));
    return rc;
}

/* ---- objects ---- */

static int keep_thing(struct objmeta *meta, void *owner, sparkk8s_error **err)
{
    struct page *page = owner;
    struct survey *survey = page->survey;
    bool claim = strcmp(page->kind->kind, "PersistentVolumeClaim") == 0;

    if (claim ? !meta->owners : !leftover_object(page->kind, meta, &survey->ages))
        return 0;
    if (survey->thing_count == survey->thing_room) {
        size_t room = survey->thing_room ? survey->thing_room * 2 : 64;
        struct thing *things = reallocarray(survey->things, room, sizeof(*things));

        if (!things)
            return fail_oom(err);
        survey->things = things;
        survey->thing_room = room;
    }
    survey->things[survey->thing_count++] = (struct thing){ .kind = page->kind, .meta = *meta };
    *meta = (struct objmeta){ 0 };
    return 0;
}

static int take_things(struct page *page, const char *body, size_t len, char **more, sparkk8s_error **err)
{
    return objmeta_page_scan(body, len, more, keep_thing, page, err);
}

/* *known: it could be listed. A kind that the cluster does not have has no objects. */
static int list_kind(struct survey *survey, const struct source *source, const char *ns, bool *known, sparkk8s_error **err)
{
    struct page page = { .survey = survey, .kind = kube_kind_named(source->kind), .ns = ns, .selector = source->selector };
    AUTO(error) error = NULL;
    int rc = each_page(&page, send_metadata, take_things, &error);

    *known = rc == 0 || rc == SPARKK8S_ENOTFOUND;
    if (rc == SPARKK8S_EFORBIDDEN) {
        kube_log(survey->kube, SPARKK8S_LOG_WARN, "gc", "not looked at: %s%s%s may not be listed", page.kind->plural,
                 ns ? " of namespace " : "", ns ? ns : "");
        return 0;
    }
    return *known ? 0 : pass_error(rc, &error, err);
}

/* ---- pods ---- */

static int keep_app(struct survey *survey, const struct pod *pod, sparkk8s_error **err)
{
    char *key = NULL;

    if (!pod->app_id)
        return 0;
    if (asprintf(&key, "%s/%s", pod->ns ? pod->ns : "", pod->app_id) < 0)
        return fail_oom(err);
    if (map_get(&survey->apps, key)) {
        free(key);
        return 0;
    }
    if (map_put(&survey->apps, key, key))
        return 0;
    free(key);
    return fail_oom(err);
}

static int keep_pod(struct pod *pod, void *owner, sparkk8s_error **err)
{
    struct survey *survey = ((struct page *)owner)->survey;
    struct living *living;
    int64_t since_ms;
    size_t size;

    if (!pod->uid || map_get(&survey->living, pod->uid))
        return 0;
    size = strlen(pod->uid) + 1;
    living = calloc(1, sizeof(*living) + size);
    if (!living)
        return fail_oom(err);
    memcpy(living->uid, pod->uid, size);
    if (!map_put(&survey->living, living->uid, living)) {
        free(living);
        return fail_oom(err);
    }
    if (keep_app(survey, pod, err) < 0)
        return SPARKK8S_ENOMEM;
    if (leftover_driver(pod, 0, &survey->ages, &since_ms)) {
        living->pod = *pod;
        *pod = (struct pod){ 0 };
    }
    return 0;
}

static int take_pods(struct page *page, const char *body, size_t len, char **more, sparkk8s_error **err)
{
    struct pod_page it = { 0 };
    int rc = pod_page_scan(body, len, &it, keep_pod, page, err);

    if (rc == 0)
        *more = TAKE(it.more);
    pod_page_clear(&it);
    return rc;
}

/* ---- putting it together ---- */

static int list_all(struct survey *survey, const char *ns, sparkk8s_error **err)
{
    struct page pods = { .survey = survey, .kind = &kube_pods, .ns = ns, .selector = DRIVERS_AND_EXECUTORS };
    size_t i;
    int rc = 0;

    for (i = 0; i < COUNT(sources) && rc == 0; i++) {
        bool known = false;

        rc = list_kind(survey, &sources[i], ns, &known, err);
        if (!strcmp(sources[i].kind, "PersistentVolumeClaim"))
            survey->claims_known = survey->claims_known && known;
    }
    return rc < 0 ? rc : each_page(&pods, send_pods, take_pods, err);
}

static int keep_found(struct survey *survey, sparkk8s_leftover *leftover, sparkk8s_error **err)
{
    if (survey->count == survey->room) {
        size_t room = survey->room ? survey->room * 2 : 64;
        sparkk8s_leftover **found = reallocarray(survey->found, room, sizeof(sparkk8s_leftover *));

        if (!found) {
            sparkk8s_leftover_free(leftover);
            return fail_oom(err);
        }
        survey->found = found;
        survey->room = room;
    }
    survey->found[survey->count++] = leftover;
    return 0;
}

/* The owner lives: what it has is a sign of life. */
static void note_sign(struct living *living, const struct thing *thing)
{
    if (thing->meta.created_ms > living->sign_ms)
        living->sign_ms = thing->meta.created_ms;
    if (!strcmp(thing->kind->kind, "PersistentVolumeClaim"))
        living->claim = true;
}

static bool has_app(const struct survey *survey, const sparkk8s_leftover *leftover, bool *oom)
{
    AUTO(chars) key = NULL;

    if (!leftover->app_id)
        return false;
    if (asprintf(&key, "%s/%s", leftover->ns ? leftover->ns : "", leftover->app_id) < 0) {
        key = NULL;
        *oom = true;
        return true;
    }
    return map_get(&survey->apps, key) != NULL;
}

static int sort_thing(struct survey *survey, struct thing *thing, sparkk8s_error **err)
{
    struct living *living = thing->meta.owner_uid ? map_get(&survey->living, thing->meta.owner_uid) : NULL;
    int reason = leftover_object(thing->kind, &thing->meta, &survey->ages);
    AUTO(leftover) leftover = NULL;
    bool oom = false;
    int rc;

    if (living)
        note_sign(living, thing);
    if (living || !reason)
        return 0;
    rc = leftover_new(thing->kind, &thing->meta, reason, thing->meta.created_ms, &leftover, err);
    if (rc < 0)
        return rc;
    if (reason == SPARKK8S_GC_UNOWNED && has_app(survey, leftover, &oom))
        return oom ? fail_oom(err) : 0;
    return keep_found(survey, TAKE(leftover), err);
}

static int sort_driver(struct survey *survey, struct living *living, sparkk8s_error **err)
{
    sparkk8s_leftover *leftover = NULL;
    int64_t since_ms = 0;
    int reason = living->pod.uid ? leftover_driver(&living->pod, living->sign_ms, &survey->ages, &since_ms) : 0, rc;

    if (!reason)
        return 0;
    if (living->claim || !survey->claims_known) {
        kube_log(survey->kube, SPARKK8S_LOG_WARN, "gc", "%s:%s is left: %s", living->pod.ns, living->pod.name, living->claim ?
                 "a PersistentVolumeClaim would go with it" : "whether a PersistentVolumeClaim would go with it is not known");
        return 0;
    }
    rc = leftover_of_driver(&living->pod, reason, since_ms, &leftover, err);
    return rc < 0 ? rc : keep_found(survey, leftover, err);
}

static int compare(const void *a, const void *b)
{
    const sparkk8s_leftover *x = *(sparkk8s_leftover *const *)a, *y = *(sparkk8s_leftover *const *)b;
    int rc = x->reason - y->reason;

    rc = rc ? rc : strcmp(x->ns ? x->ns : "", y->ns ? y->ns : "");
    rc = rc ? rc : strcmp(x->kind->kind, y->kind->kind);
    return rc ? rc : strcmp(x->name, y->name);
}

int survey_make(struct survey *survey, sparkk8s_error **err)
{
    struct living *living;
    size_t i, at = 0;
    int rc = 0;

    survey->claims_known = true;
    for (i = 0; rc == 0 && i < (survey->ns->count ? survey->ns->count : 1); i++)
        rc = list_all(survey, survey->ns->count ? survey->ns->v[i] : NULL, err);
    for (i = 0; rc == 0 && i < survey->thing_count; i++)
        rc = sort_thing(survey, &survey->things[i], err);
    while (rc == 0 && (living = map_at(&survey->living, &at)))
        rc = sort_driver(survey, living, err);
    if (rc == 0 && survey->count)
        qsort(survey->found, survey->count, sizeof(sparkk8s_leftover *), compare);
    return rc;
}

int64_t survey_sign(const struct survey *survey, const char *uid, bool *claim)
{
    const struct living *living = map_get(&survey->living, uid);

    *claim = living && living->claim;
    return living ? living->sign_ms : 0;
}

void survey_clear(struct survey *survey)
{
    struct living *living;
    char *key;
    size_t i, at;

    for (i = 0; i < survey->thing_count; i++)
        objmeta_clear(&survey->things[i].meta);
    free(survey->things);
    for (at = 0; (living = map_at(&survey->living, &at));) {
        pod_clear(&living->pod);
        free(living);
    }
    for (at = 0; (key = map_at(&survey->apps, &at));)
        free(key);
    map_clear(&survey->living);
    map_clear(&survey->apps);
    for (i = 0; i < survey->count; i++)
        sparkk8s_leftover_free(survey->found[i]);
    free(survey->found);
}
