/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: the client's descriptor, time limits, cancellation, fork, many at once; and streams with their back-pressure. */
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cancel.h"
#include "error.h"
#include "moment.h"

static struct server plain, tls;
static sparkk8s_cancel *the_cancel;

static void start_servers(void)
{
    server_start(&plain, PLAIN);
    server_start(&tls, TLS);
}

static void stop_servers(void)
{
    server_stop(&plain);
    server_stop(&tls);
}

static bool never(void *owner UNUSED)
{
    return false;
}

static bool is_readable(struct kube *kube, int timeout_ms)
{
    struct pollfd fd = { .fd = kube_fd(kube), .events = POLLIN };

    return poll(&fd, 1, timeout_ms) == 1;
}

static struct kube_call *begin(struct kube *kube, const char *target, kube_done_fn done, void *owner)
{
    struct kube_request request = { .method = "GET", .target = target };
    struct kube_call *call = NULL;

    ck_assert_int_eq(kube_start(kube, &request, done, owner, &call, NULL), 0);
    return call;
}

static struct kube_stream *follow(struct kube *kube, const char *target, size_t max_line, bool split)
{
    struct kube_request request = { .method = "GET", .target = target };
    struct kube_stream_opts opts = { .max_line = max_line, .split = split };
    struct kube_stream *stream = NULL;

    ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &stream, NULL), 0);
    return stream;
}

/* The next line or end, however long it takes. */
static int next(struct kube *kube, struct kube_stream *stream, const char **line, size_t *len, bool *whole,
                sparkk8s_error **err)
{
    int rc;

    while ((rc = kube_stream_next(stream, line, len, whole, err)) == SPARKK8S_AGAIN)
        ck_assert_int_eq(kube_turn(kube, 5000, NULL), 0);
    return rc;
}

/* Nothing but poll() and turns that do not wait. */
START_TEST(descriptor_alone)
{
    struct kube *kube = client_of(&tls, TLS);
    struct kube_call *call;

    ck_assert(!is_readable(kube, 0));
    call = begin(kube, "/slow/100", NULL, NULL);
    while (!kube_call_is_done(call)) {
        ck_assert(is_readable(kube, 5000));
        ck_assert_int_eq(kube_turn(kube, 0, NULL), 0);
    }
    ck_assert_int_eq(kube_call_result(call, NULL), 0);
    kube_call_free(call);
    kube_unref(kube);
}
END_TEST

static int64_t cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* A raised flag is for the host's poll; our own waiting must not spin on it. */
START_TEST(flag)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 2000 };
    struct kube_flag one = { 0 }, two = { 0 };
    int64_t before = cpu_ms();

    kube_flag_init(&one, &one);
    kube_flag_init(&two, &two);
    kube_flag_set(kube, &one, true);
    kube_flag_set(kube, &two, true);
    kube_flag_set(kube, &one, false);
    ck_assert(is_readable(kube, 0));
    ck_assert_int_eq(kube_wait(kube, &limit, never, NULL, NULL), SPARKK8S_AGAIN);
    ck_assert_int_lt(cpu_ms() - before, 1000);
    kube_flag_set(kube, &two, false);
    ck_assert(!is_readable(kube, 0));
    kube_unref(kube);
}
END_TEST

static int rung[3], rung_count;

static void ring(void *owner)
{
    rung[rung_count++] = *(int *)owner;
}

START_TEST(alarms)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 200 };
    int names[] = { 1, 2, 3 };
    struct kube_alarm a = { .due = ring, .owner = &names[0] }, b = { .due = ring, .owner = &names[1] };
    struct kube_alarm c = { .due = ring, .owner = &names[2] };
    int64_t now = moment_mono_ms();

    kube_alarm_set(kube, &a, now + 80);
    kube_alarm_set(kube, &b, now + 10);
    kube_alarm_set(kube, &c, now + 20);
    kube_alarm_set(kube, &b, now + 100);
    kube_alarm_set(kube, &c, 0);
    ck_assert(is_readable(kube, 1000));
    ck_assert_int_ge(moment_mono_ms(), now + 80);
    ck_assert_int_eq(kube_wait(kube, &limit, never, NULL, NULL), SPARKK8S_AGAIN);
    ck_assert_int_eq(rung_count, 2);
    ck_assert_int_eq(rung[0], 1);
    ck_assert_int_eq(rung[1], 2);
    kube_unref(kube);
}
END_TEST

START_TEST(limits)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct { sparkk8s_call call; int64_t more; } longer = { .call = { .size = sizeof longer } };
    sparkk8s_call call = { .size = sizeof call, .timeout_ms = -1 };
    struct kube_limit limit;

    ck_assert_int_eq(kube_limit_init(kube, NULL, 0, &limit, NULL), 0);
    ck_assert_int_le(limit.deadline_ms, moment_mono_ms());
    ck_assert_int_eq(kube_limit_init(kube, NULL, KUBE_OWN_TIMEOUT, &limit, NULL), 0);
    ck_assert_int_gt(limit.deadline_ms, moment_mono_ms() + 50000);
    ck_assert_int_eq(kube_limit_init(kube, &call, 0, &limit, NULL), 0);
    ck_assert(limit.deadline_ms == INT64_MAX);
    ck_assert_int_eq(kube_limit_init(kube, &longer.call, 0, &limit, NULL), 0);
    longer.more = 1;
    ck_assert_int_eq(kube_limit_init(kube, &longer.call, 0, &limit, NULL), SPARKK8S_EINVAL);
    call.timeout_ms = -2;
    ck_assert_int_eq(kube_limit_init(kube, &call, 0, &limit, NULL), SPARKK8S_EINVAL);
    call = (sparkk8s_call){ .size = sizeof call, .reserved = 1 };
    ck_assert_int_eq(kube_limit_init(kube, &call, 0, &limit, NULL), SPARKK8S_EINVAL);
    call = (sparkk8s_call){ 0 };
    ck_assert_int_eq(kube_limit_init(kube, &call, 0, &limit, NULL), SPARKK8S_EINVAL);
    kube_unref(kube);
}
END_TEST

START_TEST(time_out)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 200 };
    struct kube_call *call = begin(kube, "/stall", NULL, NULL);
    sparkk8s_error *err = NULL;

    ck_assert_int_eq(kube_finish(kube, call, &limit, &err), SPARKK8S_ETIMEDOUT);
    ck_assert_int_lt(moment_mono_ms(), limit.deadline_ms + 5000);
    ck_assert(!kube_call_is_done(call));
    sparkk8s_error_free(err);
    kube_call_free(call);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    kube_unref(kube);
}
END_TEST

static void *trigger_later(void *userdata UNUSED)
{
    usleep(100000);
    sparkk8s_cancel_trigger(the_cancel);
    return NULL;
}

static void on_alarm(int number UNUSED)
{
    sparkk8s_cancel_trigger(the_cancel);
}

static void check_canceled(struct kube *kube)
{
    struct kube_limit limit = { .deadline_ms = INT64_MAX, .cancel = the_cancel };
    AUTO(kube_call) call = begin(kube, "/stall", NULL, NULL);
    int64_t before = moment_mono_ms();

    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), SPARKK8S_ECANCELED);
    ck_assert_int_lt(moment_mono_ms() - before, 10000);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), SPARKK8S_ECANCELED);
    sparkk8s_cancel_reset(the_cancel);
    ck_assert(!cancel_is_triggered(the_cancel));
}

START_TEST(cancel)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct sigaction action = { .sa_handler = on_alarm };
    struct itimerval soon = { .it_value.tv_usec = 100000 };
    pthread_t thread;

    the_cancel = sparkk8s_cancel_new();
    ck_assert_int_eq(pthread_create(&thread, NULL, trigger_later, NULL), 0);
    check_canceled(kube);
    pthread_join(thread, NULL);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    check_canceled(kube);
    sparkk8s_cancel_free(the_cancel);
    sparkk8s_cancel_free(NULL);
    sparkk8s_cancel_trigger(NULL);
    kube_unref(kube);
}
END_TEST

static void use_in_child(struct kube *kube, struct kube_call *call, struct kube_stream *stream)
{
    struct kube_request request = { .method = "GET", .target = "/echo" };
    struct kube_call *other = NULL;
    const char *line;
    size_t len;
    bool whole;

    if (kube_turn(kube, 0, NULL) != SPARKK8S_EFORK || kube_check(kube, NULL) != SPARKK8S_EFORK ||
        kube_start(kube, &request, NULL, NULL, &other, NULL) != SPARKK8S_EFORK || other ||
        kube_stream_next(stream, &line, &len, &whole, NULL) != SPARKK8S_EFORK)
        _exit(1);
    kube_call_free(call);
    kube_stream_free(stream);
    kube_unref(kube);
    _exit(0);
}

/* The child may free everything, and the parent's connections live on. */
START_TEST(forked)
{
    struct kube *kube = client_of(&tls, TLS);
    int64_t connection = ask_number(kube, "/echo", "connection");
    struct kube_call *call = begin(kube, "/slow/300", NULL, NULL);
    struct kube_stream *stream = follow(kube, "/hold", 100, false);
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    const char *line;
    size_t len;
    bool whole;
    int status;
    pid_t pid;

    ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), SPARKK8S_OK);
    pid = fork();
    if (pid == 0)
        use_in_child(kube, call, stream);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), 0);
    ck_assert_int_eq(ask_number(kube, "/echo", "connection"), connection);
    ck_assert_int_eq(kube_stream_next(stream, &line, &len, &whole, NULL), SPARKK8S_AGAIN);
    kube_call_free(call);
    kube_stream_free(stream);
    kube_unref(kube);
}
END_TEST

struct chain {
    struct kube *kube;
    int left, running, most;
};

/* Frees the call that ended, and starts the next from inside. */
static void chain_done(struct kube_call *call, void *owner)
{
    struct chain *chain = owner;

    ck_assert_int_eq(kube_call_result(call, NULL), 0);
    kube_call_free(call);
    chain->running--;
    if (chain->left-- > 0) {
        begin(chain->kube, "/echo", chain_done, chain);
        chain->running++;
    }
}

static bool chain_is_over(void *owner)
{
    return ((struct chain *)owner)->running == 0;
}

START_TEST(many_at_once)
{
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 60000 };
    struct chain chain = { .left = 200 };
    int64_t before;
    int i;

    client_opts.max_in_flight = 8;
    chain.kube = client_of(&plain, PLAIN);
    before = ask_number(chain.kube, "/stats", "connections");
    for (i = 0; i < 100; i++, chain.running++)
        begin(chain.kube, "/echo", chain_done, &chain);
    ck_assert_int_eq(kube_wait(chain.kube, &limit, chain_is_over, &chain, NULL), 0);
    ck_assert_int_lt(chain.left, 0);
    ck_assert_int_le(ask_number(chain.kube, "/stats", "connections") - before, 9);
    kube_unref(chain.kube);
}
END_TEST

START_TEST(queued_and_dropped)
{
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    struct kube_call *first, *second, *third;
    struct kube *kube;

    client_opts.max_in_flight = 1;
    kube = client_of(&plain, PLAIN);
    first = begin(kube, "/stall", NULL, NULL);
    second = begin(kube, "/stall", NULL, NULL);
    third = begin(kube, "/echo", NULL, NULL);
    kube_call_free(second);
    kube_call_free(first);
    ck_assert_int_eq(kube_finish(kube, third, &limit, NULL), 0);
    kube_unref(kube);
    kube_call_free(third);          /* keeps what it needs alive */
}
END_TEST

static void turn_inside(struct kube_call *call UNUSED, void *owner)
{
    ck_assert_int_eq(kube_turn(owner, 0, NULL), SPARKK8S_EINVAL);
}

START_TEST(no_turn_inside_a_turn)
{
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_call *call = begin(kube, "/echo", turn_inside, kube);

    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), 0);
    kube_call_free(call);
    kube_unref(kube);
}
END_TEST

/* ---- streams ---- */

static void check_lines(struct kube *kube, const char *target, int count, const char *rest, int end)
{
    struct kube_stream *stream = follow(kube, target, 1000, false);
    const char *line;
    char expected[32];
    bool whole;
    size_t len;
    int i;

    for (i = 0; i < count; i++) {
        ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), SPARKK8S_OK);
        snprintf(expected, sizeof expected, "line %d", i);
        ck_assert(whole && len == strlen(expected) && memcmp(line, expected, len) == 0);
    }
    if (rest) {
        ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), SPARKK8S_OK);
        ck_assert(!whole && len == strlen(rest) && memcmp(line, rest, len) == 0);
    }
    ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), end);
    ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), end);
    kube_stream_free(stream);
}

START_TEST(stream_lines)
{
    struct kube *kube = client_of(&tls, TLS);

    check_lines(kube, "/lines/0", 0, NULL, SPARKK8S_END);
    check_lines(kube, "/lines/3?cut=1", 3, NULL, SPARKK8S_END);
    check_lines(kube, "/lines/5000", 5000, NULL, SPARKK8S_END);
    check_lines(kube, "/lines/2?cut=5&rest=abc", 2, "abc", SPARKK8S_END);
    check_lines(kube, "/lines/2?cut=7&rest=abc&end=cut", 2, "abc", SPARKK8S_ECONNECT);
    kube_unref(kube);
}
END_TEST

START_TEST(stream_refused)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_stream *stream = follow(kube, "/status/410?body=gone", 1000, false);
    sparkk8s_error *err = NULL;
    const char *line;
    bool whole;
    size_t len;

    ck_assert_int_eq(next(kube, stream, &line, &len, &whole, &err), SPARKK8S_ESERVER);
    ck_assert_int_eq(sparkk8s_error_http_status(err), 410);
    ck_assert_str_eq(sparkk8s_error_message(err), "the server answered 410 Gone: gone");
    sparkk8s_error_free(err);
    kube_stream_free(stream);
    kube_unref(kube);
}
END_TEST

START_TEST(stream_line_too_long)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_stream *stream = follow(kube, "/flood/1", 1000, false), *pieces = follow(kube, "/flood/1", 1000, true);
    const char *line;
    bool whole;
    size_t len;

    ck_assert_int_eq(next(kube, stream, &line, &len, &whole, NULL), SPARKK8S_ESERVER);
    ck_assert_int_eq(next(kube, pieces, &line, &len, &whole, NULL), SPARKK8S_OK);
    ck_assert(!whole && len == 1000);
    ck_assert_int_eq(next(kube, pieces, &line, &len, &whole, NULL), SPARKK8S_OK);
    ck_assert(whole && len == 23);
    kube_stream_free(stream);
    kube_stream_free(pieces);
    kube_unref(kube);
}
END_TEST

static bool is_full(void *owner)
{
    return kube_stream_idle_ms(owner) == 0;
}

/* A reader that does not read holds back its server, and nobody else; then it gets everything. */
static void check_back_pressure(const struct server *server, enum scheme scheme)
{
    struct kube *kube = client_of(server, scheme);
    int64_t sent = ask_number(kube, "/stats", "sent"), i;
    struct kube_stream *stream = follow(kube, "/flood/64", 10000, false);
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 2000 };
    const char *line;
    bool whole;
    size_t len;

    kube_wait(kube, &limit, never, NULL, NULL);
    ck_assert(is_full(stream));
    ck_assert_int_lt(ask_number(kube, "/stats", "sent") - sent, 16 << 20);
    for (i = 0; next(kube, stream, &line, &len, &whole, NULL) == SPARKK8S_OK; i++)
        if (!whole || len != 1023)              /* Check notes each assertion, which takes time */
            ck_abort_msg("line %d has %zu bytes", (int)i, len);
    ck_assert_int_eq(i, 64 << 10);
    kube_stream_free(stream);
    kube_unref(kube);
}

START_TEST(back_pressure)
{
    check_back_pressure(&plain, PLAIN);
    check_back_pressure(&tls, TLS);
}
END_TEST

static int told;

static void tell(struct kube_stream *stream UNUSED, void *owner UNUSED)
{
    told++;
}

static bool was_told(void *owner UNUSED)
{
    return told > 0;
}

/* `ready` tells of each thing once: the first line, and then the end. */
START_TEST(stream_ready)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "GET", .target = "/hold" };
    struct kube_stream_opts opts = { .max_line = 100, .ready = tell };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    struct kube_stream *stream;
    const char *line;
    bool whole;
    size_t len;

    ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &stream, NULL), 0);
    ck_assert_int_eq(kube_wait(kube, &limit, was_told, NULL, NULL), 0);
    limit.deadline_ms = moment_mono_ms() + 300;
    ck_assert_int_eq(kube_wait(kube, &limit, never, NULL, NULL), SPARKK8S_AGAIN);
    ck_assert_int_eq(told, 1);
    ck_assert_int_gt(kube_stream_idle_ms(stream), 100);
    ck_assert_int_eq(kube_stream_next(stream, &line, &len, &whole, NULL), SPARKK8S_OK);
    ck_assert_int_eq(kube_stream_next(stream, &line, &len, &whole, NULL), SPARKK8S_AGAIN);
    kube_unref(kube);
    kube_stream_free(stream);
}
END_TEST

static const TTest *const *const tests[] = {
    &descriptor_alone, &flag, &alarms, &limits, &time_out, &cancel, &forked, &many_at_once, &queued_and_dropped,
    &no_turn_inside_a_turn, &stream_lines, &stream_refused, &stream_line_too_long, &back_pressure, &stream_ready
};

int main(void)
{
    return run_tests("loop", tests, COUNT(tests), start_servers, stop_servers);
}
