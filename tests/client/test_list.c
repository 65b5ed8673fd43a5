/* SPDX-License-Identifier: Apache-2.0 */
/* Lists against scripted answers: pages, a page that expires, selection, order. */
#include "podserver.h"

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 8000 };

#define STATE(name) (1 << SPARKK8S_STATE_##name)

static const struct {
    sparkk8s_select select;
    const char *expected;
} cases[] = {
    { { .ns = "pages.1" }, "etl-0:RUNNING/1 etl-1:FAILED/1 etl-2:RUNNING/1 etl-3:FAILED/1 etl-4:RUNNING/1 etl-5:FAILED/1 "
      "etl-6:RUNNING/1 END" },
    { { 0 }, "etl-0:RUNNING/1 etl-1:FAILED/1 etl-2:RUNNING/1 etl-3:FAILED/1 etl-4:RUNNING/1 etl-5:FAILED/1 "
      "etl-6:RUNNING/1 END" },      /* the client's namespace */
    { { .ns = "pages.3", .label_selector = "team=blue", .name_glob = "*-[13]" }, "END" },
    { { .ns = "pages.3", .label_selector = "team=blue", .name_glob = "*-3" }, "etl-3:FAILED/1 END" },
    { { .ns = "pages.4", .states = STATE(FAILED) | STATE(LOST) }, "etl-1:FAILED/1 etl-3:FAILED/1 etl-5:FAILED/1 END" },
    { { .ns = "pages.5", .older_than_ms = 1 }, "END" },     /* none says when it finished */
    { { .ns = "several.1,several.2,several.1" }, "m2:RUNNING/1 m1:RUNNING/1 END" },
    { { .ns = "several.2,several.4", .label_selector = "team=blue", .name_glob = "m*" }, "m4:RUNNING/1 m2:RUNNING/1 END" },
    { { .ns = "several.2,several.3" }, "SPARKK8S_EFORBIDDEN" },
    { { .ns = "pages.6", .flags = SPARKK8S_SELECT_DRIVERS_ONLY }, "etl-0:RUNNING/-1 etl-1:FAILED/-1 etl-2:RUNNING/-1 etl-3:FAILED/-1 "
      "etl-4:RUNNING/-1 etl-5:FAILED/-1 etl-6:RUNNING/-1 END" },
    { { .ns = "pages.7", .flags = SPARKK8S_SELECT_DRIVERS_ONLY, .label_selector = "team=blue", .name_glob = "*-3" }, "etl-3:FAILED/-1 END" },
    { { .ns = "nothing.1" }, "END" },
    { { .ns = "refused.1" }, "SPARKK8S_EAUTH" },
    { { .ns = "refused.2" }, "SPARKK8S_EFORBIDDEN" },
};

START_TEST(listed)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_select select = cases[_i].select;
    sparkk8s_list *list = NULL;
    sparkk8s_status *status = NULL;
    char got[512] = "";
    size_t at = 0;
    int rc;

    select.size = sizeof(select);
    ck_assert_int_eq(sparkk8s_list_open(client, &select, &list, NULL), 0);
    while ((rc = sparkk8s_list_next(list, &patient, &status, NULL)) == 0) {
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s:%s/%d ", strchr(sparkk8s_status_run_id(status), ':') + 1,
                               sparkk8s_state_name(sparkk8s_status_state(status)),
                               sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING));
        sparkk8s_status_free(status);
        status = NULL;
    }
    snprintf(got + at, sizeof(got) - at, "%s", rc == SPARKK8S_END ? "END" : sparkk8s_code_name(rc));
    ck_assert_str_eq(got, cases[_i].expected);
    sparkk8s_list_free(list);
    podserver_done(client, NULL);
}
END_TEST

static const sparkk8s_select bad[] = {
    { .size = 4 },
    { .size = sizeof(sparkk8s_select), .flags = 2 },
    { .size = sizeof(sparkk8s_select), .ns = "a,,b" },
    { .size = sizeof(sparkk8s_select), .ns = "" },
    { .size = sizeof(sparkk8s_select), .ns = "a,*" },
    { .size = sizeof(sparkk8s_select), .older_than_ms = -1 },
    { .size = sizeof(sparkk8s_select), .states = 1 << 20 },
};

START_TEST(refused)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_list *list = NULL;
    sparkk8s_error *err = NULL;

    ck_assert_int_eq(sparkk8s_list_open(client, &bad[_i], &list, &err), SPARKK8S_EINVAL);
    ck_assert_ptr_null(list);
    ck_assert_str_ne(sparkk8s_error_message(err), "");
    sparkk8s_error_free(err);
    podserver_done(client, NULL);
}
END_TEST

/* Whoever may not see the whole cluster is told what to do instead. */
START_TEST(all_forbidden)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "*" };
    sparkk8s_client *client = podserver_client();
    sparkk8s_status *status = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_list *list = NULL;

    ck_assert_int_eq(sparkk8s_list_open(client, &select, &list, NULL), 0);
    ck_assert_int_eq(sparkk8s_list_next(list, &patient, &status, &err), SPARKK8S_EFORBIDDEN);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "at the cluster scope"));
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(err), "\"a,b\" in place of \"*\""));
    sparkk8s_error_free(err);
    sparkk8s_list_free(list);
    podserver_done(client, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *tcase = tcase_create("list");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, listed, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, refused, 0, (int)COUNT(bad));
    tcase_add_test(tcase, all_forbidden);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
