/* SPDX-License-Identifier: Apache-2.0 */
/* The ordered set of properties: order, origins, precedence, messages. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "conf.h"
#include "error.h"
#include "sparkk8s.h"

START_TEST(sorted_and_replaced)
{
    static const char *const keys[] = {"spark.b", "spark.a", "spark.c", "spark.B", "spark.a.b", "spark.a"};
    static const char *const sorted[] = {"spark.B", "spark.a", "spark.a.b", "spark.b", "spark.c"};
    AUTO(conf) conf = sparkk8s_conf_new();
    size_t i;

    for (i = 0; i < COUNT(keys); i++)
        ck_assert_int_eq(sparkk8s_conf_set(conf, keys[i], i == 5 ? "new" : "old", NULL), 0);
    ck_assert_uint_eq(sparkk8s_conf_count(conf), COUNT(sorted));
    for (i = 0; i < COUNT(sorted); i++)
        ck_assert_str_eq(sparkk8s_conf_key(conf, i), sorted[i]);
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.a"), "new");
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.b"), "old");
    ck_assert_ptr_null(sparkk8s_conf_key(conf, COUNT(sorted)));
}
END_TEST

START_TEST(many_keys_survive_growing)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    char key[32];
    int i;

    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "spark.k%03d", i * 7 % 500);
        ck_assert_int_eq(conf_put(conf, key, key, "test", NULL), 0);
    }
    ck_assert_uint_eq(conf->count, 500);
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "spark.k%03d", i);
        ck_assert_str_eq(sparkk8s_conf_key(conf, (size_t)i), key);
        ck_assert_str_eq(sparkk8s_conf_get(conf, key), key);
    }
}
END_TEST

START_TEST(removed)
{
    AUTO(conf) conf = sparkk8s_conf_new();

    sparkk8s_conf_set(conf, "spark.a", "1", NULL);
    sparkk8s_conf_set(conf, "spark.b", "2", NULL);
    ck_assert_int_eq(sparkk8s_conf_set(conf, "spark.a", NULL, NULL), 0);
    ck_assert_int_eq(sparkk8s_conf_set(conf, "spark.none", NULL, NULL), 0);
    ck_assert_ptr_null(sparkk8s_conf_get(conf, "spark.a"));
    ck_assert_ptr_null(sparkk8s_conf_origin(conf, "spark.a"));
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.b"), "2");
    ck_assert_uint_eq(sparkk8s_conf_count(conf), 1);
}
END_TEST

START_TEST(a_value_may_be_set_from_itself)
{
    AUTO(conf) conf = sparkk8s_conf_new();

    sparkk8s_conf_set(conf, "spark.a", "value", NULL);
    ck_assert_int_eq(sparkk8s_conf_set(conf, "spark.a", sparkk8s_conf_get(conf, "spark.a"), NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.a"), "value");
}
END_TEST

START_TEST(origins)
{
    AUTO(conf) conf = sparkk8s_conf_new();

    conf_put(conf, "spark.a", "1", "--conf", NULL);
    conf_put_if_absent(conf, "spark.a", "2", "file:1", NULL);
    conf_put_if_absent(conf, "spark.b", "3", "file:2", NULL);
    sparkk8s_conf_set(conf, "spark.c", "4", NULL);
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.a"), "1");
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.a"), "--conf");
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.b"), "file:2");
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.c"), "the program");
}
END_TEST

START_TEST(merged_below)
{
    AUTO(conf) high = sparkk8s_conf_new();
    AUTO(conf) low = sparkk8s_conf_new();
    AUTO(conf) copy = NULL;

    conf_put(high, "spark.a", "high", "--conf", NULL);
    conf_put(low, "spark.a", "low", "file:1", NULL);
    conf_put(low, "spark.b", "low", "file:2", NULL);
    ck_assert_int_eq(conf_merge_below(high, low, NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_get(high, "spark.a"), "high");
    ck_assert_str_eq(sparkk8s_conf_origin(high, "spark.b"), "file:2");
    ck_assert_int_eq(conf_copy(high, &copy, NULL), 0);
    sparkk8s_conf_set(high, "spark.b", "changed", NULL);
    ck_assert_str_eq(sparkk8s_conf_get(copy, "spark.b"), "low");
}
END_TEST

START_TEST(ranges)
{
    static const struct {
        const char *prefix;
        size_t first, end;
    } cases[] = {{"spark.x.", 1, 3}, {"spark.x", 1, 4}, {"spark.y.", 5, 5}, {"", 0, 5}, {"a", 0, 0}};
    static const char *const keys[] = {"spark.a", "spark.x.1", "spark.x.2", "spark.xy", "spark.y"};
    AUTO(conf) conf = sparkk8s_conf_new();
    size_t i, first, end;

    for (i = 0; i < COUNT(keys); i++)
        sparkk8s_conf_set(conf, keys[i], "", NULL);
    for (i = 0; i < COUNT(cases); i++) {
        conf_range(conf, cases[i].prefix, &first, &end);
        ck_assert_uint_eq(first, cases[i].first);
        ck_assert_uint_eq(end, cases[i].end);
    }
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *key, *value;
    } cases[] = {{"", "x"}, {"spark.\xff", "x"}, {"spark.a", "\xc3\x28"}, {"spark.a", "\xed\xa0\x80"}};
    AUTO(conf) conf = sparkk8s_conf_new();
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;

        ck_assert_int_eq(sparkk8s_conf_set(conf, cases[i].key, cases[i].value, &err), SPARKK8S_EINVAL);
        ck_assert_int_eq(sparkk8s_error_code(err), SPARKK8S_EINVAL);
    }
    ck_assert_int_eq(sparkk8s_conf_set(conf, NULL, "x", NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_conf_set(NULL, "spark.a", "x", NULL), SPARKK8S_EINVAL);
    ck_assert_uint_eq(sparkk8s_conf_count(conf), 0);
    ck_assert_uint_eq(sparkk8s_conf_count(NULL), 0);
    ck_assert_ptr_null(sparkk8s_conf_get(NULL, "spark.a"));
    sparkk8s_conf_free(NULL);
}
END_TEST

START_TEST(messages)
{
    static const struct {
        const char *key, *message;
    } cases[] = {
        {"spark.driver.memory", "spark.driver.memory=1gg (from spark-defaults.conf:12): wrong"},
        {"spark.kubernetes.authenticate.driver.oauthToken",
         "spark.kubernetes.authenticate.driver.oauthToken (from --conf): wrong"},
        {"spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.secret.key (from --conf): wrong"},
        {"spark.my.PassWord", "spark.my.PassWord (from --conf): wrong"},
        {"spark.unset", "spark.unset: wrong"},
    };
    AUTO(conf) conf = sparkk8s_conf_new();
    size_t i;

    conf_put(conf, "spark.driver.memory", "1gg", "spark-defaults.conf:12", NULL);
    conf_put(conf, "spark.kubernetes.authenticate.driver.oauthToken", "canary", "--conf", NULL);
    conf_put(conf, "spark.hadoop.fs.s3a.secret.key", "canary", "--conf", NULL);
    conf_put(conf, "spark.my.PassWord", "canary", "--conf", NULL);
    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;

        ck_assert_int_eq(conf_refuse(&err, conf, cases[i].key, "try", "wrong"), SPARKK8S_ECONF);
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].message);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].key);
        ck_assert_str_eq(sparkk8s_error_hint(err), "try");
    }
}
END_TEST

/* An error about a file that a key names tells which key, and keeps the hint that it has. */
START_TEST(blame)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    AUTO(error) err = NULL;

    conf_put(conf, "spark.a", "/f", "--conf", NULL);
    fail(&err, SPARKK8S_EIO, "/f", "gone");
    ck_assert_int_eq(conf_blame(&err, SPARKK8S_EIO, conf, "spark.a", "look"), SPARKK8S_EIO);
    ck_assert_str_eq(sparkk8s_error_message(err), "gone (spark.a, from --conf)");
    ck_assert_str_eq(sparkk8s_error_hint(err), "look");
    conf_blame(&err, SPARKK8S_EIO, conf, "spark.unset", "again");
    ck_assert_str_eq(sparkk8s_error_message(err), "gone (spark.a, from --conf)");
    ck_assert_str_eq(sparkk8s_error_hint(err), "look");
    ck_assert_str_eq(sparkk8s_error_where(err), "/f");
    fail(&err, SPARKK8S_EIO, "", "gone");
    conf_blame(&err, SPARKK8S_EIO, conf, "spark.a", "look");
    ck_assert_str_eq(sparkk8s_error_where(err), "spark.a");
    ck_assert_int_eq(conf_blame(NULL, SPARKK8S_EIO, conf, "spark.a", "look"), SPARKK8S_EIO);
    fail_oom(&err);
    ck_assert_int_eq(conf_blame(&err, SPARKK8S_ENOMEM, conf, "spark.a", "look"), SPARKK8S_ENOMEM);
    ck_assert_str_eq(sparkk8s_error_message(err), "out of memory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conf");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, sorted_and_replaced);
    tcase_add_test(tcase, many_keys_survive_growing);
    tcase_add_test(tcase, removed);
    tcase_add_test(tcase, a_value_may_be_set_from_itself);
    tcase_add_test(tcase, origins);
    tcase_add_test(tcase, merged_below);
    tcase_add_test(tcase, ranges);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, messages);
    tcase_add_test(tcase, blame);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
