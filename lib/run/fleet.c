/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A status is given out when something in it changed that matters to a caller (see struct shown): not for a
 * heartbeat, a message in other words, or a pod that a new list merely repeats.
 */
#include "fleet.h"

#include "error.h"
#include "text.h"

struct app {
    int executors[STATES];
    int users;                      /* drivers and executors that point here */
    struct driver *drivers;
    char key[];                     /* "<namespace>/<app id>" */
};

struct executor {
    struct app *app;
    int state;
    unsigned epoch;
    char *version;
    char uid[];
};

struct shown {
    int state, cause, exit_code;
    const char *stage;
    int executors[STATES];
    int64_t scheduled_ms, started_ms, finished_ms, deleted_ms;
    uint64_t texts;                 /* hash of node and claim, and of the pod's text if there is one */
};

struct driver {
    struct pod pod;
    struct app *app;                /* NULL without an app id */
    struct driver *next_of_app, *next, *previous;
    struct shown shown;
    unsigned epoch;
    bool gone, queued, was_shown, end_shown;
    char uid[];
};

/* ---- versions ---- */

static bool is_number(const char *text)
{
    return *text >= '1' && *text <= '9' && strspn(text, "0123456789") == strlen(text);
}

bool version_is_older(const char *a, const char *b)
{
    size_t a_len, b_len;

    if (!a || !b || !is_number(a) || !is_number(b))
        return false;
    a_len = strlen(a);
    b_len = strlen(b);
    return a_len != b_len ? a_len < b_len : strcmp(a, b) < 0;
}

static bool is_old_news(const char *version, const char *known)
{
    return version && known && (!strcmp(version, known) || version_is_older(version, known));
}

/* ---- the queue ---- */

static void queue_add(struct fleet *fleet, struct driver *driver)
{
    if (driver->queued)
        return;
    driver->queued = true;
    driver->next = NULL;
    driver->previous = fleet->last;
    if (fleet->last)
        fleet->last->next = driver;
    else
        fleet->first = driver;
    fleet->last = driver;
}

static void queue_remove(struct fleet *fleet, struct driver *driver)
{
    if (!driver->queued)
        return;
    driver->queued = false;
    if (driver->previous)
        driver->previous->next = driver->next;
    else
        fleet->first = driver->next;
    if (driver->next)
        driver->next->previous = driver->previous;
    else
        fleet->last = driver->previous;
}

static int compare_age(const void *a, const void *b)
{
    const struct pod *x = &(*(struct driver *const *)a)->pod, *y = &(*(struct driver *const *)b)->pod;
    int rc;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    rc = strcmp(x->ns ? x->ns : "", y->ns ? y->ns : "");
    return rc ? rc : strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

/* The order is a courtesy: without memory for it the queue stays as it is. */
int fleet_sort(struct fleet *fleet, sparkk8s_error **err)
{
    struct driver **all, *driver;
    size_t count = 0, i;

    for (driver = fleet->first; driver; driver = driver->next)
        count++;
    if (count < 2)
        return 0;
    all = calloc(count, sizeof(*all));
    if (!all)
        return fail_oom(err);
    for (i = 0, driver = fleet->first; driver; driver = driver->next)
        all[i++] = driver;
    qsort(all, count, sizeof(*all), compare_age);
    for (i = 0; i < count; i++) {
        queue_remove(fleet, all[i]);
        queue_add(fleet, all[i]);
    }
    free(all);
    return 0;
}

/* ---- applications ---- */

static struct app *app_use(struct fleet *fleet, const struct pod *pod)
{
    const char *ns = pod->ns ? pod->ns : "";
    size_t size = strlen(ns) + strlen(pod->app_id) + 2;
    struct app *fresh = calloc(1, sizeof(*fresh) + size);
    struct app *app;

    if (!fresh)
        return NULL;
    snprintf(fresh->key, size, "%s/%s", ns, pod->app_id);
    app = map_get(&fleet->apps, fresh->key);
    if (app) {
        free(fresh);
    } else if (map_put(&fleet->apps, fresh->key, fresh)) {
        app = fresh;
    } else {
        free(fresh);
        return NULL;
    }
    app->users++;
    return app;
}

static void app_leave(struct fleet *fleet, struct app *app)
{
    if (!app || --app->users)
        return;
    map_drop(&fleet->apps, app->key);
    free(app);
}

static void app_changed(struct fleet *fleet, struct app *app)
{
    struct driver *driver;

    for (driver = app->drivers; driver; driver = driver->next_of_app)
        queue_add(fleet, driver);
}

/* ---- executors ---- */

static void executor_remove(struct fleet *fleet, struct executor *executor)
{
    executor->app->executors[executor->state]--;
    app_changed(fleet, executor->app);
    map_drop(&fleet->executors, executor->uid);
    app_leave(fleet, executor->app);
    free(executor->version);
    free(executor);
}

static struct executor *executor_add(struct fleet *fleet, const struct pod *pod)
{
    size_t size = strlen(pod->uid) + 1;
    struct executor *executor = calloc(1, sizeof(*executor) + size);

    if (!executor)
        return NULL;
    memcpy(executor->uid, pod->uid, size);
    executor->app = app_use(fleet, pod);
    if (executor->app && map_put(&fleet->executors, executor->uid, executor)) {
        executor->app->executors[0]++;
        return executor;
    }
    app_leave(fleet, executor->app);
    free(executor);
    return NULL;
}

static int apply_executor(struct fleet *fleet, struct pod *pod, bool gone, sparkk8s_error **err)
{
    struct executor *executor = map_get(&fleet->executors, pod->uid);
    int state = executor_state(pod);

    if (gone) {
        if (executor)
            executor_remove(fleet, executor);
        return 0;
    }
    if (!pod->app_id)
        return 0;
    if (!executor)
        executor = executor_add(fleet, pod);
    if (!executor)
        return fail_oom(err);
    executor->epoch = fleet->epoch;
    if (is_old_news(pod->version, executor->version))
        return 0;
    if (state != executor->state || !executor->version)
        app_changed(fleet, executor->app);
    executor->app->executors[executor->state]--;
    executor->app->executors[state]++;
    executor->state = state;
    free(executor->version);
    executor->version = TAKE(pod->version);
    return 0;
}

/* ---- drivers ---- */

static void driver_free(struct fleet *fleet, struct driver *driver)
{
    struct driver **at;

    queue_remove(fleet, driver);
    map_drop(&fleet->drivers, driver->uid);
    for (at = driver->app ? &driver->app->drivers : NULL; at && *at; at = &(*at)->next_of_app)
        if (*at == driver) {
            *at = driver->next_of_app;
            break;
        }
    app_leave(fleet, driver->app);
    pod_clear(&driver->pod);
    free(driver);
}

static struct driver *driver_add(struct fleet *fleet, struct pod *pod)
{
    size_t size = strlen(pod->uid) + 1;
    struct driver *driver = calloc(1, sizeof(*driver) + size);

    if (!driver)
        return NULL;
    memcpy(driver->uid, pod->uid, size);
    if (pod->app_id) {
        driver->app = app_use(fleet, pod);
        if (!driver->app) {
            free(driver);
            return NULL;
        }
    }
    if (!map_put(&fleet->drivers, driver->uid, driver)) {
        app_leave(fleet, driver->app);
        free(driver);
        return NULL;
    }
    if (driver->app) {
        driver->next_of_app = driver->app->drivers;
        driver->app->drivers = driver;
    }
    return driver;
}

/* Moves `pod` in. */
static void driver_update(struct driver *driver, struct pod *pod)
{
    pod_clear(&driver->pod);
    free(TAKE(pod->driver.id));         /* only readers of its log need it */
    pod_pack(pod);                      /* if there is no memory for that, it stays as it is */
    driver->pod = *pod;
    *pod = (struct pod){ 0 };
}

/* DELETED is also what a watch says of a pod whose labels do not match any more; a deletion leaves its date. */
static bool has_left(const struct selection *selection, const struct pod *pod)
{
    return selection->labels && !pod->deleted_ms && verdict_of(pod, true).state == SPARKK8S_STATE_LOST;
}

static int apply_driver(struct fleet *fleet, struct pod *pod, bool gone, sparkk8s_error **err)
{
    struct driver *driver = map_get(&fleet->drivers, pod->uid);

    if (!selection_has_pod(fleet->selection, pod))
        return 0;
    if (gone && has_left(fleet->selection, pod)) {
        if (driver)
            driver_free(fleet, driver);
        return 0;
    }
    /* The same version is read again: what it shows decides, and not every server counts each change. */
    if (driver && !gone && version_is_older(pod->version, driver->pod.version)) {
        driver->epoch = fleet->epoch;
        return 0;
    }
    if (!driver)
        driver = driver_add(fleet, pod);
    if (!driver)
        return fail_oom(err);
    driver_update(driver, pod);
    driver->epoch = fleet->epoch;
    driver->gone = gone;
    queue_add(fleet, driver);
    return 0;
}

int fleet_apply(struct fleet *fleet, struct pod *pod, bool gone, sparkk8s_error **err)
{
    if (!pod->uid)
        return 0;
    if (pod->role == ROLE_DRIVER)
        return apply_driver(fleet, pod, gone, err);
    return pod->role == ROLE_EXECUTOR ? apply_executor(fleet, pod, gone, err) : 0;
}

int fleet_expect(struct fleet *fleet, const struct pod *pod, sparkk8s_error **err)
{
    AUTO_POD stub = {
        .ns = text_dup(pod->ns), .name = text_dup(pod->name), .uid = text_dup(pod->uid),
        .app_id = text_dup(pod->app_id), .role = ROLE_DRIVER, .driver.exit_code = -1,
    };

    struct driver *driver;

    if (!stub.ns || !stub.name || !stub.uid || (pod->app_id && !stub.app_id))
        return fail_oom(err);
    driver = driver_add(fleet, &stub);
    if (!driver)
        return fail_oom(err);
    driver_update(driver, &stub);
    return 0;
}

/* ---- sweeping ---- */

unsigned fleet_begin(struct fleet *fleet)
{
    return ++fleet->epoch;
}

static bool is_of(const struct app *app, const char *ns)
{
    size_t len = ns ? strlen(ns) : 0;

    return !ns || (strncmp(app->key, ns, len) == 0 && app->key[len] == '/');
}

/* Dropping from the map moves entries: the scan starts again at the same place until that place holds none to
 * drop. */
static void sweep_executors(struct fleet *fleet, const char *ns, unsigned epoch)
{
    struct executor *executor;
    size_t at = 0, before = 0;

    while ((executor = map_at(&fleet->executors, &at))) {
        if (executor->epoch < epoch && is_of(executor->app, ns)) {
            executor_remove(fleet, executor);
            at = before;
        }
        before = at;
    }
}

void fleet_sweep(struct fleet *fleet, enum pod_role role, const char *ns, unsigned epoch)
{
    struct driver *driver;
    size_t at = 0;

    if (role == ROLE_EXECUTOR) {
        sweep_executors(fleet, ns, epoch);
        return;
    }
    while ((driver = map_at(&fleet->drivers, &at)))
        if (driver->epoch < epoch && !driver->gone && (!ns || (driver->pod.ns && !strcmp(driver->pod.ns, ns)))) {
            driver->gone = true;
            queue_add(fleet, driver);
        }
}

/* ---- what is shown ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash * 0x100000001b3u + 1;
}

static struct shown shown_of(const struct fleet *fleet, const struct driver *driver)
{
    struct verdict verdict = verdict_of(&driver->pod, driver->gone);
    struct shown shown;

    memset(&shown, 0, sizeof(shown));           /* compared as bytes */
    shown.state = verdict.state;
    shown.cause = verdict.cause;
    shown.exit_code = verdict.exit_code;
    shown.stage = verdict.stage;
    shown.scheduled_ms = driver->pod.scheduled_ms;
    shown.started_ms = driver->pod.driver.started_ms;
    shown.finished_ms = driver->pod.driver.finished_ms;
    shown.texts = hash_text(hash_text(hash_text(0, driver->pod.node), driver->pod.claim), driver->pod.text);
    if (fleet->executors_known && driver->app)
        memcpy(shown.executors, driver->app->executors, sizeof(shown.executors));
    return shown;
}

/* Once the end has been shown nothing more is: not its executors that go, nor the pod itself. */
static bool has_changed(const struct driver *driver, const struct shown *now)
{
    if (!driver->was_shown)
        return true;
    return !driver->end_shown && memcmp(&driver->shown, now, sizeof(*now));
}

/* For who reads the pod's text, the pod has to end too. */
static bool is_end(const struct fleet *fleet, const struct driver *driver, int state)
{
    bool ended = driver->pod.phase == PHASE_SUCCEEDED || driver->pod.phase == PHASE_FAILED;

    return state_is_final(state) && (!fleet->selection->texts || ended || driver->gone);
}

static int show(struct fleet *fleet, struct driver *driver, sparkk8s_status **out, sparkk8s_error **err)
{
    struct shown now = shown_of(fleet, driver);
    const int *executors = fleet->executors_known && driver->app ? now.executors : NULL;
    AUTO(status) status = NULL;
    int rc;

    if (has_changed(driver, &now)) {
        rc = status_new(&driver->pod, driver->gone, executors, &status, err);
        if (rc < 0)
            return rc;
        if (!selection_has_status(fleet->selection, &driver->pod, status)) {
            sparkk8s_status_free(status);
            status = NULL;
        }
        driver->shown = now;
        driver->was_shown = true;
        driver->end_shown = is_end(fleet, driver, now.state);
        fleet->final_shown = fleet->final_shown || driver->end_shown;
    }
    queue_remove(fleet, driver);
    if (driver->gone)
        driver_free(fleet, driver);
    if (!status)
        return SPARKK8S_AGAIN;
    *out = TAKE(status);
    return 0;
}

int fleet_next(struct fleet *fleet, sparkk8s_status **out, sparkk8s_error **err)
{
    int rc = SPARKK8S_AGAIN;

    while (rc == SPARKK8S_AGAIN && fleet->first)
        rc = show(fleet, fleet->first, out, err);
    return rc;
}

void fleet_clear(struct fleet *fleet)
{
    struct executor *executor;
    struct driver *driver;
    struct app *app;
    size_t at;

    for (at = 0; (driver = map_at(&fleet->drivers, &at));) {
        pod_clear(&driver->pod);
        free(driver);
    }
    for (at = 0; (executor = map_at(&fleet->executors, &at));) {
        free(executor->version);
        free(executor);
    }
    for (at = 0; (app = map_at(&fleet->apps, &at));)
        free(app);
    map_clear(&fleet->drivers);
    map_clear(&fleet->executors);
    map_clear(&fleet->apps);
    fleet->first = fleet->last = NULL;
}
