/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of a rendering fails in turn, one at a time: it ends with SPARKK8S_ENOMEM, or with the very result
 * that it has otherwise, and nothing is left behind. jansson drops characters when it has no memory for them, so that
 * "it has not failed" says little: the texts are compared.
 *
 * SPARKK8S_TORTURE_STEP=N tries each N-th allocation only.
 */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "alloc.h"
#include "error.h"
#include "scratch.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

struct outcome {
    sparkk8s_app *app;
    sparkk8s_manifest *manifest;
    sparkk8s_error *err;
    char *yaml, *executor;
};

static void outcome_clear(struct outcome *outcome)
{
    sparkk8s_free(outcome->yaml);
    sparkk8s_free(outcome->executor);
    sparkk8s_manifest_free(outcome->manifest);
    sparkk8s_app_free(outcome->app);
    sparkk8s_error_free(outcome->err);
    *outcome = (struct outcome){0};
}

static int render(const struct strv *argv, const struct strv *env, struct outcome *out)
{
    sparkk8s_render_opts opts = {.size = sizeof(opts), .id_seed = "seed", .now_ms = NOW};
    int rc;

    rc = sparkk8s_app_from_args((int)argv->count, (const char *const *)argv->v, (const char *const *)env->v, NULL,
                                &out->app, &out->err);
    if (rc == 0)
        rc = sparkk8s_render(out->app, &opts, &out->manifest, &out->err);
    if (rc == 0)
        rc = sparkk8s_manifest_to_yaml(out->manifest, &out->yaml, &out->err);
    if (rc == 0)
        rc = sparkk8s_manifest_executor_json(out->manifest, &out->executor, &out->err);
    return rc;
}

static const char *warning_at(const struct outcome *outcome, size_t i)
{
    const char *warning = sparkk8s_manifest_warning(outcome->manifest, i);

    return warning ? warning : "none";
}

static void check_same(const struct outcome *one, const struct outcome *two, size_t n)
{
    size_t i;

    ck_assert_uint_eq(one->manifest->count, two->manifest->count);
    for (i = 0; i < one->manifest->count; i++)
        ck_assert_msg(!strcmp(sparkk8s_manifest_json(one->manifest, i), sparkk8s_manifest_json(two->manifest, i)),
                      "%zu: %s", n, sparkk8s_manifest_json(two->manifest, i));
    for (i = 0; i < one->manifest->warnings.count || i < two->manifest->warnings.count; i++)
        ck_assert_msg(!strcmp(warning_at(one, i), warning_at(two, i)), "%zu: '%s' '%s'", n, warning_at(one, i),
                      warning_at(two, i));
    ck_assert_str_eq(one->manifest->digest, two->manifest->digest);
    ck_assert_msg(!strcmp(one->yaml, two->yaml), "%zu: %s", n, two->yaml);
    ck_assert_msg(!strcmp(one->executor, two->executor), "%zu: %s", n, two->executor);
}

static size_t step(void)
{
    const char *text = getenv("SPARKK8S_TORTURE_STEP");
    int32_t number;

    return text && text_to_int32(text, &number) && number > 0 ? (size_t)number : 1;
}

/* `wanted` is how it ends with all the memory that it wants. */
static void torture(const struct strv *argv, const struct strv *env, int wanted)
{
    struct outcome usual = {0};
    size_t n, live, needed = 0, tried = 0;

    ck_assert_msg(render(argv, env, &usual) == wanted, "%s", sparkk8s_error_message(usual.err));
    live = alloc_live();
    for (n = 1; ; n += step()) {
        struct outcome out = {0};
        bool enough;
        int rc;

        alloc_fail_at(n);
        rc = render(argv, env, &out);
        enough = !alloc_has_failed();
        needed = alloc_count();
        alloc_fail_at(0);
        ck_assert_msg(rc == wanted || rc == SPARKK8S_ENOMEM, "%zu: %s %s", n, sparkk8s_code_name(rc),
                      sparkk8s_error_message(out.err));
        if (rc == 0)
            check_same(&usual, &out, n);
        else if (rc == SPARKK8S_ENOMEM)
            ck_assert_msg(sparkk8s_error_code(out.err) == rc, "%zu: %s", n, sparkk8s_error_message(out.err));
        outcome_clear(&out);
        ck_assert_msg(alloc_live() == live, "%zu: %zu blocks are left", n, alloc_live() - live);
        if (enough)
            break;
        tried++;
    }
    printf("%zu allocations, %zu of them failed\n", needed, tried);
    outcome_clear(&usual);
}

/* ---- an application with a little of everything -------------------------------------------------------------- */

static const char driver_template[] =
    "metadata: {labels: {spark-role: x, t: u}, annotations: {t: u}}\n"
    "spec:\n"
    "  volumes: [{name: t, emptyDir: {}}, {name: v, secret: {secretName: s, defaultMode: 0640}}]\n"
    "  tolerations: &t [{key: k, operator: Exists}]\n"
    "  containers:\n"
    "  - {name: other, image: y, resources: {limits: {cpu: 1.5, memory: 1Gi}}}\n"
    "  - name: c\n"
    "    env: [{name: A, value: \"b\\tc\"}, {name: SPARK_USER, value: x}]\n"
    "    volumeMounts: [{name: t, mountPath: /t}, {name: none, mountPath: /n}]\n";
static const char executor_template[] =
    "{\"spec\": {\"nodeSelector\": {\"a\": \"\\u00e4\"}, \"containers\": [{\"name\": \"e\", \"ports\": [{\"containerPort\": \"81\"}]}]}}";
static const char defaults[] =
    "spark.executor.memory 2g\n"
    "spark.executor.memoryOverhead = 300m\n"
    "spark.text : a\\u20ac\\\n   b\n"
    "spark.kubernetes.executor.node.selector.disk ssd\n";

static const char *const settings[] = {
    "spark.kubernetes.container.image=example.com/spark:${env:TAG}", "spark.kubernetes.namespace=team-a",
    "spark.kubernetes.driver.label.a=x y", "spark.kubernetes.driver.label.b={{APP_ID}}", "spark.kubernetes.driver.annotation.c=d",
    "spark.kubernetes.driver.service.label.d=e", "spark.kubernetes.node.selector.zone=z", "spark.kubernetes.driverEnv.FOO=bar",
    "spark.kubernetes.driverEnv.SPARK_CONF_DIR=/x", "spark.executorEnv.FOO=bar", "spark.kubernetes.driver.limit.cores=500m",
    "spark.kubernetes.driver.secrets.s=/s", "spark.kubernetes.driver.secretKeyRef.K=sec:key",
    "spark.kubernetes.executor.secrets.s=/s", "spark.kubernetes.executor.secretKeyRef.K=sec:key",
    "spark.kubernetes.driver.volumes.hostPath.h.mount.path=/h", "spark.kubernetes.driver.volumes.hostPath.h.options.path=/mnt",
    "spark.kubernetes.driver.volumes.persistentVolumeClaim.p.mount.path=/p",
    "spark.kubernetes.driver.volumes.persistentVolumeClaim.p.options.claimName=OnDemand",
    "spark.kubernetes.driver.volumes.persistentVolumeClaim.p.options.storageClass=gp3",
    "spark.kubernetes.driver.volumes.persistentVolumeClaim.p.options.sizeLimit=5Gi",
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.p.mount.path=/p",
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.p.options.claimName=OnDemand",
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.p.options.storageClass=gp3",
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.p.options.sizeLimit=5Gi",
    "spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1.mount.path=/l",
    "spark.driver.resource.gpu.amount=1", "spark.driver.resource.gpu.vendor=nvidia.com",
    "spark.kubernetes.allocation.batch.size=ten", "spark.kubernetes.memoryOverheadFactory=1",
    "spark.executor.extraJavaOptions=-Da=b \"-Dc=d e\"", "spark.kubernetes.container.image.pullSecrets=a,b",
    "spark.kubernetes.driver.pod.featureSteps=org.apache.spark.deploy.k8s.features.VolcanoFeatureStep",
    "spark.kubernetes.scheduler.volcano.podGroupTemplateJson={\"spec\":{\"queue\":\"q\",\"minMember\":\"3\"}}",
    "hadoop.foo=bar",
};

static void add_file(struct scratch *scratch, struct strv *argv, const char *key, const char *name, const char *text)
{
    strv_add(argv, "--conf");
    strv_addf(argv, "%s=%s", key, scratch_file(scratch, name, text));
}

static void make_large(struct scratch *scratch, struct strv *argv, struct strv *env)
{
    size_t i;

    strv_add(argv, "--spark-version");
    strv_add(argv, "4.3.0");
    strv_add(argv, "--properties-file");
    strv_add(argv, scratch_file(scratch, "defaults", defaults));
    for (i = 0; i < COUNT(settings); i++) {
        strv_add(argv, "--conf");
        strv_add(argv, settings[i]);
    }
    add_file(scratch, argv, "spark.kubernetes.driver.podTemplateFile", "driver.yaml", driver_template);
    add_file(scratch, argv, "spark.kubernetes.executor.podTemplateFile", "executor.json", executor_template);
    add_file(scratch, argv, "spark.kubernetes.kerberos.krb5.path", "krb5.conf", "[libdefaults]\n");
    add_file(scratch, argv, "spark.kubernetes.authenticate.driver.caCertFile", "ca.pem", "PEM");
    strv_add(argv, "--conf");
    strv_add(argv, "spark.kubernetes.driver.podTemplateContainerName=c");
    strv_add(argv, "--py-files");
    strv_add(argv, "local:///a.py,https://h/b.zip");
    strv_add(argv, "local:///main.py");
    strv_add(argv, "argument");
    strv_addf(env, "SPARK_CONF_DIR=%s", scratch->folder);
    strv_addf(env, "HADOOP_CONF_DIR=%s", scratch->folder);
    strv_add(env, "SPARK_USER=me");
    strv_add(env, "TAG=x");
    ck_assert(!argv->failed && !env->failed);
}

START_TEST(large)
{
    AUTO_SCRATCH scratch;
    AUTO_STRV argv = {0};
    AUTO_STRV env = {0};

    scratch_begin(&scratch);
    make_large(&scratch, &argv, &env);
    torture(&argv, &env, 0);
}
END_TEST

START_TEST(small)
{
    static const char *const lines[] = {"3.5.8", "4.1.4"};
    size_t i;

    for (i = 0; i < COUNT(lines); i++) {
        AUTO_STRV argv = {0};
        AUTO_STRV env = {0};

        strv_split(&argv, "--spark-version,,-c,spark.kubernetes.container.image=spark,--class,x.Y,local:///y.jar", ',');
        free(argv.v[1]);
        argv.v[1] = text_dup(lines[i]);
        strv_add(&env, "SPARK_USER=me");
        torture(&argv, &env, 0);
    }
}
END_TEST

/* What is refused is refused, or there was no memory. */
START_TEST(refused)
{
    static const char *const bad[] = {
        "spark.driver.memory=lots", "spark.kubernetes.driver.podTemplateFile=/no/such/file",
        "spark.kubernetes.driver.volumes.nfs.v.mount.path=/v", "spark.kubernetes.container.image.pullPolicy=always",
        "spark.kubernetes.driver.label.spark-role=x", "spark.task.cpus=2", "spark.kubernetes.namespace=${spark.kubernetes.namespace}",
    };
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        AUTO_STRV argv = {0};
        AUTO_STRV env = {0};

        strv_split(&argv, "--spark-version,4.1.4,-c,spark.kubernetes.container.image=spark,--class,x.Y,-c", ',');
        strv_add(&argv, bad[i]);
        strv_add(&argv, "local:///y.jar");
        strv_add(&env, "SPARK_USER=me");
        torture(&argv, &env, i == 1 ? SPARKK8S_EIO : SPARKK8S_ECONF);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("torture");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    alloc_begin();
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, small);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, large);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
