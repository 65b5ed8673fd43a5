/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network that loses everything from one moment on, as a load balancer that has forgotten a connection does: no reset, no
 * answer. Every kind of connection is to be given up in under a minute (Linux itself takes a quarter of an hour): an idle
 * stream and a silent request by TCP's keep-alive, data that is not acknowledged by TCP_USER_TIMEOUT, on HTTP/1.1 and
 * HTTP/2. As client-go's TestReconnectBrokenTCP.
 *
 * In a network of its own, with a rule that drops all packets; both are gone when the program ends. About fifty seconds.
 */
#include "fixture.h"

#include <sched.h>
#include <unistd.h>

#include "moment.h"

enum { SKIPPED = 77, NOTICED_MS = 60000, SLOW_MACHINE_MS = 10000 };

static bool own_network(void)
{
    return unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
           system("ip link set lo up && iptables -A OUTPUT -j ACCEPT") == 0;
}

static void lose_everything(bool lose)
{
    ck_assert_int_eq(system(lose ? "iptables -I INPUT -j DROP" : "iptables -D INPUT -j DROP"), 0);
}

enum { IDLE_STREAM, SILENT, SILENT_H2, UNACKNOWLEDGED, UNACKNOWLEDGED_H2, COUNT_OF };

static const char *const names[COUNT_OF] = {
    "an idle stream", "a request that waits", "one on HTTP/2", "a request on a connection that is dead", "one on HTTP/2"
};

struct stage {
    struct server http, h2;
    struct kube *kube[COUNT_OF];
    struct kube_call *calls[COUNT_OF];
    struct kube_stream *stream;
    int64_t ended_ms[COUNT_OF];
};

static struct kube_call *send(struct kube *kube, const char *target)
{
    struct kube_request request = { .method = "POST", .target = target, .body = "{}", .body_len = 2, .timeout_ms = -1 };
    struct kube_call *call = NULL;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    return call;
}

static void turn_for(struct stage *stage, int64_t ms)
{
    int64_t until = moment_mono_ms() + ms;
    int i;

    while (moment_mono_ms() < until)
        for (i = 0; i < COUNT_OF; i++)
            ck_assert_int_eq(kube_turn(stage->kube[i], 20, NULL), 0);
}

/* Each has a client of its own, with a connection that was in use. */
static void begin(struct stage *stage)
{
    struct kube_request request = { .method = "GET", .target = "/hold" };
    struct kube_stream_opts opts = { .max_line = 100 };
    int i;

    *stage = (struct stage){ .stream = NULL };
    client_opts.connect_timeout_ms = 10000;     /* the default: libcurl tries another connection, in vain here */
    server_start(&stage->http, PLAIN);
    h2raw_start(&stage->h2, "mute");
    for (i = 0; i < COUNT_OF; i++) {
        bool h2 = i == SILENT_H2 || i == UNACKNOWLEDGED_H2;

        stage->kube[i] = client_of(h2 ? &stage->h2 : &stage->http, h2 ? TLS : PLAIN);
        ck_assert_int_eq(ask(stage->kube[i], "GET", "/echo", NULL, NULL), 0);
    }
    ck_assert_int_eq(kube_stream_open(stage->kube[IDLE_STREAM], &request, &opts, &stage->stream, NULL), 0);
    stage->calls[SILENT] = send(stage->kube[SILENT], "/stall");
    stage->calls[SILENT_H2] = send(stage->kube[SILENT_H2], "/2");
    turn_for(stage, 1000);
}

static bool stream_has_ended(struct stage *stage)
{
    const char *line;
    size_t len;
    bool whole;
    int rc = kube_stream_next(stage->stream, &line, &len, &whole, NULL);

    ck_assert(rc == SPARKK8S_OK || rc == SPARKK8S_AGAIN || rc == SPARKK8S_ECONNECT);
    return rc == SPARKK8S_ECONNECT;
}

static int note_ended(struct stage *stage, int64_t began_ms)
{
    int count = 0, i;

    for (i = 0; i < COUNT_OF; i++) {
        if (!stage->ended_ms[i] && (i == IDLE_STREAM ? stream_has_ended(stage) : kube_call_is_done(stage->calls[i]))) {
            stage->ended_ms[i] = moment_mono_ms() - began_ms;
            printf("%s: noticed after %d s\n", names[i], (int)(stage->ended_ms[i] / 1000));
        }
        count += stage->ended_ms[i] != 0;
    }
    return count;
}

START_TEST(noticed_within_a_minute)
{
    struct stage stage;
    int64_t began_ms;
    int i;

    begin(&stage);
    lose_everything(true);
    began_ms = moment_mono_ms();
    stage.calls[UNACKNOWLEDGED] = send(stage.kube[UNACKNOWLEDGED], "/echo");
    stage.calls[UNACKNOWLEDGED_H2] = send(stage.kube[UNACKNOWLEDGED_H2], "/3");
    while (note_ended(&stage, began_ms) < COUNT_OF && moment_mono_ms() - began_ms < NOTICED_MS + SLOW_MACHINE_MS)
        turn_for(&stage, 200);
    lose_everything(false);
    for (i = 0; i < COUNT_OF; i++) {
        ck_assert_msg(stage.ended_ms[i] != 0, "%s: not noticed", names[i]);
        ck_assert(!stage.calls[i] || kube_call_is_ambiguous(stage.calls[i]));
        ck_assert_int_eq(ask(stage.kube[i], "GET", "/after", NULL, NULL) == SPARKK8S_ECONNECT, 0);
        kube_call_free(stage.calls[i]);
    }
    kube_stream_free(stage.stream);
    for (i = 0; i < COUNT_OF; i++)
        kube_unref(stage.kube[i]);
    server_stop(&stage.http);
    server_stop(&stage.h2);
}
END_TEST

static const TTest *const *const tests[] = { &noticed_within_a_minute };

int main(void)
{
    if (own_network())
        return run_tests("dead_peer", tests, COUNT(tests), NULL, NULL);
    printf("skipped: a network of its own, in which packets can be dropped, takes more rights than there are here\n");
    return SKIPPED;
}
