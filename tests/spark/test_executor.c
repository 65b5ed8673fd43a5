/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executor preview beyond the recorded cases (tests/golden): what the driver's own pod changes about it, what only
 * the driver knows, what would keep a driver from making executors, and words of a JVM's command line.
 */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "java_options.h"
#include "scratch.h"
#include "small_app.h"
#include "text.h"

#define DRIVER "spark.kubernetes.driver."
#define EXECUTOR "spark.kubernetes.executor."
#define STEPS "org.apache.spark.deploy.k8s.features."
#define CLAIM EXECUTOR "volumes.persistentVolumeClaim."

static json_t *parsed(const char *text)
{
    json_t *value = NULL;

    ck_assert_int_eq(json_parse(text, strlen(text), "preview", &value, NULL), 0);
    return value;
}

/* What the driver makes for an executor. */
static json_t *preview(const sparkk8s_app *app)
{
    AUTO(manifest) manifest = rendered(app, "seed", NOW);
    AUTO(error) err = NULL;
    AUTO(chars) text = NULL;

    ck_assert_msg(sparkk8s_manifest_executor_json(manifest, &text, &err) == 0, "%s", sparkk8s_error_message(err));
    return parsed(text);
}

static json_t *container_of(const json_t *pod)
{
    const json_t *all = json_at(pod, "spec", "containers", NULL);

    return json_array_get(all, json_array_size(all) - 1);
}

/* The last value of a variable, as Kubernetes takes it; NULL if there is none. */
static const char *variable(const json_t *objects, const char *name)
{
    json_t *env = json_object_get(container_of(json_array_get(objects, 0)), "env"), *one;
    const char *value = NULL;
    size_t i;

    json_array_foreach(env, i, one)
        if (!strcmp(json_text_at(one, "name", NULL), name))
            value = json_text_at(one, "value", NULL);
    return value;
}

/* How often a JVM option is there. */
static size_t option_count(const json_t *objects, const char *option)
{
    json_t *env = json_object_get(container_of(json_array_get(objects, 0)), "env"), *one;
    size_t i, count = 0;

    json_array_foreach(env, i, one)
        if (text_starts(json_text_at(one, "name", NULL), "SPARK_JAVA_OPT_"))
            count += !strcmp(json_text_at(one, "value", NULL), option);
    return count;
}

START_TEST(pod_then_claims)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(json) objects = NULL;
    AUTO(chars) first = NULL;
    AUTO(chars) again = NULL;
    AUTO(chars) yaml = NULL;
    const json_t *pod, *claim, *owner;

    app_conf(app, CLAIM "b.mount.path", "/b");
    app_conf(app, CLAIM "b.options.claimName", "x-SPARK_EXECUTOR_ID-OnDemand");
    app_conf(app, CLAIM "b.options.storageClass", "fast");
    app_conf(app, CLAIM "b.options.sizeLimit", "1Gi");
    app_conf(app, CLAIM "a.mount.path", "/a");
    app_conf(app, CLAIM "a.options.claimName", "OnDemand");
    app_conf(app, CLAIM "a.options.storageClass", "fast");
    app_conf(app, CLAIM "a.options.sizeLimit", "1Gi");
    app_conf(app, "sparkk8s.executor.id", "17");
    manifest = rendered(app, NULL, 0);
    ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &first, NULL), 0);
    ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &again, NULL), 0);
    ck_assert_str_eq(first, again);
    objects = parsed(first);
    ck_assert_uint_eq(json_array_size(objects), 3);
    pod = json_array_get(objects, 0);
    ck_assert_str_eq(json_text_at(pod, "metadata", "name", NULL), "small-app-xxxxxxxxxxxxxxxx-exec-17");
    ck_assert_str_eq(json_text_at(pod, "metadata", "labels", "spark-exec-id", NULL), "17");
    claim = json_array_get(objects, 1);
    ck_assert_str_eq(json_text_at(claim, "metadata", "name", NULL), "small-app-xxxxxxxxxxxxxxxx-exec-17-pvc-0");
    claim = json_array_get(objects, 2);
    ck_assert_str_eq(json_text_at(claim, "metadata", "name", NULL), "x-17-small-app-xxxxxxxxxxxxxxxx-exec-17-pvc-1");
    owner = json_array_get(json_at(pod, "metadata", "ownerReferences", NULL), 0);
    ck_assert(json_equal(owner, json_array_get(json_at(claim, "metadata", "ownerReferences", NULL), 0)));
    ck_assert_str_eq(json_text_at(owner, "name", NULL), sparkk8s_manifest_name(manifest, manifest->driver));
    ck_assert_str_eq(json_text_at(owner, "uid", NULL), "<driver-pod-uid>");

    ck_assert_int_eq(sparkk8s_manifest_executor_to_yaml(manifest, &yaml, NULL), 0);
    ck_assert(text_starts(yaml, "apiVersion: v1\nkind: Pod\n"));
    ck_assert_ptr_nonnull(strstr(yaml, "---\napiVersion: v1\nkind: PersistentVolumeClaim\n"));
}
END_TEST

/* A claim that the driver does not own is its pod's. */
START_TEST(claims_of_the_executor)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(json) objects = NULL;
    const json_t *owner;

    app_conf(app, CLAIM "a.mount.path", "/a");
    app_conf(app, CLAIM "a.options.claimName", "OnDemand");
    app_conf(app, CLAIM "a.options.storageClass", "fast");
    app_conf(app, CLAIM "a.options.sizeLimit", "1Gi");
    app_conf(app, DRIVER "ownPersistentVolumeClaim", "false");
    objects = preview(app);
    owner = json_array_get(json_at(json_array_get(objects, 1), "metadata", "ownerReferences", NULL), 0);
    ck_assert_str_eq(json_text_at(owner, "name", NULL),
                     json_text_at(json_array_get(objects, 0), "metadata", "name", NULL));
    ck_assert_str_eq(json_text_at(owner, "uid", NULL), "<executor-pod-uid>");
}
END_TEST

START_TEST(what_only_the_driver_knows)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(json) objects = NULL;

    app_conf(app, "spark.authenticate", "true");
    app_conf(app, "spark.authenticate.secret", "canary");
    objects = preview(app);
    ck_assert_str_eq(variable(objects, "SPARK_DRIVER_URL"), "spark://CoarseGrainedScheduler@<driver-pod-ip>:7078");
    ck_assert_str_eq(variable(objects, "SPARK_DRIVER_POD_IP"), "<driver-pod-ip>");
    ck_assert_str_eq(variable(objects, "_SPARK_AUTH_SECRET"), "<made-by-the-driver>");
    ck_assert_uint_eq(option_count(objects, "-Dspark.authenticate=true"), 1);
    ck_assert_uint_eq(option_count(objects, "-Dspark.authenticate.secret=canary"), 0);
}
END_TEST

/* What the driver reads from its environment is what its container says, not what the submitter had. */
START_TEST(environment_of_the_driver)
{
    static const char *const env[] = {"SPARK_USER=me", "TAG=submitter", "ONLY_HERE=x", "SPARK_LOCAL_DIRS=/x,/y", NULL};
    AUTO(app) app = small_app("4.3.0");
    AUTO(json) objects = NULL;

    ck_assert_int_eq(sparkk8s_app_set_env(app, env, NULL), 0);
    app_conf(app, DRIVER "container.image", "d:1");
    app_conf(app, "spark.kubernetes.container.image", "e:${env:TAG}-${env:ONLY_HERE}");
    app_conf(app, "spark.kubernetes.driverEnv.TAG", "driver");
    app_conf(app, "spark.kubernetes.driverEnv.SPARK_USER", "later");
    app_conf(app, DRIVER "volumes.emptyDir.spark-local-dir-1.mount.path", "/scratch");
    objects = preview(app);
    ck_assert_str_eq(json_text_at(container_of(json_array_get(objects, 0)), "image", NULL),
                     "e:driver-${env:ONLY_HERE}");
    ck_assert_str_eq(variable(objects, "SPARK_USER"), "later");
    ck_assert_str_eq(variable(objects, "SPARK_LOCAL_DIRS"), "/scratch");
}
END_TEST

/* The driver's spark-submit trims what it reads from spark.properties. */
START_TEST(properties_of_the_driver)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(json) objects = NULL;
    const json_t *pod;

    app_conf(app, EXECUTOR "label.team", " blue ");
    app_conf(app, EXECUTOR "annotation.of", "{{APP_ID}} {{EXECUTOR_ID}}\n");
    app_conf(app, "spark.executorEnv.SPARK_DRIVER_POD_IP", "mine");
    objects = preview(app);
    pod = json_array_get(objects, 0);
    ck_assert_str_eq(json_text_at(pod, "metadata", "labels", "team", NULL), "blue");
    ck_assert_ptr_nonnull(strstr(json_text_at(pod, "metadata", "annotations", "of", NULL), " 1\n"));
    ck_assert_str_eq(variable(objects, "SPARK_DRIVER_POD_IP"), "<driver-pod-ip>");
}
END_TEST

START_TEST(template_of_executors)
{
    static const char text[] = "spec:\n  serviceAccountName: lost\n  hostname: lost\n  containers:\n"
                               "  - {name: side}\n  - {name: mine, args: [first]}\n";
    AUTO(app) app = small_app("4.3.0");
    AUTO(json) objects = NULL;
    const json_t *pod;

    ck_assert_int_eq(sparkk8s_app_set_pod_template(app, SPARKK8S_EXECUTOR, text, strlen(text), NULL, NULL), 0);
    app_conf(app, EXECUTOR "podTemplateContainerName", "mine");
    app_conf(app, "spark.kubernetes.authenticate.driver.serviceAccountName", "account");
    objects = preview(app);
    pod = json_array_get(objects, 0);
    ck_assert_str_eq(json_text_at(container_of(pod), "name", NULL), "mine");
    ck_assert_uint_eq(json_array_size(json_object_get(container_of(pod), "args")), 2);
    ck_assert_uint_eq(json_array_size(json_at(pod, "spec", "containers", NULL)), 2);
    ck_assert_str_eq(json_text_at(pod, "spec", "serviceAccountName", NULL), "account");
    ck_assert_str_eq(json_text_at(pod, "spec", "hostname", NULL), json_text_at(pod, "metadata", "name", NULL));
}
END_TEST

/* A secret in files needs them in the driver; both roles have one, or none. */
START_TEST(secret_in_files)
{
    static const struct {
        const char *mount, *file;
        bool found;
    } cases[] = {
        {"/etc/s", "/etc/s/key", true}, {"/etc/s/", "/etc/s/key", true}, {"/etc/s/key", "/etc/s/key", true},
        {"/etc/se", "/etc/s/key", false}, {"/etc/s", "/etc/secret", false}, {"/etc/s/key/x", "/etc/s/key", false}, {NULL, "/etc/s/key", false},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        AUTO(chars) text = NULL;
        AUTO(error) err = NULL;

        app_conf(app, "spark.authenticate", "true");
        app_conf(app, "spark.authenticate.secret.file", cases[i].file);
        app_conf(app, DRIVER "secrets.my", cases[i].mount);
        manifest = rendered(app, NULL, 0);
        ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &text, &err), cases[i].found ? 0 : SPARKK8S_ECONF);
        if (cases[i].found)
            ck_assert_ptr_null(strstr(text, "_SPARK_AUTH_SECRET"));
        else
            ck_assert_str_eq(sparkk8s_error_where(err), "spark.authenticate.secret.file");
    }
}
END_TEST

/* What can be submitted, and what no driver would make executors of: where it is, what it says, what to try. */
START_TEST(refusals)
{
    static const struct {
        const char *version, *key, *value;
        const char *other, *other_value;
        const char *says, *hint;            /* NULL: fine */
    } cases[] = {
        {"4.1.4", EXECUTOR "limit.cores", "1", "spark.executor.cores", "2", "the 2 cores", "raise"},
        {"4.1.4", EXECUTOR "limit.cores", "2", "spark.executor.cores", "2", NULL, NULL},
        {"4.1.4", EXECUTOR "limit.cores", "100m", EXECUTOR "request.cores", "0.1", NULL, NULL},
        {"4.1.4", EXECUTOR "limit.cores", "abc", NULL, NULL, "not a quantity", ""},
        {"4.1.4", EXECUTOR "request.cores", "abc", EXECUTOR "limit.cores", "2", "not a quantity", ""},
        {"4.0.5", EXECUTOR "limit.cores", "1", "spark.executor.cores", "2", NULL, NULL},
        {"4.3.0", EXECUTOR "request.cores", "abc", NULL, NULL, NULL, NULL},
        {"4.3.0", EXECUTOR "request.cores", "", NULL, NULL, "not a quantity", ""},
        {"4.3.0", "spark.blockManager.port", "1023", NULL, NULL, "between 1024 and 65535", ""},
        {"4.3.0", "spark.blockManager.port", "65536", NULL, NULL, "between 1024 and 65535", ""},
        {"4.3.0", "spark.blockManager.port", "0", NULL, NULL, NULL, NULL},
        {"4.3.0", "spark.memory.offHeap.enabled", "true", NULL, NULL, "1m or more", "offHeap.size"},
        {"4.3.0", "spark.memory.offHeap.size", "1k", "spark.memory.offHeap.enabled", "true", "1m or more", "1g"},
        {"4.3.0", "spark.memory.offHeap.size", "1k", NULL, NULL, NULL, NULL},
        {"4.3.0", "spark.executor.extraJavaOptions", "-Xmx1g", NULL, NULL, "heap", "spark.executor.memory"},
        {"4.3.0", "spark.executor.defaultJavaOptions", "-Dspark.x=1", NULL, NULL, "options", "properties"},
        {"4.3.0", EXECUTOR "podNamePrefix", "_x", NULL, NULL, "cannot be called so", ""},
        {"4.3.0", EXECUTOR "podNamePrefix", "a.b-c", NULL, NULL, NULL, NULL},
        {"4.3.0", EXECUTOR "podNamePrefix", "a..b", NULL, NULL, "cannot be called so", ""},
        {"4.3.0", EXECUTOR "podNamePrefix", "a.-b", NULL, NULL, "cannot be called so", ""},
        {"4.3.0", EXECUTOR "terminationGracePeriodSeconds", "-1", NULL, NULL, "not be negative", ""},
        {"4.0.5", EXECUTOR "terminationGracePeriodSeconds", "-1", NULL, NULL, NULL, NULL},
        {"4.3.0", "spark.executor.memoryOverheadFactor", "0", NULL, NULL, "greater than 0", ""},
        {"4.3.0", EXECUTOR "disableConfigMap", "maybe", NULL, NULL, "should be", "true"},
        {"4.3.0", EXECUTOR "pod.featureSteps", "com.example.Step", NULL, NULL, "class of the JVM", "template"},
        {"4.1.4", EXECUTOR "pod.featureSteps", STEPS "VolcanoFeatureStep", NULL, NULL, "4.2 and later", ""},
        {"4.3.0", "spark.authenticate.secret.driver.file", "/x", "spark.authenticate", "true", "one of", "both"},
        {"4.3.0", "sparkk8s.executor.id", "0", NULL, NULL, "from 1", ""},
        {"4.3.0", "sparkk8s.executor.id", "x", NULL, NULL, "", ""},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        AUTO(chars) text = NULL;
        AUTO(error) err = NULL;
        int rc;

        app_conf(app, cases[i].key, cases[i].value);
        if (cases[i].other)
            app_conf(app, cases[i].other, cases[i].other_value);
        manifest = rendered(app, NULL, 0);
        rc = sparkk8s_manifest_executor_json(manifest, &text, &err);
        ck_assert_msg(rc == (cases[i].says ? SPARKK8S_ECONF : 0), "%s=%s (case %zu): %d %s", cases[i].key,
                      cases[i].value, i, rc, sparkk8s_error_message(err));
        if (rc == 0)
            continue;
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].key);
        ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), cases[i].says));
        ck_assert_msg(strstr(sparkk8s_error_message(err), "(from the program)"), "%s", sparkk8s_error_message(err));
        ck_assert_msg(*sparkk8s_error_hint(err), "%s", sparkk8s_error_message(err));
        ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(err), cases[i].hint));
        ck_assert_ptr_null(text);
    }
}
END_TEST

/* Where what is missing has no key of its own. */
START_TEST(more_refusals)
{
    static const struct {
        const char *unset, *key, *value, *where;
    } cases[] = {
        {"spark.kubernetes.container.image", DRIVER "container.image", "d:1", "spark.kubernetes.container.image"},
        {NULL, "spark.executor.resource.gpu.amount", "1", "spark.executor.resource.gpu.vendor"},
        {NULL, DRIVER "pod.excludedFeatureSteps", STEPS "BasicDriverFeatureStep", DRIVER "pod.name"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        AUTO(chars) text = NULL;
        AUTO(error) err = NULL;

        if (cases[i].unset)
            app_conf(app, cases[i].unset, NULL);
        app_conf(app, cases[i].key, cases[i].value);
        manifest = rendered(app, NULL, 0);
        ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &text, &err), SPARKK8S_ECONF);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where);
    }
}
END_TEST

/* Its step carries the template; without it the text is wherever the driver finds the path. */
START_TEST(template_that_is_not_carried)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(chars) text = NULL;
    AUTO(error) err = NULL;

    scratch_begin(&scratch);
    app_conf(app, EXECUTOR "podTemplateFile", scratch_file(&scratch, "t", "spec: {}\n"));
    app_conf(app, DRIVER "pod.excludedFeatureSteps", STEPS "PodTemplateConfigMapStep");
    manifest = rendered(app, NULL, 0);
    ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &text, &err), SPARKK8S_ECONF);
    ck_assert_str_eq(sparkk8s_error_where(err), EXECUTOR "podTemplateFile");
}
END_TEST

START_TEST(excluded_steps)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(json) objects = NULL;

    app_conf(app, EXECUTOR "pod.excludedFeatureSteps", STEPS "LocalDirsFeatureStep," STEPS "MountSecretsFeatureStep");
    app_conf(app, EXECUTOR "secrets.s", "/s");
    objects = preview(app);
    ck_assert_ptr_null(variable(objects, "SPARK_LOCAL_DIRS"));
    ck_assert_uint_eq(json_array_size(json_at(json_array_get(objects, 0), "spec", "volumes", NULL)), 1);
}
END_TEST

START_TEST(no_executors)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(chars) json = NULL;
    AUTO(chars) yaml = NULL;

    app_conf(app, DRIVER "master", "local[*]");
    manifest = rendered(app, NULL, 0);
    ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, &json, NULL), 0);
    ck_assert_str_eq(json, "[]");
    ck_assert_int_eq(sparkk8s_manifest_executor_to_yaml(manifest, &yaml, NULL), 0);
    ck_assert_str_eq(yaml, "");
}
END_TEST

START_TEST(wrong_calls)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = rendered(app, NULL, 0);
    char *out = NULL;

    ck_assert_int_eq(sparkk8s_manifest_executor_json(NULL, &out, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_manifest_executor_json(manifest, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_manifest_executor_to_yaml(NULL, &out, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_manifest_executor_to_yaml(manifest, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_ptr_null(out);
}
END_TEST

/* Spark's defaults come as often as it reads them; the driver's choice of IPv6 is its executors'. */
START_TEST(options_of_the_jvm)
{
    static const struct {
        const char *version;
        size_t defaults;
    } cases[] = {{"3.5.8", 3}, {"4.0.5", 3}, {"4.1.4", 1}, {"4.3.0", 1}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(json) objects = NULL;

        app_conf(app, "spark.executor.defaultJavaOptions", "-Da=b");
        app_conf(app, "spark.driver.extraJavaOptions", "-Dx='y -Djava.net.preferIPv6Addresses=false' "
                                                       "-Djava.net.preferIPv6Addresses=true");
        objects = preview(app);
        ck_assert_uint_eq(option_count(objects, "-Da=b"), cases[i].defaults);
        ck_assert_uint_eq(option_count(objects, "-Djava.net.preferIPv6Addresses=true"), 1);
        ck_assert_uint_eq(option_count(objects, "-Djava.net.preferIPv6Addresses=false"), 0);
    }
}
END_TEST

START_TEST(words_of_a_command_line)
{
    static const struct {
        const char *text, *words;           /* with '|' behind each */
    } cases[] = {
        {"", ""}, {" \t\r\n ", ""}, {"a", "a|"}, {" a  b\tc ", "a|b|c|"}, {"'a b' c", "a b|c|"}, {"a'b c'd", "ab cd|"},
        {"\"a \\\"b\\\\\"", "a \"b\\|"}, {"'a\\'b", "a\\b|"}, {"a\\ b", "a\\|b|"}, {"''", "|"}, {"a \"\"", "a||"},
        {"'open", "open|"}, {"\"open\\", "open|"}, {"\"it's\"", "it's|"}, {"-Dx=\"a b\" '-Dy=\"c\"'", "-Dx=a b|-Dy=\"c\"|"},
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STRV words = {0};
        AUTO_STR joined = STR_INIT(100);

        java_options_split(cases[i].text, &words);
        for (k = 0; k < words.count; k++)
            str_addf(&joined, "%s|", words.v[k]);
        ck_assert_str_eq(joined.s, cases[i].words);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("executor");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, pod_then_claims);
    tcase_add_test(tcase, claims_of_the_executor);
    tcase_add_test(tcase, what_only_the_driver_knows);
    tcase_add_test(tcase, environment_of_the_driver);
    tcase_add_test(tcase, properties_of_the_driver);
    tcase_add_test(tcase, template_of_executors);
    tcase_add_test(tcase, secret_in_files);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, more_refusals);
    tcase_add_test(tcase, template_that_is_not_carried);
    tcase_add_test(tcase, excluded_steps);
    tcase_add_test(tcase, no_executors);
    tcase_add_test(tcase, wrong_calls);
    tcase_add_test(tcase, options_of_the_jvm);
    tcase_add_test(tcase, words_of_a_command_line);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
