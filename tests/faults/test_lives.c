/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lives of runs under random faults: submitted, watched, their log followed, asked for, given from one process to
 * another, killed, deleted by somebody, started again by the kubelet, ended well or badly; while connections are cut, stall,
 * crawl and are refused, the API server refuses, forgets and is restarted, and the kubelet goes away.
 *
 * What must hold whatever happens: one driver is released, once, and complete; a submission that says no is right to be
 * repeated; no success that was none; the end is told once and is the true one; each line of the log once and in order,
 * as long as the cluster has it; no call takes longer than it may; nothing is left when all is freed.
 *
 *     test_faults_lives                  the first 2000 seeds (SPARKK8S_ROUNDS: as many)
 *     test_faults_lives --seed N         one, with what was asked and how it was answered
 *     test_faults_lives --seeds N        the first N
 */
#include "stage.h"

#include "error.h"
#include "json.h"
#include "moment.h"

#define KEY "the key"
#define CHUNKS 10
#define NS_PER_MS INT64_C(1000000)
#define CALL_MS 30000               /* the client's own time limit */
#define AFTER_MS 6000               /* a submission that ran out of time removes what it has created */
#define PAUSE_MS 500                /* between attempts */
#define TEXT_SIZE 24000

enum end { ENDS_BY_ITSELF, KILLED, DELETED };

struct life {
    struct stage stage;
    uint64_t seed;
    char name[40];

    /* What will happen, as far as it is drawn at the beginning. */
    unsigned percent;               /* of requests that are in trouble */
    int troubles_left, storms_left;
    enum end how;
    int code, lines, restart_at;    /* restart_at: after so many lines; -1: never */
    int64_t deleted_at_ms;          /* after the driver was started: by us or somebody */

    /* The driver as it is. */
    struct object *driver;          /* NULL: not released yet, or gone */
    struct sim_alarm step, dying, storm, calm;
    int released, written;
    bool started, dies, ended, gone;
    int64_t started_ms;

    /* What the client has. */
    sparkk8s_client *client;
    sparkk8s_manifest *manifest;
    sparkk8s_run *run;
    sparkk8s_watch *watch;
    sparkk8s_logs *logs;
    bool watch_over, logs_over, watch_begun, told_end, killed;
    int next_line, moves_left;
    bool gap;
    char position[512];
};

static bool talkative;

#define LIFE_MUST(life, what, ...)                                      \
    do {                                                                \
        if (!(what)) {                                                  \
            char text_[400];                                            \
            snprintf(text_, sizeof(text_), __VA_ARGS__);                \
            ck_abort_msg("%s: %s", (life)->name, text_);                \
        }                                                               \
    } while (0)

/* ---- the log's lines ------------------------------------------------------------------------------------------ */

/* The same each time: it is written once and compared later. */
static size_t text_of(const struct life *life, int line, char *out)
{
    uint64_t hash = ((uint64_t)line + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ (life->seed + 1) * UINT64_C(0xD1B54A32D192ED03);
    size_t more = hash % 100 == 0 ? 20000 : hash % 100 < 10 ? 0 : hash / 128 % 60;
    size_t len;

    if (hash % 100 == 1)
        return 0;
    len = (size_t)sprintf(out, "line %d \303\266", line);
    memset(out + len, 'a' + (int)(hash / 8192 % 26), more);
    return len + more;
}

static void write_lines(struct life *life, int count)
{
    static char text[TEXT_SIZE];
    int64_t ns = moment_now_ms() * NS_PER_MS;
    int i;

    for (i = 0; i < count && life->written < life->lines && life->written != life->restart_at; i++) {
        size_t len = text_of(life, life->written++, text);

        ns += sim_chance(50) ? 0 : sim_random(3000000);
        node_print(life->stage.cluster, life->driver, len && sim_chance(5) ? ns - 200 * NS_PER_MS : ns, text, len);
    }
}

/* ---- the driver ------------------------------------------------------------------------------------------------ */

static void start_driver(struct life *life)
{
    json_t *json;

    if (life->restart_at >= 0) {                /* as an admission webhook might have it */
        json = cluster_edit(life->driver);
        json_object_set_new(json_object_get(json, "spec"), "restartPolicy", json_string("OnFailure"));
        cluster_set(life->stage.cluster, life->driver, json);
    }
    node_start(life->stage.cluster, life->driver);
    life->started = true;
    life->started_ms = sim_now_ms();
}

static void end_driver(struct life *life, int code)
{
    life->ended = true;
    life->code = code;
    node_exit(life->stage.cluster, life->driver, code, false);
}

static bool is_read(const struct life *life)
{
    const struct stream *stream = life->stage.cluster->streams;

    while (stream && !stream->pod)
        stream = stream->next;
    return stream;
}

static void on_step(void *owner)
{
    struct life *life = owner;

    if (!life->driver || life->ended)
        return;
    if (!life->started) {
        start_driver(life);
    } else if (life->written == life->restart_at && !life->dies) {
        if (!is_read(life)) {                   /* who is looking for a container while it is replaced may read the wrong one */
            sim_alarm_in(&life->step, 1000);
            return;
        }
        life->restart_at = -1;
        node_exit(life->stage.cluster, life->driver, 1, true);
        node_start(life->stage.cluster, life->driver);
    } else if (life->written < life->lines) {
        write_lines(life, (int)sim_random(30));
    } else if (!life->dies) {
        end_driver(life, life->code);
        return;
    }
    sim_alarm_in(&life->step, sim_random(4000));
}

/* Once it is told to go (here by somebody else, or by the client): it ends, and then the pod goes. */
static void on_dying(void *owner)
{
    struct life *life = owner;

    if (!life->driver)
        return;
    if (!life->started) {
        life->dies = true;
        cluster_remove(life->stage.cluster, life->driver);
    } else if (!life->dies) {
        json_t *json = cluster_edit(life->driver);

        json_object_set_new(json_object_get(json, "metadata"), "deletionTimestamp", json_string("2026-11-21T10:00:00Z"));
        json_object_set_new(json_object_get(json, "metadata"), "deletionGracePeriodSeconds", json_integer(30));
        cluster_set(life->stage.cluster, life->driver, json);           /* see on_change() */
    } else if (!life->ended) {
        end_driver(life, sim_chance(20) ? 0 : 143);
        sim_alarm_in(&life->dying, sim_random(8000));
    } else {
        cluster_remove(life->stage.cluster, life->driver);
    }
}

static void on_change(void *owner, const char *type, const char *plural, json_t *object)
{
    struct life *life = owner;
    bool held = json_at(object, "spec", "schedulingGates", NULL) != NULL;

    if (strcmp(plural, "pods"))
        return;
    if (!strcmp(type, "DELETED")) {
        LIFE_MUST(life, held || !life->driver || life->dies || life->killed, "a driver that was released is deleted");
        life->gone = life->gone || life->driver;
        life->driver = NULL;
        return;
    }
    if (!held && !life->released) {
        life->released++;
        life->driver = cluster_find(life->stage.cluster, "pods", json_text_at(object, "metadata", "name", NULL));
        LIFE_MUST(life, cluster_count(life->stage.cluster, "services") == 1 && cluster_count(life->stage.cluster, "configmaps") == 1,
                  "released before it was complete");
        sim_alarm_in(&life->step, sim_random(5000));
    }
    if (!life->dies && json_text_at(object, "metadata", "deletionTimestamp", NULL)) {
        life->dies = true;
        sim_alarm_in(&life->dying, sim_random(8000));
    }
}

/* ---- trouble --------------------------------------------------------------------------------------------------- */

static bool is_trouble(struct life *life)
{
    if (!life->troubles_left || !sim_chance(life->percent))
        return false;
    life->troubles_left--;
    return true;
}

static struct fault plan(void *owner, const char *line)
{
    struct life *life = owner;
    struct fault fault = { 0 };
    static const uint32_t reaches[] = { 1, 60, 300, 3000, 20000 };

    if (is_trouble(life)) {
        fault.end = sim_random(ENDS);
        fault.side = sim_chance(20) ? FAULT_NONE : sim_chance(30) ? FAULT_REQUEST : FAULT_REPLY;
        fault.at = sim_random(reaches[sim_random(COUNT(reaches))]);
        if (sim_chance(20)) {
            fault.piece = 1 + sim_random(500);
            fault.every_ms = sim_random(40);
        }
    }
    if (talkative)
        printf("%8lld ms  %.120s  %d %zu %d\n", (long long)sim_now_ms(), line, (int)fault.side, fault.at, (int)fault.end);
    return fault;
}

static struct trouble on_request(void *owner, const char *verb)
{
    static const struct trouble troubles[] = {
        { 429, false, 1 }, { 429, false, -1 }, { 500, false, -1 }, { 500, true, -1 }, { 503, false, 2 }, { 503, false, -1 },
        { 504, true, -1 }, { -1, false, -1 }, { -1, true, -1 },
    };
    struct life *life = owner;
    struct trouble trouble = { 0 };

    if (is_trouble(life))
        trouble = troubles[sim_random(COUNT(troubles))];
    if (trouble.after && (strstr(verb, "watch") || strstr(verb, "log")))
        trouble.after = false;
    if (talkative && trouble.code)
        printf("%8lld ms  %s: %d%s\n", (long long)sim_now_ms(), verb, trouble.code, trouble.after ? ", carried out" : "");
    return trouble;
}

/* What happens to all connections at once. */
static void on_storm(void *owner)
{
    struct life *life = owner;
    struct cluster *cluster = life->stage.cluster;
    uint32_t what = sim_random(7);

    if (!life->storms_left--)
        return;
    if (talkative)
        printf("%8lld ms  storm %u\n", (long long)sim_now_ms(), what);
    switch (what) {
    case 0:                                     /* the API server is restarted */
        cluster_forget(cluster);
        proxy_end_all(life->stage.proxy, END_RST);
        proxy_listen(life->stage.proxy, false);
        break;
    case 1:
        cluster_forget(cluster);
        cluster_end_watches(cluster);
        break;
    case 2:
        cluster_end_watches(cluster);
        break;
    case 3:                                     /* the kubelet is */
        node_end_logs(cluster, sim_chance(50) ? "" : "rpc error: code = Unavailable");
        cluster->kubelet_down = true;
        break;
    case 4:
        node_end_logs(cluster, "");
        break;
    default:                                    /* a load balancer drops what it had */
        proxy_end_all(life->stage.proxy, (enum fault_end)sim_random(ENDS));
    }
    sim_alarm_in(&life->calm, sim_random(15000));
    sim_alarm_in(&life->storm, sim_random(40000));
}

static void on_calm(void *owner)
{
    struct life *life = owner;

    life->stage.cluster->kubelet_down = false;
    proxy_listen(life->stage.proxy, true);
}

/* ---- the client ------------------------------------------------------------------------------------------------ */

static void note(int level, const char *topic, const char *message, void *userdata UNUSED)
{
    if (level > SPARKK8S_LOG_DEBUG)
        printf("%8lld ms  %s: %s\n", (long long)sim_now_ms(), topic, message);
}

/* A call that began then has taken no longer than it may. */
static void check_time(const struct life *life, const char *what, int64_t began_ms, int64_t most_ms)
{
    LIFE_MUST(life, sim_now_ms() - began_ms <= most_ms, "%s took %lld ms", what, (long long)(sim_now_ms() - began_ms));
}

/* It must be one after which the caller may try again, which is done a little later. */
static void check_error(const struct life *life, const char *what, const sparkk8s_error *err)
{
    if (talkative)
        printf("%8lld ms  %s: %s\n", (long long)sim_now_ms(), what, sparkk8s_error_message(err));
    sim_pass(PAUSE_MS);
    LIFE_MUST(life, sparkk8s_error_is_retriable(err), "%s: %s %s: %s", what, sparkk8s_code_name(sparkk8s_error_code(err)),
              sparkk8s_error_where(err), sparkk8s_error_message(err));
}

static void submit(struct life *life)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY };
    int64_t began;
    int rc;

    do {
        AUTO(error) err = NULL;

        began = sim_now_ms();
        rc = sparkk8s_submit(life->client, life->manifest, &opts, NULL, &life->run, &err);
        check_time(life, "submit", began, CALL_MS + AFTER_MS);
        if (rc < 0)
            check_error(life, "submit", err);
    } while (rc < 0);
    LIFE_MUST(life, life->released == 1, "submitted, and %d drivers were released", life->released);
    if (life->how == DELETED)
        sim_alarm_in(&life->dying, life->deleted_at_ms);
}

/* The true end, as far as this status tells one. */
static void check_status(struct life *life, const char *what, const sparkk8s_status *status)
{
    int state = sparkk8s_status_state(status);

    if (talkative)
        printf("%8lld ms  %s: %s %d\n", (long long)sim_now_ms(), what, sparkk8s_state_name(state), sparkk8s_status_exit_code(status));
    if (state == SPARKK8S_STATE_SUCCEEDED)
        LIFE_MUST(life, life->ended && life->code == 0, "%s: a success that is none", what);
    if (state == SPARKK8S_STATE_FAILED)
        LIFE_MUST(life, life->ended && life->code == sparkk8s_status_exit_code(status), "%s: failed with %d", what,
                  sparkk8s_status_exit_code(status));
    if (state == SPARKK8S_STATE_LOST)
        LIFE_MUST(life, life->gone, "%s: lost, but it is there", what);
}

static void step_watch(struct life *life)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = (int32_t)sim_random(20000) };
    sparkk8s_status *status = NULL;
    AUTO(error) err = NULL;
    int64_t began = sim_now_ms();
    int rc = sparkk8s_watch_next(life->watch, &call, &status, &err);

    check_time(life, "watch", began, call.timeout_ms);
    if (rc == 0) {
        LIFE_MUST(life, !life->told_end, "something is told after the end");
        life->watch_begun = true;
        check_status(life, "watch", status);
        life->told_end = sparkk8s_status_state(status) >= SPARKK8S_STATE_SUCCEEDED;
        sparkk8s_status_free(status);
    } else if (rc == SPARKK8S_END) {
        LIFE_MUST(life, life->told_end, "the watch ended without an end");
        life->watch_over = true;
    } else if (rc < 0) {
        check_error(life, "watch", err);
        LIFE_MUST(life, !life->watch_begun, "the watch told an error that it should get over: %s", sparkk8s_error_message(err));
    }
}

static void take_line(struct life *life, const char *line, size_t len)
{
    static char expected[TEXT_SIZE];
    size_t expected_len = text_of(life, life->next_line, expected);

    LIFE_MUST(life, len == expected_len && !memcmp(line, expected, len), "'%.*s' instead of line %d", len > 40 ? 40 : (int)len, line,
              life->next_line);
    life->next_line++;
    snprintf(life->position, sizeof(life->position), "%s", sparkk8s_logs_position(life->logs));
}

/* What the cluster still has must come: a gap is one only if the pod is gone. */
static void step_logs(struct life *life)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = (int32_t)sim_random(20000) };
    AUTO(error) err = NULL;
    const char *line;
    size_t len;
    int64_t began = sim_now_ms();
    int rc = sparkk8s_logs_next(life->logs, &call, &line, &len, &err);

    check_time(life, "logs", began, call.timeout_ms);
    if (rc == 0 && sparkk8s_logs_kind(life->logs) == SPARKK8S_LOG_LINE) {
        take_line(life, line, len);
    } else if (rc == 0 && sparkk8s_logs_kind(life->logs) == SPARKK8S_LOG_GAP) {
        LIFE_MUST(life, life->gone, "a gap after line %d: %.*s", life->next_line, (int)len, line);
        life->gap = true;
    } else if (rc == SPARKK8S_END || (rc == SPARKK8S_ENOTFOUND && life->gone)) {
        LIFE_MUST(life, life->gone || life->next_line == life->written, "the log ended after %d of %d lines", life->next_line,
                  life->written);
        life->logs_over = true;
    } else if (rc < 0) {
        check_error(life, "logs", err);
    }
}

static void step_status(struct life *life)
{
    sparkk8s_status *status = NULL;
    AUTO(error) err = NULL;
    int64_t began = sim_now_ms();
    int rc = sparkk8s_run_status(life->run, NULL, &status, &err);

    check_time(life, "status", began, CALL_MS);
    if (rc < 0) {
        check_error(life, "status", err);
        return;
    }
    check_status(life, "status", status);
    sparkk8s_status_free(status);
}

static void step_kill(struct life *life)
{
    AUTO(error) err = NULL;
    int64_t began = sim_now_ms();
    int rc;

    life->killed = true;
    rc = sparkk8s_run_kill(life->run, NULL, NULL, &err);
    check_time(life, "kill", began, CALL_MS);
    if (rc < 0)
        check_error(life, "kill", err);
    LIFE_MUST(life, rc < 0 || life->dies || life->gone, "killed, but nobody told the driver");
}

static void open_streams(struct life *life)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_LOGS_FOLLOW, .position = life->position };

    life->watch_begun = life->told_end = false;
    if (!life->watch_over)
        ck_assert_int_eq(sparkk8s_watch_open_run(life->run, &life->watch, NULL), 0);
    if (!life->logs_over)
        ck_assert_int_eq(sparkk8s_logs_open(life->run, &opts, &life->logs, NULL), 0);
}

static void close_streams(struct life *life)
{
    sparkk8s_watch_free(TAKE(life->watch));
    sparkk8s_logs_free(TAKE(life->logs));
}

static void drop_client(struct life *life)
{
    close_streams(life);
    sparkk8s_run_free(TAKE(life->run));
    sparkk8s_client_free(TAKE(life->client));
}

static sparkk8s_client *make_client(const struct life *life)
{
    return stage_client_noting(&life->stage, talkative ? note : NULL);
}

/* Another process takes over: it has the key, and the position in the log. */
static void move(struct life *life)
{
    int rc;

    drop_client(life);
    life->client = make_client(life);
    do {
        AUTO(error) err = NULL;
        int64_t began = sim_now_ms();

        rc = sparkk8s_run_open(life->client, NULL, KEY, NULL, &life->run, &err);
        check_time(life, "open", began, CALL_MS);
        if (rc == SPARKK8S_ENOTFOUND && life->gone)
            return;
        if (rc < 0)
            check_error(life, "open", err);
    } while (rc < 0);
    open_streams(life);
}

static void step(struct life *life)
{
    if (life->how == KILLED && life->started && !life->dies && !life->gone &&
        sim_now_ms() >= life->started_ms + life->deleted_at_ms)
        step_kill(life);
    else if (sim_chance(2))
        step_status(life);
    else if (sim_chance(2) && life->moves_left-- > 0)
        move(life);
    else if (!life->watch_over && (life->logs_over || sim_chance(20)))
        step_watch(life);
    else
        step_logs(life);
}

/* ---- a life ---------------------------------------------------------------------------------------------------- */

static void draw(struct life *life)
{
    static const int codes[] = { 0, 0, 0, 1, 137 };

    life->percent = sim_random(60);
    life->troubles_left = (int)sim_random(50);
    life->storms_left = (int)sim_random(6);
    life->how = sim_chance(60) ? ENDS_BY_ITSELF : sim_chance(50) ? KILLED : DELETED;
    life->deleted_at_ms = sim_random(30000);
    life->code = codes[sim_random(COUNT(codes))];
    life->lines = (int)sim_random(200);
    life->restart_at = sim_chance(20) ? 1 + (int)sim_random(150) : -1;
    life->moves_left = (int)sim_random(3);
}

static void begin(struct life *life, uint64_t seed)
{
    *life = (struct life){
        .seed = seed, .step = { .due = on_step, .owner = life }, .dying = { .due = on_dying, .owner = life },
        .storm = { .due = on_storm, .owner = life }, .calm = { .due = on_calm, .owner = life },
    };
    snprintf(life->name, sizeof(life->name), "--seed %llu", (unsigned long long)seed);
    stage_begin(&life->stage, seed, (struct cluster_hooks){ .trouble = on_request, .changed = on_change, .owner = life });
    life->stage.plan = plan;
    life->stage.owner = life;
    sim_limit(14400000, life->name);
    draw(life);
    sim_alarm_in(&life->storm, sim_random(20000));
    life->manifest = stage_manifest(KEY);
    life->client = make_client(life);
}

static void end(struct life *life)
{
    drop_client(life);
    sparkk8s_manifest_free(life->manifest);
    sim_alarm_off(&life->step);
    sim_alarm_off(&life->dying);
    sim_alarm_off(&life->storm);
    sim_alarm_off(&life->calm);
    life->stage.cluster->hooks = (struct cluster_hooks){ NULL };
    stage_end(&life->stage);
}

static void live(uint64_t seed)
{
    struct life life;

    begin(&life, seed);
    submit(&life);
    open_streams(&life);
    while (life.run && (!life.watch_over || !life.logs_over))
        step(&life);
    LIFE_MUST(&life, life.released == 1, "%d drivers were released", life.released);
    LIFE_MUST(&life, life.ended || life.gone, "it ended before its end");
    end(&life);
}

/* ---- many ------------------------------------------------------------------------------------------------------ */

static uint64_t only_seed, seeds = 2000;

START_TEST(lives)
{
    struct holdings before = { 0 }, after;
    uint64_t seed;

    for (seed = 1 + (uint64_t)_i; seed <= seeds; seed += CHUNKS) {
        live(seed);
        after = stage_holdings();
        if (before.descriptors)
            ck_assert_msg(before.descriptors == after.descriptors && before.bytes == after.bytes,
                          "--seed %llu: %d descriptors and %lld bytes are left", (unsigned long long)seed,
                          after.descriptors - before.descriptors, (long long)after.bytes - (long long)before.bytes);
        before = after;
    }
}
END_TEST

START_TEST(one_life)
{
    live(only_seed);
}
END_TEST

static void read_options(int argc, char **argv)
{
    const char *rounds = getenv("SPARKK8S_ROUNDS");
    int i;

    if (rounds)
        seeds = strtoull(rounds, NULL, 10);
    for (i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            only_seed = strtoull(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--seeds"))
            seeds = strtoull(argv[i + 1], NULL, 10);
    }
    talkative = only_seed;
    setlinebuf(stdout);
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("faults: lives");
    TCase *tcase = tcase_create("lives");

    read_options(argc, argv);
    tcase_set_timeout(tcase, 1200);
    if (only_seed)
        tcase_add_test(tcase, one_life);
    else
        tcase_add_loop_test(tcase, lives, 0, CHUNKS);
    suite_add_tcase(suite, tcase);
    return stage_main(argv, suite);
}
