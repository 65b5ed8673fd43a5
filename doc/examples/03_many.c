/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lesson 3: many submissions at once in one thread, and one watch that follows them all, driven by the program's own event loop.
 *
 *     ./03_many COUNT ARGUMENTS...        submits the same application COUNT times under keys many-0, many-1, ...
 *
 * Run it again: the same keys find the same runs, and nothing is started twice.
 */
#include <poll.h>
#include <sparkk8s.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 1000

extern char **environ;

struct many {
    sparkk8s_client *client;
    sparkk8s_run *runs[MOST];
    int count, submitted, failed, ended;
};

static void complain(const char *what, sparkk8s_error *err)
{
    fprintf(stderr, "%s: %s\n", what, sparkk8s_error_message(err));
    sparkk8s_error_free(err);
}

static int begin(struct many *many, const sparkk8s_app *app)
{
    sparkk8s_render_opts render = {0};
    sparkk8s_submit_opts submit = {0};
    sparkk8s_manifest *manifest;
    sparkk8s_error *err = NULL;
    char key[32];
    int i, rc;

    render.size = sizeof render;
    submit.size = sizeof submit;
    render.id_seed = submit.key = key;
    for (i = 0; i < many->count; i++) {
        snprintf(key, sizeof key, "many-%d", i);
        manifest = NULL;
        rc = sparkk8s_render(app, &render, &manifest, &err);
        if (rc == SPARKK8S_OK)
            rc = sparkk8s_submit_begin(many->client, manifest, &submit, &many->runs[i], &err);
        sparkk8s_manifest_free(manifest);       /* what is under way has a copy of what it needs */
        if (rc < 0) {
            complain(key, err);
            return rc;
        }
    }
    return SPARKK8S_OK;
}

/* Finishes what can be finished without waiting. */
static void collect(struct many *many, char *done)
{
    sparkk8s_error *err = NULL;
    sparkk8s_call at_once = {0};
    int i, rc;

    at_once.size = sizeof at_once;
    at_once.timeout_ms = 1;
    for (i = 0; i < many->count; i++) {
        if (done[i])
            continue;
        rc = sparkk8s_submit_finish(many->runs[i], &at_once, &err);
        if (rc == SPARKK8S_ETIMEDOUT) {         /* still under way */
            sparkk8s_error_free(err);
            err = NULL;
            continue;
        }
        done[i] = 1;
        if (rc == SPARKK8S_OK) {
            many->submitted++;
        } else {
            many->failed++;
            complain("submission", err);
            err = NULL;
        }
    }
}

static int final(int state)
{
    return state == SPARKK8S_STATE_SUCCEEDED || state == SPARKK8S_STATE_FAILED || state == SPARKK8S_STATE_LOST;
}

/* One watch for all: prints each change, until `expected` runs have ended. */
static int follow(struct many *many, sparkk8s_watch *watch)
{
    struct pollfd pfd = {.events = POLLIN};
    sparkk8s_status *status = NULL;
    sparkk8s_error *err = NULL;
    int rc;

    pfd.fd = sparkk8s_client_fd(many->client);
    while (many->ended < many->submitted) {
        rc = sparkk8s_watch_next(watch, NULL, &status, &err);   /* NULL: returns at once */
        if (rc == SPARKK8S_AGAIN) {
            poll(&pfd, 1, -1);                  /* a real program has its other descriptors here too */
            continue;
        }
        if (rc != SPARKK8S_OK) {
            complain("watch", err);
            return 1;
        }
        printf("%s %s\n", sparkk8s_status_run_id(status), sparkk8s_state_name(sparkk8s_status_state(status)));
        many->ended += final(sparkk8s_status_state(status));
        sparkk8s_status_free(status);
    }
    return 0;
}

int main(int argc, char **argv)
{
    sparkk8s_client_opts opts = {0};
    static struct many many;
    static char done[MOST];
    sparkk8s_watch *watch = NULL;
    sparkk8s_select select = {0};
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;
    int i, failed = 1;

    many.count = argc > 1 ? atoi(argv[1]) : 0;
    if (many.count < 1 || many.count > MOST)
        return 2;
    if (sparkk8s_app_from_args(argc - 2, (const char *const *)argv + 2, (const char *const *)environ, NULL, &app, &err) < 0) {
        complain("arguments", err);
        return 1;
    }
    opts.size = sizeof opts;
    opts.conf = sparkk8s_app_conf(app);
    if (sparkk8s_client_new(&opts, &many.client, &err) < 0) {
        complain("client", err);
    } else if (begin(&many, app) == SPARKK8S_OK) {
        while (many.submitted + many.failed < many.count)
            collect(&many, done);
        fprintf(stderr, "%d submitted, %d failed\n", many.submitted, many.failed);
        select.size = sizeof select;
        select.ns = sparkk8s_run_ns(many.runs[0]);
        if (sparkk8s_watch_open(many.client, &select, &watch, &err) < 0)
            complain("watch", err);
        else
            failed = follow(&many, watch) || many.failed;
    }
    sparkk8s_watch_free(watch);
    for (i = 0; i < many.count; i++)
        sparkk8s_run_free(many.runs[i]);
    sparkk8s_client_free(many.client);
    sparkk8s_app_free(app);
    return failed;
}
