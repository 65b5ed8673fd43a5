/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List and watch as client-go's Reflector does them (reference kubernetes-client.md section 3), with the same
 * back-off. Lists leave resourceVersion unset: a run that was just submitted must be in them. An expired
 * version is an everyday event (each restart of an API server), answered by a new list; what is missing from
 * it was deleted unseen.
 *
 * Not used: sendInitialEvents (not on every server, and compressed in a way that libcurl cannot read on the
 * newest).
 */
#include "feed.h"

#include "backoff.h"
#include "error.h"
#include "moment.h"
#include "podevent.h"
#include "text.h"
#include "verbs.h"

#define PAGE_LIMIT "500"
#define WATCH_SECONDS "290"
#define LINE_MAX ((size_t)16 << 20)
#define BACKOFF_FIRST_MS 1600       /* and half of that at least, as client-go's */
#define BACKOFF_MOST_MS 30000
#define HEALTHY_MS 1000             /* a stream that lived so long was one */
#define IDLE_MS 300000              /* longer than the server lets a watch live */
#define IDLE_BOOKMARKED_MS 150000   /* bookmarks come every minute or so */
#define LOOK_MS 30000
#define POLL_MS 5000

static void on_call(struct kube_call *call, void *owner)
{
    struct feed *feed = owner;

    (void)call;
    feed->wake(feed->owner);
}

static void on_line(struct kube_stream *stream, void *owner)
{
    struct feed *feed = owner;

    (void)stream;
    feed->wake(feed->owner);
}

static void on_alarm(void *owner)
{
    struct feed *feed = owner;

    feed->wake(feed->owner);
}

static void alarm_in(struct feed *feed, int64_t ms)
{
    feed->alarm.due = on_alarm;
    feed->alarm.owner = feed;
    kube_alarm_set(feed->kube, &feed->alarm, ms ? moment_mono_ms() + ms : 0);
}

static void stop(struct feed *feed)
{
    kube_call_free(TAKE(feed->call));
    if (feed->stream)
        kube_stream_free(TAKE(feed->stream));
    if (feed->alarm.at_ms)
        alarm_in(feed, 0);
}

void feed_clear(struct feed *feed)
{
    stop(feed);
    free(feed->labels);
    free(feed->fields);
    free(feed->version);
    free(feed->more);
    *feed = (struct feed){ 0 };
}

static void wait_for(struct feed *feed, enum feed_phase phase, int64_t ms)
{
    feed->phase = FEED_WAIT;
    feed->after_wait = phase;
    alarm_in(feed, ms);
}

/* The first failure in a row costs nothing: it is a connection that was cut, most of the time. */
static void go_on(struct feed *feed, enum feed_phase phase)
{
    stop(feed);
    feed->failures++;
    if (feed->failures <= 1) {
        feed->phase = phase;
        return;
    }
    wait_for(feed, phase, backoff_ms(feed->failures - 1, BACKOFF_FIRST_MS, BACKOFF_MOST_MS));
}

static void list_again(struct feed *feed)
{
    free(TAKE(feed->more));
    go_on(feed, FEED_LIST);
}

static void log_trouble(const struct feed *feed, const char *what, sparkk8s_error *error)
{
    kube_log(feed->kube, SPARKK8S_LOG_INFO, "watch", "%s: %s", what, sparkk8s_error_message(error));
}

/* What the caller must hear; everything else is recovered from here. Before the first list is complete
 * nothing has worked yet: then every failure is told. */
static bool is_told(const struct feed *feed, int rc, const sparkk8s_error *error)
{
    int http = sparkk8s_error_http_status(error);

    return !feed->listed || rc == SPARKK8S_ENOMEM || rc == SPARKK8S_EINVAL || rc == SPARKK8S_EFORK ||
        rc == SPARKK8S_EAUTH || rc == SPARKK8S_EFORBIDDEN || http == 400 || http == 404 || http == 422;
}

/* After any failure: `phase` is tried again, now or later. */
static int recover(struct feed *feed, enum feed_phase phase, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    bool told = is_told(feed, rc, error);

    if (rc == SPARKK8S_EFORBIDDEN && !feed->ns)
        error_hint(&error, "who may not see all namespaces can name some: \"a,b\" in place of \"*\"");
    log_trouble(feed, phase == FEED_LIST ? "list" : "watch", error);
    if (rc == SPARKK8S_ENOMEM)
        phase = FEED_LIST;          /* something may not have been taken in */
    if (phase == FEED_LIST)
        list_again(feed);
    else
        go_on(feed, phase);
    if (told && err)
        *err = error;
    else
        sparkk8s_error_free(error);
    return told ? rc : 0;
}

/* ---- list ---- */

static void add_selectors(const struct feed *feed, struct str *target)
{
    if (feed->labels)
        kube_query(target, "labelSelector", feed->labels);
    if (feed->fields)
        kube_query(target, "fieldSelector", feed->fields);
}

static int start_page(struct feed *feed, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET" };
    int rc;

    rc = kube_path(&target, &kube_pods, feed->ns, NULL, NULL, err);
    if (rc < 0)
        return rc;
    add_selectors(feed, &target);
    kube_query(&target, "limit", PAGE_LIMIT);
    if (feed->more)
        kube_query(&target, "continue", feed->more);
    else
        feed->epoch = feed->sink->begin(feed->into);
    if (target.failed)
        return fail_oom(err);
    request.target = target.s;
    rc = kube_start(feed->kube, &request, on_call, feed, &feed->call, err);
    if (rc == 0)
        feed->phase = FEED_PAGE;
    return rc;
}

static int take_pod(struct pod *pod, void *owner, sparkk8s_error **err)
{
    struct feed *feed = owner;

    return feed->sink->apply(feed->into, pod, false, err);
}

static void list_is_complete(struct feed *feed)
{
    if (feed->drivers)
        feed->sink->sweep(feed->into, ROLE_DRIVER, feed->ns, feed->epoch);
    if (feed->executors)
        feed->sink->sweep(feed->into, ROLE_EXECUTOR, feed->ns, feed->epoch);
    feed->listed = true;
    feed->failures = feed->may_not_watch ? 0 : feed->failures;
    feed->phase = feed->lists_only ? FEED_DONE : FEED_WATCH;
    if (feed->may_not_watch)
        wait_for(feed, FEED_LIST, POLL_MS);
}

static int take_page(struct feed *feed, sparkk8s_error **err)
{
    struct pod_page page = { .texts = feed->texts };
    const char *body;
    size_t len;
    int rc;

    rc = kube_call_result(feed->call, err);
    if (rc < 0)
        return rc;
    body = kube_call_body(feed->call, &len);
    rc = pod_page_scan(body, len, &page, take_pod, feed, err);
    if (rc < 0)
        return rc;
    kube_call_free(TAKE(feed->call));
    free(feed->more);
    feed->more = page.more;
    free(feed->version);
    feed->version = page.version;
    if (feed->more)
        return start_page(feed, err);
    list_is_complete(feed);
    return 0;
}

static int step_page(struct feed *feed, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc;

    if (!kube_call_is_done(feed->call))
        return SPARKK8S_AGAIN;
    rc = take_page(feed, &error);
    if (rc == 0)
        return 0;
    if (feed->more && sparkk8s_error_http_status(error) == 410) {   /* the list took too long: from its start */
        sparkk8s_error_free(error);
        list_again(feed);
        return 0;
    }
    return recover(feed, FEED_LIST, rc, error, err);
}

/* ---- watch ---- */

static int open_stream(struct feed *feed, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET", .timeout_ms = -1 };
    struct kube_stream_opts opts = { .max_line = LINE_MAX, .ready = on_line, .owner = feed };
    int rc;

    rc = kube_path(&target, &kube_pods, feed->ns, NULL, NULL, err);
    if (rc < 0)
        return rc;
    add_selectors(feed, &target);
    kube_query(&target, "watch", "true");
    kube_query(&target, "resourceVersion", feed->version);
    kube_query(&target, "allowWatchBookmarks", "true");
    kube_query(&target, "timeoutSeconds", WATCH_SECONDS);
    if (target.failed)
        return fail_oom(err);
    request.target = target.s;
    rc = kube_stream_open(feed->kube, &request, &opts, &feed->stream, err);
    if (rc < 0)
        return rc;
    feed->phase = FEED_STREAM;
    feed->opened_ms = moment_mono_ms();
    feed->heard = false;
    alarm_in(feed, LOOK_MS);
    return 0;
}

static void heard_version(struct feed *feed, char *version)
{
    if (!version || (feed->version && !strcmp(version, feed->version))) {
        free(version);
        return;
    }
    free(feed->version);
    feed->version = version;
    feed->failures = 0;
}

static int take_event(struct feed *feed, struct pod_event *event, sparkk8s_error **err)
{
    AUTO(chars) version = text_dup(event->pod.version);
    int rc = 0;

    if (event->pod.version && !version)
        return fail_oom(err);
    if (scan_is(&event->type, "BOOKMARK"))
        feed->bookmarked = true;
    else if (scan_is(&event->type, "ADDED") || scan_is(&event->type, "MODIFIED"))
        rc = feed->sink->apply(feed->into, &event->pod, false, err);
    else if (scan_is(&event->type, "DELETED"))
        rc = feed->sink->apply(feed->into, &event->pod, true, err);
    else
        kube_log(feed->kube, SPARKK8S_LOG_WARN, "watch", "passed over an event of unknown type");
    if (rc == 0)
        heard_version(feed, TAKE(version));
    return rc;
}

/* An expired version, as an answer or inside the stream, means a new list at once; two in a row wait. */
static int stream_failed(struct feed *feed, int rc, int64_t code, sparkk8s_error *error, sparkk8s_error **err)
{
    bool expired = code == 410 || sparkk8s_error_http_status(error) == 410;

    if (rc == SPARKK8S_EFORBIDDEN && feed->polls) {
        log_trouble(feed, "watch", error);
        sparkk8s_error_free(error);
        stop(feed);
        feed->may_not_watch = true;
        wait_for(feed, FEED_LIST, POLL_MS);
        return 0;
    }
    return recover(feed, expired || feed->failures >= 2 ? FEED_LIST : FEED_WATCH, rc, error, err);
}

/* A clean end is a time-out of the server's or our being slow. One that comes at once and without a word,
 * again and again, is how some servers say that the version is expired; one that was silent to its time-out
 * may be a version of the future, to which a restored server answers nothing for ever. */
static void stream_ended(struct feed *feed)
{
    int64_t lived_ms = moment_mono_ms() - feed->opened_ms;
    bool deaf = !feed->heard && (lived_ms >= HEALTHY_MS * 200 || feed->failures >= 1);

    if (feed->heard || lived_ms >= HEALTHY_MS)
        feed->failures = 0;
    if (deaf)
        list_again(feed);
    else
        go_on(feed, FEED_WATCH);
}

static bool is_silent(const struct feed *feed)
{
    return kube_stream_idle_ms(feed->stream) > (feed->bookmarked ? IDLE_BOOKMARKED_MS : IDLE_MS);
}

static int step_stream(struct feed *feed, sparkk8s_error **err)
{
    struct pod_event event = { 0 };
    sparkk8s_error *error = NULL;
    const char *line;
    size_t len;
    bool whole;
    int rc;

    rc = kube_stream_next(feed->stream, &line, &len, &whole, &error);
    if (rc == SPARKK8S_AGAIN && is_silent(feed)) {
        kube_log(feed->kube, SPARKK8S_LOG_INFO, "watch", "nothing was heard for too long: connecting again");
        go_on(feed, FEED_WATCH);
        return 0;
    }
    if (rc == SPARKK8S_AGAIN) {
        if (feed->alarm.at_ms <= moment_mono_ms())
            alarm_in(feed, LOOK_MS);
        return rc;
    }
    if (rc == SPARKK8S_END) {
        stream_ended(feed);
        return 0;
    }
    if (rc < 0)
        return stream_failed(feed, rc, 0, error, err);
    if (!whole || !len)             /* half an event at the end of a cut stream: it comes again */
        return 0;
    feed->heard = true;
    rc = pod_event_scan(line, len, feed->texts, &event, &error);
    if (rc == 0)
        rc = take_event(feed, &event, &error);
    pod_clear(&event.pod);
    return rc < 0 ? stream_failed(feed, rc, event.code, error, err) : 0;
}

static int step_wait(struct feed *feed)
{
    if (feed->alarm.at_ms > moment_mono_ms())
        return SPARKK8S_AGAIN;
    alarm_in(feed, 0);
    feed->phase = feed->after_wait;
    return 0;
}

int feed_step(struct feed *feed, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc;

    switch (feed->phase) {
    case FEED_LIST:
        rc = start_page(feed, &error);
        return rc < 0 ? recover(feed, FEED_LIST, rc, error, err) : 0;
    case FEED_PAGE:
        return step_page(feed, err);
    case FEED_WATCH:
        rc = open_stream(feed, &error);
        return rc < 0 ? recover(feed, FEED_WATCH, rc, error, err) : 0;
    case FEED_STREAM:
        return step_stream(feed, err);
    case FEED_WAIT:
        return step_wait(feed);
    case FEED_DONE:
        break;
    }
    return SPARKK8S_AGAIN;
}
