/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest: its digest, its texts, its limits. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "small_app.h"
#include "text.h"
#include "yamldoc.h"

START_TEST(digest_forgets_the_time)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) one = rendered(app, "run-1", NOW);
    AUTO(manifest) later = rendered(app, "run-1", NOW + 86400000);
    size_t i;

    ck_assert_str_eq(one->digest, later->digest);
    ck_assert_str_ne(properties_of(one), properties_of(later));
    ck_assert_str_eq(one->app_id, later->app_id);
    for (i = 0; i < one->count; i++)
        ck_assert_pstr_eq(sparkk8s_manifest_name(one, i), sparkk8s_manifest_name(later, i));
}
END_TEST

START_TEST(digest_sees_everything_else)
{
    static const char *const changes[][2] = {
        {"spark.executor.memory", "2g"},
        {"spark.kubernetes.driver.label.team", "blue"},
        {"spark.app.submitTimes", "1"},
        {"spark.kubernetes.namespace", "other"},
    };
    AUTO(app) plain = small_app("4.1.4");
    AUTO(manifest) before = rendered(plain, "run-1", NOW);
    AUTO(manifest) other_seed = rendered(plain, "run-2", NOW);
    size_t i;

    ck_assert_uint_eq(strlen(before->digest), 64);
    ck_assert_str_ne(before->digest, other_seed->digest);
    for (i = 0; i < COUNT(changes); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) after = NULL;

        app_conf(app, changes[i][0], changes[i][1]);
        after = rendered(app, "run-1", NOW);
        ck_assert_msg(strcmp(before->digest, after->digest) != 0, "%s", changes[i][0]);
    }
}
END_TEST

/* Every document of the YAML is the object that would be sent. */
START_TEST(yaml_is_the_same)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(chars) yaml = NULL;
    char *at;
    size_t i;

    app_conf(app, "spark.kubernetes.driver.annotation.a", "yes\n---\n  0x1F: [1, \"2\"] # no comment ");
    app_conf(app, "spark.kubernetes.driver.label.number", "0123");
    manifest = rendered(app, NULL, 0);
    ck_assert_int_eq(sparkk8s_manifest_to_yaml(manifest, &yaml, NULL), 0);
    at = yaml;
    for (i = 0; i < manifest->count; i++) {
        char *next = strstr(at, "\n---\n");
        AUTO(json) parsed = NULL;
        sparkk8s_error *err = NULL;

        ck_assert_int_eq(next != NULL, i + 1 < manifest->count);
        if (next)
            next[1] = '\0';
        ck_assert_msg(yaml_parse(at, strlen(at), "yaml", YAML_1_1, &parsed, &err) == 0, "%s: %s\n%s",
                      sparkk8s_error_where(err), sparkk8s_error_message(err), at);
        ck_assert_msg(json_equal(parsed, manifest->items[i].object), "%s", at);
        at = next ? next + 5 : at;
    }
}
END_TEST

START_TEST(json_is_the_object)
{
    AUTO(app) app = small_app("4.2.1");
    AUTO(manifest) manifest = rendered(app, NULL, 0);
    size_t i;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++) {
        const char *text = sparkk8s_manifest_json(manifest, i);
        AUTO(json) parsed = json_loads(text, 0, NULL);

        ck_assert(json_equal(parsed, manifest->items[i].object));
        ck_assert_ptr_null(strchr(text, '\n'));
    }
}
END_TEST

START_TEST(outside_the_list)
{
    AUTO(app) app = small_app("4.2.1");
    AUTO(manifest) manifest = rendered(app, NULL, 0);
    size_t count = sparkk8s_manifest_count(manifest);
    sparkk8s_error *err = NULL;
    char *out = (char *)&count;

    ck_assert_ptr_null(sparkk8s_manifest_kind(manifest, count));
    ck_assert_ptr_null(sparkk8s_manifest_name(manifest, count));
    ck_assert_ptr_null(sparkk8s_manifest_json(manifest, (size_t)-1));
    ck_assert_ptr_null(sparkk8s_manifest_warning(manifest, sparkk8s_manifest_warning_count(manifest)));
    ck_assert_uint_eq(sparkk8s_manifest_count(NULL), 0);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(NULL), 0);
    ck_assert_ptr_null(sparkk8s_manifest_json(NULL, 0));
    ck_assert_int_eq(sparkk8s_manifest_to_yaml(NULL, &out, &err), SPARKK8S_EINVAL);
    ck_assert_ptr_eq(out, (char *)&count);
    sparkk8s_error_free(err);
    sparkk8s_manifest_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, digest_forgets_the_time);
    tcase_add_test(tcase, digest_sees_everything_else);
    tcase_add_test(tcase, yaml_is_the_same);
    tcase_add_test(tcase, json_is_the_object);
    tcase_add_test(tcase, outside_the_list);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
