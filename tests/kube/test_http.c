/* SPDX-License-Identifier: Apache-2.0 */
/* Requests against a real server: answers, repetitions, errors, TLS, and what is sent. */
#include "fixture.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"
#include "moment.h"
#include "text.h"
#include "verbs.h"

static struct server plain, tls, named, client_cert;

static void start_servers(void)
{
    server_start(&plain, PLAIN);
    server_start(&tls, TLS);
    server_start(&named, TLS_NAMED);
    server_start(&client_cert, TLS_CLIENT_CERT);
}

static void stop_servers(void)
{
    server_stop(&plain);
    server_stop(&tls);
    server_stop(&named);
    server_stop(&client_cert);
}

static const char *header(const json_t *echo, const char *name)
{
    const json_t *pair;
    size_t i;

    json_array_foreach(json_object_get(echo, "headers"), i, pair)
        if (strcmp(json_string_value(json_array_get(pair, 0)), name) == 0)
            return json_string_value(json_array_get(pair, 1));
    return NULL;
}

START_TEST(request_and_answer)
{
    struct kube *kube = client_of(&plain, PLAIN);
    AUTO(json) echo = NULL;

    ck_assert_int_eq(ask(kube, "GET", "/echo/a?b=%20", &echo, NULL), 0);
    ck_assert_str_eq(json_text_at(echo, "target", NULL), "/echo/a?b=%20");
    ck_assert_str_eq(header(echo, "user-agent"), "test/1 libsparkk8s/0");
    ck_assert_str_eq(header(echo, "accept"), "application/json");
    ck_assert_str_eq(header(echo, "accept-encoding"), "gzip");
    ck_assert_ptr_null(header(echo, "authorization"));
    kube_unref(kube);
}
END_TEST

START_TEST(connection_is_kept)
{
    struct kube *kube = client_of(&tls, TLS);
    int64_t first = ask_number(kube, "/echo", "connection");
    int i;

    for (i = 0; i < 5; i++)
        ck_assert_int_eq(ask_number(kube, "/echo", "connection"), first);
    kube_unref(kube);
}
END_TEST

START_TEST(credentials_only_over_tls)
{
    struct kube_config secure = client_config(&tls, TLS), open = client_config(&plain, PLAIN);
    AUTO(json) kept = NULL;
    AUTO(json) sent = NULL;
    struct kube *kube;

    secure.token = text_dup("CANARY");
    secure.impersonate_user = text_dup("jane");
    strv_add(&secure.impersonate_headers, "Impersonate-Group: dev");
    strv_add(&secure.impersonate_headers, "Impersonate-Extra-a%2Fb: ");
    open.token = text_dup("CANARY");
    open.impersonate_user = text_dup("jane");
    kube = client_new(&secure);
    ck_assert_int_eq(ask(kube, "GET", "/echo", &sent, NULL), 0);
    kube_unref(kube);
    ck_assert_str_eq(header(sent, "authorization"), "Bearer CANARY");
    ck_assert_str_eq(header(sent, "impersonate-user"), "jane");
    ck_assert_str_eq(header(sent, "impersonate-group"), "dev");
    ck_assert_str_eq(header(sent, "impersonate-extra-a%2fb"), "");
    kube = client_new(&open);
    ck_assert_int_eq(ask(kube, "GET", "/echo", &kept, NULL), 0);
    kube_unref(kube);
    ck_assert_ptr_null(header(kept, "authorization"));
    ck_assert_str_eq(header(kept, "impersonate-user"), "jane");     /* no secret */
}
END_TEST

START_TEST(basic)
{
    struct kube_config config = client_config(&tls, TLS);
    AUTO(json) sent = NULL;
    struct kube *kube;

    config.username = text_dup("a");
    config.password = text_dup("b:c");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", &sent, NULL), 0);
    kube_unref(kube);
    ck_assert_str_eq(header(sent, "authorization"), "Basic YTpiOmM=");
}
END_TEST

START_TEST(header_injection)
{
    struct kube_config config = client_config(&tls, TLS);
    sparkk8s_error *err = NULL;
    struct kube *kube;

    config.token = text_dup("CANARY\r\nX-Evil: 1");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "CANARY"));
    sparkk8s_error_free(err);
    kube_unref(kube);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* A 401 makes the file be read again, once; the new token then stays. */
START_TEST(token_file_is_read_again)
{
    char path[] = "/tmp/sparkk8s-test-XXXXXX";
    struct kube_config config = client_config(&tls, TLS);
    sparkk8s_error *err = NULL;
    struct kube *kube;

    close(mkstemp(path));
    write_file(path, "one\n");
    config.token_file = text_dup(path);
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one", NULL, NULL), 0);
    write_file(path, "two\n");
    ck_assert_int_eq(ask(kube, "POST", "/token?is=two", NULL, NULL), 0);
    ck_assert_int_eq(ask_number(kube, "/token?is=two&again=1", "times"), 1);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=three", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_int_eq(sparkk8s_error_http_status(err), 401);
    ck_assert_str_ne(sparkk8s_error_hint(err), "");
    sparkk8s_error_free(err);
    unlink(path);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=two&again=2", NULL, NULL), 0);
    kube_unref(kube);
}
END_TEST

START_TEST(server_asks_to_repeat)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "POST", .target = "/busy/429/2?after=0", .body = "xyz", .body_len = 3,
                                    .content_type = "text/plain" };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    int64_t before = moment_mono_ms();
    struct kube_call *call;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), 0);
    ck_assert_str_eq(kube_call_body(call, NULL), "{\"times\": 3, \"body\": \"xyz\"}");
    kube_call_free(call);
    ck_assert_int_eq(ask_number(kube, "/busy/503/1?after=1", "times"), 2);
    ck_assert_int_ge(moment_mono_ms() - before, 1000);
    kube_unref(kube);
}
END_TEST

START_TEST(repeating_ends)
{
    struct kube *kube = client_of(&plain, PLAIN);
    sparkk8s_error *err = NULL;

    ck_assert_int_eq(ask(kube, "GET", "/busy/429/99?after=0", NULL, &err), SPARKK8S_ESERVER);
    ck_assert_str_eq(sparkk8s_error_reason(err), "TooManyRequests");
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 1);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "Too many requests"));
    sparkk8s_error_free(err);
    err = NULL;
    ck_assert_int_eq(ask_number(kube, "/busy/429/10?after=0", "times"), 11);
    kube_unref(kube);
}
END_TEST

START_TEST(time_is_up_before_repeating)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "GET", .target = "/busy/429/1?after=20", .timeout_ms = 15000 };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    int64_t before = moment_mono_ms();
    AUTO(kube_call) call = NULL;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), SPARKK8S_ESERVER);
    ck_assert_int_lt(moment_mono_ms() - before, 12000);
    kube_unref(kube);
}
END_TEST

static struct { const char *target; int code; const char *reason, *message; bool retriable; } answers[] = {
    { "/status/500?body=boom", SPARKK8S_ESERVER, "InternalError", "the server answered 500 InternalError: boom", true },
    { "/status/429", SPARKK8S_ESERVER, "TooManyRequests", "the server answered 429 TooManyRequests", true },
    { "/status/502?body=%3Chtml%3E", SPARKK8S_ESERVER, "BadGateway",
      "the server answered 502 BadGateway, with a web page in place of a Kubernetes answer", true },
    { "/nothing", SPARKK8S_ENOTFOUND, "NotFound", "the server answered 404 NotFound: 404 page not found", false },
    { "/redirect", SPARKK8S_ESERVER, "", "the server answered 302", false },
};

START_TEST(refusals)
{
    struct kube *kube = client_of(&plain, PLAIN);
    sparkk8s_error *err;
    size_t i;

    for (i = 0; i < COUNT(answers); i++) {
        err = NULL;
        ck_assert_int_eq(ask(kube, "GET", answers[i].target, NULL, &err), answers[i].code);
        ck_assert_str_eq(sparkk8s_error_reason(err), answers[i].reason);
        ck_assert_str_eq(sparkk8s_error_message(err), answers[i].message);
        ck_assert_int_eq(sparkk8s_error_is_retriable(err), answers[i].retriable);
        ck_assert_ptr_nonnull(strstr(sparkk8s_error_where(err), answers[i].target));
        sparkk8s_error_free(err);
    }
    kube_unref(kube);
}
END_TEST

START_TEST(closed_port)
{
    struct server nobody = { .port = 1 };
    struct kube *kube = client_of(&nobody, TLS);
    struct kube_request request = { .method = "POST", .target = "/x", .body = "1", .body_len = 1 };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    sparkk8s_error *err = NULL;
    struct kube_call *call;

    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, &err), SPARKK8S_ECONNECT);
    ck_assert(!kube_call_is_ambiguous(call));
    ck_assert_int_eq(kube_call_http_status(call), 0);
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 1);
    ck_assert_str_eq(sparkk8s_error_where(err), "https://127.0.0.1:1/x");
    sparkk8s_error_free(err);
    kube_call_free(call);
    kube_unref(kube);
}
END_TEST

/* A lost answer: the write may have happened, and is not repeated. */
static void check_lost(const char *target, int code)
{
    struct kube *kube = client_of(&plain, PLAIN);
    struct kube_request request = { .method = "POST", .target = target, .body = "1", .body_len = 1, .timeout_ms = 2000 };
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    sparkk8s_error *err = NULL;
    struct kube_call *call;
    int64_t asked;

    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    asked = ask_number(kube, "/stats", "requests");
    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, &err), code);
    ck_assert(kube_call_is_ambiguous(call));
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 1);
    ck_assert_int_eq(ask_number(kube, "/stats", "requests"), asked + 1);
    sparkk8s_error_free(err);
    kube_call_free(call);
    kube_unref(kube);
}

START_TEST(lost_answers)
{
    check_lost("/drop/9", SPARKK8S_ECONNECT);
    check_lost("/cut", SPARKK8S_ECONNECT);
    check_lost("/stall", SPARKK8S_ETIMEDOUT);
}
END_TEST

/* Which libcurl takes for a whole answer without a body. */
START_TEST(lost_in_the_head)
{
    check_lost("/head/16", SPARKK8S_ECONNECT);
    check_lost("/head/30", SPARKK8S_ECONNECT);
    check_lost("/head/49", SPARKK8S_ECONNECT);
    check_lost("/head/69", SPARKK8S_ECONNECT);
}
END_TEST

/* The server closed the idle connection just when it is used again. */
START_TEST(stale_connection)
{
    struct kube *kube = client_of(&plain, PLAIN);

    ck_assert_int_eq(ask(kube, "GET", "/doom", NULL, NULL), 0);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    ck_assert_int_eq(ask(kube, "GET", "/drop/1?fresh", NULL, NULL), 0);
    kube_unref(kube);
}
END_TEST

START_TEST(too_large)
{
    struct kube *kube = client_of(&plain, PLAIN);
    sparkk8s_error *err = NULL;

    ck_assert_int_eq(ask(kube, "GET", "/big/65", NULL, &err), SPARKK8S_ESERVER);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "larger than 64 MiB"));
    sparkk8s_error_free(err);
    kube_unref(kube);
}
END_TEST

/* ---- TLS ---- */

static int ask_with(struct kube_config *config, sparkk8s_error **err)
{
    struct kube *kube = client_new(config);
    int rc = ask(kube, "GET", "/echo", NULL, err);

    kube_unref(kube);
    return rc;
}

static void replace(char **field, char *value)
{
    free(*field);
    *field = value;
}

START_TEST(tls_refusals)
{
    struct kube_config other = client_config(&tls, TLS), wrong_name = client_config(&named, TLS);
    struct kube_config system = client_config(&tls, TLS), uncertified = client_config(&client_cert, TLS);
    struct kube_config cleartext = client_config(&plain, TLS);
    struct { struct kube_config *config; const char *message; } cases[] = {
        { &other, "certificate" }, { &wrong_name, "127.0.0.1" }, { &system, "certificate" },
        { &uncertified, "certificate required" }, { &cleartext, "wrong version" }
    };
    sparkk8s_error *err;
    size_t i;

    replace(&other.ca, pki_text("other.crt"));
    replace(&system.ca, NULL);
    for (i = 0; i < COUNT(cases); i++) {
        err = NULL;
        ck_assert_int_eq(ask_with(cases[i].config, &err), SPARKK8S_ECONNECT);
        ck_assert_msg(strstr(sparkk8s_error_message(err), cases[i].message) != NULL, "%zu: %s", i,
                      sparkk8s_error_message(err));
        ck_assert_int_eq(sparkk8s_error_is_retriable(err), 0);
        sparkk8s_error_free(err);
    }
}
END_TEST

START_TEST(tls_insecure)
{
    struct kube_config config = client_config(&named, TLS);

    replace(&config.ca, NULL);
    config.insecure = true;
    ck_assert_int_eq(ask_with(&config, NULL), 0);
}
END_TEST

START_TEST(tls_server_name)
{
    struct kube_config config = client_config(&named, TLS);
    char host[40];
    struct kube *kube;
    AUTO(json) echo = NULL;

    config.tls_server_name = text_dup("named.example.test");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo?x", &echo, NULL), 0);
    snprintf(host, sizeof host, "127.0.0.1:%d", named.port);
    ck_assert_str_eq(header(echo, "host"), host);
    ck_assert_str_eq(json_text_at(echo, "target", NULL), "/echo?x");
    kube_unref(kube);
}
END_TEST

START_TEST(tls_client_certificate)
{
    struct kube_config config = client_config(&client_cert, TLS);
    AUTO(json) echo = NULL;
    struct kube *kube;

    config.cert = pki_text("client.crt");
    config.key = pki_text("client.key");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", &echo, NULL), 0);
    ck_assert_str_eq(json_text_at(echo, "client", NULL), "client");
    kube_unref(kube);
}
END_TEST

START_TEST(tls_wrong_key)
{
    struct kube_config config = client_config(&client_cert, TLS);

    config.cert = pki_text("client.crt");
    config.key = pki_text("server.key");
    ck_assert_int_eq(ask_with(&config, NULL), SPARKK8S_ECONNECT);
}
END_TEST

/* ---- secrets ---- */

/* A server that is too busy for TLS: it takes connections, as far as one can see, and says nothing. */
static int busy_listen(struct server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1000) == 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    return fd;
}

static int accept_all(int listening, int *fds, int count)
{
    while ((fds[count] = accept(listening, NULL, NULL)) >= 0)
        count++;
    return count;
}

/* So many streams at once are not so many handshakes at once: the next begin when others have ended, well or not. */
START_TEST(streams_connect_a_few_at_a_time)
{
    enum { STREAMS = 100, AT_ONCE = 32, TURNS = 20 };
    struct kube_request request = { .method = "GET", .target = "/hold" };
    struct kube_stream_opts opts = { .max_line = 100 };
    struct kube_stream *streams[STREAMS];
    int listening, fds[STREAMS + 1], count = 0, closed = 0, i;
    struct server busy = { 0 };
    struct kube *kube;

    listening = busy_listen(&busy);
    kube = client_of(&busy, TLS);
    for (i = 0; i < STREAMS; i++)
        ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &streams[i], NULL), 0);
    while (count < STREAMS) {
        ck_assert_int_eq(kube_turn(kube, 100, NULL), 0);
        count = accept_all(listening, fds, count);
        ck_assert_int_le(count - closed, AT_ONCE);
        if (count - closed == AT_ONCE) {
            for (i = 0; i < TURNS; i++)
                ck_assert_int_eq(kube_turn(kube, 1, NULL), 0);
            ck_assert_int_eq(accept_all(listening, fds, count), count);
            while (closed < count)
                close(fds[closed++]);
        }
    }
    while (closed < count)
        close(fds[closed++]);
    for (i = 0; i < STREAMS; i++)
        kube_stream_free(streams[i]);
    kube_unref(kube);
    close(listening);
}
END_TEST

/* Those that have their connection are as many as there are. */
START_TEST(streams_are_not_counted_once_connected)
{
    enum { STREAMS = 100 };
    struct kube_request request = { .method = "GET", .target = "/hold" };
    struct kube_stream_opts opts = { .max_line = 100 };
    struct kube_stream *streams[STREAMS];
    struct kube *kube = client_of(&tls, TLS);
    const char *line;
    bool whole;
    size_t len;
    int i;

    for (i = 0; i < STREAMS; i++)
        ck_assert_int_eq(kube_stream_open(kube, &request, &opts, &streams[i], NULL), 0);
    for (i = 0; i < STREAMS; i++)
        while (kube_stream_next(streams[i], &line, &len, &whole, NULL) == SPARKK8S_AGAIN)
            ck_assert_int_eq(kube_turn(kube, 1000, NULL), 0);
    for (i = 0; i < STREAMS; i++)
        kube_stream_free(streams[i]);
    kube_unref(kube);
}
END_TEST

START_TEST(log_has_no_secret)
{
    static struct log log;
    struct kube_config config = client_config(&tls, TLS);
    struct kube *kube;
    sparkk8s_error *err = NULL;

    client_opts.log = log_to;
    client_opts.log_userdata = &log;
    client_opts.log_level = SPARKK8S_LOG_DEBUG;
    config.token = text_dup("CANARY");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=other", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_ptr_nonnull(strstr(log.text, "GET https://"));
    ck_assert_ptr_nonnull(strstr(log.text, " 401 "));
    ck_assert_ptr_null(strstr(log.text, "CANARY"));
    ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "CANARY"));
    ck_assert_ptr_null(strstr(sparkk8s_error_where(err), "CANARY"));
    sparkk8s_error_free(err);
    kube_unref(kube);
}
END_TEST

/* ---- verbs ---- */

static json_t *finish_json(struct kube *kube, int rc, struct kube_call *call)
{
    struct kube_limit limit = { .deadline_ms = INT64_MAX };
    json_t *answer = NULL;
    const char *body;
    size_t len;

    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), 0);
    body = kube_call_body(call, &len);
    ck_assert_int_eq(json_parse(body, len, "answer", &answer, NULL), 0);
    kube_call_free(call);
    return answer;
}

static void check_echo(json_t *echo, const char *method, const char *target, const char *type, const char *body)
{
    ck_assert_str_eq(json_text_at(echo, "method", NULL), method);
    ck_assert_str_eq(json_text_at(echo, "target", NULL), target);
    if (type)
        ck_assert_str_eq(header(echo, "content-type"), type);
    ck_assert_str_eq(json_text_at(echo, "body", NULL), body);
    json_decref(echo);
}

START_TEST(verbs)
{
    struct kube_config config = client_config(&plain, PLAIN);
    struct kube_then nothing = { 0 };
    struct kube_precondition only = { .uid = "u", .version = "7" };
    AUTO(json) object = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata", "name", "c");
    struct kube_call *call = NULL;
    struct kube *kube;
    int rc;

    config.server = strcat(realloc(config.server, 64), "/echo");
    kube = client_new(&config);
    rc = kube_get(kube, &kube_pods, "n", "p", nothing, &call, NULL);
    check_echo(finish_json(kube, rc, call), "GET", "/echo/api/v1/namespaces/n/pods/p", NULL, "");
    rc = kube_list(kube, &kube_pods, NULL, "a=b,c in (d)", nothing, &call, NULL);
    check_echo(finish_json(kube, rc, call), "GET", "/echo/api/v1/pods?labelSelector=a%3Db%2Cc%20in%20%28d%29", NULL, "");
    rc = kube_create(kube, kube_kind_of(object), "n", "{\"a\":1}", KUBE_DRY_RUN, nothing, &call, NULL);
    check_echo(finish_json(kube, rc, call), "POST", "/echo/api/v1/namespaces/n/configmaps?fieldManager=libsparkk8s&dryRun=All",
               "application/json", "{\"a\":1}");
    rc = kube_patch(kube, &kube_pods, "n", "p", object, nothing, &call, NULL);
    check_echo(finish_json(kube, rc, call), "PATCH", "/echo/api/v1/namespaces/n/pods/p?fieldManager=libsparkk8s",
               "application/strategic-merge-patch+json",
               "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}");
    rc = kube_delete(kube, &kube_pods, "n", "p", &only, 0, nothing, &call, NULL);
    check_echo(finish_json(kube, rc, call), "DELETE", "/echo/api/v1/namespaces/n/pods/p", "application/json",
               "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\","
               "\"preconditions\":{\"uid\":\"u\",\"resourceVersion\":\"7\"},\"gracePeriodSeconds\":0}");
    kube_unref(kube);
}
END_TEST

static const TTest *const *const tests[] = {
    &request_and_answer, &connection_is_kept, &credentials_only_over_tls, &basic, &header_injection,
    &token_file_is_read_again, &server_asks_to_repeat, &repeating_ends, &time_is_up_before_repeating, &refusals,
    &closed_port, &lost_answers, &lost_in_the_head, &stale_connection, &too_large, &tls_refusals, &tls_insecure, &tls_server_name,
    &tls_client_certificate, &tls_wrong_key, &streams_connect_a_few_at_a_time,
    &streams_are_not_counted_once_connected, &log_has_no_secret, &verbs
};

int main(void)
{
    return run_tests("http", tests, COUNT(tests), start_servers, stop_servers);
}
