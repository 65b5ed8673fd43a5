/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s kill: one run, or all that names, globs and filters choose; the first failure is the exit code, the others are
 * killed all the same. */
#include "connect.h"
#include "duration.h"
#include "exits.h"
#include "output.h"
#include "selection.h"

struct killed {
    const struct options *options;
    size_t count, failures;
    int code;                       /* of the first failure */
};

/* As the library takes it: 0 is the pod's own, -1 none. */
static int32_t grace_of(const struct options *options)
{
    if (options->now || !options->grace)
        return -1;
    return options->grace < 0 ? 0 : (int32_t)(options->grace / 1000);
}

static sparkk8s_kill_opts opts_of(const struct options *options)
{
    return (sparkk8s_kill_opts){
        .size = sizeof(sparkk8s_kill_opts),
        .only_claim = options->only_claim,
        .grace_seconds = grace_of(options),
        .flags = (options->wait ? SPARKK8S_KILL_WAIT : 0) | (options->dry_run ? SPARKK8S_KILL_DRY_RUN : 0) |
            (options->all ? SPARKK8S_KILL_ALL : 0),
    };
}

/* Waiting takes as long as it takes, unless it is said. */
static sparkk8s_call call_of(const struct cli *cli)
{
    sparkk8s_call call = connect_call(cli);

    if (cli->options.wait && !cli->options.timeout_ms)
        call.timeout_ms = -1;
    return call;
}

static void print_killed(const struct options *options, const char *id)
{
    printf(options->format == FORMAT_NAME ? "%s\n" : options->wait ? "%s is gone\n" : "%s is asked to end\n", id);
}

/* ---- one ---- */

static int kill_one(struct cli *cli, sparkk8s_client *client)
{
    sparkk8s_kill_opts opts = opts_of(&cli->options);
    sparkk8s_call call = connect_call(cli), kill_call = call_of(cli);
    AUTO(run) run = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc == 0)
        rc = sparkk8s_run_kill(run, &opts, &kill_call, &err);
    if (rc < 0)
        return complain(err);
    print_killed(&cli->options, sparkk8s_run_id(run));
    return EXIT_OK;
}

/* ---- many ---- */

static void print_wish(const sparkk8s_status *status)
{
    int64_t submitted = sparkk8s_status_submitted_ms(status);
    char age[DURATION_SIZE];

    printf("%s would be killed: %s", sparkk8s_status_run_id(status), sparkk8s_state_name(sparkk8s_status_state(status)));
    if (submitted)
        printf(", submitted %s ago", duration_text(now_ms() - submitted, age));
    putchar('\n');
}

static void take(struct killed *killed, const sparkk8s_status *status, const sparkk8s_error *failure)
{
    int code = failure ? complain(failure) : EXIT_OK;

    killed->count++;
    killed->failures += failure != NULL;
    if (!killed->code)
        killed->code = code;
    if (!failure && killed->options->dry_run && killed->options->format != FORMAT_NAME)
        print_wish(status);
    else if (!failure)
        print_killed(killed->options, sparkk8s_status_run_id(status));
}

static int kill_all(struct cli *cli, sparkk8s_kills *kills, struct killed *killed, sparkk8s_error **err)
{
    sparkk8s_call call = call_of(cli);
    int rc;

    for (;;) {
        AUTO(status) status = NULL;
        AUTO(error) failure = NULL;

        if (!output_flush())
            return SPARKK8S_EIO;
        rc = sparkk8s_kills_next(kills, &call, &status, &failure, err);
        if (rc != 0)
            return rc;
        take(killed, status, failure);
    }
}

static int kill_many(struct cli *cli, sparkk8s_client *client)
{
    sparkk8s_select select = selection_of(cli, false);
    sparkk8s_kill_opts opts = opts_of(&cli->options);
    struct killed killed = { .options = &cli->options };
    AUTO(kills) kills = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = sparkk8s_kills_open(client, &select, &opts, &kills, &err);
    if (rc == 0)
        rc = kill_all(cli, kills, &killed, &err);
    if (rc == SPARKK8S_EIO && !err)
        return EXIT_INTERNAL;
    if (rc == SPARKK8S_AGAIN)
        return complain_timeout();
    if (rc < 0)
        return complain(err);
    if (!killed.count)
        fputs("no runs found\n", stderr);
    else if (killed.failures && killed.count > 1)
        fprintf(stderr, "%zu of %zu could not be killed\n", killed.failures, killed.count);
    return killed.code;
}

int cmd_kill(struct cli *cli)
{
    const struct options *options = &cli->options;
    AUTO(client) client = NULL;
    AUTO(error) err = NULL;

    if (options->now && options->grace > 0)
        return complain_usage(NULL, "--now and --grace contradict each other");
    if (options->dry_run && options->wait)
        return complain_usage(NULL, "--dry-run kills nothing: there is nothing to wait for");
    if (connect_client(cli, NULL, &client, &err) < 0)
        return complain(err);
    return selection_is_one(cli) && !options->dry_run ? kill_one(cli, client) : kill_many(cli, client);
}
