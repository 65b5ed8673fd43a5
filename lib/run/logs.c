/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public side of logs: opening, the wait for the next record, and what can be asked about it. Which pods: logpods.c;
 * whose record is next: logmux.c; the log of one pod: logread.c.
 */
#include "client.h"
#include "error.h"
#include "input.h"
#include "logmux.h"
#include "logpods.h"
#include "logrecord.h"
#include "run.h"
#include "text.h"

#define MOST_STREAMS 64
#define KNOWN_FLAGS (SPARKK8S_LOGS_FOLLOW | SPARKK8S_LOGS_PREVIOUS | SPARKK8S_LOGS_EXECUTORS | SPARKK8S_LOGS_DRIVER)

struct sparkk8s_logs {
    struct kube *kube;              /* a reference */
    char *container;
    struct log_pods pods;           /* without feeds: one pod, whatever becomes of its run */
    struct log_mux mux;
    struct kube_flag flag;
    struct log_member *member;      /* of the latest record; before the first: of the one pod, or NULL */
    struct log_record record;       /* the latest; its text is borrowed */
    int64_t restarts;
    struct str position;
};

OWNED(logs, sparkk8s_logs *, sparkk8s_logs_free);

/* ---- the next record ---- */

static void on_wake(void *owner)
{
    struct sparkk8s_logs *logs = owner;

    kube_flag_set(logs->kube, &logs->flag, true);
}

static bool is_awake(void *owner)
{
    const struct sparkk8s_logs *logs = owner;

    return logs->flag.up;
}

static int step(struct sparkk8s_logs *logs, struct log_member **member, sparkk8s_error **err)
{
    int listed, rc;

    listed = logs->pods.feed_count ? log_pods_step(&logs->pods, err) : SPARKK8S_AGAIN;
    if (listed < 0)
        return listed;
    if (logs->mux.in_order && logs->pods.feed_count && !logs->pods.listed)
        return listed;
    rc = log_mux_step(&logs->mux, member, err);
    if (rc == SPARKK8S_AGAIN && listed == SPARKK8S_AGAIN && log_pods_are_over(&logs->pods) && log_mux_is_over(&logs->mux))
        return SPARKK8S_END;
    return rc == SPARKK8S_AGAIN ? listed : rc;
}

static int advance(struct sparkk8s_logs *logs, const struct kube_limit *limit, struct log_member **member,
                   sparkk8s_error **err)
{
    int rc = 0;

    *member = NULL;
    while (rc == 0 && !*member) {
        kube_flag_take(&logs->flag);
        rc = step(logs, member, err);
        if (rc == SPARKK8S_AGAIN)
            rc = kube_wait(logs->kube, limit, is_awake, logs, err);
    }
    return rc;
}

static void take(struct sparkk8s_logs *logs, struct log_member *member)
{
    logs->record = *log_member_record(member);
    log_member_take(member);
    logs->member = member;
    logs->restarts = member->reader ? member->reader->at.restarts : member->position.restarts;
}

int sparkk8s_logs_next(sparkk8s_logs *logs, const sparkk8s_call *call, const char **line, size_t *len,
                       sparkk8s_error **err)
{
    struct log_member *member;
    struct kube_limit limit;
    int rc;

    if (!logs || !line || !len)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_next", "logs and a place for the line are needed");
    rc = kube_limit_init(logs->kube, call, 0, &limit, err);
    if (rc < 0)
        return rc;
    rc = advance(logs, &limit, &member, err);
    if (rc != SPARKK8S_AGAIN)
        kube_flag_set(logs->kube, &logs->flag, true);
    if (rc)
        return rc;
    take(logs, member);
    *line = logs->record.text;
    *len = logs->record.len;
    return 0;
}

/* ---- about it ---- */

int sparkk8s_logs_kind(const sparkk8s_logs *logs)
{
    return logs->record.kind;
}

const char *sparkk8s_logs_pod(const sparkk8s_logs *logs)
{
    return logs->member ? logs->member->pod : "";
}

const char *sparkk8s_logs_ns(const sparkk8s_logs *logs)
{
    return logs->member ? logs->member->ns : "";
}

const char *sparkk8s_logs_executor(const sparkk8s_logs *logs)
{
    return logs->member && logs->member->executor ? logs->member->executor : "";
}

int sparkk8s_logs_restarts(const sparkk8s_logs *logs)
{
    return (int)logs->restarts;
}

int sparkk8s_logs_is_whole(const sparkk8s_logs *logs)
{
    return logs->record.whole;
}

int64_t sparkk8s_logs_time_ns(const sparkk8s_logs *logs)
{
    return logs->record.ns;
}

int sparkk8s_logs_to_json(const sparkk8s_logs *logs, char **out, sparkk8s_error **err)
{
    if (!logs || !out || !logs->record.text)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_to_json", "logs that have given a record and a place for the text are needed");
    return log_record_json(logs->member, &logs->record, logs->restarts, out, err);
}

const char *sparkk8s_logs_position(const sparkk8s_logs *logs)
{
    struct str *text = &((struct sparkk8s_logs *)(uintptr_t)logs)->position;       /* what it is made in is no part of the value */
    char token[LOG_TOKEN_SIZE];

    str_clear(text);
    if (logs->pods.feed_count) {
        log_pods_add_token(&logs->pods, text);
    } else {
        log_position_text(log_member_position(logs->member), token);
        str_add(text, token);
    }
    return text->failed ? NULL : text->s;
}

/* ---- opening ---- */

static int check(const sparkk8s_logs_opts *opts, sparkk8s_error **err)
{
    bool executors = opts->flags & SPARKK8S_LOGS_EXECUTORS;

    if (opts->flags & ~KNOWN_FLAGS || opts->reserved || opts->reserved2 || opts->tail_lines < 0 || opts->max_streams < 0)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_opts", "a member has a value that is never valid");
    if (opts->pod && opts->flags & (SPARKK8S_LOGS_EXECUTORS | SPARKK8S_LOGS_DRIVER))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_opts", "pod is one pod, beside %s",
                    executors ? "SPARKK8S_LOGS_EXECUTORS" : "SPARKK8S_LOGS_DRIVER");
    return 0;
}

static int logs_new(struct kube *kube, const sparkk8s_logs_opts *opts, bool many, sparkk8s_logs **out,
                    sparkk8s_error **err)
{
    AUTO(logs) logs = calloc(1, sizeof(*logs));

    if (!logs)
        return fail_oom(err);
    logs->position = (struct str)STR_INIT(STR_TEXT_LIMIT);
    logs->kube = kube_ref(kube);
    logs->container = text_dup(opts->container);
    logs->mux = (struct log_mux){
        .kube = kube, .wake = on_wake, .owner = logs, .container = logs->container, .many = many,
        .flags = opts->flags, .in_order = many && !(opts->flags & SPARKK8S_LOGS_FOLLOW),
        .most = opts->max_streams ? (size_t)opts->max_streams : MOST_STREAMS,
    };
    log_mux_init(&logs->mux);
    logs->pods.tail = opts->tail_lines;
    logs->pods.executors = opts->flags & SPARKK8S_LOGS_EXECUTORS;
    logs->pods.drivers = !logs->pods.executors || opts->flags & SPARKK8S_LOGS_DRIVER;
    if (opts->container && !logs->container)
        return fail_oom(err);
    kube_flag_init(&logs->flag, logs);
    kube_flag_set(kube, &logs->flag, true);
    *out = TAKE(logs);
    return 0;
}

static int add_pod(struct sparkk8s_logs *logs, const sparkk8s_run *run, const sparkk8s_logs_opts *opts,
                   sparkk8s_error **err)
{
    bool is_driver = !opts->pod || !strcmp(opts->pod, run->pod);
    struct log_position position = { 0 };
    int rc;

    if (opts->position && *opts->position && !log_position_parse(opts->position, &position)) {
        fail(err, SPARKK8S_EINVAL, "position", "this is not a position that sparkk8s_logs_position() gave for one pod");
        return SPARKK8S_EINVAL;
    }
    rc = log_mux_add(&logs->mux, run->ns, opts->pod ? opts->pod : run->pod, is_driver ? run->uid : NULL, NULL,
                     &logs->member, err);
    if (rc < 0)
        return rc;
    logs->member->position = position;
    logs->member->tail = opts->tail_lines;
    log_member_start(logs->member);
    return 0;
}

static int read_token(struct log_pods *pods, const char *position, const char *whose, sparkk8s_error **err)
{
    int rc = position && *position ? log_token_parse(position, &pods->from, err) : 0;

    if (rc < 0 || !pods->from.whose || !strcmp(pods->from.whose, whose))
        return rc;
    return fail(err, SPARKK8S_EINVAL, "position", "this is a position in the logs of %s",
                strcmp(pods->from.whose, "*") ? "another run" : "selected runs");
}

static int add_run(struct sparkk8s_logs *logs, const sparkk8s_run *run, const sparkk8s_logs_opts *opts,
                   sparkk8s_error **err)
{
    struct selection selection = { .uid = text_dup(run->uid) };
    int rc;

    strv_add(&selection.ns, run->ns);
    rc = log_pods_init(&logs->pods, &logs->mux, &selection, err);
    if (rc < 0)
        return rc;
    if (logs->pods.selection.ns.failed || !logs->pods.selection.uid)
        return fail_oom(err);
    rc = read_token(&logs->pods, opts->position, run->uid, err);
    if (rc == 0)
        rc = log_pods_set_run(&logs->pods, run->app_id, run->pod, err);
    return rc == 0 ? log_pods_add_run_feed(&logs->pods, run->app_id, err) : rc;
}

static int add_selected(struct sparkk8s_logs *logs, const sparkk8s_select *select, const sparkk8s_logs_opts *opts,
                        sparkk8s_error **err)
{
    struct selection selection = { 0 };
    int rc = selection_init(&selection, logs->kube, select, err);

    if (rc == 0)
        rc = log_pods_init(&logs->pods, &logs->mux, &selection, err);
    if (rc == 0)
        rc = read_token(&logs->pods, opts->position, "*", err);
    return rc == 0 ? log_pods_add_feeds(&logs->pods, err) : rc;
}

/* The caller's options, as far as both ways to open have them. */
static int read_opts(const struct kube *kube, const sparkk8s_logs_opts *opts, sparkk8s_logs_opts *given,
                     sparkk8s_error **err)
{
    int rc = input_struct(given, sizeof(*given), opts, "sparkk8s_logs_opts", err);

    if (rc == 0)
        rc = kube_check(kube, err);
    return rc == 0 ? check(given, err) : rc;
}

int sparkk8s_logs_open(sparkk8s_run *run, const sparkk8s_logs_opts *opts, sparkk8s_logs **out, sparkk8s_error **err)
{
    AUTO(logs) logs = NULL;
    sparkk8s_logs_opts given;
    bool many;
    int rc;

    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_open", "a run and a place for the result are needed");
    rc = read_opts(run->kube, opts, &given, err);
    if (rc < 0)
        return rc;
    many = given.flags & SPARKK8S_LOGS_EXECUTORS;
    if (many && (!run->uid || !*run->app_id))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_open", "executors are found by the label spark-app-selector: the driver has none");
    rc = logs_new(run->kube, &given, many, &logs, err);
    if (rc == 0)
        rc = many ? add_run(logs, run, &given, err) : add_pod(logs, run, &given, err);
    if (rc < 0)
        return rc;
    *out = TAKE(logs);
    return 0;
}

int sparkk8s_logs_open_select(sparkk8s_client *client, const sparkk8s_select *select, const sparkk8s_logs_opts *opts,
                              sparkk8s_logs **out, sparkk8s_error **err)
{
    AUTO(logs) logs = NULL;
    sparkk8s_logs_opts given;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_open_select", "a client and a place for the result are needed");
    rc = read_opts(client->kube, opts, &given, err);
    if (rc == 0 && given.pod)
        rc = fail(err, SPARKK8S_EINVAL, "sparkk8s_logs_opts", "pod is one pod, beside a selection of runs");
    if (rc == 0)
        rc = logs_new(client->kube, &given, true, &logs, err);
    if (rc == 0)
        rc = add_selected(logs, select, &given, err);
    if (rc < 0)
        return rc;
    *out = TAKE(logs);
    return 0;
}

void sparkk8s_logs_free(sparkk8s_logs *logs)
{
    if (!logs)
        return;
    kube_flag_set(logs->kube, &logs->flag, false);
    log_mux_clear(&logs->mux);
    log_pods_clear(&logs->pods);
    kube_unref(logs->kube);
    str_clear(&logs->position);
    free(logs->container);
    free(logs);
}
