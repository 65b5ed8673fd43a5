/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes beyond the recorded cases (tests/golden): which keys are volumes, in which order, and what is refused. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

#define PREFIX "spark.kubernetes.driver.volumes."

static json_t *spec_of(const sparkk8s_manifest *manifest)
{
    return json_at(object_of(manifest, "Pod"), "spec", NULL);
}

/* Names of the volumes that a set of keys makes, with a blank between; the two of every driver are left out. */
START_TEST(which_keys_are_volumes)
{
    static const struct {
        const char *keys[4], *names;
    } cases[] = {
        {{PREFIX "emptyDir.b.mount.path", PREFIX "emptyDir.a.mount.path"}, "a b "},
        /* '-' is below '.': the keys of one volume are not in one piece */
        {{PREFIX "emptyDir.a", PREFIX "emptyDir.a-b.mount.path", PREFIX "emptyDir.a.mount.path"}, "a a-b "},
        {{PREFIX "emptyDir"}, ""}, {{PREFIX "emptyDir."}, ""}, {{PREFIX "emptyDir.."}, ""},
        {{PREFIX "emptyDir.a.b.c"}, NULL},
        {{PREFIX "emptydir.a.mount.path"}, NULL},
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;
        AUTO_STR names = STR_INIT(100);
        json_t *volume;

        for (k = 0; k < COUNT(cases[i].keys) && cases[i].keys[k]; k++)
            app_conf(app, cases[i].keys[k], cases[i].keys[k]);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].names ? 0 : SPARKK8S_ECONF);
        if (!cases[i].names)
            continue;
        json_array_foreach(json_at(spec_of(manifest), "volumes", NULL), k, volume)
            if (!text_starts(json_text_at(volume, "name", NULL), "spark-"))
                str_addf(&names, "%s ", json_text_at(volume, "name", NULL));
        ck_assert_str_eq(names.s, cases[i].names);
    }
}
END_TEST

/* Of a claim: whether it is made, and for whom it can be mounted. */
START_TEST(claims)
{
    static const struct {
        const char *version, *storage_class, *size, *legacy, *mode;
    } cases[] = {
        {"3.5.8", "fast", "1Gi", NULL, "ReadWriteOnce"}, {"3.5.8", "fast", "1Gi", "false", "ReadWriteOncePod"},
        {"4.0.5", "fast", "1Gi", NULL, "ReadWriteOncePod"}, {"4.3.0", "fast", "1Gi", "true", "ReadWriteOnce"},
        {"4.3.0", "fast", NULL, NULL, NULL}, {"4.3.0", NULL, "1Gi", NULL, NULL}, {"3.5.8", NULL, "", NULL, NULL},
        {"4.3.0", "", "1Gi", NULL, "ReadWriteOncePod"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        json_t *modes;

        app_conf(app, PREFIX "persistentVolumeClaim.v.mount.path", "/v");
        app_conf(app, PREFIX "persistentVolumeClaim.v.options.claimName", "x-OnDemand-OnDemand");
        app_conf(app, PREFIX "persistentVolumeClaim.v.options.storageClass", cases[i].storage_class);
        app_conf(app, PREFIX "persistentVolumeClaim.v.options.sizeLimit", cases[i].size);
        app_conf(app, "spark.kubernetes.legacy.useReadWriteOnceAccessMode", cases[i].legacy);
        manifest = rendered(app, NULL, 0);
        ck_assert_ptr_null(strstr(sparkk8s_manifest_json(manifest, 0), "OnDemand"));
        if (!cases[i].mode) {
            ck_assert_ptr_null(strstr(sparkk8s_manifest_kind(manifest, 2), "Claim"));
            continue;
        }
        modes = json_at(object_of(manifest, "PersistentVolumeClaim"), "spec", "accessModes", NULL);
        ck_assert_str_eq(json_string_value(json_array_get(modes, 0)), cases[i].mode);
    }
}
END_TEST

START_TEST(refusals)
{
    static const struct {
        const char *version, *size, *path;
        bool fine;
    } cases[] = {
        {"4.1.4", "1Gi", "/other", true}, {"4.1.4", "1Gi", "/secret", true}, {"4.1.4", "1Gi", "/same", false},
        {"3.5.8", "1", "/other", true}, {"3.5.8", "", "/other", false}, {"4.1.4", "", "/other", false},
        {"4.1.4", "99999999999999999999", "/other", false}, {"4.1.4", "99999999999", "/other", true},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;

        app_conf(app, "spark.kubernetes.driver.secrets.s", "/secret");
        app_conf(app, PREFIX "emptyDir.a.mount.path", "/same");
        app_conf(app, PREFIX "emptyDir.b.mount.path", cases[i].path);
        app_conf(app, PREFIX "emptyDir.b.options.sizeLimit", cases[i].size);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].fine ? 0 : SPARKK8S_ECONF);
        ck_assert_int_eq(text_starts(sparkk8s_error_where(err), PREFIX), !cases[i].fine);
    }
}
END_TEST

/* Claims that others may have, too: those that are made under a name of the user's. */
START_TEST(named_claims)
{
    static const struct {
        const char *name, *size;
        size_t shared, warnings;
    } cases[] = {
        {"data", "1Gi", 1, 1}, {"data", NULL, 0, 0}, {"OnDemand", "1Gi", 0, 0}, {"x-OnDemand", "1Gi", 0, 0},
        {"x-SPARK_EXECUTOR_ID", "1Gi", 1, 3},   /* which means nothing in a driver, and is no name */
    };
    size_t i;
    int k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) manifest = NULL;

        for (k = 0; k < 2; k++) {               /* mounted twice, it is one claim */
            char key[100];

            snprintf(key, sizeof(key), PREFIX "persistentVolumeClaim.v%d.mount.path", k);
            app_conf(app, key, k ? "/a" : "/b");
            snprintf(key, sizeof(key), PREFIX "persistentVolumeClaim.v%d.options.claimName", k);
            app_conf(app, key, cases[i].name);
            snprintf(key, sizeof(key), PREFIX "persistentVolumeClaim.v%d.options.storageClass", k);
            app_conf(app, key, "c");
            snprintf(key, sizeof(key), PREFIX "persistentVolumeClaim.v%d.options.sizeLimit", k);
            app_conf(app, key, cases[i].size);
        }
        manifest = rendered(app, NULL, 0);
        ck_assert_uint_eq(manifest->shared_claims.count, cases[i].shared);
        ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), cases[i].warnings);
        if (cases[i].shared)
            ck_assert_ptr_nonnull(strstr(sparkk8s_manifest_warning(manifest, 0), cases[i].name));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("volumes");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, which_keys_are_volumes);
    tcase_add_test(tcase, claims);
    tcase_add_test(tcase, named_claims);
    tcase_add_test(tcase, refusals);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
