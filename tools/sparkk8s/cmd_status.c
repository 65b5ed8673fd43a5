/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s status: one run, or many, now. */
#include "connect.h"
#include "duration.h"
#include "exits.h"
#include "listing.h"
#include "rows.h"
#include "selection.h"

static void print_field(const char *name, const char *value)
{
    if (!*value)
        return;
    printf("%-12s ", name);
    print_clean(stdout, value);
    putchar('\n');
}

static void print_moment(const char *name, int64_t ms)
{
    char when[LOCAL_TIME_SIZE], ago[DURATION_SIZE];

    if (ms)
        printf("%-12s %s (%s ago)\n", name, local_time(ms, when), duration_text(now_ms() - ms, ago));
}

static void print_executors(const sparkk8s_status *status)
{
    const char *lead = "";
    int state, n;

    if (sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING) < 0)
        return;
    printf("%-12s ", "executors");
    for (state = SPARKK8S_STATE_UNKNOWN; state <= SPARKK8S_STATE_LOST; state++) {
        n = sparkk8s_status_executors(status, state);
        if (n > 0) {
            printf("%s%d %s", lead, n, sparkk8s_state_name(state));
            lead = ", ";
        }
    }
    fputs(*lead ? "\n" : "none\n", stdout);
}

static void print_text(const sparkk8s_status *status)
{
    int cause = sparkk8s_status_cause(status);

    print_field("run", sparkk8s_status_run_id(status));
    print_field("app", sparkk8s_status_app_name(status));
    print_field("app id", sparkk8s_status_app_id(status));
    print_field("state", sparkk8s_state_name(sparkk8s_status_state(status)));
    print_field("stage", sparkk8s_status_stage(status));
    print_field("cause", cause == SPARKK8S_CAUSE_NONE ? "" : sparkk8s_cause_name(cause));
    print_field("reason", sparkk8s_status_reason(status));
    print_field("message", sparkk8s_status_message(status));
    if (sparkk8s_status_exit_code(status) >= 0)
        printf("%-12s %d\n", "exit code", sparkk8s_status_exit_code(status));
    print_executors(status);
    print_moment("submitted", sparkk8s_status_submitted_ms(status));
    print_moment("scheduled", sparkk8s_status_scheduled_ms(status));
    print_moment("started", sparkk8s_status_started_ms(status));
    print_moment("finished", sparkk8s_status_finished_ms(status));
}

static bool print_table(const sparkk8s_status *status, bool wide)
{
    AUTO_GRID grid = { 0 };

    rows_header(&grid, wide);
    rows_add(&grid, status, wide);
    return grid_print(&grid, stdout);
}

static int print(enum format format, const sparkk8s_status *status)
{
    AUTO(text) json = NULL;

    if ((format == FORMAT_JSON || format == FORMAT_YAML) && sparkk8s_status_to_json(status, &json, NULL) < 0)
        return complain_oom();
    switch (format) {
    case FORMAT_JSON:
    case FORMAT_YAML:
        print_document(format, json);
        break;
    case FORMAT_NAME:
        printf("%s\n", sparkk8s_status_run_id(status));
        break;
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        return print_table(status, format == FORMAT_WIDE) ? EXIT_OK : EXIT_INTERNAL;
    default:
        print_text(status);
    }
    return EXIT_OK;
}

static int status_of_one(struct cli *cli)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    AUTO(status) status = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_run_open(client, cli->options.ns, cli->options.words[0], &call, &run, &err);
    if (rc == 0)
        rc = sparkk8s_run_status(run, &call, &status, &err);
    if (rc < 0)
        return complain(err);
    rc = print(cli->options.format, status);
    return rc == EXIT_OK && cli->options.exit_code ? exit_of_status(status) : rc;
}

int cmd_status(struct cli *cli)
{
    return selection_is_one(cli) ? status_of_one(cli) : list_runs(cli, print_text);
}
