/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include "error.h"
#include "text.h"

static void on_wake(void *owner)
{
    struct view *view = owner;

    kube_flag_set(view->kube, &view->flag, true);
}

static bool is_awake(void *owner)
{
    const struct view *view = owner;

    return view->flag.up;
}

static int apply(void *into, struct pod *pod, bool gone, sparkk8s_error **err)
{
    return fleet_apply(into, pod, gone, err);
}

static unsigned begin(void *into)
{
    return fleet_begin(into);
}

static void sweep(void *into, enum pod_role role, const char *ns, unsigned epoch)
{
    fleet_sweep(into, role, ns, epoch);
}

static const struct feed_sink fleet_sink = { apply, begin, sweep };

int view_init(struct view *view, struct kube *kube, struct selection *selection, sparkk8s_error **err)
{
    view->selection = *selection;
    *selection = (struct selection){ 0 };
    view->fleet.selection = &view->selection;
    if (kube_check(kube, err) < 0)
        return SPARKK8S_EFORK;
    view->kube = kube_ref(kube);
    kube_flag_init(&view->flag, view);
    kube_flag_set(kube, &view->flag, true);
    return 0;
}

/* Feeds do not move: alarms and calls point to them. */
static int make_room(struct view *view, size_t count, sparkk8s_error **err)
{
    view->feeds = calloc(count, sizeof(*view->feeds));
    return view->feeds ? 0 : fail_oom(err);
}

static int add_feed(struct view *view, const char *ns, const char *labels, const char *fields, bool drivers,
                    bool executors, sparkk8s_error **err)
{
    struct feed *feed = &view->feeds[view->feed_count++];

    *feed = (struct feed){
        .kube = view->kube, .sink = &fleet_sink, .into = &view->fleet, .ns = ns, .labels = text_dup(labels),
        .fields = text_dup(fields), .drivers = drivers, .executors = executors, .texts = view->selection.texts,
        .wake = on_wake, .owner = view,
    };
    view->fleet.executors_known = view->fleet.executors_known || executors;
    return (labels && !feed->labels) || (fields && !feed->fields) ? fail_oom(err) : 0;
}

int view_add_feed(struct view *view, const char *labels, const char *fields, bool drivers, bool executors,
                  sparkk8s_error **err)
{
    int rc = make_room(view, 1, err);

    return rc < 0 ? rc : add_feed(view, view->selection.ns.v[0], labels, fields, drivers, executors, err);
}

/* A user's labels are on the drivers; their executors need not have them, and are found by their application. */
static int add_feeds_of(struct view *view, const char *ns, const char *driver_labels, sparkk8s_error **err)
{
    int rc;

    if (!driver_labels && !view->selection.drivers_only)
        return add_feed(view, ns, "spark-role in (driver,executor)", NULL, true, true, err);
    rc = add_feed(view, ns, driver_labels ? driver_labels : "spark-role=driver", NULL, true, false, err);
    return rc < 0 || view->selection.drivers_only ? rc : add_feed(view, ns, "spark-role=executor", NULL, false, true, err);
}

int view_add_feeds(struct view *view, bool lists_only, sparkk8s_error **err)
{
    const struct strv *ns = &view->selection.ns;
    size_t count = ns->count ? ns->count : 1, i;
    AUTO(chars) labels = NULL;
    int rc;

    if (view->selection.labels && asprintf(&labels, "spark-role=driver,%s", view->selection.labels) < 0) {
        labels = NULL;
        return fail_oom(err);
    }
    rc = make_room(view, 2 * count, err);
    for (i = 0; i < count && rc == 0; i++)
        rc = add_feeds_of(view, ns->count ? ns->v[i] : NULL, labels, err);
    for (i = 0; i < view->feed_count; i++) {
        view->feeds[i].lists_only = lists_only;
        view->feeds[i].many = true;
    }
    return rc;
}

void view_clear(struct view *view)
{
    size_t i;

    if (view->kube)
        kube_flag_set(view->kube, &view->flag, false);
    for (i = 0; i < view->feed_count; i++)
        feed_clear(&view->feeds[i]);
    free(view->feeds);
    fleet_clear(&view->fleet);
    selection_clear(&view->selection);
    kube_unref(view->kube);
}

/* Every feed goes as far as it can without waiting, but not past the first news. SPARKK8S_AGAIN: none got
 * anywhere. */
static int step_feeds(struct view *view, sparkk8s_error **err)
{
    bool moved = false, listed = true;
    size_t i;
    int rc;

    for (i = 0; i < view->feed_count; i++) {
        if (view->feeds[i].listed && !view->begun)
            continue;               /* changes come after the present status of each run */
        rc = feed_step(&view->feeds[i], err);
        if (rc < 0)
            return rc;
        moved = moved || rc == 0;
        listed = listed && view->feeds[i].listed;
    }
    if (listed && !view->begun) {
        rc = fleet_sort(&view->fleet, err);
        if (rc < 0)
            return rc;
        view->begun = moved = true;
    }
    return moved ? 0 : SPARKK8S_AGAIN;
}

static bool is_over(const struct view *view)
{
    size_t i;

    if (view->one_run && view->begun && (view->fleet.final_shown || !view->fleet.drivers.count))
        return true;
    for (i = 0; i < view->feed_count; i++)
        if (view->feeds[i].phase != FEED_DONE)
            return false;
    return true;
}

/* Further by what can be had now, or by waiting for more. */
static int advance(struct view *view, const struct kube_limit *limit, sparkk8s_error **err)
{
    int rc;

    kube_flag_take(&view->flag);
    rc = step_feeds(view, err);
    if (rc == SPARKK8S_AGAIN)
        return kube_wait(view->kube, limit, is_awake, view, err);
    if (rc == 0)
        kube_flag_set(view->kube, &view->flag, true);
    return rc;
}

int view_begin(struct view *view, const sparkk8s_call *call, sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    rc = kube_limit_init(view->kube, call, 0, &limit, err);
    while (rc == 0 && !view->begun)
        rc = advance(view, &limit, err);
    return rc;
}

int view_next(struct view *view, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    rc = kube_limit_init(view->kube, call, 0, &limit, err);
    while (rc == 0) {
        if (view->begun) {
            rc = fleet_next(&view->fleet, out, err);
            if (rc != SPARKK8S_AGAIN)
                break;
            if (is_over(view)) {
                kube_flag_set(view->kube, &view->flag, true);   /* the end is something to fetch */
                return SPARKK8S_END;
            }
        }
        rc = advance(view, &limit, err);
    }
    if (rc != SPARKK8S_AGAIN)       /* more may be at hand */
        kube_flag_set(view->kube, &view->flag, true);
    return rc;
}
