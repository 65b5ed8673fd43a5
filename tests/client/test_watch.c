/* SPDX-License-Identifier: Apache-2.0 */
/* Watches against scripted answers: what is delivered, and that it is delivered once, whatever happens to the
 * connection. */
#include "podserver.h"

#include <poll.h>

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 8000 };

/* The statuses of a watch as text: "PENDING RUNNING/1 SUCCEEDED END"; executors running after a slash. */
static void read_watch(sparkk8s_watch *watch, int most, char *out, size_t size)
{
    sparkk8s_status *status = NULL;
    sparkk8s_error *err = NULL;
    size_t at = 0;
    int rc = 0;

    *out = '\0';
    while (most-- && (rc = sparkk8s_watch_next(watch, &patient, &status, &err)) == 0) {
        int executors = sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING);

        at += (size_t)snprintf(out + at, size - at, "%s%s", at ? " " : "", sparkk8s_state_name(sparkk8s_status_state(status)));
        if (executors)
            at += (size_t)snprintf(out + at, size - at, "/%d", executors);
        sparkk8s_status_free(status);
        status = NULL;
    }
    if (rc)
        snprintf(out + at, size - at, "%s%s", at ? " " : "", rc == SPARKK8S_END ? "END" : rc == SPARKK8S_AGAIN ? "AGAIN" :
                 sparkk8s_code_name(rc));
    sparkk8s_error_free(err);
}

static void check_run(sparkk8s_client *client, const char *scenario, int number, int most, const char *expected)
{
    sparkk8s_run *run = podserver_run(client, scenario, number);
    sparkk8s_watch *watch = NULL;
    char got[256];

    ck_assert_int_eq(sparkk8s_watch_open_run(run, &watch, NULL), 0);
    read_watch(watch, most, got, sizeof(got));
    ck_assert_msg(!strcmp(got, expected), "%s.%d: %s instead of %s", scenario, number, got, expected);
    sparkk8s_watch_free(watch);
    sparkk8s_run_free(run);
}

static int length_of_events(sparkk8s_client *client)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "watch-length.0" };
    sparkk8s_status *status;
    sparkk8s_list *list;
    char *text = NULL;
    int length;

    ck_assert_int_eq(sparkk8s_list_open(client, &select, &list, NULL), 0);
    ck_assert_int_eq(sparkk8s_list_next(list, &patient, &status, NULL), 0);
    ck_assert_int_eq(sparkk8s_status_to_json(status, &text, NULL), 0);
    length = atoi(strstr(text, "driver_uid\":\"") + strlen("driver_uid\":\""));
    ck_assert_int_gt(length, 500);
    sparkk8s_free(text);
    sparkk8s_status_free(status);
    sparkk8s_list_free(list);
    return length;
}

START_TEST(cut_at_every_byte)
{
    const char *scenario = _i ? "watch-end" : "watch-cut";
    sparkk8s_client *client = podserver_client();
    int at, length = length_of_events(client);

    for (at = 0; at <= length; at++)
        check_run(client, scenario, at, -1, "PENDING RUNNING RUNNING/1 SUCCEEDED/1 END");
    podserver_done(client, NULL);
}
END_TEST

static const struct {
    const char *scenario;
    int number, most;
    const char *expected;
} cases[] = {
    { "watch-gone", 1, -1, "RUNNING FAILED END" },
    { "watch-gone", 2, -1, "RUNNING FAILED END" },
    { "watch-gone", 3, -1, "RUNNING LOST END" },
    { "watch-gone", 4, -1, "RUNNING LOST END" },
    { "watch-gone", 5, -1, "RUNNING FAILED END" },
    { "watch-gone", 6, -1, "RUNNING FAILED END" },
    { "watch-lost", 1, -1, "RUNNING SUCCEEDED END" },
    { "watch-lost", 2, -1, "RUNNING LOST END" },
    { "watch-lost", 3, -1, "RUNNING SUCCEEDED END" },
    { "watch-quiet", 0, 4, "RUNNING RUNNING RUNNING/1 RUNNING" },
    { "refused", 1, -1, "SPARKK8S_EAUTH" },
    { "refused", 2, -1, "SPARKK8S_EFORBIDDEN" },
    { "refused", 3, -1, "RUNNING SPARKK8S_EFORBIDDEN" },
    { "refused", 4, -1, "SPARKK8S_ESERVER" },
    { "watch-gone", 7, -1, "LOST END" },
};

START_TEST(recovered)
{
    sparkk8s_client *client = podserver_client();

    check_run(client, cases[_i].scenario, cases[_i].number, cases[_i].most, cases[_i].expected);
    podserver_done(client, NULL);
}
END_TEST

/* All runs of a namespace: a name that is used again is another run, and the old one is told as lost. */
START_TEST(name_used_again)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "watch-gone.4.all" };
    sparkk8s_client *client = podserver_client();
    sparkk8s_watch *watch;
    char got[256];

    ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
    read_watch(watch, 3, got, sizeof(got));
    ck_assert_msg(!strcmp(got, "RUNNING PENDING LOST") || !strcmp(got, "RUNNING LOST PENDING"), "%s", got);
    sparkk8s_watch_free(watch);
    podserver_done(client, NULL);
}
END_TEST

/* Each namespace has a stream of its own; a new list of one says nothing of the others' runs. */
START_TEST(several_namespaces)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "several.1.w,several.2.w" };
    sparkk8s_client *client = podserver_client();
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch;
    char got[256];

    ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
    read_watch(watch, 2, got, sizeof(got));
    ck_assert_str_eq(got, "RUNNING/1 RUNNING/1");
    ck_assert_int_eq(sparkk8s_watch_next(watch, &patient, &status, NULL), 0);
    ck_assert_int_eq(sparkk8s_status_state(status), SPARKK8S_STATE_LOST);
    ck_assert_str_eq(sparkk8s_status_run_id(status), "several.1.w:m1");
    sparkk8s_status_free(status);
    ck_assert_int_eq(sparkk8s_watch_next(watch, NULL, &status, NULL), SPARKK8S_AGAIN);
    sparkk8s_watch_free(watch);
    podserver_done(client, NULL);
}
END_TEST

/* With labels the executors are counted all the same; a run that loses the label is not a lost run. */
START_TEST(labels)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "pages.2.watch", .label_selector = "team=blue" };
    sparkk8s_client *client = podserver_client();
    sparkk8s_watch *watch;
    char got[256];

    ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
    read_watch(watch, 8, got, sizeof(got));
    ck_assert_str_eq(got, "RUNNING/1 FAILED/1 RUNNING/1 FAILED/1 RUNNING/1 FAILED/1 RUNNING/1 LOST/1");
    sparkk8s_watch_free(watch);
    podserver_done(client, NULL);
}
END_TEST

/* Without waiting: nothing yet is SPARKK8S_AGAIN; the client's descriptor says when there is more. */
START_TEST(event_loop)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "watch-cut", 100000);
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch;
    int rc, seen = 0, turns = 0;

    ck_assert_int_eq(sparkk8s_watch_open_run(run, &watch, NULL), 0);
    while ((rc = sparkk8s_watch_next(watch, NULL, &status, NULL)) != SPARKK8S_END) {
        ck_assert_int_ge(rc, 0);
        ck_assert_int_lt(turns++, 1000);
        if (rc == 0) {
            seen++;
            sparkk8s_status_free(status);
        } else {
            struct pollfd fd = { .fd = kube_fd(client->kube), .events = POLLIN };

            ck_assert_int_eq(poll(&fd, 1, 5000), 1);
        }
    }
    ck_assert_int_eq(seen, 4);
    sparkk8s_watch_free(watch);
    podserver_done(client, run);
}
END_TEST

START_TEST(freed_early)
{
    sparkk8s_client *client = podserver_client();
    sparkk8s_run *run = podserver_run(client, "watch-cut", 200000 + _i);
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch;
    int i;

    ck_assert_int_eq(sparkk8s_watch_open_run(run, &watch, NULL), 0);
    podserver_done(client, run);        /* a watch keeps what it needs */
    for (i = 0; i < _i; i++) {
        ck_assert_int_eq(sparkk8s_watch_next(watch, &patient, &status, NULL), 0);
        sparkk8s_status_free(status);
    }
    sparkk8s_watch_free(watch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *tcase = tcase_create("watch");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, cut_at_every_byte, 0, 2);
    tcase_add_loop_test(tcase, recovered, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tcase, name_used_again);
    tcase_add_test(tcase, several_namespaces);
    tcase_add_test(tcase, labels);
    tcase_add_test(tcase, event_loop);
    tcase_add_loop_test(tcase, freed_early, 0, 4);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
