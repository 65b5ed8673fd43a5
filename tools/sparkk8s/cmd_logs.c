/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s logs: the log of a driver, of another pod of the run, or of all its executors. */
#include "connect.h"
#include "exits.h"
#include "logprint.h"

static int open_logs(struct cli *cli, sparkk8s_run *run, sparkk8s_logs **out, sparkk8s_error **err)
{
    const struct options *options = &cli->options;
    sparkk8s_logs_opts opts = {
        .size = sizeof(opts),
        .pod = options->pod,
        .container = options->container,
        .tail_lines = options->tail < 0 ? 0 : options->tail,
        .flags = (options->follow ? SPARKK8S_LOGS_FOLLOW : 0) |
            (options->previous ? SPARKK8S_LOGS_PREVIOUS : 0) |
            (options->executors ? SPARKK8S_LOGS_EXECUTORS : 0) |
            (options->driver ? SPARKK8S_LOGS_DRIVER : 0),
        .max_streams = options->max_streams < INT32_MAX ? (int32_t)options->max_streams : INT32_MAX,
    };

    return sparkk8s_logs_open(run, &opts, out, err);
}

static int print_all(struct cli *cli, sparkk8s_client *client, sparkk8s_logs *logs)
{
    bool names = cli->options.executors && !cli->options.no_prefix;
    int timeout_ms = cli->options.follow ? -1 : (int)connect_call(cli).timeout_ms, rc;
    struct logprint print;
    AUTO(error) err = NULL;

    logprint_init(&print, cli, names ? NAMES_EXECUTORS : NAMES_NONE);
    for (;;) {
        rc = logprint_some(&print, logs, &err);
        if (rc == SPARKK8S_END)
            return EXIT_OK;
        if (rc < 0)
            return complain(err);
        if (rc != SPARKK8S_AGAIN)
            continue;
        rc = connect_wait(client, timeout_ms);
        if (rc == SPARKK8S_EIO)
            return EXIT_INTERNAL;
        if (rc == SPARKK8S_ECANCELED)
            return exit_of_code(rc);
        if (rc == SPARKK8S_AGAIN)
            return complain_timeout();
    }
}

static int check(const struct options *options)
{
    if (!options->tail)
        return complain_usage(NULL, "--tail 0 leaves nothing to print");
    if (options->pod && options->executors)
        return complain_usage(NULL, "--pod is one pod, --executors are all of them");
    if (!options->executors && (options->no_prefix || options->max_streams))
        return complain_usage("--executors", "%s is for the logs of several pods",
                              options->no_prefix ? "--no-prefix" : "--max-streams");
    return EXIT_OK;
}

int cmd_logs(struct cli *cli)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    AUTO(logs) logs = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = check(&cli->options);
    if (rc != EXIT_OK)
        return rc;
    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc == 0)
        rc = open_logs(cli, run, &logs, &err);
    return rc < 0 ? complain(err) : print_all(cli, client, logs);
}
