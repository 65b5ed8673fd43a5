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
#include "logread.h"

#include "backoff.h"
#include "error.h"
#include "moment.h"
#include "text.h"
#include "verbs.h"
#include "verdict.h"

#define STALL_MAX_MS 480000
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MOST_MS 30000
#define POLL_MAX_MS 5000
#define GONE_MS 3000                /* how long a watch may lag behind the answer that there is no such pod */
#define LAST_READS 5                /* how often the last read may fail */
#define OLD_READS 9                 /* how often the node may refuse what is left of a container: it may be restarting */

/* ---- waking ---- */

static void on_call(struct kube_call *call, void *owner)
{
    struct log_reader *reader = owner;

    (void)call;
    reader->wake(reader->owner);
}

static void on_line(struct kube_stream *stream, void *owner)
{
    struct log_reader *reader = owner;

    (void)stream;
    reader->wake(reader->owner);
}

static void on_alarm(void *owner)
{
    struct log_reader *reader = owner;

    reader->wake(reader->owner);
}

static void alarm_in(struct log_reader *reader, int64_t ms)
{
    reader->alarm.due = on_alarm;
    reader->alarm.owner = reader;
    kube_alarm_set(reader->kube, &reader->alarm, ms ? moment_mono_ms() + ms : 0);
}

static void stop(struct log_reader *reader)
{
    kube_call_free(TAKE(reader->call));
    if (reader->stream)
        kube_stream_free(TAKE(reader->stream));
    reader->cut = false;
    if (reader->alarm.at_ms)
        alarm_in(reader, 0);
}

static void wait_then(struct log_reader *reader, int64_t ms, enum log_phase phase)
{
    stop(reader);
    reader->phase = ms ? WAITING : phase;
    reader->after_wait = phase;
    if (ms)
        alarm_in(reader, ms);
}

/* The first failure costs nothing. */
static void back_off(struct log_reader *reader, enum log_phase phase)
{
    int64_t ms = reader->failures++ ? backoff_ms(reader->failures - 1, BACKOFF_FIRST_MS, BACKOFF_MOST_MS) : 0;

    wait_then(reader, ms, phase);
}

static void poll_again(struct log_reader *reader)
{
    wait_then(reader, reader->poll_ms, LOOK);
    reader->poll_ms = reader->poll_ms * 2 < POLL_MAX_MS ? reader->poll_ms * 2 : POLL_MAX_MS;
}

/* ---- records ---- */

static void put(struct log_reader *reader, int kind, const char *text, size_t len, bool whole)
{
    reader->has_record = true;
    reader->record = (struct log_record){
        .kind = kind, .text = text, .len = len, .ns = reader->at.mark.last_ns, .whole = whole,
    };
}

/* In constant words: whatever else runs out, this can be told. */
static void put_word(struct log_reader *reader, int kind, const char *text)
{
    put(reader, kind, text, strlen(text), true);
}

static int put_note(struct log_reader *reader, int kind, const char *text, sparkk8s_error **err)
{
    str_clear(&reader->note);
    str_add(&reader->note, text);
    if (reader->note.failed)
        return fail_oom(err);
    put(reader, kind, reader->note.s, reader->note.len, true);
    return 0;
}

/* Said once, however often we ask. */
static int put_notice(struct log_reader *reader, const char *line, size_t len, sparkk8s_error **err)
{
    reader->noticed = reader->noticed || len;
    if (!len || (reader->notice.len == len && !memcmp(reader->notice.s, line, len)))
        return 0;
    str_clear(&reader->notice);
    str_addn(&reader->notice, line, len);
    if (reader->notice.failed)
        return fail_oom(err);
    put(reader, SPARKK8S_LOG_NOTICE, reader->notice.s, reader->notice.len, true);
    reader->clean = false;
    return 0;
}

static void new_line(struct log_reader *reader, const struct log_record *line)
{
    log_mark_add(&reader->at.mark, line->ns);
    reader->at.mark.pieces = line->whole ? 0 : 1;
    str_clear(&reader->notice);
    reader->failures = reader->refusals = 0;
    reader->stall_ms = LOG_STALL_MS;
    reader->clean = reader->noticed = false;
    reader->record = *line;
    reader->has_record = true;
}

void log_reader_take(struct log_reader *reader)
{
    reader->has_record = false;
    if (!reader->has_held)
        return;
    reader->has_held = false;
    reader->before = reader->at;
    new_line(reader, &reader->held);
}

/* The node sends a file again, and has passed over others before it. */
static int put_late_gap(struct log_reader *reader, int64_t ns, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    char moment[MOMENT_SIZE];
    int rc;

    moment_rfc3339(ns / 1000000, moment);
    str_addf(&text, "lines are missing before %s: the node has rotated them away while it could not send them", moment);
    rc = text.failed ? fail_oom(err) : put_note(reader, SPARKK8S_LOG_GAP, text.s, err);
    reader->record.ns = ns;
    return rc;
}

static int take_line(struct log_reader *reader, const char *line, size_t len, bool whole, sparkk8s_error **err)
{
    struct log_record record = { .kind = SPARKK8S_LOG_LINE, .whole = whole };
    enum log_past_news sent;
    enum log_news news;
    size_t at;

    reader->dropping = false;
    if (!log_line_split(line, len, &record.ns, &at))
        return put_notice(reader, line, len, err);
    record.text = line + at;
    record.len = len - at;
    sent = reader->last_read ? LOG_PAST_NEW :
        log_past_line(&reader->past, record.ns, log_past_look(record.text, record.len));
    if (sent != LOG_PAST_NEW) {
        reader->dropping = true;
        return sent == LOG_PAST_AGAIN ? put_late_gap(reader, record.ns, err) : 0;
    }
    news = log_resume_line(&reader->resume, &reader->asked, record.ns);
    if (news == LOG_KNOWN) {
        reader->dropping = true;
        return 0;
    }
    if (news == LOG_NEW) {
        new_line(reader, &record);
        return 0;
    }
    reader->has_held = true;
    reader->held = record;
    put_word(reader, SPARKK8S_LOG_GAP, "lines may be missing here: the node has rotated its file");
    return 0;
}

/* Pieces of a line that is too long. A known line may have been cut in its middle: its later pieces are
 * new. */
static void take_piece(struct log_reader *reader, const char *piece, size_t len, bool whole)
{
    bool is_last = log_resume_at_last(&reader->resume, &reader->asked);

    if (reader->dropping && !(is_last && reader->asked.pieces && reader->piece >= reader->asked.pieces))
        return;
    reader->at.mark.pieces = whole ? 0 : reader->piece + 1;
    put(reader, SPARKK8S_LOG_LINE, piece, len, whole);
}

/* ---- the pod ---- */

static int start_look(struct log_reader *reader, sparkk8s_error **err)
{
    struct kube_then then = { .done = on_call, .owner = reader };
    int rc;

    stop(reader);
    rc = kube_get(reader->kube, &kube_pods, reader->ns, reader->pod, then, &reader->call, err);
    if (rc == 0)
        reader->phase = LOOKING;
    return rc;
}

/* A stream that ended cleanly, and a container that was seen to have ended: its log was read. */
static bool is_complete(const struct log_reader *reader)
{
    return reader->drained || (reader->clean && reader->seen_ended && !strcmp(reader->seen, reader->at.id));
}

static int not_there(struct log_reader *reader, sparkk8s_error **err)
{
    stop(reader);
    if (!reader->looked && !reader->many) {
        reader->phase = LOOK;
        return fail(err, SPARKK8S_ENOTFOUND, reader->pod, "the pod does not exist, or is another one of the same name");
    }
    if (reader->many && !reader->gone && !reader->asked_again) {    /* a watch will tell how it ended */
        reader->asked_again = true;
        wait_then(reader, GONE_MS, LOOK);
        return 0;
    }
    reader->phase = DONE;
    if (*reader->at.id && !is_complete(reader))
        put_word(reader, SPARKK8S_LOG_GAP, "the pod was deleted: what it wrote after this is not known");
    else if (!*reader->at.id && *reader->seen)
        put_word(reader, SPARKK8S_LOG_GAP, "the pod was deleted before its log could be read");
    return 0;
}

static void note_state(struct log_reader *reader, const struct container_state *state)
{
    char id[LOG_ID_SIZE];

    log_id(state->id, id);
    if (!*id)
        return;
    memcpy(reader->seen, id, LOG_ID_SIZE);
    reader->seen_ended = state->terminated;
}

void log_reader_saw(struct log_reader *reader, const struct pod *pod, bool gone)
{
    if (!reader->container || (pod->container && !strcmp(pod->container, reader->container)))
        note_state(reader, &pod->driver);
    if (!gone)
        return;
    reader->gone = true;
    if (reader->phase == WAITING && reader->asked_again) {
        alarm_in(reader, 0);
        reader->phase = LOOK;
        reader->wake(reader->owner);
    }
}

static void begin_container(struct log_reader *reader, const char *id, int64_t restarts)
{
    memcpy(reader->at.id, id, LOG_ID_SIZE);
    reader->at.restarts = restarts;
    reader->at.mark = (struct log_mark){ 0 };
    reader->clean = reader->drained = false;
    reader->refusals = 0;
    reader->poll_ms = LOG_POLL_MS;
    reader->phase = OPEN;
}

/* Another container than the one that was read: first the rest of that one, while the node still keeps it. */
static void restarted(struct log_reader *reader, const char *id, int64_t restarts)
{
    if (!reader->drained && restarts == reader->at.restarts + 1) {
        reader->phase = OPEN;
        reader->old_read = true;
        return;
    }
    if (!reader->drained || restarts > reader->at.restarts + 1) {
        reader->drained = true;
        reader->at.restarts = restarts;
        reader->phase = LOOK;
        put_word(reader, SPARKK8S_LOG_GAP, "the container was restarted meanwhile: lines are missing here");
        return;
    }
    begin_container(reader, id, restarts);
    reader->tail = 0;               /* all of what comes after what was read */
    put_word(reader, SPARKK8S_LOG_RESTART, "the container was started again");
}

/* `pod` is as it is now. */
static int decide(struct log_reader *reader, const struct pod *pod, sparkk8s_error **err)
{
    const struct container_state *state = &pod->driver;
    bool follow = reader->flags & SPARKK8S_LOGS_FOLLOW;
    char id[LOG_ID_SIZE];

    log_id(state->id, id);
    reader->ended = state_is_final(executor_state(pod));
    reader->last_read = !follow || reader->ended || state->terminated || !state->running;
    reader->old_read = false;
    note_state(reader, state);
    if (reader->flags & SPARKK8S_LOGS_PREVIOUS) {
        reader->phase = reader->many && !state->restarts ? DONE : OPEN;
        reader->at.restarts = state->restarts ? state->restarts - 1 : 0;
        reader->old_read = true;
        return 0;
    }
    if (!state->present && (pod->phase == PHASE_RUNNING || pod->phase == PHASE_SUCCEEDED)) {
        reader->phase = LOOK;
        return fail(err, SPARKK8S_ENOTFOUND, reader->container, "the pod has no such container");
    }
    if (!*id && (follow || reader->many)) {         /* not started, or ended without ever having been */
        if (reader->ended || !follow)
            reader->phase = DONE;
        else
            poll_again(reader);
        return 0;
    }
    if (*reader->at.id && *id && strcmp(id, reader->at.id)) {
        restarted(reader, id, state->restarts);
        return 0;
    }
    if (!*reader->at.id)
        begin_container(reader, id, state->restarts);
    if (!reader->drained)
        reader->phase = OPEN;
    else if (reader->ended || !follow)
        reader->phase = DONE;
    else
        poll_again(reader);
    return 0;
}

static bool is_other(const struct log_reader *reader, const struct pod *pod)
{
    return !pod->uid || (reader->uid && strcmp(pod->uid, reader->uid));
}

static int take_look(struct log_reader *reader, sparkk8s_error **err)
{
    AUTO_POD pod = { 0 };
    struct scan scan;
    const char *body;
    size_t len;
    int rc;

    rc = kube_call_result(reader->call, err);
    if (rc < 0)
        return rc;
    body = kube_call_body(reader->call, &len);
    scan = scan_begin(body, len);
    rc = pod_scan_container(&scan, reader->container, &pod, err);
    if (rc < 0)
        return rc;
    if (is_other(reader, &pod))
        return not_there(reader, err);
    if (!reader->uid)
        reader->uid = TAKE(pod.uid);
    if (!reader->container)
        reader->container = TAKE(pod.container);
    stop(reader);
    rc = decide(reader, &pod, err);
    reader->looked = reader->looked || rc == 0;
    return rc;
}

/* Beside others, what concerns this pod alone ends its log and nothing else. */
static int give_up(struct log_reader *reader, sparkk8s_error *error, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    int rc;

    if (asprintf(&text, "the log cannot be read: %s", sparkk8s_error_message(error)) < 0)
        text = NULL;
    sparkk8s_error_free(error);
    stop(reader);
    rc = text ? put_note(reader, *reader->at.id ? SPARKK8S_LOG_GAP : SPARKK8S_LOG_NOTICE, text, err) : fail_oom(err);
    reader->phase = rc < 0 ? LOOK : DONE;       /* what could not be told has not happened yet */
    return rc;
}

static bool is_of_all(int rc)
{
    return rc == SPARKK8S_ENOMEM || rc == SPARKK8S_EINVAL || rc == SPARKK8S_EFORK || rc == SPARKK8S_EAUTH ||
        rc == SPARKK8S_EFORBIDDEN;
}

/* What the caller must hear: what a retry does not cure, or everything while nothing has worked yet. */
static bool is_told(const struct log_reader *reader, int rc)
{
    return (!reader->looked && !reader->many) || is_of_all(rc) || rc == SPARKK8S_ENOTFOUND;
}

static int recover(struct log_reader *reader, bool told, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    kube_log(reader->kube, SPARKK8S_LOG_INFO, "logs", "%s", sparkk8s_error_message(error));
    if (told && reader->many && !is_of_all(rc))
        return give_up(reader, error, err);
    back_off(reader, LOOK);
    if (told && err)
        *err = error;
    else
        sparkk8s_error_free(error);
    return told ? rc : 0;
}

static int step_looking(struct log_reader *reader, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc;

    if (!kube_call_is_done(reader->call))
        return SPARKK8S_AGAIN;
    if (kube_call_http_status(reader->call) == 404)
        return not_there(reader, err);
    rc = take_look(reader, &error);
    return rc < 0 ? recover(reader, is_told(reader, rc), rc, error, err) : 0;
}

/* ---- reading ---- */

static void add_query(const struct log_reader *reader, struct str *target)
{
    char moment[MOMENT_SIZE];
    char number[24];

    if (reader->container)
        kube_query(target, "container", reader->container);
    kube_query(target, "timestamps", "true");
    if (!reader->last_read && !reader->old_read)
        kube_query(target, "follow", "true");
    if (reader->old_read)
        kube_query(target, "previous", "true");
    if (reader->at.mark.second > 0) {
        moment_rfc3339(reader->at.mark.second * 1000, moment);
        kube_query(target, "sinceTime", moment);
    } else if (reader->tail) {
        snprintf(number, sizeof(number), "%lld", (long long)reader->tail);
        kube_query(target, "tailLines", number);
    }
}

static int open_stream(struct log_reader *reader, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET", .timeout_ms = -1 };
    struct kube_stream_opts opts = { .max_line = LOG_LINE_MAX, .split = true, .ready = on_line, .owner = reader };
    int rc;

    rc = kube_path(&target, &kube_pods, reader->ns, reader->pod, "log", err);
    if (rc < 0)
        return rc;
    add_query(reader, &target);
    if (target.failed)
        return fail_oom(err);
    request.target = target.s;
    rc = kube_stream_open(reader->kube, &request, &opts, &reader->stream, err);
    if (rc < 0)
        return rc;
    str_clear(&reader->fragment);
    reader->cut = false;
    reader->in_line = reader->dropping = reader->noticed = false;
    reader->asked = reader->at.mark;
    reader->resume = (struct log_resume){ 0 };
    reader->past = (struct log_past){ 0 };
    reader->phase = READING;
    alarm_in(reader, reader->stall_ms);
    return 0;
}

/* The stream ended cleanly. */
static int read_to_end(struct log_reader *reader, sparkk8s_error **err)
{
    bool was_old = reader->old_read;
    int rc = 0;

    reader->clean = !reader->noticed && !reader->fragment.len;
    if (!reader->last_read && !was_old) {
        back_off(reader, LOOK);
        return 0;
    }
    /* A last line without a line end, which is one only when nothing more can come. */
    if (reader->fragment.len && reader->fragment_goes_on)
        take_piece(reader, reader->fragment.s, reader->fragment.len, true);
    else if (reader->fragment.len)
        rc = take_line(reader, reader->fragment.s, reader->fragment.len, true, err);
    if (rc < 0)
        return rc;
    stop(reader);
    reader->drained = true;
    if (reader->flags & SPARKK8S_LOGS_PREVIOUS || (!was_old && (reader->ended || !(reader->flags & SPARKK8S_LOGS_FOLLOW))))
        reader->phase = DONE;
    else
        wait_then(reader, was_old ? 0 : reader->poll_ms, LOOK);
    return 0;
}

/* The node does not give the log of a container that is gone. */
static void old_is_lost(struct log_reader *reader)
{
    stop(reader);
    reader->drained = true;
    reader->phase = LOOK;
    put_word(reader, SPARKK8S_LOG_GAP, "the container was restarted: the end of its log is not there any more");
}

static int read_failed(struct log_reader *reader, int rc, sparkk8s_error *error, sparkk8s_error **err)
{
    bool follow = reader->flags & SPARKK8S_LOGS_FOLLOW;
    bool refused = sparkk8s_error_http_status(error) != 0;
    bool tired = reader->failures >= LAST_READS;
    bool unknown = follow && rc == SPARKK8S_ENOTFOUND;  /* to a kubelet that has just been started */
    bool lost = refused && (++reader->refusals >= OLD_READS || !(unknown || sparkk8s_error_is_retriable(error)));

    if (reader->old_read && follow && lost && rc != SPARKK8S_EAUTH && rc != SPARKK8S_EFORBIDDEN) {
        sparkk8s_error_free(error);
        old_is_lost(reader);
        return 0;
    }
    return recover(reader, (is_told(reader, rc) && !unknown) || (tired && reader->last_read) || (!follow && refused), rc, error,
                   err);
}

static int step_stalled(struct log_reader *reader)
{
    int64_t idle = kube_stream_idle_ms(reader->stream);

    if (idle < reader->stall_ms) {
        if (reader->alarm.at_ms <= moment_mono_ms())
            alarm_in(reader, reader->stall_ms - idle);
        return SPARKK8S_AGAIN;
    }
    reader->stall_ms = reader->stall_ms * 2 < STALL_MAX_MS ? reader->stall_ms * 2 : STALL_MAX_MS;
    wait_then(reader, 0, LOOK);
    return 0;
}

static int take_text(struct log_reader *reader, const char *line, size_t len, bool whole, sparkk8s_error **err)
{
    bool goes_on = reader->in_line;
    int rc = 0;

    if (!whole && len < LOG_LINE_MAX) {         /* the end of the stream, or what was cut off */
        reader->fragment_goes_on = goes_on;
        str_addn(&reader->fragment, line, len);
        return reader->fragment.failed ? fail_oom(err) : 0;
    }
    if (goes_on)
        take_piece(reader, line, len, whole);
    else
        rc = take_line(reader, line, len, whole, err);
    reader->piece = goes_on ? reader->piece + 1 : 1;
    reader->in_line = !whole;
    return rc;
}

static int step_reading(struct log_reader *reader, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    const char *line;
    size_t len;
    bool whole;
    int rc;

    rc = kube_stream_next(reader->stream, &line, &len, &whole, &error);
    if (rc == SPARKK8S_AGAIN)
        return step_stalled(reader);
    if (rc == SPARKK8S_END && reader->cut) {
        stop(reader);
        reader->phase = reader->last_read || reader->old_read ? OPEN : LOOK;
        return 0;
    }
    if (rc == SPARKK8S_END)
        return read_to_end(reader, err);
    if (rc < 0)
        return read_failed(reader, rc, error, err);
    rc = take_text(reader, line, len, whole, &error);
    return rc < 0 ? recover(reader, true, rc, error, err) : 0;
}

static int advance(struct log_reader *reader, sparkk8s_error **err)
{
    sparkk8s_error *error = NULL;
    int rc = SPARKK8S_END;

    switch (reader->phase) {
    case LOOK:
        rc = start_look(reader, &error);
        return rc < 0 ? recover(reader, true, rc, error, err) : 0;
    case LOOKING:
        return step_looking(reader, err);
    case OPEN:
        if (!reader->may_open)
            return SPARKK8S_AGAIN;
        rc = open_stream(reader, &error);
        return rc < 0 ? recover(reader, true, rc, error, err) : 0;
    case READING:
        return step_reading(reader, err);
    case WAITING:
        if (reader->alarm.at_ms > moment_mono_ms())
            return SPARKK8S_AGAIN;
        alarm_in(reader, 0);
        reader->phase = reader->after_wait;
        return 0;
    case DONE:
        break;
    }
    return rc;
}

int log_reader_step(struct log_reader *reader, sparkk8s_error **err)
{
    reader->before = reader->at;
    return advance(reader, err);
}

const struct log_position *log_reader_position(const struct log_reader *reader)
{
    return reader->has_record ? &reader->before : &reader->at;
}

void log_reader_cut(struct log_reader *reader)
{
    reader->may_open = false;
    if (!reader->stream)
        return;
    kube_stream_cut(reader->stream);
    reader->cut = true;
}

/* ---- life ---- */

int log_reader_new(const struct log_reader_opts *opts, struct log_reader **out, sparkk8s_error **err)
{
    AUTO(log_reader) reader = calloc(1, sizeof(*reader));

    if (!reader)
        return fail_oom(err);
    *reader = (struct log_reader){
        .kube = opts->kube, .ns = text_dup(opts->ns), .pod = text_dup(opts->pod), .uid = text_dup(opts->uid),
        .container = text_dup(opts->container), .flags = opts->flags, .tail = opts->tail, .many = opts->many,
        .wake = opts->wake, .owner = opts->owner, .at = *opts->from, .before = *opts->from,
        .poll_ms = LOG_POLL_MS, .stall_ms = LOG_STALL_MS, .fragment = STR_INIT(LOG_LINE_MAX + 1),
        .note = STR_INIT(LOG_LINE_MAX + 1), .notice = STR_INIT(LOG_LINE_MAX + 1),
    };
    if (!reader->ns || !reader->pod || (opts->uid && !reader->uid) || (opts->container && !reader->container))
        return fail_oom(err);
    *out = TAKE(reader);
    return 0;
}

void log_reader_free(struct log_reader *reader)
{
    if (!reader)
        return;
    stop(reader);
    str_clear(&reader->fragment);
    str_clear(&reader->note);
    str_clear(&reader->notice);
    free(reader->ns);
    free(reader->pod);
    free(reader->uid);
    free(reader->container);
    free(reader);
}
