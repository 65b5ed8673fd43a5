/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of files on their way to URIs; "$" is the folder of the test. Each row was tried with the real Spark. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "app.h"
#include "dependencies.h"
#include "error.h"
#include "scratch.h"

#define JAR "local:///app.jar"

static char *fill(const struct scratch *scratch, const char *text)
{
    AUTO_STR filled = STR_INIT(STR_TEXT_LIMIT);
    AUTO(chars) folder = realpath(scratch->folder, NULL);

    for (; *text; text++) {
        if (*text == '$')
            str_add(&filled, folder);
        else
            str_addc(&filled, *text);
    }
    return str_take(&filled);
}

static void begin(struct scratch *scratch)
{
    static const char *const files[] = {"a.txt", "b.txt", "a b.txt", "a%20b.txt", "a.zip", "d/x.txt", "r.py", "[1].txt", "blank "};
    size_t i;

    scratch_begin(scratch);
    scratch_folder(scratch, "d");
    for (i = 0; i < COUNT(files); i++)
        scratch_file(scratch, files[i], "");
    ck_assert_int_eq(chdir(scratch->folder), 0);
    ck_assert_int_eq(symlink("r.py", "link.py"), 0);
}

/* As a flag, or as a property. */
static int prepare(const struct scratch *scratch, const char *flag, const char *key, const char *list, struct prepared *out,
                   sparkk8s_error **err)
{
    AUTO(chars) value = fill(scratch, list);
    AUTO_STR property = STR_INIT(STR_TEXT_LIMIT);
    const char *argv[] = {flag ? flag : "--conf", NULL, "--class", "x.Y", JAR};
    AUTO_STRV warnings = {0};
    AUTO(app) app = NULL;
    int rc;

    str_addf(&property, "%s=%s", key, value);
    argv[1] = flag ? value : property.s;
    rc = sparkk8s_app_from_args(COUNT(argv), argv, NULL, NULL, &app, err);
    return rc < 0 ? rc : app_prepare(app, 1, out, &warnings, err);
}

START_TEST(lists)
{
    static const struct {
        const char *flag, *key, *list, *resolved;
    } rows[] = {
        {"--files", FILES_KEY, "$/a.txt", "file://$/a.txt"},
        {"--files", FILES_KEY, "a.txt,./d/../b.txt", "file://$/a.txt,file://$/b.txt"},
        {"--files", FILES_KEY, "$/*.txt", "file:$/%5B1%5D.txt,file:$/a%20b.txt,file:$/a%2520b.txt,file:$/a.txt,file:$/b.txt"},
        {"--files", FILES_KEY, "d/*,d,none.*", "file:$/d/x.txt"},
        {"--files", FILES_KEY, "d", ""},
        {"--files", FILES_KEY, "none", "file:$/none"},
        {"--files", FILES_KEY, "a b.txt,a%20b.txt", "file://$/a%20b.txt,file://$/a%2520b.txt"},
        {"--files", FILES_KEY, "file:a%20b.txt", NULL},
        {"--files", FILES_KEY, "file://$/a%20b.txt", "file://$/a%20b.txt"},
        {"--files", FILES_KEY, "file://h/a.txt", NULL},
        {"--files", FILES_KEY, "a.txt#x", "file://$/a.txt#x"},
        {"--files", FILES_KEY, "a b.txt#x", "file:$/a%20b.txt%23x"},
        {"--files", FILES_KEY, "*.zip#x", "file:$/a.zip#x"},
        {"--files", FILES_KEY, "*.txt#x", NULL},
        {"--files", FILES_KEY, "a.zip#x%20y", "file:$/file:$/a.zip%23x%20y"},
        {"--files", FILES_KEY, "link.py", "file://$/r.py"},
        {"--files", FILES_KEY, "file:$/link.py", "file://$/link.py"},
        {"--files", FILES_KEY, "link.py#x", "file://$/link.py#x"},
        {"--files", FILES_KEY, "blank ,,", "file://$/blank%20"},
        {"--files", FILES_KEY, "a.txt, b.txt", "file://$/a.txt,file:$/%20b.txt"},
        {"--files", FILES_KEY, " local:///x", NULL},
        {"--files", FILES_KEY, "https://h/a b", NULL},
        {"--files", FILES_KEY, "[1].txt", NULL},
        {"--files", FILES_KEY, "https://h/a%2Bb%41?c=%26#d,s3a://b/*.txt,local:///x#y",
         "https://h/a+bA?c=&#d,s3a://b/*.txt,local:///x#y"},
        {"--files", FILES_KEY, "nosuch://h/x", NULL},
        {"--files", FILES_KEY, "", ""},
        {NULL, FILES_KEY, " $/a.txt , b.txt,,", "file://$/a.txt,file://$/b.txt"},
        {NULL, FILES_KEY, "${env:HOME}/a.txt", ""},
        {NULL, JARS_KEY, "a.zip", "file://$/a.zip," JAR},
        {"--jars", JARS_KEY, "a.zip," JAR, "file://$/a.zip," JAR "," JAR},
        {"--archives", ARCHIVES_KEY, "a.zip#env", "file://$/a.zip#env"},
        {"--py-files", PY_FILES_KEY, "*.py,local:///x.zip", "file:$/link.py,file:$/r.py,local:///x.zip"},
        {NULL, PY_FILES_KEY, "r.py, link.py", "file://$/r.py,file://$/r.py"},
        {NULL, "spark.yarn.dist.files", "a.txt,,*.txt", "file:$/a.txt,file:$/*.txt"},
        {NULL, "spark.hadoop.x", "a.txt", "a.txt"},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    begin(&scratch);
    for (i = 0; i < COUNT(rows); i++) {
        __attribute__((cleanup(prepared_clear))) struct prepared made = {0};
        AUTO(chars) resolved = rows[i].resolved ? fill(&scratch, rows[i].resolved) : NULL;
        AUTO(error) error = NULL;
        int rc = prepare(&scratch, rows[i].flag, rows[i].key, rows[i].list, &made, &error);

        ck_assert_msg(rc == (resolved ? 0 : SPARKK8S_ECONF), "%s: %s", rows[i].list, sparkk8s_error_message(error));
        if (rc < 0)
            ck_assert(strstr(sparkk8s_error_message(error), "(spark.files, from --files)") && *sparkk8s_error_hint(error));
        else
            ck_assert_str_eq(sparkk8s_conf_get(made.conf, rows[i].key), resolved);
    }
}
END_TEST

/* A class for the scheme makes it one that Spark knows. */
START_TEST(own_file_system)
{
    static const char *const argv[] = {"--files", "nosuch://h/x", "--conf", "spark.hadoop.fs.nosuch.impl=a.B", "--class", "x.Y", JAR};
    __attribute__((cleanup(prepared_clear))) struct prepared made = {0};
    AUTO_STRV warnings = {0};
    AUTO(app) app = NULL;

    ck_assert_int_eq(sparkk8s_app_from_args(COUNT(argv), argv, NULL, NULL, &app, NULL), 0);
    ck_assert_int_eq(app_prepare(app, 1, &made, &warnings, NULL), 0);
    ck_assert_str_eq(sparkk8s_conf_get(made.conf, FILES_KEY), "nosuch://h/x");
}
END_TEST

START_TEST(resources)
{
    static const struct {
        const char *resource, *resolved, *name;
    } rows[] = {
        {"r.py", "file:$/r.py", "r.py"},
        {"link.py", "file:$/r.py", "r.py"},
        {"a b.py", "file:$/a%20b.py", "a%20b.py"},
        {"r.py#x.py", "file:$/r.py#x.py", "r.py#x.py"},
        {"file:/x/y.py", "file:/x/y.py", "y.py"},
        {"s3a://b/x/y.py?v=1.py", "s3a://b/x/y.py?v=1.py", "y.py?v=1.py"},
        {"m.R", "file:$/m.R", "m.R"},
        {"local:///a b.py", "file:$/local:/a%20b.py", "a%20b.py"},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    begin(&scratch);
    for (i = 0; i < COUNT(rows); i++) {
        __attribute__((cleanup(prepared_clear))) struct prepared made = {0};
        AUTO(chars) resolved = fill(&scratch, rows[i].resolved);
        AUTO_STRV warnings = {0};
        AUTO(app) app = NULL;

        ck_assert_int_eq(sparkk8s_app_from_args(1, &rows[i].resource, NULL, NULL, &app, NULL), 0);
        ck_assert_int_eq(app_prepare(app, 1, &made, &warnings, NULL), 0);
        ck_assert_str_eq(made.resource, resolved);
        ck_assert_str_eq(made.app_name, rows[i].name);
        ck_assert_uint_eq(warnings.count, made.language == LANGUAGE_R);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dependencies");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, own_file_system);
    tcase_add_test(tcase, resources);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
