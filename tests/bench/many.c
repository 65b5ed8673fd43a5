/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one process can hold:
 *
 *     many submit KUBECONFIG N    N submissions one after the other, then N begun at once and finished as they end
 *     many watch KUBECONFIG N     a watch of N runs
 *
 * Prints lines of: name, wall seconds, CPU seconds, KiB of memory in use at most (for `watch`: bytes in use for each run).
 */
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"

static void show(const char *name, double wall, double cpu, long memory)
{
    printf("%s %.6f %.6f %ld\n", name, now(CLOCK_MONOTONIC) - wall, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, memory);
}

static long peak_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static sparkk8s_manifest *render(void)
{
    static const char *const args[] = {"--name", "bench", "--class", "org.apache.spark.examples.SparkPi", "--conf",
        "spark.kubernetes.container.image=localhost/spark:4.1.4", "local:///opt/spark/examples/jars/spark-examples.jar", "100"};
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;

    if (sparkk8s_app_from_args((int)(sizeof args / sizeof *args), args, NULL, NULL, &app, &err) < 0 || sparkk8s_render(app, NULL, &manifest, &err) < 0)
        die("render", err);
    sparkk8s_app_free(app);
    return manifest;
}

static void one_at_a_time(sparkk8s_client *client, int n)
{
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    sparkk8s_error *err = NULL;
    sparkk8s_run *run = NULL;
    int i;

    for (i = 0; i < n; i++) {
        sparkk8s_manifest *manifest = render();

        if (sparkk8s_submit(client, manifest, NULL, NULL, &run, &err) < 0)
            die("submit", err);
        sparkk8s_run_free(run);
        sparkk8s_manifest_free(manifest);
    }
    show("one-at-a-time", wall, cpu, peak_kib());
}

static void at_once(sparkk8s_client *client, int n)
{
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    sparkk8s_call forever = {.size = sizeof forever, .timeout_ms = -1};
    sparkk8s_run **runs = calloc((size_t)n, sizeof *runs);
    sparkk8s_error *err = NULL;
    int i;

    for (i = 0; i < n; i++) {
        sparkk8s_manifest *manifest = render();

        if (sparkk8s_submit_begin(client, manifest, NULL, &runs[i], &err) < 0)
            die("submit", err);
        sparkk8s_manifest_free(manifest);
    }
    for (i = 0; i < n; i++) {
        if (sparkk8s_submit_finish(runs[i], &forever, &err) < 0)
            die("submit", err);
        sparkk8s_run_free(runs[i]);
    }
    free(runs);
    show("at-once", wall, cpu, peak_kib());
}

static void watch(sparkk8s_client *client, int n)
{
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    sparkk8s_call forever = {.size = sizeof forever, .timeout_ms = -1};
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    sparkk8s_select select = {.size = sizeof select};
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch = NULL;
    sparkk8s_error *err = NULL;
    char ns[32];
    int i;

    snprintf(ns, sizeof ns, "fleet-%d-0", n);
    select.ns = ns;
    if (sparkk8s_watch_open(client, &select, &watch, &err) < 0)
        die("watch", err);
    for (i = 0; i < n; i++) {
        if (sparkk8s_watch_next(watch, &forever, &status, &err) < 0)
            die("watch", err);
        sparkk8s_status_free(status);
    }
    show("watch", wall, cpu, (long)((mallinfo2().uordblks + mallinfo2().hblkhd - before) / (size_t)n));
    sparkk8s_watch_free(watch);
}

int main(int argc, char **argv)
{
    sparkk8s_client_opts opts = {.size = sizeof opts};
    sparkk8s_client *client = NULL;
    sparkk8s_error *err = NULL;

    if (argc != 4)
        return 2;
    opts.kubeconfig = argv[2];
    if (sparkk8s_client_new(&opts, &client, &err) < 0)
        die("client", err);
    if (!strcmp(argv[1], "watch")) {
        watch(client, atoi(argv[3]));
    } else {
        one_at_a_time(client, atoi(argv[3]));
        at_once(client, atoi(argv[3]));
    }
    sparkk8s_client_free(client);
    return 0;
}
