/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of a thousand lines whose connection ends at every byte of an answer: each line once, in order, and nothing else.
 *
 * The log has what makes that hard: seconds with several lines and with none, bursts with one time, times that go back,
 * empty lines, UTF-8, a long line. Every byte is tried with a connection that is closed; the other ends, the answer that
 * is ended properly in its middle (a kubelet that went away), and a container that is started again, at each byte of
 * a stride: `ways` says which. SPARKK8S_TORTURE_STEP=1 tries every byte in all of them, for about ten minutes.
 */
#include "stage.h"

#define LINES 1000
#define OF_FIRST 700                /* of two containers */
#define LIFE_MS 5000
#define LOG_START_NS INT64_C(1795250000000000000)

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 3600000 };

/* ---- the log ------------------------------------------------------------------------------------------------- */

struct text {
    int64_t ns;
    char s[80];
    size_t len;
};
static struct text truth[LINES];
static char long_line[3000];
#define LONG 611

static int64_t time_of(int i, int64_t *ns)
{
    if (i % 97 == 0)
        *ns += INT64_C(3100000000);
    else if (i % 200 >= 40)                     /* bursts: forty with one time */
        *ns += INT64_C(41000000) * (i % 7);
    return i % 61 == 5 ? *ns - 250000000 : *ns;
}

static void write_truth(void)
{
    int64_t ns = LOG_START_NS;
    int i;

    for (i = 0; i < LINES; i++) {
        struct text *line = &truth[i];

        line->ns = time_of(i, &ns);
        line->len = i % 50 == 7 ? 0 : (size_t)snprintf(line->s, sizeof(line->s), i % 23 ? "l%d" : "l%d zw\303\266lf \346\270\254 \360\237\230\200", i);
    }
    memset(long_line, 'x', sizeof(long_line));
}

static void print(struct stage *stage, struct object *pod, int from, int to)
{
    int i;

    for (i = from; i < to; i++)
        if (i == LONG)
            node_print(stage->cluster, pod, truth[i].ns, long_line, sizeof(long_line));
        else
            node_print(stage->cluster, pod, truth[i].ns, truth[i].s, truth[i].len);
}

/* ---- the ways in which it is cut ------------------------------------------------------------------------------ */

enum life { ENDS_LATER, ENDED, RESTARTS_LATER, RESTARTED };
static const struct way {
    const char *name;
    enum fault_end end;
    bool clean;                     /* the server ends the answer, properly, at that byte of the text */
    enum life life;
    int flags, step;
} ways[] = {
    { "closed", END_FIN, false, ENDED, SPARKK8S_LOGS_FOLLOW, 1 },
    { "closed while it runs", END_FIN, false, ENDS_LATER, SPARKK8S_LOGS_FOLLOW, 29 },
    { "reset", END_RST, false, ENDS_LATER, SPARKK8S_LOGS_FOLLOW, 31 },
    { "half closed", END_HALF, false, ENDED, 0, 37 },
    { "stalled", END_STALL, false, ENDS_LATER, SPARKK8S_LOGS_FOLLOW, 41 },
    { "ended", END_FIN, true, ENDS_LATER, SPARKK8S_LOGS_FOLLOW, 13 },
    { "closed before a restart", END_FIN, false, RESTARTS_LATER, SPARKK8S_LOGS_FOLLOW, 43 },
    { "closed in what is left of a container", END_FIN, false, RESTARTED, SPARKK8S_LOGS_FOLLOW, 47 },
};

struct show {
    struct stage stage;
    const struct way *way;
    sparkk8s_client *client;
    sparkk8s_run *run;
    struct object *pod;
    struct sim_alarm next;
    int at, asked;                  /* the byte; how often the log was asked for */
};

static bool has_two(const struct way *way)
{
    return way->life == RESTARTS_LATER || way->life == RESTARTED;
}

static void on_alarm(void *owner)
{
    struct show *show = owner;

    if (!has_two(show->way) || show->pod->container_count == 2) {
        node_exit(show->stage.cluster, show->pod, 0, false);
        return;
    }
    node_exit(show->stage.cluster, show->pod, 1, true);
    node_start(show->stage.cluster, show->pod);
    print(&show->stage, show->pod, OF_FIRST, LINES);
    sim_alarm_in(&show->next, LIFE_MS);
}

/* What is left of a container is read at the second request: the first one ends early, and the restart is then. */
static struct fault plan(void *owner, const char *line)
{
    struct show *show = owner;
    struct fault fault = { .side = FAULT_REPLY, .at = (size_t)show->at, .end = show->way->end };
    bool early = show->way->life == RESTARTED;

    if (!strstr(line, "/log?") || ++show->asked > 2)
        return (struct fault){ 0 };
    if (early && show->asked == 1) {
        sim_alarm_in(&show->next, 0);
        fault.at = 3000;
        return fault;
    }
    return !show->way->clean && show->asked == 1 + early ? fault : (struct fault){ 0 };
}

/* A pod anew; one that has ended stays as it is. */
static void begin_life(struct show *show)
{
    struct cluster *cluster = show->stage.cluster;
    char uid[24];

    show->asked = 0;
    if (show->way->life == ENDED && show->pod)
        return;
    if (show->pod)
        cluster_remove(cluster, show->pod);
    sparkk8s_run_free(show->run);
    show->pod = stage_pod(&show->stage, "d", "driver");
    snprintf(uid, sizeof(uid), "uid-%d", cluster->uids);
    ck_assert_int_eq(run_new(show->client->kube, STAGE_NS, "d", uid, "a1", &show->run, NULL), 0);
    node_start(cluster, show->pod);
    print(&show->stage, show->pod, 0, has_two(show->way) ? OF_FIRST : LINES);
    if (show->way->life == ENDED)
        node_exit(cluster, show->pod, 0, false);
    else if (show->way->life != RESTARTED)
        sim_alarm_in(&show->next, LIFE_MS);
    cluster_forget(cluster);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static void check_line(const char *what, int at, int *next, int kind, const char *line, size_t len)
{
    const struct text *expected = &truth[*next];

    if (*next < LINES && kind == SPARKK8S_LOG_LINE) {
        if (*next == LONG ? len == sizeof(long_line) && !memcmp(line, long_line, len) :
            len == expected->len && !memcmp(line, expected->s, len)) {
            ++*next;
            return;
        }
    }
    ck_abort_msg("%s at byte %d: kind %d '%.*s' where line %d is expected", what, at, kind, len > 60 ? 60 : (int)len, line, *next);
}

static void read_all(struct show *show, int at)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = show->way->flags };
    sparkk8s_error *err = NULL;
    sparkk8s_logs *logs = NULL;
    int rc, next = 0, restarts = 0;
    const char *line;
    size_t len;

    ck_assert_int_eq(sparkk8s_logs_open(show->run, &opts, &logs, NULL), 0);
    while ((rc = sparkk8s_logs_next(logs, &patient, &line, &len, &err)) == 0)
        if (sparkk8s_logs_kind(logs) == SPARKK8S_LOG_RESTART && next == OF_FIRST)
            restarts++;
        else
            check_line(show->way->name, at, &next, sparkk8s_logs_kind(logs), line, len);
    ck_assert_msg(rc == SPARKK8S_END, "%s at byte %d: %s: %s", show->way->name, at, sparkk8s_code_name(rc), sparkk8s_error_message(err));
    ck_assert_msg(next == LINES && restarts == has_two(show->way), "%s at byte %d: %d lines, %d restarts", show->way->name, at, next, restarts);
    sparkk8s_logs_free(logs);
}

static bool cut_at(struct show *show, int at)
{
    unsigned fired = proxy_fired(show->stage.proxy);

    sim_limit(7200000, "reading a log");
    show->at = at;
    if (show->way->clean)
        show->stage.cluster->end_log_at = (size_t)at + 1;
    begin_life(show);
    read_all(show, at);
    return show->way->clean ? !show->stage.cluster->end_log_at :
        proxy_fired(show->stage.proxy) > fired + (show->way->life == RESTARTED);
}

START_TEST(cut_at_every_byte)
{
    const struct way *way = &ways[_i];
    struct show show = { .way = way, .next = { .due = on_alarm, .owner = &show } };
    int at, step = stage_step(way->step) * (stage_step(1) > 1 ? 7 : 1);         /* a log is long */

    stage_begin(&show.stage, 1, (struct cluster_hooks){ 0 });
    show.stage.plan = plan;
    show.stage.owner = &show;
    show.client = stage_client(&show.stage);
    for (at = 0; cut_at(&show, at); at += step)
        ;
    ck_assert_int_gt(at, has_two(way) ? 26000 : 38000);
    sparkk8s_run_free(show.run);
    sparkk8s_client_free(show.client);
    stage_end(&show.stage);
}
END_TEST

int main(int argc UNUSED, char **argv)
{
    Suite *suite = suite_create("faults: logs");
    TCase *tcase = tcase_create("logs");

    write_truth();
    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, cut_at_every_byte, 0, (int)COUNT(ways));
    suite_add_tcase(suite, tcase);
    return stage_main(argv, suite);
}
