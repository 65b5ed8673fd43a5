/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s kill: each run in turn; the first failure is the exit code, the others are killed all the same. */
#include "connect.h"
#include "exits.h"
#include "signals.h"

/* As the library takes it: 0 is the pod's own, -1 none. */
static int32_t grace_of(const struct options *options)
{
    if (options->now || !options->grace)
        return -1;
    return options->grace < 0 ? 0 : (int32_t)(options->grace / 1000);
}

static int kill_one(struct cli *cli, sparkk8s_client *client, const char *id)
{
    const struct options *options = &cli->options;
    sparkk8s_kill_opts opts = {
        .size = sizeof(opts),
        .only_claim = options->only_claim,
        .grace_seconds = grace_of(options),
        .flags = options->wait ? SPARKK8S_KILL_WAIT : 0,
    };
    sparkk8s_call call = connect_call(cli), kill_call = call;
    AUTO(run) run = NULL;
    AUTO(error) err = NULL;
    int rc;

    if (options->wait && !options->timeout_ms)
        kill_call.timeout_ms = -1;
    rc = sparkk8s_run_open(client, options->ns, id, &call, &run, &err);
    if (rc == 0)
        rc = sparkk8s_run_kill(run, &opts, &kill_call, &err);
    if (rc < 0)
        return complain(err);
    printf(options->format == FORMAT_NAME ? "%s\n" : options->wait ? "%s is gone\n" : "%s is asked to end\n",
           sparkk8s_run_id(run));
    return EXIT_OK;
}

int cmd_kill(struct cli *cli)
{
    int i, rc, first = EXIT_OK;
    AUTO(client) client = NULL;
    AUTO(error) err = NULL;

    if (cli->options.now && cli->options.grace > 0)
        return complain_usage(NULL, "--now and --grace contradict each other");
    if (connect_client(cli, NULL, &client, &err) < 0)
        return complain(err);
    for (i = 0; i < cli->options.word_count && !signals_caught(); i++) {
        rc = kill_one(cli, client, cli->options.words[i]);
        if (first == EXIT_OK)
            first = rc;
    }
    return first;
}
