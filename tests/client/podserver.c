/* SPDX-License-Identifier: Apache-2.0 */
#include "podserver.h"

#include "server.h"
#include "text.h"

static int port;

int podserver_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    struct server process;
    int failed = 1;

    if (server_run_python(&process, getenv("PODSERVER"))) {
        port = process.port;
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
    }
    srunner_free(runner);
    server_stop(&process);
    return failed ? 1 : 0;
}

sparkk8s_client *podserver_client(void)
{
    return podserver_client_under("");
}

sparkk8s_client *podserver_client_under(const char *prefix)
{
    struct kube_opts opts = { .user_agent = "test", .timeout_ms = 10000, .connect_timeout_ms = 5000, .max_in_flight = 64 };
    struct kube_config config = { .ns = text_dup("pages.1"), .username = NULL };
    sparkk8s_client *client = calloc(1, sizeof(*client));
    sparkk8s_error *err = NULL;

    ck_assert_int_gt(asprintf(&config.server, "http://127.0.0.1:%d%s", port, prefix), 0);
    ck_assert_msg(kube_new(&config, &opts, &client->kube, &err) == 0, "%s", sparkk8s_error_message(err));
    return client;
}

sparkk8s_run *podserver_run(sparkk8s_client *client, const char *scenario, int number)
{
    sparkk8s_run *run;
    char ns[64];

    snprintf(ns, sizeof(ns), "%s.%d", scenario, number);
    ck_assert_int_eq(run_new(client->kube, ns, "d", "u1", "a1", &run, NULL), 0);
    return run;
}

void podserver_done(sparkk8s_client *client, sparkk8s_run *run)
{
    sparkk8s_run_free(run);
    kube_unref(client->kube);
    free(client);
}
