/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing objects and manifests: places, lists by name, what is random, what is secret. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "objdiff.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

/* ---- objects ---- */

static bool note(void *owner, const char *place, const json_t *left, const json_t *right)
{
    struct str *out = owner;

    str_addf(out, "%s%s%s%s", out->len ? ", " : "", left && right ? "" : left ? "-" : "+", place, "");
    return true;
}

static bool skip_status(const char *place, const json_t *left, const json_t *right UNUSED)
{
    return !strcmp(place, "status") || (!left && (!strcmp(place, "m.uid") || !strcmp(place, "l[sys]")));
}

static const struct {
    const char *left, *right, *places;
} cases[] = {
    {"{'a':1,'b':{'c':'x'}}", "{'b':{'c':'x'},'a':1}", ""},
    {"{'a':1}", "{'a':2}", "a"},
    {"{'a':1}", "{'a':'1'}", "a"},
    {"{'a':{'b':1}}", "{'a':{'c':1}}", "-a.b, +a.c"},
    {"{'a':{'b':1}}", "{}", "-a"},
    {"{}", "{'a':{'b':1}}", "+a"},
    {"{'a':null}", "{}", "-a"},
    /* Lists: by name, each as often as it is there. */
    {"{'env':[{'name':'A','value':'1'},{'name':'B','value':'2'}]}", "{'env':[{'name':'B','value':'2'},{'name':'A','value':'1'}]}", ""},
    {"{'env':[{'name':'A','value':'1'},{'name':'B','value':'2'}]}", "{'env':[{'name':'C','value':'3'},{'name':'A','value':'2'}]}",
     "env[A].value, -env[B], +env[C]"},
    {"{'env':[{'name':'A','value':'1'},{'name':'A','value':'2'}]}", "{'env':[{'name':'A','value':'1'}]}", "-env[A]"},
    {"{'env':[{'name':'A','value':'1'},{'name':'A','value':'2'}]}", "{'env':[{'name':'A','value':'1'},{'name':'A','value':'3'}]}", "env[A].value"},
    {"{'volumeMounts':[{'name':'v','mountPath':'/a'},{'name':'v','mountPath':'/b'}]}",
     "{'volumeMounts':[{'name':'v','mountPath':'/b'},{'name':'w','mountPath':'/a'}]}", "volumeMounts[/a].name"},
    {"{'volumes':[{'name':'v'}]}", "{}", "-volumes[v]"},
    /* Without names: by index, and as a whole if there are more or fewer. */
    {"{'args':['a','b']}", "{'args':['a','c']}", "args[1]"},
    {"{'args':['a','b']}", "{'args':['a']}", "args"},
    {"{'args':['a','b']}", "{}", "-args"},
    {"{'l':[{'name':'a'},{}]}", "{'l':[{'name':'b'},{}]}", "l[0].name"},
    /* Properties, by key. */
    {"{'data':{'spark.properties':'#a\\nx=1\\ny=2\\nspark.app.submitTime=1\\n'}}",
     "{'data':{'spark.properties':'#b\\ny=3\\nz=4\\nspark.app.submitTime=2\\n'}}",
     "-spark.properties: x, spark.properties: y, +spark.properties: z"},
    {"{'data':{'other':'x=1'}}", "{'data':{'other':'x=2'}}", "data.other"},
    /* What does not count. */
    {"{'status':1,'m':{'a':1}}", "{'status':2,'m':{'a':1,'uid':'x'}}", ""},
    {"{}", "{'m':{'uid':'x'}}", ""},
    {"{}", "{'m':{'uid':'x','a':1}}", "+m.a"},
    {"{'m':{'uid':'x'}}", "{}", "-m"},
    {"{}", "{'l':[{'name':'sys'},{'name':'own'}]}", "+l[own]"},
    {"{'n':{'status':1}}", "{'n':{'status':2}}", "n.status"},
};

/* '"' for each ' */
static json_t *parsed(const char *text)
{
    AUTO(chars) copy = text_dup(text);
    json_t *value = NULL;
    char *c;

    for (c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    ck_assert_int_eq(json_parse(copy, strlen(copy), "case", &value, NULL), 0);
    return value;
}

START_TEST(places)
{
    AUTO(json) left = parsed(cases[_i].left);
    AUTO(json) right = parsed(cases[_i].right);
    AUTO_STR out = STR_INIT(10000);
    struct diff_rules rules = {.skip = skip_status, .found = note, .owner = &out};

    ck_assert_int_eq(diff_objects(&rules, left, right, NULL), 0);
    ck_assert_str_eq(out.s, cases[_i].places);
}
END_TEST

static bool only_one(void *owner, const char *place, const json_t *left, const json_t *right)
{
    note(owner, place, left, right);
    return false;
}

START_TEST(enough)
{
    AUTO(json) left = parsed("{'a':1,'env':[{'name':'A','value':'1'},{'name':'B'}],'z':[1,2]}");
    AUTO(json) right = parsed("{'a':2,'env':[{'name':'A','value':'2'},{'name':'C'}],'z':[2,1]}");
    AUTO_STR out = STR_INIT(10000);
    struct diff_rules rules = {.found = only_one, .owner = &out};

    ck_assert_int_eq(diff_objects(&rules, left, right, NULL), 0);
    ck_assert_str_eq(out.s, "a");
}
END_TEST

/* ---- ids ---- */

START_TEST(random_texts)
{
    static const struct {
        const char *left, *right;
        bool same;
    } rows[] = {
        {"pi-0123456789abcdef-driver", "pi-fedcba9876543210-driver", true},
        {"pi-0123456789abcdef-driver", "pj-fedcba9876543210-driver", false},
        {"pi-0123456789abcdef-driver-svc.ns.svc", "pi-fedcba9876543210-driver-svc.ns.svc", true},
        {"id spark-1 here", "id spark-2 here", true},
        {"id spark-2 here", "id spark-1 here", false},
        {"tag-00000000deadbeef", "tag-00000000deadbeee", false},
        {"/var/data/spark-01234567-89ab-cdef-0123-456789abcdef", "/var/data/spark-11234567-89ab-cdef-0123-456789abcdef", true},
        {"s3a://b/spark-upload-01234567-89ab-cdef-0123-456789abcdef/a", "s3a://b/spark-upload-11234567-89ab-cdef-0123-456789abcdef/a", true},
        {"spark-00112233445566778899aabbccddeeff", "spark-ff112233445566778899aabbccddeeff", true},
        {"spark-00112233445566778899aabbccddeeff0", "spark-ff112233445566778899aabbccddeeff0", false},
        {"/x/01234567-89ab-cdef-0123-456789abcdef", "/x/11234567-89ab-cdef-0123-456789abcdef", false},
    };
    struct diff_ids left = {0}, right = {0};
    struct diff_rules rules = {.left = &left, .right = &right};
    size_t i;
    bool same;

    ck_assert_int_eq(diff_ids_add(&left, "spark-1", NULL), 0);
    ck_assert_int_eq(diff_ids_add(&right, "spark-2", NULL), 0);
    ck_assert_int_eq(diff_ids_add_name(&left, "pi-0123456789abcdef-driver", NULL), 0);
    ck_assert_int_eq(diff_ids_add_name(&right, "spark-drv-fedcba9876543210-conf-map", NULL), 0);
    ck_assert_int_eq(diff_ids_add_name(&right, NULL, NULL), 0);
    ck_assert_int_eq(diff_ids_add_name(&right, "no-id-0123456789ABCDEF", NULL), 0);
    ck_assert_uint_eq(left.ids.count, 2);
    ck_assert_uint_eq(right.ids.count, 2);
    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_int_eq(diff_is_same_text(&rules, rows[i].left, rows[i].right, &same, NULL), 0);
        ck_assert_msg(same == rows[i].same, "%s %s", rows[i].left, rows[i].right);
    }
    diff_ids_clear(&left);
    diff_ids_clear(&right);
}
END_TEST

/* ---- manifests ---- */

/* The difference of an app from one that has these properties, as "object path left right" in lines. */
static char *against(const char *left_version, const char *right_version, const char *const *conf)
{
    sparkk8s_app *a = small_app(left_version), *b = small_app(right_version);
    sparkk8s_manifest *left = rendered(a, NULL, NOW), *right;
    AUTO(chars) text = NULL;
    AUTO(json) rows = NULL;
    AUTO_STR out = STR_INIT(100000);
    json_t *row;
    size_t i;

    for (; *conf; conf += 2)
        app_conf(b, conf[0], conf[1]);
    right = rendered(b, NULL, NOW + 5000);
    ck_assert_int_eq(sparkk8s_manifest_diff(left, right, &text, NULL), 0);
    ck_assert_int_eq(json_parse(text, strlen(text), "diff", &rows, NULL), 0);
    json_array_foreach(rows, i, row) {
        AUTO(chars) mine = json_object_get(row, "left") ? json_text(json_object_get(row, "left")) : text_dup("-");
        AUTO(chars) other = json_object_get(row, "right") ? json_text(json_object_get(row, "right")) : text_dup("-");
        const char *object = json_text_at(row, "object", NULL);

        str_addf(&out, "%.*s %s %.60s %.60s\n", (int)strcspn(object, "/"), object, json_text_at(row, "path", NULL), mine, other);
    }
    sparkk8s_manifest_free(left);
    sparkk8s_manifest_free(right);
    sparkk8s_app_free(a);
    sparkk8s_app_free(b);
    return out.len ? str_take(&out) : text_dup("");
}

START_TEST(two_manifests)
{
    static const struct {
        const char *left, *right, *conf[9], *lines;
    } rows[] = {
        {"4.1.4", "4.1.4", {NULL}, ""},
        {"4.1.4", "4.1.4", {"spark.executor.memory", "4g"}, "ConfigMap spark.properties: spark.executor.memory - \"4g\"\n"},
        {"4.1.4", "4.1.4", {"spark.kubernetes.driverEnv.A", "1", "spark.driver.memory", "2g"},
         "Pod spec.containers[spark-kubernetes-driver].resources.requests.memory \"1408Mi\" \"2432Mi\"\n"
         "Pod spec.containers[spark-kubernetes-driver].resources.limits.memory \"1408Mi\" \"2432Mi\"\n"
         "Pod spec.containers[spark-kubernetes-driver].env[A] - {\"name\":\"A\",\"value\":\"1\"}\n"
         "ConfigMap spark.properties: spark.driver.memory - \"2g\"\n"
         "ConfigMap spark.properties: spark.kubernetes.driverEnv.A - \"1\"\n"},
        {"4.1.0", "4.1.4", {NULL}, "Pod metadata.labels.spark-version \"4.1.0\" \"4.1.4\"\n"
                                   "Service spec.selector.spark-version \"4.1.0\" \"4.1.4\"\n"},
        {"4.1.4", "4.1.4", {"spark.hadoop.fs.s3a.secret.key", "canary", "spark.kubernetes.driver.annotation.a", "b"},
         "Pod metadata.annotations - {\"a\":\"b\"}\n"
         "ConfigMap spark.properties: spark.hadoop.fs.s3a.secret.key - \"*********(redacted)\"\n"
         "ConfigMap spark.properties: spark.kubernetes.driver.annotation.a - \"b\"\n"},
    };
    AUTO(chars) lines = against(rows[_i].left, rows[_i].right, rows[_i].conf);

    ck_assert_str_eq(lines, rows[_i].lines);
}
END_TEST

START_TEST(other_objects)
{
    static const char *const nothing[] = {NULL};
    static const char *const name[] = {"spark.app.name", "Other", NULL};
    AUTO(chars) line = against("4.1.4", "4.2.1", nothing);
    AUTO(chars) named = against("4.1.4", "4.1.4", name);

    ck_assert_msg(strstr(line, "NetworkPolicy  - {") && strstr(line, "Service spec.ports[spark-connect].appProtocol - \"grpc\""), "%s", line);
    ck_assert_msg(strstr(named, "Pod metadata.labels.spark-app-name \"small-app\" \"other\"") && strstr(named, "Service metadata.name")
                  && !strstr(named, "Service  ") && !strstr(named, "ConfigMap data"), "%s", named);
}
END_TEST

/* `value` of these in the left and in the right manifest; NULL: not set. */
static void check_no_canary(const char *left_value, const char *right_value)
{
    static const char *const keys[] = {"spark.kubernetes.driverEnv.DB_PASSWORD", "spark.kubernetes.driverEnv.OPTS",
                                       "spark.kubernetes.authenticate.driver.oauthToken", "spark.hadoop.fs.s3a.access.key"};
    sparkk8s_app *apps[2] = {small_app("4.1.4"), small_app("4.1.4")};
    const char *values[2] = {left_value, right_value};
    sparkk8s_manifest *manifests[2];
    AUTO(chars) text = NULL;
    size_t i, k;

    for (i = 0; i < 2; i++) {
        for (k = 0; values[i] && k < COUNT(keys); k++)
            app_conf(apps[i], keys[k], values[i]);
        manifests[i] = rendered(apps[i], "seed", NOW);
    }
    ck_assert_int_eq(sparkk8s_manifest_diff(manifests[0], manifests[1], &text, NULL), 0);
    ck_assert_msg(strstr(text, "env[DB_PASSWORD]") && strstr(text, "\"Secret/") && strstr(text, "redacted"), "%s", text);
    ck_assert_msg(!strstr(text, "canary") && !strstr(text, "Y2FuYXJ5"), "%s", text);
    for (i = 0; i < 2; i++) {
        sparkk8s_manifest_free(manifests[i]);
        sparkk8s_app_free(apps[i]);
    }
}

/* The values themselves begin with what tells a secret, which is how OPTS is known. */
START_TEST(secrets_stay_secret)
{
    check_no_canary("canary --token 1", "canary --token 2");
    check_no_canary("canary --token 1", NULL);
    check_no_canary(NULL, "canary --token 2");
}
END_TEST

START_TEST(refusals)
{
    sparkk8s_app *app = small_app("4.1.4");
    sparkk8s_manifest *manifest = rendered(app, "seed", NOW);
    char *text;

    ck_assert_int_eq(sparkk8s_manifest_diff(NULL, manifest, &text, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_manifest_diff(manifest, NULL, &text, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_manifest_diff(manifest, manifest, NULL, NULL), SPARKK8S_EINVAL);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("objdiff");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, places, 0, COUNT(cases));
    tcase_add_test(tcase, enough);
    tcase_add_test(tcase, random_texts);
    tcase_add_loop_test(tcase, two_manifests, 0, 5);
    tcase_add_test(tcase, other_objects);
    tcase_add_test(tcase, secrets_stay_secret);
    tcase_add_test(tcase, refusals);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
