/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See exchange.h. The repetitions are those of client-go's with_retry.go, with a deadline over all of them.
 */
#include "exchange.h"

#include "backoff.h"
#include "error.h"
#include "excerpt.h"
#include "inner.h"
#include "moment.h"
#include "status.h"
#include "text.h"
#include "warning.h"

enum {
    ANSWER_LIMIT = 64 << 20,
    REFUSAL_LIMIT = 256 << 10,      /* an answer that is no success */
    TRIES = 10,
    LOSSES = 3,                     /* connections that a GET may lose */
    AGAIN_FIRST_MS = 100, AGAIN_MOST_MS = 1000,     /* "Retry-After: 0" */
    AGAIN_MOST_S = 30,
    WARNING_MOST = 500, WARNINGS_KEPT = 100
};

int exchange_init(struct exchange *x, struct kube *kube, const struct kube_request *request, sparkk8s_error **err)
{
    AUTO_STR url = STR_INIT(STR_TEXT_LIMIT);

    *x = (struct exchange){ .answer = STR_INIT(ANSWER_LIMIT), .body_len = request->body_len };
    link_init(&x->link);
    x->timeout_ms = request->timeout_ms == 0 ? kube->opts.timeout_ms : request->timeout_ms < 0 ? 0 : request->timeout_ms;
    x->method = text_dup(request->method);
    x->content_type = text_dup(request->content_type);
    x->accept = request->accept;
    x->body = request->body ? text_dupn(request->body, request->body_len) : NULL;
    str_add(&url, kube->config.server);
    str_add(&url, request->target);
    x->url = str_take(&url);
    x->kube = kube_ref(kube);
    if (x->method && x->url && (x->content_type || !request->content_type) && (x->body || !request->body))
        return 0;
    exchange_clear(x);
    return fail_oom(err);
}

static struct room *room_of(const struct exchange *x)
{
    return x->alone ? &x->kube->connecting : &x->kube->requests;
}

static void leave(struct exchange *x)
{
    if (x->counted)
        room_of(x)->taken--;
    x->counted = false;
    if (exchange_can_pump(x->kube))
        kube_wake(x->kube);
}

void exchange_stop(struct exchange *x)
{
    if (!kube_is_forked(x->kube)) {
        http_stop(TAKE(x->transfer));
        kube_alarm_set(x->kube, &x->again, 0);
        leave(x);
    }
    link_remove(&x->link);
}

void exchange_clear(struct exchange *x)
{
    struct kube *kube = x->kube;

    if (!kube)
        return;
    exchange_stop(x);
    free(x->method);
    free(x->url);
    free(x->content_type);
    free(x->body);
    sparkk8s_error_free(x->error);
    str_clear(&x->answer);
    x->kube = NULL;
    kube_unref(kube);
}

void exchange_tell(struct exchange *x)
{
    link_append(&x->kube->news, &x->link);
    kube_wake(x->kube);
}

static void end(struct exchange *x, const struct http_end *how)
{
    x->end = *how;
    x->ended = true;
    if (how->failure == HTTP_ANSWERED && how->status / 100 != 2 && x->answer.len)
        credentials_cover(x->kube, x->answer.s, x->answer.len);
    leave(x);
    exchange_tell(x);
}

/* A failure before anything was sent. */
static void end_here(struct exchange *x, sparkk8s_error *error)
{
    struct http_end how = { .failure = HTTP_NOT_CONNECTED, .retry_after_s = -1 };

    x->error = error;
    end(x, &how);
}

static int add_headers(struct exchange *x, struct strv *headers, sparkk8s_error **err)
{
    strv_addf(headers, "User-Agent: %s", x->kube->user_agent);
    strv_addf(headers, "Accept: %s", x->accept ? x->accept : x->alone ? "application/json, */*" : "application/json");
    if (x->content_type)
        strv_addf(headers, "Content-Type: %s", x->content_type);
    return credentials_add(x->kube, headers, err);
}

static void wipe_headers(struct strv *headers)
{
    size_t i;

    for (i = 0; i < headers->count; i++)
        explicit_bzero(headers->v[i], strlen(headers->v[i]));
}

/* What is left of the request's own time; 0: no limit. */
static int64_t time_left(struct exchange *x)
{
    int64_t now = moment_mono_ms();

    if (x->timeout_ms == 0)
        return 0;
    if (x->deadline_ms == 0)
        x->deadline_ms = now + x->timeout_ms;
    return x->deadline_ms > now ? x->deadline_ms - now : 1;
}

static int send(struct exchange *x, sparkk8s_error **err)
{
    AUTO_STRV headers = { 0 };
    struct http_request request = {
        .method = x->method, .url = x->url, .headers = &headers, .body = x->body, .body_len = x->body_len,
        .connect_timeout_ms = x->kube->opts.connect_timeout_ms, .timeout_ms = time_left(x),
        .alone = x->alone, .fresh = x->fresh, .owner = x,
        .gzip = !x->alone && !x->kube->config.disable_compression && strcmp(x->method, "GET") == 0
    };
    int rc;

    str_truncate(&x->answer, 0);
    x->enough = x->too_large = false;
    x->tries++;
    rc = add_headers(x, &headers, err);
    if (rc == 0 && headers.failed)
        rc = fail_oom(err);
    if (rc == 0)
        rc = http_start(x->kube->http, &request, &x->transfer, err);
    wipe_headers(&headers);
    return rc;
}

/* Sends it, or parks it until there is a credential. */
static int launch(struct exchange *x, sparkk8s_error **err)
{
    int rc = credentials_get(x->kube, err);

    if (rc == SPARKK8S_AGAIN) {
        link_append(&x->kube->parked, &x->link);
        return 0;
    }
    x->generation = credentials_generation(x->kube);
    return rc < 0 ? rc : send(x, err);
}

static void launch_or_end(struct exchange *x)
{
    AUTO(error) err = NULL;

    if (launch(x, &err) < 0)
        end_here(x, TAKE(err));
}

/* Those that are parked again, for whatever reason, wait for the next time. */
void exchange_unpark(struct kube *kube)
{
    struct link waiting, *first;

    link_init(&waiting);
    while ((first = link_shift(&kube->parked)))
        link_append(&waiting, first);
    while ((first = link_shift(&waiting)))
        launch_or_end((struct exchange *)first);
}

int exchange_start(struct exchange *x, sparkk8s_error **err)
{
    struct room *room = room_of(x);
    int rc;

    if (room->taken >= room->most) {
        link_append(&room->queue, &x->link);
        return 0;
    }
    rc = launch(x, err);
    if (rc == 0) {
        x->counted = true;
        room->taken++;
    }
    return rc;
}

static void pump(struct room *room)
{
    struct exchange *x;

    while (room->taken < room->most && (x = (struct exchange *)link_shift(&room->queue))) {
        x->counted = true;
        room->taken++;
        launch_or_end(x);
    }
}

void exchange_pump(struct kube *kube)
{
    pump(&kube->requests);
    pump(&kube->connecting);
}

static bool can_pump(const struct room *room)
{
    return room->taken < room->most && link_is_listed(&room->queue);
}

bool exchange_can_pump(const struct kube *kube)
{
    return can_pump(&kube->requests) || can_pump(&kube->connecting);
}

/* ---- while it is under way ---- */

static enum http_taken take(void *owner, int status, enum http_type type, const char *bytes, size_t len)
{
    struct exchange *x = owner;
    bool success = status >= 200 && status < 300 && type != HTTP_PAGE;

    if (success && x->take)
        return x->take(x, bytes, len);
    if (!success && x->answer.len + len > REFUSAL_LIMIT) {
        x->enough = true;           /* to tell what it is */
        return HTTP_STOP;
    }
    x->too_large = x->answer.len + len > ANSWER_LIMIT;
    if (!x->too_large)
        str_addn(&x->answer, bytes, len);
    return x->too_large || x->answer.failed ? HTTP_STOP : HTTP_TAKEN;
}

/* The same one (of deprecation, of an unknown field) comes with every request: it is told once. */
static void tell_warning(struct kube *kube, const struct str *text)
{
    AUTO(chars) line = excerpt(text->s, text->len, WARNING_MOST);

    if (!line || strv_has(&kube->warnings, line))
        return;
    if (kube->warnings.count < WARNINGS_KEPT)
        strv_add(&kube->warnings, line);
    kube_log(kube, SPARKK8S_LOG_WARN, "server", "%s", line);
}

static void warned(void *owner, const char *value, size_t len)
{
    enum { MISCELLANEOUS = 299 };
    struct exchange *x = owner;
    const char *end = value + len;
    int code;

    for (;;) {
        AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

        if (!warning_next(&value, end, &code, &text))
            return;
        if (code == MISCELLANEOUS && text.len > 0 && !text.failed)
            tell_warning(x->kube, &text);
    }
}

/* What was alone in connecting makes room for the next one: so a thousand streams at once are no thousand handshakes at once, of which the
 * last would take so long that they time out and begin anew. */
static void connected(void *owner)
{
    struct exchange *x = owner;

    if (x->alone)
        leave(x);
}

static void repeat(void *owner)
{
    launch_or_end(owner);
}

/* What the server asked to be repeated, whatever the method: it has not done it. -1: it has not asked. As long as it says
 * and a little more: it says the same to all. */
static int64_t wait_as_asked(const struct exchange *x, const struct http_end *how)
{
    int seconds = how->retry_after_s;

    if (how->failure != HTTP_ANSWERED || (how->status != 429 && how->status < 500) || x->tries > TRIES)
        return -1;
    if (seconds < 0)
        seconds = status_retry_after_s(x->answer.s, x->answer.len);
    if (seconds < 0 || seconds > AGAIN_MOST_S)
        return -1;
    return seconds * (int64_t)1000 + backoff_ms(x->tries, AGAIN_FIRST_MS, AGAIN_MOST_MS);
}

/* A GET changes nothing, and so may be sent again. Those who read a stream know better from where. */
static int64_t wait_after_loss(struct exchange *x, const struct http_end *how)
{
    bool stale = how->reused && how->status == 0;

    if (how->failure != HTTP_BROKEN || x->alone || strcmp(x->method, "GET") != 0 || ++x->losses > LOSSES)
        return -1;
    x->fresh = true;
    return stale ? 0 : backoff_ms(x->losses, AGAIN_FIRST_MS, AGAIN_MOST_MS);
}

/* How long to wait before the same request is sent again, or -1: it is not to be, or there is no time left for it. */
static int64_t wait_before_again(struct exchange *x, const struct http_end *how)
{
    int64_t asked_ms = wait_as_asked(x, how);
    int64_t wait_ms = asked_ms >= 0 ? asked_ms : wait_after_loss(x, how);

    return x->deadline_ms != 0 && moment_mono_ms() + wait_ms >= x->deadline_ms ? -1 : wait_ms;
}

/* With another credential: a 401 has carried nothing out, and neither has a TLS connection that was refused. */
static bool is_worth_renewing(struct exchange *x, const struct http_end *how)
{
    bool refused = how->failure == HTTP_ANSWERED && how->status == 401;

    if (x->renewed || (!refused && how->failure != HTTP_NOT_TRUSTED))
        return false;
    x->renewed = true;
    return refused ? credentials_refused(x->kube, x->generation) : credentials_replaced(x->kube);
}

static void ended(void *owner, const struct http_end *how_it_seems)
{
    struct http_end how_it_was = *how_it_seems, *how = &how_it_was;
    struct exchange *x = owner;
    int64_t wait_ms;

    x->transfer = NULL;
    if (x->enough && how->failure == HTTP_REFUSED)
        how->failure = HTTP_ANSWERED;
    x->kube->answered |= how->failure == HTTP_ANSWERED;
    kube_log(x->kube, SPARKK8S_LOG_DEBUG, "http", "%s %s %d %d ms%s%s", x->method, x->url, how->status, how->ms,
             how->failure == HTTP_ANSWERED ? "" : ": ", how->failure == HTTP_ANSWERED ? "" : how->message);
    wait_ms = is_worth_renewing(x, how) ? 0 : wait_before_again(x, how);
    if (wait_ms < 0) {
        end(x, how);
    } else if (wait_ms == 0) {
        launch_or_end(x);
    } else {
        x->again.due = repeat;
        x->again.owner = x;
        kube_alarm_set(x->kube, &x->again, moment_mono_ms() + wait_ms);
    }
}

const struct http_events exchange_events = { .take = take, .warned = warned, .connected = connected, .ended = ended };

/* ---- the result ---- */

static int not_connected(const struct exchange *x, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONNECT, x->url, "cannot reach the API server: %s", x->end.message);
    error_hint(err, "is %s the right server, and can it be reached from here?", x->kube->config.server);
    error_retriable(err);
    return SPARKK8S_ECONNECT;
}

static int not_trusted(const struct exchange *x, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONNECT, x->url, "no TLS connection to the API server: %s", x->end.message);
    error_hint(err, "check certificate-authority, tls-server-name and the client certificate of the kubeconfig");
    return SPARKK8S_ECONNECT;
}

static int timed_out(const struct exchange *x, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ETIMEDOUT, x->url, x->end.sent ? "no answer from the API server within %d ms"
                                                      : "no connection to the API server within %d ms", x->end.ms);
    error_retriable(err);
    return SPARKK8S_ETIMEDOUT;
}

static int broken(const struct exchange *x, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONNECT, x->url, "lost the connection to the API server: %s", x->end.message);
    error_retriable(err);
    return SPARKK8S_ECONNECT;
}

static int refused(const struct exchange *x, sparkk8s_error **err)
{
    if (!x->too_large)
        return fail_oom(err);
    return fail(err, SPARKK8S_ESERVER, x->url, "the answer is larger than %d MiB", ANSWER_LIMIT >> 20);
}

/* What came with a 2xx status, if it was to be collected: JSON begins with a brace, whatever type it is said to be. */
static int check_success(const struct exchange *x, sparkk8s_error **err)
{
    size_t len;
    const char *start = text_trim(x->answer.s, x->answer.len, &len);
    int code = status_of_success(start, len);

    if (code != 0)
        return status_fail(err, x->method, x->url, code, start, len, -1);
    if (x->end.type != HTTP_PAGE && (len == 0 || *start == '{'))
        return 0;
    fail(err, SPARKK8S_ESERVER, x->url, "the server answered with a %s in place of JSON",
         x->end.type == HTTP_PAGE ? "web page" : "text");
    error_hint(err, "something else than the API server answers there: is the server's URL right, and does a proxy or a login "
                    "page stand in between?");
    error_answer(err, x->end.status, NULL, start, len);
    return SPARKK8S_ESERVER;
}

static int told(const struct exchange *x, sparkk8s_error **err)
{
    if (x->error)
        return error_copy(err, x->error);
    switch (x->end.failure) {
    case HTTP_ANSWERED:
        break;
    case HTTP_NOT_CONNECTED:
        return not_connected(x, err);
    case HTTP_NOT_TRUSTED:
        return not_trusted(x, err);
    case HTTP_TIMED_OUT:
        return timed_out(x, err);
    case HTTP_BROKEN:
        return broken(x, err);
    case HTTP_REFUSED:
        return refused(x, err);
    case HTTP_NO_MEMORY:
        return fail_oom(err);
    }
    if (x->end.status >= 200 && x->end.status < 300)
        return check_success(x, err);
    return status_fail(err, x->method, x->url, x->end.status, x->answer.s, x->answer.len, x->end.retry_after_s);
}

int exchange_result(const struct exchange *x, sparkk8s_error **err)
{
    int rc = told(x, err);

    if (rc < 0 && x->tries > 2)
        error_add(err, " (after %d attempts)", x->tries);
    return rc;
}
