/* SPDX-License-Identifier: Apache-2.0 */
/* Hadoop's settings and Kerberos beyond the recorded cases (tests/golden): what is refused, and what decides. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "small_app.h"

#define K8S "spark.kubernetes.kerberos."
#define KERBEROS "<property> <name>hadoop.security.authentication</name>\n<value> kerberos </value></property>"

/* What one application is, and the place of the error or "". "@" in a value is a file that is there. */
static void check_case(const char *const *settings, const char *variable, const char *where)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(error) err = NULL;
    const char *env[] = {variable, NULL};
    int rc;

    scratch_begin(&scratch);
    scratch_file(&scratch, "file", "x");
    for (; settings[0]; settings += 2)
        app_conf(app, settings[0], strcmp(settings[1], "@") ? settings[1] : scratch.path);
    ck_assert_int_eq(sparkk8s_app_set_env(app, env, NULL), 0);
    rc = sparkk8s_render(app, NULL, &manifest, &err);
    ck_assert_str_eq(sparkk8s_error_where(err), where);
    ck_assert_int_eq(rc, *where ? SPARKK8S_ECONF : 0);
}

START_TEST(what_goes_together)
{
    static const struct {
        const char *settings[7], *variable, *where;
    } cases[] = {
        {{"spark.kubernetes.hadoop.configMapName", "m"}, "HADOOP_CONF_DIR=", "spark.kubernetes.hadoop.configMapName"},
        {{"spark.kubernetes.hadoop.configMapName", "m"}, NULL, ""},
        {{"spark.kerberos.keytab", "@", "spark.kerberos.principal", "p"}, NULL, ""},
        {{"spark.yarn.keytab", "@", "spark.yarn.principal", "p"}, NULL, ""},
        {{"spark.kerberos.keytab", "/no/such", "spark.kerberos.principal", "p"}, NULL, "spark.kerberos.keytab"},
        {{"spark.yarn.keytab", "/no/such", "spark.kerberos.principal", "p"}, NULL, "spark.yarn.keytab"},
        {{"spark.kerberos.keytab", "local:///k", "spark.kerberos.principal", "p"}, NULL, ""},
        {{"spark.kerberos.principal", "p"}, NULL, "spark.kerberos.principal"},
        {{K8S "krb5.path", "@", K8S "krb5.configMapName", "m"}, NULL, K8S "krb5.path"},
        {{K8S "tokenSecret.name", "n"}, NULL, K8S "tokenSecret.name"},
        {{NULL}, "HADOOP_TOKEN_FILE_LOCATION=/t", "HADOOP_TOKEN_FILE_LOCATION"},
        {{NULL}, "HADOOP_TOKEN_FILE_LOCATION=", ""},
        {{"spark.hadoop.hadoop.security.authentication", "Kerberos"}, NULL, "hadoop.security.authentication"},
        {{"spark.hadoop.hadoop.security.authentication", "simple"}, NULL, ""},
        {{"spark.hadoop.hadoop.security.authentication", "kerberos", K8S "tokenSecret.name", "n",
          K8S "tokenSecret.itemKey", "k"}, NULL, ""},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++)
        check_case(cases[i].settings, cases[i].variable, cases[i].where);
}
END_TEST

START_TEST(security_of_the_folder)
{
    static const struct {
        const char *xml, *key;
        int rc;
    } cases[] = {
        {KERBEROS, NULL, SPARKK8S_ECONF}, {KERBEROS, "simple", 0}, {"<configuration/>", "KERBEROS", SPARKK8S_ECONF},
        {"<property><name>hadoop.security.authentication</name></property><value>kerberos</value>", NULL, 0},
        {"<name>hadoop.security.authentication</name>", NULL, 0}, {"", NULL, 0},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_SCRATCH scratch;
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        char variable[100];
        const char *env[] = {variable, NULL};

        scratch_begin(&scratch);
        scratch_file(&scratch, "core-site.xml", cases[i].xml);
        snprintf(variable, sizeof(variable), "HADOOP_CONF_DIR=%s", scratch.folder);
        ck_assert_int_eq(sparkk8s_app_set_env(app, env, NULL), 0);
        app_conf(app, "spark.hadoop.hadoop.security.authentication", cases[i].key);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, NULL), cases[i].rc);
    }
}
END_TEST

/* Spark's executors and /etc/krb5.conf find such a file under its own name only. */
START_TEST(name_of_krb5)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) good = NULL;
    AUTO(manifest) warned = NULL;

    scratch_begin(&scratch);
    app_conf(app, K8S "krb5.path", scratch_file(&scratch, "krb5.conf", "x"));
    good = rendered(app, NULL, 0);
    app_conf(app, K8S "krb5.path", scratch_file(&scratch, "krb5.ini", "x"));
    warned = rendered(app, NULL, 0);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(good), 0);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(warned), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hadoop");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_goes_together);
    tcase_add_test(tcase, security_of_the_folder);
    tcase_add_test(tcase, name_of_krb5);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
