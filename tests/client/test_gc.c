/* SPDX-License-Identifier: Apache-2.0 */
/* Leftovers: which objects are some and which look like some and are not; that a dry run tells what then goes; and what
 * happens to what changes meanwhile, or cannot be looked at. The server collects no garbage. */
#include "lab.h"

#include "moment.h"

static sparkk8s_client *client;
static sparkk8s_gc *gc;
static char told[8192];             /* "REASON:Kind/name ..." in the order in which they are told; "!" and the code: not deleted */

#define MINUTES(n) ((n) * (int64_t)60000)
#define DAYS(n) MINUTES((n) * 1440)
#define NO_OWNER NULL

/* An object created so many minutes ago. `labels`, `owners` and `more` are JSON members without braces. */
static void put(const char *plural, const char *name, int minutes, const char *labels, const char *owners, const char *more)
{
    char created[MOMENT_SIZE];

    moment_rfc3339(moment_now_ms() - MINUTES(minutes), created);
    lab_do("{\"put\":{\"plural\":\"%s\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"%s\",\"creationTimestamp\":\"%s\","
           "\"labels\":{%s}%s%s%s},\"spec\":{},%s}}}", plural, name, created, labels, owners ? ",\"ownerReferences\":[" : "",
           owners ? owners : "", owners ? "]" : "", more);
}

#define POD(name, uid) "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"" name "\",\"uid\":\"" uid "\",\"controller\":true}"
#define GONE POD("d-gone", "uid-gone")
#define APP(id) "\"spark-app-selector\":\"" id "\""
#define DRIVER(id) "\"spark-role\":\"driver\"," APP(id)
#define EXECUTOR(id) "\"spark-role\":\"executor\"," APP(id)
#define PENDING "\"status\":{\"phase\":\"Pending\"}"
#define GATED(gate) "\"spec\":{\"schedulingGates\":[{\"name\":\"" gate "\"}]}," PENDING
#define OURS GATED("sparkk8s.io/submission")
#define RUNNING "\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\",\"state\":{\"running\":{}}}]}"
#define DATA(id) "\"data\":{\"spark.properties\":\"#x\\n#y\\nspark.app.id=" id "\\nspark.z=1\\n\"}"

static void put_ended(const char *name, const char *labels, int minutes)
{
    char finished[MOMENT_SIZE], status[400];

    moment_rfc3339(moment_now_ms() - MINUTES(minutes), finished);
    snprintf(status, sizeof(status), "\"status\":{\"phase\":\"Succeeded\",\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\","
             "\"state\":{\"terminated\":{\"exitCode\":0,\"finishedAt\":\"%s\"}}}]}", finished);
    put("pods", name, minutes + 60, labels, NO_OWNER, status);
}

/* Pods first: their uids are uid-1, uid-2, ... */
static void populate(void)
{
    put("pods", "d-run", 600, DRIVER("a1"), NO_OWNER, RUNNING);
    put("pods", "d-held", 180, DRIVER("a2"), NO_OWNER, OURS);
    put("pods", "d-busy", 180, DRIVER("a3"), NO_OWNER, OURS);
    put("pods", "d-claimed", 180, DRIVER("a4"), NO_OWNER, OURS);
    put("pods", "d-young", 10, DRIVER("a5"), NO_OWNER, OURS);
    put("pods", "d-queued", 180, DRIVER("a6"), NO_OWNER, GATED("kueue.x-k8s.io/admission"));
    put("pods", "d-volume", 180, DRIVER("a7"), NO_OWNER, OURS);
    put("pods", "notebook", 600, "\"app\":\"jupyter\"", NO_OWNER, RUNNING);
    put_ended("d-done", DRIVER("a9"), 9 * 1440);
    put_ended("d-late", DRIVER("a10"), 1440);
    put_ended("d-kept", DRIVER("a11"), 9 * 1440);
    put("pods", "d-lost", 9 * 1440, DRIVER("a12"), NO_OWNER, "\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}");
    lab_do("{\"merge\":{\"plural\":\"pods\",\"name\":\"d-claimed\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"me\"}}}}}");
    /* of those that live */
    put("configmaps", "spark-drv-1-conf-map", 600, "", POD("d-run", "uid-1"), "\"x\":0");
    put("services", "run-driver-svc", 600, APP("a1"), POD("d-run", "uid-1"), "\"x\":0");
    put("configmaps", "spark-drv-2-conf-map", 180, "", POD("d-held", "uid-2"), "\"x\":0");
    put("services", "busy-driver-svc", 20, APP("a3"), POD("d-busy", "uid-3"), "\"x\":0");
    put("persistentvolumeclaims", "held-pvc", 180, APP("a7"), POD("d-volume", "uid-7"), "\"x\":0");
    put("persistentvolumeclaims", "done-pvc", 180, APP("a11"), POD("d-kept", "uid-11"), "\"x\":0");
    put("pods", "e-run", 500, EXECUTOR("a1"), POD("d-run", "uid-1"), RUNNING);
    put("pods", "e-book", 500, EXECUTOR("a8"), POD("notebook", "uid-8"), RUNNING);
    put("configmaps", "spark-exec-8-conf-map", 500, EXECUTOR("a8"), POD("notebook", "uid-8"), "\"x\":0");
    put("pods", "e-outside", 500, EXECUTOR("a13"), NO_OWNER, RUNNING);
    put("configmaps", "spark-exec-9-conf-map", 500, EXECUTOR("a14"), NO_OWNER, "\"x\":0");
    /* not Spark's, or not only a driver's */
    put("configmaps", "other", 500, "", GONE, "\"x\":0");
    put("configmaps", "spark-drv-3-conf-map", 500, "", GONE "," POD("d-run", "uid-1"), "\"x\":0");
    put("services", "cr-driver-svc", 500, APP("b1"),
        "{\"apiVersion\":\"sparkoperator.k8s.io/v1\",\"kind\":\"SparkApplication\",\"name\":\"d-gone\",\"uid\":\"uid-gone\"}", "\"x\":0");
    put("services", "web", 500, "", NO_OWNER, "\"x\":0");
    put("secrets", "my-kubernetes-credentials", 500, "", NO_OWNER, "\"x\":0");
    put("persistentvolumeclaims", "gone-pvc", 500, APP("b2"), GONE, "\"x\":0");
    put("persistentvolumeclaims", "free-pvc", 500, APP("b2"), NO_OWNER, "\"x\":0");
    /* leftovers */
    put("configmaps", "spark-drv-4-conf-map", 1, "", GONE, "\"x\":0");
    put("configmaps", "spark-drv-5-conf-map", 500, "", POD("d-run", "uid-before"), "\"x\":0");
    put("services", "b3-driver-svc", 500, APP("b3"), GONE, "\"x\":0");
    put("secrets", "b3-kubernetes-credentials", 500, "", GONE, "\"x\":0");
    put("networkpolicies", "b3-policy", 500, APP("b3"), GONE, "\"x\":0");
    put("pods", "e-orphan", 500, EXECUTOR("b3"), GONE, RUNNING);
    /* without an owner */
    put("podgroups", "b4-podgroup", 500, "", NO_OWNER, "\"x\":0");
    put("podgroups", "a1-podgroup", 500, "", NO_OWNER, "\"x\":0");
    put("podgroups", "b5-podgroup", 50, "", NO_OWNER, "\"x\":0");
    put("configmaps", "spark-drv-6-conf-map", 500, "", NO_OWNER, DATA("b6"));
    put("configmaps", "spark-drv-7-conf-map", 500, "", NO_OWNER, DATA("a1"));
    put("configmaps", "spark-drv-8-conf-map", 500, "", NO_OWNER, "\"x\":0");
    put("services", "b9-driver-svc", 500, APP("b9"), NO_OWNER, "\"x\":0");
    put("services", "a10-driver-svc", 500, APP("a10"), NO_OWNER, "\"x\":0");
}

#define HELD "HELD_BACK:Pod/d-held "
#define ORPHANS \
    "ORPHAN:ConfigMap/spark-drv-4-conf-map ORPHAN:ConfigMap/spark-drv-5-conf-map ORPHAN:NetworkPolicy/b3-policy " \
    "ORPHAN:Secret/b3-kubernetes-credentials ORPHAN:Service/b3-driver-svc "
#define UNOWNED "UNOWNED:ConfigMap/spark-drv-6-conf-map UNOWNED:PodGroup/b4-podgroup UNOWNED:Service/b9-driver-svc "
#define EXECUTORS "EXECUTOR:Pod/e-orphan "

static int open_gc(sparkk8s_gc_opts opts)
{
    opts.size = sizeof(opts);
    sparkk8s_gc_free(gc);
    gc = NULL;
    return sparkk8s_gc_open(client, &opts, &gc, NULL);
}

/* Into `told`; returns how it ended. */
static int tell_all(void)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = 60000 };
    size_t at = 0;
    int rc;

    told[0] = '\0';
    for (;;) {
        sparkk8s_leftover *it = NULL;
        sparkk8s_error *failure = NULL;

        rc = sparkk8s_gc_next(gc, &call, &it, &failure, NULL);
        if (rc != 0)
            break;
        ck_assert_str_eq(sparkk8s_leftover_ns(it), LAB_NS);
        ck_assert_str_ne(sparkk8s_leftover_text(it), "");
        at += (size_t)snprintf(told + at, sizeof(told) - at, "%s:%s/%s%s%s ", sparkk8s_gc_reason_name(sparkk8s_leftover_reason(it)),
                               sparkk8s_leftover_kind(it), sparkk8s_leftover_name(it), failure ? "!" : "",
                               failure ? sparkk8s_code_name(sparkk8s_error_code(failure)) + 9 : "");
        sparkk8s_leftover_free(it);
        sparkk8s_error_free(failure);
    }
    return rc;
}

static void done(void)
{
    sparkk8s_gc_free(gc);
    gc = NULL;
    sparkk8s_client_free(client);
}

/* How many objects there are, and whether one of this name is among them. */
static int count(const char *name, bool *there)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects");
    size_t i;

    *there = false;
    for (i = 0; i < json_array_size(objects); i++)
        *there = *there || !strcmp(json_text_at(json_array_get(objects, i), "metadata", "name", NULL), name);
    return (int)json_array_size(objects);
}

static int words(const char *text)
{
    int n = 0;

    for (; (text = strchr(text, ' ')); text++)
        n++;
    return n;
}

static const struct {
    sparkk8s_gc_opts opts;
    const char *options, *expected;
} cases[] = {
    { { .silent_ms = 0 }, "{\"collect\":false}", HELD ORPHANS UNOWNED EXECUTORS },
    { { .silent_ms = 0 }, "{\"collect\":false,\"page\":2}", HELD ORPHANS UNOWNED EXECUTORS },
    { { .ns = "*" }, "{\"collect\":false}", HELD ORPHANS UNOWNED EXECUTORS },
    { { .ns = "lab,other" }, "{\"collect\":false}", HELD ORPHANS UNOWNED EXECUTORS },
    { { .ns = "other" }, "{\"collect\":false}", "" },
    { { .silent_ms = MINUTES(15) }, "{\"collect\":false}", "HELD_BACK:Pod/d-busy " HELD ORPHANS
      "UNOWNED:ConfigMap/spark-drv-6-conf-map UNOWNED:PodGroup/b4-podgroup UNOWNED:PodGroup/b5-podgroup UNOWNED:Service/b9-driver-svc "
      EXECUTORS },
    { { .silent_ms = MINUTES(900) }, "{\"collect\":false}", ORPHANS EXECUTORS },
    { { .finished_older_than_ms = DAYS(7) }, "{\"collect\":false}", HELD ORPHANS UNOWNED EXECUTORS "FINISHED:Pod/d-done " },
    { { .finished_older_than_ms = MINUTES(10), .silent_ms = MINUTES(900) }, "{\"collect\":false}",
      ORPHANS EXECUTORS "FINISHED:Pod/d-done FINISHED:Pod/d-late " },
    /* what may not be listed is left out; without claims nothing is known of drivers */
    { { .silent_ms = 0 }, "{\"collect\":false,\"forbid\":[\"list secrets\",\"list podgroups\"]}", HELD
      "ORPHAN:ConfigMap/spark-drv-4-conf-map ORPHAN:ConfigMap/spark-drv-5-conf-map ORPHAN:NetworkPolicy/b3-policy ORPHAN:Service/b3-driver-svc "
      "UNOWNED:ConfigMap/spark-drv-6-conf-map UNOWNED:Service/b9-driver-svc " EXECUTORS },
    { { .finished_older_than_ms = DAYS(7) }, "{\"collect\":false,\"forbid\":[\"list persistentvolumeclaims\"]}", ORPHANS UNOWNED EXECUTORS },
};

/* The dry run first: it changes nothing, and says what then goes. */
START_TEST(found)
{
    sparkk8s_gc_opts opts = cases[_i].opts;
    char orphans[200];
    bool there;
    int before;

    lab_reset(cases[_i].options);
    client = lab_client("a");
    populate();
    before = count("", &there);
    ck_assert_int_eq(open_gc(opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, cases[_i].expected);
    ck_assert_int_eq(count("", &there), before);
    opts.flags = SPARKK8S_GC_DELETE;
    ck_assert_int_eq(open_gc(opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_str_eq(told, cases[_i].expected);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_int_eq(count("", &there), before - words(cases[_i].expected));
    /* What a driver had that was deleted is an orphan now. */
    ck_assert_int_eq(open_gc(opts), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    snprintf(orphans, sizeof(orphans), "%s%s", strstr(cases[_i].expected, HELD) ? "ORPHAN:ConfigMap/spark-drv-2-conf-map " : "",
             strstr(cases[_i].expected, "d-busy") ? "ORPHAN:Service/busy-driver-svc " : "");
    ck_assert_str_eq(told, orphans);
    done();
}
END_TEST

/* A list that fails, at its start or in its middle: nothing is deleted, whatever was found before. */
START_TEST(incomplete)
{
    static const struct {
        const char *options, *rule;
    } rows[] = {
        { "{\"collect\":false,\"forbid\":[\"list pods\"]}", "" },
        { "{\"collect\":false,\"forbid\":[\"get pods\"]}", "" },
        { "{\"collect\":false,\"page\":2}", "{\"verb\":\"get pods\",\"name\":\"pods?4\",\"times\":99,\"do\":\"status\",\"code\":410}" },
        { "{\"collect\":false,\"page\":2}", "{\"verb\":\"get configmaps\",\"name\":\"?2\",\"times\":99,\"do\":\"status\",\"code\":410}" },
        { "{\"collect\":false,\"page\":2}", "{\"verb\":\"get secrets\",\"times\":99,\"do\":\"status\",\"code\":401}" },
        { "{\"collect\":false}", "{\"verb\":\"get persistentvolumeclaims\",\"times\":99,\"do\":\"status\",\"code\":400}" },
    };
    bool there;
    int before, rc;

    lab_reset(rows[_i].options);
    client = lab_client("a");
    populate();
    before = count("", &there);
    lab_rules("[%s]", rows[_i].rule);
    ck_assert_int_eq(open_gc((sparkk8s_gc_opts){ .flags = SPARKK8S_GC_DELETE }), 0);
    rc = tell_all();
    ck_assert_int_lt(rc, 0);
    ck_assert_str_eq(told, "");
    ck_assert_int_eq(tell_all(), rc);
    ck_assert_int_eq(count("", &there), before);
    done();
}
END_TEST

/* What the owner is cannot be known: what it had stays, the rest goes. */
START_TEST(owner_unknown)
{
    static const char *const rules[] = { "\"do\":\"status\",\"code\":403", "\"do\":\"status\",\"code\":400" };
    bool there;
    int before;

    lab_reset("{\"collect\":false}");
    client = lab_client("a");
    populate();
    before = count("", &there);
    lab_rules("[{\"verb\":\"get pods\",\"name\":\"pods/d-gone\",\"times\":99,%s}]", rules[_i]);
    ck_assert_int_eq(open_gc((sparkk8s_gc_opts){ .flags = SPARKK8S_GC_DELETE }), 0);
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert_ptr_nonnull(strstr(told, _i ? "ORPHAN:ConfigMap/spark-drv-4-conf-map!" : "ORPHAN:ConfigMap/spark-drv-4-conf-map!EFORBIDDEN "));
    ck_assert_ptr_nonnull(strstr(told, "ORPHAN:ConfigMap/spark-drv-5-conf-map "));
    ck_assert_ptr_nonnull(strstr(told, "EXECUTOR:Pod/e-orphan!"));
    ck_assert_int_eq(before - count("e-orphan", &there), 5);        /* held back, drv-5, three without an owner */
    ck_assert(there);
    done();
}
END_TEST

/* Between the last look and the delete something happens to it. Then it is looked at again. */
static const struct {
    const char *verb, *change, *object;
    bool stays;
} changes[] = {
    /* the submitter was alive after all and releases it */
    { "delete pods", "{\"merge\":{\"plural\":\"pods\",\"name\":\"d-held\",\"object\":{\"spec\":{\"schedulingGates\":[]}}}}", "d-held", true },
    { "delete pods", "{\"merge\":{\"plural\":\"pods\",\"name\":\"d-held\",\"object\":{\"metadata\":{\"annotations\":{\"sparkk8s.io/claim\":\"x\"}}}}}", "d-held", true },
    { "delete pods", "{\"merge\":{\"plural\":\"pods\",\"name\":\"d-held\",\"object\":{\"metadata\":{\"annotations\":{\"y\":\"x\"}}}}}", "d-held", false },
    /* it is adopted by a driver that lives */
    { "delete configmaps", "{\"merge\":{\"plural\":\"configmaps\",\"name\":\"spark-drv-4-conf-map\",\"object\":{\"metadata\":{\"ownerReferences\":["
      POD("d-run", "uid-1") "]}}}}", "spark-drv-4-conf-map", true },
    { "delete podgroups", "{\"merge\":{\"plural\":\"podgroups\",\"name\":\"b4-podgroup\",\"object\":{\"metadata\":{\"ownerReferences\":["
      POD("d-run", "uid-1") "]}}}}", "b4-podgroup", true },
    { "delete podgroups", "{\"merge\":{\"plural\":\"podgroups\",\"name\":\"b4-podgroup\",\"object\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}}}}",
      "b4-podgroup", false },
};

START_TEST(changed)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 50 };
    sparkk8s_leftover *it = NULL;
    sparkk8s_error *failure = NULL;
    bool there;

    lab_reset("{\"collect\":false}");
    client = lab_client("a");
    populate();
    lab_rules("[{\"verb\":\"%s\",\"do\":\"hold\"}]", changes[_i].verb);
    ck_assert_int_eq(open_gc((sparkk8s_gc_opts){ .flags = SPARKK8S_GC_DELETE }), 0);
    while (!lab_held())
        if (sparkk8s_gc_next(gc, &brief, &it, &failure, NULL) == 0)
            sparkk8s_leftover_free(it);
    lab_do("%s", changes[_i].change);
    lab_do("{\"release\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    ck_assert(!strstr(told, changes[_i].object) == changes[_i].stays);
    count(changes[_i].object, &there);
    ck_assert(there == changes[_i].stays);
    done();
}
END_TEST

/* The pods of an unowned object's application appear after the survey. */
START_TEST(app_appears)
{
    sparkk8s_call brief = { .size = sizeof(brief), .timeout_ms = 50 };
    sparkk8s_leftover *it = NULL;
    sparkk8s_error *failure = NULL;
    bool there;

    lab_reset("{\"collect\":false}");
    client = lab_client("a");
    populate();
    lab_rules("[{\"verb\":\"get podgroups\",\"name\":\"b4-podgroup\",\"do\":\"hold\"}]");
    ck_assert_int_eq(open_gc((sparkk8s_gc_opts){ .flags = SPARKK8S_GC_DELETE }), 0);
    while (!lab_held())
        if (sparkk8s_gc_next(gc, &brief, &it, &failure, NULL) == 0)
            sparkk8s_leftover_free(it);
    put("pods", "d-new", 0, DRIVER("b4"), NO_OWNER, PENDING);
    lab_do("{\"release\":true}");
    ck_assert_int_eq(tell_all(), SPARKK8S_END);
    count("b4-podgroup", &there);
    ck_assert(there);
    done();
}
END_TEST

/* Given up half-way: nothing hangs, nothing leaks. */
START_TEST(freed)
{
    lab_reset("{\"collect\":false}");
    client = lab_client("a");
    populate();
    lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"hold\"}]", 1 + 4 * _i);
    ck_assert_int_eq(open_gc((sparkk8s_gc_opts){ .flags = 0 }), 0);
    while (!lab_held())
        lab_turn(client, 2);
    done();
}
END_TEST

START_TEST(refused)
{
    static const sparkk8s_gc_opts bad[] = { { .flags = 2 }, { .reserved = 1 }, { .silent_ms = -1 }, { .finished_older_than_ms = -1 },
                                            { .ns = "a,,b" } };

    client = lab_client("a");
    ck_assert_int_eq(open_gc(bad[_i]), SPARKK8S_EINVAL);
    ck_assert_ptr_null(gc);
    ck_assert_int_eq(sparkk8s_gc_next(NULL, NULL, NULL, NULL, NULL), SPARKK8S_EINVAL);
    done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gc");
    TCase *tcase = tcase_create("gc");

    tcase_add_loop_test(tcase, found, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, incomplete, 0, 6);
    tcase_add_loop_test(tcase, owner_unknown, 0, 2);
    tcase_add_loop_test(tcase, changed, 0, (int)COUNT(changes));
    tcase_add_test(tcase, app_appears);
    tcase_add_loop_test(tcase, freed, 0, 5);
    tcase_add_loop_test(tcase, refused, 0, 5);
    return lab_main(suite, tcase);
}
