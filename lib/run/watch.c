/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many runs on one stream, or one run to its end. A watch of one run asks for everything that has its
 * application's label, so that driver and executors come in one stream too; its driver is expected, so that
 * one that is not found is told as lost.
 */
#include "client.h"
#include "error.h"
#include "run.h"
#include "text.h"
#include "view.h"
#include "watch.h"

struct sparkk8s_watch {
    struct view view;
    struct sight *sight;            /* of the one run, a reference; or NULL */
};

static int watch_new(struct kube *kube, struct selection *selection, sparkk8s_watch **out, sparkk8s_error **err)
{
    AUTO(watch) watch = calloc(1, sizeof(*watch));
    int rc;

    if (!watch) {
        selection_clear(selection);
        return fail_oom(err);
    }
    rc = view_init(&watch->view, kube, selection, err);
    if (rc < 0)
        return rc;
    *out = TAKE(watch);
    return 0;
}

int sparkk8s_watch_open(sparkk8s_client *client, const sparkk8s_select *select, sparkk8s_watch **out,
                        sparkk8s_error **err)
{
    struct selection selection = { 0 };
    AUTO(watch) watch = NULL;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_watch_open", "a client and a place for the result are needed");
    rc = selection_init(&selection, client->kube, select, err);
    if (rc == 0)
        rc = watch_new(client->kube, &selection, &watch, err);
    if (rc == 0)
        rc = view_add_feeds(&watch->view, false, err);
    if (rc < 0)
        return rc;
    *out = TAKE(watch);
    return 0;
}

/* Without an application's label only the driver can be found, by its name. */
static int add_run_feed(struct view *view, const sparkk8s_run *run, sparkk8s_error **err)
{
    AUTO(chars) selector = NULL;

    if (asprintf(&selector, "%s=%s", run->app_id ? "spark-app-selector" : "metadata.name",
                 run->app_id ? run->app_id : run->pod) < 0) {
        selector = NULL;
        return fail_oom(err);
    }
    if (run->app_id)
        return view_add_feed(view, selector, NULL, true, true, err);
    return view_add_feed(view, NULL, selector, true, false, err);
}

static int open_run(sparkk8s_run *run, bool texts, sparkk8s_watch **out, sparkk8s_error **err)
{
    struct selection selection = { 0 };
    AUTO(watch) watch = NULL;
    struct pod expected;
    int rc;

    if (!run || !out || !run->uid)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_watch_open_run",
                    "a run whose driver was created and a place for the result are needed");
    selection.texts = texts;
    strv_add(&selection.ns, run->ns);
    selection.uid = text_dup(run->uid);
    if (selection.ns.failed || !selection.uid) {
        selection_clear(&selection);
        return fail_oom(err);
    }
    rc = watch_new(run->kube, &selection, &watch, err);
    if (rc < 0)
        return rc;
    watch->view.one_run = true;
    watch->sight = sight_ref(run->sight);
    expected = (struct pod){ .ns = run->ns, .name = run->pod, .uid = run->uid, .app_id = run->app_id };
    rc = fleet_expect(&watch->view.fleet, &expected, err);
    if (rc == 0)
        rc = add_run_feed(&watch->view, run, err);
    if (rc < 0)
        return rc;
    *out = TAKE(watch);
    return 0;
}

int sparkk8s_watch_open_run(sparkk8s_run *run, sparkk8s_watch **out, sparkk8s_error **err)
{
    return open_run(run, false, out, err);
}

int watch_open_texts(sparkk8s_run *run, sparkk8s_watch **out, sparkk8s_error **err)
{
    return open_run(run, true, out, err);
}

int sparkk8s_watch_next(sparkk8s_watch *watch, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    int rc;

    if (!watch || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_watch_next", "a watch and a place for the result are needed");
    rc = view_next(&watch->view, call, out, err);
    if (rc == SPARKK8S_OK && watch->sight)
        sight_note(watch->sight, *out);
    return rc;
}

void sparkk8s_watch_free(sparkk8s_watch *watch)
{
    if (!watch)
        return;
    view_clear(&watch->view);
    sight_unref(watch->sight);
    free(watch);
}
