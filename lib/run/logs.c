/* SPDX-License-Identifier: Apache-2.0 */
/* The public side of logs: opening, the wait for the next record, and what can be asked about it. The work:
 * logread.c. */
#include "logs.h"

#include "client.h"
#include "error.h"
#include "input.h"
#include "run.h"
#include "text.h"

OWNED(logs, sparkk8s_logs *, sparkk8s_logs_free);


static bool is_awake(void *owner)
{
    const struct sparkk8s_logs *logs = owner;

    return logs->flag.up;
}

/* The next record is there: 0; or as sparkk8s_logs_next(). */
static int advance(struct sparkk8s_logs *logs, const struct kube_limit *limit, sparkk8s_error **err)
{
    int rc = 0;

    if (logs->has_held) {
        logs->has_held = false;
        logs_new_line(logs, logs->held, logs->held_len, logs->held_ns);
    }
    while (rc == 0 && !logs->has_record) {
        kube_flag_take(logs->kube, &logs->flag);
        rc = logs_step(logs, err);
        if (rc == SPARKK8S_AGAIN)
            rc = kube_wait(logs->kube, limit, is_awake, logs, err);
    }
    return rc;
}

int sparkk8s_logs_next(sparkk8s_logs *logs, const sparkk8s_call *call, const char **line, size_t *len,
                       sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    if (!logs || !line || !len)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_next", "logs and a place for the line are needed");
    rc = kube_limit_init(logs->kube, call, 0, &limit, err);
    if (rc < 0)
        return rc;
    rc = advance(logs, &limit, err);
    if (rc != SPARKK8S_AGAIN)
        kube_flag_set(logs->kube, &logs->flag, true);
    if (rc)
        return rc;
    logs->has_record = false;
    *line = logs->line;
    *len = logs->len;
    return 0;
}

int sparkk8s_logs_kind(const sparkk8s_logs *logs)
{
    return logs->kind;
}

const char *sparkk8s_logs_pod(const sparkk8s_logs *logs)
{
    return logs->pod;
}

int64_t sparkk8s_logs_time_ns(const sparkk8s_logs *logs)
{
    return logs->time_ns;
}

const char *sparkk8s_logs_position(const sparkk8s_logs *logs)
{
    struct log_position position = { .restarts = logs->restarts, .mark = logs->mark };

    memcpy(position.id, logs->id, LOG_ID_SIZE);
    log_position_text(&position, logs->token);
    return logs->token;
}

static int logs_init(struct sparkk8s_logs *logs, const sparkk8s_run *run, const sparkk8s_logs_opts *opts,
                     sparkk8s_error **err)
{
    bool is_driver = !opts->pod || !strcmp(opts->pod, run->pod);
    struct log_position position = { 0 };

    if (opts->position && *opts->position && !log_position_parse(opts->position, &position))
        return fail(err, SPARKK8S_EINVAL, "position", "this is not a position that sparkk8s_logs_position() gave");
    logs->fragment = (struct str)STR_INIT(LOG_LINE_MAX + 1);
    logs->note = logs->notice = (struct str)STR_INIT(LOG_LINE_MAX + 1);
    logs->kube = kube_ref(run->kube);
    logs->ns = text_dup(run->ns);
    logs->pod = text_dup(opts->pod ? opts->pod : run->pod);
    logs->uid = is_driver ? text_dup(run->uid) : NULL;
    logs->container = text_dup(opts->container);
    logs->token = malloc(LOG_TOKEN_SIZE);
    if (!logs->token || !logs->ns || !logs->pod || (is_driver && run->uid && !logs->uid) ||
        (opts->container && !logs->container))
        return fail_oom(err);
    logs->flags = opts->flags;
    logs->tail = opts->tail_lines;
    memcpy(logs->id, position.id, LOG_ID_SIZE);
    logs->restarts = position.restarts;
    logs->mark = position.mark;
    logs->poll_ms = LOG_POLL_MS;
    logs->stall_ms = LOG_STALL_MS;
    kube_flag_init(&logs->flag, logs);
    kube_flag_set(logs->kube, &logs->flag, true);
    return 0;
}

int sparkk8s_logs_open(sparkk8s_run *run, const sparkk8s_logs_opts *opts, sparkk8s_logs **out, sparkk8s_error **err)
{
    AUTO(logs) logs = NULL;
    sparkk8s_logs_opts given;
    int rc;

    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_open", "a run and a place for the result are needed");
    rc = input_struct(&given, sizeof(given), opts, "sparkk8s_logs_opts", err);
    if (rc == 0)
        rc = kube_check(run->kube, err);
    if (rc < 0)
        return rc;
    if (given.flags & ~(SPARKK8S_LOGS_FOLLOW | SPARKK8S_LOGS_PREVIOUS) || given.reserved || given.tail_lines < 0)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_opts", "a member has a value that is never valid");
    logs = calloc(1, sizeof(*logs));
    if (!logs)
        return fail_oom(err);
    rc = logs_init(logs, run, &given, err);
    if (rc < 0)
        return rc;
    *out = TAKE(logs);
    return 0;
}

void sparkk8s_logs_free(sparkk8s_logs *logs)
{
    if (!logs)
        return;
    if (logs->kube) {
        kube_flag_set(logs->kube, &logs->flag, false);
        logs_stop(logs);
    }
    kube_unref(logs->kube);
    str_clear(&logs->fragment);
    str_clear(&logs->note);
    str_clear(&logs->notice);
    free(logs->ns);
    free(logs->pod);
    free(logs->uid);
    free(logs->container);
    free(logs->token);
    free(logs);
}
