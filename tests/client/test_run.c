/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a run by whatever a user has in hand, and claims on it. */
#include "lab.h"

#define KEY "team:nightly"          /* looks like "<namespace>:<driver pod>" */

static sparkk8s_client *client;
static sparkk8s_run *run;

static void submit_it(void)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY };
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);

    client = lab_client("a");
    LAB_OK(sparkk8s_submit(client, manifest, &opts, NULL, &run, err));
    sparkk8s_manifest_free(manifest);
}

static void done(void)
{
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}

START_TEST(found_by)
{
    const char *ids[4], *ns[] = { "elsewhere", LAB_NS, NULL, NULL };
    sparkk8s_run *found = NULL;

    submit_it();
    ids[0] = sparkk8s_run_id(run);
    ids[1] = sparkk8s_run_app_id(run);
    ids[2] = sparkk8s_run_driver_pod(run);
    ids[3] = KEY;
    LAB_OK(sparkk8s_run_open(client, ns[_i], ids[_i], NULL, &found, err));
    ck_assert_str_eq(sparkk8s_run_id(found), ids[0]);
    ck_assert_str_eq(sparkk8s_run_app_id(found), ids[1]);
    ck_assert_str_eq(sparkk8s_run_driver_pod(found), ids[2]);
    ck_assert_str_eq(sparkk8s_run_driver_uid(found), sparkk8s_run_driver_uid(run));
    ck_assert_str_eq(sparkk8s_run_ns(found), LAB_NS);
    sparkk8s_run_free(found);
    done();
}
END_TEST

START_TEST(newest_of_a_custom_app_id)
{
    sparkk8s_run *found = NULL;
    int i;

    client = lab_client("a");
    for (i = 0; i < 3; i++)
        lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"d%d\",\"labels\":"
               "{\"spark-role\":\"driver\",\"spark-app-selector\":\"My_App\"}},\"spec\":{}}}}", i);
    LAB_OK(sparkk8s_run_open(client, NULL, "My_App", NULL, &found, err));
    ck_assert_str_eq(sparkk8s_run_driver_pod(found), "d2");
    sparkk8s_run_free(found);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(not_found)
{
    static const struct {
        const char *id;
        int code;
        const char *message;
    } rows[] = {
        { "nobody", SPARKK8S_ENOTFOUND, "no run in namespace 'lab'" },
        { "lab:nobody", SPARKK8S_ENOTFOUND, "no run" },
        { "../secrets", SPARKK8S_ENOTFOUND, "no run" },
        { "executor", SPARKK8S_ENOTFOUND, "not a Spark driver" },
        { "spark-0123456789abcdef0123456789abcdef", SPARKK8S_ENOTFOUND, "no run" },
        { "", SPARKK8S_EINVAL, "empty" },
        { "\xff", SPARKK8S_EINVAL, "UTF-8" },
    };
    sparkk8s_error *error = NULL;
    sparkk8s_run *found = NULL;

    client = lab_client("a");
    lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"executor\",\"labels\":"
           "{\"spark-role\":\"executor\"}},\"spec\":{}}}}");
    ck_assert_int_eq(sparkk8s_run_open(client, NULL, rows[_i].id, NULL, &found, &error), rows[_i].code);
    ck_assert_msg(strstr(sparkk8s_error_message(error), rows[_i].message) != NULL, "%s", sparkk8s_error_message(error));
    ck_assert_ptr_null(found);
    sparkk8s_error_free(error);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(forbidden)
{
    sparkk8s_run *found = NULL;

    client = lab_client("a");
    lab_reset("{\"forbid\":[\"get pods\"]}");
    ck_assert_int_eq(sparkk8s_run_open(client, NULL, "nobody", NULL, &found, NULL), SPARKK8S_EFORBIDDEN);
    sparkk8s_client_free(client);
}
END_TEST

/* A run outlives its client. */
START_TEST(freed_in_any_order)
{
    submit_it();
    sparkk8s_client_free(client);
    LAB_OK(sparkk8s_run_claim(run, "me", NULL, err));
    sparkk8s_run_free(run);
    sparkk8s_run_free(NULL);
    ck_assert_ptr_null(sparkk8s_run_id(NULL));
}
END_TEST

/* ---- claims -------------------------------------------------------------------------------------------------- */

static void check_claim(const char *expected)
{
    AUTO(json) state = lab_look();
    const json_t *objects = json_object_get(state, "objects");
    size_t i;

    for (i = 0; i < json_array_size(objects); i++) {
        const json_t *object = json_array_get(objects, i);

        if (!strcmp(json_text_at(object, "plural", NULL), "pods"))
            ck_assert_str_eq(json_text_at(object, "metadata", "annotations", ANNOTATION_CLAIM, NULL), expected);
    }
}

START_TEST(claims)
{
    submit_it();
    LAB_OK(sparkk8s_run_claim(run, "first", NULL, err));
    check_claim("first");
    LAB_OK(sparkk8s_run_claim(run, "second", NULL, err));
    check_claim("second");
    ck_assert_int_eq(sparkk8s_run_claim(run, "", NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_run_claim(run, NULL, NULL, NULL), SPARKK8S_EINVAL);
    done();
}
END_TEST

/* The pod changes between reading and writing. */
START_TEST(claim_conflicts)
{
    submit_it();
    lab_rules("[{\"verb\":\"patch pods\",\"times\":3,\"do\":\"status\",\"code\":409}]");
    LAB_OK(sparkk8s_run_claim(run, "mine", NULL, err));
    check_claim("mine");
    lab_rules("[{\"verb\":\"patch pods\",\"times\":99,\"do\":\"status\",\"code\":409}]");
    ck_assert_int_eq(sparkk8s_run_claim(run, "mine", NULL, NULL), SPARKK8S_ESERVER);
    done();
}
END_TEST

START_TEST(claim_of_what_is_gone)
{
    sparkk8s_error *error = NULL;

    submit_it();
    lab_do("{\"drop\":\"pods\"}");
    ck_assert_int_eq(sparkk8s_run_claim(run, "mine", NULL, NULL), SPARKK8S_ENOTFOUND);
    lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"%s\"},\"spec\":{}}}}",
           sparkk8s_run_driver_pod(run));
    ck_assert_int_eq(sparkk8s_run_claim(run, "mine", NULL, &error), SPARKK8S_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "another one has its name"));
    sparkk8s_error_free(error);
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");

    tcase_add_loop_test(tcase, found_by, 0, 4);
    tcase_add_test(tcase, newest_of_a_custom_app_id);
    tcase_add_loop_test(tcase, not_found, 0, 7);
    tcase_add_test(tcase, forbidden);
    tcase_add_test(tcase, freed_in_any_order);
    tcase_add_test(tcase, claims);
    tcase_add_test(tcase, claim_conflicts);
    tcase_add_test(tcase, claim_of_what_is_gone);
    return lab_main(suite, tcase);
}
