/* SPDX-License-Identifier: Apache-2.0 */
/* Killing many: which are chosen, that a dry run tells just these, and what is done to what changes between list and delete. */
#include "lab.h"

#include "moment.h"

static sparkk8s_client *client;
static sparkk8s_kills *kills;
static char told[8192];             /* "name name! ..." sorted; "!" and the code: not killed */

#define WAITING "{\"phase\":\"Pending\"}"
#define RUNNING "{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\",\"state\":{\"running\":{}}}]}"
#define ENDED "{\"phase\":\"Succeeded\",\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\",\"state\":{\"terminated\":" \
    "{\"exitCode\":0,\"finishedAt\":\"2026-11-21T08:30:00Z\"}}}]}"

/* A driver submitted `hours` ago. */
static void put(const char *ns, const char *name, const char *app, int hours, const char *status)
{
    char created[MOMENT_SIZE];

    moment_rfc3339(moment_now_ms() - hours * (int64_t)3600000, created);
    lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"%s\",\"object\":{\"metadata\":{\"name\":\"%s\",\"creationTimestamp\":\"%s\","
           "\"labels\":{\"spark-role\":\"driver\",\"spark-app-selector\":\"id-%s\",\"spark-app-name\":\"%s\",\"team\":\"%.1s\"}},"
           "\"spec\":{\"containers\":[{\"name\":\"spark-kubernetes-driver\"}]},\"status\":%s}}}", ns, name, created, name, app, name,
           status);
}

/* Nine runs of all kinds. */
static void populate(void)
{
    client = lab_client("a");
    put(LAB_NS, "etl-1", "etl", 1, RUNNING);
    put(LAB_NS, "etl-2", "etl", 3, RUNNING);
    put(LAB_NS, "etl-3", "etl", 5, WAITING);
    put(LAB_NS, "etl-4", "etl", 7, ENDED);
    put(LAB_NS, "x-5", "report", 9, RUNNING);
    put("other", "etl-6", "etl", 2, RUNNING);
    put("other", "x-7", "report", 4, RUNNING);
    put("third", "etl-8", "etl", 6, RUNNING);
    put("third", "etl-1", "etl", 8, RUNNING);
    lab_do("{\"put\":{\"plural\":\"pods\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"etl-exec\",\"labels\":"
           "{\"spark-role\":\"executor\",\"spark-app-selector\":\"id-etl-1\"}},\"spec\":{}}}}");
}

static void done(void)
{
    sparkk8s_kills_free(kills);
    kills = NULL;
    sparkk8s_client_free(client);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int open_kills(sparkk8s_select select, sparkk8s_kill_opts opts)
{
    select.size = sizeof(select);
    opts.size = sizeof(opts);
    sparkk8s_kills_free(kills);
    kills = NULL;
    return sparkk8s_kills_open(client, &select, &opts, &kills, NULL);
}

/* All that is told, into `told`; returns how it ended. */
static int tell_all(void)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = 60000 };
    struct strv names = { 0 };
    char *text;
    int rc;

    for (;;) {
        sparkk8s_status *status = NULL;
        sparkk8s_error *failure = NULL;

        rc = sparkk8s_kills_next(kills, &call, &status, &failure, NULL);
        if (rc != 0)
            break;
        strv_addf(&names, "%s%s%s", status ? sparkk8s_status_run_id(status) : sparkk8s_error_where(failure),
                  failure ? "!" : "", failure ? sparkk8s_code_name(sparkk8s_error_code(failure)) + 9 : "");
        sparkk8s_status_free(status);
        sparkk8s_error_free(failure);
    }
    if (names.count)
        qsort(names.v, names.count, sizeof(*names.v), compare);
    text = strv_join(&names, " ");
    snprintf(told, sizeof(told), "%s", text ? text : "");
    free(text);
    strv_clear(&names);
    return rc;
}

static bool is_there(const char *ns, const char *name)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects");
    size_t i;

    for (i = 0; i < json_array_size(objects); i++) {
        const json_t *object = json_array_get(objects, i);

        if (!strcmp(json_text_at(object, "metadata", "namespace", NULL), ns) &&
            !strcmp(json_text_at(object, "metadata", "name", NULL), name))
            return true;
    }
    return false;
}

#define HOURS(n) ((int64_t)(n) * 3600000)
#define STATE(name) (1 << SPARKK8S_STATE_##name)

static const char *const some[] = { "etl-1", "third:etl-1", "id-x-5", "other:etl-*", NULL };
static const char *const missing[] = { "etl-2", "nothing", "third:etl-2", NULL };
static const char *const ended[] = { "etl-4", "etl-3", NULL };
static const char *const globbed[] = { "etl-*", NULL };
static const char *const elsewhere[] = { "third:etl-1", NULL };
static const char *const star[] = { "*", NULL };

static const struct {
    sparkk8s_select select;
    const char *expected;
    int flags;
} cases[] = {
    { { .name_glob = "etl-*" }, "lab:etl-1 lab:etl-2 lab:etl-3", 0 },
    { { .name_glob = "rep*" }, "lab:x-5", 0 },
    { { .name_glob = "etl-*", .min_age_ms = HOURS(2) }, "lab:etl-2 lab:etl-3", 0 },
    { { .name_glob = "etl-*", .max_age_ms = HOURS(4) }, "lab:etl-1 lab:etl-2", 0 },
    { { .ns = "*", .min_age_ms = HOURS(2), .max_age_ms = HOURS(8) + 3500000 },
      "lab:etl-2 lab:etl-3 other:etl-6 other:x-7 third:etl-1 third:etl-8", 0 },
    { { .ns = "*", .name_glob = "etl-*", .min_age_ms = HOURS(2), .states = STATE(RUNNING) },
      "lab:etl-2 other:etl-6 third:etl-1 third:etl-8", 0 },
    { { .ns = "third,other", .name_glob = "etl-1" }, "third:etl-1", 0 },
    { { .label_selector = "team=x" }, "lab:x-5", 0 },
    { { .states = STATE(SUCCEEDED) }, "lab:etl-4", 0 },
    { { .states = STATE(SUCCEEDED) | STATE(PENDING) }, "lab:etl-3 lab:etl-4", 0 },
    { { .older_than_ms = 1000 }, "lab:etl-4", 0 },
    { { .names = some }, "lab:etl-1 lab:x-5 other:etl-6 third:etl-1", 0 },
    { { .names = missing }, "lab:etl-2 nothing!ENOTFOUND third:etl-2!ENOTFOUND", 0 },
    { { .names = ended }, "lab:etl-3 lab:etl-4", 0 },
    { { .names = ended, .states = STATE(PENDING) }, "lab:etl-3", 0 },
    { { .names = globbed, .name_glob = "*-2" }, "lab:etl-2", 0 },
    { { .names = elsewhere, .ns = "lab" }, "third:etl-1", 0 },
    { { .name_glob = "none-*" }, "", 0 },
    { { 0 }, "lab:etl-1 lab:etl-2 lab:etl-3 lab:x-5", SPARKK8S_KILL_ALL },
    { { .names = star, .ns = "*" }, "lab:etl-1 lab:etl-2 lab:etl-3 lab:x-5 other:etl-6 other:x-7 third:etl-1 third:etl-8",
      SPARKK8S_KILL_ALL },
};

/* The dry run first: it changes nothing, and says what then happens. */
START_TEST(chosen)
{
    sparkk8s_kill_opts opts = { .flags = cases[_i].flags | SPARKK8S_KILL_DRY_RUN };
    int before, missed = 0;
    const char *at;

    populate();
    before = lab_count("pods");
    ck_assert_int_eq(open_kills(cases[_i].select, opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, cases[_i].expected);
    ck_assert_int_eq(lab_count("pods"), before);
    opts.flags = cases[_i].flags;
    ck_assert_int_eq(open_kills(cases[_i].select, opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, cases[_i].expected);
    for (at = told; (at = strchr(at, '!')); at++)
        missed++;
    for (at = *told ? told : NULL; at; at = (at = strchr(at, ' ')) ? at + 1 : NULL)
        missed--;
    ck_assert_int_eq(lab_count("pods"), before + missed);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);         /* still */
    done();
}
END_TEST

static const struct {
    sparkk8s_select select;
    sparkk8s_kill_opts opts;
} everything[] = {
    { { .ns = NULL }, { .flags = 0 } },
    { { .ns = "*" }, { .flags = SPARKK8S_KILL_DRY_RUN } },
    { { .name_glob = "*" }, { .flags = SPARKK8S_KILL_WAIT } },
    { { .names = star }, { .flags = 0 } },
    { { .label_selector = "" }, { .flags = 0 } },
    { { .name_glob = "etl" }, { .flags = 8 } },
    { { .name_glob = "etl" }, { .grace_seconds = -2 } },
    { { .name_glob = "etl", .min_age_ms = -1 }, { .flags = 0 } },
    { { .names = (const char *const[]){ "", NULL } }, { .flags = 0 } },
};

START_TEST(refused)
{
    sparkk8s_kill_opts many = { .size = sizeof(many), .flags = SPARKK8S_KILL_DRY_RUN };
    sparkk8s_run *run = NULL;

    populate();
    ck_assert_int_eq(open_kills(everything[_i].select, everything[_i].opts), SPARKK8S_EINVAL);
    LAB_OK(sparkk8s_run_open(client, NULL, "etl-1", NULL, &run, err));
    ck_assert_int_eq(sparkk8s_run_kill(run, &many, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(lab_count("pods"), 10);
    sparkk8s_run_free(run);
    done();
}
END_TEST

/* Between list and delete each driver is replaced by another pod of its name. */
START_TEST(replaced)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 100 };
    sparkk8s_kill_opts opts = { .only_claim = NULL, .flags = _i ? SPARKK8S_KILL_WAIT : 0 };
    sparkk8s_status *status = NULL;
    sparkk8s_error *failure = NULL;

    populate();
    lab_rules("[{\"verb\":\"delete pods\",\"times\":2,\"do\":\"hold\"}]");
    ck_assert_int_eq(open_kills((sparkk8s_select){ .states = STATE(RUNNING), .name_glob = "etl-?" }, opts), 0);
    while (lab_held() < 2)
        ck_assert_int_eq(sparkk8s_kills_next(kills, &brief, &status, &failure, NULL), SPARKK8S_AGAIN);
    lab_do("{\"drop\":\"pods\"}");
    put(LAB_NS, "etl-1", "etl", 0, RUNNING);
    put(LAB_NS, "etl-2", "etl", 0, RUNNING);
    lab_do("{\"release\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, "lab:etl-1 lab:etl-2");      /* those that were meant are gone */
    ck_assert_int_eq(lab_count("pods"), 2);
    done();
}
END_TEST

/* One that was running has ended when its delete arrives; another one has only got a label. */
START_TEST(ends_meanwhile)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 100 };
    sparkk8s_status *status = NULL;
    sparkk8s_error *failure = NULL;

    populate();
    lab_rules("[{\"verb\":\"delete pods\",\"times\":2,\"do\":\"hold\"}]");
    ck_assert_int_eq(open_kills((sparkk8s_select){ .states = _i ? 0 : STATE(RUNNING), .names = (const char *const[]){ "etl-1*", "etl-2*", NULL } },
                                (sparkk8s_kill_opts){ 0 }), 0);
    while (lab_held() < 2)
        ck_assert_int_eq(sparkk8s_kills_next(kills, &brief, &status, &failure, NULL), SPARKK8S_AGAIN);
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"etl-1\",\"object\":{\"status\":" ENDED "}}}");
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"etl-2\",\"object\":{\"metadata\":{\"generateName\":\"x\"}}}}");
    lab_do("{\"release\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, "lab:etl-2");
    ck_assert(is_there(LAB_NS, "etl-1") && !is_there(LAB_NS, "etl-2"));
    done();
}
END_TEST

START_TEST(claimed)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 100 };
    sparkk8s_kill_opts opts = { .only_claim = "mine", .flags = SPARKK8S_KILL_DRY_RUN };
    sparkk8s_status *status = NULL;
    sparkk8s_error *failure = NULL;

    populate();
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"etl-1\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"mine\"}}}}}");
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"etl-2\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"mine\"}}}}}");
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"x-5\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"yours\"}}}}}");
    ck_assert_int_eq(open_kills((sparkk8s_select){ .min_age_ms = 1 }, opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, "lab:etl-1 lab:etl-2 lab:etl-3!EEXISTS lab:x-5!EEXISTS");
    opts.flags = 0;
    lab_rules("[{\"verb\":\"delete pods\",\"times\":2,\"do\":\"hold\"}]");
    ck_assert_int_eq(open_kills((sparkk8s_select){ .name_glob = "etl-*" }, opts), 0);
    while (lab_held() < 2)
        if (sparkk8s_kills_next(kills, &brief, &status, &failure, NULL) == 0) {
            ck_assert_int_eq(sparkk8s_error_code(failure), SPARKK8S_EEXISTS);
            ck_assert_str_eq(sparkk8s_status_run_id(status), "lab:etl-3");
            sparkk8s_status_free(status);
            sparkk8s_error_free(failure);
        }
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"etl-2\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"yours\"}}}}}");
    lab_do("{\"release\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, "lab:etl-1 lab:etl-2!EEXISTS");
    ck_assert(!is_there(LAB_NS, "etl-1") && is_there(LAB_NS, "etl-2") && is_there(LAB_NS, "etl-3"));
    done();
}
END_TEST

/* What happens to one is not the others' business. */
START_TEST(trouble)
{
    static const struct {
        const char *rule, *failure;
    } what[] = { { "drop", "" }, { "cut", "" }, { "close", "" }, { "status\",\"code\":503,\"x\":\"", "" },
                 { "status\",\"code\":403,\"x\":\"", "!EFORBIDDEN" } };
    char expected[200];

    populate();
    lab_rules("[{\"verb\":\"delete pods\",\"do\":\"%s\"}]", what[_i].rule);
    ck_assert_int_eq(open_kills((sparkk8s_select){ .name_glob = "etl-*" }, (sparkk8s_kill_opts){ .flags = SPARKK8S_KILL_WAIT }), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    snprintf(expected, sizeof(expected), "lab:etl-1 lab:etl-2 lab:etl-3%s", what[_i].failure);
    ck_assert_str_eq(told, expected);   /* the oldest is asked to go first */
    ck_assert_int_eq(is_there(LAB_NS, "etl-3"), *what[_i].failure != 0);
    ck_assert(!is_there(LAB_NS, "etl-1") && !is_there(LAB_NS, "etl-2"));
    done();
}
END_TEST

/* A list that cannot be had to its end: nothing is killed, then and later. */
START_TEST(unlisted)
{
    int rc;

    populate();
    lab_rules("[{\"verb\":\"get pods\",\"do\":\"status\",\"code\":403}]");      /* once */
    ck_assert_int_eq(open_kills((sparkk8s_select){ .name_glob = "etl-*" }, (sparkk8s_kill_opts){ 0 }), 0);
    rc = tell_all();
    ck_assert_int_eq(rc, SPARKK8S_EFORBIDDEN);
    ck_assert_int_eq(tell_all(), rc);
    ck_assert_int_eq(lab_count("pods"), 10);
    done();
}
END_TEST

/* Far more than are in flight at once; they linger, and are waited for. */
START_TEST(thousand)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 300 };
    sparkk8s_status *status = NULL;
    sparkk8s_error *failure = NULL;
    int i;

    lab_reset("{\"linger\":true}");
    client = lab_client("a");
    for (i = 0; i < 300; i++) {
        char name[32];

        snprintf(name, sizeof(name), "etl-%d", i);
        put(LAB_NS, name, "etl", 1, RUNNING);
    }
    ck_assert_int_eq(open_kills((sparkk8s_select){ .name_glob = "etl-*" }, (sparkk8s_kill_opts){ .flags = SPARKK8S_KILL_WAIT }), 0);
    ck_assert_int_eq(sparkk8s_kills_next(kills, &brief, &status, &failure, NULL), SPARKK8S_AGAIN);
    for (i = 0; lab_requests("a DELETE") < 300; i++)
        lab_turn(client, 50);
    ck_assert_int_eq(sparkk8s_kills_next(kills, NULL, &status, &failure, NULL), SPARKK8S_AGAIN);
    lab_do("{\"collect\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    for (i = 1; strchr(told, ' '); i++)
        *strchr(told, ' ') = '+';
    ck_assert_int_eq(i, 300);
    ck_assert_int_eq(lab_count("pods"), 0);
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kills");
    TCase *tcase = tcase_create("kills");

    tcase_add_loop_test(tcase, chosen, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, refused, 0, (int)COUNT(everything));
    tcase_add_loop_test(tcase, replaced, 0, 2);
    tcase_add_loop_test(tcase, ends_meanwhile, 0, 2);
    tcase_add_test(tcase, claimed);
    tcase_add_loop_test(tcase, trouble, 0, 5);
    tcase_add_test(tcase, unlisted);
    tcase_add_test(tcase, thousand);
    return lab_main(suite, tcase);
}
