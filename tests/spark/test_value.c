/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reads: substitution, numbers, sizes, times, lists, and what their errors say. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "value.h"

/* Sets "key=value" pairs, NULL at the end. */
static sparkk8s_conf *conf_of(const char *const *pairs)
{
    sparkk8s_conf *conf = sparkk8s_conf_new();

    for (; *pairs; pairs++) {
        const char *equals = strchr(*pairs, '=');
        AUTO(chars) key = strndup(*pairs, (size_t)(equals - *pairs));

        ck_assert_int_eq(conf_put(conf, key, equals + 1, "--conf", NULL), 0);
    }
    return conf;
}

static const char *const pairs[] = {
    "spark.plain=text", "spark.ref=a ${spark.plain} b", "spark.twice=${spark.ref}/${spark.ref}",
    "spark.unknown=${spark.nothing}|${other}|${}", "spark.default=${spark.driver.memory}",
    "spark.env=${env:HOME}-${env:NONE}", "spark.self=${spark.self}", "spark.ring1=${spark.ring2}",
    "spark.ring2=${spark.ring1}", "spark.open=${spark.plain", "spark.blank=${spark. plain}",
    "spark.brace=${}}", "spark.system=${system:user.name}", "spark.dollar=$5 and ${", "spark.foreign=${plain}",
    "plain=not spark's", "spark.yarn.driver.memoryOverhead=7m", "spark.colon=${env:}", NULL
};

START_TEST(substitution)
{
    static const struct {
        const char *key, *text;             /* NULL: an error */
    } cases[] = {
        {"spark.plain", "text"}, {"spark.ref", "a text b"}, {"spark.twice", "a text b/a text b"},
        {"spark.unknown", "${spark.nothing}|${other}|${}"}, {"spark.default", "1g"},
        {"spark.env", "/home/u-${env:NONE}"},
        {"spark.self", NULL}, {"spark.ring1", NULL}, {"spark.open", "${spark.plain"},
        {"spark.blank", "${spark. plain}"}, {"spark.brace", "${}}"}, {"spark.system", NULL},
        {"spark.dollar", "$5 and ${"}, {"spark.foreign", "${plain}"}, {"spark.driver.memoryOverhead", "7m"},
        {"spark.driver.memory", "1g"}, {"spark.colon", "${env:}"},
    };
    static const char *const vars[] = {"PATH=/bin", "HOME=/home/u", NULL};
    AUTO(conf) conf = conf_of(pairs);
    struct env env = {0};
    struct reader reader = {conf, &env};
    size_t i;

    ck_assert_int_eq(env_set_all(&env, vars, NULL), 0);
    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) text = NULL;
        int rc = read_text(&reader, cases[i].key, &text, NULL);

        ck_assert_int_eq(rc, cases[i].text ? 0 : SPARKK8S_ECONF);
        ck_assert_pstr_eq(text, cases[i].text);
    }
    env_clear(&env);
}
END_TEST

START_TEST(unset_is_null)
{
    static const char *const none[] = {NULL};
    AUTO(conf) conf = conf_of(none);
    struct reader reader = {conf, NULL};
    char *text = (char *)1;

    ck_assert_int_eq(read_text(&reader, "spark.kubernetes.container.image", &text, NULL), 0);
    ck_assert_ptr_null(text);
    ck_assert_int_eq(read_text(&reader, "spark.unheard.of", &text, NULL), 0);
    ck_assert_ptr_null(text);
}
END_TEST

/* References that multiply end in an error, not in minutes: 2^20 of them here. */
START_TEST(multiplying_references)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    AUTO(chars) text = NULL;
    struct reader reader = {conf, NULL};
    char key[32], value[80];
    int i;

    for (i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "spark.m%d", i);
        snprintf(value, sizeof(value), "${spark.m%d}${spark.m%d}", i + 1, i + 1);
        conf_put(conf, key, value, "--conf", NULL);
    }
    conf_put(conf, "spark.m20", "", "--conf", NULL);
    ck_assert_int_eq(read_text(&reader, "spark.m0", &text, NULL), SPARKK8S_ECONF);
}
END_TEST

START_TEST(booleans)
{
    static const struct {
        const char *text;
        int yes;                            /* -1: an error */
    } cases[] = {{"true", 1}, {" TRUE\t", 1}, {"False", 0}, {"yes", -1}, {"1", -1}, {"", -1}, {"truee", -1}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        struct reader reader = {conf, NULL};
        bool yes = false;
        int rc;

        sparkk8s_conf_set(conf, "spark.kubernetes.local.dirs.tmpfs", cases[i].text, NULL);
        rc = read_bool(&reader, "spark.kubernetes.local.dirs.tmpfs", &yes, NULL);
        ck_assert_int_eq(rc, cases[i].yes < 0 ? SPARKK8S_ECONF : 0);
        ck_assert_int_eq(yes, cases[i].yes > 0);
    }
}
END_TEST

START_TEST(numbers)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    struct reader reader = {conf, NULL};
    int32_t small = 0;
    int64_t large = 0;
    double real = 0;

    ck_assert_int_eq(read_int(&reader, "spark.driver.cores", &small, NULL), 0);
    ck_assert_int_eq(small, 1);
    sparkk8s_conf_set(conf, "spark.driver.cores", " +3 ", NULL);
    ck_assert_int_eq(read_int(&reader, "spark.driver.cores", &small, NULL), 0);
    ck_assert_int_eq(small, 3);
    sparkk8s_conf_set(conf, "spark.driver.cores", "2.5", NULL);
    ck_assert_int_eq(read_int(&reader, "spark.driver.cores", &small, NULL), SPARKK8S_ECONF);
    ck_assert_int_eq(read_long(&reader, "spark.kubernetes.configMap.maxSize", &large, NULL), 0);
    ck_assert_int_eq(large, 1048576);
    sparkk8s_conf_set(conf, "spark.kubernetes.configMap.maxSize", "1m", NULL);
    ck_assert_int_eq(read_long(&reader, "spark.kubernetes.configMap.maxSize", &large, NULL), SPARKK8S_ECONF);
    ck_assert_int_eq(read_double(&reader, "spark.kubernetes.memoryOverheadFactor", &real, NULL), 0);
    ck_assert(real > 0.099 && real < 0.101);
    sparkk8s_conf_set(conf, "spark.kubernetes.memoryOverheadFactor", "a lot", NULL);
    ck_assert_int_eq(read_double(&reader, "spark.kubernetes.memoryOverheadFactor", &real, NULL), SPARKK8S_ECONF);
    ck_assert_int_eq(read_int(&reader, "spark.unheard.of", &small, NULL), SPARKK8S_ECONF);
}
END_TEST

START_TEST(raw_numbers)
{
    static const struct {
        const char *text;
        int32_t value;                      /* 0: an error */
    } cases[] = {{NULL, 7078}, {"1", 1}, {"-1", -1}, {" 1", 0}, {"1 ", 0}, {"", 0}, {"${spark.ui.port}", 0},
                 {"2147483648", 0}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        struct reader reader = {conf, NULL};
        int32_t value = 0;
        int rc;

        sparkk8s_conf_set(conf, "spark.driver.port", cases[i].text, NULL);
        rc = read_raw_int(&reader, "spark.driver.port", 7078, &value, NULL);
        ck_assert_int_eq(rc, cases[i].value ? 0 : SPARKK8S_ECONF);
        ck_assert_int_eq(value, cases[i].value);
    }
}
END_TEST

START_TEST(sizes)
{
    static const struct {
        const char *text;
        int64_t bytes;                      /* -1: an error */
    } cases[] = {
        {"1g", 1073741824}, {"512k", 524288}, {"512", 536870912}, {" 2GB ", 2147483648}, {"10b", 10}, {"1KiB", 1024},
        {"3mi", 3145728}, {"1t", 1099511627776}, {"1pb", 1125899906842624}, {"0", 0},
        {"1.5g", -1}, {"-1g", -1}, {"1gg", -1}, {"g", -1}, {"", -1}, {"1 g", -1}, {"1g1", -1}, {"1e3", -1},
        {"99999999999999999999g", -1}, {"99999999999999999999", -1}, {"9000p", -1},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        int64_t bytes = -1;

        ck_assert_msg(!size_parse(cases[i].text, 1048576, &bytes) == (cases[i].bytes >= 0), "%s", cases[i].text);
        ck_assert_int_eq(bytes, cases[i].bytes);
    }
    ck_assert_ptr_nonnull(strstr(size_parse("1.5g", 1, &(int64_t){0}), "fractional"));
}
END_TEST

START_TEST(mebibytes)
{
    static const struct {
        const char *text;
        int64_t mib;
    } cases[] = {{"2g", 2048}, {"512k", 0}, {"1500k", 1}, {"300", 300}, {"-5", -5}, {"-1g", -1024}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        struct reader reader = {conf, NULL};
        int64_t mib = 0;
        bool set = true;

        ck_assert_int_eq(read_mib(&reader, "spark.driver.memory", &mib, &set, NULL), 0);
        ck_assert_int_eq(mib, 1024);
        ck_assert(!set);
        sparkk8s_conf_set(conf, "spark.driver.memory", cases[i].text, NULL);
        ck_assert_int_eq(read_mib(&reader, "spark.driver.memory", &mib, &set, NULL), 0);
        ck_assert_int_eq(mib, cases[i].mib);
        ck_assert(set);
    }
}
END_TEST

START_TEST(times)
{
    static const struct {
        const char *text;
        int64_t us;                         /* INT64_MIN: an error */
    } cases[] = {
        {"10", 10000000}, {"50us", 50}, {"5ms", 5000}, {"1M", 60000000}, {"2min", 120000000}, {"1h", 3600000000},
        {"1d", 86400000000}, {"-3s", -3000000}, {" 3S ", 3000000},
        {"3x", INT64_MIN}, {"", INT64_MIN}, {"s", INT64_MIN}, {"1.5s", INT64_MIN}, {"--1", INT64_MIN},
        {"9223372036854775807d", INT64_MIN},
    };
    AUTO(conf) conf = sparkk8s_conf_new();
    struct reader reader = {conf, NULL};
    int64_t seconds;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        int64_t us = INT64_MIN;

        ck_assert_msg(!time_parse(cases[i].text, 1000000, &us) == (cases[i].us != INT64_MIN), "%s", cases[i].text);
        ck_assert_int_eq(us, cases[i].us);
    }
    sparkk8s_conf_set(conf, "spark.kubernetes.report.interval", "2500", NULL);
    ck_assert_int_eq(read_seconds(&reader, "spark.kubernetes.report.interval", &seconds, NULL), 0);
    ck_assert_int_eq(seconds, 2);
    sparkk8s_conf_set(conf, "spark.kubernetes.appKillPodDeletionGracePeriod", "1m", NULL);
    ck_assert_int_eq(read_seconds(&reader, "spark.kubernetes.appKillPodDeletionGracePeriod", &seconds, NULL), 0);
    ck_assert_int_eq(seconds, 60);
}
END_TEST

START_TEST(lists)
{
    static const struct {
        const char *text, *joined;
    } cases[] = {{"a,b", "a|b"}, {" a , ,b,, ", "a|b"}, {"", ""}, {",", ""}, {"a b", "a b"}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        AUTO(chars) joined = NULL;
        AUTO_STRV items = {0};
        struct reader reader = {conf, NULL};

        sparkk8s_conf_set(conf, "spark.jars", cases[i].text, NULL);
        ck_assert_int_eq(read_list(&reader, "spark.jars", &items, NULL), 0);
        joined = items.count ? strv_join(&items, "|") : strdup("");
        ck_assert_str_eq(joined, cases[i].joined);
    }
}
END_TEST

/* The error shows what the user wrote, where it came from, and not what was put in for a reference. */
START_TEST(errors_show_the_source)
{
    static const char *const vars[] = {"CANARY=canary-5f2c", NULL};
    AUTO(conf) conf = sparkk8s_conf_new();
    AUTO(error) err = NULL;
    struct env env = {0};
    struct reader reader = {conf, &env};
    int64_t mib;

    env_set_all(&env, vars, NULL);
    conf_put(conf, "spark.driver.memory", "${env:CANARY}", "spark-defaults.conf:3", NULL);
    ck_assert_int_eq(read_mib(&reader, "spark.driver.memory", &mib, NULL, &err), SPARKK8S_ECONF);
    ck_assert_str_eq(sparkk8s_error_message(err), "spark.driver.memory=${env:CANARY} (from spark-defaults.conf:3): "
                     "not a size");
    ck_assert_str_eq(sparkk8s_error_hint(err), "use a whole number with a unit, e.g. 50b, 100k, 1536m or 2g");
    env_clear(&env);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, substitution);
    tcase_add_test(tcase, unset_is_null);
    tcase_add_test(tcase, multiplying_references);
    tcase_add_test(tcase, booleans);
    tcase_add_test(tcase, numbers);
    tcase_add_test(tcase, raw_numbers);
    tcase_add_test(tcase, sizes);
    tcase_add_test(tcase, mebibytes);
    tcase_add_test(tcase, times);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, errors_show_the_source);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
