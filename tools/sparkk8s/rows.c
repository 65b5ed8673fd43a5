/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include "duration.h"
#include "progress.h"

static const char *const narrow_titles[] = { "RUN", "APP", "STATE", "CAUSE", "EXECUTORS", "AGE", NULL };
static const char *const wide_titles[] = { "RUN", "APP", "STATE", "CAUSE", "EXECUTORS", "AGE", "STAGE",
                                           "EXIT", "STARTED", "FINISHED",
                                           "APP ID", "REASON", NULL };

void rows_header(struct grid *grid, bool wide)
{
    const char *const *title = wide ? wide_titles : narrow_titles;

    for (; *title; title++) {
        grid_cell(grid, "%s", *title);
        grid->columns++;
    }
}

static void add_wide(struct grid *grid, const sparkk8s_status *status)
{
    int code = sparkk8s_status_exit_code(status);
    char when[LOCAL_TIME_SIZE];

    grid_cell(grid, "%s", sparkk8s_status_stage(status));
    if (code < 0)
        grid_cell(grid, "-");
    else
        grid_cell(grid, "%d", code);
    grid_cell(grid, "%s", local_time(sparkk8s_status_started_ms(status), when));
    grid_cell(grid, "%s", local_time(sparkk8s_status_finished_ms(status), when));
    grid_cell(grid, "%s", sparkk8s_status_app_id(status));
    grid_cell(grid, "%s", sparkk8s_status_reason(status));
}

void rows_add(struct grid *grid, const sparkk8s_status *status, bool wide)
{
    int64_t submitted = sparkk8s_status_submitted_ms(status);
    int cause = sparkk8s_status_cause(status);
    char executors[32], age[DURATION_SIZE];

    executors_text(status, executors, sizeof(executors));
    grid_cell(grid, "%s", sparkk8s_status_run_id(status));
    grid_cell(grid, "%s", sparkk8s_status_app_name(status));
    grid_cell(grid, "%s", sparkk8s_state_name(sparkk8s_status_state(status)));
    grid_cell(grid, "%s", cause == SPARKK8S_CAUSE_NONE ? "-" : sparkk8s_cause_name(cause));
    grid_cell(grid, "%s", executors);
    grid_cell(grid, "%s", submitted ? duration_text(now_ms() - submitted, age) : "-");
    if (wide)
        add_wide(grid, status);
}
