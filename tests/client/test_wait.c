/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for many against scripted answers: who is waited for, what is given, when it is over, what has become of each. */
#include "podserver.h"

#define STATE(name) (1 << SPARKK8S_STATE_##name)

static const char *const two[] = { "d1", "a2", NULL };
static const char *const missing[] = { "d1", "nobody", "d*", NULL };
static const char *const none[] = { "e*", NULL };

/* What is given, how it ends, and the counts of what is pending, reached, missed. AGAIN: it goes on waiting. */
static const struct {
    sparkk8s_select select;
    int states, flags;
    const char *expected;
} cases[] = {
    { { .ns = "wait.1" }, 0, 0, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:SUCCEEDED END 0/3/0" },
    { { .ns = "wait.1" }, 0, SPARKK8S_WAIT_ANY, "d1:PENDING d2:RUNNING d3:SUCCEEDED END 2/1/0" },
    { { .ns = "wait.1", .names = two }, 0, 0, "d1:PENDING d2:RUNNING d1:RUNNING d2:FAILED d1:SUCCEEDED END 0/2/0" },
    { { .ns = "wait.1", .names = two }, 0, SPARKK8S_WAIT_ANY, "d1:PENDING d2:RUNNING d1:RUNNING d2:FAILED END 1/1/0" },
    { { .ns = "wait.1", .names = two }, STATE(RUNNING), 0, "d1:PENDING d2:RUNNING d1:RUNNING END 0/2/0" },
    { { .ns = "wait.1", .names = two }, STATE(RUNNING), SPARKK8S_WAIT_ANY, "d1:PENDING d2:RUNNING END 1/1/0" },
    { { .ns = "wait.1" }, STATE(SUCCEEDED), 0, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:SUCCEEDED END 0/2/1" },
    { { .ns = "wait.1", .names = two }, STATE(FAILED), SPARKK8S_WAIT_ANY, "d1:PENDING d2:RUNNING d1:RUNNING d2:FAILED END 1/1/0" },
    { { .ns = "wait.1" }, STATE(LOST), SPARKK8S_WAIT_ANY, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:SUCCEEDED END 0/0/3" },
    { { .ns = "wait.1" }, STATE(TERMINATING), 0, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:SUCCEEDED END 0/0/3" },
    { { .ns = "wait.2" }, 0, 0, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:LOST END 0/3/0" },
    { { .ns = "wait.2" }, STATE(SUCCEEDED), 0, "d1:PENDING d2:RUNNING d3:SUCCEEDED d1:RUNNING d2:FAILED d1:LOST END 0/1/2" },
    /* state and age choose at the beginning */
    { { .ns = "wait.1", .states = STATE(PENDING), .min_age_ms = 1 }, 0, 0, "d1:PENDING d1:RUNNING d1:SUCCEEDED END 0/1/0" },
    { { .ns = "wait.1,wait.3", .states = STATE(SUCCEEDED) }, 0, 0, "d3:SUCCEEDED END 0/1/0" },     /* the same uid */
    { { .ns = "wait.3" }, STATE(PENDING), 0, "d3:SUCCEEDED END 0/0/1" },
    { { .ns = "wait.1", .names = missing }, 0, 0, "SPARKK8S_ENOTFOUND" },
    { { .ns = "wait.1", .names = none }, 0, 0, "SPARKK8S_ENOTFOUND" },
    { { .ns = "refused.2" }, 0, 0, "SPARKK8S_EFORBIDDEN" },
};

START_TEST(waited)
{
    static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 20000 };
    sparkk8s_wait_opts opts = { .size = sizeof(opts), .states = cases[_i].states, .flags = cases[_i].flags };
    sparkk8s_client *client = podserver_client();
    sparkk8s_select select = cases[_i].select;
    sparkk8s_wait *wait = NULL;
    sparkk8s_status *status = NULL;
    char got[512] = "";
    size_t at = 0;
    int rc;

    select.size = sizeof(select);
    ck_assert_int_eq(sparkk8s_wait_open(client, &select, &opts, &wait, NULL), 0);
    while ((rc = sparkk8s_wait_next(wait, &patient, &status, NULL)) == 0) {
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s:%s ", strchr(sparkk8s_status_run_id(status), ':') + 1,
                               sparkk8s_state_name(sparkk8s_status_state(status)));
        sparkk8s_status_free(status);
        status = NULL;
    }
    ck_assert_int_eq(sparkk8s_wait_next(wait, &patient, &status, NULL), rc);       /* it stays so */
    if (rc == SPARKK8S_END)
        snprintf(got + at, sizeof(got) - at, "END %d/%d/%d", (int)sparkk8s_wait_count(wait, SPARKK8S_WAIT_PENDING),
                 (int)sparkk8s_wait_count(wait, SPARKK8S_WAIT_REACHED), (int)sparkk8s_wait_count(wait, SPARKK8S_WAIT_MISSED));
    else
        snprintf(got + at, sizeof(got) - at, "%s", sparkk8s_code_name(rc));
    ck_assert_str_eq(got, cases[_i].expected);
    sparkk8s_wait_free(wait);
    podserver_done(client, NULL);
}
END_TEST

/* Nothing is to come: the time limit ends it, and the descriptor is quiet. */
START_TEST(goes_on)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 200 };
    sparkk8s_wait_opts opts = { .size = sizeof(opts), .states = STATE(FAILED) };
    sparkk8s_select select = { .size = sizeof(select), .ns = "watch-quiet.1" };
    sparkk8s_client *client = podserver_client();
    sparkk8s_wait *wait = NULL;
    sparkk8s_status *status = NULL;
    int rc, given = 0;

    ck_assert_int_eq(sparkk8s_wait_open(client, &select, &opts, &wait, NULL), 0);
    while ((rc = sparkk8s_wait_next(wait, &brief, &status, NULL)) == 0) {
        sparkk8s_status_free(status);
        given++;
    }
    ck_assert_int_eq(rc, SPARKK8S_AGAIN);
    ck_assert_int_ge(given, 1);
    ck_assert_int_eq((int)sparkk8s_wait_count(wait, SPARKK8S_WAIT_PENDING), 1);
    sparkk8s_wait_free(wait);
    podserver_done(client, NULL);
}
END_TEST

START_TEST(refused)
{
    static const sparkk8s_wait_opts bad[] = { { .size = 1 }, { .size = sizeof(bad[0]), .flags = 2 },
                                              { .size = sizeof(bad[0]), .states = 1 << 20 } };
    sparkk8s_client *client = podserver_client();
    sparkk8s_wait *wait = NULL;

    ck_assert_int_eq(sparkk8s_wait_open(client, NULL, &bad[_i], &wait, NULL), SPARKK8S_EINVAL);
    ck_assert_ptr_null(wait);
    ck_assert_int_eq(sparkk8s_wait_next(NULL, NULL, NULL, NULL), SPARKK8S_EINVAL);
    podserver_done(client, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wait");
    TCase *tcase = tcase_create("wait");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, waited, 0, (int)COUNT(cases));
    tcase_add_test(tcase, goes_on);
    tcase_add_loop_test(tcase, refused, 0, 3);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
