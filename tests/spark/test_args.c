/* SPDX-License-Identifier: Apache-2.0 */
/* spark-submit's command line. Cases and their outcomes are those of recorded runs of the real one. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "error.h"

#define MAX_WORDS 16
#define JAR "local:///opt/spark/examples/jars/spark-examples.jar"

static int from(const char *const *argv, const char *const *env, const sparkk8s_conf *defaults, sparkk8s_app **out,
                sparkk8s_error **err)
{
    int argc = 0;

    while (argv[argc])
        argc++;
    return sparkk8s_app_from_args(argc, argv, env, defaults, out, err);
}

static sparkk8s_app *accepted(const char *const *argv, const char *const *env, const sparkk8s_conf *defaults)
{
    AUTO(error) err = NULL;
    sparkk8s_app *app = NULL;

    from(argv, env, defaults, &app, &err);
    ck_assert_str_eq(sparkk8s_error_message(err), "");
    return app;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void remove_files(const char *folder, const char *const *names)
{
    char path[200];

    for (; *names; names++) {
        snprintf(path, sizeof(path), "%s/%s", folder, *names);
        unlink(path);
    }
    rmdir(folder);
}

START_TEST(one_option)
{
    static const struct {
        const char *argv[MAX_WORDS];
        const char *key, *value, *origin;
    } cases[] = {
        {{"--name", "n", JAR}, "spark.app.name", "n", "--name"},
        {{"--name", "  ", JAR}, "spark.app.name", "  ", "--name"},
        {{"--name=eq-app", JAR}, "spark.app.name", "eq-app", "--name"},
        {{"--conf=spark.x=a=b", JAR}, "spark.x", "a=b", "--conf"},
        {{"-c", "spark.x=a=b", JAR}, "spark.x", "a=b", "--conf"},
        {{"--conf", "spark.x= a ", JAR}, "spark.x", " a ", "--conf"},
        {{"--conf", "spark.x=1", "--conf", "spark.x=2", JAR}, "spark.x", "2", "--conf"},
        {{"--name", "1", "--name", "2", JAR}, "spark.app.name", "2", "--name"},
        {{"--jars", "", JAR}, "spark.jars", "", "--jars"},
        {{"--jars", "local:///a.jar", JAR}, "spark.jars", "local:///a.jar", "--jars"},
        {{"--py-files", "local:///a.py", JAR}, "spark.submit.pyFiles", "local:///a.py", "--py-files"},
        {{"--exclude-packages", "a:b", JAR}, "spark.jars.excludes", "a:b", "--exclude-packages"},
        {{"--num-executors", "3", JAR}, "spark.executor.instances", "3", "--num-executors"},
        {{"--spark-version", "4.1", JAR}, "sparkk8s.spark.version", "4.1", "--spark-version"},
        {{"--verbose", "-v", "--supervise", "--queue", "q", "--name", "n", JAR}, "spark.app.name", "n", "--name"},
        /* Only the five that the launcher rewrites are as good as --conf; the last one of both wins. */
        {{"--driver-memory", "2g", "--conf", "spark.driver.memory=3g", JAR}, "spark.driver.memory", "3g", "--conf"},
        {{"--conf", "spark.driver.memory=3g", "--driver-memory", "2g", JAR}, "spark.driver.memory", "2g",
         "--driver-memory"},
        {{"--driver-class-path", "a", "-c", "spark.driver.extraClassPath=b", JAR}, "spark.driver.extraClassPath", "b",
         "--conf"},
        {{"--driver-cores", "2", "--conf", "spark.driver.cores=3", JAR}, "spark.driver.cores", "2", "--driver-cores"},
        {{"--executor-memory", "5g", "--conf", "spark.executor.memory=4g", JAR}, "spark.executor.memory", "5g",
         "--executor-memory"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = accepted(cases[i].argv, NULL, NULL);

        ck_assert_pstr_eq(sparkk8s_conf_get(app->conf, cases[i].key), cases[i].value);
        ck_assert_pstr_eq(sparkk8s_conf_origin(app->conf, cases[i].key), cases[i].origin);
        ck_assert_str_eq(app->resource, JAR);
        ck_assert_uint_eq(app->args.count, 0);
    }
}
END_TEST

START_TEST(fields_and_arguments)
{
    static const char *const argv[] = {"--class", "first.Cls", "--class", "x.Y", "--proxy-user", "u", JAR, "--name",
                                       "x", "--conf", "a=b", "-h", "--help", "", "y z", NULL};
    AUTO(app) app = accepted(argv, NULL, NULL);

    ck_assert_str_eq(sparkk8s_app_get(app, "main-class"), "x.Y");
    ck_assert_str_eq(sparkk8s_app_get(app, "proxy-user"), "u");
    ck_assert_str_eq(sparkk8s_app_get(app, "resource"), JAR);
    ck_assert_ptr_null(sparkk8s_app_get(app, "name"));
    ck_assert_uint_eq(app->args.count, 8);
    ck_assert_str_eq(app->args.v[0], "--name");
    ck_assert_str_eq(app->args.v[6], "");
    ck_assert_str_eq(app->args.v[7], "y z");
    ck_assert_uint_eq(app->warnings.count, 0);
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *argv[MAX_WORDS];
        int code;
        const char *message;
    } cases[] = {
        {{NULL}, SPARKK8S_EPARSE, "Missing application resource"},
        {{"--class", "x.Y"}, SPARKK8S_EPARSE, "Missing application resource"},
        {{"--master", "k8s://h", "--deploy-mode"}, SPARKK8S_EPARSE, "Missing argument for option '--deploy-mode'"},
        {{"--blarg", JAR}, SPARKK8S_EPARSE, "Unrecognized option: --blarg"},
        {{"-bleg", JAR}, SPARKK8S_EPARSE, "Unrecognized option: -bleg"},
        {{"--nam=x", JAR}, SPARKK8S_EPARSE, "Unrecognized option: --nam"},
        {{"--name=", JAR}, SPARKK8S_EPARSE, "Unrecognized option: --name="},
        {{"--conf", "spark.x", JAR}, SPARKK8S_EPARSE, "Invalid argument to --conf: spark.x is not key=value"},
        {{"--conf", "spark.password canary", JAR}, SPARKK8S_EPARSE,
         "Invalid argument to --conf: spark.password is not key=value"},
        {{"--total-executor-cores", "0", JAR}, SPARKK8S_ECONF,
         "--total-executor-cores=0: Total executor cores must be a positive number"},
        {{"--remote", "sc://x", JAR}, SPARKK8S_ECONF, "Remote cannot be specified with master and/or deploy mode"},
        {{"--kill", "ns:pod"}, SPARKK8S_EINVAL, "--kill is not a submission"},
        {{"--status", "ns:pod"}, SPARKK8S_EINVAL, "--status is not a submission"},
        {{"-h"}, SPARKK8S_EINVAL, "--help is not a submission"},
        {{"--version"}, SPARKK8S_EINVAL, "--version is not a submission"},
        {{"--properties-file", "/nonexistent/p", JAR}, SPARKK8S_EIO,
         "Invalid properties file '/nonexistent/p': no such file"},
        {{"--properties-file", "/", JAR}, SPARKK8S_EIO, "Invalid properties file '/': no such file"},
        {{"--name", "\xff", JAR}, SPARKK8S_EPARSE, "argument 2 is not UTF-8"},
        {{"--driver-default-class-path", "/x", "--spark-version", "3.5", JAR}, SPARKK8S_EPARSE,
         "Unrecognized option: --driver-default-class-path"},
        {{"--load-spark-defaults", "-c", "spark.kubernetes.container.image=spark:3.5.1", JAR}, SPARKK8S_EPARSE,
         "Unrecognized option: --load-spark-defaults"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;
        AUTO(app) app = NULL;

        ck_assert_int_eq(from(cases[i].argv, NULL, NULL, &app, &err), cases[i].code);
        ck_assert_ptr_null(app);
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].message);
        ck_assert_str_ne(sparkk8s_error_where(err), "");
    }
}
END_TEST

START_TEST(hints)
{
    static const char *const typo[] = {"--executor-memroy", "1g", JAR, NULL};
    AUTO(error) err = NULL;
    AUTO(app) app = NULL;

    ck_assert_int_eq(from(typo, NULL, NULL, &app, &err), SPARKK8S_EPARSE);
    ck_assert_str_eq(sparkk8s_error_hint(err), "did you mean --executor-memory?");
}
END_TEST

START_TEST(newer_options_for_newer_lines)
{
    static const char *const named[] = {"--driver-default-class-path", "/x", "--spark-version", "4.0", JAR, NULL};
    static const char *const unnamed[] = {"--driver-default-class-path", "/x", JAR, NULL};
    AUTO(app) first = accepted(named, NULL, NULL);
    AUTO(app) second = accepted(unnamed, NULL, NULL);

    ck_assert_str_eq(sparkk8s_conf_get(first->conf, "spark.driver.defaultExtraClassPath"), "/x");
    ck_assert_str_eq(sparkk8s_conf_get(second->conf, "spark.driver.defaultExtraClassPath"), "/x");
}
END_TEST

START_TEST(environment)
{
    static const char *const env[] = {"MASTER=k8s://h", "DEPLOY_MODE=cluster", "SPARK_EXECUTOR_MEMORY=3g",
                                      "SPARK_EXECUTOR_CORES=2", "SPARK_DRIVER_MEMORY=", NULL};
    static const char *const argv[] = {"--conf", "spark.executor.cores=4", JAR, NULL};
    static const char *const remote[] = {"SPARK_REMOTE=sc://x", NULL};
    AUTO(app) app = accepted(argv, env, NULL);
    AUTO(app) none = NULL;

    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.master"), "k8s://h");
    ck_assert_str_eq(sparkk8s_conf_origin(app->conf, "spark.master"), "MASTER");
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.submit.deployMode"), "cluster");
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.executor.memory"), "3g");
    ck_assert_str_eq(sparkk8s_conf_origin(app->conf, "spark.executor.memory"), "SPARK_EXECUTOR_MEMORY");
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.executor.cores"), "4");
    ck_assert_ptr_null(sparkk8s_conf_get(app->conf, "spark.driver.memory"));
    ck_assert_int_eq(from(argv, remote, NULL, &none, NULL), SPARKK8S_ECONF);
}
END_TEST

/* p.conf, q.conf, r.conf and spark-defaults.conf in one folder, as recorded. */
START_TEST(files_by_precedence)
{
    static const char *const names[] = {"p.conf", "q.conf", "r.conf", "spark-defaults.conf", NULL};
    static const struct {
        const char *argv[MAX_WORDS];        /* "@" stands for the folder */
        const char *values[5];              /* of spark.a to spark.e */
    } cases[] = {
        {{"--properties-file", "@/p.conf", "--extra-properties-file", "@/q.conf", "--extra-properties-file",
          "@/r.conf", "--conf", "spark.d=conf", JAR}, {"p", "q", "r", "conf", NULL}},
        {{JAR}, {"defaults", NULL, NULL, NULL, "defaults"}},
        {{"--properties-file", "@/p.conf", JAR}, {"p", "p", "p", "p", NULL}},
        {{"--properties-file", "@/p.conf", "--load-spark-defaults", JAR}, {"p", "p", "p", "p", "defaults"}},
        {{"--extra-properties-file", "@/q.conf", JAR}, {"defaults", "q", "q", NULL, "defaults"}},
        {{"--properties-file", "@/q.conf", "--properties-file=@/p.conf", JAR}, {"p", "p", "p", "p", NULL}},
    };
    char folder[] = "/tmp/args-XXXXXX", words[MAX_WORDS][100], folder_env[100], key[] = "spark.?";
    const char *argv[MAX_WORDS + 1], *env[] = {folder_env, NULL};
    size_t i, j;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(folder_env, sizeof(folder_env), "SPARK_CONF_DIR=%s", folder);
    write_text(folder, "p.conf", "spark.a p\nspark.b p\nspark.c p\nspark.d p\n");
    write_text(folder, "q.conf", "spark.b q\nspark.c q\n");
    write_text(folder, "r.conf", "spark.c r\nspark.d r\n");
    write_text(folder, "spark-defaults.conf", "spark.a defaults\nspark.e defaults\n");
    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = NULL;

        for (j = 0; cases[i].argv[j]; j++) {
            const char *at = strchr(cases[i].argv[j], '@');

            snprintf(words[j], sizeof(words[j]), "%.*s%s%s", at ? (int)(at - cases[i].argv[j]) : 99, cases[i].argv[j],
                     at ? folder : "", at ? at + 1 : "");
            argv[j] = words[j];
        }
        argv[j] = NULL;
        app = accepted(argv, env, NULL);
        for (j = 0; j < 5; j++) {
            key[6] = (char)('a' + j);
            ck_assert_pstr_eq(sparkk8s_conf_get(app->conf, key), cases[i].values[j]);
        }
    }
    remove_files(folder, names);
}
END_TEST

START_TEST(defaults_of_the_caller)
{
    static const char *const names[] = {"spark-defaults.conf", "spark-env.sh", NULL};
    static const char *const argv[] = {"--conf", "spark.b=flag", JAR, NULL};
    char folder[] = "/tmp/args-XXXXXX", folder_env[100];
    const char *env[] = {folder_env, NULL};
    AUTO(conf) defaults = sparkk8s_conf_new();
    AUTO(app) app = NULL;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(folder_env, sizeof(folder_env), "SPARK_CONF_DIR=%s", folder);
    write_text(folder, "spark-defaults.conf", "spark.a file\n");
    write_text(folder, "spark-env.sh", "SPARK_USER=x\n");
    conf_put(defaults, "spark.a", "caller", "site.conf:1", NULL);
    conf_put(defaults, "spark.b", "caller", "site.conf:2", NULL);
    app = accepted(argv, env, defaults);
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.a"), "caller");
    ck_assert_str_eq(sparkk8s_conf_origin(app->conf, "spark.a"), "site.conf:1");
    ck_assert_str_eq(sparkk8s_conf_get(app->conf, "spark.b"), "flag");
    ck_assert_uint_eq(app->warnings.count, 1);
    ck_assert_ptr_nonnull(strstr(app->warnings.v[0], "spark-env.sh"));
    remove_files(folder, names);
}
END_TEST

START_TEST(table_is_whole)
{
    size_t i;

    for (i = 0; i < option_table_count; i++) {
        const struct option_row *row = &option_table[i];
        const char *argv[] = {row->name, "1", JAR, NULL};
        AUTO(error) err = NULL;
        AUTO(app) app = NULL;

        ck_assert(i == 0 || strcmp(option_table[i - 1].name, row->name) < 0);
        ck_assert_ptr_nonnull(row->doc);
        ck_assert(!row->env || row->key);
        if (!row->takes_value)
            argv[1] = JAR;
        from(argv, NULL, NULL, &app, &err);
        ck_assert_msg(!strstr(sparkk8s_error_message(err), "is not handled"), "%s", row->name);
    }
}
END_TEST

START_TEST(fields_of_an_application)
{
    AUTO(app) app = sparkk8s_app_new();
    AUTO(error) err = NULL;

    ck_assert_int_eq(sparkk8s_app_set(app, "name", "n", NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_get(sparkk8s_app_conf(app), "spark.app.name"), "n");
    ck_assert_int_eq(sparkk8s_app_set(app, "name", NULL, NULL), 0);
    ck_assert_ptr_null(sparkk8s_app_get(app, "name"));
    ck_assert_int_eq(sparkk8s_app_set(app, "language", "python", NULL), 0);
    ck_assert_str_eq(sparkk8s_app_get(app, "language"), "python");
    ck_assert_int_eq(sparkk8s_app_set(app, "language", "perl", NULL), SPARKK8S_EINVAL);
    ck_assert_str_eq(sparkk8s_app_get(app, "language"), "python");
    ck_assert_int_eq(sparkk8s_app_set(app, "language", NULL, NULL), 0);
    ck_assert_ptr_null(sparkk8s_app_get(app, "language"));
    ck_assert_int_eq(sparkk8s_app_set(app, "main-clas", "x", &err), SPARKK8S_EINVAL);
    ck_assert_str_eq(sparkk8s_error_hint(err), "did you mean main-class?");
    ck_assert_int_eq(sparkk8s_app_set(NULL, "name", "x", NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_app_add_arg(app, "\xff", NULL), SPARKK8S_EINVAL);
    sparkk8s_app_free(NULL);
}
END_TEST

/* The whole command line, as spark-submit takes it: what it asks for, or whose error it is. */
static const struct {
    const char *argv[MAX_WORDS], *env[3];
    enum submit_action action;
    const char *submission, *error;
    bool launcher;
} whole[] = {
    {{"--help"}, {NULL}, ACTION_HELP, NULL, NULL, false},
    {{"-h", "--kill", "a:b"}, {NULL}, ACTION_HELP, NULL, NULL, false},
    {{"--version", "--help"}, {NULL}, ACTION_VERSION, NULL, NULL, false},
    {{"--usage-error"}, {NULL}, ACTION_USAGE_ERROR, NULL, NULL, false},
    {{"--help", "--blarg"}, {NULL}, ACTION_HELP, NULL, "Unrecognized option: --blarg", true},
    {{"--master", "k8s://h", "--kill", "a:b"}, {NULL}, ACTION_KILL, "a:b", NULL, false},
    {{"--master", "k8s://h", "--kill", "a:b", "--kill", "c"}, {NULL}, ACTION_KILL, "c", NULL, false},
    {{"--status=x*"}, {"MASTER=k8s://h", NULL}, ACTION_STATUS, "x*", NULL, false},
    {{"--kill", "a", "--status", "b"}, {NULL}, ACTION_KILL, NULL, "Action cannot be both KILL and REQUEST_STATUS", false},
    {{"--status", "a", "--kill", "b"}, {NULL}, ACTION_KILL, NULL, "Action cannot be both REQUEST_STATUS and KILL", false},
    {{"--kill"}, {NULL}, ACTION_KILL, NULL, "Missing argument for option '--kill'", true},
    {{"--kill", "a"}, {NULL}, ACTION_KILL, NULL, "master url: 'local[*]'", false},
    {{"--master", "yarn", "--status", "a"}, {NULL}, ACTION_KILL, NULL, "master url: 'yarn'", false},
    {{"--master", "k8s://h", "--deploy-mode", "cluster", JAR}, {NULL}, ACTION_SUBMIT, NULL, NULL, false},
    {{JAR}, {"MASTER=k8s://h", "DEPLOY_MODE=cluster", NULL}, ACTION_SUBMIT, NULL, NULL, false},
    {{"--master", "k8s://h", JAR}, {NULL}, ACTION_SUBMIT, NULL, "which is spark-submit's default", false},
    {{"--master", "k8s://h", "--deploy-mode", "client", JAR}, {NULL}, ACTION_SUBMIT, NULL, "needs a JVM", false},
    {{"--deploy-mode", "cluster", JAR}, {NULL}, ACTION_SUBMIT, NULL, "local[*], which is the default", false},
    {{"--master", "spark://h:1", "--deploy-mode", "cluster", JAR}, {NULL}, ACTION_SUBMIT, NULL, "Kubernetes only", false},
    {{"--master", "k9s://h", "--deploy-mode", "cluster", JAR}, {NULL}, ACTION_SUBMIT, NULL, "Master must either be", false},
    {{"--master", "k8s://h", "--deploy-mode", "cluster"}, {NULL}, ACTION_SUBMIT, NULL, "Missing application resource", true},
    {{"--properties-file", "/nonexistent", JAR}, {NULL}, ACTION_SUBMIT, NULL, "Invalid properties file", true},
    {{"--driver-java-options", "-Xmx4g", JAR}, {NULL}, ACTION_SUBMIT, NULL, "max heap(Xmx)", true},
    {{"--remote", "sc://h", JAR}, {NULL}, ACTION_SUBMIT, NULL, "Remote cannot be specified", false},
};

START_TEST(whole_command_line)
{
    AUTO(error) err = NULL;
    struct submit_args args = {0};
    bool launcher = false;
    int argc = 0, rc;

    while (whole[_i].argv[argc])
        argc++;
    rc = submit_args_parse(argc, whole[_i].argv, whole[_i].env, &args, &launcher, &err);
    if (whole[_i].error) {
        ck_assert_int_lt(rc, 0);
        ck_assert_msg(strstr(sparkk8s_error_message(err), whole[_i].error) != NULL, "%s", sparkk8s_error_message(err));
        ck_assert_int_eq(launcher, whole[_i].launcher);
        ck_assert_ptr_null(args.app);
        return;
    }
    ck_assert_msg(rc == 0, "%s", sparkk8s_error_message(err));
    ck_assert_int_eq(args.action, whole[_i].action);
    if (whole[_i].submission)
        ck_assert_str_eq(args.submission, whole[_i].submission);
    submit_args_clear(&args);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("args");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, one_option);
    tcase_add_loop_test(tcase, whole_command_line, 0, (int)COUNT(whole));
    tcase_add_test(tcase, fields_and_arguments);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, hints);
    tcase_add_test(tcase, newer_options_for_newer_lines);
    tcase_add_test(tcase, environment);
    tcase_add_test(tcase, files_by_precedence);
    tcase_add_test(tcase, defaults_of_the_caller);
    tcase_add_test(tcase, table_is_whole);
    tcase_add_test(tcase, fields_of_an_application);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
