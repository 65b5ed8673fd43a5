/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s logs: lines on stdout; gaps, restarts and notices on stderr. */
#include "connect.h"
#include "exits.h"
#include "follow.h"

static int open_logs(struct cli *cli, sparkk8s_run *run, sparkk8s_logs **out, sparkk8s_error **err)
{
    const struct options *options = &cli->options;
    sparkk8s_logs_opts opts = {
        .size = sizeof(opts),
        .pod = options->pod,
        .container = options->container,
        .tail_lines = options->tail < 0 ? 0 : options->tail,
        .flags = (options->follow ? SPARKK8S_LOGS_FOLLOW : 0) |
            (options->previous ? SPARKK8S_LOGS_PREVIOUS : 0),
    };

    return sparkk8s_logs_open(run, &opts, out, err);
}

static int print_all(struct cli *cli, sparkk8s_client *client, sparkk8s_logs *logs)
{
    int timeout_ms = cli->options.follow ? -1 : (int)connect_call(cli).timeout_ms, rc;
    AUTO(error) err = NULL;

    for (;;) {
        rc = follow_lines(cli, logs, &err);
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

int cmd_logs(struct cli *cli)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    AUTO(logs) logs = NULL;
    AUTO(error) err = NULL;
    int rc;

    if (!cli->options.tail)
        return complain_usage(NULL, "--tail 0 leaves nothing to print");
    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc == 0)
        rc = open_logs(cli, run, &logs, &err);
    return rc < 0 ? complain(err) : print_all(cli, client, logs);
}
