/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of java.util.Properties. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include <unistd.h>

#include "error.h"
#include "properties.h"

static sparkk8s_conf *parse(const char *text)
{
    sparkk8s_conf *conf = sparkk8s_conf_new();

    ck_assert_int_eq(properties_parse(conf, text, strlen(text), "p", NULL), 0);
    return conf;
}

START_TEST(one_line)
{
    static const struct {
        const char *text, *key, *value;     /* no key: nothing is read */
    } cases[] = {
        {"spark.a 1", "spark.a", "1"}, {"spark.a=1", "spark.a", "1"}, {"spark.a: 3", "spark.a", "3"},
        {"spark.a = : x", "spark.a", ": x"}, {"spark.a==x", "spark.a", "=x"}, {"spark.a\t\f = \t x", "spark.a", "x"},
        {"  spark.a   four five  ", "spark.a", "four five"}, {"spark.a", "spark.a", ""}, {"spark.a=", "spark.a", ""},
        {"spark.a=b=c", "spark.a", "b=c"}, {"spark.a x # no comment", "spark.a", "x # no comment"},
        {"spark.a \"quoted\"", "spark.a", "\"quoted\""}, {"spark.a 1\r\n", "spark.a", "1"},
        {"spark.a 1\r", "spark.a", "1"},
        {"spark\\:a\\=b\\ c 1", "spark:a=b c", "1"},
        {"spark.a x\\t|\\n|\\r|\\f|\\q|\\\\", "spark.a", "x\t|\n|\r|\f|q|\\"},
        {"spark.a \\u00e9\\u20AC\\ud83d\\ude00|", "spark.a", "é€😀|"}, {"spark.a é", "spark.a", "é"},
        {"spark.a a\\\n   b", "spark.a", "ab"}, {"spark.a a\\\r\n\tb\\\r\n c", "spark.a", "abc"},
        {"spark.a a\\\\\n", "spark.a", "a\\"}, {"spark.a a\\", "spark.a", "a"}, {"spark.a a\\\n#b", "spark.a", "a#b"},
        {"spark.a \\  x \\ ", "spark.a", "x"}, {"spark.a \\f\\tx", "spark.a", "x"},
        {"spark.a \\n x\\r", "spark.a", "\n x\r"}, {"spark.a \\  \\nx\\n \\ ", "spark.a", "\nx\n"},
        {"# spark.a 1", NULL, NULL}, {"  ! spark.a 1", NULL, NULL}, {"\n\r\n \t\f\n", NULL, NULL},
        {"# spark.a 1\\\n", NULL, NULL}, {"\\", NULL, NULL}, {"", NULL, NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = parse(cases[i].text);

        ck_assert_msg(conf->count == (cases[i].key ? 1 : 0), "%s: %zu", cases[i].text, conf->count);
        ck_assert_pstr_eq(sparkk8s_conf_key(conf, 0), cases[i].key);
        if (cases[i].key)
            ck_assert_pstr_eq(conf->entries[0].value, cases[i].value);
    }
}
END_TEST

START_TEST(later_duplicates_win_and_earlier_keys_stay)
{
    static const char text[] = "spark.a 1\n\n# c\nspark.b \\\n 2\nspark.a 3\nspark.c 4\n";
    AUTO(conf) conf = sparkk8s_conf_new();

    conf_put(conf, "spark.c", "flag", "--conf", NULL);
    ck_assert_int_eq(sparkk8s_conf_parse(conf, text, strlen(text), "defaults", NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.a"), "3");
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.a"), "defaults:6");
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.b"), "defaults:4");
    ck_assert_str_eq(sparkk8s_conf_get(conf, "spark.c"), "flag");
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"spark.a \\u12", "p:1"}, {"spark.a 1\nspark.b \\uzzzz", "p:2"}, {"spark.a \\u0000", "p:1"},
        {"spark.a \\ud800", "p:1"}, {"spark.a \\udc00\\ud800", "p:1"}, {"spark.a \\ud83d\\u0041", "p:1"},
        {"\n\nspark.a \xff\n", "p:3"}, {"\n= x", "p:2"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        AUTO(error) err = NULL;

        ck_assert_int_eq(sparkk8s_conf_parse(conf, cases[i].text, strlen(cases[i].text), "p", &err), SPARKK8S_EPARSE);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where);
        ck_assert_uint_eq(conf->count, 0);
    }
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    AUTO(conf) conf = sparkk8s_conf_new();

    ck_assert_int_eq(sparkk8s_conf_parse(conf, "spark.a 1\0", 10, NULL, NULL), SPARKK8S_EPARSE);
    ck_assert_int_eq(sparkk8s_conf_parse(conf, NULL, 0, NULL, NULL), SPARKK8S_EINVAL);
}
END_TEST

START_TEST(loaded_from_a_file)
{
    char path[] = "/tmp/properties-XXXXXX", origin[64];
    AUTO(conf) conf = sparkk8s_conf_new();
    int fd = mkstemp(path);

    ck_assert_int_eq((int)write(fd, "#\nspark.a 1\n", 12), 12);
    close(fd);
    ck_assert_int_eq(sparkk8s_conf_load(conf, path, NULL), 0);
    unlink(path);
    snprintf(origin, sizeof(origin), "%s:2", path);
    ck_assert_str_eq(sparkk8s_conf_origin(conf, "spark.a"), origin);
    ck_assert_int_eq(sparkk8s_conf_load(conf, path, NULL), SPARKK8S_EIO);
    ck_assert_int_eq(sparkk8s_conf_load(conf, NULL, NULL), SPARKK8S_EINVAL);
}
END_TEST

START_TEST(written)
{
    static const struct {
        const char *key, *value, *line;
    } cases[] = {
        {"spark.master", "k8s://https://host:443", "spark.master=k8s\\://https\\://host\\:443\n"},
        {"a b", "  c d", "a\\ b=\\  c d\n"}, {"a#!", "=", "a\\#\\!=\\=\n"},
        {"spark.a", "\t\n\r\f\\", "spark.a=\\t\\n\\r\\f\\\\\n"}, {"spark.a", "é😀\x01", "spark.a=é😀\x01\n"},
        {"spark.a", "", "spark.a=\n"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STR out = STR_INIT(1000);

        properties_add(&out, cases[i].key, cases[i].value);
        ck_assert_str_eq(out.s, cases[i].line);
    }
}
END_TEST

/* Whatever a key and value are, but for what Spark trims: written and read again they are the same. */
START_TEST(there_and_back)
{
    char key[] = "spark.k??", value[] = "v??v";
    int i, j;

    for (i = 1; i < 128; i++) {
        for (j = 1; j < 128; j++) {
            AUTO_STR out = STR_INIT(1000);
            AUTO(conf) conf = NULL;

            key[7] = value[1] = (char)i;
            key[8] = value[2] = (char)j;
            properties_add(&out, key, value);
            conf = parse(out.s);
            ck_assert_pstr_eq(sparkk8s_conf_get(conf, key), value);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("properties");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, one_line);
    tcase_add_test(tcase, later_duplicates_win_and_earlier_keys_stay);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, a_nul_byte_is_refused);
    tcase_add_test(tcase, loaded_from_a_file);
    tcase_add_test(tcase, written);
    tcase_add_test(tcase, there_and_back);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
