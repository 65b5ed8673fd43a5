/* SPDX-License-Identifier: Apache-2.0 */
/* Feature steps that the user names, beyond the recorded cases (tests/golden). */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "small_app.h"

#define STEPS_KEY "spark.kubernetes.driver.pod.featureSteps"
#define VOLCANO "org.apache.spark.deploy.k8s.features.VolcanoFeatureStep"
#define GROUP "spark.kubernetes.scheduler.volcano.podGroupTemplate"

START_TEST(which_steps_are_known)
{
    static const struct {
        const char *version, *steps;
        const char *refused;                /* the class that the message names; NULL: fine */
    } cases[] = {
        {"4.2.1", VOLCANO, NULL}, {"4.3.0", " " VOLCANO " ,", NULL}, {"4.3.0", VOLCANO "," VOLCANO, NULL},
        {"4.3.0", "", NULL}, {"3.5.8", " , ", NULL},
        {"4.1.4", VOLCANO, VOLCANO}, {"4.3.0", VOLCANO ",com.example.Step", "com.example.Step"},
        {"4.3.0", "VolcanoFeatureStep", "VolcanoFeatureStep"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;

        app_conf(app, STEPS_KEY, cases[i].steps);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].refused ? SPARKK8S_ECONF : 0);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].refused ? STEPS_KEY : "");
        if (cases[i].refused)
            ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), cases[i].refused));
    }
}
END_TEST

/* The group comes first, has the application's name, and is what the pod says. */
START_TEST(group_of_the_pod)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    json_t *group;
    const char *name;

    scratch_begin(&scratch);
    app_conf(app, STEPS_KEY, VOLCANO);
    app_conf(app, "spark.kubernetes.namespace", "ns");
    app_conf(app, GROUP "Json", "{\"spec\": {\"queue\": \"text\"}}");
    app_conf(app, GROUP "File", scratch_file(&scratch, "g", "metadata: {name: x, namespace: y, labels: {a: 1}}\n"
                                                            "spec: {queue: file, minResources: {cpu: 2}}\n"));
    manifest = rendered(app, NULL, 0);
    group = object_of(manifest, "PodGroup");
    name = json_text_at(group, "metadata", "name", NULL);
    ck_assert_ptr_eq(manifest->items[0].object, group);
    ck_assert_uint_eq(manifest->driver, 1);
    ck_assert_str_eq(json_text_at(group, "metadata", "namespace", NULL), "ns");
    ck_assert_str_eq(json_text_at(group, "metadata", "labels", "a", NULL), "1");
    ck_assert_str_eq(json_text_at(group, "spec", "queue", NULL), "file");
    ck_assert_str_eq(json_text_at(group, "spec", "minResources", "cpu", NULL), "2");
    ck_assert_str_eq(json_text_at(object_of(manifest, "Pod"), "metadata", "annotations", "scheduling.k8s.io/group-name",
                                  NULL), name);
    ck_assert_int_eq(strncmp(name, manifest->app_id, strlen(manifest->app_id)), 0);
}
END_TEST

START_TEST(groups_that_are_refused)
{
    static const struct {
        const char *key, *value, *where;
        int rc;
    } cases[] = {
        {GROUP "Json", "[]", GROUP "Json", SPARKK8S_ECONF}, {GROUP "Json", "{", GROUP "Json", SPARKK8S_EPARSE},
        {GROUP "Json", "{\"spec\": {\"minMember\": \"x\"}}", GROUP "Json", SPARKK8S_ECONF},
        {GROUP "File", "/no/such/file", "/no/such/file", SPARKK8S_EIO},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        AUTO(manifest) unused = NULL;
        AUTO(error) err = NULL;

        app_conf(app, cases[i].key, cases[i].value);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &unused, NULL), 0);     /* nobody reads it */
        app_conf(app, STEPS_KEY, VOLCANO);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].rc);
        ck_assert_int_eq(strncmp(sparkk8s_error_where(err), cases[i].where, strlen(cases[i].where)), 0);
    }
}
END_TEST

START_TEST(excluded_all_the_same)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;

    app_conf(app, STEPS_KEY, VOLCANO);
    app_conf(app, "spark.kubernetes.driver.pod.excludedFeatureSteps", VOLCANO);
    manifest = rendered(app, NULL, 0);
    ck_assert_uint_eq(manifest->driver, 0);
    ck_assert_ptr_null(json_at(object_of(manifest, "Pod"), "metadata", "annotations", NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("volcano");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, which_steps_are_known);
    tcase_add_test(tcase, group_of_the_pod);
    tcase_add_test(tcase, groups_that_are_refused);
    tcase_add_test(tcase, excluded_all_the_same);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
