/* SPDX-License-Identifier: Apache-2.0 */
/* Killing: what is there, what is gone, what has been replaced, what somebody else has claimed, what is not submitted yet. */
#include "lab.h"

static sparkk8s_client *client;
static sparkk8s_run *run;

static void submit_it(void)
{
    sparkk8s_manifest *manifest = lab_manifest(NULL, "1g", NULL);

    client = lab_client("a");
    LAB_OK(sparkk8s_submit(client, manifest, NULL, NULL, &run, err));
    sparkk8s_manifest_free(manifest);
}

static void done(void)
{
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}

START_TEST(kill_it)
{
    submit_it();
    LAB_OK(sparkk8s_run_kill(run, NULL, NULL, err));
    lab_empty("killed");
    LAB_OK(sparkk8s_run_kill(run, NULL, NULL, err));
    done();
}
END_TEST

/* A later pod of the same name is never touched. */
START_TEST(replaced)
{
    sparkk8s_kill_opts opts = { .size = sizeof(opts), .only_claim = _i == 1 ? "mine" : NULL,
                                .flags = _i == 2 ? SPARKK8S_KILL_WAIT : 0 };

    submit_it();
    lab_do("{\"drop\":\"pods\"}");
    lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"%s\"},\"spec\":{}}}}",
           sparkk8s_run_driver_pod(run));
    LAB_OK(sparkk8s_run_kill(run, &opts, NULL, err));
    ck_assert_int_eq(lab_count("pods"), 1);
    done();
}
END_TEST

START_TEST(waits)
{
    sparkk8s_kill_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_KILL_WAIT };
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 300 };
    sparkk8s_error *error = NULL;

    lab_reset("{\"linger\":true}");
    submit_it();
    ck_assert_int_eq(sparkk8s_run_kill(run, &opts, &brief, &error), SPARKK8S_ETIMEDOUT);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "not gone yet"));
    sparkk8s_error_free(error);
    opts.flags = 0;
    LAB_OK(sparkk8s_run_kill(run, &opts, &brief, err));
    ck_assert_int_eq(lab_count("pods"), 1);
    opts.flags = SPARKK8S_KILL_WAIT;
    opts.grace_seconds = -1;
    LAB_OK(sparkk8s_run_kill(run, &opts, NULL, err));
    ck_assert_int_eq(lab_count("pods"), 0);
    done();
}
END_TEST

START_TEST(only_claim)
{
    sparkk8s_kill_opts opts = { .size = sizeof(opts), .only_claim = "mine" };
    sparkk8s_error *error = NULL;

    submit_it();
    ck_assert_int_eq(sparkk8s_run_kill(run, &opts, NULL, &error), SPARKK8S_EEXISTS);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "nobody has claimed"));
    sparkk8s_error_free(TAKE(error));
    LAB_OK(sparkk8s_run_claim(run, "somebody", NULL, err));
    ck_assert_int_eq(sparkk8s_run_kill(run, &opts, NULL, &error), SPARKK8S_EEXISTS);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "somebody else"));
    sparkk8s_error_free(TAKE(error));
    LAB_OK(sparkk8s_run_claim(run, "mine", NULL, err));
    LAB_OK(sparkk8s_run_kill(run, &opts, NULL, err));
    lab_empty("killed by its owner");
    LAB_OK(sparkk8s_run_kill(run, &opts, NULL, err));
    done();
}
END_TEST

/* A claim that comes between looking and deleting. */
START_TEST(claimed_in_between)
{
    sparkk8s_kill_opts opts = { .size = sizeof(opts), .only_claim = "mine" };
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 200 };

    submit_it();
    LAB_OK(sparkk8s_run_claim(run, "mine", NULL, err));
    lab_rules("[{\"verb\":\"delete pods\",\"do\":\"hold\"}]");
    ck_assert_int_eq(sparkk8s_run_kill(run, &opts, &brief, NULL), SPARKK8S_ETIMEDOUT);
    ck_assert_int_eq(lab_held(), 1);
    LAB_OK(sparkk8s_run_claim(run, "successor", NULL, err));
    lab_do("{\"release\":true}");
    lab_turn(client, 50);
    ck_assert_int_eq(lab_count("pods"), 1);
    ck_assert_int_eq(sparkk8s_run_kill(run, &opts, NULL, NULL), SPARKK8S_EEXISTS);
    done();
}
END_TEST

/* The pod changes, but not its claim. */
START_TEST(changed_in_between)
{
    sparkk8s_kill_opts opts = { .size = sizeof(opts), .only_claim = "mine" };

    submit_it();
    LAB_OK(sparkk8s_run_claim(run, "mine", NULL, err));
    lab_rules("[{\"verb\":\"delete pods\",\"times\":3,\"do\":\"status\",\"code\":409}]");
    LAB_OK(sparkk8s_run_kill(run, &opts, NULL, err));
    lab_empty("killed at last");
    done();
}
END_TEST

START_TEST(trouble)
{
    static const char *const what[] = { "drop", "cut", "close", "status" };

    submit_it();
    lab_rules("[{\"verb\":\"delete pods\",\"do\":\"%s\",\"code\":503}]", what[_i]);
    LAB_OK(sparkk8s_run_kill(run, NULL, NULL, err));
    lab_empty("in spite of it");
    done();
}
END_TEST

START_TEST(refused)
{
    lab_reset("{\"forbid\":[\"delete pods\"]}");
    submit_it();
    ck_assert_int_eq(sparkk8s_run_kill(run, NULL, NULL, NULL), SPARKK8S_EFORBIDDEN);
    ck_assert_int_eq(lab_count("pods"), 1);
    done();
}
END_TEST

START_TEST(bad_options)
{
    static const sparkk8s_kill_opts rows[] = {
        { .size = sizeof(rows[0]), .flags = 8 }, { .size = sizeof(rows[0]), .grace_seconds = -2 }, { .size = 1 },
    };

    submit_it();
    ck_assert_int_eq(sparkk8s_run_kill(run, &rows[_i], NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_run_kill(NULL, NULL, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(lab_count("pods"), 1);
    done();
}
END_TEST

/* While it is being submitted: nothing is left, at whichever request. */
START_TEST(half_way)
{
    sparkk8s_manifest *manifest = lab_manifest(NULL, "1g", NULL);

    client = lab_client("a");
    lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"hold\"}]", _i);
    LAB_OK(sparkk8s_submit_begin(client, manifest, NULL, &run, err));
    while (!lab_held())
        lab_turn(client, 2);
    LAB_OK(sparkk8s_run_kill(run, NULL, NULL, err));
    lab_empty("killed half-way");
    ck_assert_int_eq(sparkk8s_submit_finish(run, NULL, NULL), SPARKK8S_ECANCELED);
    sparkk8s_manifest_free(manifest);
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kill");
    TCase *tcase = tcase_create("kill");

    tcase_add_test(tcase, kill_it);
    tcase_add_loop_test(tcase, replaced, 0, 3);
    tcase_add_test(tcase, waits);
    tcase_add_test(tcase, only_claim);
    tcase_add_test(tcase, claimed_in_between);
    tcase_add_test(tcase, changed_in_between);
    tcase_add_loop_test(tcase, trouble, 0, 4);
    tcase_add_test(tcase, refused);
    tcase_add_loop_test(tcase, bad_options, 0, 3);
    tcase_add_loop_test(tcase, half_way, 2, 5);
    return lab_main(suite, tcase);
}
