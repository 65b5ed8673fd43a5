/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s logs: the log of a driver, of another pod of the run, of all its executors, or of the drivers of many runs; on
 * stdout, or into a folder. */
#include "connect.h"
#include "exits.h"
#include "logprint.h"
#include "logsave.h"
#include "selection.h"

struct reading {
    struct cli *cli;
    bool one;                           /* a run; else those that are selected */
    sparkk8s_client *client;
    sparkk8s_logs *logs;
    struct logprint print;
};

static sparkk8s_logs_opts opts_of(const struct options *options, const char *position)
{
    return (sparkk8s_logs_opts){
        .size = sizeof(sparkk8s_logs_opts),
        .pod = options->pod,
        .container = options->container,
        .position = position,
        .tail_lines = options->tail < 0 ? 0 : options->tail,
        .flags = (options->follow ? SPARKK8S_LOGS_FOLLOW : 0) |
            (options->previous ? SPARKK8S_LOGS_PREVIOUS : 0) |
            (options->executors ? SPARKK8S_LOGS_EXECUTORS : 0) |
            (options->driver ? SPARKK8S_LOGS_DRIVER : 0),
        .max_streams = options->max_streams < INT32_MAX ? (int32_t)options->max_streams : INT32_MAX,
    };
}

/* ---- reading ---- */

/* Until there is more, or something to be saved. SPARKK8S_AGAIN only if the server has not answered in time. */
static int wait_for_more(const struct reading *reading)
{
    int limit_ms = reading->cli->options.follow ? -1 : (int)connect_call(reading->cli).timeout_ms;
    int save_ms = reading->print.save ? logsave_wait_ms(reading->print.save) : -1;
    int rc;

    if (save_ms >= 0 && (limit_ms < 0 || save_ms < limit_ms)) {
        rc = connect_wait(reading->client, save_ms);
        return rc == SPARKK8S_AGAIN ? 0 : rc;
    }
    return connect_wait(reading->client, limit_ms);
}

static int read_all(struct reading *reading)
{
    struct logsave *save = reading->print.save;
    AUTO(error) err = NULL;
    int rc, saved;

    for (;;) {
        rc = logprint_some(&reading->print, reading->logs, &err);
        saved = save ? logsave_sync(save, reading->logs, rc == SPARKK8S_END || rc < 0) : EXIT_OK;
        if (saved != EXIT_OK)
            return saved;
        if (rc == SPARKK8S_END)
            return EXIT_OK;
        if (rc < 0)
            return complain(err);
        if (rc != SPARKK8S_AGAIN)
            continue;
        rc = wait_for_more(reading);
        if (rc == SPARKK8S_EIO)
            return EXIT_INTERNAL;
        if (rc == SPARKK8S_ECANCELED) {
            saved = save ? logsave_sync(save, reading->logs, true) : EXIT_OK;
            return saved != EXIT_OK ? saved : exit_of_code(rc);
        }
        if (rc == SPARKK8S_AGAIN)
            return complain_timeout();
    }
}

/* ---- opening ---- */

static enum logprint_names names_of(const struct reading *reading)
{
    if (!reading->one)
        return NAMES_PODS;
    return reading->cli->options.executors ? NAMES_EXECUTORS : NAMES_NONE;
}

/* What the folder is of: the run, or the words. */
static char *what_of(const struct reading *reading, const sparkk8s_run *run)
{
    const struct options *options = &reading->cli->options;
    char *text = NULL;
    size_t len;
    FILE *file;
    int i;

    if (run)
        return asprintf(&text, "%s%s%s", sparkk8s_run_id(run), options->pod ? ", pod " : "",
                        options->pod ? options->pod : "") < 0 ? NULL : text;
    file = open_memstream(&text, &len);
    if (!file)
        return NULL;
    fputs("runs", file);
    for (i = 0; i < options->word_count; i++)
        fprintf(file, " %s", options->words[i]);
    if (options->selector)
        fprintf(file, " -l %s", options->selector);
    fputs(options->all_namespaces ? " -A" : "", file);
    return fclose(file) ? NULL : text;
}

static int read_pods(struct reading *reading, sparkk8s_run *run)
{
    const struct options *options = &reading->cli->options;
    AUTO(chars) what = what_of(reading, run);
    const char *position = NULL;
    sparkk8s_select select = selection_of(reading->cli, true);
    sparkk8s_logs_opts opts;
    AUTO(logsave) save = NULL;
    AUTO(logs) logs = NULL;
    AUTO(error) err = NULL;
    int rc = EXIT_OK;

    if (!what)
        return complain_oom();
    if (options->save)
        rc = logsave_open(reading->cli, what, !reading->one, &save, &position);
    if (rc != EXIT_OK)
        return rc;
    opts = opts_of(options, position);
    rc = run ? sparkk8s_logs_open(run, &opts, &logs, &err) :
        sparkk8s_logs_open_select(reading->client, &select, &opts, &logs, &err);
    if (rc < 0)
        return complain(err);
    reading->logs = logs;
    reading->print.save = save;
    rc = read_all(reading);
    if (save && rc == EXIT_OK)
        logsave_summary(save);
    return rc;
}

static int check(const struct options *options, bool one)
{
    bool several = options->executors || !one;

    if (!options->word_count && one)
        return complain_usage_help("logs", "logs needs RUN or GLOB, or options that select runs");
    if (!options->tail)
        return complain_usage(NULL, "--tail 0 leaves nothing to print");
    if (options->pod && several)
        return complain_usage(NULL, "--pod is one pod, %s", one ? "--executors are all of them" : "of one run");
    if (!several && (options->no_prefix || options->max_streams))
        return complain_usage("--executors", "%s is for the logs of several pods",
                              options->no_prefix ? "--no-prefix" : "--max-streams");
    if (options->save && options->format)
        return complain_usage(NULL, "-o %s is for stdout, --save writes lines", format_name(options->format));
    return EXIT_OK;
}

int cmd_logs(struct cli *cli)
{
    struct reading reading = { .cli = cli, .one = !selection_is_given(cli) };
    sparkk8s_call call = connect_call(cli);
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = check(&cli->options, reading.one);
    if (rc != EXIT_OK)
        return rc;
    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0 && reading.one)
        rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc < 0)
        return complain(err);
    reading.client = client;
    logprint_init(&reading.print, cli, cli->options.no_prefix ? NAMES_NONE : names_of(&reading));
    return read_pods(&reading, run);
}
