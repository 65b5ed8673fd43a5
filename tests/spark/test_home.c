/* SPDX-License-Identifier: Apache-2.0 */
/* Which version a distribution says it is. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "home.h"
#include "scratch.h"

static const struct {
    const char *release, *jar, *version;
} homes[] = {
    {"Spark 4.1.4 (git revision 0123abc) built for Hadoop 3.4.2\nBuild flags: -Pkubernetes\n", NULL, "4.1.4"},
    {"Spark 3.5.1-amzn-0\n", "spark-core_2.12-3.5.8.jar", "3.5.1-amzn-0"},
    {"something else\n", "spark-core_2.12-3.5.8.jar", "3.5.8"},
    {"", "spark-core_2.13-4.3.0-SNAPSHOT.jar", "4.3.0-SNAPSHOT"},
    {NULL, "spark-core_2.13-4.0.5.jar", "4.0.5"},
    {NULL, "spark-core_2.13-4.0.5.txt", NULL},
    {NULL, "spark-corelated_2.13-4.0.5.jar", NULL},
    {NULL, "spark-core_.jar", NULL},
    {NULL, NULL, NULL},
};

START_TEST(versions)
{
    AUTO_SCRATCH scratch;
    AUTO(chars) version = NULL;
    char jars[80], jar[160], home[80];
    const char *vars[] = {home, NULL};
    struct env env = {0};

    scratch_begin(&scratch);
    snprintf(home, sizeof(home), "SPARK_HOME=%s", scratch.folder);
    snprintf(jars, sizeof(jars), "%s/jars", scratch.folder);
    snprintf(jar, sizeof(jar), "%s/%s", jars, homes[_i].jar ? homes[_i].jar : "other.jar");
    ck_assert_int_eq(mkdir(jars, 0700), 0);
    fclose(fopen(jar, "w"));
    if (homes[_i].release)
        scratch_file(&scratch, "RELEASE", homes[_i].release);
    ck_assert_int_eq(env_set_all(&env, vars, NULL), 0);
    ck_assert_int_eq(home_version(&env, &version, NULL), 0);
    ck_assert_pstr_eq(version, homes[_i].version);
    env_clear(&env);
    unlink(jar);
    rmdir(jars);
}
END_TEST

START_TEST(no_home)
{
    static const char *const vars[] = {"SPARK_HOME=", NULL};
    char *version = NULL;
    struct env env = {0};

    ck_assert_int_eq(home_version(&env, &version, NULL), 0);
    ck_assert_ptr_null(version);
    ck_assert_int_eq(env_set_all(&env, vars, NULL), 0);
    ck_assert_int_eq(home_version(&env, &version, NULL), 0);
    ck_assert_ptr_null(version);
    env_clear(&env);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("home");
    TCase *tcase = tcase_create("home");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, versions, 0, (int)COUNT(homes));
    tcase_add_test(tcase, no_home);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
