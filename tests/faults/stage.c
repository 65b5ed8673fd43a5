/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "must.h"
#include "small_app.h"

static struct fault plan(void *owner, const char *line)
{
    struct stage *stage = owner;
    struct fault fault = { 0 };

    stage->requests++;
    if (stage->plan)
        return stage->plan(stage->owner, line);
    if (stage->match && strstr(line, stage->match) && (++stage->seen == stage->nth || !stage->nth))
        fault = stage->fault;
    return fault;
}

static int dial(void *owner)
{
    struct stage *stage = owner;

    return cluster_dial(stage->cluster);
}

void stage_begin(struct stage *stage, uint64_t seed, struct cluster_hooks hooks)
{
    sim_begin(seed);
    *stage = (struct stage){ .cluster = cluster_new(hooks) };
    stage->proxy = proxy_new((struct proxy_hooks){ .dial = dial, .plan = plan, .owner = stage });
}

void stage_end(struct stage *stage)
{
    proxy_free(stage->proxy);
    cluster_free(stage->cluster);
    sim_end();
}

void stage_fault(struct stage *stage, const char *match, unsigned nth, struct fault fault)
{
    stage->match = match;
    stage->nth = nth;
    stage->seen = stage->requests = 0;
    stage->fault = fault;
}

sparkk8s_client *stage_client_noting(const struct stage *stage, sparkk8s_log_fn log)
{
    char server[64];
    sparkk8s_client_opts opts = { .size = sizeof(opts), .kubeconfig = "/dev/null", .server = server, .ns = STAGE_NS,
                                  .log = log, .log_level = SPARKK8S_LOG_INFO };
    sparkk8s_client *client = NULL;
    sparkk8s_error *err = NULL;

    snprintf(server, sizeof(server), "http://127.0.0.1:%d", proxy_port(stage->proxy));
    must(sparkk8s_client_new(&opts, &client, &err) == 0, "%s", sparkk8s_error_message(err));
    return client;
}

sparkk8s_client *stage_client(const struct stage *stage)
{
    return stage_client_noting(stage, NULL);
}

int stage_step(int step)
{
    const char *text = getenv("SPARKK8S_TORTURE_STEP");

    return text && (atoi(text) == 1 || atoi(text) > step) ? atoi(text) : step;
}

sparkk8s_manifest *stage_manifest(const char *key)
{
    sparkk8s_app *app = small_app("4.1");
    sparkk8s_manifest *manifest;

    app_conf(app, "spark.kubernetes.namespace", STAGE_NS);
    manifest = rendered(app, key, NOW);
    sparkk8s_app_free(app);
    return manifest;
}

struct object *stage_pod(struct stage *stage, const char *name, const char *role)
{
    char container[64];

    snprintf(container, sizeof(container), "spark-kubernetes-%s", role);
    return cluster_add(stage->cluster, "pods", json_pack("{s:{s:s, s:s, s:{s:s, s:s}}, s:{s:s, s:[{s:s}]}, s:{s:s}}", "metadata", "name",
                       name, "namespace", STAGE_NS, "labels", "spark-role", role, "spark-app-selector", "a1", "spec", "restartPolicy",
                       "Never", "containers", "name", container, "status", "phase", "Pending"));
}

struct holdings stage_holdings(void)
{
    struct holdings now = { .bytes = mallinfo2().uordblks };
    DIR *folder = opendir("/proc/self/fd");

    must(folder, "no /proc");
    while (readdir(folder))
        now.descriptors++;
    closedir(folder);
    return now;
}

/* glibc counts as used what it keeps for each thread: that is switched off by a variable which only its start reads. */
int stage_main(char **argv, Suite *suite)
{
    SRunner *runner;
    int failed;

    if (!getenv("GLIBC_TUNABLES") && setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1) == 0)
        execv("/proc/self/exe", argv);
    mallopt(M_MMAP_THRESHOLD, 1 << 28);         /* buffers come and go: pages need not */
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
