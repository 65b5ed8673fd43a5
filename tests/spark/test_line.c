/* SPDX-License-Identifier: Apache-2.0 */
/* Which Spark line a text, an image or a configuration means. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "conf.h"
#include "error.h"
#include "line.h"

START_TEST(from_text)
{
    static const struct {
        const char *text;
        bool known;
        enum spark_line line;
        const char *version;
    } cases[] = {
        {"4.1", true, SPARK_4_1, NULL},
        {"4.1.4", true, SPARK_4_1, "4.1.4"},
        {"3.5.12", true, SPARK_3_5, "3.5.12"},
        {"4.1.4-SNAPSHOT", true, SPARK_4_1, "4.1.4-SNAPSHOT"},
        {"4.0.0-preview2", true, SPARK_4_0, "4.0.0-preview2"},
        {"v4.1.4-scala2.13-java17", true, SPARK_4_1, "4.1.4"},
        {"4.1-java17", true, SPARK_4_1, NULL},
        {"4.3.0-previewer", true, SPARK_4_3, "4.3.0"},
        {"3.4.1", false, 0, NULL},
        {"4.10", false, 0, NULL},
        {"4.1.", false, 0, NULL},
        {"4.1x", false, 0, NULL},
        {"4", false, 0, NULL},
        {"", false, 0, NULL},
        {"latest", false, 0, NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) version = NULL;
        enum spark_line line = SPARK_LINES;

        ck_assert_msg(line_from_text(cases[i].text, &line, &version) == cases[i].known, "%s", cases[i].text);
        ck_assert_int_eq(line, cases[i].known ? cases[i].line : SPARK_LINES);
        ck_assert_pstr_eq(version, cases[i].version);
    }
}
END_TEST

START_TEST(chosen)
{
    static const struct {
        const char *given, *driver_image, *image;
        enum spark_line line;
        const char *version;
        size_t warnings;
    } cases[] = {
        {"3.5", NULL, "apache/spark:4.1.4", SPARK_3_5, "3.5.8", 0},
        {"v4.0.1", NULL, NULL, SPARK_4_0, "4.0.1", 0},
        {"3.5.1-amzn-0", NULL, NULL, SPARK_3_5, "3.5.1-amzn-0", 0},
        {NULL, NULL, "apache/spark:4.1.4-scala2.13-java17-python3-ubuntu", SPARK_4_1, "4.1.4", 0},
        {NULL, "r.example.com:5000/team/spark:4.0.2", "apache/spark:4.1.4", SPARK_4_0, "4.0.2", 0},
        {NULL, NULL, "r.example.com:5000/spark:4.2@sha256:4.1", SPARK_4_2, "4.2.1", 0},
        {NULL, NULL, "r.example.com:4.1/spark", SPARK_4_3, "4.3.0", 1},
        {NULL, NULL, "spark:latest", SPARK_4_3, "4.3.0", 1},
        {NULL, NULL, "spark:3.2.1", SPARK_4_3, "4.3.0", 1},
        {NULL, NULL, "spark:{{SPARK_VERSION}}", SPARK_4_3, "4.3.0", 1},
        {NULL, NULL, NULL, SPARK_4_3, "4.3.0", 1},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        AUTO(chars) version = NULL;
        AUTO_STRV warnings = {0};
        enum spark_line line;

        if (cases[i].given)
            sparkk8s_conf_set(conf, "sparkk8s.spark.version", cases[i].given, NULL);
        if (cases[i].driver_image)
            sparkk8s_conf_set(conf, "spark.kubernetes.driver.container.image", cases[i].driver_image, NULL);
        if (cases[i].image)
            sparkk8s_conf_set(conf, "spark.kubernetes.container.image", cases[i].image, NULL);
        ck_assert_int_eq(line_choose(conf, &line, &version, &warnings, NULL), 0);
        ck_assert_int_eq(line, cases[i].line);
        ck_assert_str_eq(version, cases[i].version);
        ck_assert_uint_eq(warnings.count, cases[i].warnings);
    }
}
END_TEST

START_TEST(unknown_version_is_refused)
{
    static const char *const texts[] = {"3.4", "5.0.0", "4.1.4 ", "4.1.4/x", "newest", ""};
    size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        AUTO(error) err = NULL;
        AUTO(chars) version = NULL;
        AUTO_STRV warnings = {0};
        enum spark_line line;

        sparkk8s_conf_set(conf, "sparkk8s.spark.version", texts[i], NULL);
        ck_assert_int_eq(line_choose(conf, &line, &version, &warnings, &err), SPARKK8S_ECONF);
        ck_assert_str_eq(sparkk8s_error_where(err), "sparkk8s.spark.version");
        ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(err), "3.5, 4.0, 4.1, 4.2, 4.3"));
    }
}
END_TEST

START_TEST(listed)
{
    ck_assert_str_eq(sparkk8s_spark_line(0), "3.5");
    ck_assert_str_eq(sparkk8s_spark_line(SPARK_LINES - 1), "4.3");
    ck_assert_ptr_null(sparkk8s_spark_line(SPARK_LINES));
    ck_assert_ptr_null(sparkk8s_spark_line((size_t)-1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, from_text);
    tcase_add_test(tcase, chosen);
    tcase_add_test(tcase, unknown_version_is_refused);
    tcase_add_test(tcase, listed);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
