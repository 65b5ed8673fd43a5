/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: one loop, one HTTP pool, one identity; turning, waiting, flags and alarms. Calls are here too, being no more
 * than an exchange with somebody to tell.
 */
#include "kube.h"

#include <unistd.h>

#include "cancel.h"
#include "error.h"
#include "exchange.h"
#include "inner.h"
#include "input.h"
#include "moment.h"
#include "task.h"
#include "text.h"

enum { CONNECTING_MOST = 32 };      /* a handshake takes some milliseconds of CPU, here and there */

/* ---- life ---- */

static bool set_opts(struct kube *kube, const struct kube_opts *opts)
{
    kube->opts = *opts;
    kube->user_agent = text_dup(opts->user_agent);
    kube->opts.user_agent = kube->user_agent;
    return kube->user_agent != NULL;
}

static void destroy(struct kube *kube)
{
    http_free(kube->http);
    credentials_clear(&kube->credentials);
    loop_clear(&kube->loop);
    kube_config_clear(&kube->config);
    fork_mark_free(kube->unforked);
    strv_clear(&kube->warnings);
    free(kube->user_agent);
    free(kube);
}

int kube_new(struct kube_config *config, const struct kube_opts *opts, struct kube **out, sparkk8s_error **err)
{
    struct kube *kube = calloc(1, sizeof *kube);
    int rc;

    if (!kube) {
        kube_config_clear(config);
        return fail_oom(err);
    }
    kube->refs = 1;
    kube->minor = -1;
    kube->pid = getpid();
    kube->unforked = fork_mark_new();
    kube->config = *config;
    *config = (struct kube_config){ 0 };
    kube->requests.most = opts->max_in_flight;
    kube->connecting.most = CONNECTING_MOST;
    link_init(&kube->requests.queue);
    link_init(&kube->connecting.queue);
    link_init(&kube->parked);
    link_init(&kube->news);
    link_init(&kube->tasks);
    link_init(&kube->flags);
    rc = loop_init(&kube->loop, err);
    if (rc == 0 && !set_opts(kube, opts))
        rc = fail_oom(err);
    if (rc == 0)
        rc = credentials_init(kube, exchange_unpark, err);
    if (rc == 0)
        rc = http_new(&kube->config, &kube->credentials.tls, &kube->loop, &exchange_events, &kube->http, err);
    if (rc < 0) {
        destroy(kube);
        return rc;
    }
    *out = kube;
    return 0;
}

struct kube *kube_ref(struct kube *kube)
{
    kube->refs++;
    return kube;
}

/* In a forked child everything stays as it is: taking it down would end the parent's TLS connections and take its
 * descriptors off the loop that both share. */
void kube_unref(struct kube *kube)
{
    if (!kube || --kube->refs > 0 || kube_is_forked(kube))
        return;
    destroy(kube);
}

bool kube_is_forked(const struct kube *kube)
{
    return kube->unforked ? !*kube->unforked : getpid() != kube->pid;
}

int kube_check(const struct kube *kube, sparkk8s_error **err)
{
    if (!kube_is_forked(kube))
        return 0;
    fail(err, SPARKK8S_EFORK, NULL, "this client was made before fork(), by process %ld", (long)kube->pid);
    error_hint(err, "make a client of its own in each process");
    return SPARKK8S_EFORK;
}

const struct kube_config *kube_identity(const struct kube *kube)
{
    return &kube->config;
}

bool kube_has_answered(const struct kube *kube)
{
    return kube->answered;
}

int kube_minor(const struct kube *kube)
{
    return kube->minor;
}

void kube_note_minor(struct kube *kube, int minor)
{
    kube->minor = minor;
}

int kube_fd(const struct kube *kube)
{
    return kube->loop.outer;
}

struct record {
    const struct kube *kube;
    int level;
    const char *topic, *text;
};

static void hand_out(void *argument)
{
    const struct record *record = argument;
    const struct kube_opts *opts = &record->kube->opts;

    opts->log(record->level, record->topic, record->text, opts->log_userdata);
}

void kube_log(const struct kube *kube, int level, const char *topic, const char *format, ...)
{
    struct record record;
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    if (!kube->opts.log || level < kube->opts.log_level)
        return;
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    record = (struct record){ kube, level, topic, text.s };
    if (text.failed)
        return;
    if (kube->task)
        task_outside(kube->task, hand_out, &record);
    else
        hand_out(&record);
}

/* ---- flags and alarms ---- */

void kube_flag_init(struct kube_flag *flag, const void *object)
{
    flag->object = object;
    link_init(&flag->link);
}

bool kube_flag_any(const struct kube *kube)
{
    return link_is_listed(&kube->flags);
}

/* The bell follows the flags. */
static void ring(struct kube *kube)
{
    if (kube->rung == kube_flag_any(kube))
        return;
    kube->rung = !kube->rung;
    loop_ring(&kube->loop, kube->rung);
}

void kube_flag_set(struct kube *kube, struct kube_flag *flag, bool up)
{
    if (flag->up == up || kube_is_forked(kube))
        return;
    flag->up = up;
    if (up)
        link_append(&kube->flags, &flag->link);
    else
        link_remove(&flag->link);
    ring(kube);
}

void kube_flag_take(struct kube_flag *flag)
{
    if (flag->up)
        link_remove(&flag->link);
    flag->up = false;
}

const void *kube_flag_next(struct kube *kube)
{
    struct link *first = kube->flags.next;

    if (!kube_flag_any(kube))
        return NULL;
    link_remove(first);
    ring(kube);
    return ((struct kube_flag *)((char *)first - offsetof(struct kube_flag, link)))->object;
}

static void arm(struct kube *kube)
{
    loop_arm(&kube->loop, LOOP_ALARM, kube->alarms ? kube->alarms->at_ms : 0);
}

void kube_alarm_set(struct kube *kube, struct kube_alarm *alarm, int64_t at_ms)
{
    struct kube_alarm **each;

    if (alarm->at_ms != 0) {
        for (each = &kube->alarms; *each != alarm; each = &(*each)->next)
            ;
        *each = alarm->next;
    }
    alarm->at_ms = at_ms;
    alarm->next = NULL;
    if (at_ms != 0) {
        for (each = &kube->alarms; *each && (*each)->at_ms <= at_ms; each = &(*each)->next)
            ;
        alarm->next = *each;
        *each = alarm;
    }
    arm(kube);
}

static void ring_alarms(struct kube *kube)
{
    struct kube_alarm *alarm;
    int64_t now = moment_mono_ms();

    while (kube->alarms && kube->alarms->at_ms <= now) {
        alarm = kube->alarms;
        kube_alarm_set(kube, alarm, 0);
        alarm->due(alarm->owner);
    }
}

/* ---- turning and waiting ---- */

static void tell_news(struct kube *kube)
{
    struct exchange *x;

    while ((x = (struct exchange *)link_shift(&kube->news)))
        x->news(x);
}

void kube_wake(struct kube *kube)
{
    if (!kube->turning)
        loop_arm(&kube->loop, LOOP_SOON, moment_mono_ms());
}

static int turn_once(struct kube *kube, int timeout_ms, int wake, sparkk8s_error **err)
{
    struct loop_event events[LOOP_EVENTS];
    int count;

    count = loop_wait(&kube->loop, timeout_ms, wake, events, err);
    if (count < 0)
        return count;
    loop_arm(&kube->loop, LOOP_SOON, 0);
    count = plugin_turn(&kube->credentials.plugin, events, count);
    http_turn(kube->http, events, count);
    ring_alarms(kube);
    exchange_pump(kube);
    tell_news(kube);
    task_resume_all(kube);
    return 0;
}

static int turn(struct kube *kube, int timeout_ms, int wake, sparkk8s_error **err)
{
    int rc = kube_check(kube, err);

    if (rc < 0)
        return rc;
    if (kube->turning)
        return fail(err, SPARKK8S_EINVAL, NULL, "the client was called from inside one of its own callbacks");
    kube_ref(kube);
    kube->turning = true;
    ring(kube);
    rc = turn_once(kube, timeout_ms, wake, err);
    kube->turning = false;
    if (exchange_can_pump(kube))
        kube_wake(kube);
    kube_unref(kube);
    return rc;
}

int kube_turn(struct kube *kube, int timeout_ms, sparkk8s_error **err)
{
    return turn(kube, timeout_ms, -1, err);
}

int kube_limit_init(const struct kube *kube, const sparkk8s_call *given, int default_ms, struct kube_limit *out,
                    sparkk8s_error **err)
{
    sparkk8s_call call;
    int timeout_ms, rc;

    rc = input_struct(&call, sizeof call, given, "sparkk8s_call", err);
    if (rc < 0)
        return rc;
    if (call.reserved != 0)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_call", "the reserved member is not 0");
    if (call.timeout_ms < -1)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_call", "timeout_ms is %d; -1 means no limit", (int)call.timeout_ms);
    timeout_ms = call.timeout_ms ? call.timeout_ms : default_ms;
    if (timeout_ms == KUBE_OWN_TIMEOUT)
        timeout_ms = kube->opts.timeout_ms;
    out->cancel = call.cancel;
    out->deadline_ms = timeout_ms < 0 ? INT64_MAX : moment_mono_ms() + timeout_ms;
    return 0;
}

static int time_to_wait(int64_t deadline_ms, int64_t more_ms)
{
    int64_t left;

    if (deadline_ms == INT64_MAX)
        return -1;
    left = deadline_ms + more_ms - moment_mono_ms();
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int64_t kube_busy_ms(const struct kube *kube)
{
    return plugin_busy_ms(&kube->credentials.plugin);
}

int kube_time_left(const struct kube *kube, const struct kube_limit *limit, int64_t busy_ms)
{
    return time_to_wait(limit->deadline_ms, kube->opts.interactive ? kube_busy_ms(kube) - busy_ms : 0);
}

int kube_wait(struct kube *kube, const struct kube_limit *limit, bool (*ready)(void *owner), void *owner,
              sparkk8s_error **err)
{
    int64_t busy_ms = kube_busy_ms(kube);
    bool last = false;
    int wait_ms, rc;

    if (kube->task)
        return task_wait(kube->task, limit, ready, owner, err);
    for (;;) {
        if (ready(owner))
            return 0;
        if (cancel_is_triggered(limit->cancel))
            return fail(err, SPARKK8S_ECANCELED, NULL, "canceled");
        if (last)
            return SPARKK8S_AGAIN;
        wait_ms = kube_time_left(kube, limit, busy_ms);
        last = wait_ms == 0;
        rc = turn(kube, wait_ms, cancel_fd(limit->cancel), err);
        if (rc < 0)
            return rc;
    }
}

/* ---- calls ---- */

struct kube_call {
    struct exchange exchange;       /* first: see call_of */
    kube_done_fn done;
    void *owner;
};

static struct kube_call *call_of(struct exchange *x)
{
    return (struct kube_call *)x;
}

static void call_news(struct exchange *x)
{
    struct kube_call *call = call_of(x);

    if (call->done)
        call->done(call, call->owner);
}

int kube_start(struct kube *kube, const struct kube_request *request, kube_done_fn done, void *owner,
               struct kube_call **out, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    int rc = kube_check(kube, err);

    if (rc < 0)
        return rc;
    call = calloc(1, sizeof *call);
    if (!call)
        return fail_oom(err);
    call->done = done;
    call->owner = owner;
    rc = exchange_init(&call->exchange, kube, request, err);
    if (rc < 0)
        return rc;
    call->exchange.news = call_news;
    rc = exchange_start(&call->exchange, err);
    if (rc < 0)
        return rc;
    *out = TAKE(call);
    return 0;
}

bool kube_call_is_done(const struct kube_call *call)
{
    return call->exchange.ended;
}

int kube_call_result(const struct kube_call *call, sparkk8s_error **err)
{
    return exchange_result(&call->exchange, err);
}

int kube_call_http_status(const struct kube_call *call)
{
    return call->exchange.end.status;
}

const char *kube_call_body(const struct kube_call *call, size_t *len)
{
    if (len)
        *len = call->exchange.answer.len;
    return call->exchange.answer.s;
}

bool kube_call_is_ambiguous(const struct kube_call *call)
{
    const struct http_end *end = &call->exchange.end;

    return call->exchange.ended && end->failure != HTTP_ANSWERED && end->sent;
}

void kube_call_free(struct kube_call *call)
{
    if (!call)
        return;
    exchange_clear(&call->exchange);
    free(call);
}

static bool call_is_ready(void *owner)
{
    return kube_call_is_done(owner);
}

int kube_finish(struct kube *kube, struct kube_call *call, const struct kube_limit *limit, sparkk8s_error **err)
{
    int rc = kube_wait(kube, limit, call_is_ready, call, err);

    if (rc < 0)
        return rc;
    if (rc == SPARKK8S_AGAIN) {
        fail(err, SPARKK8S_ETIMEDOUT, call->exchange.url, "no answer from the API server in time");
        error_retriable(err);
        return SPARKK8S_ETIMEDOUT;
    }
    return kube_call_result(call, err);
}
