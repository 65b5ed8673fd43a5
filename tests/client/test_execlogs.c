/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of many pods against scripted answers: every line of each once and in its order, whoever comes and goes; no
 * more streams than allowed (the server counts). */
#include "podserver.h"

#include "logmark.h"

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
    char message[200], out[2000];
};

static struct seen *seen_of(struct reader *reader, const char *pod)
{
    struct seen *seen;

    for (seen = reader->pods; seen < reader->pods + reader->count; seen++)
        if (!strcmp(seen->pod, pod))
            return seen;
    ck_assert_int_lt(reader->count++, PODS);
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

    ck_assert_msg(!*executor || !strcmp(executor, seen->pod), "%s of %s", executor, pod);
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

    return of_run ? of_run : atoi(x->pod) - atoi(y->pod);
}

static void sum_up(struct reader *reader, int rc)
{
    size_t at = 0;
    int i;

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
    { "execs-ended", 2, { .flags = EXECUTORS }, "3:0-49 4:0-49 d:NOTICE END", "2 executors" },
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
    { "execs-come", 6, { .flags = EXECUTORS | FOLLOW }, "1:0-49 4:0-49 d:GAP END", "2 executors came and went" },
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

int main(void)
{
    Suite *suite = suite_create("execlogs");
    TCase *tcase = tcase_create("execlogs");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, all_lines_once, 0, (int)COUNT(cases));
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
