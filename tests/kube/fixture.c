/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <unistd.h>

#include "error.h"
#include "file.h"
#include "moment.h"
#include "text.h"

struct kube_opts client_opts = {
    .user_agent = "test/1 libsparkk8s/0", .timeout_ms = 60000, .connect_timeout_ms = 30000, .max_in_flight = 64, .exec_timeout_ms = 60000
};

static void pki_path(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/pki/%s", TEST_KUBE, name);
}

void h2raw_start(struct server *server, const char *scenario)
{
    char cert[512], key[512], program[512], python[] = "python3";
    char *argv[] = { python, program, cert, key, strdup(scenario), NULL };

    snprintf(program, sizeof program, "%s/h2raw.py", TEST_KUBE);
    snprintf(cert, sizeof cert, "%s/pki/server.crt", TEST_KUBE);
    snprintf(key, sizeof key, "%s/pki/server.key", TEST_KUBE);
    ck_assert_msg(server_run(server, argv), "the HTTP/2 server does not start");
    free(argv[4]);
}

char *pki_text(const char *name)
{
    char path[512], *text = NULL;
    size_t len;

    pki_path(path, sizeof path, name);
    ck_assert_int_eq(file_read(path, 1 << 20, &text, &len, NULL), 0);
    return text;
}

void server_start(struct server *server, enum scheme scheme)
{
    char python[] = "python3", program[512], cert[512], key[512], ca[512];
    char *argv[6] = { python, program, NULL };
    const char *name = scheme == TLS_NAMED ? "named" : "server";

    snprintf(program, sizeof program, "%s/server.py", TEST_KUBE);
    snprintf(cert, sizeof cert, "%s/pki/%s.crt", TEST_KUBE, name);
    snprintf(key, sizeof key, "%s/pki/%s.key", TEST_KUBE, name);
    pki_path(ca, sizeof ca, "ca.crt");
    if (scheme != PLAIN) {
        argv[2] = cert;
        argv[3] = key;
    }
    if (scheme == TLS_CLIENT_CERT)
        argv[4] = ca;
    ck_assert_msg(server_run(server, argv), "the server does not start");
}

struct kube_config client_config(const struct server *server, enum scheme scheme)
{
    struct kube_config config = { 0 };
    char url[64];

    snprintf(url, sizeof url, "%s://127.0.0.1:%d", scheme == PLAIN ? "http" : "https", server->port);
    config.server = text_dup(url);
    config.tls = scheme != PLAIN;
    config.ns = text_dup("default");
    if (scheme != PLAIN)
        config.ca = pki_text("ca.crt");
    return config;
}

struct kube *client_new(struct kube_config *config)
{
    struct kube *kube = NULL;

    ck_assert_int_eq(kube_new(config, &client_opts, &kube, NULL), 0);
    return kube;
}

struct kube *client_of(const struct server *server, enum scheme scheme)
{
    struct kube_config config = client_config(server, scheme);

    return client_new(&config);
}

int ask(struct kube *kube, const char *method, const char *target, json_t **answer, sparkk8s_error **err)
{
    struct kube_request request = { .method = method, .target = target };
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 30000 };
    AUTO(kube_call) call = NULL;
    const char *body;
    size_t len;
    int rc;

    rc = kube_start(kube, &request, NULL, NULL, &call, err);
    if (rc == 0)
        rc = kube_finish(kube, call, &limit, err);
    if (rc == 0 && answer) {
        body = kube_call_body(call, &len);
        ck_assert_int_eq(json_parse(body, len, "answer", answer, NULL), 0);
    }
    return rc;
}

int64_t ask_number(struct kube *kube, const char *target, const char *field)
{
    AUTO(json) answer = NULL;

    ck_assert_int_eq(ask(kube, "GET", target, &answer, NULL), 0);
    return json_integer_value(json_object_get(answer, field));
}

void log_to(int level, const char *topic, const char *message, void *userdata)
{
    struct log *log = userdata;
    size_t len = strlen(log->text);

    snprintf(log->text + len, sizeof log->text - len, "%d %s %s\n", level, topic, message);
}

int run_tests(const char *name, const TTest *const *const *tests, size_t count, void (*setup)(void),
              void (*teardown)(void))
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    size_t i;
    int failed;

    tcase_set_timeout(tcase, 120);
    if (setup)
        tcase_add_unchecked_fixture(tcase, setup, teardown);
    for (i = 0; i < count; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

struct place place = {.folder = "/tmp/sparkk8s-test-XXXXXX"};

void place_begin(void)
{
    server_start(&place.tls, TLS);
    server_start(&place.client_cert, TLS_CLIENT_CERT);
    ck_assert_ptr_nonnull(mkdtemp(place.folder));
    ck_assert_int_eq(chdir(place.folder), 0);
}

void place_end(void)
{
    char command[64];

    server_stop(&place.tls);
    server_stop(&place.client_cert);
    snprintf(command, sizeof command, "rm -rf %s", place.folder);
    ck_assert_int_eq(system(command), 0);
}
