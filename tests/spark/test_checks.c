/* SPDX-License-Identifier: Apache-2.0 */
/* What is warned of, or refused, after Spark would have accepted it: each rule, and each place it is looked at. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "check_rules.h"
#include "error.h"
#include "scratch.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

#define DRIVER_VOLUME "spark.kubernetes.driver.volumes."
#define EXECUTOR_VOLUME "spark.kubernetes.executor.volumes."
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64

/* ---- rules --------------------------------------------------------------------------------------------- */

START_TEST(every_rule)
{
    static const struct {
        enum rule_id rule;
        const char *good[8], *bad[12];
    } cases[] = {
        {RULE_LABEL_KEY, {"a", "A.b_c-d", "example.com/a", "a.b/C"},
         {"", "-a", "a-", "a b", "/a", "a/", "A.b/c", "a/b/c", X64, X64 X64 X64 X64 "/a", "a..b/c"}},
        {RULE_LABEL_VALUE, {"", "a", "A_b.c-d", "1"}, {" ", "-a", "a.", "a/b", "${x}", X64, "\xC3\xA4"}},
        {RULE_ANNOTATION_KEY, {"a", "Example.COM/a"}, {"", "a b", "a/b/c", "-x/a"}},
        {RULE_NAME, {"a", "a.b-c", "1", "a--b"}, {"", "A", "a_b", "a.", ".a", "a..b", "a-.b", "a.-b", "-a", X256}},
        {RULE_NAME_IF_ANY, {"", "a"}, {"A"}},
        {RULE_NAMES, {"", "a", " a , b.c,,", ","}, {"a,B", "a b", "a,-"}},
        {RULE_DNS_LABEL, {"a", "1-a"}, {"", "a.b", "A", "-a", "a-", X64}},
        {RULE_SECRET_VOLUME, {"a"}, {"a.b", "", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}},
        {RULE_ENV_NAME, {"A", "_a", "a.b-c", "A1"}, {"", "1A", "A B", ".", "..a", "A=B", "\xC3\xA4"}},
        {RULE_ENV_NAME_AT_ALL, {"1A", "A B", "..", "a/b"}, {"", "A=B", "A\tB", "\xC3\xA4"}},
        {RULE_DATA_KEY, {"a.b_c-D", ".a"}, {"", ".", "..", "..a", "a b", "a/b", X256}},
        {RULE_SECRET_REF, {"a:b", "a:b:", "a:b::"}, {"", "a", "a:", ":", "a:b:c", "a::b"}},
        {RULE_SECRET_REF_NAMES, {"a.b:C_d", "a", "a:b:c"}, {"A:b", "a_b:c", "a:b c", ":b"}},
        {RULE_QUANTITY, {"1", "500m", "1.5Gi", "1e3", "0", ".5", "5."},
         {"", "abc", "1 core", "1g", "-1", "1Mi ", "1KiB"}},
        {RULE_IMAGE, {"a", "a/b:C", "h.x:5000/a/b@sha256:0f", "spark:4.1.4-java17"},
         {"", "a b", "Spark", "a/Spark:x", "a:${tag}", "a/", "\"a\"", "{{x}}"}},
        {RULE_MOUNT_PATH, {"/", "/a/b c"}, {"", "a", "/a:b", " /a"}},
        {RULE_SUB_PATH, {"", "a/b", "..a", "a..b/c"}, {"/a", "..", "a/../b", "a/.."}},
        {RULE_HOST_PATH, {"/", "/a"}, {"", "a", "/a/../b"}},
        {RULE_HOST_PATH_TYPE, {"", "Directory"}, {"directory", "Folder"}},
        {RULE_ABSOLUTE_PATH, {"/a"}, {"", "a"}},
        {RULE_MEDIUM, {"", "Memory", "HugePages-2Mi"}, {"memory", "SSD"}},
        {RULE_VENDOR, {"nvidia.com"}, {"", "NVIDIA", "a/b", "kubernetes.io", "x.kubernetes.io"}},
        {RULE_POD_PREFIX, {"a", "a.b"}, {"", "A", "a_b", X64 X64 X64 "-" X64}},
        {RULE_PORT, {"1024", "65535"}, {"0", "-1", "80", "65536"}},
        {RULE_PORT_IF_ANY, {"0", "7079"}, {"1", "1023"}},
        {RULE_HEAP, {"1g", "450m", "471859200", "460800K", " 1g "},
         {"449m", "2048", "1gb", "1gib", "1p", "512", "1 g"}},
        {RULE_EXECUTOR_HEAP, {"1g", "450m", "1gb", "471859200"}, {"449m", "2048", "471859199"}},
        {RULE_FRACTION, {"0", "1", "0.6"}, {"-0.1", "1.1", "x", ""}},
        {RULE_EXECUTOR_OPTIONS, {"", "-XX:+UseG1GC"}, {"-Xmx4g", "-a -Dspark.x=1"}},
        {RULE_EXECUTOR_LABEL, {"a", "spark"}, {"spark-role", "spark-exec-id"}},
        {RULE_POSITIVE, {"1", "1s", "10m", "0.1", "100ms", "ten"}, {"0", "-1", "0s", "-10m"}},
    };
    size_t i, k;

    ck_assert_uint_eq(COUNT(cases) + 1, RULES);
    for (i = 0; i < COUNT(cases); i++) {
        const struct rule *rule = &rules[cases[i].rule];

        for (k = 0; k < COUNT(cases->good) && cases[i].good[k]; k++)
            ck_assert_msg(rule->holds(cases[i].good[k]), "rule %d refuses '%s'", (int)cases[i].rule, cases[i].good[k]);
        for (k = 0; k < COUNT(cases->bad) && cases[i].bad[k]; k++)
            ck_assert_msg(!rule->holds(cases[i].bad[k]), "rule %d accepts '%s'", (int)cases[i].rule, cases[i].bad[k]);
        ck_assert(*rule->wrong && *rule->hint);
    }
}
END_TEST

/* ---- warnings ------------------------------------------------------------------------------------------ */

/* The only warning, "" if there is none. */
static const char *only_warning(const sparkk8s_manifest *manifest)
{
    const char *first = sparkk8s_manifest_warning(manifest, 0), *second = sparkk8s_manifest_warning(manifest, 1);

    ck_assert_msg(!second, "'%s' and '%s'", first, second);
    return first ? first : "";
}

START_TEST(keys)
{
    static const struct {
        const char *version, *key, *value, *part;       /* "": no warning */
    } cases[] = {
        {"4.3.0", "spark.kubernetes.driver.label.a", "x y", "spark.kubernetes.driver.label.a=x y (from the program): "
         "not the value of a label: Kubernetes will refuse it; use at most 63"},
        {"4.3.0", "spark.kubernetes.driver.label.a b", "x", "not the name of a label"},
        {"4.3.0", "spark.kubernetes.driver.label.example.com/a.b", "x", ""},
        {"4.3.0", "spark.kubernetes.driver.label.a", "{{APP_ID}}-{{EXECUTOR_ID}}", "not the value of a label"},
        {"4.3.0", "spark.kubernetes.driver.label.a", "{{APP_ID}}", ""},
        {"3.5.8", "spark.kubernetes.driver.label.a", "{{APP_ID}}", "not the value of a label"},
        {"4.3.0", "spark.kubernetes.executor.label.a", "x-{{EXECUTOR_ID}}", ""},
        {"4.3.0", "spark.kubernetes.executor.label.a", "x y", "not the value of a label"},
        {"4.3.0", "spark.kubernetes.executor.label.spark-role", "x",
         "reserved for Spark: the driver will not be able"},
        {"4.3.0", "spark.kubernetes.driver.service.label.a", "{{APP_ID}}", "not the value of a label"},
        {"4.3.0", "spark.kubernetes.driver.annotation.a b", "x", "not the name of an annotation"},
        {"4.3.0", "spark.kubernetes.driver.annotation.a", "any {text}", ""},
        {"4.3.0", "spark.kubernetes.node.selector.a", "x/y", "not the value of a label"},
        {"4.3.0", "spark.kubernetes.executor.node.selector.-", "x", "not the name of a label"},
        {"4.3.0", "spark.kubernetes.driver.secrets.a.b", "/s", "Spark makes of it the name of a volume"},
        {"4.3.0", "spark.kubernetes.driver.secrets.a", "s", "not a path to mount at: it would be mounted elsewhere"},
        {"4.3.0", "spark.kubernetes.executor.secretKeyRef.A", "sec",
         "not <secret>:<key>: the driver will not be able"},
        {"4.3.0", "spark.kubernetes.driver.secretKeyRef.A", "SEC:key", "not the names of a Secret and of a key"},
        {"4.3.0", "spark.kubernetes.driver.secretKeyRef.A", "sec:key", ""},
        {"4.3.0", "spark.kubernetes.driverEnv.1A", "x", "Kubernetes before 1.32 will refuse it"},
        {"4.3.0", "spark.executorEnv.1A", "x", "Spark leaves it out"},
        {"4.3.0", "spark.kubernetes.container.image", "a b", "not the name of an image: the pod cannot start"},
        {"4.3.0", "spark.kubernetes.container.image", "a:{{SPARK_VERSION}}", ""},
        {"4.0.5", "spark.kubernetes.container.image", "a:{{SPARK_VERSION}}", "not the name of an image"},
        {"4.3.0", "spark.kubernetes.container.image", "a:${env:NO_SUCH}", "a reference stays as it is"},
        {"4.3.0", "spark.kubernetes.container.image", "a:${env:SPARK_USER}", ""},
        {"4.3.0", "spark.kubernetes.container.image.pullSecrets", "a,B", "not names of Kubernetes objects"},
        {"4.3.0", "spark.kubernetes.driver.limit.cores", "1 core",
         "not a quantity: Kubernetes will refuse it; use e.g. 2"},
        {"4.3.0", "spark.kubernetes.executor.request.cores", "abc", "not a quantity"},
        {"4.3.0", "spark.kubernetes.namespace", "Team_A", "there can be no such namespace"},
        {"4.3.0", "spark.kubernetes.driver.pod.name", "My_Driver", "not the name of a Kubernetes object"},
        {"4.3.0", "spark.kubernetes.authenticate.driver.serviceAccountName", "a b",
         "not the name of a Kubernetes object"},
        {"4.3.0", "spark.kubernetes.authenticate.driver.serviceAccountName", "", ""},
        {"4.3.0", "spark.kubernetes.hadoop.configMapName", "A",
         "the pod cannot start, as there can be none of that name"},
        {"4.3.0", "spark.kubernetes.executor.podNamePrefix", "_bad", "the driver will fail with it"},
        {"4.3.0", "spark.kubernetes.allocation.batch.size", "0", "must be more than 0: the driver will fail with it"},
        {"4.3.0", "spark.kubernetes.allocation.batch.size", "ten",
         "should be int: the driver will fail with it; use a whole"},
        {"4.3.0", "spark.kubernetes.allocation.batch.delay", "0s", "must be more than 0"},
        {"4.3.0", "spark.kubernetes.allocation.batch.delay", "soon", "not a time: the driver will fail with it"},
        {"4.3.0", "spark.executor.memoryOverhead", "much", "not a size: the driver will fail with it"},
        {"4.3.0", "spark.executor.memoryOverhead", "${spark.my}", ""},
        {"4.3.0", "spark.kubernetes.executor.enableApiPolling", "maybe",
         "should be boolean: the driver will fail with it"},
        {"4.3.0", "spark.driver.memory", "256m", "not a heap that Spark starts with"},
        {"4.3.0", "spark.driver.memory", "2048", "a bare number is bytes to the JVM"},
        {"4.3.0", "spark.driver.memory", "1gb", "not a heap that Spark starts with"},
        {"4.3.0", "spark.executor.memory", "2048", "a bare number is bytes where Spark checks it"},
        {"4.3.0", "spark.executor.memory", "1gb", ""},
        {"4.3.0", "spark.memory.fraction", "2", "not between 0 and 1"},
        {"4.3.0", "spark.executor.extraJavaOptions", "-Xmx4g", "the heap are not set here"},
        {"4.3.0", "spark.driver.port", "80", "not a port that Spark can listen at: the driver will fail with it"},
        {"4.3.0", "spark.driver.port", "70000", "not a port that Spark can listen at: Kubernetes will refuse it"},
        {"4.3.0", "spark.ui.port", "0", "spark.ui.port=0 (from the program): not a port"},
        {"4.3.0", "spark.ui.port", "7078",
         "driver-rpc-port and spark-ui have the same port, 7078: Kubernetes will refuse it"},
        {"4.3.0", "spark.kubernetes.driver.limit.cores", "500m", "less than is asked for, spark.driver.cores=1"},
        {"4.3.0", "spark.kubernetes.executor.limit.cores", "500m", "the driver will not be able to make executors"},
        {"4.3.0", "spark.kubernetes.executor.limit.cores", "1000m", ""},
        {"4.3.0", "spark.kubernetes.driverEnv.SPARK_USER", "x",
         "another value for SPARK_USER, and only the last one counts"},
        {"4.3.0", "spark.kubernetes.driverEnv.OTHER", "x", ""},
        {"4.3.0", "spark.shuffle.service.enabled", "true", "Kubernetes has no external shuffle service"},
        {"4.3.0", "spark.kubernetes.memoryOverheadFactory", "1",
         "did you mean spark.kubernetes.memoryOverheadFactor?"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        const char *warning;

        app_conf(app, cases[i].key, cases[i].value);
        manifest = rendered(app, NULL, NOW);
        warning = only_warning(manifest);
        ck_assert_msg(*cases[i].part ? strstr(warning, cases[i].part) != NULL : !*warning, "%s=%s: '%s'", cases[i].key,
                      cases[i].value, warning);
    }
}
END_TEST

START_TEST(volumes)
{
    static const struct {
        const char *volume, *property, *value, *part;
    } cases[] = {
        {"emptyDir.v", "mount.path", "v", "not a path to mount at"},
        {"emptyDir.v", "mount.path", "/v:w", "not a path to mount at"},
        {"emptyDir.v", "mount.path", "/v", ""},
        {"emptyDir.V_1", "mount.path", "/v", "not a DNS label"},
        {"emptyDir.v", "mount.subPath", "../w", "not a path inside the volume"},
        {"emptyDir.v", "options.sizeLimit", "big", "not a quantity"},
        {"emptyDir.v", "options.medium", "memory", "not a medium of emptyDir"},
        {"emptyDir.v", "label.a", "x y", "not the value of a label"},
        {"emptyDir.v", "annotation.a b", "x", "not the name of an annotation"},
        {"hostPath.v", "options.path", "a/../b", "not a path of a node"},
        {"hostPath.v", "options.type", "Folder", "not a type of hostPath"},
        {"nfs.v", "options.path", "a", "not an absolute path"},
        {"persistentVolumeClaim.v", "options.claimName", "A", "there can be none of that name"},
        {"persistentVolumeClaim.v", "options.claimName", "a-OnDemand", ""},
        {"persistentVolumeClaim.v", "options.storageClass", "", ""},
        {"persistentVolumeClaim.v", "options.storageClass", "A b", "not the name of a Kubernetes object"},
    };
    static const char *const prefixes[] = {DRIVER_VOLUME, EXECUTOR_VOLUME};
    static const struct {
        const char *type, *property, *value;
    } needed[] = {
        {"", "mount.path", "/w"}, {"hostPath", "options.path", "/h"}, {"nfs", "options.path", "/n"},
        {"nfs", "options.server", "s"}, {"persistentVolumeClaim", "options.claimName", "c"},
    };
    char key[200];
    size_t i, k;

    for (i = 0; i < COUNT(cases) * 2; i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        const char *prefix = prefixes[i % 2], *part = cases[i / 2].part, *warning;

        for (k = 0; k < COUNT(needed); k++) {
            snprintf(key, sizeof(key), "%s%s.%s", prefix, cases[i / 2].volume, needed[k].property);
            if (text_starts(cases[i / 2].volume, needed[k].type))
                app_conf(app, key, needed[k].value);
        }
        snprintf(key, sizeof(key), "%s%s.%s", prefix, cases[i / 2].volume, cases[i / 2].property);
        app_conf(app, key, cases[i / 2].value);
        manifest = rendered(app, NULL, NOW);
        warning = only_warning(manifest);
        ck_assert_msg(*part ? strstr(warning, part) && strstr(warning, key) : !*warning, "%s: '%s'", key, warning);
    }
}
END_TEST

/* The claim of an executor has its number in its name; that of the driver has not. */
START_TEST(executor_id_in_a_claim)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;

    app_conf(app, EXECUTOR_VOLUME "persistentVolumeClaim.v.mount.path", "/v");
    app_conf(app, EXECUTOR_VOLUME "persistentVolumeClaim.v.options.claimName", "c-SPARK_EXECUTOR_ID");
    app_conf(app, DRIVER_VOLUME "persistentVolumeClaim.v.mount.path", "/v");
    app_conf(app, DRIVER_VOLUME "persistentVolumeClaim.v.options.claimName", "c-SPARK_EXECUTOR_ID");
    manifest = rendered(app, NULL, NOW);
    ck_assert_ptr_nonnull(strstr(only_warning(manifest), DRIVER_VOLUME "persistentVolumeClaim.v.options.claimName"));
}
END_TEST

START_TEST(long_names)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;

    ck_assert_int_eq(sparkk8s_app_set(app, "name", X256, NULL), 0);
    manifest = rendered(app, NULL, NOW);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), 2);        /* the service's, and the pod's name */
    ck_assert_ptr_nonnull(strstr(sparkk8s_manifest_warning(manifest, 1), "spark.app.name=xxxx"));
    ck_assert_ptr_nonnull(strstr(sparkk8s_manifest_warning(manifest, 1), "use a shorter name"));
}
END_TEST

START_TEST(sizes)
{
    AUTO(chars) text = malloc(1100001);
    AUTO(app) annotated = small_app("4.1.4");
    AUTO(app) large = small_app("4.1.4");
    AUTO(manifest) one = NULL;
    AUTO(manifest) two = NULL;

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', 1100000);
    text[1100000] = 0;
    app_conf(large, "spark.my.text", text);
    text[262144 - 1] = 0;
    app_conf(annotated, "spark.kubernetes.driver.annotation.a", text);
    one = rendered(annotated, NULL, NOW);
    ck_assert_str_eq(only_warning(one), "");
    text[262144 - 1] = 'a';
    text[262144] = 0;
    app_conf(annotated, "spark.kubernetes.driver.annotation.a", text);
    two = rendered(annotated, NULL, NOW);
    ck_assert_ptr_nonnull(strstr(only_warning(two),
     "the annotations of the Pod have 262145 bytes, and may have 262144"));
    sparkk8s_manifest_free(TAKE(two));
    two = rendered(large, NULL, NOW);
    ck_assert_ptr_nonnull(strstr(only_warning(two), "and may have 1048576: Kubernetes will refuse it"));
}
END_TEST

/* What a template brings, and what is there twice. */
START_TEST(templates)
{
    static const char driver[] =
        "spec:\n"
        "  volumes: [{name: v, emptyDir: {}}]\n"
        "  containers:\n"
        "  - name: c\n"
        "    resources: {limits: {cpu: abc}}\n"
        "    volumeMounts: [{name: w, mountPath: /w}]\n";
    static const char *const parts[] = {
        "spec.volumes[0] has the same name", "spec.containers[0].volumeMounts[0] has the same",
        "the driver's pod has two volumes u: ", "the driver's pod has two volumes at /w: ",
        "resources.limits.cpu of the driver's container, abc, is not a quantity: ",
        "mounts a volume w, and the pod has none: ",
        "t.yaml:2:1: not YAML",
    };
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;
    size_t i, k;

    ck_assert_int_eq(sparkk8s_app_set_pod_template(app, SPARKK8S_DRIVER, driver, strlen(driver), "d.yaml", NULL), 0);
    app_conf(app, DRIVER_VOLUME "emptyDir.v.mount.path", "/w");
    app_conf(app, DRIVER_VOLUME "emptyDir.u.mount.path", "/u");
    app_conf(app, DRIVER_VOLUME "hostPath.u.mount.path", "/v");
    app_conf(app, DRIVER_VOLUME "hostPath.u.options.path", "/v");
    app_conf(app, "spark.kubernetes.driver.secrets.s", "/w");
    {
        AUTO_SCRATCH scratch;
        AUTO_STR path = STR_INIT(1000);

        scratch_begin(&scratch);
        scratch_bytes(&scratch, "t.yaml", "spec: [\n", 8);
        str_addf(&path, "%s/t.yaml", scratch.folder);
        app_conf(app, "spark.kubernetes.executor.podTemplateFile", path.s);
        manifest = rendered(app, NULL, NOW);
    }
    for (i = 0; i < COUNT(parts); i++) {
        const char *warning = NULL;

        for (k = 0; k < sparkk8s_manifest_warning_count(manifest) && !warning; k++)
            warning = strstr(sparkk8s_manifest_warning(manifest, k), parts[i]);
        ck_assert_msg(warning != NULL, "%s", parts[i]);
    }
}
END_TEST

START_TEST(the_application)
{
    static const struct {
        const char *field, *value, *language, *part;
    } cases[] = {
        {"main-class", "org.example.Main Class", NULL,
         "main class 'org.example.Main Class': the JVM will find no class"},
        {"main-class", "org/example/Main", NULL, "the JVM will find no class"},
        {"main-class", "org.example.Main$Inner", NULL, ""},
        {"resource", "local:///main.jar", "python", "a Python application that does not end in .py"},
        {"resource", "local:///main.py", "python", ""},
        {"resource", "local:///main.py", "r", "a R application that does not end in .R"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) manifest = NULL;
        const char *warning;

        ck_assert_int_eq(sparkk8s_app_set(app, cases[i].field, cases[i].value, NULL), 0);
        ck_assert_int_eq(sparkk8s_app_set(app, "language", cases[i].language, NULL), 0);
        manifest = rendered(app, NULL, NOW);
        warning = only_warning(manifest);
        ck_assert_msg(*cases[i].part ? strstr(warning, cases[i].part) != NULL : !*warning, "'%s'", warning);
    }
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------------------ */

START_TEST(refused)
{
    static const struct {
        const char *keys[3], *values[3];
        const char *part;                   /* NULL: accepted */
    } cases[] = {
        {{"spark.dynamicAllocation.enabled", "spark.dynamicAllocation.minExecutors",
         "spark.dynamicAllocation.maxExecutors"},
         {"true", "5", "4"}, "minExecutors=5 (from the program): more than the most executors, "
         "spark.dynamicAllocation.maxExecutors=4 (from the program): the driver would fail"},
        {{"spark.dynamicAllocation.enabled", "spark.dynamicAllocation.minExecutors",
         "spark.dynamicAllocation.maxExecutors"},
         {"true", "4", "4"}, NULL},
        {{"spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.maxExecutors"}, {"5", "4"}, NULL},
        {{"spark.task.cpus"}, {"2"}, "more than an executor has cores, spark.executor.cores: the driver would fail"},
        {{"spark.task.cpus", "spark.executor.cores"}, {"2", "2"}, NULL},
        {{"spark.dynamicAllocation.enabled", "spark.dynamicAllocation.shuffleTracking.enabled"}, {"true", "false"},
         "dynamic allocation needs it"},
        {{"spark.dynamicAllocation.enabled", "spark.dynamicAllocation.shuffleTracking.enabled",
          "spark.shuffle.sort.io.plugin.class"}, {"true", "false", "x.Y"}, NULL},
        {{"spark.dynamicAllocation.shuffleTracking.enabled"}, {"false"}, NULL},
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;

        for (k = 0; k < 3 && cases[i].keys[k]; k++)
            app_conf(app, cases[i].keys[k], cases[i].values[k]);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].part ? SPARKK8S_ECONF : 0);
        if (!cases[i].part)
            continue;
        ck_assert_msg(strstr(sparkk8s_error_message(err), cases[i].part) != NULL, "%s", sparkk8s_error_message(err));
        ck_assert_str_ne(sparkk8s_error_hint(err), "");
        ck_assert(text_starts(sparkk8s_error_where(err), "spark."));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checks");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_rule);
    tcase_add_test(tcase, keys);
    tcase_add_test(tcase, volumes);
    tcase_add_test(tcase, executor_id_in_a_claim);
    tcase_add_test(tcase, long_names);
    tcase_add_test(tcase, sizes);
    tcase_add_test(tcase, templates);
    tcase_add_test(tcase, the_application);
    tcase_add_test(tcase, refused);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
