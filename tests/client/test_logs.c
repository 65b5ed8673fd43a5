/* SPDX-License-Identifier: Apache-2.0 */
/* Logs against scripted answers: every line once and in order, whatever happens to the connection, the
 * container, the pod. */
#include "podserver.h"

#include "logmark.h"
#include "logpast.h"

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 8000 };
static const int follow = SPARKK8S_LOGS_FOLLOW;

/* Lines as text, each followed by a blank: "l0 l1 "; runs of expected lines are written "0-49". Other kinds
 * as "GAP", "RESTART", "NOTICE". */
struct reader {
    char out[512];
    size_t at;
    int first, next;                /* the run under way; first -1: none */
};

static void say(struct reader *reader, const char *word)
{
    reader->at += (size_t)snprintf(reader->out + reader->at, sizeof(reader->out) - reader->at, "%s%s",
                                   reader->at ? " " : "", word);
}

static void end_run(struct reader *reader)
{
    char word[32];

    if (reader->first < 0)
        return;
    snprintf(word, sizeof(word), "%d-%d", reader->first, reader->next - 1);
    reader->first = -1;
    say(reader, word);
}

static void take(struct reader *reader, int kind, const char *line, size_t len)
{
    static const char *const kinds[] = { "", "GAP", "RESTART", "NOTICE" };
    char text[64];
    int n;

    if (kind == SPARKK8S_LOG_LINE && len < 8) {
        snprintf(text, sizeof(text), "%.*s", (int)len, line);
        n = !len ? 9 : *text == 'l' ? atoi(text + 1) : -1;      /* line 9 is empty */
        if (n >= 0 && reader->first >= 0 && n == reader->next) {
            reader->next++;
            return;
        }
        end_run(reader);
        reader->first = n;
        reader->next = n + 1;
        return;
    }
    end_run(reader);
    if (kind == SPARKK8S_LOG_LINE)
        snprintf(text, sizeof(text), "[%zu]", len);
    say(reader, kind == SPARKK8S_LOG_LINE ? text : kinds[kind]);
}

/* At most `most` records; what is not an end is said. */
static void read_logs(struct reader *reader, sparkk8s_logs *logs, int most)
{
    sparkk8s_error *err = NULL;
    const char *line;
    size_t len;
    int rc = 0;

    while (most-- && (rc = sparkk8s_logs_next(logs, &patient, &line, &len, &err)) == 0)
        take(reader, sparkk8s_logs_kind(logs), line, len);
    if (rc == 0)
        return;
    end_run(reader);
    say(reader, rc == SPARKK8S_END ? "END" : rc == SPARKK8S_AGAIN ? "AGAIN" : sparkk8s_code_name(rc));
    sparkk8s_error_free(err);
}

static sparkk8s_logs *open_logs(sparkk8s_run *run, sparkk8s_logs_opts opts)
{
    sparkk8s_logs *logs = NULL;

    opts.size = sizeof(opts);
    ck_assert_int_eq(sparkk8s_logs_open(run, &opts, &logs, NULL), 0);
    return logs;
}

static void check_logs(sparkk8s_client *client, const char *scenario, int number, sparkk8s_logs_opts opts,
                       const char *expected)
{
    sparkk8s_run *run = podserver_run(client, scenario, number);
    sparkk8s_logs *logs = open_logs(run, opts);
    struct reader reader = { .first = -1 };

    read_logs(&reader, logs, -1);
    ck_assert_msg(!strcmp(reader.out, expected), "%s.%d: %s instead of %s", scenario, number, reader.out, expected);
    sparkk8s_logs_free(logs);
    sparkk8s_run_free(run);
}

#define LENGTH 1800                 /* more than the fifty lines have */
static const struct {
    const char *scenario;
    int flags, step;
} cuts[] = { { "log-cut", 1, 1 }, { "log-end", 1, 7 }, { "log-last", 0, 11 } };

START_TEST(cut_at_every_byte)
{
    sparkk8s_client *client = podserver_client();
    int at;

    for (at = 0; at <= LENGTH; at += cuts[_i].step)
        check_logs(client, cuts[_i].scenario, at, (sparkk8s_logs_opts){ .flags = cuts[_i].flags }, "0-49 END");
    podserver_done(client, NULL);
}
END_TEST

static const struct {
    const char *scenario;
    int number;
    sparkk8s_logs_opts opts;
    const char *expected;
} cases[] = {
    { "log-whole", 1, { .flags = 0 }, "0-49 END" },
    { "log-whole", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 END" },
    { "log-whole", 2, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-2 NOTICE 3-4 NOTICE END" },
    { "log-whole", 3, { .tail_lines = 2 }, "3-4 END" },
    { "log-whole", 4, { .flags = SPARKK8S_LOGS_FOLLOW }, "END" },
    { "log-whole", 5, { .flags = SPARKK8S_LOGS_FOLLOW }, "[1048545] [1048576] [402881] 1-4 END" },
    { "log-whole", 1, { .flags = SPARKK8S_LOGS_PREVIOUS }, "SPARKK8S_ESERVER" },
    { "log-rotated", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 GAP 25-49 END" },
    { "log-rotated", 2, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 END" },
    { "log-rotated", 3, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 25-39 GAP 40-49 END" },
    { "log-unknown", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 END" },
    { "log-waits", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 END" },
    { "log-waits", 2, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 END" },
    { "log-restarts", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 RESTART 0-2 END" },
    { "log-restarts", 2, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 GAP RESTART 0-2 END" },
    { "log-restarts", 3, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 GAP RESTART 0-2 END" },
    { "log-restarts", 4, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-49 RESTART 0-2 END" },
    { "log-gone", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 GAP END" },
    { "log-gone", 2, { .flags = SPARKK8S_LOGS_FOLLOW }, "0-19 GAP END" },
    { "log-gone", 3, { .flags = SPARKK8S_LOGS_FOLLOW }, "SPARKK8S_ENOTFOUND" },
    { "log-whole", 1, { .container = "nobody", .flags = SPARKK8S_LOGS_FOLLOW }, "SPARKK8S_ENOTFOUND" },
    { "refused", 1, { .flags = SPARKK8S_LOGS_FOLLOW }, "SPARKK8S_EAUTH" },
};

START_TEST(recovered)
{
    sparkk8s_client *client = podserver_client();
    char scenario[40];

    snprintf(scenario, sizeof(scenario), "%s.%d", cases[_i].scenario, cases[_i].number);
    check_logs(client, scenario, _i, cases[_i].opts, cases[_i].expected);
    podserver_done(client, NULL);
}
END_TEST

/* Of stamps that go back only those of lines that were there before count, and older ones than are kept. */
static const struct {
    int64_t ns;
    uint64_t look;
    enum log_past_news news;
} sent[] = {
    { 500, 5, LOG_PAST_NEW }, { 500, 5, LOG_PAST_NEW }, { 490, 5, LOG_PAST_NEW }, { 510, 7, LOG_PAST_NEW },
    { 505, 7, LOG_PAST_NEW },       /* stamped apart: none of them was there */
    { 490, 5, LOG_PAST_AGAIN }, { 510, 7, LOG_PAST_KNOWN }, { 505, 7, LOG_PAST_KNOWN },
    { 507, 7, LOG_PAST_NEW },       /* what comes after the latest is new */
    { 490, 5, LOG_PAST_KNOWN }, { 510, 7, LOG_PAST_KNOWN }, { 505, 7, LOG_PAST_KNOWN }, { 507, 7, LOG_PAST_KNOWN },
    { 508, 7, LOG_PAST_NEW }, { 520, 7, LOG_PAST_NEW },
    { 508, 7, LOG_PAST_AGAIN },     /* another file */
    { 509, 7, LOG_PAST_KNOWN }, { 521, 7, LOG_PAST_NEW },       /* what is later than all is new */
    { 512, 7, LOG_PAST_NEW }, { 521, 8, LOG_PAST_NEW }, { 521, 8, LOG_PAST_NEW },
    { 512, 7, LOG_PAST_AGAIN }, { 521, 8, LOG_PAST_KNOWN }, { 521, 8, LOG_PAST_KNOWN }, { 521, 8, LOG_PAST_NEW },
};

START_TEST(sent_again)
{
    struct log_past past = { 0 };
    int64_t ns;
    size_t i;

    for (i = 0; i < COUNT(sent); i++)
        ck_assert_msg(log_past_line(&past, sent[i].ns, sent[i].look) == sent[i].news, "line %zu", i);
    for (ns = 1000; ns < 1000 + LOG_PAST_LINES; ns++)
        ck_assert_int_eq(log_past_line(&past, ns, 1), LOG_PAST_NEW);
    ck_assert_int_eq(log_past_line(&past, 999, 1), LOG_PAST_AGAIN);
}
END_TEST

START_TEST(looks)
{
    static const char *const lines[] = {
        "", "a", "b", "aa", "26/11/21 INFO A: one block", "26/11/21 INFO B: one block", "26/11/21 INFO B: two block",
        "26/11/21 INFO B: two blocks",
    };
    size_t i, j;

    for (i = 0; i < COUNT(lines); i++)
        for (j = 0; j < COUNT(lines); j++)
            ck_assert_msg((log_past_look(lines[i], strlen(lines[i])) == log_past_look(lines[j], strlen(lines[j]))) == (i == j),
                          "'%s' and '%s'", lines[i], lines[j]);
}
END_TEST

/* Stops after each number of lines in turn; another reader goes on from the position. */
START_TEST(position)
{
    sparkk8s_client *client = podserver_client();
    int lines;

    for (lines = 1; lines < 50; lines++) {
        sparkk8s_run *run = podserver_run(client, _i ? "log-whole.1" : "log-cut.900", lines);
        sparkk8s_logs *logs = open_logs(run, (sparkk8s_logs_opts){ .flags = follow });
        struct reader reader = { .first = -1 };
        char token[LOG_TOKEN_SIZE];

        read_logs(&reader, logs, lines);
        snprintf(token, sizeof(token), "%s", sparkk8s_logs_position(logs));
        sparkk8s_logs_free(logs);
        logs = open_logs(run, (sparkk8s_logs_opts){ .flags = follow, .position = token });
        read_logs(&reader, logs, -1);
        ck_assert_msg(!strcmp(reader.out, "0-49 END"), "after %d lines: %s", lines, reader.out);
        sparkk8s_logs_free(logs);
        sparkk8s_run_free(run);
    }
    podserver_done(client, NULL);
}
END_TEST

static const char *const bad_positions[] = {
    "x", "1", "2:0:abc:0:0:0:0:0:0:0:0", "1:0:abc:0:0:0:0:0:0:0", "1:0:abc:0:-1:0:0:0:0:0:0", "1:0:abc:0:0:0:0:0:0:0:x",
    "1:0:abcdefghijklmnopqrstuvwxyz:0:0:0:0:0:0:0:0",
};

START_TEST(bad_position)
{
    sparkk8s_logs_opts opts = { .size = sizeof(opts), .position = bad_positions[_i] };
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "log-whole", 1);
    sparkk8s_logs *logs = NULL;

    ck_assert_int_eq(sparkk8s_logs_open(run, &opts, &logs, NULL), SPARKK8S_EINVAL);
    ck_assert_ptr_null(logs);
    podserver_done(client, run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logs");
    TCase *tcase = tcase_create("logs");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, cut_at_every_byte, 0, (int)COUNT(cuts));
    tcase_add_loop_test(tcase, recovered, 0, (int)COUNT(cases));
    tcase_add_test(tcase, sent_again);
    tcase_add_test(tcase, looks);
    tcase_add_loop_test(tcase, position, 0, 2);
    tcase_add_loop_test(tcase, bad_position, 0, (int)COUNT(bad_positions));
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
