/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s wait: until all runs that are chosen, or any, have ended or are as wished. The exit code is the first verdict that
 * is no success; where something else than the end is waited for, of a run that did not come to it. */
#include "connect.h"
#include "duration.h"
#include "exits.h"
#include "follow.h"
#include "output.h"
#include "selection.h"

struct waiting {
    const struct cli *cli;
    int verdict;                    /* the first that is not 0 */
    bool ended;                     /* one has */
};

static void take(struct waiting *waiting, const sparkk8s_status *status)
{
    follow_print_change(waiting->cli, status);
    if (!status_is_final(status) || (waiting->ended && waiting->cli->options.any))
        return;
    waiting->ended = true;
    if (!waiting->verdict)
        waiting->verdict = exit_of_status(status);
}

static int wait_all(struct waiting *waiting, sparkk8s_wait *wait, sparkk8s_error **err)
{
    int64_t limit_ms = waiting->cli->options.wait_timeout_ms, until = ticks_ms() + limit_ms;
    sparkk8s_call call = connect_call(waiting->cli);
    int rc;

    for (;;) {
        AUTO(status) status = NULL;
        int64_t left = until - ticks_ms();

        if (!output_flush())
            return SPARKK8S_EIO;
        call.timeout_ms = !limit_ms ? -1 : left < 1 ? 1 : (int32_t)(left > INT32_MAX ? INT32_MAX : left);
        rc = sparkk8s_wait_next(wait, &call, &status, err);
        if (rc != 0)
            return rc;
        take(waiting, status);
    }
}

static int complain_late(const sparkk8s_wait *wait)
{
    int64_t pending = sparkk8s_wait_count(wait, SPARKK8S_WAIT_PENDING);
    int64_t all = pending + sparkk8s_wait_count(wait, SPARKK8S_WAIT_REACHED) + sparkk8s_wait_count(wait, SPARKK8S_WAIT_MISSED);

    fprintf(stderr, "sparkk8s: --timeout is over: %lld of %lld runs are not as wished yet\n", (long long)pending, (long long)all);
    return EXIT_NOT_ENDED;
}

static int verdict(const struct waiting *waiting, const sparkk8s_wait *wait)
{
    const struct options *options = &waiting->cli->options;
    bool reached = options->any ? sparkk8s_wait_count(wait, SPARKK8S_WAIT_REACHED)
                                : !sparkk8s_wait_count(wait, SPARKK8S_WAIT_MISSED);

    if (!options->until)
        return waiting->verdict;
    return reached ? EXIT_OK : waiting->verdict ? waiting->verdict : EXIT_APP;
}

int cmd_wait(struct cli *cli)
{
    struct waiting waiting = { .cli = cli };
    sparkk8s_select select = selection_of(cli, false);
    sparkk8s_wait_opts opts = { .size = sizeof(opts), .states = cli->options.until,
                                .flags = cli->options.any ? SPARKK8S_WAIT_ANY : 0 };
    AUTO(client) client = NULL;
    AUTO(wait) wait = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_wait_open(client, &select, &opts, &wait, &err);
    if (rc == 0)
        rc = wait_all(&waiting, wait, &err);
    if (rc == SPARKK8S_EIO && !err)
        return EXIT_INTERNAL;
    if (rc == SPARKK8S_AGAIN)
        return complain_late(wait);
    return rc < 0 ? complain(err) : verdict(&waiting, wait);
}
