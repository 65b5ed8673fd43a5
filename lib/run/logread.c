/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the log of one container, line by line (reference kubernetes-client.md section 4).
 *
 * A log stream that ends cleanly proves nothing: it also ends when the kubelet is restarted, a proxy gets
 * tired, or the file is rotated under it. Only the pod says that the container has ended. So: look at the
 * pod, read, and look again; when the container was seen to have ended before a read began and that read came
 * to its end, it was the last. After a cut we ask again from a second on and drop what is known (logmark.h).
 * Times are always asked for: a line without one was not written by the application but by the kubelet, in
 * the place of its log.
 *
 * Rotated files cannot be read through the API: what was lost there is told as a gap; when it is found out
 * late, with the time of the line before which others are missing.
 */
#include "logs.h"

#include "backoff.h"
#include "error.h"
#include "moment.h"
#include "pod.h"
#include "verbs.h"
#include "verdict.h"

#define STALL_MAX_MS 480000
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 30000
#define POLL_MAX_MS 5000
#define LAST_READS 5                /* how often the last read may fail */

/* ---- waking ---- */

static void on_call(struct kube_call *call, void *owner)
{
    struct sparkk8s_logs *logs = owner;

    (void)call;
    kube_flag_set(logs->kube, &logs->flag, true);
}

static void on_line(struct kube_stream *stream, void *owner)
{
    struct sparkk8s_logs *logs = owner;

    (void)stream;
    kube_flag_set(logs->kube, &logs->flag, true);
}

static void on_alarm(void *owner)
{
    struct sparkk8s_logs *logs = owner;

    kube_flag_set(logs->kube, &logs->flag, true);
}

static void alarm_in(struct sparkk8s_logs *logs, int64_t ms)
{
    logs->alarm.due = on_alarm;
    logs->alarm.owner = logs;
    kube_alarm_set(logs->kube, &logs->alarm, ms ? moment_mono_ms() + ms : 0);
}

void logs_stop(struct sparkk8s_logs *logs)
{
    kube_call_free(TAKE(logs->call));
    if (logs->stream)
        kube_stream_free(TAKE(logs->stream));
    if (logs->alarm.at_ms)
        alarm_in(logs, 0);
}

static void wait_then(struct sparkk8s_logs *logs, int64_t ms, enum log_phase phase)
{
    logs_stop(logs);
    logs->phase = ms ? WAITING : phase;
    logs->after_wait = phase;
    if (ms)
        alarm_in(logs, ms);
}

/* The first failure costs nothing. */
static void back_off(struct sparkk8s_logs *logs, enum log_phase phase)
{
    int64_t ms = logs->failures++ ? backoff_ms(logs->failures - 1, BACKOFF_FIRST_MS, BACKOFF_MOST_MS) : 0;

    wait_then(logs, ms, phase);
}

static void poll_again(struct sparkk8s_logs *logs)
{
    wait_then(logs, logs->poll_ms, LOOK);
    logs->poll_ms = logs->poll_ms * 2 < POLL_MAX_MS ? logs->poll_ms * 2 : POLL_MAX_MS;
}

/* ---- records ---- */

static void put(struct sparkk8s_logs *logs, int kind, const char *line, size_t len, int64_t ns)
{
    logs->has_record = true;
    logs->kind = kind;
    logs->line = line;
    logs->len = len;
    logs->time_ns = ns;
}

static int put_note(struct sparkk8s_logs *logs, int kind, const char *text, sparkk8s_error **err)
{
    str_clear(&logs->note);
    str_add(&logs->note, text);
    if (logs->note.failed)
        return fail_oom(err);
    put(logs, kind, logs->note.s, logs->note.len, logs->mark.last_ns);
    return 0;
}

/* Said once, however often we ask. */
static int put_notice(struct sparkk8s_logs *logs, const char *line, size_t len, sparkk8s_error **err)
{
    if (!len || (logs->notice.len == len && !memcmp(logs->notice.s, line, len)))
        return 0;
    str_clear(&logs->notice);
    str_addn(&logs->notice, line, len);
    if (logs->notice.failed)
        return fail_oom(err);
    put(logs, SPARKK8S_LOG_NOTICE, logs->notice.s, logs->notice.len, logs->mark.last_ns);
    return 0;
}

void logs_new_line(struct sparkk8s_logs *logs, const char *text, size_t len, int64_t ns)
{
    log_mark_add(&logs->mark, ns);
    str_clear(&logs->notice);
    logs->failures = 0;
    logs->stall_ms = LOG_STALL_MS;
    put(logs, SPARKK8S_LOG_LINE, text, len, ns);
}

/* The node sends a file again, and has passed over others before it. */
static int put_late_gap(struct sparkk8s_logs *logs, int64_t ns, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    char moment[MOMENT_SIZE];
    int rc;

    moment_rfc3339(ns / 1000000, moment);
    str_addf(&text, "lines are missing before %s: the node has rotated them away while it could not send them", moment);
    rc = text.failed ? fail_oom(err) : put_note(logs, SPARKK8S_LOG_GAP, text.s, err);
    logs->time_ns = ns;
    return rc;
}

static int take_line(struct sparkk8s_logs *logs, const char *line, size_t len, sparkk8s_error **err)
{
    enum log_past_news sent;
    enum log_news news;
    int64_t ns;
    size_t at;

    logs->dropping = false;
    if (!log_line_split(line, len, &ns, &at))
        return put_notice(logs, line, len, err);
    sent = logs->last_read ? LOG_PAST_NEW : log_past_line(&logs->past, ns, len);
    if (sent != LOG_PAST_NEW) {
        logs->dropping = true;
        return sent == LOG_PAST_AGAIN ? put_late_gap(logs, ns, err) : 0;
    }
    news = log_resume_line(&logs->resume, &logs->asked, ns);
    if (news == LOG_KNOWN) {
        logs->dropping = true;
        return 0;
    }
    if (news == LOG_NEW) {
        logs_new_line(logs, line + at, len - at, ns);
        return 0;
    }
    logs->has_held = true;
    logs->held = line + at;
    logs->held_len = len - at;
    logs->held_ns = ns;
    return put_note(logs, SPARKK8S_LOG_GAP, "lines are missing here: the node has rotated them away", err);
}

/* Pieces of a line that is too long. A known line may have been cut in its middle: its later pieces are
 * new. */
static void take_piece(struct sparkk8s_logs *logs, const char *piece, size_t len)
{
    bool is_last = log_resume_at_last(&logs->resume, &logs->asked);

    if (logs->dropping && !(is_last && logs->asked.pieces && logs->piece >= logs->asked.pieces))
        return;
    put(logs, SPARKK8S_LOG_LINE, piece, len, logs->mark.last_ns);
}

/* ---- the pod ---- */

static int start_look(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    struct kube_then then = { .done = on_call, .owner = logs };
    int rc;

    logs_stop(logs);
    rc = kube_get(logs->kube, &kube_pods, logs->ns, logs->pod, then, &logs->call, err);
    if (rc == 0)
        logs->phase = LOOKING;
    return rc;
}

static int not_there(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    logs_stop(logs);
    if (!logs->looked) {
        logs->phase = LOOK;
        return fail(err, SPARKK8S_ENOTFOUND, logs->pod, "the pod does not exist, or is another one of the same name");
    }
    logs->phase = DONE;
    if (logs->drained || !*logs->id)
        return 0;
    return put_note(logs, SPARKK8S_LOG_GAP, "the pod was deleted: what it wrote after this is not known", err);
}

static void begin_container(struct sparkk8s_logs *logs, const char *id, int64_t restarts)
{
    memcpy(logs->id, id, LOG_ID_SIZE);
    logs->restarts = restarts;
    logs->mark = (struct log_mark){ 0 };
    logs->drained = false;
    logs->poll_ms = LOG_POLL_MS;
    logs->phase = OPEN;
}

/* Another container than the one that was read: first the rest of that one, while the node still keeps it. */
static int restarted(struct sparkk8s_logs *logs, const char *id, int64_t restarts, sparkk8s_error **err)
{
    if (!logs->drained && restarts == logs->restarts + 1) {
        logs->phase = OPEN;
        logs->old_read = true;
        return 0;
    }
    if (!logs->drained || restarts > logs->restarts + 1) {
        logs->drained = true;
        logs->restarts = restarts;
        logs->phase = LOOK;
        return put_note(logs, SPARKK8S_LOG_GAP, "the container was restarted meanwhile: lines are missing here", err);
    }
    begin_container(logs, id, restarts);
    return put_note(logs, SPARKK8S_LOG_RESTART, "the container was started again", err);
}

/* `pod` is as it is now. */
static int decide(struct sparkk8s_logs *logs, const struct pod *pod, sparkk8s_error **err)
{
    const struct container_state *state = &pod->driver;
    bool follow = logs->flags & SPARKK8S_LOGS_FOLLOW;
    char id[LOG_ID_SIZE];

    log_id(state->id, id);
    logs->ended = state_is_final(executor_state(pod));
    logs->last_read = !follow || logs->ended || state->terminated || !state->running;
    logs->old_read = false;
    if (logs->flags & SPARKK8S_LOGS_PREVIOUS) {
        logs->phase = OPEN;
        logs->old_read = true;
        return 0;
    }
    if (!state->present && (pod->phase == PHASE_RUNNING || pod->phase == PHASE_SUCCEEDED)) {
        logs->phase = LOOK;
        return fail(err, SPARKK8S_ENOTFOUND, logs->container, "the pod has no such container");
    }
    if (!*id && follow) {           /* not started, or ended without ever having been */
        if (logs->ended)
            logs->phase = DONE;
        else
            poll_again(logs);
        return 0;
    }
    if (*logs->id && *id && strcmp(id, logs->id))
        return restarted(logs, id, state->restarts, err);
    if (!*logs->id)
        begin_container(logs, id, state->restarts);
    if (!logs->drained)
        logs->phase = OPEN;
    else if (logs->ended || !follow)
        logs->phase = DONE;
    else
        poll_again(logs);
    return 0;
}

static bool is_other(const struct sparkk8s_logs *logs, const struct pod *pod)
{
    return !pod->uid || (logs->uid && strcmp(pod->uid, logs->uid));
}

static int take_look(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    AUTO_POD pod = { 0 };
    struct scan scan;
    const char *body;
    size_t len;
    int rc;

    rc = kube_call_result(logs->call, err);
    if (rc < 0)
        return rc;
    body = kube_call_body(logs->call, &len);
    scan = scan_begin(body, len);
    rc = pod_scan_container(&scan, logs->container, &pod, err);
    if (rc < 0)
        return rc;
    if (is_other(logs, &pod))
        return not_there(logs, err);
    if (!logs->uid)
        logs->uid = TAKE(pod.uid);
    if (!logs->container)
        logs->container = TAKE(pod.container);
    logs_stop(logs);
    rc = decide(logs, &pod, err);
    logs->looked = logs->looked || rc == 0;
    return rc;
}

/* What the caller must hear: what a retry does not cure, or everything while nothing has worked yet. */
static bool is_told(const struct sparkk8s_logs *logs, int rc)
{
    return !logs->looked || rc == SPARKK8S_ENOMEM || rc == SPARKK8S_EINVAL || rc == SPARKK8S_EFORK ||
        rc == SPARKK8S_EAUTH || rc == SPARKK8S_EFORBIDDEN;
}

static int recover(struct sparkk8s_logs *logs, bool told, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    kube_log(logs->kube, SPARKK8S_LOG_INFO, "logs", "%s", sparkk8s_error_message(error));
    back_off(logs, LOOK);
    if (told && err)
        *err = error;
    else
        sparkk8s_error_free(error);
    return told ? rc : 0;
}

static int step_looking(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc;

    if (!kube_call_is_done(logs->call))
        return SPARKK8S_AGAIN;
    if (kube_call_http_status(logs->call) == 404)
        return not_there(logs, err);
    rc = take_look(logs, &error);
    return rc < 0 ? recover(logs, is_told(logs, rc), rc, error, err) : 0;
}

/* ---- reading ---- */

static void add_query(const struct sparkk8s_logs *logs, struct str *target)
{
    char moment[MOMENT_SIZE];
    char number[24];

    if (logs->container)
        kube_query(target, "container", logs->container);
    kube_query(target, "timestamps", "true");
    if (!logs->last_read && !logs->old_read)
        kube_query(target, "follow", "true");
    if (logs->old_read)
        kube_query(target, "previous", "true");
    if (logs->mark.second > 0) {
        moment_rfc3339(logs->mark.second * 1000, moment);
        kube_query(target, "sinceTime", moment);
    } else if (logs->tail) {
        snprintf(number, sizeof(number), "%lld", (long long)logs->tail);
        kube_query(target, "tailLines", number);
    }
}

static int open_stream(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET", .timeout_ms = -1 };
    struct kube_stream_opts opts = { .max_line = LOG_LINE_MAX, .split = true, .ready = on_line, .owner = logs };
    int rc;

    rc = kube_path(&target, &kube_pods, logs->ns, logs->pod, "log", err);
    if (rc < 0)
        return rc;
    add_query(logs, &target);
    if (target.failed)
        return fail_oom(err);
    request.target = target.s;
    rc = kube_stream_open(logs->kube, &request, &opts, &logs->stream, err);
    if (rc < 0)
        return rc;
    str_clear(&logs->fragment);
    logs->in_line = logs->dropping = false;
    logs->asked = logs->mark;
    logs->resume = (struct log_resume){ 0 };
    logs->past = (struct log_past){ 0 };
    logs->phase = READING;
    alarm_in(logs, logs->stall_ms);
    return 0;
}

/* The stream ended cleanly. */
static int read_to_end(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    bool was_old = logs->old_read;

    if (!logs->last_read && !was_old) {
        back_off(logs, LOOK);
        return 0;
    }
    logs_stop(logs);
    logs->drained = true;
    if (logs->flags & SPARKK8S_LOGS_PREVIOUS || (!was_old && (logs->ended || !(logs->flags & SPARKK8S_LOGS_FOLLOW))))
        logs->phase = DONE;
    else
        wait_then(logs, was_old ? 0 : logs->poll_ms, LOOK);
    if (!logs->fragment.len)
        return 0;
    /* A last line without a line end, which is one only when nothing more can come. */
    if (!logs->fragment_goes_on)
        return take_line(logs, logs->fragment.s, logs->fragment.len, err);
    take_piece(logs, logs->fragment.s, logs->fragment.len);
    return 0;
}

/* The node cannot give the log of a container that is gone; more attempts would not help. */
static int old_is_lost(struct sparkk8s_logs *logs, sparkk8s_error *error, sparkk8s_error **err)
{
    sparkk8s_error_free(error);
    logs_stop(logs);
    logs->drained = true;
    logs->phase = LOOK;
    return put_note(logs, SPARKK8S_LOG_GAP, "the container was restarted: the end of its log is not there any more",
                    err);
}

static int read_failed(struct sparkk8s_logs *logs, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    bool follow = logs->flags & SPARKK8S_LOGS_FOLLOW;
    bool refused = sparkk8s_error_http_status(error) != 0;
    bool tired = logs->failures >= LAST_READS && logs->last_read;

    if (logs->old_read && follow && refused && rc != SPARKK8S_EAUTH && rc != SPARKK8S_EFORBIDDEN)
        return old_is_lost(logs, error, err);
    return recover(logs, is_told(logs, rc) || tired || (!follow && refused), rc, error, err);
}

static int step_stalled(struct sparkk8s_logs *logs)
{
    int64_t idle = kube_stream_idle_ms(logs->stream);

    if (idle < logs->stall_ms) {
        if (logs->alarm.at_ms <= moment_mono_ms())
            alarm_in(logs, logs->stall_ms - idle);
        return SPARKK8S_AGAIN;
    }
    logs->stall_ms = logs->stall_ms * 2 < STALL_MAX_MS ? logs->stall_ms * 2 : STALL_MAX_MS;
    wait_then(logs, 0, LOOK);
    return 0;
}

static int take_text(struct sparkk8s_logs *logs, const char *line, size_t len, bool whole, sparkk8s_error **err)
{
    bool goes_on = logs->in_line;
    int rc = 0;

    if (!whole && len < LOG_LINE_MAX) {         /* the end of the stream, or what was cut off */
        logs->fragment_goes_on = goes_on;
        str_addn(&logs->fragment, line, len);
        return logs->fragment.failed ? fail_oom(err) : 0;
    }
    if (goes_on)
        take_piece(logs, line, len);
    else
        rc = take_line(logs, line, len, err);
    logs->piece = goes_on ? logs->piece + 1 : 1;
    logs->in_line = !whole;
    if (logs->has_record && logs->kind == SPARKK8S_LOG_LINE)
        logs->mark.pieces = whole ? 0 : logs->piece;
    return rc;
}

static int step_reading(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    const char *line;
    size_t len;
    bool whole;
    int rc;

    rc = kube_stream_next(logs->stream, &line, &len, &whole, &error);
    if (rc == SPARKK8S_AGAIN)
        return step_stalled(logs);
    if (rc == SPARKK8S_END)
        return read_to_end(logs, err);
    if (rc < 0)
        return read_failed(logs, rc, error, err);
    rc = take_text(logs, line, len, whole, &error);
    return rc < 0 ? recover(logs, true, rc, error, err) : 0;
}

int logs_step(struct sparkk8s_logs *logs, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc = SPARKK8S_END;

    switch (logs->phase) {
    case LOOK:
        rc = start_look(logs, &error);
        return rc < 0 ? recover(logs, true, rc, error, err) : 0;
    case LOOKING:
        return step_looking(logs, err);
    case OPEN:
        rc = open_stream(logs, &error);
        return rc < 0 ? recover(logs, true, rc, error, err) : 0;
    case READING:
        return step_reading(logs, err);
    case WAITING:
        if (logs->alarm.at_ms > moment_mono_ms())
            return SPARKK8S_AGAIN;
        alarm_in(logs, 0);
        logs->phase = logs->after_wait;
        return 0;
    case DONE:
        break;
    }
    return rc;
}
