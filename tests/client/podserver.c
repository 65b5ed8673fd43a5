/* SPDX-License-Identifier: Apache-2.0 */
#include "podserver.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"

static int port;

static pid_t start(int *keep)
{
    int in[2], out[2];
    char line[16] = "";
    FILE *answer;
    pid_t pid;

    if (pipe(in) || pipe(out))
        return -1;
    pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", getenv("PODSERVER"), (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    answer = fdopen(out[0], "r");
    if (answer && fgets(line, sizeof(line), answer))
        port = atoi(line);
    if (answer)
        fclose(answer);
    *keep = in[1];
    return pid;
}

int podserver_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int keep = -1, failed = 1;
    pid_t pid = start(&keep);

    if (port) {
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
    }
    srunner_free(runner);
    close(keep);
    waitpid(pid, NULL, 0);
    return failed ? 1 : 0;
}

sparkk8s_client *podserver_client(void)
{
    struct kube_opts opts = { .user_agent = "test", .timeout_ms = 10000, .connect_timeout_ms = 5000, .max_in_flight = 64 };
    struct kube_config config = { .ns = text_dup("pages.1"), .username = NULL };
    sparkk8s_client *client = calloc(1, sizeof(*client));
    sparkk8s_error *err = NULL;

    ck_assert_int_gt(asprintf(&config.server, "http://127.0.0.1:%d", port), 0);
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
