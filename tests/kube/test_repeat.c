/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent again and what is not, and what counts as an answer: client-go's with_retry.go as a table, warnings, pages of
 * proxies, bombs. */
#include "fixture.h"

#include "moment.h"
#include "text.h"

static struct server plain, tls;

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

#define BUSY_STATUS "{\"kind\":\"Status\",\"status\":\"Failure\",\"details\":{\"retryAfterSeconds\":1}}"
#define IDLE_STATUS "{\"kind\":\"Status\",\"status\":\"Failure\",\"details\":{\"retryAfterSeconds\":0}}"

/* Targets differ: the server counts how often it is asked for each. */
static const struct { const char *method, *target; int sent, rc; } table[] = {
    /* with Retry-After: whatever the method */
    { "GET", "/try/429/1?retry=0", 2, 0 },
    { "GET", "/try/500/1?retry=0", 2, 0 },
    { "GET", "/try/502/1?retry=0", 2, 0 },
    { "GET", "/try/503/2?retry=0", 3, 0 },
    { "GET", "/try/504/1?retry=0", 2, 0 },
    { "GET", "/try/507/1?retry=0", 2, 0 },
    { "POST", "/try/429/1?retry=0&a", 2, 0 },
    { "POST", "/try/500/1?retry=0&a", 2, 0 },
    { "POST", "/try/504/1?retry=0&a", 2, 0 },
    { "PATCH", "/try/503/1?retry=0&b", 2, 0 },
    { "DELETE", "/try/503/1?retry=0&c", 2, 0 },
    { "POST", "/try/429/1?a&body=" BUSY_STATUS, 2, 0 },
    { "DELETE", "/try/503/1?a&body=" BUSY_STATUS, 2, 0 },
    { "GET", "/try/500/1?a&retry=%201%20", 2, 0 },
    /* without, or with one that says nothing */
    { "GET", "/try/429/1", 1, SPARKK8S_ESERVER },
    { "GET", "/try/503/1", 1, SPARKK8S_ESERVER },
    { "POST", "/try/500/1", 1, SPARKK8S_ESERVER },
    { "POST", "/try/504/1", 1, SPARKK8S_ETIMEDOUT },
    { "GET", "/try/503/1?body=" IDLE_STATUS, 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=Sat,%2021%20Nov%202026%2009:00:00%20GMT", 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=soon", 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=-1", 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=", 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=31", 1, SPARKK8S_ESERVER },
    { "GET", "/try/429/1?retry=99999999999999999999", 1, SPARKK8S_ESERVER },
    { "GET", "/try/404/1?retry=0", 1, SPARKK8S_ENOTFOUND },
    { "GET", "/try/408/1?retry=0", 1, SPARKK8S_ETIMEDOUT },
    { "GET", "/try/403/1?retry=0", 1, SPARKK8S_EFORBIDDEN },
    { "POST", "/try/409/1?retry=0", 1, SPARKK8S_EEXISTS },
    { "PATCH", "/try/409/1?retry=0&a", 1, SPARKK8S_ESERVER },
    /* a lost connection: what changes nothing */
    { "GET", "/drop/1", 2, 0 },
    { "GET", "/drop/3", 4, 0 },
    { "GET", "/drop/9", 5, SPARKK8S_ECONNECT },     /* libcurl itself asks again on a connection that was stale */
    { "GET", "/cut/1", 2, 0 },
    { "POST", "/drop/1?a", 1, SPARKK8S_ECONNECT },
    { "PATCH", "/drop/1?b", 1, SPARKK8S_ECONNECT },
    { "DELETE", "/drop/1?c", 1, SPARKK8S_ECONNECT },
    { "POST", "/cut/1?a", 1, SPARKK8S_ECONNECT },
};

/* As writes are sent: with a body. */
static int ask_once(struct kube *kube, size_t i, sparkk8s_error **err)
{
    bool reads = strcmp(table[i].method, "GET") == 0;
    struct kube_request request = { .method = table[i].method, .target = table[i].target, .body = reads ? NULL : "{}",
                                    .body_len = reads ? 0 : 2, .content_type = reads ? NULL : "application/json" };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    AUTO(kube_call) call = NULL;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    return kube_finish(kube, call, &limit, err);
}

START_TEST(retry_table)
{
    struct kube *kube = client_of(&plain, PLAIN);
    int64_t before, sent;
    size_t i;
    int rc;

    for (i = 0; i < COUNT(table); i++) {
        AUTO(error) err = NULL;

        before = ask_number(kube, "/stats", "requests");
        rc = ask_once(kube, i, &err);
        sent = ask_number(kube, "/stats", "requests") - before;
        ck_assert_msg(rc == table[i].rc && sent == table[i].sent, "%s %s: %d after %d requests (%s)", table[i].method,
                      table[i].target, rc, (int)sent, sparkk8s_error_message(err));
        ck_assert_int_eq(strstr(sparkk8s_error_message(err), "after 4 attempts") != NULL, rc < 0 && sent == 5);
    }
    kube_unref(kube);
}
END_TEST

/* The limit is for the whole: repetitions and the waits between them are in it. */
START_TEST(deadline_covers_repetitions)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "GET", .target = "/try/503/99?retry=1", .timeout_ms = 3000 };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    int64_t before = moment_mono_ms();
    AUTO(kube_call) call = NULL;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), SPARKK8S_ESERVER);
    ck_assert_int_lt(moment_mono_ms() - before, 9000);      /* ten repetitions would take longer */
    kube_unref(kube);
}
END_TEST

/* ---- what an answer has to be ---- */

static const struct { const char *target; int rc; const char *message; } answers[] = {
    { "/typed?type=application/json&body=%20%7B%7D", 0, NULL },
    { "/typed?type=application/json%3Bcharset=utf-8&body={}", 0, NULL },
    { "/typed?type=text/plain&body={}", 0, NULL },          /* what it is counts */
    { "/typed?type=application/json&body=", 0, NULL },
    { "/typed?type=text/html%3Bcharset=utf-8&body=%3Chtml%3ELog%20in", SPARKK8S_ESERVER,
      "the server answered with a web page in place of JSON" },
    { "/typed?type=Text/HTML&body={}", SPARKK8S_ESERVER, "the server answered with a web page in place of JSON" },
    { "/typed?type=text/plain&body=ok", SPARKK8S_ESERVER, "the server answered with a text in place of JSON" },
    { "/typed?type=application/json&body={\"kind\":\"Status\",\"status\":\"Success\"}", 0, NULL },
    { "/typed?type=application/json&body={\"status\":\"Failure\",\"kind\":\"Status\",\"code\":403,\"message\":\"not%20you\"}",
      SPARKK8S_EFORBIDDEN, "not you" },
    { "/typed?type=application/json&body={\"kind\":\"Status\",\"status\":\"Failure\"}", SPARKK8S_ESERVER,
      "the server answered 500 InternalError" },
    { "/typed?type=application/json&body={\"kind\":\"Pod\",\"status\":\"Failure\"}", 0, NULL },
    { "/redirect/301", SPARKK8S_ESERVER, "the server answered 301" },
    { "/redirect/307", SPARKK8S_ESERVER, "the server answered 307" },
    { "/bomb/200/80", SPARKK8S_ESERVER, "the answer is larger than 64 MiB" },
    { "/bomb/404/80", SPARKK8S_ENOTFOUND, "the server answered 404 NotFound" },
};

START_TEST(what_is_an_answer)
{
    struct kube *kube = client_of(&plain, PLAIN);
    size_t i;

    for (i = 0; i < COUNT(answers); i++) {
        AUTO(error) err = NULL;
        int rc = ask(kube, "GET", answers[i].target, NULL, &err);

        ck_assert_msg(rc == answers[i].rc, "%s: %d %s", answers[i].target, rc, sparkk8s_error_message(err));
        if (rc < 0)
            ck_assert_str_eq(sparkk8s_error_message(err), answers[i].message);
        if (rc < 0 && strstr(answers[i].message, "in place"))
            ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(err), "proxy"));
    }
    kube_unref(kube);
}
END_TEST

/* The credential of one server goes to no other. */
START_TEST(redirects)
{
    struct kube_config config = client_config(&tls, TLS);
    struct kube *other = client_of(&plain, PLAIN), *kube;
    int64_t before = ask_number(other, "/stats", "requests");
    sparkk8s_error *err = NULL;
    char target[64];

    config.token = text_dup("CANARY");
    kube = client_new(&config);
    snprintf(target, sizeof target, "/redirect/308?to=http://127.0.0.1:%d/echo", plain.port);
    ck_assert_int_eq(ask(kube, "GET", target, NULL, &err), SPARKK8S_ESERVER);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(err), "not followed"));
    ck_assert_int_eq(ask_number(other, "/stats", "requests"), before);
    sparkk8s_error_free(err);
    kube_unref(other);
    kube_unref(kube);
}
END_TEST

/* What was answered before does not show in a failure. */
START_TEST(closed_after_a_success)
{
    struct kube_request request = { .method = "GET", .target = "/echo" };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    AUTO(kube_call) call = NULL;
    struct server server;
    struct kube *kube;

    server_start(&server, PLAIN);
    kube = client_of(&server, PLAIN);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    server_stop(&server);
    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), SPARKK8S_ECONNECT);
    ck_assert_int_eq(kube_call_http_status(call), 0);
    ck_assert_str_eq(kube_call_body(call, NULL), "");
    kube_unref(kube);
}
END_TEST

/* A stream that is a page has no lines. */
START_TEST(stream_of_a_page)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "GET", .target = "/typed?type=text/html&body=a%0Ab%0A" };
    struct kube_stream_opts opts = { .max_line = 100 };
    AUTO(kube_stream) stream = NULL;
    AUTO(error) err = NULL;
    const char *line;
    size_t len;
    bool whole;
    int rc;

    ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &stream, NULL), 0);
    while ((rc = kube_stream_next(stream, &line, &len, &whole, &err)) == SPARKK8S_AGAIN)
        ck_assert_int_eq(kube_turn(kube, 5000, NULL), 0);
    ck_assert_int_eq(rc, SPARKK8S_ESERVER);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "web page"));
    ck_assert_str_eq(sparkk8s_error_body(err), "a\nb");
    kube_unref(kube);
}
END_TEST

/* ---- warnings ---- */

/* Those of one answer, several in one header too, are told once each, however often they come. */
START_TEST(warnings)
{
    static struct log log;
    struct kube *kube;
    int i;

    client_opts.log = log_to;
    client_opts.log_userdata = &log;
    client_opts.log_level = SPARKK8S_LOG_WARN;
    kube = client_of(&plain, PLAIN);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(ask(kube, "GET", "/warn?w=299%20-%20%22v1beta1%20is%20%5C%22old%5C%22%22,%20299%20k8s%20%22two%22&"
                                          "w=299%20-%20%22a%1bb%22&w=199%20-%20%22other%22&w=299%20-%20%22%22&w=nothing",
                             NULL, NULL), 0);
    ck_assert_str_eq(log.text, "3 server v1beta1 is \"old\"\n3 server two\n3 server a b\n");
    kube_unref(kube);
}
END_TEST

static const TTest *const *const tests[] = {
    &retry_table, &deadline_covers_repetitions, &what_is_an_answer, &redirects, &closed_after_a_success, &stream_of_a_page,
    &warnings
};

int main(void)
{
    return run_tests("repeat", tests, COUNT(tests), start_servers, stop_servers);
}
