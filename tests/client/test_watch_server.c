/* SPDX-License-Identifier: Apache-2.0 */
/* What servers do to watches: versions that expire in many words, storms, silence, streaming lists, odd events. */
#include "podserver.h"

#include "clock.h"
#include "strv.h"

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 20000 };

/* "NAME:STATE/EXECUTORS", the code of an error, "END" or "AGAIN". */
static void add_next(sparkk8s_watch *watch, const sparkk8s_call *call, struct strv *out)
{
    sparkk8s_status *status = NULL;
    AUTO(error) err = NULL;
    int rc = sparkk8s_watch_next(watch, call, &status, &err);

    if (rc == 0)
        strv_addf(out, "%s:%s/%d", strchr(sparkk8s_status_run_id(status), ':') + 1,
                  sparkk8s_state_name(sparkk8s_status_state(status)),
                  sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING));
    else
        strv_add(out, rc == SPARKK8S_END ? "END" : rc == SPARKK8S_AGAIN ? "AGAIN" : sparkk8s_code_name(rc));
    sparkk8s_status_free(status);
}

/* The next `count` of a watch of these namespaces, sorted if they are of several. */
static void check_watch(sparkk8s_client *client, const char *ns, int count, const char *expected)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = ns };
    sparkk8s_watch *watch = NULL;
    AUTO_STRV got = { 0 };
    AUTO(chars) text = NULL;

    ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
    while (count--)
        add_next(watch, &patient, &got);
    if (strchr(ns, ','))
        strv_sort(&got);
    text = strv_join(&got, " ");
    ck_assert_msg(strcmp(text, expected) == 0, "%s: %s", ns, text);
    sparkk8s_watch_free(watch);
}

/* All at once: each driver first runs, and is seen to end by a watch from the right version only. */
static void check_drivers(const char *scenario, const int *numbers, size_t count)
{
    sparkk8s_client *client = podserver_client();
    AUTO_STRV ns = { 0 };
    AUTO_STRV expected = { 0 };
    AUTO(chars) all = NULL;
    AUTO(chars) text = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        strv_addf(&ns, "%s.%d", scenario, numbers[i]);
        strv_addf(&expected, "d%d:RUNNING/0", numbers[i]);
        strv_addf(&expected, "d%d:SUCCEEDED/0", numbers[i]);
    }
    strv_addf(&ns, "silent.9.%s", scenario);        /* makes it several, whatever their number */
    strv_add(&expected, "d9:RUNNING/0");
    strv_sort(&expected);
    all = strv_join(&ns, ",");
    text = strv_join(&expected, " ");
    check_watch(client, all, (int)expected.count, text);
    podserver_done(client, NULL);
}

START_TEST(expired)
{
    static const int shapes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 10 };

    check_drivers("expired", shapes, COUNT(shapes));
}
END_TEST

/* A server that cannot do it now is asked again for the same, later: no list. */
START_TEST(busy)
{
    static const int codes[] = { 1, 3, 4, 429, 500, 503, 999 };

    check_drivers("busy", codes, COUNT(codes));
}
END_TEST

START_TEST(odd_events)
{
    static const int lines[] = { 1, 2, 3, 4, 5, 6, 101, 102, 103, 104, 105, 106, 107, 108, 109 };

    check_drivers("odd", lines, COUNT(lines));
}
END_TEST

/* Whoever stands in between is told of, and asked again. */
START_TEST(page)
{
    sparkk8s_client *client = podserver_client();

    check_watch(client, "page.1", 3, "d1:RUNNING/0 SPARKK8S_ESERVER d1:SUCCEEDED/0");
    podserver_done(client, NULL);
}
END_TEST

/* Neither bookmark nor anything else for longer than servers keep silent: another connection. */
START_TEST(silence)
{
    static const struct { const char *ns; int64_t least_ms, most_ms; const char *expected; } cases[] = {
        { "silent.1", 290000, 301000, "d1:RUNNING/0 AGAIN AGAIN d1:SUCCEEDED/0" },
        { "silent.2", 140000, 151000, "d2:RUNNING/0 AGAIN AGAIN d2:SUCCEEDED/0" }
    };
    sparkk8s_client *client = podserver_client();
    sparkk8s_call short_wait = { .size = sizeof(short_wait), .timeout_ms = 500 };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        sparkk8s_select select = { .size = sizeof(select), .ns = cases[i].ns };
        sparkk8s_watch *watch = NULL;
        AUTO_STRV got = { 0 };
        AUTO(chars) text = NULL;

        ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
        add_next(watch, &patient, &got);
        add_next(watch, &short_wait, &got);         /* the stream stands, the bookmark has come */
        clock_advance(cases[i].least_ms);
        add_next(watch, &short_wait, &got);
        clock_advance(cases[i].most_ms - cases[i].least_ms);
        add_next(watch, &patient, &got);
        text = strv_join(&got, " ");
        ck_assert_str_eq(text, cases[i].expected);
        sparkk8s_watch_free(watch);
    }
    podserver_done(client, NULL);
}
END_TEST

static const struct { int number, count; const char *expected; } streamed[] = {
    { 1, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
    { 2, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
    { 3, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
    { 4, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
    { 5, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
    { 6, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:LOST/1" },
    { 8, 1, "SPARKK8S_EFORBIDDEN" },
    { 9, 3, "m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1" },
};

START_TEST(streaming_list)
{
    sparkk8s_client *client = podserver_client_under("/new");
    char ns[32];

    snprintf(ns, sizeof(ns), "streamed.%d", streamed[_i].number);
    check_watch(client, ns, streamed[_i].count, streamed[_i].expected);
    podserver_done(client, NULL);
}
END_TEST

/* A server that does not know the parameter sends the pods and no end of them. */
START_TEST(streaming_without_end)
{
    sparkk8s_select select = { .size = sizeof(select), .ns = "streamed.7" };
    sparkk8s_call short_wait = { .size = sizeof(short_wait), .timeout_ms = 500 };
    sparkk8s_client *client = podserver_client_under("/new");
    sparkk8s_watch *watch = NULL;
    AUTO_STRV got = { 0 };
    AUTO(chars) text = NULL;

    ck_assert_int_eq(sparkk8s_watch_open(client, &select, &watch, NULL), 0);
    add_next(watch, &short_wait, &got);
    add_next(watch, &short_wait, &got);
    clock_advance(21000);
    add_next(watch, &patient, &got);
    add_next(watch, &patient, &got);
    add_next(watch, &patient, &got);
    text = strv_join(&got, " ");
    ck_assert_str_eq(text, "AGAIN AGAIN m-b:RUNNING/0 m-a:RUNNING/1 m-a:SUCCEEDED/1");
    sparkk8s_watch_free(watch);
    podserver_done(client, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch_server");
    TCase *tcase = tcase_create("watch_server");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, expired);
    tcase_add_test(tcase, busy);
    tcase_add_test(tcase, odd_events);
    tcase_add_test(tcase, page);
    tcase_add_test(tcase, silence);
    tcase_add_loop_test(tcase, streaming_list, 0, (int)COUNT(streamed));
    tcase_add_test(tcase, streaming_without_end);
    suite_add_tcase(suite, tcase);
    return podserver_main(suite);
}
