/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status, lists, watches, logs and explanations while memory runs out (torture.h). What was told once is not told again,
 * nothing is left out, and the next call goes on.
 */
#include "podserver.h"

#include "must.h"
#include "torture.h"

static const sparkk8s_call patient = { .size = sizeof(patient), .timeout_ms = 30000 };

struct state {
    sparkk8s_client *client;
    sparkk8s_run *run;
    sparkk8s_watch *watch;
    sparkk8s_list *list;
    sparkk8s_logs *logs;
    char *json;                     /* the latest result */
    char last[200];                 /* what was told last */
    char text[1 << 14];             /* what was told, one a line */
    size_t len;
    bool ended;
};

static char usual[1 << 14];         /* `text` of a round with enough memory */

/* Without the namespace, which has the round in it. */
static void tell(struct state *state, const char *text, size_t len)
{
    const char *ns = sparkk8s_run_ns(state->run), *end = text + len;

    must(state->len + len + 2 < sizeof(state->text), "too much: %s", state->text);
    while (text < end)
        if ((size_t)(end - text) >= strlen(ns) && !memcmp(text, ns, strlen(ns)))
            text += strlen(ns);
        else
            state->text[state->len++] = *text++;
    state->text[state->len++] = '\n';
    state->text[state->len] = '\0';
}

static void *begin(const char *scenario, int round)
{
    struct state *state = calloc(1, sizeof(*state));

    must(state, "out of memory");
    state->client = podserver_client();
    state->run = podserver_run(state->client, scenario, round);
    return state;
}

static void end(void *it)
{
    struct state *state = it;

    sparkk8s_watch_free(state->watch);
    sparkk8s_list_free(state->list);
    sparkk8s_logs_free(state->logs);
    sparkk8s_free(state->json);
    podserver_done(state->client, state->run);
    free(state);
}

/* The same as ever; the first round has enough memory. */
static void same_as_usual(const struct state *state)
{
    if (!*usual)
        memcpy(usual, state->text, state->len + 1);
    must(!strcmp(usual, state->text), "usually\n%s\nnow\n%s", usual, state->text);
}

static bool same_end(const char *one, const char *two)
{
    return !strcmp(strchr(one, ' '), strchr(two, ' '));         /* but for the namespace, which has the round in it */
}

/* ---- logs ---------------------------------------------------------------------------------------------------- */

static int read_logs(void *it, sparkk8s_error **err)
{
    const sparkk8s_logs_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_LOGS_FOLLOW };
    struct state *state = it;
    const char *line, *position;
    size_t len;
    int rc = state->logs ? 0 : sparkk8s_logs_open(state->run, &opts, &state->logs, err);

    while (rc == 0) {
        rc = sparkk8s_logs_next(state->logs, &patient, &line, &len, err);
        if (rc == 0) {
            must(state->len + 1 < sizeof(state->text), "too much");
            if (sparkk8s_logs_kind(state->logs) == SPARKK8S_LOG_NOTICE)
                continue;           /* has no time: comes again with each attempt */
            state->text[state->len++] = (char)('0' + sparkk8s_logs_kind(state->logs));
            tell(state, line, len < 80 ? len : 80);
            position = sparkk8s_logs_position(state->logs);
            must(!position || *position, "an empty position");      /* NULL: there was no memory for it */
        }
    }
    state->ended = rc == SPARKK8S_END;
    return rc > 0 ? 0 : rc;
}

/* No line twice, none left out without a word, and the last one told. What was rotated away or restarted before the first
 * line could be read is not missed. */
static void check_order(const char *text)
{
    int last = -1, line;
    bool gap = true;

    for (; *text; text += strcspn(text, "\n") + 1) {
        if (text[0] != '0') {
            gap = gap || text[0] == '0' + SPARKK8S_LOG_GAP;
            last = text[0] == '0' + SPARKK8S_LOG_RESTART ? -1 : last;
            continue;
        }
        line = text[1] == 'l' ? atoi(text + 2) : 9;             /* the empty one */
        must(line == last + 1 || (gap && line > last), "%d after %d", line, last);
        last = line;
        gap = false;
    }
}

static void check_logs(void *it, int rc)
{
    struct state *state = it;
    sparkk8s_error *err = NULL;
    const char *end;

    if (rc < 0)
        must(read_logs(it, &err) == 0, "%s", sparkk8s_error_message(err));
    must(state->ended, "no end");
    check_order(state->text);
    if (!*usual)
        memcpy(usual, state->text, state->len + 1);
    end = usual + strlen(usual) - (strlen(usual) < 6 ? strlen(usual) : 6);
    must(state->len >= strlen(end) && !strcmp(state->text + state->len - strlen(end), end), "another end:\n%s", state->text);
}

/* Nothing but the reader fails: always the same. */
static void check_same_logs(void *it, int rc)
{
    check_logs(it, rc);
    same_as_usual(it);
}

#define ROUNDS(name, scenario)                                            \
    static void *begin_##name(int round)                                \
    {                                                                   \
        return begin(scenario, round);                                  \
    }
ROUNDS(cut, "log-cut.700")
ROUNDS(rotated, "log-rotated.1")
ROUNDS(restarts, "log-restarts.1")
ROUNDS(lost, "log-restarts.3")
ROUNDS(gone, "log-gone.1")
ROUNDS(notice, "log-whole.2")

static const struct scene log_scenes[] = {
    { "logs, cut", begin_cut, read_logs, check_same_logs, end, 5 },
    { "logs, rotated", begin_rotated, read_logs, check_logs, end, 5 },
    { "logs, restarted", begin_restarts, read_logs, check_logs, end, 5 },
    { "logs, restarted and lost", begin_lost, read_logs, check_logs, end, 5 },
    { "logs, deleted", begin_gone, read_logs, check_logs, end, 5 },
    { "logs, a notice", begin_notice, read_logs, check_same_logs, end, 5 },
};

START_TEST(logs)
{
    *usual = '\0';                      /* of the scene before, where all run in one process */
    torture(&log_scenes[_i]);
}
END_TEST

/* ---- watches and lists --------------------------------------------------------------------------------------- */

static int take_status(struct state *state, sparkk8s_status *status, sparkk8s_error **err)
{
    char line[200];
    int rc;

    snprintf(line, sizeof(line), "%s %s %s %d %s %d", sparkk8s_status_run_id(status), sparkk8s_state_name(sparkk8s_status_state(status)),
             sparkk8s_cause_name(sparkk8s_status_cause(status)), sparkk8s_status_exit_code(status), sparkk8s_status_stage(status),
             sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING));
    must(!state->last[0] || strcmp(state->last, line), "told twice: %s", line);
    memcpy(state->last, line, sizeof(line));
    tell(state, line, strlen(line));
    sparkk8s_free(state->json);
    state->json = NULL;
    rc = sparkk8s_status_to_json(status, &state->json, err);
    sparkk8s_status_free(status);
    return rc;
}

static int read_watch(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    sparkk8s_status *status = NULL;
    int rc = state->watch ? 0 : sparkk8s_watch_open_run(state->run, &state->watch, err);

    while (rc == 0) {
        rc = sparkk8s_watch_next(state->watch, &patient, &status, err);
        if (rc == 0)
            rc = take_status(state, status, err);
    }
    state->ended = rc == SPARKK8S_END;
    return rc > 0 ? 0 : rc;
}

/* After a new list what was in between is not told; the end is. */
static void check_watch(void *it, int rc)
{
    struct state *state = it;
    sparkk8s_error *err = NULL;

    if (rc < 0)
        must(read_watch(it, &err) == 0, "%s", sparkk8s_error_message(err));
    must(state->ended, "no end");
    if (!*usual)
        memcpy(usual, state->last, sizeof(state->last));
    must(same_end(usual, state->last), "%s, usually %s", state->last, usual);
}

static int read_list(void *it, sparkk8s_error **err)
{
    const sparkk8s_select all = { .size = sizeof(all), .ns = "pages.1" };
    struct state *state = it;
    sparkk8s_status *status = NULL;
    int rc = state->list ? 0 : sparkk8s_list_open(state->client, &all, &state->list, err);

    while (rc == 0) {
        rc = sparkk8s_list_next(state->list, &patient, &status, err);
        if (rc == 0)
            rc = take_status(state, status, err);
    }
    state->ended = rc == SPARKK8S_END;
    return rc > 0 ? 0 : rc;
}

static void check_list(void *it, int rc)
{
    struct state *state = it;
    sparkk8s_error *err = NULL;

    if (rc < 0)
        must(read_list(it, &err) == 0, "%s", sparkk8s_error_message(err));
    must(state->ended, "no end");
    same_as_usual(state);
}

ROUNDS(watched, "watch-cut.600")
ROUNDS(expired, "watch-gone.5")
ROUNDS(lost_run, "watch-lost.2")
ROUNDS(listed, "pages.1")

static const struct scene watch_scenes[] = {
    { "watch, cut", begin_watched, read_watch, check_watch, end, 5 },
    { "watch, expired", begin_expired, read_watch, check_watch, end, 5 },
    { "watch, deleted", begin_lost_run, read_watch, check_watch, end, 5 },
    { "list", begin_listed, read_list, check_list, end, 5 },
};

START_TEST(watches)
{
    *usual = '\0';
    torture(&watch_scenes[_i]);
}
END_TEST

/* ---- status and explanation ---------------------------------------------------------------------------------- */

static int read_status(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    sparkk8s_status *status = NULL;
    int rc = sparkk8s_run_status(state->run, &patient, &status, err);

    if (rc == 0)
        rc = sparkk8s_status_to_json(status, &state->json, err);
    sparkk8s_status_free(status);
    return rc;
}

static int read_diagnosis(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    sparkk8s_diagnosis *diagnosis = NULL;
    int rc = sparkk8s_run_explain(state->run, &patient, &diagnosis, err);

    if (rc == 0)
        rc = sparkk8s_diagnosis_to_json(diagnosis, &state->json, err);
    sparkk8s_diagnosis_free(diagnosis);
    return rc;
}

static void check_result(struct state *state)
{
    must(state->json, "no result");
    tell(state, state->json, strlen(state->json));
    same_as_usual(state);
}

static void check_status(void *it, int rc)
{
    sparkk8s_error *err = NULL;

    if (rc < 0)
        must(read_status(it, &err) == 0, "%s", sparkk8s_error_message(err));
    check_result(it);
}

static void check_diagnosis(void *it, int rc)
{
    sparkk8s_error *err = NULL;

    if (rc < 0)
        must(read_diagnosis(it, &err) == 0, "%s", sparkk8s_error_message(err));
    check_result(it);
}

ROUNDS(status, "status.1")
ROUNDS(explained, "explained.1")

static const struct scene other_scenes[] = {
    { "status", begin_status, read_status, check_status, end, 0 },
    { "explain", begin_explained, read_diagnosis, check_diagnosis, end, 0 },
};

START_TEST(others)
{
    *usual = '\0';
    torture(&other_scenes[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("torture_read");
    TCase *tcase = tcase_create("all");

    torture_begin();
    tcase_set_timeout(tcase, 600);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, others, 0, COUNT(other_scenes));
    tcase_add_loop_test(tcase, logs, 0, COUNT(log_scenes));
    tcase_add_loop_test(tcase, watches, 0, COUNT(watch_scenes));
    return podserver_main(suite);
}
