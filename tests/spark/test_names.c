/* SPDX-License-Identifier: Apache-2.0 */
/* Names from application names; what is expected was recorded from Spark (tests/golden, naming-*) or is
 * its own test. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "names.h"

#define ID "0123456789abcdef"
#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

START_TEST(names)
{
    static const struct {
        const char *app_name, *prefix, *label;
    } cases[] = {
        {"golden-app", "golden-app-" ID, "golden-app"},
        {" Job+Spark-Pi 2021 ", "job-spark-pi-2021-" ID, "job-spark-pi-2021"},
        {"org.apache.spark.examples.SparkPi", "org-apache-spark-examples-sparkpi-" ID,
         "org-apache-spark-examples-sparkpi"},
        {"123456", "x23456-" ID, "123456"},
        {"------", "x123456789abcdef", ""},
        {"---abc---", "abc-" ID, "abc"},
        {"_hello__world_", "hello-world-" ID, "hello-world"},
        {"\xE4\xBD\xA0\xE5\xA5\xBD-123", "x23-" ID, "123"},
        {"job \xF0\x9F\x9A\x80 rocket", "job-rocket-" ID, "job-rocket"},
        {"\xE2\x84\xAA" "elvin-\xC4\xB0stanbul-\xC3\x84\xC3\x96", "kelvin-i-stanbul-" ID, "kelvin-i-stanbul"},
        {"job-${spark.custom.suffix}", "job-spark-custom-suffix-" ID, "job-spark-custom-suffix"},
        {"", "x123456789abcdef", ""},
        {"\t\n x \x01", "x-" ID, "x"},
        {A60 "---bcd", A60 "-bcd-" ID, A60 "-bc"},
        {"-" A60 "aaa", A60 "aaa-" ID, A60 "aa"},
        {A60 "aa-aaa", A60 "aa-aaa-" ID, A60 "aa"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) prefix = name_prefix(cases[i].app_name, ID);
        AUTO(chars) label = name_label(cases[i].app_name);

        ck_assert_pstr_eq(prefix, cases[i].prefix);
        ck_assert_pstr_eq(label, cases[i].label);
    }
}
END_TEST

START_TEST(label_values)
{
    ck_assert(name_is_label("spark-1"));
    ck_assert(name_is_label("4.1.4_x"));
    ck_assert(name_is_label(A60 "aaa"));
    ck_assert(!name_is_label(A60 "aaaa"));
    ck_assert(!name_is_label(""));
    ck_assert(!name_is_label("-a"));
    ck_assert(!name_is_label("a."));
    ck_assert(!name_is_label("a b"));
    ck_assert(!name_is_label("\xC3\xA4"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, label_values);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
