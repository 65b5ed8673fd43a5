/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of many pods against scripted answers: every line of each once and in its order, whoever comes and goes; no
 * more streams than allowed (the server counts). */
#include "podserver.h"

#include "alloc.h"
#include "logrecord.h"
#include "logtoken.h"

#define PODS 24

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 60000 };
enum { FOLLOW = SPARKK8S_LOGS_FOLLOW, EXECUTORS = SPARKK8S_LOGS_EXECUTORS };

/* "1:0-49 2:0-19,GAP 2:..." in the order of the executors; what concerns all of the run under "d". */
struct seen {
    char pod[40], text[200];
    int first, next;                /* the run of lines under way; first -1: none */
};
struct reader {
    struct seen pods[PODS];
    int count;
    int64_t time_ns;
    bool in_order;                  /* no line is much earlier than the one before */
    bool odd;                       /* too many pods, or an executor with another number than its name (no ck_assert while
                                     * allocations are counted: it has some) */
    char message[200], out[2000];
};

static struct seen *seen_of(struct reader *reader, const char *pod)
{
    struct seen *seen;

    for (seen = reader->pods; seen < reader->pods + reader->count; seen++)
        if (!strcmp(seen->pod, pod))
            return seen;
    if (reader->count == PODS) {
        reader->odd = true;
        return --seen;
    }
    reader->count++;
    *seen = (struct seen){ .first = -1 };
    snprintf(seen->pod, sizeof(seen->pod), "%s", pod);
    return seen;
}

static void say(struct seen *seen, const char *word)
{
    size_t at = strlen(seen->text);

    snprintf(seen->text + at, sizeof(seen->text) - at, "%s%s", at ? "," : "", word);
}

static void end_run(struct seen *seen)
{
    char word[32];

    if (seen->first < 0)
        return;
    snprintf(word, sizeof(word), "%d-%d", seen->first, seen->next - 1);
    seen->first = -1;
    say(seen, word);
}

static void take_line(struct reader *reader, struct seen *seen, const sparkk8s_logs *logs, const char *line, size_t len)
{
    int n = len ? atoi(line + 1) : 9;           /* line 9 is empty */

    if (seen->first < 0 || n != seen->next) {
        end_run(seen);
        seen->first = n;
    }
    seen->next = n + 1;
    reader->in_order = reader->in_order && sparkk8s_logs_time_ns(logs) > reader->time_ns - 300000000;
    reader->time_ns = sparkk8s_logs_time_ns(logs);
}

static void take(struct reader *reader, const sparkk8s_logs *logs, const char *line, size_t len)
{
    static const char *const kinds[] = { "", "GAP", "RESTART", "NOTICE" };
    const char *executor = sparkk8s_logs_executor(logs), *pod = sparkk8s_logs_pod(logs);
    struct seen *seen = seen_of(reader, strstr(pod, "exec-") ? strstr(pod, "exec-") + 5 : pod);

    reader->odd = reader->odd || (*executor && strcmp(executor, seen->pod));
    if (sparkk8s_logs_kind(logs) == SPARKK8S_LOG_LINE) {
        take_line(reader, seen, logs, line, len);
        return;
    }
    end_run(seen);
    say(seen, kinds[sparkk8s_logs_kind(logs)]);
    snprintf(reader->message, sizeof(reader->message), "%.*s", (int)len, line);
}

static int by_pod(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;

    int of_run = (x->pod[0] == 'd') - (y->pod[0] == 'd');

    if (of_run || atoi(x->pod) != atoi(y->pod))
        return of_run ? of_run : atoi(x->pod) - atoi(y->pod);
    return strcmp(x->pod, y->pod);
}

static void sum_up(struct reader *reader, int rc)
{
    size_t at = 0;
    int i;

    ck_assert(!reader->odd);
    qsort(reader->pods, (size_t)reader->count, sizeof(*reader->pods), by_pod);
    for (i = 0; i < reader->count; i++) {
        end_run(&reader->pods[i]);
        at += (size_t)snprintf(reader->out + at, sizeof(reader->out) - at, "%s:%s ", reader->pods[i].pod, reader->pods[i].text);
    }
    snprintf(reader->out + at, sizeof(reader->out) - at, "%s", rc == SPARKK8S_END ? "END" : rc == SPARKK8S_AGAIN ? "AGAIN" :
             sparkk8s_code_name(rc));
}

/* At most `most` records. */
static int read_logs(struct reader *reader, sparkk8s_logs *logs, int most)
{
    sparkk8s_error *err = NULL;
    const char *line;
    size_t len;
    int rc = 0;

    while (most-- && (rc = sparkk8s_logs_next(logs, &patient, &line, &len, &err)) == 0)
        take(reader, logs, line, len);
    sparkk8s_error_free(err);
    return rc;
}

static sparkk8s_logs *open_logs(sparkk8s_run *run, sparkk8s_logs_opts opts)
{
    sparkk8s_logs *logs = NULL;
    sparkk8s_error *err = NULL;

    opts.size = sizeof(opts);
    ck_assert_msg(sparkk8s_logs_open(run, &opts, &logs, &err) == 0, "%s", sparkk8s_error_message(err));
    return logs;
}

#define ALL20 "1:0-49 2:0-49 3:0-49 4:0-49 5:0-49 6:0-49 7:0-49 8:0-49 9:0-49 10:0-49 11:0-49 12:0-49 13:0-49 14:0-49 " \
    "15:0-49 16:0-49 17:0-49 18:0-49 19:0-49 20:0-49 END"

static const struct {
    const char *scenario;
    int number;
    sparkk8s_logs_opts opts;
    const char *expected, *message;
} cases[] = {
    { "execs-ended", 1, { .flags = EXECUTORS }, "1:0-49 2:0-49 END", "" },
    { "execs-ended", 1, { .flags = EXECUTORS | SPARKK8S_LOGS_DRIVER, .container = "spark-kubernetes-executor" },
      "1:0-49 2:0-49 d:NOTICE END", "no such container" },
    { "execs-ended", 1, { .flags = EXECUTORS, .tail_lines = 3 }, "1:47-49 2:47-49 END", "" },
    { "execs-ended", 1, { .flags = EXECUTORS | SPARKK8S_LOGS_PREVIOUS }, "END", "" },
    { "execs-ended", 2, { .flags = EXECUTORS }, "3:0-49 4:0-49 d:NOTICE END", "without a pod: 2;" },
    { "execs-ended", 3, { .flags = EXECUTORS }, "d:NOTICE END", "deleteOnTermination" },
    { "execs-ended", 3, { .flags = EXECUTORS | FOLLOW }, "d:NOTICE END", "deleteOnTermination" },
    { "execs-ended", 4, { .flags = EXECUTORS }, "SPARKK8S_EFORBIDDEN", "" },
    { "execs-ended", 5, { .flags = EXECUTORS }, "1:GAP 2:0-49 END", "no route to host" },
    { "execs-ended", 6, { .flags = EXECUTORS }, "2:0-49 END", "" },
    { "execs-ended", 7, { .flags = EXECUTORS, .max_streams = 3 }, ALL20, "" },
    { "execs-ended", 8, { .flags = EXECUTORS }, "1:0-49,NOTICE 2:0-49 END", "no space left" },
    { "execs", 1, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-49 END", "" },
    { "execs-come", 1, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-49 3:0-49 END", "" },
    { "execs-come", 1, { .flags = EXECUTORS | FOLLOW, .tail_lines = 1 }, "1:49-49 2:0-49 3:0-49 END", "" },
    { "execs-come", 2, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:GAP 3:0-49 END", "before its log could be read" },
    { "execs-come", 3, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-49 3:0-49 END", "" },
    { "execs-come", 4, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-19,GAP 3:0-49 END", "what it wrote after this" },
    { "execs-come", 5, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-49 3:0-49 END", "" },
    { "execs-come", 6, { .flags = EXECUTORS | FOLLOW }, "1:0-49 4:0-49 d:GAP END", "unseen: 2;" },
    { "execs-come", 7, { .flags = EXECUTORS | FOLLOW }, "1:0-49 2:0-49 3:0-49 END", "" },
    { "execs-held", 1, { .flags = EXECUTORS | FOLLOW, .max_streams = 1 }, "1:0-49 2:0-49 END", "" },
};

START_TEST(all_lines_once)
{
    sparkk8s_client *client = podserver_client();
    struct reader reader = { .in_order = true };
    sparkk8s_run *run;
    sparkk8s_logs *logs;
    char scenario[40];

    snprintf(scenario, sizeof(scenario), "%s.%d", cases[_i].scenario, cases[_i].number);
    run = podserver_run(client, scenario, _i);
    logs = open_logs(run, cases[_i].opts);
    sum_up(&reader, read_logs(&reader, logs, -1));
    ck_assert_msg(!strcmp(reader.out, cases[_i].expected), "case %d: %s instead of %s", _i, reader.out, cases[_i].expected);
    ck_assert_msg(strstr(reader.message, cases[_i].message) && !*cases[_i].message == !*reader.message, "case %d: %s", _i, reader.message);
    ck_assert_msg(reader.in_order || cases[_i].opts.flags & FOLLOW, "case %d: not in the order of time", _i);
    sparkk8s_logs_free(logs);
    podserver_done(client, run);
}
END_TEST

/* The first read of each is cut at any place. */
START_TEST(cut)
{
    sparkk8s_client *client = podserver_client();
    int at;

    for (at = 13 * _i; at < 1800; at += 260) {
        sparkk8s_run *run = podserver_run(client, "execs-cut", at);
        sparkk8s_logs *logs = open_logs(run, (sparkk8s_logs_opts){ .flags = EXECUTORS | FOLLOW });
        struct reader reader = { 0 };

        sum_up(&reader, read_logs(&reader, logs, -1));
        ck_assert_msg(!strcmp(reader.out, "1:0-49 2:0-49 END"), "cut at %d: %s", at, reader.out);
        sparkk8s_logs_free(logs);
        sparkk8s_run_free(run);
    }
    podserver_done(client, NULL);
}
END_TEST

/* ---- positions ---- */

static const struct {
    const char *scenario;
    int flags, streams;
    const char *expected;
} stops[] = {
    { "execs-ended.1", EXECUTORS, 0, "1:0-49 2:0-49 END" },
    { "execs-ended.1", EXECUTORS, 1, "1:0-49 2:0-49 END" },
    { "execs", EXECUTORS | FOLLOW, 0, "1:0-49 2:0-49 END" },
    { "execs-come.1", EXECUTORS | FOLLOW, 0, "1:0-49 2:0-49 3:0-49 END" },
};

/* Stops after some records, any number in turn; another one goes on. */
START_TEST(position)
{
    sparkk8s_client *client = podserver_client();
    int most;

    for (most = 0; most < 150; most += 7) {
        sparkk8s_run *run = podserver_run(client, stops[_i].scenario, most);
        sparkk8s_logs_opts opts = { .flags = stops[_i].flags, .max_streams = stops[_i].streams };
        sparkk8s_logs *logs = open_logs(run, opts);
        struct reader reader = { .in_order = true };
        AUTO(chars) token = NULL;
        int rc;

        rc = read_logs(&reader, logs, most);
        token = strdup(sparkk8s_logs_position(logs));
        sparkk8s_logs_free(logs);
        opts.position = token;
        logs = open_logs(run, opts);
        rc = read_logs(&reader, logs, -1);
        ck_assert(reader.in_order || opts.flags & FOLLOW);
        sum_up(&reader, rc);
        ck_assert_msg(!strcmp(reader.out, stops[_i].expected), "after %d records: %s; %s", most, reader.out, token);
        sparkk8s_logs_free(logs);
        sparkk8s_run_free(run);
    }
    podserver_done(client, NULL);
}
END_TEST

/* Who was not read to the end and is gone is told; who was is not; who came and went meanwhile is counted. */
START_TEST(position_of_gone)
{
    static const char *const token = "2:u1:7;a1-exec-3:0:e3:!;-4:0:e4:1795250000:1:0:1:0:5:0:5;-5:0:;a1-exec-6:0:e6:!";
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "execs-ended", 3);
    sparkk8s_logs *logs = open_logs(run, (sparkk8s_logs_opts){ .flags = EXECUTORS, .position = token });
    struct reader reader = { 0 };

    sum_up(&reader, read_logs(&reader, logs, -1));
    ck_assert_str_eq(reader.out, "4:GAP 5:GAP END");
    sparkk8s_logs_free(logs);
    podserver_done(client, run);
}
END_TEST

static const char *const bad_positions[] = {
    "x", "2", "2:u1", "2:u1:x", "2:u1:-1", "2::1", "3:u1:1", "2:u1:1;", "2:u1:1;a:0", "2:u1:1;-a:0:c", "2:u1:1;a:-1:c",
    "2:u1:1;a:0:abcdefghijklmnopqrstuvwxyz", "2:u1:1;a:0:c:?", "2:u1:1;a:0:c:0:1:0:1:0:0:0:0", "2:u1:1;a:0:c:1:1:0:1:0:0:0:x",
    "2:u1:1;a:0:c:1:-1:0:1:0:0:0:0", "2:u1:1;a:0:c:9223372036854775807:1:0:1:0:0:0:0", "2:u2:1", "2:*:1",
    "1:0:c1:0:0:0:0:0:0:0:0",
};

START_TEST(bad_position)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .position = bad_positions[_i], .flags = EXECUTORS };
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "execs-ended", 1);
    sparkk8s_logs *logs = NULL;

    ck_assert_int_eq(sparkk8s_logs_open(run, &opts, &logs, NULL), SPARKK8S_EINVAL);
    opts.flags = 0;
    opts.position = "2:u1:1";
    ck_assert_int_eq(sparkk8s_logs_open(run, &opts, &logs, NULL), SPARKK8S_EINVAL);
    ck_assert_ptr_null(logs);
    podserver_done(client, run);
}
END_TEST

START_TEST(token)
{
    struct log_position read = { .id = "c1", .restarts = 2, .mark = { .second = 1795250000, .count = { 3, 1 }, .first_ns =
        { 1795250000000000007, 1795250001000000000 }, .last_ns = 1795250000900000000, .same = 2, .pieces = 4 } };
    struct log_position none = { .restarts = 0 };
    const struct log_entry *entry;
    struct log_token made;
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    log_token_begin(&text, "u1", 12);
    log_token_add(&text, "a-exec-1", NULL, &read, false);
    log_token_add(&text, "a-exec-12", "a-exec-1", &none, true);
    log_token_add(&text, "n/a-exec-12", "a-exec-12", &none, false);
    ck_assert_str_eq(text.s, "2:u1:12;a-exec-1:2:c1:1795250000:3:1:2:4:7:1000000000:900000000;-12:0::!;n/a-exec-12:0:");
    ck_assert_int_eq(log_token_parse(text.s, &made, NULL), 0);
    ck_assert(!strcmp(made.whose, "u1") && made.highest == 12 && made.count == 3);
    entry = log_token_entry(&made, "a-exec-1");
    ck_assert(entry && !entry->over && entry->position.restarts == 2 && !strcmp(entry->position.id, "c1"));
    ck_assert_mem_eq(&entry->position.mark, &read.mark, sizeof(read.mark));
    entry = log_token_entry(&made, "a-exec-12");
    ck_assert(entry && entry->over);
    ck_assert(log_token_entry(&made, "n/a-exec-12") && !log_token_entry(&made, "a-exec-2"));
    log_token_clear(&made);
}
END_TEST

/* ---- many runs ---- */

static const struct {
    int number;
    sparkk8s_select select;
    int flags, most;                /* most: records, or -1 */
    const char *expected;
} selections[] = {
    { 1, { .name_glob = "etl-*" }, 0, -1, "etl-1:0-49 etl-2:0-49 END" },
    { 1, { .label_selector = "team=blue" }, 0, -1, "etl-1:0-49 END" },
    { 1, { .name_glob = "etl-*" }, EXECUTORS, -1, "1:0-49 END" },
    { 1, { .label_selector = "team=blue" }, EXECUTORS | SPARKK8S_LOGS_DRIVER, -1, "etl-1:0-49 1:0-49 END" },
    { 1, { .states = 1 << SPARKK8S_STATE_RUNNING }, 0, -1, "END" },
    { 2, { .name_glob = "etl-*" }, FOLLOW, 150, "etl-1:0-49 etl-2:0-49 etl-4:0-49 SPARKK8S_OK" },
};

START_TEST(selected)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = selections[_i].flags };
    sparkk8s_select select = selections[_i].select;
    struct reader reader = { .in_order = true };
    sparkk8s_logs *logs;
    char ns[40];

    snprintf(ns, sizeof(ns), "execs-of-runs.%d.%d", selections[_i].number, _i);
    select.size = sizeof(select);
    select.ns = ns;
    ck_assert_int_eq(sparkk8s_logs_open_select(client, &select, &opts, &logs, NULL), 0);
    sum_up(&reader, read_logs(&reader, logs, selections[_i].most));
    ck_assert_msg(!strcmp(reader.out, selections[_i].expected), "selection %d: %s", _i, reader.out);
    ck_assert(reader.in_order || opts.flags & FOLLOW);
    ck_assert_str_eq(sparkk8s_logs_ns(logs), strcmp(reader.out, "END") ? ns : "");
    sparkk8s_logs_free(logs);
    podserver_done(client, NULL);
}
END_TEST

/* ---- records ---- */

START_TEST(json)
{
    static const char line[] = "a\xff\"\\\n\t\x01\xc3\xa9\xe2\x82";
    struct log_member member = { .ns = (char *)"n", .pod = (char *)"p-exec-1", .executor = (char *)"1" };
    struct log_record record = { .kind = SPARKK8S_LOG_LINE, .text = line, .len = sizeof(line) - 1, .whole = true,
                                 .ns = 1795250000000000042 };
    char *text;

    ck_assert_int_eq(log_record_json(&member, &record, 1, &text, NULL), 0);
    ck_assert_str_eq(text, "{\"namespace\":\"n\",\"pod\":\"p-exec-1\",\"executor\":\"1\",\"restarts\":1,"
                     "\"time\":\"2026-11-21T08:33:20.000000042Z\",\"kind\":\"LINE\","
                     "\"text\":\"a\xef\xbf\xbd\\\"\\\\\\n\\t\\u0001\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\",\"whole\":true}");
    free(text);
    member.executor = NULL;
    record = (struct log_record){ .kind = SPARKK8S_LOG_GAP, .text = "x", .len = 1 };
    ck_assert_int_eq(log_record_json(&member, &record, 0, &text, NULL), 0);
    ck_assert_str_eq(text, "{\"namespace\":\"n\",\"pod\":\"p-exec-1\",\"executor\":null,\"restarts\":0,\"time\":null,"
                     "\"kind\":\"GAP\",\"text\":\"x\",\"whole\":false}");
    free(text);
}
END_TEST

static const struct {
    sparkk8s_logs_opts opts;
} refused[] = {
    { { .flags = 16 } }, { { .flags = EXECUTORS, .pod = "p" } }, { { .flags = SPARKK8S_LOGS_DRIVER, .pod = "p" } },
    { { .flags = EXECUTORS, .max_streams = -1 } }, { { .reserved2 = 1 } },
};

START_TEST(bad_options)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "execs-ended", 1);
    sparkk8s_logs_opts opts = refused[_i].opts;
    sparkk8s_logs *logs = NULL;

    opts.size = sizeof(opts);
    ck_assert_int_eq(sparkk8s_logs_open(run, &opts, &logs, NULL), SPARKK8S_EINVAL);
    podserver_done(client, run);
}
END_TEST

/* ---- without memory ---- */

/* Every allocation fails in turn (later ones in larger steps): it is said, and who calls again gets every line once. */
START_TEST(no_memory)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = _i ? EXECUTORS | FOLLOW : EXECUTORS, .max_streams = 1 };
    sparkk8s_client *client = podserver_client();
    bool failed = true;
    size_t n;

    if (_i)
        opts.max_streams = 0;
    for (n = 1; failed; n += 1 + n / 100) {
        sparkk8s_run *run = podserver_run(client, _i ? "execs" : "execs-ended.1", (int)n);
        struct reader reader = { 0 };
        sparkk8s_logs *logs = NULL;
        int rc;

        alloc_fail_at(n);
        rc = sparkk8s_logs_open(run, &opts, &logs, NULL);
        if (rc == 0)
            while ((rc = read_logs(&reader, logs, -1)) == SPARKK8S_ENOMEM)
                ;
        failed = alloc_has_failed();
        alloc_fail_at(0);
        sum_up(&reader, rc);
        ck_assert_msg(logs ? !strcmp(reader.out, "1:0-49 2:0-49 END") : rc == SPARKK8S_ENOMEM, "allocation %zu: %s", n, reader.out);
        sparkk8s_logs_free(logs);
        sparkk8s_run_free(run);
    }
    podserver_done(client, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("execlogs");
    TCase *tcase = tcase_create("execlogs");

    tcase_set_timeout(tcase, 120);
    alloc_begin();
    tcase_add_loop_test(tcase, all_lines_once, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, cut, 0, 20);
    tcase_add_loop_test(tcase, position, 0, (int)COUNT(stops));
    tcase_add_test(tcase, position_of_gone);
    tcase_add_loop_test(tcase, bad_position, 0, (int)COUNT(bad_positions));
    tcase_add_test(tcase, token);
    tcase_add_loop_test(tcase, selected, 0, (int)COUNT(selections));
    tcase_add_test(tcase, json);
    tcase_add_loop_test(tcase, bad_options, 0, (int)COUNT(refused));
    tcase_add_loop_test(tcase, no_memory, 0, 2);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
