/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning pods: which container is Spark's, whatever the order of the text, and text that is no pod. */
#include "pod.h"

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

int main(void)
{
    Suite *suite = suite_create("pod");
    TCase *tcase = tcase_create("pod");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, containers, 0, (int)COUNT(cases));
    tcase_add_loop_test(tcase, cut, 0, (int)COUNT(cases));
    tcase_add_test(tcase, facts);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
