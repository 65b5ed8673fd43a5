/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, through the public header alone: the library's first use by many at once, clients that know nothing of each other, and a
 * cancel from another thread in the midst of every blocking call. The server is a thread, too: it answers reads of pods, and
 * holds every other request, and all once it is told to, without an answer.
 *
 * Not here: calls of two threads upon one client, which the header forbids.
 */
#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sparkk8s.h"

#define THREADS 8
#define CONNECTIONS 64
#define POD                                                                                                     \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"d\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"7\"," \
    "\"labels\":{\"spark-role\":\"driver\",\"spark-app-selector\":\"a\"}},\"spec\":{\"containers\":[{\"name\":\"spark-kubernetes-driver\"}]}," \
    "\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\",\"containerID\":\"c://1\"," \
    "\"state\":{\"running\":{\"startedAt\":\"2026-01-01T00:00:00Z\"}}}]}}"
#define PODS "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[" POD "]}"

/* ---- the server ---- */

static struct {
    pthread_t thread;
    int listener, held[CONNECTIONS];
    size_t count;
    char url[64];
    atomic_bool silent, over;
    atomic_int holding;             /* requests that get no answer */
} server;

static const char *answer_to(const char *request)
{
    if (atomic_load(&server.silent) || strncmp(request, "GET ", 4) != 0 || strstr(request, "watch=true"))
        return NULL;
    if (strstr(request, "/pods/d HTTP"))
        return POD;
    return strstr(request, "/pods?") || strstr(request, "/pods HTTP") ? PODS : NULL;
}

static void serve(int fd)
{
    char request[8192] = "", head[200];
    size_t len = 0;
    const char *body;
    ssize_t n;

    while (!strstr(request, "\r\n\r\n") && len < sizeof(request) - 1) {
        n = recv(fd, request + len, sizeof(request) - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        request[len] = '\0';
    }
    body = answer_to(request);
    if (!body) {
        server.held[server.count++] = fd;
        atomic_fetch_add(&server.holding, 1);
        return;
    }
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
             strlen(body));
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    send(fd, body, strlen(body), MSG_NOSIGNAL);
    close(fd);
}

static void *run_server(void *unused)
{
    struct pollfd ready = { .fd = server.listener, .events = POLLIN };

    while (!atomic_load(&server.over))
        if (poll(&ready, 1, 20) == 1 && server.count < CONNECTIONS)
            serve(accept(server.listener, NULL, NULL));
    return unused;
}

static void start_server(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    memset(&server, 0, sizeof(server));
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(server.listener, CONNECTIONS), 0);
    ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
    snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(&server.thread, NULL, run_server, NULL), 0);
}

static void stop_server(void)
{
    atomic_store(&server.over, true);
    pthread_join(server.thread, NULL);
    close(server.listener);
    while (server.count)
        close(server.held[--server.count]);
}

/* ---- clients ---- */

static sparkk8s_client *make_client(void)
{
    sparkk8s_client_opts opts = { .size = sizeof(opts), .kubeconfig = "/dev/null", .server = server.url };
    sparkk8s_client *client = NULL;
    sparkk8s_error *err = NULL;

    ck_assert_msg(sparkk8s_client_new(&opts, &client, &err) == 0, "%s", sparkk8s_error_message(err));
    return client;
}

static sparkk8s_manifest *make_manifest(void)
{
    static const char *const args[] = { "--name", "x", "--class", "A", "--conf", "spark.kubernetes.container.image=i",
                                        "--conf", "spark.kubernetes.namespace=n", "local:///a.jar" };
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;

    ck_assert_msg(sparkk8s_app_from_args(sizeof(args) / sizeof(*args), args, NULL, NULL, &app, &err) == 0 &&
                      sparkk8s_render(app, NULL, &manifest, &err) == 0, "%s", sparkk8s_error_message(err));
    sparkk8s_app_free(app);
    return manifest;
}

/* ---- the first use, and many clients ---- */

static pthread_barrier_t together;

static void *use_library(void *unused)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = 20000 };
    sparkk8s_select select = { .size = sizeof(select), .ns = "n" };
    sparkk8s_status *status = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_client *client;
    sparkk8s_list *list = NULL;
    intptr_t found = 0;
    int i;

    pthread_barrier_wait(&together);
    client = make_client();
    for (i = 0; i < 5; i++) {
        sparkk8s_manifest_free(make_manifest());
        ck_assert_int_eq(sparkk8s_list_open(client, &select, &list, NULL), 0);
        while (sparkk8s_list_next(list, &call, &status, &err) == SPARKK8S_OK) {
            found += sparkk8s_status_state(status) == SPARKK8S_STATE_RUNNING;
            sparkk8s_status_free(status);
        }
        ck_assert_ptr_null(err);
        sparkk8s_list_free(list);
        ck_assert_int_eq(sparkk8s_run_open(client, "n", "", &call, NULL, &err), SPARKK8S_EINVAL);
        sparkk8s_error_free(err);
        err = NULL;
    }
    sparkk8s_client_free(client);
    return (char *)unused + found;
}

START_TEST(many_clients)
{
    pthread_t threads[THREADS];
    void *found;
    size_t i;

    pthread_barrier_init(&together, NULL, THREADS);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_library, NULL), 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &found);
        ck_assert_int_eq((int)(intptr_t)found, 5);
    }
    pthread_barrier_destroy(&together);
}
END_TEST

/* ---- cancel, in the midst of each call ---- */

struct scene {
    sparkk8s_client *client;
    sparkk8s_run *run;
    const sparkk8s_call *call;
    sparkk8s_error *err;
};

static int do_submit(struct scene *s)
{
    sparkk8s_manifest *manifest = make_manifest();
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_submit(s->client, manifest, NULL, s->call, &run, &s->err);

    sparkk8s_manifest_free(manifest);
    return rc;
}

static int do_open(struct scene *s)
{
    sparkk8s_run *run = NULL;

    return sparkk8s_run_open(s->client, "n", "d", s->call, &run, &s->err);
}

static int do_status(struct scene *s)
{
    sparkk8s_status *status = NULL;

    return sparkk8s_run_status(s->run, s->call, &status, &s->err);
}

static int do_kill(struct scene *s)
{
    return sparkk8s_run_kill(s->run, NULL, s->call, &s->err);
}

static int do_claim(struct scene *s)
{
    return sparkk8s_run_claim(s->run, "claim", s->call, &s->err);
}

static int do_run_explain(struct scene *s)
{
    sparkk8s_diagnosis *diagnosis = NULL;

    return sparkk8s_run_explain(s->run, s->call, &diagnosis, &s->err);
}

static int do_explain(struct scene *s)
{
    sparkk8s_diagnosis *diagnosis = NULL;

    return sparkk8s_explain(s->client, "n", "d", s->call, &diagnosis, &s->err);
}

static int do_list(struct scene *s)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "n" };
    sparkk8s_status *status = NULL;
    sparkk8s_list *list = NULL;
    int rc;

    ck_assert_int_eq(sparkk8s_list_open(s->client, &select, &list, NULL), 0);
    rc = sparkk8s_list_next(list, s->call, &status, &s->err);
    sparkk8s_list_free(list);
    return rc;
}

static int do_watch(struct scene *s)
{
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch = NULL;
    int rc;

    ck_assert_int_eq(sparkk8s_watch_open_run(s->run, &watch, NULL), 0);
    do {
        rc = sparkk8s_watch_next(watch, s->call, &status, &s->err);
        if (rc == SPARKK8S_OK)
            sparkk8s_status_free(status);
    } while (rc == SPARKK8S_OK);
    sparkk8s_watch_free(watch);
    return rc;
}

static int do_wait(struct scene *s)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "n" };
    sparkk8s_status *status = NULL;
    sparkk8s_wait *wait = NULL;
    int rc;

    ck_assert_int_eq(sparkk8s_wait_open(s->client, &select, NULL, &wait, NULL), 0);
    do {
        rc = sparkk8s_wait_next(wait, s->call, &status, &s->err);
        if (rc == SPARKK8S_OK)
            sparkk8s_status_free(status);
    } while (rc == SPARKK8S_OK);
    sparkk8s_wait_free(wait);
    return rc;
}

static int do_logs(struct scene *s)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_LOGS_FOLLOW };
    sparkk8s_logs *logs = NULL;
    const char *line;
    size_t len;
    int rc;

    ck_assert_int_eq(sparkk8s_logs_open(s->run, &opts, &logs, NULL), 0);
    rc = sparkk8s_logs_next(logs, s->call, &line, &len, &s->err);
    sparkk8s_logs_free(logs);
    return rc;
}

/* `talks`: the server goes on to answer reads of pods, so that the call gets further than its first request. */
static const struct blocking {
    const char *name;
    int (*run)(struct scene *scene);
    bool talks;
} blocking[] = {
    { "submit", do_submit, false }, { "open", do_open, false }, { "status", do_status, false }, { "kill", do_kill, false },
    { "kill", do_kill, true }, { "claim", do_claim, true }, { "run_explain", do_run_explain, true },
    { "explain", do_explain, true }, { "list", do_list, false }, { "watch", do_watch, false }, { "watch", do_watch, true },
    { "wait", do_wait, true }, { "logs", do_logs, false }, { "logs", do_logs, true },
};

static void *cancel_when_held(void *cancel)
{
    while (atomic_load(&server.holding) == 0)
        usleep(1000);
    sparkk8s_cancel_trigger(cancel);
    return NULL;
}

START_TEST(canceled)
{
    const struct blocking *b = &blocking[_i];
    sparkk8s_cancel *cancel = sparkk8s_cancel_new();
    sparkk8s_call call = { .size = sizeof(call), .cancel = cancel, .timeout_ms = -1 };
    struct scene scene = { .client = make_client(), .call = &call };
    pthread_t thread;
    int rc;

    ck_assert_int_eq(sparkk8s_run_open(scene.client, "n", "d", NULL, &scene.run, NULL), 0);
    atomic_store(&server.silent, !b->talks);
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_when_held, cancel), 0);
    rc = b->run(&scene);
    pthread_join(thread, NULL);
    ck_assert_msg(rc == SPARKK8S_ECANCELED, "%s: %s: %s", b->name, sparkk8s_code_name(rc), sparkk8s_error_message(scene.err));
    sparkk8s_error_free(scene.err);
    sparkk8s_run_free(scene.run);
    sparkk8s_client_free(scene.client);
    sparkk8s_cancel_free(cancel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, start_server, stop_server);
    tcase_add_test(tcase, many_clients);
    tcase_add_loop_test(tcase, canceled, 0, sizeof(blocking) / sizeof(*blocking));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
