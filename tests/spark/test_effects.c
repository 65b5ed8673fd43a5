/* SPDX-License-Identifier: Apache-2.0 */
/* Where a property comes from, what it has won over, and what it changes in the objects by which step. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "conf_table.h"
#include "render.h"
#include "scratch.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

#define IMAGE "spark.kubernetes.container.image=example.com/spark:4.1.4"

/* ---- where from ---- */

static sparkk8s_app *from_args(const char *const *more, const char *const *env)
{
    const char *argv[40];
    sparkk8s_app *app = NULL;
    sparkk8s_error *err = NULL;
    int argc = 0;

    for (; *more; more++)
        argv[argc++] = *more;
    argv[argc++] = "local:///app.jar";
    ck_assert_msg(sparkk8s_app_from_args(argc, argv, env, NULL, &app, &err) == 0, "%s", sparkk8s_error_message(err));
    return app;
}

static json_t *listed(const sparkk8s_app *app, int flags)
{
    AUTO(chars) text = NULL;
    json_t *rows = NULL;

    ck_assert_int_eq(sparkk8s_app_conf_to_json(app, flags, &text, NULL), 0);
    ck_assert_int_eq(json_parse(text, strlen(text), "conf", &rows, NULL), 0);
    return rows;
}

/* "value|origin|over value (over origin), ..." of a key; "" if it is not in the list. */
static char *row_of(const json_t *rows, const char *key)
{
    AUTO_STR out = STR_INIT(10000);
    json_t *row, *over;
    size_t i, k;

    json_array_foreach(rows, i, row) {
        if (strcmp(json_text_at(row, "key", NULL), key) != 0)
            continue;
        str_addf(&out, "%s|%s|", json_text_at(row, "value", NULL), json_text_at(row, "origin", NULL));
        json_array_foreach(json_object_get(row, "over"), k, over)
            str_addf(&out, "%s%s (%s)", k ? ", " : "", json_text_at(over, "value", NULL), json_text_at(over, "origin", NULL));
        if (json_is_true(json_object_get(row, "ignored")))
            str_add(&out, "|ignored");
    }
    return out.len ? str_take(&out) : text_dup("");
}

#define ck_row(rows, key, expected)                             \
    do {                                                        \
        AUTO(chars) row_ = row_of(rows, key);                   \
        ck_assert_str_eq(row_, expected);                       \
    } while (0)

START_TEST(every_layer)
{
    const char *const env[] = {"SPARK_USER=me", "SPARK_DRIVER_MEMORY=9g", "SPARK_EXECUTOR_MEMORY=", NULL};
    const char *args[] = {"--properties-file", NULL, "--name", "One", "--name", "Two", "--conf", "spark.driver.memory=1g", "--driver-memory", "2g",
                          "--conf", IMAGE, "--conf", "spark.app.name=Three", "--conf", "spark.x=1", "--conf", "spark.x=2", "--class", "A",
                          "--conf", "spark.app.id=mine", "--conf", "other=1", "--conf", "spark.a.token=canary", "--conf", "spark.a.token=canary2",
                          "--conf", "spark.kubernetes.driver.pod.name=pod", NULL};
    AUTO(chars) driver_memory = NULL;
    AUTO(json) rows = NULL;
    AUTO_SCRATCH scratch;
    sparkk8s_app *app;
    const char *file;

    scratch_begin(&scratch);
    args[1] = file = scratch_file(&scratch, "app.conf", "spark.driver.memory 3g\nspark.x=3\nspark.driver.memory 4g\n");
    app = from_args(args, env);
    rows = listed(app, 0);
    ck_assert_int_gt(asprintf(&driver_memory, "2g|--driver-memory|1g (--conf), 4g (%s:3), 3g (%s:1), 9g (SPARK_DRIVER_MEMORY)", file, file), 0);
    ck_row(rows, "spark.driver.memory", driver_memory);
    ck_row(rows, "spark.app.name", "Two|--name|One (--name), Three (--conf)");
    ck_row(rows, "spark.a.token", "*********(redacted)|--conf|*********(redacted) (--conf)");
    ck_row(rows, "spark.app.id", "<id>|the submission|mine (--conf)");
    ck_row(rows, "other", "1|--conf||ignored");
    ck_row(rows, "spark.driver.port", "7078|the submission|");
    ck_row(rows, "spark.driver.host", "two-<id>-driver-svc.default.svc|the submission|");
    ck_row(rows, "spark.submit.deployMode", "cluster|filled in|");
    ck_row(rows, "spark.kubernetes.driver.pod.name", "pod|--conf|");
    ck_row(rows, "spark.executor.memory", "");
    ck_row(rows, "spark.kubernetes.container.image", "example.com/spark:4.1.4|--conf|");
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(defaults)
{
    const char *const args[] = {"--class", "A", "--conf", IMAGE, "--conf", "spark.yarn.keytab=x", "--executor-memory", "3g", NULL};
    sparkk8s_app *app = from_args(args, NULL);
    AUTO(json) rows = listed(app, SPARKK8S_CONF_DEFAULTS);

    ck_row(rows, "spark.executor.memory", "3g|--executor-memory|");
    ck_row(rows, "spark.driver.memory", "1g|default|");
    ck_row(rows, "spark.kubernetes.allocation.batch.size", "10|default|");      /* in 4.1 */
    ck_row(rows, "spark.kubernetes.driver.service.publishNotReadyAddresses", "");
    ck_row(rows, "spark.kubernetes.namespace", "default|default|");
    sparkk8s_app_free(app);
}
END_TEST

/* What cannot be rendered has its list all the same. */
START_TEST(listed_though_broken)
{
    const char *const args[] = {"--conf", "spark.driver.memory=lots", "--conf", "spark.x=1", NULL};
    sparkk8s_app *app = from_args(args, NULL);
    AUTO(json) rows = listed(app, 0);

    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_row(rows, "spark.driver.memory", "lots|--conf|");
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(set_by_a_program)
{
    sparkk8s_app *app = small_app("4.1.4");
    sparkk8s_conf *conf = sparkk8s_app_conf(app);

    ck_assert_int_eq(sparkk8s_conf_set_from(conf, "spark.x", "1", "the connection", NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.x"), "the connection");
    ck_assert_int_eq(sparkk8s_conf_set_from(conf, "spark.x", NULL, "the connection", NULL), 0);
    ck_assert_ptr_null(sparkk8s_conf_get(conf, "spark.x"));
    ck_assert_int_eq(sparkk8s_conf_set_from(conf, "spark.x", "1", NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_conf_set_from(conf, "spark.x", "1", "\xff", NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_conf_set_from(NULL, "spark.x", "1", "x", NULL), SPARKK8S_EINVAL);
    sparkk8s_app_free(app);
}
END_TEST

/* ---- what it does ---- */

static json_t *explained(const sparkk8s_app *app, const char *key)
{
    AUTO(chars) text = NULL;
    json_t *value = NULL;

    ck_assert_int_eq(sparkk8s_app_explain(app, key, &text, NULL), 0);
    ck_assert_int_eq(json_parse(text, strlen(text), "explained", &value, NULL), 0);
    return value;
}

/* Lines "step kind path left right". */
static char *effects_of(const json_t *explained)
{
    AUTO_STR out = STR_INIT(100000);
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(explained, "effects"), i, row) {
        AUTO(chars) left = json_object_get(row, "left") ? json_text(json_object_get(row, "left")) : text_dup("-");
        AUTO(chars) right = json_object_get(row, "right") ? json_text(json_object_get(row, "right")) : text_dup("-");
        const char *object = json_text_at(row, "object", NULL);

        str_addf(&out, "%s %.*s %s %.40s %.40s\n", json_text_at(row, "step", NULL), (int)strcspn(object, "/"), object,
                 json_text_at(row, "path", NULL), left, right);
    }
    return out.len ? str_take(&out) : text_dup("");
}

#define EXECUTOR "spec.containers[spark-kubernetes-executor]"

static const struct {
    const char *version, *key, *value, *effects;
} cases[] = {
    {"4.1.4", "spark.executor.memory", "4g", 
     "SparkSubmit ConfigMap spark.properties: spark.executor.memory - \"4g\"\n"
     "BasicExecutorFeatureStep Pod " EXECUTOR ".resources.requests.memory \"1408Mi\" \"4505Mi\"\n"
     "BasicExecutorFeatureStep Pod " EXECUTOR ".resources.limits.memory \"1408Mi\" \"4505Mi\"\n"
     "BasicExecutorFeatureStep Pod " EXECUTOR ".env[SPARK_EXECUTOR_MEMORY].value \"1024m\" \"4096m\"\n"},
    {"4.1.4", "spark.kubernetes.executor.label.a", "b",
     "SparkSubmit ConfigMap spark.properties: spark.kubernetes.executor.label.a - \"b\"\n"
     "BasicExecutorFeatureStep Pod metadata.labels.a - \"b\"\n"},
    {"4.1.4", "spark.kubernetes.executor.secretKeyRef.TOKEN", "s:k",
     "SparkSubmit ConfigMap spark.properties: spark.kubernetes.executor.secretKeyRef.TOKEN - \"*********(redacted)\"\n"
     "EnvSecretsFeatureStep Pod " EXECUTOR ".env[TOKEN] - {\"name\":\"TOKEN\",\"valueFrom\":{\"secretKeyR\n"},
    {"4.1.4", "spark.driver.memory", "2g",
     "BasicDriverFeatureStep Pod spec.containers[spark-kubernetes-driver].resources.requests.memory \"1408Mi\" \"2432Mi\"\n"
     "BasicDriverFeatureStep Pod spec.containers[spark-kubernetes-driver].resources.limits.memory \"1408Mi\" \"2432Mi\"\n"
     "SparkSubmit ConfigMap spark.properties: spark.driver.memory - \"2g\"\n"},
    {"4.1.4", "spark.kubernetes.driver.service.label.a", "b",
     "DriverServiceFeatureStep Service metadata.labels.a - \"b\"\n"
     "SparkSubmit ConfigMap spark.properties: spark.kubernetes.driver.service.label.a - \"b\"\n"},
    {"4.1.4", "spark.ui.port", "4050",
     "BasicDriverFeatureStep Pod spec.containers[spark-kubernetes-driver].ports[spark-ui].containerPort 4040 4050\n"
     "DriverServiceFeatureStep Service spec.ports[spark-ui].port 4040 4050\n"
     "DriverServiceFeatureStep Service spec.ports[spark-ui].targetPort 4040 4050\n"
     "SparkSubmit ConfigMap spark.properties: spark.ui.port - \"4050\"\n"
     "BasicExecutorFeatureStep Pod " EXECUTOR ".env[SPARK_JAVA_OPT_25] - {\"name\":\"SPARK_JAVA_OPT_25\",\"value\":\"-Ds\n"},
    /* A step that the key excludes is the one that makes the difference. */
    {"4.2.1", "spark.kubernetes.driver.pod.excludedFeatureSteps", "org.apache.spark.deploy.k8s.features.NetworkPolicyFeatureStep",
     "NetworkPolicyFeatureStep NetworkPolicy  {\"apiVersion\":\"networking.k8s.io/v1\",\"ki -\n"
     "SparkSubmit ConfigMap spark.properties: spark.kubernetes.driver.pod.excludedFeatureSteps - "
     "\"org.apache.spark.deploy.k8s.features.Ne\n"},
    {"4.1.4", "spark.local.dir", "/scratch",
     "LocalDirsFeatureStep Pod spec.containers[spark-kubernetes-driver].env[SPARK_LOCAL_DIRS].value "
     "\"/var/data/spark-<id>\" \"/scratch\"\n"
     "LocalDirsFeatureStep Pod spec.containers[spark-kubernetes-driver].volumeMounts[/var/data/spark-<id>] "
     "{\"mountPath\":\"/var/data/spark-<id>\",\"nam -\n"
     "LocalDirsFeatureStep Pod spec.containers[spark-kubernetes-driver].volumeMounts[/scratch] - "
     "{\"mountPath\":\"/scratch\",\"name\":\"spark-lo\n"
     "SparkSubmit ConfigMap spark.properties: spark.local.dir - \"/scratch\"\n"
     "LocalDirsFeatureStep Pod " EXECUTOR ".volumeMounts[/var/data/spark-<id>] {\"mountPath\":\"/var/data/spark-<id>\",\"nam -\n"
     "LocalDirsFeatureStep Pod " EXECUTOR ".volumeMounts[/scratch] - {\"mountPath\":\"/scratch\",\"name\":\"spark-lo\n"
     "LocalDirsFeatureStep Pod " EXECUTOR ".env[SPARK_LOCAL_DIRS].value \"/var/data/spark-<id>\" \"/scratch\"\n"},
    {"4.1.4", "sparkk8s.submit.order", "spark", ""},
    {"4.1.4", "spark.app.id", "mine", ""},
};

START_TEST(effects)
{
    sparkk8s_app *app = small_app(cases[_i].version);
    AUTO(json) value = NULL;
    AUTO(chars) lines = NULL;

    app_conf(app, cases[_i].key, cases[_i].value);
    value = explained(app, cases[_i].key);
    lines = effects_of(value);
    ck_assert_str_eq(lines, cases[_i].effects);
    ck_assert_ptr_null(json_object_get(value, "error"));
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(template_comes_first)
{
    AUTO_SCRATCH scratch;
    sparkk8s_app *app = small_app("4.1.4");
    AUTO(json) value = NULL;
    AUTO(chars) lines = NULL;

    scratch_begin(&scratch);
    app_conf(app, "spark.kubernetes.driver.podTemplateFile",
             scratch_file(&scratch, "pod.yaml", "metadata: {labels: {team: a}}\nspec: {containers: [{name: spark-kubernetes-driver}], dnsPolicy: Default}\n"));
    value = explained(app, "spark.kubernetes.driver.podTemplateFile");
    lines = effects_of(value);
    ck_assert_msg(strstr(lines, "pod template Pod metadata.labels.team - \"a\"\n") && strstr(lines, "pod template Pod spec.dnsPolicy - \"Default\"\n"),
                  "%s", lines);
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(its_value)
{
    const char *const args[] = {"--class", "A", "--conf", IMAGE, "--conf", "spark.kubernetes.driver.request.cores=${spark.my}", "--conf", "spark.my=${env:N}",
                                "--conf", "spark.kubernetes.driver.limit.cores=${spark.my.secret}", "--conf", "spark.my.secret=canary",
                                "--conf", "spark.local.dir=${spark.indirect}", "--conf", "spark.indirect=${spark.my.secret}",
                                "--conf", "spark.kubernetes.driver.label.a=${spark.my}", NULL};
    const char *const env[] = {"N=3", "SPARK_USER=me", NULL};
    static const struct {
        const char *key, *value, *resolved, *standard, *row;
    } rows[] = {
        {"spark.kubernetes.driver.request.cores", "${spark.my}", "3", NULL, "spark.kubernetes.driver.request.cores"},
        {"spark.kubernetes.driver.limit.cores", "*********(redacted)", "*********(redacted)", NULL, "spark.kubernetes.driver.limit.cores"},
        {"spark.local.dir", "${spark.indirect}", "*********(redacted)", NULL, "spark.local.dir"},
        {"spark.kubernetes.driver.label.a", "${spark.my}", NULL, NULL, "spark.kubernetes.driver.label."},
        {"spark.my", "${env:N}", NULL, NULL, NULL},
        {"spark.driver.memory", NULL, NULL, "1g", "spark.driver.memory"},
        {"spark.kubernetes.allocation.batch.size", NULL, NULL, "10", "spark.kubernetes.allocation.batch.size"},
        {"spark.kubernetes.driver.service.publishNotReadyAddresses", NULL, NULL, NULL, "spark.kubernetes.driver.service.publishNotReadyAddresses"},
        {"spark.yarn.keytab", NULL, NULL, NULL, "spark.kerberos.keytab"},
        {"spark.driver.host", "a-<id>-driver-svc.default.svc", NULL, NULL, "spark.driver.host"},
    };
    sparkk8s_app *app = from_args(args, env);
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        AUTO(json) value = explained(app, rows[i].key);

        ck_assert_pstr_eq(json_text_at(value, "value", NULL), rows[i].value);
        ck_assert_pstr_eq(json_text_at(value, "resolved", NULL), rows[i].resolved);
        ck_assert_pstr_eq(json_text_at(value, "default", NULL), rows[i].standard);
        ck_assert_pstr_eq(json_text_at(value, "known", "key", NULL), rows[i].row);
        ck_assert_str_eq(json_text_at(value, "line", NULL), "4.1");
        ck_assert_int_eq(json_object_get(value, "effects") != NULL, conf_has(app->conf, rows[i].key));
    }
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(families_of_keys)
{
    sparkk8s_app *app = small_app("4.1.4");
    AUTO(json) value = NULL;
    AUTO(chars) lines = NULL;

    app_conf(app, "spark.kubernetes.driverEnv.A", "1");
    app_conf(app, "spark.kubernetes.driverEnv.B", "2");
    value = explained(app, "spark.kubernetes.driverEnv.");
    lines = effects_of(value);
    ck_assert_msg(strstr(lines, "env[A] - ") && strstr(lines, "env[B] - "), "%s", lines);
    sparkk8s_app_free(app);
}
END_TEST

START_TEST(without_is_impossible)
{
    sparkk8s_app *app = small_app("4.1.4");
    AUTO(json) image = explained(app, "spark.kubernetes.container.image");
    AUTO(json) broken = NULL;

    ck_assert_ptr_nonnull(strstr(json_text_at(image, "without", NULL), "image"));
    ck_assert_ptr_null(json_object_get(image, "effects"));
    app_conf(app, "spark.driver.memory", "lots");
    broken = explained(app, "spark.ui.port");
    ck_assert_ptr_nonnull(strstr(json_text_at(broken, "error", NULL), "spark.driver.memory=lots"));
    ck_assert_int_eq(sparkk8s_app_explain(app, "", NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_app_conf_to_json(app, 8, NULL, NULL), SPARKK8S_EINVAL);
    sparkk8s_app_free(app);
}
END_TEST

/* An application of which nothing is known but the options. */
START_TEST(stands_in)
{
    const char *argv[] = {"--conf", IMAGE, "--driver-memory", "2g", "spark-internal"};
    sparkk8s_app *app = NULL;
    AUTO(json) value = NULL;

    ck_assert_int_eq(sparkk8s_app_from_args(COUNT(argv), argv, NULL, NULL, &app, NULL), 0);
    value = explained(app, "spark.driver.memory");
    ck_assert_uint_eq(json_array_size(json_object_get(value, "effects")), 3);
    ck_assert_ptr_null(app->main_class);
    sparkk8s_app_free(app);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("effects");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_layer);
    tcase_add_test(tcase, defaults);
    tcase_add_test(tcase, listed_though_broken);
    tcase_add_test(tcase, set_by_a_program);
    tcase_add_loop_test(tcase, effects, 0, COUNT(cases));
    tcase_add_test(tcase, template_comes_first);
    tcase_add_test(tcase, its_value);
    tcase_add_test(tcase, families_of_keys);
    tcase_add_test(tcase, without_is_impossible);
    tcase_add_test(tcase, stands_in);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
