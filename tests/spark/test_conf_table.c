/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys: its shape, and what is refused or warned about by it. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "conf_describe.h"
#include "conf_table.h"
#include "env.h"
#include "error.h"
#include "file.h"
#include "strv.h"
#include "text.h"
#include "value.h"

START_TEST(rows_are_sorted_and_whole)
{
    size_t i;

    ck_assert_uint_gt(conf_table_count, 150);
    for (i = 0; i < conf_table_count; i++) {
        const struct conf_row *row = &conf_table[i];
        size_t len = strlen(row->key);

        ck_assert_msg(i == 0 || strcmp(conf_table[i - 1].key, row->key) < 0, "%s is out of order", row->key);
        ck_assert_msg((row->type == CONF_PREFIX) == (row->key[len - 1] == '.'), "%s", row->key);
        ck_assert_msg(row->since <= row->until && row->until < SPARK_LINES, "%s", row->key);
        ck_assert_msg(row->readers && row->doc && *row->doc, "%s", row->key);
        ck_assert_msg(row->doc[strlen(row->doc) - 1] != '.' || strstr(row->doc, "..."), "%s", row->key);
        ck_assert_ptr_eq(conf_row(row->key), row);
    }
}
END_TEST

/* Every default is one that the typed read of its own key takes. */
START_TEST(defaults_are_of_their_type)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    struct env env = {0};
    struct reader reader = {conf, &env};
    size_t i;

    for (i = 0; i < conf_table_count; i++) {
        const struct conf_row *row = &conf_table[i];
        int64_t wide;
        int32_t narrow;
        double real;
        bool yes;
        int rc = 0;

        if (!row->fallback)
            continue;
        switch (row->type) {
        case CONF_BOOL: rc = read_bool(&reader, row->key, &yes, NULL); break;
        case CONF_INT: rc = read_int(&reader, row->key, &narrow, NULL); break;
        case CONF_LONG: rc = read_long(&reader, row->key, &wide, NULL); break;
        case CONF_DOUBLE: rc = read_double(&reader, row->key, &real, NULL); break;
        case CONF_BYTES:
        case CONF_BYTES_MIB: rc = read_mib(&reader, row->key, &wide, NULL, NULL); break;
        case CONF_TIME_S:
        case CONF_TIME_MS: rc = read_seconds(&reader, row->key, &wide, NULL); break;
        case CONF_STRING:
        case CONF_LIST: break;
        case CONF_PREFIX: rc = -1; break;
        }
        ck_assert_msg(rc == 0, "%s=%s", row->key, row->fallback);
    }
}
END_TEST

/* ---- against the list of what Spark has (keys.txt) ---- */

static enum spark_line line_named(const char *name)
{
    int line;

    for (line = 0; line < SPARK_LINES && strcmp(line_infos[line].name, name) != 0; line++)
        ;
    ck_assert_msg(line < SPARK_LINES, "%s", name);
    return (enum spark_line)line;
}

/* {key, type, default, since, until} of a line. */
static void check_listed(char *const *words)
{
    AUTO(json) made = NULL;
    const struct conf_row *row = conf_row(words[0]);
    enum spark_line since = line_named(words[3]), until = line_named(words[4]);
    int line;

    ck_assert_msg(row && !strcmp(row->key, words[0]), "%s has no row", words[0]);
    made = conf_row_json(row);
    ck_assert_msg(!strcmp(json_text_at(made, "type", NULL), words[1]), "%s: type", words[0]);
    ck_assert_msg(row->since <= since && until <= row->until, "%s: since and until", words[0]);
    for (line = (int)since; line <= (int)until; line++) {
        const char *value = conf_default(row, (enum spark_line)line);

        ck_assert_msg(!strcmp(value ? value : "-", words[2]), "%s: default %s in %s", words[0], value,
                      line_infos[line].name);
    }
}

static void check_ends(const char *key, enum spark_line since, enum spark_line until)
{
    const struct conf_row *row = conf_row(key);

    ck_assert_msg(row->since == since && row->until == until, "%s: since or until", key);
}

START_TEST(every_key_of_spark_has_its_row)
{
    AUTO(chars) text = NULL;
    AUTO(chars) key = text_dup("");
    AUTO_STRV lines = {0};
    enum spark_line since = SPARK_3_5, until = SPARK_3_5;
    size_t i, len, count = 0;

    ck_assert_int_eq(file_read(getenv("SPARK_KEYS"), 1 << 20, &text, &len, NULL), 0);
    strv_split(&lines, text, '\n');
    for (i = 0; i < lines.count; i++) {
        AUTO_STRV words = {0};

        if (*lines.v[i] == '#' || !*lines.v[i])
            continue;
        strv_split(&words, lines.v[i], ' ');
        ck_assert_uint_eq(words.count, 5);
        check_listed(words.v);
        if (strcmp(key, words.v[0]) != 0) {
            if (*key)
                check_ends(key, since, until);
            since = line_named(words.v[3]);
            free(key);
            key = text_dup(words.v[0]);
            count++;
        }
        until = line_named(words.v[4]);
    }
    check_ends(key, since, until);
    ck_assert_uint_gt(count, 150);
}
END_TEST

START_TEST(keys_as_json)
{
    AUTO(chars) all = NULL;
    AUTO(chars) few = NULL;
    AUTO(json) rows = NULL;
    const json_t *row;

    ck_assert_int_eq(sparkk8s_keys_to_json(NULL, &all, NULL), 0);
    ck_assert_int_eq(json_parse(all, strlen(all), "keys", &rows, NULL), 0);
    ck_assert_uint_eq(json_array_size(rows), conf_table_count);
    json_decref(TAKE(rows));
    ck_assert_int_eq(sparkk8s_keys_to_json("spark.kubernetes.executor.useDriver", &few, NULL), 0);
    ck_assert_int_eq(json_parse(few, strlen(few), "keys", &rows, NULL), 0);
    ck_assert_uint_eq(json_array_size(rows), 1);
    row = json_array_get(rows, 0);
    ck_assert_str_eq(json_text_at(row, "default", NULL), "true");
    ck_assert_str_eq(json_text_at(row, "defaults", "4.1", NULL), "false");
    ck_assert_str_eq(json_text_at(row, "since", NULL), "4.1");
    ck_assert_ptr_null(json_text_at(row, "defaults", "4.0", NULL));
    ck_assert(json_is_null(json_object_get(row, "alias")));
    ck_assert_int_eq(sparkk8s_keys_to_json(NULL, NULL, NULL), SPARKK8S_EINVAL);
}
END_TEST

START_TEST(rows_are_found)
{
    static const struct {
        const char *key, *row;
    } cases[] = {
        {"spark.kubernetes.namespace", "spark.kubernetes.namespace"},
        {"spark.kubernetes.driver.label.a.b", "spark.kubernetes.driver.label."},
        {"spark.kubernetes.driver.volumes.hostPath.x.mount.path", "spark.kubernetes.driver.volumes."},
        {"spark.kubernetes.driverEnv.X", "spark.kubernetes.driverEnv."},
        {"spark.hadoop.fs.s3a.endpoint", "spark.hadoop."},
        {"spark.kubernetes.driver.label", NULL}, {"spark.kubernetes.driver.labels.x", NULL},
        {"spark.kubernetes.namespaces", NULL}, {"spark.zzz", NULL}, {"a", NULL}, {"zzz", NULL}, {"", NULL},
        {"sparkk8s.nothing", NULL}, {"sparkk8s.submit.order", "sparkk8s.submit.order"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        const struct conf_row *row = conf_row(cases[i].key);

        ck_assert_pstr_eq(row ? row->key : NULL, cases[i].row);
    }
}
END_TEST

START_TEST(secrets_are_known)
{
    ck_assert(conf_is_secret("spark.kubernetes.authenticate.submission.oauthToken"));
    ck_assert(conf_is_secret("spark.ssl.keyPassword"));
    ck_assert(conf_is_secret("spark.hadoop.fs.s3a.access.key"));
    ck_assert(conf_is_secret("spark.hadoop.fs.x.AccessKey"));
    ck_assert(!conf_is_secret("spark.driver.memory"));
    ck_assert(!conf_is_secret("spark.kubernetes.container.image"));
}
END_TEST

START_TEST(warned_about)
{
    static const struct {
        const char *key;
        enum spark_line line;
        const char *part;                   /* of the warning; NULL: none */
    } cases[] = {
        {"spark.kubernetes.namespce", SPARK_4_1, "did you mean spark.kubernetes.namespace?"},
        {"spark.kubernetes.nothing.like.any.of.them", SPARK_4_1, "no key that Spark on Kubernetes knows"},
        {"sparkk8s.spark.versoin", SPARK_4_1, "did you mean sparkk8s.spark.version?"},
        {"spark.driver.minMemoryOverhead", SPARK_3_5, "Spark 4.0 and later only; Spark 3.5 ignores it"},
        {"spark.driver.minMemoryOverhead", SPARK_4_0, NULL},
        {"spark.kubernetes.pyspark.pythonVersion", SPARK_4_1, "Spark 4.0 and earlier only; Spark 4.1 ignores it"},
        {"spark.my.own.key", SPARK_4_1, NULL},
        {"spark.kubernetes.driver.label.team", SPARK_4_1, NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(conf) conf = sparkk8s_conf_new();
        AUTO_STRV warnings = {0};

        sparkk8s_conf_set(conf, cases[i].key, "x", NULL);
        ck_assert_int_eq(conf_check(conf, cases[i].line, &warnings, NULL), 0);
        ck_assert_uint_eq(warnings.count, cases[i].part ? 1 : 0);
        if (cases[i].part)
            ck_assert_msg(strstr(warnings.v[0], cases[i].part) != NULL, "%s", warnings.v[0]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conf_table");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, rows_are_sorted_and_whole);
    tcase_add_test(tcase, defaults_are_of_their_type);
    tcase_add_test(tcase, every_key_of_spark_has_its_row);
    tcase_add_test(tcase, keys_as_json);
    tcase_add_test(tcase, rows_are_found);
    tcase_add_test(tcase, secrets_are_known);
    tcase_add_test(tcase, warned_about);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
