/* SPDX-License-Identifier: Apache-2.0 */
/* The application brought into the form that SparkSubmit gives it; outcomes are those of recorded runs. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "app.h"
#include "error.h"
#include "sparkk8s.h"
#include "uri.h"

#define MAX_WORDS 16
#define JAR "local:///opt/spark/examples/jars/spark-examples.jar"
#define NOW 1763703528000

static sparkk8s_app *app_of(const char *const *argv, const char *const *env)
{
    AUTO(error) err = NULL;
    sparkk8s_app *app = NULL;
    int argc = 0;

    while (argv[argc])
        argc++;
    sparkk8s_app_from_args(argc, argv, env, NULL, &app, &err);
    ck_assert_str_eq(sparkk8s_error_message(err), "");
    return app;
}

START_TEST(properties)
{
    static const struct {
        const char *argv[MAX_WORDS];
        const char *key, *value;
    } cases[] = {
        {{"--class", "x.Y", JAR}, "spark.jars", JAR},
        {{"--class", "x.Y", JAR}, "spark.submit.pyFiles", ""},
        {{"--class", "x.Y", JAR}, "spark.submit.deployMode", "cluster"},
        {{"--class", "x.Y", JAR}, "spark.app.submitTime", "1763703528000"},
        {{"-c", "spark.app.submitTime=5", "--class", "x.Y", JAR}, "spark.app.submitTime", "5"},
        {{"--class", "x.Y", JAR}, "spark.app.name", "x.Y"},
        {{"--class", "x.Y", "--name", "n", JAR}, "spark.app.name", "n"},
        {{"-c", "spark.app.name=c", "--class", "x.Y", JAR}, "spark.app.name", "c"},
        {{"local:///opt/app/main.py"}, "spark.app.name", "main.py"},
        {{"--class", "ignored.Cls", "local:///opt/app/main.py"}, "spark.app.name", "ignored.Cls"},
        {{"-c", "spark.driver.host=h", "--class", "x.Y", JAR}, "spark.driver.host", NULL},
        {{"-c", "not.spark=h", "--class", "x.Y", JAR}, "not.spark", NULL},
        {{"--jars", "", "--class", "x.Y", JAR}, "spark.jars", JAR},
        {{"--jars", "local:///a.jar,,local:///b.jar,local:///a.jar,", "--class", "x.Y", JAR}, "spark.jars",
         "local:///a.jar,local:///b.jar,local:///a.jar," JAR},
        {{"--jars", JAR, "--class", "x.Y", JAR}, "spark.jars", JAR "," JAR},
        {{"--jars", "https://example.com/b.jar", "--class", "x.Y", "s3a://b/app.jar"}, "spark.jars",
         "https://example.com/b.jar,s3a://b/app.jar"},
        {{"--class", "x.Y", "spark-internal"}, "spark.jars", ""},
        {{"--files", "s3a://b/*.txt,local:///x#y", "--class", "x.Y", JAR}, "spark.files", "s3a://b/*.txt,local:///x#y"},
        {{"--class", "x.Y", JAR}, "spark.files", NULL},
        {{"local:///opt/app/main.py"}, "spark.jars", NULL},
        {{"--py-files", "local:///opt/a.py,https://example.com/c.egg", "local:///opt/app/main.py"},
         "spark.submit.pyFiles", "local:///opt/a.py,https://example.com/c.egg"},
        {{"--class", "x.Y", JAR}, "spark.master", "k8s://https://kubernetes.default.svc"},
        {{"--master", "k8s://h:6443", "--class", "x.Y", JAR}, "spark.master", "k8s://https://h:6443"},
        {{"--master", "k8s://http://h:1/", "--class", "x.Y", JAR}, "spark.master", "k8s://http://h:1/"},
        {{"--master", "k8s://HTTPS://h:1/k8s/c-1", "--class", "x.Y", JAR}, "spark.master", "k8s://HTTPS://h:1/k8s/c-1"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = app_of(cases[i].argv, NULL);
        AUTO(error) err = NULL;
        AUTO_STRV warnings = {0};
        struct prepared made = {0};

        ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, &err), 0);
        ck_assert_msg((cases[i].value == NULL) == !conf_has(made.conf, cases[i].key), "%zu %s", i, cases[i].key);
        ck_assert_pstr_eq(sparkk8s_conf_get(made.conf, cases[i].key), cases[i].value);
        prepared_clear(&made);
    }
}
END_TEST

START_TEST(members)
{
    static const struct {
        const char *argv[MAX_WORDS];
        enum language language;
        const char *main_class, *resource, *ns;
    } cases[] = {
        {{"--class", "x.Y$Inner", JAR}, LANGUAGE_JAVA, "x.Y$Inner", JAR, "default"},
        {{"--class", "x.Y", "spark-internal"}, LANGUAGE_JAVA, "x.Y", "spark-internal", "default"},
        {{"--class", "i.C", "local:///opt/main.py"}, LANGUAGE_PYTHON, NULL, "local:///opt/main.py", "default"},
        {{"--class", "x.Y", "local:///opt/MAIN.PY"}, LANGUAGE_JAVA, "x.Y", "local:///opt/MAIN.PY", "default"},
        {{"local:///opt/main.R"}, LANGUAGE_R, NULL, "local:///opt/main.R", "default"},
        {{"local:///opt/main.r"}, LANGUAGE_R, NULL, "local:///opt/main.r", "default"},
        {{"/home/u/main.R"}, LANGUAGE_R, NULL, "file:/home/u/main.R", "default"},
        {{"-c", "spark.kubernetes.namespace=ns-${spark.team}", "-c", "spark.team=blue", "--class", "x.Y", JAR},
         LANGUAGE_JAVA, "x.Y", JAR, "ns-blue"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = app_of(cases[i].argv, NULL);
        AUTO_STRV warnings = {0};
        struct prepared made = {0};

        ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, NULL), 0);
        ck_assert_int_eq(made.language, cases[i].language);
        ck_assert_pstr_eq(made.main_class, cases[i].main_class);
        ck_assert_pstr_eq(made.resource, cases[i].resource);
        ck_assert_pstr_eq(made.ns, cases[i].ns);
        ck_assert_ptr_null(made.proxy_user);
        prepared_clear(&made);
    }
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *argv[MAX_WORDS];
        const char *where, *part;
    } cases[] = {
        {{"-c", "spark.driver.memory=1.5g", "--class", "x.Y", JAR}, "spark.driver.memory",
         "spark.driver.memory=1.5g (from --conf): Driver memory must be a positive number: fractional"},
        {{"-c", "spark.driver.memory=0", "--class", "x.Y", JAR}, "spark.driver.memory", "must be a positive number"},
        {{"-c", "spark.driver.memory=-1g", "--class", "x.Y", JAR}, "spark.driver.memory", "must be a positive number"},
        {{"-c", "spark.driver.memory=${spark.x}", "-c", "spark.x=1g", "--class", "x.Y", JAR}, "spark.driver.memory",
         "must be a positive number"},
        {{"--executor-memory", "lots", "--class", "x.Y", JAR}, "spark.executor.memory", "(from --executor-memory)"},
        {{"--driver-cores", "1.5", "--class", "x.Y", JAR}, "spark.driver.cores", "Driver cores must be a positive"},
        {{"--executor-cores", "0", "--class", "x.Y", JAR}, "spark.executor.cores", "Executor cores must be a positive"},
        {{"--num-executors", "0", "--class", "x.Y", JAR}, "spark.executor.instances", "Number of executors must be"},
        {{"--proxy-user", "u", "--principal", "p@R", "--class", "x.Y", JAR}, "spark.kerberos.principal", "the proxy user is u"},
        {{"--driver-java-options", "-Xmx4g", "--class", "x.Y", JAR}, "spark.driver.extraJavaOptions",
         "Not allowed to specify max heap(Xmx)"},
        {{"--deploy-mode", "clustre", "--class", "x.Y", JAR}, "spark.submit.deployMode", "must be either"},
        {{"--deploy-mode", "client", "--class", "x.Y", JAR}, "spark.submit.deployMode", "client mode needs a JVM"},
        {{"--master", "yarn", "--class", "x.Y", JAR}, "spark.master", "must start with k8s://"},
        {{"--master", "k9s://h:1", "--class", "x.Y", JAR}, "spark.master", "must start with k8s://"},
        {{"--master", "k8s://ftp://h:1", "--class", "x.Y", JAR}, "spark.master",
         "Invalid Kubernetes master scheme: ftp found in URL: ftp://h:1"},
        {{"--master", "k8s://https://h h:1", "--class", "x.Y", JAR}, "spark.master", "not a URL"},
        {{"--master", "k8s://", "--class", "x.Y", JAR}, "spark.master", "not a URL"},
        {{JAR}, "main-class", "No main class is given"},
        {{"spark-internal"}, "main-class", "No main class is given"},
        {{"--packages", "a:b", "--class", "x.Y", JAR}, "spark.jars.packages", "'a:b' is no groupId:artifactId:version"},
        {{"pyspark-shell"}, "resource", "not applicable to Spark shells"},
        {{"--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"}, "main-class",
         "not applicable to Spark Thrift server"},
        {{"-c", "spark.kubernetes.namespace=", "--class", "x.Y", JAR}, "spark.kubernetes.namespace",
         "must not be empty"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = app_of(cases[i].argv, NULL);
        AUTO(error) err = NULL;
        AUTO_STRV warnings = {0};
        struct prepared made = {0};

        ck_assert_msg(app_prepare(app, NOW, &made, &warnings, &err) == SPARKK8S_ECONF, "%s", cases[i].part);
        ck_assert_ptr_null(made.conf);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where);
        ck_assert_msg(strstr(sparkk8s_error_message(err), cases[i].part) != NULL, "%s", sparkk8s_error_message(err));
        ck_assert_str_ne(sparkk8s_error_hint(err), "");
    }
}
END_TEST

START_TEST(no_executors_with_dynamic_allocation)
{
    static const char *const argv[] = {"--num-executors", "0", "-c", "spark.dynamicAllocation.enabled=TRUE", "--class",
                                       "x.Y", JAR, NULL};
    AUTO(app) app = app_of(argv, NULL);
    AUTO_STRV warnings = {0};
    struct prepared made = {0};

    ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, NULL), 0);
    prepared_clear(&made);
}
END_TEST

START_TEST(warnings_and_the_original)
{
    static const char *const argv[] = {"--master", "k8s://http://h", "-c", "hadoop.foo=1", "-c",
                                       "sparkk8s.submit.order=gate",
                                       "--class", "x.Y", JAR, NULL};
    AUTO(app) app = app_of(argv, NULL);
    AUTO_STRV warnings = {0};
    struct prepared made = {0};

    ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, NULL), 0);
    ck_assert_uint_eq(warnings.count, 2);
    ck_assert_str_eq(warnings.v[0], "Ignoring non-Spark config property: hadoop.foo");
    ck_assert_str_eq(warnings.v[1], "Kubernetes master URL uses HTTP instead of HTTPS");
    ck_assert(conf_has(made.conf, "sparkk8s.submit.order"));
    ck_assert(conf_has(app->conf, "hadoop.foo"));
    ck_assert_ptr_null(sparkk8s_conf_get(app->conf, "spark.jars"));
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.master"), "k8s://http://h");
    prepared_clear(&made);
}
END_TEST

START_TEST(made_by_a_program)
{
    AUTO(app) app = sparkk8s_app_new();
    AUTO_STRV warnings = {0};
    AUTO(error) err = NULL;
    struct prepared made = {0};

    ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, &err), SPARKK8S_ECONF);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "Must specify a primary resource"));
    sparkk8s_app_set(app, "main-class", "x.Y", NULL);
    ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, NULL), 0);
    ck_assert_str_eq(made.resource, "spark-internal");
    prepared_clear(&made);
    sparkk8s_app_set(app, "resource", "local:///opt/app/script", NULL);
    sparkk8s_app_set(app, "language", "python", NULL);
    sparkk8s_app_set(app, "proxy-user", "u", NULL);
    ck_assert_int_eq(app_prepare(app, NOW, &made, &warnings, NULL), 0);
    ck_assert_int_eq(made.language, LANGUAGE_PYTHON);
    ck_assert_str_eq(made.proxy_user, "u");
    prepared_clear(&made);
}
END_TEST

START_TEST(uris)
{
    static const struct {
        const char *text;
        size_t scheme;
        bool local;
    } cases[] = {
        {"local:///a", 5, false}, {"file:/a", 4, true}, {"s3a://b/k#f", 3, false}, {"/a", 0, true}, {"a.jar", 0, true},
        {"local:", 0, true}, {"hdfs://nn/a b", 0, true}, {"s3a://b/100%", 0, true}, {"s3a://b/%20", 3, false},
        {"s3a://b/#a#b", 0, true}, {"1a://b", 0, true}, {"a/b:c", 0, true}, {"", 0, true}, {"${x}:y", 0, true},
        {" local:///a", 0, true},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        ck_assert_uint_eq(uri_scheme(cases[i].text), cases[i].scheme);
        ck_assert_msg(uri_is_client_local(cases[i].text) == cases[i].local, "%s", cases[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prepare");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, properties);
    tcase_add_test(tcase, members);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, no_executors_with_dynamic_allocation);
    tcase_add_test(tcase, warnings_and_the_original);
    tcase_add_test(tcase, made_by_a_program);
    tcase_add_test(tcase, uris);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
