/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop: take what watch and log have, draw, sleep until the client's descriptor, a signal or the next
 * tick. Waiting ends with the verdict; or when a driver has not started and is not going to: its image or
 * its configuration has been in the way for a minute (kubelets try again, and registries and ConfigMaps do
 * appear), or --start-timeout is over. An unschedulable driver is waited for, as spark-submit does. Whatever
 * ends the waiting, the driver is left as it is, unless an interrupt is to kill it.
 */
#include "follow.h"

#include "connect.h"
#include "diagnosis.h"
#include "duration.h"
#include "exits.h"
#include "logprint.h"
#include "output.h"
#include "progress.h"
#include "signals.h"

#define STUCK_MS 60000          /* how long image or configuration may be in the way */
#define LOG_REST_MS 30000       /* how long a log may be silent after the verdict */

struct follow {
    struct cli *cli;
    sparkk8s_client *client;
    sparkk8s_run *run;
    const char *again;
    enum follow_changes changes;
    struct progress progress;
    struct logprint print;
    sparkk8s_watch *watch;
    sparkk8s_logs *logs;
    sparkk8s_status *status;        /* the latest; NULL before the first */
    bool ended, logs_ended, started;
    int64_t begun_ms, stuck_ms, heard_ms;   /* ticks; stuck_ms: since when, 0: is not */
};

void follow_print_json(FILE *file, const sparkk8s_status *status)
{
    AUTO(text) json = NULL;

    if (sparkk8s_status_to_json(status, &json, NULL) == 0)
        fprintf(file, "%s\n", json);
    else
        complain_oom();
}

void follow_print_change(const struct cli *cli, const sparkk8s_status *status)
{
    struct progress progress;

    switch (cli->options.format) {
    case FORMAT_JSON:
        follow_print_json(stdout, status);
        break;
    case FORMAT_NAME:
        printf("%s\n", sparkk8s_status_run_id(status));
        break;
    default:        /* every change is of another run: nothing is remembered */
        progress_init(&progress, stdout, false);
        progress_change(&progress, status);
    }
}

/* ---- the log ---- */

/* A log that cannot be had does not end the waiting: the verdict matters more. */
static void lose_logs(struct follow *follow, const sparkk8s_error *err)
{
    progress_hide(&follow->progress);
    fputs("warning: the log ends here: ", stderr);
    print_clean(stderr, sparkk8s_error_message(err));
    fputs("\n", stderr);
    follow->logs_ended = true;
}

static void open_logs(struct follow *follow)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_LOGS_FOLLOW };
    AUTO(error) err = NULL;

    if (sparkk8s_logs_open(follow->run, &opts, &follow->logs, &err) < 0)
        lose_logs(follow, err);
    follow->heard_ms = ticks_ms();
}

/* Returns whether there may be more at once. */
static bool take_lines(struct follow *follow)
{
    AUTO(error) err = NULL;
    int rc;

    if (!follow->cli->options.logs || follow->logs_ended)
        return false;
    if (!follow->logs && follow->started)
        open_logs(follow);
    if (!follow->logs || follow->logs_ended)
        return false;
    progress_hide(&follow->progress);
    rc = logprint_some(&follow->print, follow->logs, &err);
    if (rc != SPARKK8S_AGAIN)
        follow->heard_ms = ticks_ms();
    if (rc == SPARKK8S_END)
        follow->logs_ended = true;
    else if (rc < 0 && rc != SPARKK8S_ECANCELED)
        lose_logs(follow, err);
    return rc == 0;
}

/* ---- the watch ---- */

static bool is_stuck(const sparkk8s_status *status)
{
    int cause = sparkk8s_status_cause(status);

    return sparkk8s_status_state(status) == SPARKK8S_STATE_PENDING &&
        (cause == SPARKK8S_CAUSE_IMAGE || cause == SPARKK8S_CAUSE_CONFIG);
}

static void take_status(struct follow *follow, sparkk8s_status *status)
{
    sparkk8s_status_free(follow->status);
    follow->status = status;
    if (sparkk8s_status_started_ms(status) || sparkk8s_status_state(status) == SPARKK8S_STATE_RUNNING)
        follow->started = true;
    if (!is_stuck(status))
        follow->stuck_ms = 0;
    else if (!follow->stuck_ms)
        follow->stuck_ms = ticks_ms();
    if (follow->changes == CHANGES_JSON)
        follow_print_json(stdout, status);
    else
        progress_change(&follow->progress, status);
}

static int take_changes(struct follow *follow, sparkk8s_error **err)
{
    sparkk8s_call peek = connect_peek(follow->cli);
    sparkk8s_status *status;
    int rc;

    while (!follow->ended) {
        rc = sparkk8s_watch_next(follow->watch, &peek, &status, err);
        if (rc == SPARKK8S_AGAIN)
            return 0;
        if (rc < 0)
            return rc;
        if (rc == SPARKK8S_END)
            follow->ended = true;
        else
            take_status(follow, status);
    }
    return 0;
}

/* ---- how it ends ---- */

static void print_ways(const struct follow *follow)
{
    const char *id = sparkk8s_run_id(follow->run);

    fprintf(stderr, "follow: sparkk8s%s watch %s\n", follow->again, id);
    fprintf(stderr, "kill:   sparkk8s%s kill %s\n", follow->again, id);
}

static int interrupted(struct follow *follow)
{
    int code = exit_of_code(SPARKK8S_ECANCELED);
    sparkk8s_call call;
    AUTO(error) err = NULL;

    if (!follow->cli->options.kill_on_interrupt) {
        fprintf(stderr, "interrupted: %s goes on\n", sparkk8s_run_id(follow->run));
        print_ways(follow);
        return code;
    }
    sparkk8s_cancel_reset(follow->cli->cancel);
    call = connect_call(follow->cli);
    if (sparkk8s_run_kill(follow->run, NULL, &call, &err) < 0) {
        complain(err);
        print_ways(follow);
    } else {
        fprintf(stderr, "interrupted: %s is killed\n", sparkk8s_run_id(follow->run));
    }
    return code;
}

/* Beside JSON on stdout nobody reads along. */
static void explain(struct follow *follow)
{
    if (follow->changes != CHANGES_JSON)
        diagnosis_tell(follow->cli, follow->run);
}

static int gave_up(struct follow *follow, const char *why)
{
    if (follow->status)
        progress_verdict(&follow->progress, follow->status);
    explain(follow);
    fprintf(stderr, "not started: %s; the driver is left as it is\n", why);
    print_ways(follow);
    return EXIT_NOT_STARTED;
}

static int verdict(struct follow *follow)
{
    int code = exit_of_status(follow->status);

    progress_verdict(&follow->progress, follow->status);
    if (code != EXIT_OK)
        explain(follow);
    return code;
}

static const char *why_not_started(const struct follow *follow, int64_t now)
{
    int64_t limit = follow->cli->options.start_timeout_ms;

    if (follow->started || follow->ended)
        return NULL;
    if (limit && now - follow->begun_ms >= limit)
        return "--start-timeout is over";
    if (follow->stuck_ms && now - follow->stuck_ms >= STUCK_MS)
        return "what is in its way has not gone for a minute";
    return NULL;
}

/* ---- the loop ---- */

static void sooner(int *timeout_ms, int64_t ms)
{
    if (ms < 0)
        ms = 0;
    if (*timeout_ms < 0 || ms < *timeout_ms)
        *timeout_ms = (int)(ms > 1000000 ? 1000000 : ms);
}

/* Until when nothing has to be done but for news. -1: for good. */
static int time_to_wait(struct follow *follow, bool more)
{
    int64_t now = ticks_ms(), limit = follow->cli->options.start_timeout_ms;
    int timeout_ms = progress_draw(&follow->progress);

    if (more)
        return 0;
    if (!follow->started && limit)
        sooner(&timeout_ms, follow->begun_ms + limit - now);
    if (follow->stuck_ms)
        sooner(&timeout_ms, follow->stuck_ms + STUCK_MS - now);
    if (follow->ended)
        sooner(&timeout_ms, follow->heard_ms + LOG_REST_MS - now);
    return timeout_ms;
}

static bool all_told(const struct follow *follow)
{
    return follow->ended && (!follow->logs || follow->logs_ended ||
                             ticks_ms() - follow->heard_ms >= LOG_REST_MS);
}

static int loop(struct follow *follow)
{
    AUTO(error) err = NULL;
    const char *why;
    bool more;
    int rc;

    for (;;) {
        rc = take_changes(follow, &err);
        more = rc == 0 && take_lines(follow);
        if (rc == SPARKK8S_ECANCELED || signals_caught()) {
            progress_hide(&follow->progress);
            return interrupted(follow);
        }
        why = why_not_started(follow, ticks_ms());
        if (rc < 0 || why || all_told(follow)) {
            progress_hide(&follow->progress);
            if (!output_flush())
                return EXIT_INTERNAL;
            if (rc < 0) {
                rc = complain(err);
                print_ways(follow);
                return rc;
            }
            return why ? gave_up(follow, why) : verdict(follow);
        }
        if (!output_flush())            /* the log's lines first, then the live line below them */
            return EXIT_INTERNAL;
        rc = connect_wait(follow->client, time_to_wait(follow, more));
        if (rc == SPARKK8S_EIO)
            return EXIT_INTERNAL;
    }
}

int follow_run(struct cli *cli, sparkk8s_client *client, sparkk8s_run *run, enum follow_changes changes,
               const char *again)
{
    struct follow follow = { .cli = cli, .client = client, .run = run, .again = again, .changes = changes,
                             .begun_ms = ticks_ms() };
    AUTO(error) err = NULL;
    int rc;

    progress_init(&follow.progress,
                  changes == CHANGES_STDOUT ? stdout : changes == CHANGES_JSON ? NULL : stderr,
                  changes == CHANGES_STDERR && !cli->options.verbose);
    cli->progress = &follow.progress;
    logprint_init(&follow.print, cli, NAMES_NONE);
    rc = sparkk8s_watch_open_run(run, &follow.watch, &err);
    rc = rc < 0 ? complain(err) : loop(&follow);
    cli->progress = NULL;
    sparkk8s_logs_free(follow.logs);
    sparkk8s_watch_free(follow.watch);
    sparkk8s_status_free(follow.status);
    return rc;
}
