/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning pods: which container is Spark's, whatever the order of the text, and text that is no pod. */
#include "podtext.h"

#include "moment.h"

#include <check.h>

#define META "\"metadata\":{\"name\":\"d\",\"labels\":{\"spark-role\":\"driver\"},\"managedFields\":[{\"a\":[1,{}]}]}"
#define ENDED(name, code) "{\"name\":\"" name "\",\"state\":{\"terminated\":{\"exitCode\":" #code "}}}"

static const struct {
    const char *what, *text;
    int exit_code;
    bool restarts;
} cases[] = {
    { "by name, not by place", "{" META ",\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"proxy\"},"
      "{\"name\":\"spark-kubernetes-driver\"},{\"name\":\"late\"}]},\"status\":{\"containerStatuses\":["
      ENDED("late", 1) "," ENDED("spark-kubernetes-driver", 4) "," ENDED("proxy", 2) "]}}", 4, false },
    { "by its arguments", "{" META ",\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"main\",\"args\":[\"driver\","
      "\"x\"]},{\"name\":\"late\",\"args\":[\"x\",\"driver\"]}]},\"status\":{\"containerStatuses\":["
      ENDED("late", 1) "," ENDED("main", 4) "]}}", 4, false },
    { "by its variables", "{" META ",\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"main\",\"env\":["
      "{\"name\":\"SPARK_APPLICATION_ID\",\"value\":\"a\"}]},{\"name\":\"late\"}]},\"status\":{\"containerStatuses\":["
      ENDED("late", 1) "," ENDED("main", 4) "]}}", 4, false },
    { "the last", "{" META ",\"spec\":{\"restartPolicy\":\"OnFailure\",\"containers\":[{\"name\":\"one\"},{\"name\":\"two\"}]},"
      "\"status\":{\"containerStatuses\":[" ENDED("one", 1) "," ENDED("two", 4) "]}}", 4, true },
    { "its own policy", "{" META ",\"spec\":{\"containers\":[{\"name\":\"spark-kubernetes-driver\",\"restartPolicy\":\"Always\"}],"
      "\"restartPolicy\":\"Never\"},\"status\":{\"containerStatuses\":[" ENDED("spark-kubernetes-driver", 4) "]}}", 4, true },
    { "status first", "{\"status\":{\"containerStatuses\":[" ENDED("main", 4) "]},\"spec\":{\"restartPolicy\":\"Never\","
      "\"containers\":[{\"name\":\"main\"}]}," META "}", 4, false },
    { "no spec", "{" META ",\"status\":{\"containerStatuses\":[" ENDED("x", 1) "," ENDED("spark-kubernetes-driver", 4) "]}}", 4,
      false },
    { "nothing", "{}", -1, false },
    { "other types", "{\"metadata\":7,\"spec\":[],\"status\":\"x\"}", -1, false },
    { "null", "{" META ",\"spec\":null,\"status\":{\"containerStatuses\":null,\"conditions\":{}}}", -1, false },
};

START_TEST(containers)
{
    struct scan scan = scan_begin(cases[_i].text, strlen(cases[_i].text));
    struct pod pod;

    ck_assert_msg(pod_scan(&scan, &pod, NULL) == 0, "%s", cases[_i].what);
    ck_assert_msg(pod.driver.exit_code == cases[_i].exit_code, "%s: %d", cases[_i].what, pod.driver.exit_code);
    ck_assert_msg(pod.restarts == cases[_i].restarts, "%s", cases[_i].what);
    pod_clear(&pod);
}
END_TEST

/* Cut anywhere it is no pod, and nothing is left behind or read past the end. */
START_TEST(cut)
{
    const char *text = cases[_i].text;
    size_t len = strlen(text), n;

    for (n = 0; n < len; n++) {
        char *part = malloc(n ? n : 1);
        struct scan scan = scan_begin(memcpy(part, text, n), n);
        sparkk8s_error *err = NULL;
        struct pod pod;

        if (n > 0) {
            ck_assert_int_eq(pod_scan(&scan, &pod, &err), SPARKK8S_ESERVER);
            ck_assert_ptr_null(pod.name);
        }
        sparkk8s_error_free(err);
        free(part);
    }
}
END_TEST

START_TEST(facts)
{
    static const char text[] = "{\"metadata\":{\"name\":\"d\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"7\","
        "\"creationTimestamp\":\"2026-11-21T08:38:36Z\",\"labels\":{\"spark-role\":\"executor\",\"spark-app-selector\":\"a\","
        "\"spark-app-name\":\"l\\u00e9\"},\"annotations\":{\"sparkk8s.io/claim\":\"me\"}},\"spec\":{\"nodeName\":\"n1\","
        "\"schedulingGates\":[{\"name\":\"sparkk8s.io/submission\"},{\"name\":\"queue\"}]},\"status\":{\"phase\":\"Running\","
        "\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"},{\"type\":\"ContainersReady\",\"status\":\"True\"}]}}";
    struct scan scan = scan_begin(text, sizeof(text) - 1);
    struct pod pod;

    ck_assert_int_eq(pod_scan(&scan, &pod, NULL), 0);
    ck_assert_str_eq(pod.app_label, "lé");
    ck_assert_str_eq(pod.claim, "me");
    ck_assert_str_eq(pod.version, "7");
    ck_assert_int_eq(pod.created_ms, 1795250316000);
    ck_assert_int_eq(pod.role, ROLE_EXECUTOR);
    ck_assert_int_eq(pod.phase, PHASE_RUNNING);
    ck_assert(pod.gated && pod.our_gate && pod.other_gate && pod.ready_lost);
    pod_clear(&pod);
}
END_TEST

#define LINES(ns, labels, account, volumes, node, start, phase)                                             \
    "\n\t pod name: d\n\t namespace: " ns "\n\t labels: " labels "\n\t pod uid: N/A\n\t creation time: N/A"    \
    "\n\t service account name: " account "\n\t volumes: " volumes "\n\t node name: " node                  \
    "\n\t start time: " start "\n\t phase: " phase "\n\t container status: "

/* What spark-submit prints; the recorded ones are in tests/sparksubmit. */
static const struct {
    const char *what, *json, *text, *containers;
} texts[] = {
    { "nothing but a name", "{\"metadata\":{\"name\":\"d\"}}",
      LINES("N/A", "N/A", "N/A", "N/A", "N/A", "N/A", "N/A") "N/A", "" },
    { "empty lists, and values that look like lines",
      "{\"metadata\":{\"name\":\"d\",\"namespace\":\"a\\n\\t exit code: 0\",\"labels\":{}},\"spec\":{\"volumes\":[]},"
      "\"status\":{\"phase\":\"Running\",\"containerStatuses\":[]}}",
      LINES("a   exit code: 0", "N/A", "N/A", "N/A", "N/A", "N/A", "Running") "N/A", "" },
    { "a container in each state, and in none",
      "{\"metadata\":{\"name\":\"d\",\"namespace\":\"n\",\"labels\":{\"b\":\"1\",\"a\":\"\"}},"
      "\"spec\":{\"serviceAccountName\":\"s\",\"nodeName\":\"k\",\"volumes\":[{\"name\":\"v\"},{\"name\":\"w\"}]},"
      "\"status\":{\"phase\":\"Failed\",\"startTime\":\"T\",\"containerStatuses\":["
      "{\"name\":\"x\",\"image\":\"i\",\"state\":{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\",\"startedAt\":\"S\"}}},"
      "{\"name\":\"y\",\"image\":\"j\",\"state\":{\"waiting\":{}}},{\"name\":\"z\"}]}}",
      LINES("n", "b -> 1, a -> ", "s", "v, w", "k", "T", "Failed")
      "\n\t\t container name: x\n\t\t container image: i\n\t\t container state: terminated\n\t\t container started at: S"
      "\n\t\t container finished at: N/A\n\t\t exit code: 137\n\t\t termination reason: OOMKilled\n\n"
      "\n\t\t container name: y\n\t\t container image: j\n\t\t container state: waiting\n\t\t pending reason: N/A\n\n"
      "\n\t\t container name: z\n\t\t container image: N/A\n\t\t container state: N/A",
      "\n\t container name: x\n\t container image: i\n\t container state: terminated\n\t container started at: S"
      "\n\t container finished at: N/A\n\t exit code: 137\n\t termination reason: OOMKilled\n\n"
      "\n\t container name: y\n\t container image: j\n\t container state: waiting\n\t pending reason: N/A\n\n"
      "\n\t container name: z\n\t container image: N/A\n\t container state: N/A" },
};

START_TEST(words_of_spark_submit)
{
    struct scan scan = scan_begin(texts[_i].json, strlen(texts[_i].json));
    struct pod pod;

    ck_assert_int_eq(pod_scan_text(&scan, &pod, NULL), 0);
    ck_assert_str_eq(pod.text, texts[_i].text);
    ck_assert_str_eq(pod.containers_text, texts[_i].containers);
    ck_assert_str_eq(pod.name, "d");
    pod_clear(&pod);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pod");
    TCase *tcase = tcase_create("pod");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, containers, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, cut, 0, (int)COUNT(cases));
    tcase_add_test(tcase, facts);
    tcase_add_loop_test(tcase, words_of_spark_submit, 0, (int)COUNT(texts));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
