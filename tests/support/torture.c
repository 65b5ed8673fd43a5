/* SPDX-License-Identifier: Apache-2.0 */
#include "torture.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "must.h"

static size_t number(const char *variable, size_t otherwise)
{
    const char *text = getenv(variable);
    unsigned long value = text ? strtoul(text, NULL, 10) : 0;

    return value ? (size_t)value : otherwise;
}

enum { WORKERS = 16 };

bool torture_for_good;

static int complaints;

static void PRINTF(1, 2) complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    complaints++;
}

/* libcurl has errors that it takes for others: of names that cannot be resolved, connections that are cut. */
static bool is_right_code(int rc, bool foreign)
{
    return rc == SPARKK8S_OK || rc == SPARKK8S_ENOMEM || (rc == SPARKK8S_ECONNECT && foreign);
}

/* What a promise that is broken in `check` was about. */
static char now[200];

static void on_abort(int signal)
{
    (void)signal;
    (void)!write(STDERR_FILENO, now, strlen(now));
}

void torture_begin(void)
{
    const struct alloc_functions *it = &alloc_functions;

    signal(SIGABRT, on_abort);
    alloc_begin();
    must(!curl_global_init_mem(CURL_GLOBAL_DEFAULT, it->malloc, it->free, it->realloc, it->strdup, it->calloc), "libcurl");
}

/* One round; true if `n` was beyond the last allocation. */
static bool fail_one(const struct scene *scene, int round, size_t n, bool for_good)
{
    void *state = scene->begin(round);
    sparkk8s_error *err = NULL;
    bool enough, foreign;
    int rc;

    snprintf(now, sizeof(now), "%s, allocation %zu%s\n", scene->name, n, for_good ? " and all after it" : "");
    torture_for_good = for_good;
    (for_good ? alloc_fail_from : alloc_fail_at)(n);
    rc = scene->act(state, &err);
    enough = !alloc_has_failed();
    foreign = alloc_has_failed_foreign();
    alloc_fail_at(0);
    if (!is_right_code(rc, foreign) || (rc && sparkk8s_error_code(err) != rc && sparkk8s_error_code(err) != SPARKK8S_ENOMEM) || (enough && rc))
        complain("%s, allocation %zu%s: %s, with the error %s: %s", scene->name, n, for_good ? " and all after it" : "",
                 sparkk8s_code_name(rc), sparkk8s_code_name(sparkk8s_error_code(err)), sparkk8s_error_message(err));
    sparkk8s_error_free(err);
    scene->check(state, rc);
    scene->end(state);
    return enough;
}

/* From the n-th on, each `step`-th, until one is not needed any more; returns that. */
static size_t fail_each(const struct scene *scene, int *round, bool for_good, size_t n, size_t step)
{
    size_t live;

    for (;; n += step) {
        live = alloc_live();
        if (fail_one(scene, ++*round, n, for_good))
            return n;
        if (alloc_live() > live)        /* fewer is right: libcurl forgets an address after a minute */
            complain("%s, allocation %zu%s: %zd blocks are left", scene->name, n, for_good ? " and all after it" : "",
                     (ssize_t)(alloc_live() - live));
    }
}

/* The share of one worker; returns how many allocations there are, about. */
static size_t work(const struct scene *scene, size_t worker, size_t step, size_t all)
{
    int round = (int)worker * 1000000;
    size_t count;

    fail_one(scene, round, 0, false);               /* what is made once and kept is there after this */
    count = fail_each(scene, &round, false, 1 + worker * step, step * all);
    fail_each(scene, &round, true, 1 + worker * step, step * all);
    must(!complaints, "%s: %d complaints", scene->name, complaints);
    return count;
}

/* Most of the time of some scenes is back-off: several at once then, but not under valgrind, which does not look at children. */
static void share(const struct scene *scene, size_t step)
{
    size_t i;
    int status;

    for (i = 0; i < WORKERS; i++)
        if (fork() == 0) {
            work(scene, i, step, WORKERS);
            _exit(0);
        }
    for (i = 0; i < WORKERS; i++)
        must(wait(&status) > 0 && status == 0, "%s: a worker ended with %d", scene->name, status);
    printf("%s: each %zu-th allocation failed, alone and with all after it\n", scene->name, step);
}

void torture(const struct scene *scene)
{
    const char *only = getenv("SPARKK8S_TORTURE_ONLY"), *forks = getenv("CK_FORK");
    size_t at = number("SPARKK8S_TORTURE_AT", 0), step = number("SPARKK8S_TORTURE_STEP", scene->step ? scene->step : 1);

    if (only && strcmp(only, scene->name))
        return;
    if (at) {
        fail_one(scene, 0, 0, false);
        fail_one(scene, 1, at, false);
        fail_one(scene, 2, at, true);
    } else if (scene->step && !(forks && !strcmp(forks, "no"))) {
        share(scene, step);
    } else {
        printf("%s: about %zu allocations, each %zu-th failed, alone and with all after it\n", scene->name, work(scene, 0, step, 1), step);
    }
    fflush(stdout);
}
