/* SPDX-License-Identifier: Apache-2.0 */
/* The status of one run: pinned to its uid, with executors from all pages; names; JSON. */
#include "podserver.h"
#include "runstatus.h"

static const struct {
    int number, state, running, pending;
} cases[] = {
    { 1, SPARKK8S_STATE_RUNNING, 2, 1 },
    { 2, SPARKK8S_STATE_LOST, 2, 1 },       /* 404 */
    { 3, SPARKK8S_STATE_LOST, 2, 1 },       /* another pod of the same name */
    { 4, SPARKK8S_STATE_RUNNING, -1, -1 },  /* executors may not be listed */
};

START_TEST(asked)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "status", cases[_i].number);
    sparkk8s_status *status = NULL;

    ck_assert_int_eq(sparkk8s_run_status(run, NULL, &status, NULL), 0);
    podserver_done(client, run);            /* a snapshot: it needs neither */
    ck_assert_int_eq(sparkk8s_status_state(status), cases[_i].state);
    ck_assert_int_eq(sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING), cases[_i].running);
    ck_assert_int_eq(sparkk8s_status_executors(status, SPARKK8S_STATE_PENDING), cases[_i].pending);
    ck_assert_str_eq(sparkk8s_status_app_id(status), "a1");
    ck_assert_ptr_nonnull(strstr(sparkk8s_status_run_id(status), ":d"));
    sparkk8s_status_free(status);
}
END_TEST

START_TEST(refused)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "refused", 1);
    sparkk8s_status *status = NULL;

    ck_assert_int_eq(sparkk8s_run_status(run, NULL, &status, NULL), SPARKK8S_EAUTH);
    ck_assert_ptr_null(status);
    podserver_done(client, run);
}
END_TEST

START_TEST(json)
{
    struct pod pod = {
        .ns = (char *)"n", .name = (char *)"d", .uid = (char *)"u", .app_id = (char *)"a", .app_label = (char *)"etl",
        .phase = PHASE_FAILED, .created_ms = 1795250316000, .node = (char *)"node1", .claim = (char *)"host 7",
        .driver = { .present = true, .terminated = true, .exit_code = 137, .reason = (char *)"OOMKilled",
                    .message = (char *)"a \"quoted\" line\n" },
    };
    static const int executors[STATES] = { 0, 1, 2, 0, 3, 0, 0 };
    sparkk8s_status *status;
    char *text = NULL;

    ck_assert_int_eq(status_new(&pod, false, executors, &status, NULL), 0);
    ck_assert_str_eq(sparkk8s_status_claim(status), "host 7");
    ck_assert_int_eq(sparkk8s_status_to_json(status, &text, NULL), 0);
    ck_assert_str_eq(text, "{\"run_id\":\"n:d\",\"namespace\":\"n\",\"driver_pod\":\"d\",\"driver_uid\":\"u\",\"app_id\":\"a\","
        "\"app_name\":\"etl\",\"state\":\"FAILED\",\"cause\":\"OOM\",\"exit_code\":137,\"stage\":\"ended\","
        "\"reason\":\"OOMKilled\",\"message\":\"a \\\"quoted\\\" line\\n\",\"node\":\"node1\","
        "\"submitted\":\"2026-11-21T08:38:36Z\",\"scheduled\":null,\"started\":null,\"finished\":null,"
        "\"executors\":{\"unknown\":0,\"pending\":1,\"running\":2,\"terminating\":0,\"succeeded\":3,\"failed\":0,\"lost\":0},"
        "\"claim\":\"host 7\"}");
    sparkk8s_free(text);
    sparkk8s_status_free(status);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(sparkk8s_state_name(SPARKK8S_STATE_LOST), "LOST");
    ck_assert_str_eq(sparkk8s_state_name(99), "UNKNOWN");
    ck_assert_str_eq(sparkk8s_state_name(-1), "UNKNOWN");
    ck_assert_str_eq(sparkk8s_cause_name(SPARKK8S_CAUSE_QUOTA), "QUOTA");
    ck_assert_str_eq(sparkk8s_cause_name(-1), "NONE");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tcase = tcase_create("status");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, asked, 0, (int)COUNT(cases));
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, json);
    tcase_add_test(tcase, names);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
