/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s watch: a run until its end, with its verdict as exit code; or all that the filters leave, until
 * interrupted. */
#include "connect.h"
#include "exits.h"
#include "follow.h"
#include "selection.h"

static int watch_one(struct cli *cli, sparkk8s_client *client)
{
    static const enum follow_changes changes[FORMATS] = {
        [FORMAT_TEXT] = CHANGES_STDOUT, [FORMAT_JSON] = CHANGES_JSON, [FORMAT_NAME] = CHANGES_STDOUT };
    sparkk8s_call call = connect_call(cli);
    AUTO(run) run = NULL;
    AUTO(error) err = NULL;
    AUTO(chars) again = connect_again(cli, NULL);
    int rc;

    if (!again)
        return complain_oom();
    rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc < 0)
        return complain(err);
    return follow_run(cli, client, run, cli->options.logs ? CHANGES_STDERR : changes[cli->options.format],
                      again);
}

static int watch_all(struct cli *cli, sparkk8s_client *client)
{
    sparkk8s_call peek = connect_peek(cli);
    sparkk8s_select select = selection_of(cli, true);
    AUTO(watch) watch = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = sparkk8s_watch_open(client, &select, &watch, &err);
    while (rc >= 0) {
        AUTO(status) status = NULL;

        rc = sparkk8s_watch_next(watch, &peek, &status, &err);
        if (rc == SPARKK8S_OK)
            follow_print_change(cli, status);
        else if (rc == SPARKK8S_END)
            return EXIT_OK;
        else if (rc == SPARKK8S_AGAIN)
            rc = connect_wait(client, -1);
    }
    if (rc == SPARKK8S_EIO && !err)
        return EXIT_INTERNAL;
    return err ? complain(err) : exit_of_code(rc);
}

static int check(const struct options *options, bool one)
{
    if (!one && (options->logs || options->start_timeout_ms || options->kill_on_interrupt))
        return complain_usage_help("watch",
                                   "--logs, --start-timeout and --kill-on-interrupt are for a single run");
    if (one && options->drivers_only)
        return complain_usage_help("watch", "--drivers-only is for many runs");
    if (options->logs && options->format)
        return complain_usage(NULL, "-o %s and --logs would both write to stdout",
                              format_name(options->format));
    return EXIT_OK;
}

int cmd_watch(struct cli *cli)
{
    bool one = selection_is_one(cli);
    AUTO(client) client = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = check(&cli->options, one);
    if (rc != EXIT_OK)
        return rc;
    if (connect_client(cli, NULL, &client, &err) < 0)
        return complain(err);
    return one ? watch_one(cli, client) : watch_all(cli, client);
}
