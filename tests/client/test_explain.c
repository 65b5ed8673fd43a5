/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to findings, without a server: what no recorded life has (those are in tests/explain), and the table itself. It
 * is included, so that each of its rows can be looked at.
 */
#include "../../lib/run/finding.c"

#include <check.h>

#define SPARK "spark-kubernetes-driver"
#define POD(role, name, spec, status) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"u-" name "\",\"labels\":" \
    "{\"spark-role\":\"" role "\"}},\"spec\":{\"restartPolicy\":\"Never\"," spec "\"containers\":[{\"name\":\"spark-kubernetes-" role "\"," \
    "\"image\":\"i:1\",\"resources\":{\"requests\":{\"cpu\":\"1\"},\"limits\":{\"memory\":\"1Gi\"}}}]},\"status\":{" status "}}"
#define STATES_OF(role, state) "\"containerStatuses\":[{\"name\":\"spark-kubernetes-" role "\",\"state\":" state "}]"
#define DRIVER(phase, state) POD("driver", "d", "", "\"phase\":\"" phase "\"," STATES_OF("driver", state))
#define EXECUTOR(name, phase, state) POD("executor", name, "", "\"phase\":\"" phase "\"," STATES_OF("executor", state))
#define RUNS DRIVER("Running", "{\"running\":{\"startedAt\":\"2026-11-21T08:00:00Z\"}}")
#define ENDS(code, reason) "{\"terminated\":{\"exitCode\":" #code ",\"reason\":\"" reason "\",\"startedAt\":\"2026-11-21T08:00:00Z\"}}"
#define FAILS(code) DRIVER("Failed", ENDS(code, "Error"))
#define WAITS(reason, message) DRIVER("Pending", "{\"waiting\":{\"reason\":\"" reason "\",\"message\":\"" message "\"}}")
#define EVENT(reason, count, message) "{\"reason\":\"" reason "\",\"count\":" #count ",\"message\":\"" message "\"," \
    "\"involvedObject\":{\"uid\":\"u-d\"}}"
#define EXECUTOR_RUNS EXECUTOR("e-9", "Running", "{\"running\":{}}")
#define THROWN "Exception in thread \"main\" "
#define FRAME "\n\tat com.x.Y.z(Y.java:1)\n"
#define REJECTED THROWN "org.apache.spark.SparkException: Job aborted due to stage failure: Lost task 0.3: " \
    "java.util.concurrent.RejectedExecutionException: Task rejected [Shutting down]" FRAME

/* `said`: in the summary, one after the other; in `advised` likewise. */
static const struct {
    const char *what, *driver, *events, *executors[3], *log, *state, *cause;
    enum retry retry;
    const char *said, *advised;
} cases[] = {
    { "all is well", RUNS, "", { EXECUTOR_RUNS }, "", "RUNNING", "NONE", RETRY_UNKNOWN, "*executors: 1 RUNNING*nothing points*", "" },
    { "an invalid image name", WAITS("InvalidImageName", "couldn't parse"), "", { 0 }, "", "PENDING", "IMAGE", RETRY_NO, "*i:1*not valid*",
      "*spark.kubernetes.container.image*" },
    { "an image that is not there", WAITS("ErrImagePull", "manifest unknown"), "", { 0 }, "", "PENDING", "IMAGE", RETRY_NO,
      "*i:1 does not exist*", "*tag*" },
    { "no right to the image", WAITS("ErrImagePull", "pull access denied"), "", { 0 }, "", "PENDING", "IMAGE", RETRY_NO,
      "*refuses the image i:1*", "*pullSecrets*" },
    { "too many pulls", WAITS("ErrImagePull", "toomanyrequests: slow down"), "", { 0 }, "", "PENDING", "IMAGE", RETRY_YES,
      "*no more pulls*", "*Wait*" },
    { "the back-off hides why: the event tells", WAITS("ImagePullBackOff", "Back-off pulling"),
      EVENT("Failed", 3, "Failed to pull image: manifest unknown"), { 0 }, "", "PENDING", "IMAGE", RETRY_NO, "*does not exist*", "*tag*" },
    { "an image that may not be pulled", WAITS("ErrImageNeverPull", "x"), "", { 0 }, "", "PENDING", "IMAGE", RETRY_NO,
      "*may not be pulled*", "*pullPolicy*" },
    { "a mount that failed twice is no cause yet", WAITS("ContainerCreating", ""), EVENT("FailedMount", 2, "configmap \\\"c\\\" not found"),
      { 0 }, "", "PENDING", "NONE", RETRY_UNKNOWN, "*not there yet*configmap \"c\" not found*", "*in a minute*" },
    { "a mount that fails on", WAITS("ContainerCreating", ""), EVENT("FailedMount", 3, "configmap \\\"c\\\" not found"), { 0 }, "", "PENDING",
      "CONFIG", RETRY_NO, "*configmap \"c\" not found*", "*Create the ConfigMap*" },
    { "the same event, written twice", WAITS("ContainerCreating", ""),
      EVENT("FailedMount", 2, "secret \\\"s\\\" not found") "," EVENT("FailedMount", 1, "secret \\\"s\\\" not found"), { 0 }, "", "PENDING", "CONFIG",
      RETRY_NO, "*secret \"s\" not found*", "*Create the Secret*" },
    { "a mount that failed before it ran", RUNS, EVENT("FailedMount", 9, "configmap \\\"c\\\" not found"), { 0 }, "", "RUNNING", "NONE",
      RETRY_UNKNOWN, "*nothing points*", "" },
    { "held back by a submission",
      POD("driver", "d", "\"schedulingGates\":[{\"name\":\"sparkk8s.io/submission\"}],", "\"phase\":\"Pending\",\"conditions\":[{\"type\":"
          "\"PodScheduled\",\"status\":\"False\",\"reason\":\"SchedulingGated\"}]"), "", { 0 }, "", "PENDING", "NONE", RETRY_UNKNOWN,
      "*holds the driver back*", "*same key*" },
    { "an init container that failed",
      POD("driver", "d", "\"initContainers\":[{\"name\":\"prepare\"}],", "\"phase\":\"Failed\",\"initContainerStatuses\":[{\"name\":\"prepare\","
          "\"state\":" ENDS(3, "Error") "}]," STATES_OF("driver", "{\"waiting\":{\"reason\":\"PodInitializing\"}}")), "", { 0 }, "", "FAILED",
      "CONFIG", RETRY_NO, "*Container prepare*failed*exit code 3*", "*log of container prepare*" },
    { "a deletion under way",
      "{\"metadata\":{\"name\":\"d\",\"uid\":\"u-d\",\"deletionTimestamp\":\"2026-11-21T09:00:00Z\"},\"status\":{\"phase\":\"Running\","
      STATES_OF("driver", "{\"running\":{}}") "}}", "", { 0 }, "", "TERMINATING", "DELETED", RETRY_UNKNOWN, "*was deleted*", "" },

    { "executors without an image", RUNS, "",
      { EXECUTOR("e-1", "Pending", "{\"waiting\":{\"reason\":\"ImagePullBackOff\",\"message\":\"Back-off pulling x\"}}") }, "", "RUNNING",
      "IMAGE", RETRY_NO, "*without executors*image*Back-off pulling x*", "*executor.container.image*" },
    { "executors without a ConfigMap", RUNS, "",
      { EXECUTOR("e-1", "Pending", "{\"waiting\":{\"reason\":\"CreateContainerConfigError\",\"message\":\"configmap c not found\"}}") }, "",
      "RUNNING", "CONFIG", RETRY_NO, "*without executors*configmap c not found*", "*pod template*" },
    { "executors killed for memory", RUNS, "", { EXECUTOR("e-1", "Failed", ENDS(137, "OOMKilled")), EXECUTOR("e-2", "Failed", ENDS(137, "OOMKilled")) },
      "", "RUNNING", "OOM", RETRY_NO, "*killed for memory*e-1*limits memory 1Gi*", "*spark.executor.memoryOverhead*" },
    { "some executors killed for memory", RUNS, "", { EXECUTOR("e-1", "Failed", ENDS(137, "OOMKilled")), EXECUTOR_RUNS }, "", "RUNNING", "NONE",
      RETRY_UNKNOWN, "*1 RUNNING*killed for memory*e-1*", "*spark.executor.memoryOverhead*" },
    { "executors that Spark has let go", RUNS, "", { EXECUTOR("e-1", "Succeeded", ENDS(0, "Completed")), EXECUTOR_RUNS }, "", "RUNNING", "NONE",
      RETRY_UNKNOWN, "*nothing points*", "" },
    { "refused executors, some are there", RUNS, "", { EXECUTOR_RUNS },
      "26/11/21 08:43:43 WARN X: y\nio.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://h/pods. Message: "
      "pods \"e\" is forbidden: exceeded quota: q, requested: pods=1. Received status: Status(x)\n", "RUNNING", "QUOTA", RETRY_YES,
      "*exceeded quota: q*", "*quota raised*" },
    { "refused by a policy", RUNS, "", { 0 },
      "x: Failure executing: POST at: https://h/pods. Message: pods \"e\" is forbidden: violates PodSecurity \"restricted\". Received status: \n",
      "RUNNING", "CONFIG", RETRY_NO, "*violates PodSecurity*", "*pod template*" },
    { "waiting for executors", RUNS, "", { 0 }, "26/11/21 08:41:52 WARN TaskSchedulerImpl: Initial job has not accepted any resources; x\n",
      "RUNNING", "NONE", RETRY_UNKNOWN, "*none has registered*", "*reach it*" },

    { "its own exit code", FAILS(42), "", { 0 }, "", "FAILED", "APP", RETRY_NO, "*exit code 42,*", "*log*" },
    { "an exception with a cause", FAILS(1), "", { 0 }, THROWN "a.B: one" FRAME "Caused by: a.C: two\n", "FAILED", "APP", RETRY_NO,
      "*exit code 1: a.B: one; caused by a.C: two, at com.x.Y.z(Y.java:1).", "*" },
    { "an exception that was only logged", FAILS(1), "", { 0 }, "26/11/21 08:40:44 ERROR A: it failed\na.BError: one" FRAME, "FAILED", "APP",
      RETRY_NO, "*last exception in its log: a.BError: one, at com.x.Y.z(Y.java:1).", "*" },
    { "a module that is not there", FAILS(1), "", { 0 },
      "Traceback (most recent call last):\n  File \"/app/job.py\", line 1, in <module>\nModuleNotFoundError: No module named 'x'\n", "FAILED",
      "APP", RETRY_NO, "*misses a part*No module named 'x', at /app/job.py:1 in <module>.", "*--py-files*" },
    { "Python without memory", FAILS(1), "", { 0 }, "Traceback (most recent call last):\n  File \"/app/job.py\", line 1, in f\nMemoryError\n",
      "FAILED", "OOM", RETRY_NO, "*ran out of memory, at /app/job.py:1 in f.", "*spark.driver.memoryOverhead*" },
    { "no more threads", FAILS(1), "", { 0 }, THROWN "java.lang.OutOfMemoryError: unable to create native thread" FRAME, "FAILED", "OOM", RETRY_NO,
      "*threads*", "*processes*" },
    { "a crash", FAILS(139), "", { 0 }, "", "FAILED", "APP", RETRY_NO, "*crashed*139 (SIGSEGV)*", "*native*" },
    { "a crash that HotSpot tells of", FAILS(134), "", { 0 }, "#  SIGSEGV (0xb) at pc=0x7f, pid=1\n", "FAILED", "APP", RETRY_NO,
      "*Java VM crashed*SIGSEGV*", "*native*" },
    { "executors without heap", FAILS(1), "", { EXECUTOR("e-1", "Failed", ENDS(52, "Error")) }, REJECTED, "FAILED", "OOM", RETRY_NO,
      "*executors ran out of Java heap*e-1*", "*spark.executor.memory*" },
    { "executors without heap, gone", FAILS(1), "", { 0 }, "The executor with id 1 exited with exit code 52(JVM OOM).\n" REJECTED, "FAILED", "OOM",
      RETRY_NO, "*executors*memory*exit code 52*", "*spark.executor.memory*" },
    { "an executor without heap, and another reason", FAILS(1), "", { EXECUTOR("e-1", "Failed", ENDS(52, "Error")) }, THROWN "a.B: one" FRAME,
      "FAILED", "APP", RETRY_NO, "*a.B: one*", "*" },
    { "too many failed executors", FAILS(11), "", { EXECUTOR("e-1", "Failed", ENDS(1, "Error")) }, "", "FAILED", "APP", RETRY_NO,
      "*Too many executors failed*e-1*exit code 1*", "*log of an executor*" },
    { "no right to a volume claim", FAILS(1), "", { 0 },
      THROWN "io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://h/persistentvolumeclaims. Message: "
      "persistentvolumeclaims is forbidden: User \"s\" cannot create resource. Received status: Status(x)" FRAME, "FAILED", "CONFIG", RETRY_NO,
      "*has not the rights*persistentvolumeclaims is forbidden*", "*Role*" },
    { "the annotation of Spark 4.1",
      "{\"metadata\":{\"name\":\"d\",\"uid\":\"u-d\",\"annotations\":{\"spark.exit-exception\":\"a.BError: one\\n\\tat com.x.Y.z(Y.java:1)\\n"
      "Caused by: a.CError: two\\n\"}},\"status\":{\"phase\":\"Failed\"," STATES_OF("driver", ENDS(1, "Error")) "}}", "", { 0 }, "", "FAILED", "APP",
      RETRY_NO, "*exit code 1: a.BError: one; caused by a.CError: two, at com.x.Y.z(Y.java:1).", "*" },
};

static void add_executor(struct facts *facts, const char *json)
{
    struct scan scan = scan_begin(json, strlen(json));
    struct pod pod;

    ck_assert_int_eq(pod_scan(&scan, &pod, NULL), 0);
    facts_executor(facts, &pod, json, strlen(json));
    pod_clear(&pod);
}

static void add_log(struct facts *facts, const char *log)
{
    struct logtail tail;

    logtail_init(&tail);
    for (; *log; log += strcspn(log, "\n"), log += *log == '\n')
        logtail_line(&tail, log, strcspn(log, "\n"));
    ck_assert_int_eq(logtail_end(&tail, NULL), 0);
    facts_log(facts, false, &tail);
    logtail_clear(&tail);
}

static void gather_case(struct facts *facts, int i)
{
    const char *json = cases[i].driver;
    struct scan scan = scan_begin(json, strlen(json));
    struct pod pod;
    char *events;
    int e;

    ck_assert_int_eq(pod_scan(&scan, &pod, NULL), 0);
    facts_driver(facts, &pod, json, strlen(json));
    pod_clear(&pod);
    for (e = 0; e < 3 && cases[i].executors[e]; e++)
        add_executor(facts, cases[i].executors[e]);
    facts_executors_end(facts, true, false);
    ck_assert_int_gt(asprintf(&events, "{\"items\":[%s]}", cases[i].events), 0);
    facts_events(facts, FACT_EVENT, "u-d", NULL, events, strlen(events));
    free(events);
    add_log(facts, cases[i].log);
    ck_assert(!facts->failed);
}

START_TEST(found)
{
    struct facts facts = { 0 };
    struct finding finding;

    gather_case(&facts, _i);
    ck_assert_int_eq(finding_of(&facts, &finding, NULL), 0);
    ck_assert_msg(!strcmp(sparkk8s_state_name(facts.state), cases[_i].state), "%s: %s", cases[_i].what, sparkk8s_state_name(facts.state));
    ck_assert_msg(!strcmp(sparkk8s_cause_name(finding.cause), cases[_i].cause), "%s: %s, %s", cases[_i].what,
                  sparkk8s_cause_name(finding.cause), finding.summary);
    ck_assert_msg(text_glob(cases[_i].said, finding.summary), "%s: %s", cases[_i].what, finding.summary);
    ck_assert_msg(text_glob(cases[_i].advised, finding.advice), "%s: %s", cases[_i].what, finding.advice);
    ck_assert_msg(finding.retry == cases[_i].retry, "%s: retry %d", cases[_i].what, (int)finding.retry);
    finding_clear(&finding);
    facts_clear(&facts);
}
END_TEST

/* ---- the table ---- */

static void check_sentence(const char *text)
{
    ck_assert_msg(!strpbrk(text, "{}[]"), "%s", text);
    ck_assert_msg(!strstr(text, "  ") && !strstr(text, " .") && !strstr(text, " ,") && !strstr(text, "()") && !strstr(text, ".."), "%s", text);
}

/* A sentence stands when nothing is known but the reason, and when everything is. */
START_TEST(rows_make_sentences)
{
    const struct fact bare = { .code = -1, .count = 1, .reason = "Reason", .text = "text", .who = "who", .detail = "detail" };
    const struct fact full = { .code = 1, .count = 2, .reason = "Reason", .text = "text", .who = "who", .detail = "detail" };
    struct facts nothing = { 0 }, all = { 0 };
    size_t i, known;
    int var;

    for (var = 0; var < VAR_VALUES; var++)
        facts_set(&all, (enum fact_var)var, "value");
    facts_set(&nothing, VAR_EXIT, "1");             /* known wherever a row speaks of it */
    facts_set(&nothing, VAR_HELD, "held");
    facts_set(&nothing, VAR_EXECUTORS, "none");
    facts_set(&nothing, VAR_GATES, "gate");
    facts_set(&nothing, VAR_NS, "n");
    facts_set(&nothing, VAR_ACCOUNT, "default");
    facts_add(&all, &(struct fact){ .kind = FACT_EXCEPTION, .code = -1, .reason = "a.B", .text = "x", .who = "frame" });
    facts_add(&all, &(struct fact){ .kind = FACT_VOLUME, .code = -1, .text = "ConfigMap c", .who = "v" });
    facts_add(&nothing, &(struct fact){ .kind = FACT_EXCEPTION, .code = -1, .reason = "a.B" });
    for (i = 0; i < COUNT(rows); i++)
        for (known = 0; known < 2; known++) {
            char *summary = sentence(known ? &all : &nothing, known ? &full : &bare, rows[i].summary, false);
            char *advice = sentence(known ? &all : &nothing, known ? &full : &bare, rows[i].advice ? rows[i].advice : "", false);

            check_sentence(summary);
            check_sentence(advice);
            ck_assert_msg(text_ends(summary, "."), "%s", summary);
            free(summary);
            free(advice);
        }
    facts_clear(&nothing);
    facts_clear(&all);
}
END_TEST

/* One that is never reached is a mistake: an earlier row takes all that it would. */
START_TEST(rows_come_after_narrower_ones)
{
    size_t i, j;

    for (i = 0; i < COUNT(rows); i++)
        for (j = 0; j < i; j++) {
            const struct row *wide = &rows[j], *late = &rows[i];
            bool all_causes = !wide->causes || (late->causes && !(late->causes & ~wide->causes));
            unsigned kinds = late->kinds ? late->kinds : KIND(DRIVER), wide_kinds = wide->kinds ? wide->kinds : KIND(DRIVER);
            bool hides = !(late->states & ~wide->states) && all_causes && !(wide->when & ~late->when) && !(kinds & ~wide_kinds) &&
                !wide->reason && !wide->text && !wide->code && !wide->least;

            ck_assert_msg(!hides, "'%s' is hidden by '%s'", late->summary, wide->summary);
        }
}
END_TEST

/* ---- lists ---- */

static const struct {
    void (*read)(struct facts *facts, const char *json, size_t len);
    const char *json, *line;                /* NULL: no fact */
} lists[] = {
    { facts_quotas, "{\"items\":[{\"metadata\":{\"name\":\"q\"},\"status\":{\"hard\":{\"pods\":\"2\",\"cpu\":\"4\"},\"used\":{\"cpu\":\"1\"}}}]}",
      "quota q: pods ? of 2, cpu 1 of 4 used" },
    { facts_quotas, "{\"items\":[]}", NULL },
    { facts_quotas, "{\"items\":[{\"metadata\":{\"name\":\"q\"}}]}", NULL },
    { facts_quotas, "[", NULL },
    { facts_limits, "{\"items\":[{\"metadata\":{\"name\":\"l\"},\"spec\":{\"limits\":[{\"type\":\"Container\",\"max\":{\"memory\":\"2Gi\"},"
      "\"min\":{\"cpu\":\"1\"}},{\"type\":\"Pod\"}]}}]}", "limit range l: Container max memory 2Gi min cpu 1; Pod" },
    { facts_node, "{\"metadata\":{\"name\":\"n1\"},\"status\":{\"conditions\":[{\"type\":\"MemoryPressure\",\"status\":\"False\"},{\"type\":"
      "\"Ready\",\"status\":\"Unknown\",\"reason\":\"NodeStatusUnknown\",\"message\":\"Kubelet stopped\"}]}}",
      "node n1: Ready=Unknown, NodeStatusUnknown: Kubelet stopped" },
    { facts_taints, "{\"items\":[{\"metadata\":{\"name\":\"n1\"},\"spec\":{\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"},"
      "{\"key\":\"m\",\"effect\":\"NoExecute\"}]}},{\"metadata\":{\"name\":\"n2\"},\"spec\":{}}]}", "node n1: taints k=v:NoSchedule, m:NoExecute" },
};

START_TEST(listed)
{
    struct facts facts = { 0 };
    char *line;

    lists[_i].read(&facts, lists[_i].json, strlen(lists[_i].json));
    ck_assert(!facts.failed);
    ck_assert_uint_eq(facts.count, lists[_i].line ? 1 : 0);
    if (lists[_i].line) {
        ck_assert_int_eq(fact_line(&facts, &facts.v[0], &line, NULL), 0);
        ck_assert_str_eq(line, lists[_i].line);
        free(line);
    }
    facts_clear(&facts);
}
END_TEST

/* However much there is to tell, it is bounded. */
START_TEST(bounded)
{
    struct facts facts = { 0 };
    char *long_text = malloc(100001);
    char number[16];
    int i;

    memset(long_text, 'x', 100000);
    long_text[100000] = '\0';
    for (i = 0; i < 1000; i++) {
        snprintf(number, sizeof(number), "%d", i);
        facts_add(&facts, &(struct fact){ .kind = FACT_EVENT, .code = -1, .reason = number, .text = long_text });
    }
    ck_assert(facts.count < 50 && strlen(facts.v[0].text) < 2000);
    free(long_text);
    facts_clear(&facts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tcase = tcase_create("explain");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, found, 0, (int)COUNT(cases));
    tcase_add_test(tcase, rows_make_sentences);
    tcase_add_test(tcase, rows_come_after_narrower_ones);
    tcase_add_loop_test(tcase, listed, 0, (int)COUNT(lists));
    tcase_add_test(tcase, bounded);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
