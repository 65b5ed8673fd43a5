/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running application against a manifest. The counterpart of an object of the manifest has another id in its name. It is
 * found as Spark finds it: where our pod names our object, the driver pod names theirs; what no pod names (the Service) has
 * the application's label. Objects that the manifest has nothing like are not looked for.
 */
#include "run.h"

#include "attempt.h"
#include "client.h"
#include "manifest_diff.h"
#include "servermade.h"
#include "text.h"

#define SELECTOR_LIMIT 512

struct look {
    const sparkk8s_run *run;
    const struct kube_limit *limit;
    const struct kube_kind *kind;
    const char *name, *selector;    /* one of both */
};

static int send_get(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct look *look = owner;

    return kube_get(look->run->kube, look->kind, look->run->ns, look->name, then, call, err);
}

static int send_list(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct look *look = owner;

    return kube_list(look->run->kube, look->kind, look->run->ns, look->selector, then, call, err);
}

static int ask(struct look *look, json_t **out, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    const char *body;
    size_t len;
    int rc;

    rc = attempt_wait(look->run->kube, look->selector ? send_list : send_get, look, look->limit, &call, err);
    if (rc < 0)
        return rc;
    body = kube_call_body(call, &len);
    return json_parse(body, len, look->kind->plural, out, err);
}

/* The same; *out stays NULL if there is none (or no such kind in this cluster). */
static int ask_if_any(struct look *look, json_t **out, sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    int rc = ask(look, out, &error);

    return rc == SPARKK8S_ENOTFOUND ? 0 : rc < 0 ? pass_error(rc, &error, err) : 0;
}

/* ---- whose counterpart is what ------------------------------------------------------------------------------- */

struct naming {
    const char *ours;               /* name of an object of the manifest */
    const char *theirs;             /* what the live pod has in its place; borrowed from that */
};

static bool named_so(void *owner, const char *place UNUSED, const json_t *live, const json_t *ours)
{
    struct naming *naming = owner;

    if (json_is_string(live) && json_is_string(ours) && !strcmp(json_string_value(ours), naming->ours))
        naming->theirs = json_string_value(live);
    return !naming->theirs;
}

/* *name is NULL if the pods do not name it, or name it alike. */
static int name_in_pod(const json_t *live_pod, const json_t *our_pod, const char *ours, const char **name,
                       sparkk8s_error **err)
{
    struct naming naming = { .ours = ours };
    struct diff_rules rules = { .found = named_so, .owner = &naming };
    int rc = diff_objects(&rules, json_object_get(live_pod, "spec"), json_object_get(our_pod, "spec"), err);

    *name = naming.theirs;
    return rc;
}

struct comparison {
    const sparkk8s_manifest *manifest;
    struct look look;
    json_t *pod;                    /* the driver, as it is */
    json_t **objects;               /* the counterpart of each object of the manifest, or NULL */
    bool ended;                     /* it has: what it removes at its end is no difference */
    struct diff_ids live, ours;
    struct diff_rules rules;
    struct diff_report report;
};

/* Of a list, the one with our object's name but for ids; else the only one. *out stays NULL if there is none. */
static int pick(struct comparison *c, const json_t *list, const json_t *ours, json_t **out, sparkk8s_error **err)
{
    const json_t *items = json_object_get(list, "items");
    const char *name = json_text_at(ours, "metadata", "name", NULL);
    json_t *item, *found = json_array_size(items) == 1 ? json_array_get(items, 0) : NULL;
    size_t i;
    int rc;

    json_array_foreach(items, i, item) {
        const char *theirs = json_text_at(item, "metadata", "name", NULL);
        bool same = false;

        rc = theirs && name ? diff_is_same_text(&c->rules, theirs, name, &same, err) : 0;
        if (rc < 0)
            return rc;
        if (same)
            found = item;
    }
    if (!found)
        return 0;
    /* The items of a list do not say what they are. */
    if (json_put_text(found, "kind", c->look.kind->kind) < 0 || json_put_text(found, "apiVersion", c->look.kind->api_version) < 0)
        return fail_oom(err);
    *out = json_incref(found);
    return 0;
}

static int find_labelled(struct comparison *c, const json_t *ours, json_t **out, sparkk8s_error **err)
{
    AUTO_STR selector = STR_INIT(SELECTOR_LIMIT);
    AUTO(json) list = NULL;
    int rc;

    str_addf(&selector, "spark-app-selector=%s", c->look.run->app_id);
    if (selector.failed)
        return fail_oom(err);
    c->look.selector = selector.s;
    rc = ask_if_any(&c->look, &list, err);
    c->look.selector = NULL;
    return rc < 0 ? rc : pick(c, list, ours, out, err);
}

/* *out stays NULL if there is none. */
static int find_counterpart(struct comparison *c, const json_t *ours, json_t **out, sparkk8s_error **err)
{
    const char *own = json_text_at(ours, "metadata", "name", NULL), *theirs = NULL;
    int rc;

    c->look.kind = kube_kind_of(ours);
    if (!c->look.kind || !own)
        return 0;
    rc = name_in_pod(c->pod, c->manifest->items[c->manifest->driver].object, own, &theirs, err);
    c->look.name = theirs ? theirs : own;
    if (rc == 0)
        rc = ask_if_any(&c->look, out, err);
    return rc < 0 || *out || theirs ? rc : find_labelled(c, ours, out, err);
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static int look_at_pod(struct comparison *c, sparkk8s_error **err)
{
    const char *phase, *uid;
    int rc;

    c->look.kind = &kube_pods;
    c->look.name = c->look.run->pod;
    rc = ask(&c->look, &c->pod, err);
    if (rc < 0)
        return rc;
    uid = json_text_at(c->pod, "metadata", "uid", NULL);
    if (!uid || strcmp(uid, c->look.run->uid) != 0)
        return fail(err, SPARKK8S_ENOTFOUND, c->look.run->id, "the driver pod is not there any more; another one has its name");
    phase = json_text_at(c->pod, "status", "phase", NULL);
    c->ended = phase && (!strcmp(phase, "Succeeded") || !strcmp(phase, "Failed"));
    return 0;
}

static int find_all(struct comparison *c, sparkk8s_error **err)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < c->manifest->count && rc == 0; i++) {
        json_t **live = &c->objects[i];

        if (i == c->manifest->driver)
            *live = json_incref(c->pod);
        else
            rc = find_counterpart(c, c->manifest->items[i].object, live, err);
        if (rc == 0)
            rc = diff_ids_add_name(&c->live, json_text_at(*live, "metadata", "name", NULL), err);
    }
    return rc;
}

static int compare_all(struct comparison *c, sparkk8s_error **err)
{
    const sparkk8s_manifest *manifest = c->manifest;
    size_t i;
    int rc;

    rc = look_at_pod(c, err);
    if (rc == 0)
        rc = diff_ids_of(manifest, &c->ours, err);
    if (rc == 0)
        rc = diff_ids_add(&c->live, c->look.run->app_id, err);
    if (rc == 0)
        rc = find_all(c, err);
    for (i = 0; i < manifest->count && rc == 0; i++)
        if (c->objects[i] || (!c->ended && kube_kind_of(manifest->items[i].object)))
            rc = diff_report_objects(&c->report, &c->rules, c->objects[i], manifest->items[i].object, err);
    return rc;
}

static int run_diff(struct comparison *c, char **out, sparkk8s_error **err)
{
    size_t i;
    int rc;

    c->objects = calloc(c->manifest->count, sizeof(*c->objects));
    rc = c->objects ? diff_report_begin(&c->report, err) : fail_oom(err);
    if (rc == 0)
        rc = compare_all(c, err);
    if (rc == 0)
        rc = diff_report_end(&c->report, out, err);
    for (i = 0; c->objects && i < c->manifest->count; i++)
        json_decref(c->objects[i]);
    free(c->objects);
    return rc;
}

int sparkk8s_run_diff(sparkk8s_run *run, const sparkk8s_manifest *manifest, const sparkk8s_call *call, char **out,
                      sparkk8s_error **err)
{
    struct kube_limit limit;
    struct comparison c = { .manifest = manifest, .look = { .run = run, .limit = &limit } };
    int rc;

    if (!run || !manifest || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_diff", "run, manifest and out must not be NULL");
    if (!run->uid)
        return fail(err, SPARKK8S_EINVAL, run->id, "the run has not been submitted yet");
    rc = kube_check(run->kube, err);
    if (rc == 0)
        rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc < 0)
        return rc;
    c.rules = (struct diff_rules){ .left = &c.live, .right = &c.ours, .skip = is_server_made,
                                   .found = diff_report_add, .owner = &c.report };
    rc = run_diff(&c, out, err);
    diff_ids_clear(&c.live);
    diff_ids_clear(&c.ours);
    diff_report_clear(&c.report);
    json_decref(c.pod);
    return rc;
}
