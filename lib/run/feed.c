/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List and watch as client-go's Reflector does them (reference kubernetes-client.md section 3), with the same
 * back-off. Lists leave resourceVersion unset: a run that was just submitted must be in them. An expired
 * version is an everyday event (each restart of an API server), answered by a new list; what is missing from
 * it was deleted unseen. Nothing else is: a server that is busy or away is asked for the same watch again.
 *
 * A watch of many pods begins with a streaming list (sendInitialEvents, KEP-3157) on servers that have it by default. They
 * come as ADDED events in the order of their names, so that only the bookmark behind them has a version to go on from.
 * If it fails in any way, it is a list in pages.
 */
#include "feed.h"

#include "backoff.h"
#include "error.h"
#include "moment.h"
#include "podevent.h"
#include "status.h"
#include "text.h"
#include "verbs.h"

#define PAGE_LIMIT "250"
#define WATCH_SECONDS "290"
#define LINE_MAX ((size_t)16 << 20)
#define BACKOFF_FIRST_MS 1600       /* and half of that at least, as client-go's */
#define BACKOFF_MOST_MS 30000
#define HEALTHY_MS 1000             /* a stream that lived so long was one */
#define IDLE_MS 300000              /* longer than the server lets a watch live */
#define IDLE_BOOKMARKED_MS 150000   /* bookmarks come every minute or so */
#define IDLE_INITIAL_MS 20000       /* a server that does not know what was asked for says no more after the pods */
#define LOOK_MS 20000
#define STREAMING_MINOR 34          /* Kubernetes 1.34: WatchList is on */
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

/* One failure is nothing to speak of; that it does not get better is, once. */
static void log_trouble(const struct feed *feed, const char *what, sparkk8s_error *error)
{
    kube_log(feed->kube, feed->failures == 2 ? SPARKK8S_LOG_WARN : SPARKK8S_LOG_INFO, "watch", "%s: %s%s", what,
             sparkk8s_error_message(error), feed->failures >= 2 ? " (trying again)" : "");
}

/* What the caller must hear; everything else is recovered from here. Before the first list is complete
 * nothing has worked yet: then every failure is told. */
static bool is_told(const struct feed *feed, int rc, const sparkk8s_error *error)
{
    int http = sparkk8s_error_http_status(error);

    if (!feed->listed)
        return true;
    if (status_is_expired(error))
        return false;
    return rc == SPARKK8S_ENOMEM || rc == SPARKK8S_EINVAL || rc == SPARKK8S_EFORK || rc == SPARKK8S_EAUTH ||
           rc == SPARKK8S_EFORBIDDEN || http / 100 == 2 || http == 400 || http == 404 || http == 422;
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

static int start_version(struct feed *feed, sparkk8s_error **err)
{
    struct kube_request request = { .method = "GET", .target = "/version" };
    int rc = kube_start(feed->kube, &request, on_call, feed, &feed->call, err);

    if (rc == 0)
        feed->phase = FEED_VERSION;
    return rc;
}

/* "34+" */
static int number_at_start(const struct slice *text)
{
    int number = 0;
    size_t i;

    for (i = 0; i < text->len && i < 4 && text->s[i] >= '0' && text->s[i] <= '9'; i++)
        number = number * 10 + (text->s[i] - '0');
    return number;
}

/* {"major": "1", "minor": "34+", ...}; whatever else is answered is no version that has what we ask for. */
static int take_version(struct feed *feed, sparkk8s_error **err)
{
    int rc = kube_call_result(feed->call, err);
    struct slice minor = { 0 };
    struct scan scan;
    const char *body;
    size_t len;

    if (rc < 0 && kube_call_http_status(feed->call) == 0)
        return rc;
    body = kube_call_body(feed->call, &len);
    scan = scan_begin(body, len);
    scan_text_at(&scan, SCAN_AT("minor"), &minor);
    kube_note_minor(feed->kube, rc == 0 ? number_at_start(&minor) : 0);
    kube_call_free(TAKE(feed->call));
    feed->phase = FEED_LIST;
    return 0;
}

static int step_version(struct feed *feed, sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    int rc;

    if (!kube_call_is_done(feed->call))
        return SPARKK8S_AGAIN;
    rc = take_version(feed, &error);
    return rc < 0 ? recover(feed, FEED_LIST, rc, TAKE(error), err) : 0;
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

/* What follows `more`; nothing if it is NULL. */
static int start_next_page(struct feed *feed, char *more, sparkk8s_error **err)
{
    free(feed->more);
    feed->more = more;
    return more ? start_page(feed, err) : 0;
}

/* The next page is asked for before this one is read: the server makes it meanwhile. */
static int take_page(struct feed *feed, sparkk8s_error **err)
{
    struct pod_page page = { .texts = feed->texts };
    AUTO(kube_call) call = NULL;
    const char *body;
    size_t len;
    int rc;

    rc = kube_call_result(feed->call, err);
    if (rc < 0)
        return rc;
    call = TAKE(feed->call);
    body = kube_call_body(call, &len);
    rc = start_next_page(feed, pod_page_more(body, len), err);
    if (rc < 0)
        return rc;
    if (feed->call)
        kube_turn(feed->kube, 0, NULL);         /* sends it; if not, the next wait does */
    rc = pod_page_scan(body, len, &page, take_pod, feed, err);
    if (rc < 0)
        return rc;
    free(feed->version);
    feed->version = page.version;
    if (!feed->call && page.more)
        return start_next_page(feed, page.more, err);
    free(page.more);
    if (!feed->call)
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

static int open_stream(struct feed *feed, bool initial, sparkk8s_error **err)
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
    if (initial) {
        kube_query(&target, "sendInitialEvents", "true");
        kube_query(&target, "resourceVersionMatch", "NotOlderThan");
    } else {
        kube_query(&target, "resourceVersion", feed->version);
    }
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
    feed->initial = initial;
    if (initial)
        feed->epoch = feed->sink->begin(feed->into);
    alarm_in(feed, LOOK_MS);
    return 0;
}

/* A list, in the way that this server has it. */
static int start_list(struct feed *feed, sparkk8s_error **err)
{
    if (!feed->many || feed->lists_only || feed->no_streaming)
        return start_page(feed, err);
    if (kube_minor(feed->kube) < 0)
        return start_version(feed, err);
    return kube_minor(feed->kube) < STREAMING_MINOR ? start_page(feed, err) : open_stream(feed, true, err);
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

/* Of the initial events only the last one's version counts. */
static void heard_event(struct feed *feed, const struct pod_event *event, char *version)
{
    if (!feed->initial || event->initial_end)
        heard_version(feed, version);
    else
        free(version);
    if (!feed->initial || !event->initial_end)
        return;
    feed->initial = false;
    list_is_complete(feed);
    feed->phase = FEED_STREAM;
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
        heard_event(feed, event, TAKE(version));
    return rc;
}

/* Busy, restarting or out of reach: a list would only add to its load. */
static bool may_come_back(int rc, const sparkk8s_error *error)
{
    int http = sparkk8s_error_http_status(error);

    return http == 429 || http >= 500 || (http == 0 && (rc == SPARKK8S_ECONNECT || rc == SPARKK8S_ETIMEDOUT));
}

/* Lists in pages from now on, which may fail again and tell why. */
static int initial_failed(struct feed *feed, sparkk8s_error *error)
{
    kube_log(feed->kube, SPARKK8S_LOG_INFO, "watch", "no streaming list, so it is one in pages: %s",
             error ? sparkk8s_error_message(error) : "it did not end");
    sparkk8s_error_free(error);
    feed->no_streaming = true;
    list_again(feed);
    return 0;
}

/* An expired version, as an answer or inside the stream, means a new list at once; two in a row wait. What no server should
 * send is asked for once more before it is a list. */
static int stream_failed(struct feed *feed, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    bool again = !status_is_expired(error) && (may_come_back(rc, error) || feed->failures < 2);

    if (feed->initial && rc != SPARKK8S_ENOMEM)
        return initial_failed(feed, error);
    if (rc == SPARKK8S_EFORBIDDEN && feed->polls) {
        log_trouble(feed, "watch", error);
        sparkk8s_error_free(error);
        stop(feed);
        feed->may_not_watch = true;
        wait_for(feed, FEED_LIST, POLL_MS);
        return 0;
    }
    return recover(feed, again ? FEED_WATCH : FEED_LIST, rc, error, err);
}

/* A clean end is a time-out of the server's or our being slow. One that comes at once and without a word,
 * again and again, is how some servers say that the version is expired; one that was silent to its time-out
 * may be a version of the future, to which a restored server answers nothing for ever. */
static int stream_ended(struct feed *feed)
{
    int64_t lived_ms = moment_mono_ms() - feed->opened_ms;
    bool deaf = !feed->heard && (lived_ms >= HEALTHY_MS * 200 || feed->failures >= 1);

    if (feed->initial)
        return initial_failed(feed, NULL);
    if (feed->heard || lived_ms >= HEALTHY_MS)
        feed->failures = 0;
    if (deaf)
        list_again(feed);
    else
        go_on(feed, FEED_WATCH);
    return 0;
}

static bool is_silent(const struct feed *feed)
{
    int64_t most_ms = feed->initial ? IDLE_INITIAL_MS : feed->bookmarked ? IDLE_BOOKMARKED_MS : IDLE_MS;

    return kube_stream_idle_ms(feed->stream) > most_ms;
}

/* Nothing to read: all is well, unless it has been so for too long. */
static int step_silence(struct feed *feed)
{
    if (is_silent(feed)) {
        kube_log(feed->kube, SPARKK8S_LOG_INFO, "watch", "nothing was heard for too long: connecting again");
        if (feed->initial)
            return initial_failed(feed, NULL);
        go_on(feed, FEED_WATCH);
        return 0;
    }
    if (feed->alarm.at_ms <= moment_mono_ms())
        alarm_in(feed, LOOK_MS);
    return SPARKK8S_AGAIN;
}

static bool is_blank(const char *line, size_t len)
{
    return len == 0 || (*line != '{' && (text_trim(line, len, &len), len == 0));
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
    if (rc == SPARKK8S_AGAIN)
        return step_silence(feed);
    if (rc == SPARKK8S_END)
        return stream_ended(feed);
    if (rc < 0)
        return stream_failed(feed, rc, error, err);
    if (!whole || is_blank(line, len))      /* half an event at the end of a cut stream: it comes again */
        return 0;
    feed->heard = true;
    rc = pod_event_scan(line, len, feed->texts, &event, &error);
    if (rc == 0)
        rc = take_event(feed, &event, &error);
    pod_clear(&event.pod);
    return rc < 0 ? stream_failed(feed, rc, error, err) : 0;
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
        rc = start_list(feed, &error);
        return rc < 0 ? recover(feed, FEED_LIST, rc, error, err) : 0;
    case FEED_VERSION:
        return step_version(feed, err);
    case FEED_PAGE:
        return step_page(feed, err);
    case FEED_WATCH:
        rc = open_stream(feed, false, &error);
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
