/* SPDX-License-Identifier: Apache-2.0 */
#include "logpods.h"

#include "error.h"
#include "runstatus.h"
#include "text.h"

/* Kept to the end: a few dozen bytes. */
struct log_app {
    bool chosen;                    /* the pods of this application are read */
    bool driver_ended;
    unsigned driver_epoch;
    int64_t highest, known;         /* executor id that was seen; up to which it was told who is missing */
    int64_t fresh;                  /* executors seen since then */
    char key[];                     /* "<namespace>/<application id>" */
};

#define NO_MORE "executors without a pod: %lld; their logs are gone with it"
#define NONE_LEFT "there is no executor pod of this run; Spark deletes them at their end, unless " \
    "spark.kubernetes.executor.deleteOnTermination is false"
#define UNSEEN "executors that came and went unseen: %lld; their logs are lost"
#define NO_RUN "no run is named so"
#define UNREAD "the pod was deleted before its log could be read"
#define CUT_OFF "the pod was deleted: what it wrote after this is not known"

/* ---- applications ---- */

static struct log_app *app_use(struct log_pods *pods, const char *ns, const char *app_id, sparkk8s_error **err)
{
    size_t size = strlen(ns) + strlen(app_id) + 2;
    struct log_app *fresh = calloc(1, sizeof(*fresh) + size), *app;

    if (!fresh) {
        fail_oom(err);
        return NULL;
    }
    snprintf(fresh->key, size, "%s/%s", ns, app_id);
    app = map_get(&pods->apps, fresh->key);
    if (app) {
        free(fresh);
        return app;
    }
    if (map_put(&pods->apps, fresh->key, fresh))
        return fresh;
    free(fresh);
    fail_oom(err);
    return NULL;
}

/* ---- what a position says ---- */

/* One run is in one namespace. */
static bool token_name(const struct log_pods *pods, const char *ns, const char *pod, struct str *out)
{
    if (!pods->one_run)
        str_addf(out, "%s/", ns);
    str_add(out, pod);
    return !out->failed;
}

/* *out is NULL if it says nothing of the pod. */
static int entry_of(const struct log_pods *pods, const struct pod *pod, struct log_entry **out, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);

    if (!token_name(pods, pod->ns, pod->name, &name))
        return fail_oom(err);
    *out = log_token_entry(&pods->from, name.s);
    return 0;
}

static void continue_from(struct log_member *member, struct log_entry *entry)
{
    entry->met = true;
    member->position = entry->position;
    member->over = entry->over;
    if (entry->position.mark.last_ns > member->from_ns)
        member->from_ns = entry->position.mark.last_ns;
}

/* One that a position knows and that is not there any more. */
static int miss(struct log_pods *pods, struct log_entry *entry, sparkk8s_error **err)
{
    const char *slash = strchr(entry->pod, '/');
    AUTO(chars) ns = slash ? text_dupn(entry->pod, (size_t)(slash - entry->pod)) : text_dup(pods->selection.ns.v[0]);
    struct log_member *member;
    int rc;

    if (!ns)
        return fail_oom(err);
    rc = log_mux_add(pods->mux, ns, slash ? slash + 1 : entry->pod, NULL, NULL, &member, err);
    if (rc < 0)
        return rc;
    entry->met = member->over = true;
    member->position = entry->position;
    log_member_note(member, SPARKK8S_LOG_GAP, *entry->position.id ? CUT_OFF : UNREAD);
    log_member_gone(member);
    return 0;
}

static int miss_all(struct log_pods *pods, sparkk8s_error **err)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < pods->from.count && rc == 0; i++)
        if (!pods->from.entries[i].met && !pods->from.entries[i].over)
            rc = miss(pods, &pods->from.entries[i], err);
    return rc;
}

void log_pods_add_token(const struct log_pods *pods, struct str *out)
{
    const char *whose = pods->one_run ? pods->selection.uid : "*";
    AUTO_STR before = STR_INIT(STR_TEXT_LIMIT);
    const struct link *link;

    log_token_begin(out, whose, !pods->run ? 0 : pods->listed ? pods->run->highest : pods->run->known);
    for (link = pods->mux->all.next; link != &pods->mux->all; link = link->next) {
        const struct log_member *member = log_member_of(link, all);
        AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);

        if ((member->over && member->gone) || (member->app && !member->app->chosen))
            continue;
        if (!token_name(pods, member->ns, member->pod, &name))
            str_fail(out);
        log_token_add(out, name.s, before.len ? before.s : NULL, log_member_position(member), member->over);
        str_clear(&before);
        str_add(&before, name.s);
        if (before.failed)
            str_fail(out);
    }
}

/* ---- pods ---- */

static bool is_to_start(const struct log_pods *pods, const struct log_member *member)
{
    return member->started && !member->over && (!member->app || member->app->chosen) &&
        (member->executor ? pods->executors : pods->drivers);
}

/* Whether there is something to read: in a container that the pod's verdict does not go by this cannot be seen. */
static bool has_started(const struct log_pods *pods, const struct pod *pod)
{
    return pod->driver.id || (pods->mux->container && pod->phase != PHASE_NONE && pod->node);
}

/* Without a number it is an executor all the same. */
static const char *executor_of(const struct pod *pod)
{
    if (pod->role != ROLE_EXECUTOR)
        return NULL;
    return pod->exec_id ? pod->exec_id : "?";
}

static int member_of(struct log_pods *pods, const struct pod *pod, struct log_member **out, sparkk8s_error **err)
{
    struct log_entry *entry;
    int rc;

    *out = log_mux_find(pods->mux, pod->uid);
    if (*out)
        return 0;
    rc = entry_of(pods, pod, &entry, err);
    if (rc == 0)
        rc = log_mux_add(pods->mux, pod->ns, pod->name, pod->uid, executor_of(pod), out, err);
    if (rc < 0)
        return rc;
    (*out)->tail = pods->listed ? 0 : pods->tail;
    if (entry && !entry->met)
        continue_from(*out, entry);
    return 0;
}

static int apply_member(struct log_pods *pods, struct log_app *app, const struct pod *pod, bool gone,
                        sparkk8s_error **err)
{
    struct log_member *member;
    int rc = member_of(pods, pod, &member, err);

    if (rc < 0)
        return rc;
    member->epoch = pods->epoch;
    member->app = app;
    if (!member->started && pod->driver.started_ms * 1000000 > member->from_ns)
        member->from_ns = pod->driver.started_ms * 1000000;
    member->started = member->started || has_started(pods, pod);
    if (member->reader)
        log_reader_saw(member->reader, pod, gone);
    if (gone && is_to_start(pods, member) && !member->reader)
        log_member_note(member, SPARKK8S_LOG_GAP, member->position.mark.second ? CUT_OFF : UNREAD);
    if (gone)
        log_member_gone(member);
    else if (is_to_start(pods, member))
        log_member_start(member);
    return 0;
}

static void choose(struct log_pods *pods, struct log_app *app)
{
    struct link *link;

    app->chosen = true;
    for (link = pods->mux->all.next; link != &pods->mux->all; link = link->next) {
        struct log_member *member = log_member_of(link, all);

        if (member->app == app && is_to_start(pods, member))
            log_member_start(member);
    }
}

static int is_selected(const struct log_pods *pods, const struct pod *pod, bool *out, sparkk8s_error **err)
{
    AUTO(status) status = NULL;
    struct log_entry *entry;
    int rc;

    *out = selection_has_pod(&pods->selection, pod);
    if (!*out || pods->one_run)
        return 0;
    rc = entry_of(pods, pod, &entry, err);
    if (rc < 0 || entry)            /* it was chosen once, whatever has become of it */
        return rc;
    rc = status_new(pod, false, NULL, &status, err);
    if (rc == 0)
        *out = selection_has_status(&pods->selection, pod, status);
    return rc;
}

static int apply_driver(struct log_pods *pods, struct log_app *app, const struct pod *pod, bool gone,
                        sparkk8s_error **err)
{
    bool selected = !pods->one_run && app && app->chosen;
    int rc = 0;

    if (!selected)
        rc = is_selected(pods, pod, &selected, err);
    if (rc < 0 || !selected)
        return rc;
    if (app) {
        app->driver_epoch = pods->epoch;
        app->driver_ended = gone || state_is_final(verdict_of(pod, gone).state);
        if (!app->chosen)
            choose(pods, app);
    }
    return pods->drivers ? apply_member(pods, app, pod, gone, err) : 0;
}

static void count_executor(struct log_app *app, const struct pod *pod)
{
    int64_t id;

    if (!pod->exec_id || !text_to_int64(pod->exec_id, &id) || id <= app->known)
        return;
    app->fresh++;
    if (id > app->highest)
        app->highest = id;
}

static int apply(void *into, struct pod *pod, bool gone, sparkk8s_error **err)
{
    struct log_pods *pods = into;
    struct log_app *app = NULL;
    bool fresh;
    int rc;

    if (!pod->uid || !pod->ns || !pod->name || pod->role == ROLE_OTHER)
        return 0;
    if (pod->app_id) {
        app = app_use(pods, pod->ns, pod->app_id, err);
        if (!app)
            return SPARKK8S_ENOMEM;
    }
    if (pod->role == ROLE_DRIVER)
        return apply_driver(pods, app, pod, gone, err);
    if (!pods->executors || !app)
        return 0;
    fresh = !log_mux_find(pods->mux, pod->uid);
    rc = apply_member(pods, app, pod, gone, err);
    if (rc == 0 && fresh)
        count_executor(app, pod);
    return rc;
}

/* ---- lists ---- */

static unsigned begin(void *into)
{
    struct log_pods *pods = into;

    return ++pods->epoch;
}

static void lose(struct log_pods *pods, struct log_member *member)
{
    struct pod last = { .driver.exit_code = -1 };

    if (member->reader)
        log_reader_saw(member->reader, &last, true);
    else if (is_to_start(pods, member))
        log_member_note(member, SPARKK8S_LOG_GAP, member->position.mark.second ? CUT_OFF : UNREAD);
    log_member_gone(member);
}

static void sweep(void *into, enum pod_role role, const char *ns, unsigned epoch)
{
    struct log_pods *pods = into;
    struct link *link, *next;

    for (link = pods->mux->all.next; link != &pods->mux->all; link = next) {
        struct log_member *member = log_member_of(link, all);

        next = link->next;
        if (member->uid && member->epoch < epoch && !member->gone && (!ns || !strcmp(ns, member->ns)) &&
            (role == ROLE_EXECUTOR) == (member->executor != NULL))
            lose(pods, member);
    }
    if (role == ROLE_DRIVER && pods->run && pods->run->driver_epoch < epoch)
        pods->run->driver_ended = true;
    pods->swept = true;
}

static const struct feed_sink sink = { apply, begin, sweep };

/* For what concerns a run and no pod that is there: under the driver's name, or how it was named. `text` is taken. */
static int tell(struct log_pods *pods, const char *pod, int kind, char *text, sparkk8s_error **err)
{
    AUTO(chars) taken = text;
    struct log_member *member;
    int rc;

    if (!text)
        return fail_oom(err);
    rc = log_mux_add(pods->mux, pods->selection.ns.count ? pods->selection.ns.v[0] : "", pod, NULL, NULL, &member, err);
    if (rc < 0)
        return rc;
    member->over = true;
    member->note_text = TAKE(taken);
    log_member_note(member, kind, member->note_text);
    log_member_gone(member);
    return 0;
}

static char *text_of_missing(int64_t count, bool first)
{
    char *text;
    int len = first ? asprintf(&text, NO_MORE, (long long)count) : asprintf(&text, UNSEEN, (long long)count);

    return len < 0 ? NULL : text;
}

/* After each complete list: whose numbers were not seen. */
static int count_missing(struct log_pods *pods, sparkk8s_error **err)
{
    struct log_app *app = pods->run;
    int64_t missing = app->highest - app->known - app->fresh;
    bool first = !app->known && !pods->from.whose;
    int rc = 0;

    if (!app->highest && !app->known && !pods->listed && app->driver_ended)
        rc = tell(pods, pods->run_pod, SPARKK8S_LOG_NOTICE, text_dup(NONE_LEFT), err);
    else if (missing > 0)
        rc = tell(pods, pods->run_pod, first ? SPARKK8S_LOG_NOTICE : SPARKK8S_LOG_GAP,
                  text_of_missing(missing, first), err);
    if (rc < 0)
        return rc;
    app->fresh = 0;
    if (app->highest > app->known)
        app->known = app->highest;
    return 0;
}

/* ---- life ---- */

static void on_wake(void *owner)
{
    struct log_pods *pods = owner;

    pods->awake = true;
    pods->mux->wake(pods->mux->owner);
}

int log_pods_init(struct log_pods *pods, struct log_mux *mux, struct selection *selection, sparkk8s_error **err)
{
    pods->mux = mux;
    pods->selection = *selection;
    *selection = (struct selection){ 0 };
    pods->awake = true;
    return kube_check(mux->kube, err);
}

int log_pods_set_run(struct log_pods *pods, const char *app_id, const char *driver, sparkk8s_error **err)
{
    pods->one_run = true;
    pods->run = app_use(pods, pods->selection.ns.v[0], app_id, err);
    if (!pods->run)
        return SPARKK8S_ENOMEM;
    pods->run->chosen = true;
    pods->run->highest = pods->run->known = pods->from.highest;
    pods->run_pod = text_dup(driver);
    return pods->run_pod ? 0 : fail_oom(err);
}

/* `labels` is taken. */
static int add_feed(struct log_pods *pods, const char *ns, char *labels, bool drivers, bool executors,
                    sparkk8s_error **err)
{
    struct feed *feed = &pods->feeds[pods->feed_count++];

    *feed = (struct feed){
        .kube = pods->mux->kube, .sink = &sink, .into = pods, .ns = ns, .labels = labels, .drivers = drivers,
        .executors = executors, .lists_only = pods->mux->in_order, .polls = true, .wake = on_wake, .owner = pods,
    };
    return feed->labels ? 0 : fail_oom(err);
}

static char *selector(const char *label, const char *more)
{
    char *text;

    return asprintf(&text, "%s%s", label, more) < 0 ? NULL : text;
}

int log_pods_add_run_feed(struct log_pods *pods, const char *app_id, sparkk8s_error **err)
{
    pods->feeds = calloc(1, sizeof(*pods->feeds));
    if (!pods->feeds)
        return fail_oom(err);
    return add_feed(pods, pods->selection.ns.v[0], selector("spark-app-selector=", app_id), true, true, err);
}

/* A user's labels are on the drivers; their executors are found by their application. */
static int add_feeds_of(struct log_pods *pods, const char *ns, sparkk8s_error **err)
{
    const char *labels = pods->selection.labels;
    int rc;

    if (pods->executors && !labels)
        return add_feed(pods, ns, text_dup("spark-role in (driver,executor)"), true, true, err);
    rc = add_feed(pods, ns, selector(labels ? "spark-role=driver," : "spark-role=driver", labels ? labels : ""), true,
                  false, err);
    return rc == 0 && pods->executors ? add_feed(pods, ns, text_dup("spark-role=executor"), false, true, err) : rc;
}

int log_pods_add_feeds(struct log_pods *pods, sparkk8s_error **err)
{
    const struct strv *ns = &pods->selection.ns;
    size_t count = ns->count ? ns->count : 1, i;
    int rc = 0;

    pods->feeds = calloc(2 * count, sizeof(*pods->feeds));
    if (!pods->feeds)
        return fail_oom(err);
    for (i = 0; i < count && rc == 0; i++)
        rc = add_feeds_of(pods, ns->count ? ns->v[i] : NULL, err);
    return rc;
}

/* Runs that were named, not those that a glob might have found. */
static int miss_named(struct log_pods *pods, sparkk8s_error **err)
{
    const char *name;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && (name = picks_missing(&pods->selection.picks, &at)))
        rc = tell(pods, name, SPARKK8S_LOG_NOTICE, text_dup(NO_RUN), err);
    return rc;
}

static int lists_are_complete(struct log_pods *pods, sparkk8s_error **err)
{
    int rc = 0;

    if (pods->swept && pods->run && pods->executors)
        rc = count_missing(pods, err);
    pods->swept = pods->swept && rc < 0;
    if (rc == 0 && !pods->listed)
        rc = miss_all(pods, err);
    if (rc == 0 && !pods->listed)
        rc = miss_named(pods, err);
    pods->listed = pods->listed || rc == 0;
    pods->awake = pods->awake || rc < 0;        /* again, then */
    return rc;
}

int log_pods_step(struct log_pods *pods, sparkk8s_error **err)
{
    bool moved = false, listed = true;
    size_t i;
    int rc;

    if (!pods->awake)
        return SPARKK8S_AGAIN;
    for (i = 0; i < pods->feed_count; i++) {
        rc = feed_step(&pods->feeds[i], err);
        if (rc < 0)
            return rc;
        moved = moved || rc == 0;
        listed = listed && pods->feeds[i].listed;
    }
    pods->awake = moved;
    if (listed && (pods->swept || !pods->listed))
        return lists_are_complete(pods, err);
    return moved ? 0 : SPARKK8S_AGAIN;
}

bool log_pods_are_over(const struct log_pods *pods)
{
    size_t i;

    if (pods->feed_count && !pods->listed)
        return false;
    if (pods->run && pods->run->driver_ended)
        return true;
    for (i = 0; i < pods->feed_count; i++)
        if (pods->feeds[i].phase != FEED_DONE)
            return false;
    return true;
}

void log_pods_clear(struct log_pods *pods)
{
    struct log_app *app;
    size_t i;

    for (i = 0; i < pods->feed_count; i++)
        feed_clear(&pods->feeds[i]);
    for (i = 0; (app = map_at(&pods->apps, &i));)
        free(app);
    map_clear(&pods->apps);
    free(pods->feeds);
    log_token_clear(&pods->from);
    selection_clear(&pods->selection);
    free(pods->run_pod);
}
