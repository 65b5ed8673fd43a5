/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2: parallel requests share one connection, streams do not. */
#include "fixture.h"

#include "moment.h"

static struct server server;

static void start(void)
{
    char cert[512], key[512], program[] = H2SERVER;
    char *argv[] = { program, cert, key, NULL };

    snprintf(cert, sizeof cert, "%s/pki/server.crt", TEST_KUBE);
    snprintf(key, sizeof key, "%s/pki/server.key", TEST_KUBE);
    ck_assert_msg(server_run(&server, argv), "the HTTP/2 server does not start");
}

static void stop(void)
{
    server_stop(&server);
}

START_TEST(one_connection_for_all)
{
    struct kube *kube = client_of(&server, TLS);
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 20000 };
    struct kube_request request = { .method = "POST", .target = "/x", .body = "{}", .body_len = 2 };
    struct kube_call *calls[60];
    size_t i;

    for (i = 0; i < COUNT(calls); i++)
        ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &calls[i], NULL), 0);
    for (i = 0; i < COUNT(calls); i++) {
        ck_assert_int_eq(kube_finish(kube, calls[i], &limit, NULL), 0);
        ck_assert_str_eq(kube_call_body(calls[i], NULL), "{\"proto\": \"HTTP/2.0\"}");
        kube_call_free(calls[i]);
    }
    ck_assert_int_eq(ask_number(kube, "/count", "connections"), 1);
    ck_assert_int_ge(ask_number(kube, "/count", "most"), 10);
    kube_unref(kube);
}
END_TEST

START_TEST(stream_has_its_own)
{
    struct kube *kube = client_of(&server, TLS);
    struct kube_request request = { .method = "GET", .target = "/x" };
    struct kube_stream_opts opts = { .max_line = 100 };
    int64_t before = ask_number(kube, "/count", "connections");
    struct kube_stream *stream;
    const char *line;
    size_t len;
    bool whole;
    int rc;

    ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &stream, NULL), 0);
    while ((rc = kube_stream_next(stream, &line, &len, &whole, NULL)) == SPARKK8S_AGAIN)
        ck_assert_int_eq(kube_turn(kube, 5000, NULL), 0);
    ck_assert_int_eq(rc, SPARKK8S_OK);
    ck_assert(strncmp(line, "{\"proto\": \"HTTP/1.1\"}", len) == 0);
    ck_assert_int_eq(ask_number(kube, "/count", "connections"), before + 1);
    kube_stream_free(stream);
    kube_unref(kube);
}
END_TEST

static const TTest *const *const tests[] = { &one_connection_for_all, &stream_has_its_own };

int main(void)
{
    return run_tests("h2", tests, COUNT(tests), start, stop);
}
