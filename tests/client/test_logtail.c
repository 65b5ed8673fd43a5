/* SPDX-License-Identifier: Apache-2.0 */
/* What the tail of a log tells: small logs in the forms of Java, Scala, Python, R, Spark, HotSpot and bash. */
#include <check.h>

#include "logtail.h"

#define STAMP "26/11/21 08:40:44 "
#define SPARK_FRAMES "\tat org.apache.spark.deploy.SparkSubmit$.main(SparkSubmit.scala:1177)\n" \
    "\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)\n"

struct wanted {
    const char *type, *message, *frame;
};

/* An exception: of each error in the chain, what is expected; "*" as a message: anything. */
static const struct {
    const char *what, *log;
    enum trace_rank rank;
    struct wanted chain[TRACE_CHAIN];
} traces[] = {
    { "nothing", STAMP "INFO SparkContext: Running Spark version 4.1.4\n29\n30\n", TRACE_NOTED, { { 0 } } },
    { "an uncaught exception",
      STAMP "INFO A: x\nException in thread \"main\" java.lang.IllegalStateException: bad: record\n" SPARK_FRAMES
      "\tat com.example.Etl.main(Etl.java:31)\n\tat com.example.Etl.other(Etl.java:1)\n", TRACE_UNCAUGHT,
      { { "java.lang.IllegalStateException", "bad: record", "com.example.Etl.main(Etl.java:31)" } } },
    { "its cause, with a message of two lines",
      "Exception in thread \"main\" a.B: one\n\tat com.x.Y.z(Y.java:1)\nCaused by: java.io.IOException: two\nthree\n"
      "\tat com.x.Y.w(Y.java:2)\n\t... 12 more\n" STAMP "INFO A: x\n", TRACE_UNCAUGHT,
      { { "a.B", "one", "com.x.Y.z(Y.java:1)" }, { "java.io.IOException", "two three", "com.x.Y.w(Y.java:2)" } } },
    { "no message", "Exception in thread \"main\" java.lang.NullPointerException\n\tat com.x.Y.z(Y.java)\n", TRACE_UNCAUGHT,
      { { "java.lang.NullPointerException", NULL, "com.x.Y.z(Y.java)" } } },
    { "a long chain: its root is kept",
      "Exception in thread \"main\" A.E1: 1\nCaused by: A.E2: 2\nCaused by: A.E3: 3\nCaused by: A.E4: 4\nCaused by: A.E5: 5\n"
      "\tat com.x.Y.z(Y.java:1)\n", TRACE_UNCAUGHT,
      { { "A.E1", "1", NULL }, { "A.E2", "2", NULL }, { "A.E3", "3", NULL }, { "A.E5", "5", "com.x.Y.z(Y.java:1)" } } },
    { "frames whose header lies before the tail", "\tat com.x.Y.z(Y.java:1)\n" SPARK_FRAMES STAMP "INFO A: x\n", TRACE_NOTED,
      { { 0 } } },
    { "a cause whose effect lies before the tail",
      "\tat com.x.Y.z(Y.java:1)\nCaused by: java.net.UnknownHostException: d-driver-svc.n.svc\n\t... 9 more\n", TRACE_LOGGED,
      { { "java.net.UnknownHostException", "d-driver-svc.n.svc", NULL } } },
    { "a refusal that fabric8 writes out twice",
      "Exception in thread \"main\" io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: GET at: https://h/x. Message: no."
      " Received status: Status(apiVersion=v1, code=403)\n\tat io.fabric8.kubernetes.X.y(X.java:1)\n", TRACE_UNCAUGHT,
      { { "io.fabric8.kubernetes.client.KubernetesClientException", "Failure executing: GET at: https://h/x. Message: no.", NULL } } },
    { "suppressed exceptions are beside the point",
      "Exception in thread \"main\" a.B: one\n\tat com.x.Y.z(Y.java:1)\n\tSuppressed: a.C: two\n\t\tat com.x.Y.w(Y.java:2)\n"
      "Caused by: a.D: three\n\tat com.x.Y.v(Y.java:3)\n", TRACE_UNCAUGHT,
      { { "a.B", "one", "com.x.Y.z(Y.java:1)" }, { "a.D", "three", "com.x.Y.v(Y.java:3)" } } },
    { "a thread's end counts more than what was logged later",
      "Exception in thread \"pool-1\" a.BError: one\n\tat com.x.Y.z(Y.java:1)\n" STAMP "ERROR Utils: it failed\n"
      "a.CError: two\n\tat com.x.Y.w(Y.java:2)\n", TRACE_THREAD, { { "a.BError", "one", "com.x.Y.z(Y.java:1)" } } },
    { "an error counts more than a warning",
      STAMP "ERROR A: it failed\na.BError: one\n\tat com.x.Y.z(Y.java:1)\n" STAMP "WARN A: again\na.CError: two\n"
      "\tat com.x.Y.w(Y.java:2)\n", TRACE_LOGGED, { { "a.BError", "one", "com.x.Y.z(Y.java:1)" } } },
    { "among equals the last",
      STAMP "WARN A: it failed\na.BError: one\n\tat com.x.Y.z(Y.java:1)\n" STAMP "WARN A: again\na.CError: two\n"
      "\tat com.x.Y.w(Y.java:2)\n", TRACE_WARNED, { { "a.CError", "two", "com.x.Y.w(Y.java:2)" } } },
    { "quoted in a logger's line of another layout",
      "2026-11-21 08:40:44,123 ERROR [main] c.e.Etl - failed: org.apache.spark.SparkException: one: two\n" SPARK_FRAMES,
      TRACE_LOGGED, { { "org.apache.spark.SparkException", "one: two", NULL } } },
    { "a JVM that is told to end",
      "Exception in thread \"main\" a.B: one\n\tat com.x.Y.z(Y.java:1)\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n",
      TRACE_FATAL, { { "java.lang.OutOfMemoryError", "Java heap space", NULL } } },
    { "Spark's examples are applications",
      "Exception in thread \"main\" a.B: one\n\tat org.apache.spark.rdd.RDD.count(RDD.scala:1)\n"
      "\tat app//org.apache.spark.examples.SparkPi$.main(SparkPi.scala:20)\n", TRACE_UNCAUGHT,
      { { "a.B", "one", "org.apache.spark.examples.SparkPi$.main(SparkPi.scala:20)" } } },
    { "Python: where it happened is the last frame of the application",
      "Traceback (most recent call last):\n  File \"/app/job.py\", line 12, in <module>\n    main()\n"
      "  File \"/app/job.py\", line 9, in main\n    df.x()\n  File \"/opt/spark/python/lib/pyspark.zip/pyspark/sql/df.py\", line 1, in x\n"
      "ValueError: no such: column\n", TRACE_UNCAUGHT, { { "ValueError", "no such: column", "/app/job.py:9 in main" } } },
    { "Python: an error without a message", "Traceback (most recent call last):\n  File \"/app/job.py\", line 12, in <module>\nMyError\n",
      TRACE_UNCAUGHT, { { "MyError", NULL, "/app/job.py:12 in <module>" } } },
    { "Py4J: Java's error is the cause",
      "Traceback (most recent call last):\n  File \"/app/job.py\", line 12, in <module>\n"
      "  File \"/opt/spark/python/lib/py4j-0.10.9.9-src.zip/py4j/protocol.py\", line 327, in get_return_value\n"
      "py4j.protocol.Py4JJavaError: An error occurred while calling o46.parquet.\n: org.apache.spark.SparkException: aborted\n" SPARK_FRAMES
      "Caused by: java.io.FileNotFoundException: s3a://b/x\n" SPARK_FRAMES "\n", TRACE_UNCAUGHT,
      { { "py4j.protocol.Py4JJavaError", "An error occurred while calling o46.parquet.", "/app/job.py:12 in <module>" },
        { "org.apache.spark.SparkException", "aborted", NULL }, { "java.io.FileNotFoundException", "s3a://b/x", NULL } } },
    { "Python: cut off before the line that names the error",
      "Exception in thread \"main\" a.B: one\n\tat com.x.Y.z(Y.java:1)\nTraceback (most recent call last):\n  File \"/app/job.py\", line 12, in f\n",
      TRACE_UNCAUGHT, { { "a.B", "one", "com.x.Y.z(Y.java:1)" } } },
    { "Python: what led to it is the cause",
      "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\nKeyError: 'x'\n\n"
      "During handling of the above exception, another exception occurred:\n\n"
      "Traceback (most recent call last):\n  File \"/app/b.py\", line 2, in g\nRuntimeError: no x\n", TRACE_UNCAUGHT,
      { { "RuntimeError", "no x", "/app/b.py:2 in g" }, { "KeyError", "'x'", "/app/a.py:1 in f" } } },
    { "Python inside of Java: what a worker died of",
      "Exception in thread \"main\" org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
      "  File \"/app/job.py\", line 5, in f\n    raise ValueError(x)\nValueError: bad record\n\n"
      "\tat org.apache.spark.api.python.BasePythonRunner.read(PythonRunner.scala:1)\n", TRACE_UNCAUGHT,
      { { "org.apache.spark.api.python.PythonException", "*", NULL }, { "ValueError", "bad record", "/app/job.py:5 in f" } } },
    { "R", "Error in readRDS(path) : \n  cannot open the connection\nCalls: main -> readRDS\nExecution halted\n", TRACE_UNCAUGHT,
      { { "Error in readRDS(path)", "cannot open the connection Calls: main -> readRDS", NULL } } },
    { "an error of R's that it goes on after", "Error in f() : x\nnext\n" STAMP "INFO A: x\n", TRACE_NOTED, { { 0 } } },
    { "passwords", "Exception in thread \"main\" java.sql.SQLException: jdbc:x?password=canary&a=b refused\n\tat com.x.Y.z(Y.java:1)\n",
      TRACE_UNCAUGHT, { { "java.sql.SQLException", "jdbc:x?password=***&a=b refused", "com.x.Y.z(Y.java:1)" } } },
    { "bytes that are no text", "Exception in thread \"main\" a.B: \xff\x01z\n\tat com.x.Y.z(Y.java:1)\r\n", TRACE_UNCAUGHT,
      { { "a.B", "? z", "com.x.Y.z(Y.java:1)" } } },
    { "structured logs", "{\"ts\":\"2026-11-21T08:00:00Z\",\"level\":\"ERROR\",\"msg\":\"it\\nfailed\",\"context\":{\"a\":\"b\"},\"exception\":{\"class\":"
      "\"java.io.IOException\",\"msg\":\"no \\\"x\\\"\",\"stacktrace\":[{\"class\":\"java.io.X\",\"method\":\"y\",\"file\":\"X.java\",\"line\":1},"
      "{\"class\":\"com.x.Y\",\"method\":\"z\",\"file\":\"Y.java\",\"line\":\"7\"}]},\"logger\":\"Y\"}\n"
      "{\"ts\":\"2026-11-21T08:00:01Z\",\"level\":\"INFO\",\"msg\":\"going on\",\"logger\":\"Y\"}\n", TRACE_LOGGED,
      { { "java.io.IOException", "no \"x\"", "com.x.Y.z(Y.java:7)" } } },
    { "JSON that is no log record", "{\"a\": 1}\n{\"level\":\"ERROR\"\n{\n", TRACE_NOTED, { { 0 } } },
    { "kubelets inside the log", "unable to retrieve container logs for containerd://94140d1537cf", TRACE_NOTED, { { 0 } } },
};

static void read_log(struct logtail *tail, const char *log)
{
    logtail_init(tail);
    while (*log) {
        size_t len = strcspn(log, "\n");

        logtail_line(tail, log, len);
        log += len + (log[len] == '\n');
    }
    ck_assert_int_eq(logtail_end(tail, NULL), 0);
}

static void same(const char *what, const char *got, const char *wanted)
{
    ck_assert_msg(!got == !wanted && (!wanted || !strcmp(wanted, "*") || !strcmp(got, wanted)), "%s: '%s', not '%s'", what, got, wanted);
}

START_TEST(exceptions)
{
    const struct trace *best;
    struct logtail tail;
    int i;

    read_log(&tail, traces[_i].log);
    best = &tail.trace.best;
    for (i = 0; i < TRACE_CHAIN && traces[_i].chain[i].type; i++) {
        ck_assert_msg(best->count > i, "%s: %d errors", traces[_i].what, best->count);
        same(traces[_i].what, best->chain[i].type, traces[_i].chain[i].type);
        same(traces[_i].what, best->chain[i].message, traces[_i].chain[i].message);
        same(traces[_i].what, best->chain[i].frame, traces[_i].chain[i].frame);
    }
    ck_assert_msg(best->count == i && best->rank == traces[_i].rank, "%s: %d errors, rank %d", traces[_i].what, best->count, (int)best->rank);
    logtail_clear(&tail);
}
END_TEST

#define REFUSED "io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://h/api/v1/namespaces/n/pods." \
    " Message: pods \"e-1\" is forbidden: exceeded quota: q. Received status: Status(apiVersion=v1)\n"

static const struct {
    const char *what, *log, *kind, *text;       /* text NULL: not marked */
    int count, code;
} marks[] = {
    { "refused executors", REFUSED REFUSED, "Refused", "pods \"e-1\" is forbidden: exceeded quota: q.", 2, -1 },
    { "refused, but then there was one", REFUSED STAMP "INFO K: Registered executor NettyRpcEndpointRef(x) with ID 1\n", "Refused", NULL, 0, -1 },
    { "no executors", STAMP "WARN TaskSchedulerImpl: Initial job has not accepted any resources; check\n", "NoExecutors",
      "TaskSchedulerImpl: Initial job has not accepted any resources; check", 1, -1 },
    { "no executors, in a structured log", "{\"level\":\"WARN\",\"msg\":\"Initial job has not accepted any resources; check\"}\n", "NoExecutors",
      "Initial job has not accepted any resources; check", 1, -1 },
    { "an executor's end", "The executor with id 3 exited with exit code 1(generic, look at logs to clarify).\n", "ExecutorExit",
      "The executor with id 3 exited with exit code 1(generic, look at logs to clarify).", 1, 1 },
    { "an executor's end without heap", "The executor with id 3 exited with exit code 52(JVM OOM).\n", "ExecutorOom",
      "The executor with id 3 exited with exit code 52(JVM OOM).", 1, 52 },
    { "a class that is not there", "Error: Failed to load class com.example.Missing.\n", "ClassMissing",
      "Error: Failed to load class com.example.Missing.", 1, -1 },
    { "SparkSubmit refuses", "Error: Missing application resource.\n", "SubmitRefused", "Error: Missing application resource.", 1, -1 },
    { "HotSpot crashes", "#\n#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2\n", "Crash", "SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2", 1, -1 },
    { "HotSpot does not start", "Unrecognized VM option 'UseMagic'\n", "JvmOption", "Unrecognized VM option 'UseMagic'", 1, -1 },
    { "bash does not find it", "/opt/entrypoint.sh: line 3: tini: command not found\n", "CommandMissing",
      "/opt/entrypoint.sh: line 3: tini: command not found", 1, -1 },
    { "Python does not find it", "python3: can't open file '/app/no.py': [Errno 2] No such file or directory\n", "CommandMissing",
      "python3: can't open file '/app/no.py': [Errno 2] No such file or directory", 1, -1 },
};

START_TEST(marked_lines)
{
    struct logtail tail;
    size_t at;

    read_log(&tail, marks[_i].log);
    for (at = 0; strcmp(logtail_kind(at), marks[_i].kind) != 0; at++)
        ;
    same(marks[_i].what, tail.marks[at].text, marks[_i].text);
    ck_assert_int_eq(tail.marks[at].count, marks[_i].count);
    ck_assert_int_eq(tail.marks[at].code, marks[_i].code);
    logtail_clear(&tail);
}
END_TEST

START_TEST(every_kind_has_a_place)
{
    size_t count = 0;

    while (logtail_kind(count))
        count++;
    ck_assert(count > 5 && count <= LOG_MARKS);
}
END_TEST

START_TEST(a_line_without_end)
{
    size_t len = 1 << 20;
    char *line = malloc(len);
    struct logtail tail;

    memset(line, 'x', len);
    logtail_init(&tail);
    logtail_line(&tail, line, len);
    ck_assert_int_eq(logtail_end(&tail, NULL), 0);
    logtail_clear(&tail);
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logtail");
    TCase *tcase = tcase_create("logtail");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, exceptions, 0, (int)COUNT(traces));
    tcase_add_loop_test(tcase, marked_lines, 0, (int)COUNT(marks));
    tcase_add_test(tcase, every_kind_has_a_place);
    tcase_add_test(tcase, a_line_without_end);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
