/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a template that does not come through: each field once, with its place; nothing else. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "small_app.h"
#include "str.h"
#include "strv.h"

#define IMAGE "example.com/spark:x"         /* of the small application */

/* The warnings of an application with this template, a line each; `conf` is "key=value" up to NULL. */
static char *warnings_of(int role, const char *version, const char *text, const char *const *conf)
{
    AUTO(app) app = small_app(version);
    AUTO(manifest) manifest = NULL;
    AUTO_STR lines = STR_INIT(10000);
    size_t i;

    ck_assert_int_eq(sparkk8s_app_set_pod_template(app, role, text, strlen(text), "t", NULL), 0);
    for (; *conf; conf++) {
        AUTO_STRV parts = {0};

        strv_split(&parts, *conf, '=');
        app_conf(app, parts.v[0], parts.v[1]);
    }
    manifest = rendered(app, "seed", NOW);
    for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++)
        str_addf(&lines, "%s\n", sparkk8s_manifest_warning(manifest, i));
    return str_take(&lines);
}

static char *warnings(const char *version, const char *text, const char *const *conf)
{
    return warnings_of(SPARKK8S_DRIVER, version, text, conf);
}

#define CONTAINER(fields) "spec: {containers: [{name: c, " fields "}]}"

START_TEST(fields)
{
    static const struct {
        const char *text, *conf[4], *wanted;
    } cases[] = {
        /* Equal, added to, or left alone. */
        {"kind: Pod\napiVersion: v1\nmetadata: {labels: {spark-role: driver, a: b}, annotations: {c: d}}\n"
         "spec: {restartPolicy: Never, volumes: [{name: v}], tolerations: [{key: k}], imagePullSecrets: [{name: s}]}",
         {"spark.kubernetes.container.image.pullSecrets=t", "spark.kubernetes.driver.annotation.c=d"}, ""},
        {CONTAINER("image: " IMAGE ", args: [a], command: [b], imagePullPolicy: IfNotPresent, env: [{name: A, value: b}, "
                   "{name: SPARK_APPLICATION_ID}, {name: SPARK_USER, value: me}], ports: [{name: p, containerPort: 7078}]"),
         {NULL}, "t:1:142: spec.containers[0].env[1] (SPARK_APPLICATION_ID) is replaced: Spark sets it itself\n"},
        {CONTAINER("resources: {requests: {cpu: 1, memory: 1.375Gi}, limits: {memory: 1408Mi, cpu: 3, a/b: 1}}"), {NULL}, ""},
        {"spec: {initContainers: [{image: x}], unknown: {image: x}, containers: []}", {NULL}, ""},
        /* Replaced, by a key, its default, or by Spark. */
        {"metadata:\n  name: x\n  labels:\n    spark-role: x\n    a: b\nspec: {}\n",
         {"spark.kubernetes.driver.label.a=c", "spark.kubernetes.driver.pod.name=n"},
         "t:2:3: metadata.name 'x' is replaced by 'n': spark.kubernetes.driver.pod.name (from the program)\n"
         "t:4:5: metadata.labels[spark-role] 'x' is replaced by 'driver': Spark sets it itself\n"
         "t:5:5: metadata.labels.a 'b' is replaced by 'c': spark.kubernetes.driver.label.a (from the program)\n"},
        {CONTAINER("image: x"), {NULL}, "t:1:31: spec.containers[0].image 'x' is replaced by '" IMAGE
         "': spark.kubernetes.container.image (from the program)\n"},
        {CONTAINER("image: x"), {"spark.kubernetes.driver.container.image=y"}, "t:1:31: spec.containers[0].image 'x' is replaced "
         "by 'y': spark.kubernetes.driver.container.image (from the program)\n"},
        {CONTAINER("resources: {requests: {memory: 1Gi, cpu: 2}}"), {NULL},
         "t:1:54: spec.containers[0].resources.requests.memory '1Gi' is replaced by '1408Mi': the default of spark.driver.memory\n"
         "t:1:67: spec.containers[0].resources.requests.cpu '2' is replaced by '1': the default of spark.driver.cores\n"},
        {"spec: {nodeSelector: {a: b, c: d}}", {"spark.kubernetes.node.selector.a=x"},
         "t:1:23: spec.nodeSelector.a 'b' is replaced by 'x': spark.kubernetes.node.selector.a (from the program)\n"},
        {"apiVersion: v2\nspec: {}", {NULL}, "t:1:1: apiVersion 'v2' is replaced by 'v1': Spark sets it itself\n"},
        {"metadata: {labels: {spark-version: 1.10}}\nspec: {}", {NULL},       /* no quantity */
         "t:1:21: metadata.labels[spark-version] '1.1' is replaced by '4.2.1': Spark sets it itself\n"},
        /* The value of a variable is not shown. */
        {CONTAINER("env: [{name: A, value: secret}]"), {"spark.kubernetes.driverEnv.A=b"},
         "t:1:37: spec.containers[0].env[0] (A) is replaced: spark.kubernetes.driverEnv.A (from the program)\n"},
        /* Twice. */
        {"spec: {volumes: [{name: a}, {name: v}]}",
         {"spark.kubernetes.driver.volumes.emptyDir.v.mount.path=/v"},
         "t:1:29: spec.volumes[1] has the same name as one that Spark adds, 'v': Kubernetes refuses such a pod\n"},
        {"spec: {volumes: [{name: a}], containers: [{name: c, volumeMounts: [{name: a, mountPath: /opt/spark/conf}]}]}", {NULL},
         "t:1:68: spec.containers[0].volumeMounts[0] has the same mountPath as one that Spark adds, '/opt/spark/conf': "
         "Kubernetes refuses such a pod\n"},
        /* Spark's container is the named one; it is moved, and the others are left alone. */
        {"spec:\n  containers:\n  - {name: a, image: a}\n  - {name: b, image: b}\n  - {name: c, image: c}\n",
         {"spark.kubernetes.driver.podTemplateContainerName=b"}, "t:4:15: spec.containers[1].image 'b' is replaced by '" IMAGE
         "': spark.kubernetes.container.image (from the program)\n"},
        {"{\n\"spec\": {\"schedulerName\": \"a\"}}", {"spark.kubernetes.driver.scheduler.name=b"}, "t:2:10: spec.schedulerName 'a' "
         "is replaced by 'b': spark.kubernetes.driver.scheduler.name (from the program)\n"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) lines = warnings("4.2.1", cases[i].text, cases[i].conf);

        ck_assert_msg(!strcmp(lines, cases[i].wanted), "%s:\n%s", cases[i].text, lines);
    }
}
END_TEST

START_TEST(what_only_some_lines_replace)
{
    static const char text[] = CONTAINER("securityContext: {allowPrivilegeEscalation: true}, ports: [{name: spark-connect}]");
    static const char *const versions[] = {"3.5.8", "4.0.5", "4.1.4", "4.2.1", "4.3.0"}, *const none[] = {NULL};
    size_t i;

    for (i = 0; i < COUNT(versions); i++) {
        AUTO(chars) lines = warnings(versions[i], text, none);

        ck_assert_int_eq(strstr(lines, "allowPrivilegeEscalation 'true' is replaced by 'false'") != NULL, i == 4);
        ck_assert_int_eq(strstr(lines, "ports[0]") != NULL, i >= 2);
    }
}
END_TEST

/* Against what the driver will make of it. */
START_TEST(executors)
{
    static const struct {
        const char *text, *conf[4], *wanted;
    } cases[] = {
        {"metadata: {labels: {a: b}, ownerReferences: [{kind: X, name: x, uid: u}]}\nspec: {restartPolicy: Never, "
         "serviceAccount: sa, terminationGracePeriodSeconds: 30, tolerations: [{key: k}]}",
         {"spark.kubernetes.authenticate.driver.serviceAccountName=other"}, ""},
        {CONTAINER("image: " IMAGE ", command: [x], resources: {requests: {cpu: 1}, limits: {memory: 1408Mi, a/b: 1}}"), {NULL}, ""},
        {CONTAINER("resources: {requests: {cpu: 2, memory: 2Gi}}"), {"spark.executor.memory=2g", "spark.executor.cores=4"},
         "t:1:54: spec.containers[0].resources.requests.cpu '2' is replaced by '4': spark.executor.cores (from the program)\n"
         "t:1:62: spec.containers[0].resources.requests.memory '2Gi' is replaced by '2432Mi': spark.executor.memory (from the "
         "program)\n"},
        {"metadata: {labels: {spark-role: driver}, annotations: {a: b}}\nspec: {}", {"spark.kubernetes.executor.annotation.a=c"},
         "t:1:21: metadata.labels[spark-role] 'driver' is replaced by 'executor': Spark sets it itself\n"
         "t:1:56: metadata.annotations.a 'b' is replaced by 'c': spark.kubernetes.executor.annotation.a (from the program)\n"},
        {CONTAINER("lifecycle: {postStart: {exec: {command: [a]}}}"), {NULL}, ""},
        {CONTAINER("lifecycle: {postStart: {exec: {command: [a]}}, preStop: {exec: {command: [b]}}}"), {"spark.decommission.enabled=true"},
         "t:1:43: spec.containers[0].lifecycle.postStart is dropped: spark.decommission.enabled (from the program)\n"
         "t:1:95: spec.containers[0].lifecycle.preStop.exec.command is replaced: the default of spark.kubernetes.decommission.script\n"},
        /* Spark looks at the deprecated field only. */
        {"spec: {serviceAccountName: sa}", {"spark.kubernetes.authenticate.driver.serviceAccountName=other"},
         "t:1:8: spec.serviceAccountName 'sa' is replaced by 'other': spark.kubernetes.authenticate.driver.serviceAccountName (from "
         "the program)\n"},
        {CONTAINER("env: [{name: A, value: b}]"), {"spark.executorEnv.A=c", "spark.kubernetes.driverEnv.A=d"},
         "t:1:37: spec.containers[0].env[0] (A) is replaced: spark.executorEnv.A (from the program)\n"},
        {"spec: {containers: [{name: a}]}", {"spark.kubernetes.executor.podTemplateContainerName=b"},
         "the pod template t has not one container called b: the first is taken\n"},
        {"spec: {containers: [null]}", {NULL}, "t:1:21: a container of the pod template is empty: the driver will not be able to make "
         "executors; check it with `kubectl create --dry-run=client -f <file>`\n"},
        /* Without executors, or with a template that the driver reads elsewhere, there is nothing to compare. */
        {CONTAINER("image: x"), {"spark.kubernetes.driver.master=local[2]"}, ""},
        {CONTAINER("image: x"), {"spark.kubernetes.driver.pod.excludedFeatureSteps=org.apache.spark.deploy.k8s.features."
                                 "PodTemplateConfigMapStep"}, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) text = warnings_of(SPARKK8S_EXECUTOR, "4.2.1", cases[i].text, cases[i].conf);

        ck_assert_msg(!strcmp(text, cases[i].wanted), "%s:\n%s", cases[i].text, text);
    }
}
END_TEST

START_TEST(fields_of_executors_by_line)
{
    static const char text[] = "spec: {terminationGracePeriodSeconds: 5, hostname: h, containers: [{securityContext: "
                               "{allowPrivilegeEscalation: true}, ports: [{name: blockmanager}]}]}";
    static const char *const versions[] = {"3.5.8", "4.0.5", "4.1.4", "4.2.1", "4.3.0"}, *const none[] = {NULL};
    size_t i;

    for (i = 0; i < COUNT(versions); i++) {
        AUTO(chars) lines = warnings_of(SPARKK8S_EXECUTOR, versions[i], text, none);

        ck_assert_int_eq(strstr(lines, "spec.terminationGracePeriodSeconds '5' is replaced by '30'") != NULL, i >= 2);
        ck_assert_int_eq(strstr(lines, "allowPrivilegeEscalation 'true' is replaced by 'false'") != NULL, i == 4);
        ck_assert_ptr_nonnull(strstr(lines, "spec.hostname 'h' is replaced by"));
        ck_assert_ptr_nonnull(strstr(lines, "ports[0] has the same name"));
    }
}
END_TEST

START_TEST(long_values_are_cut)
{
    static const char *const none[] = {NULL};
    char text[1000];
    AUTO(chars) lines = NULL;

    snprintf(text, sizeof(text), CONTAINER("image: %0*d"), 500, 1);
    lines = warnings("4.1.4", text, none);
    ck_assert_ptr_nonnull(strstr(lines, "000...' is replaced"));
    ck_assert_uint_lt(strlen(lines), 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("override");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, fields);
    tcase_add_test(tcase, what_only_some_lines_replace);
    tcase_add_test(tcase, executors);
    tcase_add_test(tcase, fields_of_executors_by_line);
    tcase_add_test(tcase, long_values_are_cut);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
