/* SPDX-License-Identifier: Apache-2.0 */
/* What rendering does beyond the recorded cases (tests/golden): order, options, determinism, refusals. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

#define VOLUME "spark.kubernetes.executor.volumes.emptyDir.v."

START_TEST(order_of_creation)
{
    static const struct {
        const char *version;
        const char *kinds[5];
    } cases[] = {
        {"3.5.8", {"Pod", "Service", "ConfigMap", NULL, NULL}},
        {"4.1.4", {"Pod", "Service", "ConfigMap", NULL, NULL}},
        {"4.2.1", {"Pod", "Service", "NetworkPolicy", "ConfigMap", NULL}},
        {"4.3.0", {"Pod", "Service", "NetworkPolicy", "ConfigMap", NULL}},
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = rendered(app, NULL, 0);

        for (k = 0; cases[i].kinds[k]; k++)
            ck_assert_pstr_eq(sparkk8s_manifest_kind(manifest, k), cases[i].kinds[k]);
        ck_assert_uint_eq(sparkk8s_manifest_count(manifest), k);
        ck_assert_uint_eq(manifest->driver, 0);
    }
}
END_TEST

START_TEST(fixed_options_fix_every_byte)
{
    AUTO(app) app = small_app("4.3.0");
    sparkk8s_render_opts opts = {.size = sizeof(opts), .app_id = "spark-1", .id_seed = "s", .now_ms = NOW};
    AUTO(manifest) one = NULL;
    AUTO(manifest) two = NULL;
    size_t i;

    ck_assert_int_eq(sparkk8s_render(app, &opts, &one, NULL), 0);
    ck_assert_int_eq(sparkk8s_render(app, &opts, &two, NULL), 0);
    ck_assert_str_eq(one->app_id, "spark-1");
    for (i = 0; i < one->count; i++)
        ck_assert_str_eq(sparkk8s_manifest_json(one, i), sparkk8s_manifest_json(two, i));
    ck_assert_ptr_nonnull(strstr(properties_of(one), "\n#Wed Nov 18 11:06:40 UTC 2026\n"));
    ck_assert_ptr_nonnull(strstr(properties_of(one), "\nspark.app.submitTime=1795000000000\n"));
}
END_TEST

START_TEST(without_a_seed_all_differs)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) one = rendered(app, NULL, NOW);
    AUTO(manifest) two = rendered(app, NULL, NOW);

    ck_assert_str_ne(one->app_id, two->app_id);
    ck_assert_str_ne(one->pod_name, two->pod_name);
    ck_assert_str_ne(one->digest, two->digest);
    ck_assert_ptr_null(one->seed);
}
END_TEST

START_TEST(old_and_new_callers)
{
    struct {
        sparkk8s_render_opts known;
        uint64_t later;
    } opts = {.known = {.size = sizeof(opts), .now_ms = NOW}};
    sparkk8s_render_opts no_size = {0};
    sparkk8s_render_opts empty_seed = {.size = sizeof(empty_seed), .id_seed = ""};
    sparkk8s_render_opts bad_id = {.size = sizeof(bad_id), .app_id = "a b"};
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    sparkk8s_error *err = NULL;

    ck_assert_int_eq(sparkk8s_render(app, &opts.known, &manifest, NULL), 0);
    sparkk8s_manifest_free(TAKE(manifest));
    opts.later = 1;
    ck_assert_int_eq(sparkk8s_render(app, &opts.known, &manifest, &err), SPARKK8S_EINVAL);
    ck_assert_ptr_null(manifest);
    sparkk8s_error_free(TAKE(err));

    /* A caller that knows the first member only: the rest is not looked at. */
    opts.known.size = offsetof(sparkk8s_render_opts, id_seed);
    opts.known.id_seed = "";
    ck_assert_int_eq(sparkk8s_render(app, &opts.known, &manifest, NULL), 0);
    ck_assert_int_eq(sparkk8s_render(app, &no_size, &manifest, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_render(app, &empty_seed, &manifest, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_render(app, &bad_id, &manifest, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_render(NULL, NULL, &manifest, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_render(app, NULL, NULL, NULL), SPARKK8S_EINVAL);
}
END_TEST

/* The application can be rendered again and for another line: rendering leaves it as it is. */
START_TEST(app_stays_as_it_is)
{
    AUTO(app) app = small_app("4.3.0");
    size_t count = sparkk8s_conf_count(sparkk8s_app_conf(app));
    AUTO(manifest) manifest = rendered(app, NULL, 0);

    ck_assert_ptr_nonnull(manifest);
    ck_assert_uint_eq(sparkk8s_conf_count(sparkk8s_app_conf(app)), count);
    ck_assert_uint_eq(app->warnings.count, 0);
}
END_TEST

START_TEST(own_keys_stay_out)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) plain = rendered(app, NULL, 0);
    AUTO(manifest) ordered = NULL;

    ck_assert(!plain->spark_order);
    app_conf(app, "sparkk8s.submit.order", "spark");
    ordered = rendered(app, NULL, 0);
    ck_assert(ordered->spark_order);
    ck_assert_ptr_null(strstr(properties_of(ordered), "sparkk8s"));
}
END_TEST

START_TEST(refusals)
{
    static const struct {
        const char *version, *key, *value, *where;
    } cases[] = {
        {"4.3.0", "spark.kubernetes.container.image", NULL, "spark.kubernetes.container.image"},
        {"4.3.0", "spark.kubernetes.namespace", "", "spark.kubernetes.namespace"},
        {"4.3.0", "sparkk8s.submit.order", "random", "sparkk8s.submit.order"},
        {"4.3.0", "spark.kubernetes.driver.label.spark-role", "x",
         "spark.kubernetes.driver.label.spark-role"},
        {"4.3.0", "spark.driver.host", "h", NULL},      /* removed, as SparkSubmit does in cluster mode */
        {"4.3.0", "spark.driver.bindAddress", "h", "spark.driver.bindAddress"},
        {"4.3.0", "spark.driver.resource.gpu.vendor", "nvidia.com", "spark.driver.resource.gpu.amount"},
        {"4.3.0", "spark.kubernetes.memoryOverheadFactor", "-0.1", "spark.kubernetes.memoryOverheadFactor"},
        {"4.3.0", "spark.kubernetes.memoryOverheadFactor", "NaN", "spark.kubernetes.memoryOverheadFactor"},
        {"4.3.0", "spark.connect.grpc.binding.port", "x", "spark.connect.grpc.binding.port"},
        {"4.0.5", "spark.connect.grpc.binding.port", "x", NULL},
        {"4.3.0", "spark.kubernetes.driver.service.ipFamilies", "IPv4, IPv6",
         "spark.kubernetes.driver.service.ipFamilies"},
        {"4.3.0", "spark.kubernetes.executor.volumes.nfs.a.mount.path", "/a",
         "spark.kubernetes.executor.volumes.nfs.a.options.path"},
        {"4.3.0", "spark.kubernetes.executor.volumes.nfs", "/a", NULL},
        {"4.3.0", VOLUME "options.sizeLimit", "1023", VOLUME "options.sizeLimit"},
        {"4.3.0", VOLUME "options.sizeLimit", "1024", NULL},
        {"4.3.0", VOLUME "options.sizeLimit", "5Gi", NULL},
        {"3.5.8", VOLUME "options.sizeLimit", "1023", NULL},
        {"4.3.0", VOLUME "mount.readOnly", "maybe", VOLUME "mount.readOnly"},
        {"4.3.0", VOLUME "mount.subPathExpr", "", VOLUME "mount.subPathExpr"},
        {"3.5.8", VOLUME "mount.subPathExpr", "", NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app(cases[i].version);
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;

        if (text_starts(cases[i].key, VOLUME)) {
            app_conf(app, VOLUME "mount.path", "/v");
            app_conf(app, VOLUME "mount.subPath", "sub");
        }
        app_conf(app, cases[i].key, cases[i].value);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i].where ? SPARKK8S_ECONF : 0);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where ? cases[i].where : "");
    }
}
END_TEST

START_TEST(excluded_steps)
{
    static const char key[] = "spark.kubernetes.driver.pod.excludedFeatureSteps";
    AUTO(app) app = small_app("4.2.1");
    AUTO(app) old = small_app("4.0.5");
    AUTO(manifest) manifest = NULL;
    AUTO(manifest) ignored = NULL;
    AUTO(manifest) refused = NULL;

    app_conf(app, key, "org.apache.spark.deploy.k8s.features.NetworkPolicyFeatureStep, "
             "org.apache.spark.deploy.k8s.features.DriverServiceFeatureStep");
    manifest = rendered(app, NULL, 0);
    ck_assert_uint_eq(sparkk8s_manifest_count(manifest), 2);
    ck_assert_ptr_null(strstr(properties_of(manifest), "spark.driver.host"));

    /* Spark constructs the step all the same, and that is where it looks at this key. */
    app_conf(app, "spark.driver.bindAddress", "0.0.0.0");
    ck_assert_int_eq(sparkk8s_render(app, NULL, &refused, NULL), SPARKK8S_ECONF);

    app_conf(old, key, "org.apache.spark.deploy.k8s.features.DriverServiceFeatureStep");
    ignored = rendered(old, NULL, 0);
    ck_assert_uint_eq(sparkk8s_manifest_count(ignored), 3);
}
END_TEST

START_TEST(long_names_warn)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;
    const char *name;

    ck_assert_int_eq(sparkk8s_app_set(app, "name", "a-name-that-is-too-long-for-a-service", NULL), 0);
    manifest = rendered(app, "run-1", NOW);
    name = json_text_at(object_of(manifest, "Service"), "metadata", "name", NULL);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), 1);
    ck_assert_ptr_nonnull(strstr(sparkk8s_manifest_warning(manifest, 0), name));
    ck_assert(text_starts(name, "spark-") && text_ends(name, "-driver-svc") && strlen(name) <= 63);
}
END_TEST

/* Who the driver's user is, in the order in which it is looked for. */
START_TEST(users)
{
    static const struct {
        const char *env[4], *proxy, *user;
    } cases[] = {
        {{"SPARK_USER=a", "HADOOP_USER_NAME=b", "USER=c"}, "p", "a"},
        {{"HADOOP_USER_NAME=b", "USER=c"}, "p", "p"},
        {{"HADOOP_USER_NAME=b", "USER=c"}, NULL, "b"},
        {{"LOGNAME=d", "USER=c"}, NULL, "c"},
        {{NULL}, NULL, "spark"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.1.4");
        AUTO(manifest) manifest = NULL;
        json_t *container, *env;

        ck_assert_int_eq(sparkk8s_app_set_env(app, cases[i].env, NULL), 0);
        ck_assert_int_eq(sparkk8s_app_set(app, "proxy-user", cases[i].proxy, NULL), 0);
        manifest = rendered(app, NULL, 0);
        container = json_array_get(json_at(object_of(manifest, "Pod"), "spec", "containers", NULL), 0);
        env = json_array_get(json_at(container, "env", NULL), 0);
        ck_assert_pstr_eq(json_text_at(env, "value", NULL), cases[i].user);
    }
}
END_TEST

START_TEST(conf_folder)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        bool taken;
    } files[] = {
        {"log4j2.properties", "a=1\n", 4, true}, {"spark-env.sh", "x", 1, true}, {".hidden", "", 0, true},
        {"spark-defaults.conf", "spark.a b", 9, false}, {"sparkconf", "x", 1, false},
        {"a.template", "x", 1, false}, {"a.jar", "x", 1, false},
        {"latin1", "\xE4", 1, false}, {"nul", "a\0b", 3, false}, {"umlaut", "\xC3\xA4", 2, true},
    };
    char variable[64];
    const char *env[] = {variable, NULL};
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;
    json_t *data, *volumes, *items;
    size_t i, taken = 0;

    scratch_begin(&scratch);
    snprintf(variable, sizeof(variable), "SPARK_CONF_DIR=%s", scratch.folder);
    for (i = 0; i < COUNT(files); i++)
        scratch_bytes(&scratch, files[i].name, files[i].bytes, files[i].len);
    ck_assert_int_eq(sparkk8s_app_set_env(app, env, NULL), 0);
    manifest = rendered(app, NULL, 0);
    data = json_at(object_of(manifest, "ConfigMap"), "data", NULL);
    for (i = 0; i < COUNT(files); i++) {
        ck_assert_msg((json_object_get(data, files[i].name) != NULL) == files[i].taken, "%s", files[i].name);
        taken += files[i].taken;
    }
    ck_assert_uint_eq(json_object_size(data), taken + 2);       /* spark.properties and the namespace */
    volumes = json_at(object_of(manifest, "Pod"), "spec", "volumes", NULL);
    items = json_at(json_array_get(volumes, 1), "configMap", "items", NULL);
    ck_assert_uint_eq(json_array_size(items), taken + 1);
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), 2);    /* the two that are not text */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("render");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, order_of_creation);
    tcase_add_test(tcase, fixed_options_fix_every_byte);
    tcase_add_test(tcase, without_a_seed_all_differs);
    tcase_add_test(tcase, old_and_new_callers);
    tcase_add_test(tcase, app_stays_as_it_is);
    tcase_add_test(tcase, own_keys_stay_out);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, excluded_steps);
    tcase_add_test(tcase, long_names_warn);
    tcase_add_test(tcase, users);
    tcase_add_test(tcase, conf_folder);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
