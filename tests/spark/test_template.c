/* SPDX-License-Identifier: Apache-2.0 */
/* Pod templates beyond the recorded cases (tests/golden): forms of fields, numbers, documents, choice of the container. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "small_app.h"
#include "template.h"
#include "text.h"
#include "uri.h"

#define TEMPLATE_KEY "spark.kubernetes.driver.podTemplateFile"
#define CONTAINER_KEY "spark.kubernetes.driver.podTemplateContainerName"

/* What a template's text becomes; NULL if it is refused. */
static char *parsed(const char *text, enum spark_line line)
{
    struct document document = {text, strlen(text), "t"};
    AUTO(json) value = NULL;
    AUTO(error) err = NULL;
    int rc = template_parse(&document, line, &value, &err);

    ck_assert(rc == 0 || rc == SPARKK8S_ECONF || rc == SPARKK8S_EPARSE);
    ck_assert_int_eq(strncmp(sparkk8s_error_where(err), "t", 1) == 0, rc < 0);
    return rc < 0 ? NULL : json_text_sorted(value);
}

START_TEST(forms)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"metadata: {labels: {a: 1, b: true, c: 1e3, d: 1.10, e: null}}",
         "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"true\",\"c\":\"1000.0\",\"d\":\"1.1\",\"e\":null}}}"},
        {"metadata: {labels: {a: yes, b: 010, c: 0x1F, d: .5, e: +1, f: ~, g: Null, h: True, i: 1e, j: 1e+}}",
         "{\"metadata\":{\"labels\":{\"a\":\"yes\",\"b\":\"010\",\"c\":\"0x1F\",\"d\":\".5\",\"e\":\"+1\",\"f\":\"~\","
         "\"g\":\"Null\",\"h\":\"True\",\"i\":\"1e\",\"j\":\"1e+\"}}}"},
        {"metadata: {labels: {a: -0, b: 1., c: -.inf, d: .nan, e: .Inf, f: 99999999999999999999}}",
         "{\"metadata\":{\"labels\":{\"a\":\"0\",\"b\":\"1.0\",\"c\":\"-Infinity\",\"d\":\"NaN\",\"e\":\".Inf\","
         "\"f\":\"99999999999999999999\"}}}"},
        {"metadata: {labels: [a]}", NULL}, {"metadata: {labels: {a: {b: c}}}", NULL}, {"metadata: x", NULL},
        {"metadata: {labels: {}, name: null, uid: 7}", "{\"metadata\":{\"uid\":\"7\"}}"},
        {"spec: {priority: \" 7 \", hostNetwork: \"True\", hostPID: 0, fsGroup: 7.9, runAsUser: \"\"}",
         "{\"spec\":{\"fsGroup\":7,\"hostNetwork\":true,\"hostPID\":false,\"priority\":7}}"},
        {"spec: {priority: 1x}", NULL}, {"spec: {priority: true}", NULL}, {"spec: {priority: [1]}", NULL}, {"spec: {priority: 1e30}", NULL},
        {"spec: {hostNetwork: yes}", NULL}, {"spec: {hostNetwork: 1.5}", NULL},
        {"spec: {containers: {name: c}}", NULL}, {"spec: {containers: [c]}", NULL},
        {"spec: {containers: [{livenessProbe: {grpc: {port: \"1\"}, httpGet: {port: \"1\"}, tcpSocket: {port: 1}}}]}",
         "{\"spec\":{\"containers\":[{\"livenessProbe\":{\"grpc\":{\"port\":1},\"httpGet\":{\"port\":\"1\"},"
         "\"tcpSocket\":{\"port\":1}}}]}}"},
        {"spec: {containers: [{livenessProbe: {httpGet: {port: true}}}]}", NULL},
        {"spec: {new: {labels: 1, priority: x, empty: []}}",
         "{\"spec\":{\"new\":{\"empty\":[],\"labels\":1,\"priority\":\"x\"}}}"},
        {"spec: {volumes: [{name: i, image: {reference: r}}, {name: e, emptyDir: {}}], containers: [{image: 5}]}",
         "{\"spec\":{\"containers\":[{\"image\":\"5\"}],\"volumes\":[{\"image\":{\"reference\":\"r\"},\"name\":\"i\"},"
         "{\"emptyDir\":{},\"name\":\"e\"}]}}"},
        {"spec: {dnsConfig: {options: [{name: ndots, value: 5}]}, tolerations: []}",
         "{\"spec\":{\"dnsConfig\":{\"options\":[{\"name\":\"ndots\",\"value\":\"5\"}]}}}"},
        {"{\"spec\": {\"priority\": \"1\"}}", "{\"spec\":{\"priority\":1}}"}, {"{spec: {}}", NULL},
        {"", NULL}, {"- a", NULL}, {"[]", NULL}, {"text", NULL}, {"spec: {}\nspec: {}", NULL}, {"spec: \xff", NULL},
        {"---\nspec: {}\n--- \r\n# end\n\n---\n", "{\"spec\":{}}"}, {"spec: {}\n---\nspec: {}", NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) json = parsed(cases[i].text, SPARK_4_3);

        ck_assert_msg((json == NULL) == (cases[i].json == NULL), "%s: %s", cases[i].text, json);
        ck_assert_pstr_eq(json, cases[i].json);
    }
}
END_TEST

/* The rows are searched by halves. */
START_TEST(rows_are_sorted)
{
    static const struct {
        const char *parent, *name;
    } rows[] = {
#define FIELD(parent, name, form) {parent, name},
#include "podmodel_rows.h"
#undef FIELD
    };
    size_t i;

    for (i = 1; i < COUNT(rows); i++) {
        int order = strcmp(rows[i - 1].name, rows[i].name);

        ck_assert_msg(order < 0 || (order == 0 && rows[i - 1].parent), "%s, %s", rows[i - 1].name, rows[i].name);
    }
}
END_TEST

START_TEST(modes)
{
    static const struct {
        const char *mode;
        int old, new;                       /* -1: refused */
    } cases[] = {
        {"256", 256, 256}, {"0644", 644, 420}, {"\"0644\"", 644, 420}, {"0o400", -1, 256}, {"0O17", -1, 15},
        {"\"644\"", 644, 644}, {"\"0\"", 0, 0}, {"08", 8, 8}, {"0o", -1, -1}, {"x", -1, -1},
    };
    size_t i;
    int line;

    for (i = 0; i < COUNT(cases); i++)
        for (line = SPARK_3_5; line <= SPARK_4_0; line++) {
            int mode = line < SPARK_4_0 ? cases[i].old : cases[i].new;
            char text[100], wanted[100];
            AUTO(chars) json = NULL;

            snprintf(text, sizeof(text), "spec: {volumes: [{secret: {defaultMode: %s}}]}", cases[i].mode);
            snprintf(wanted, sizeof(wanted), "{\"spec\":{\"volumes\":[{\"secret\":{\"defaultMode\":%d}}]}}", mode);
            json = parsed(text, (enum spark_line)line);
            ck_assert_pstr_eq(json, mode < 0 ? NULL : wanted);
        }
}
END_TEST

START_TEST(choice_of_the_container)
{
    static const struct {
        const char *containers, *name, *images;
        int warnings;                       /* -1: refused */
    } cases[] = {
        {"[{name: a}, {name: b}]", NULL, "b- a+", 0}, {"[{name: a}, {name: b}]", "b", "a- b+", 0},
        {"[{name: a}, {name: b}]", "c", "b- a+", 1}, {"[{name: b}, {name: b, tty: true}]", "b", "b- b+", 1},
        {"[]", "x", "spark-kubernetes-driver+", 1}, {"null", NULL, "spark-kubernetes-driver+", 0},
        {"[null]", NULL, "", -1}, {"[{}]", NULL, "spark-kubernetes-driver+", 0},
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_SCRATCH scratch;
        AUTO(app) app = small_app("4.2.1");
        AUTO(manifest) manifest = NULL;
        AUTO_STR images = STR_INIT(200);
        char text[200];
        json_t *container;

        scratch_begin(&scratch);
        snprintf(text, sizeof(text), "spec: {containers: %s}", cases[i].containers);
        app_conf(app, TEMPLATE_KEY, scratch_file(&scratch, "t", text));
        app_conf(app, CONTAINER_KEY, cases[i].name);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, NULL), cases[i].warnings < 0 ? SPARKK8S_ECONF : 0);
        if (!manifest)
            continue;
        json_array_foreach(json_at(object_of(manifest, "Pod"), "spec", "containers", NULL), k, container)
            str_addf(&images, "%s%s%c", images.len ? " " : "", json_text_at(container, "name", NULL),
                     json_object_get(container, "image") ? '+' : '-');
        ck_assert_str_eq(images.s, cases[i].images);
        ck_assert_int_eq((int)sparkk8s_manifest_warning_count(manifest), cases[i].warnings);
    }
}
END_TEST

START_TEST(what_the_pod_keeps)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    json_t *pod;

    scratch_begin(&scratch);
    app_conf(app, TEMPLATE_KEY, scratch_file(&scratch, "t", "metadata: {namespace: x, annotations: {a: b}}\n"
                                                            "kind: Odd\napiVersion: v9\nspec: {nodeName: n}\n"));
    manifest = rendered(app, NULL, 0);
    pod = manifest->items[manifest->driver].object;
    ck_assert_str_eq(json_text_at(pod, "kind", NULL), "Odd");
    ck_assert_str_eq(json_text_at(pod, "apiVersion", NULL), "v1");
    ck_assert_str_eq(json_text_at(pod, "metadata", "namespace", NULL), "default");
    ck_assert_str_eq(json_text_at(pod, "metadata", "annotations", "a", NULL), "b");
    ck_assert_str_eq(json_text_at(pod, "spec", "nodeName", NULL), "n");
}
END_TEST

START_TEST(paths)
{
    static const struct {
        const char *uri, *path;
    } cases[] = {
        {"/a/b", "/a/b"}, {"a/b", "a/b"}, {"file:///a%20b", "/a b"}, {"file:/a", "/a"}, {"local:///a", "/a"},
        {"file://host/a?q#f", "/a"}, {"/a#f", "/a"}, {"/a?b", "/a"}, {"", ""}, {"file:a", NULL}, {"/a b", NULL},
        {"/a%2", NULL}, {"/a%00", NULL}, {"/%C3%a4", "/\xC3\xA4"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) path = NULL;

        ck_assert_int_eq(uri_path(cases[i].uri, &path), cases[i].path ? 0 : SPARKK8S_EINVAL);
        ck_assert_pstr_eq(path, cases[i].path);
    }
}
END_TEST

START_TEST(refusals)
{
    static const struct {
        const char *value;
        int rc;
    } cases[] = {
        {"http://host/t.yaml", SPARKK8S_ECONF}, {"s3a://b/t.yaml", SPARKK8S_ECONF}, {"/a b", SPARKK8S_ECONF},
        {"/no/such/file", SPARKK8S_EIO}, {"", SPARKK8S_ECONF}, {"/", SPARKK8S_EIO},
    };
    size_t i;

    for (i = 0; i < COUNT(cases) * 2; i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;
        AUTO(error) err = NULL;
        const char *key = i % 2 ? TEMPLATE_KEY : "spark.kubernetes.executor.podTemplateFile";

        app_conf(app, key, cases[i / 2].value);
        ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), cases[i / 2].rc);
        ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), key));
        ck_assert_str_ne(sparkk8s_error_hint(err), "");
    }
}
END_TEST

/* ---- set by the program ------------------------------------------------------------------------------- */

#define KEY_OF_EXECUTORS "spark.kubernetes.executor.podTemplateFile"

static int set_template(sparkk8s_app *app, int role, const char *text, sparkk8s_error **err)
{
    return sparkk8s_app_set_pod_template(app, role, text, text ? strlen(text) : 0, "mine.yaml", err);
}

START_TEST(text_for_the_driver)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) with = NULL;
    AUTO(manifest) without = NULL;

    /* No NUL at the end is needed. */
    ck_assert_int_eq(sparkk8s_app_set_pod_template(app, SPARKK8S_DRIVER, "spec: {nodeName: n}}", 19, NULL, NULL), 0);
    with = rendered(app, NULL, NOW);
    ck_assert_str_eq(json_text_at(object_of(with, "Pod"), "spec", "nodeName", NULL), "n");
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(with), 0);
    ck_assert_ptr_null(strstr(properties_of(with), "podTemplateFile"));
    ck_assert_int_eq(set_template(app, SPARKK8S_DRIVER, NULL, NULL), 0);
    without = rendered(app, NULL, NOW);
    ck_assert_ptr_null(json_text_at(object_of(without, "Pod"), "spec", "nodeName", NULL));
}
END_TEST

START_TEST(text_for_executors)
{
    static const char text[] = "# as it is\nspec: {nodeName: n}\n";
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;
    size_t i, found = 0;

    ck_assert_int_eq(set_template(app, SPARKK8S_EXECUTOR, text, NULL), 0);
    manifest = rendered(app, NULL, NOW);
    for (i = 0; i < manifest->count; i++) {
        const char *sent = json_text_at(manifest->items[i].object, "data", "podspec-configmap-key", NULL);
        const char *props = json_text_at(manifest->items[i].object, "data", "spark.properties", NULL);

        found += sent && !strcmp(sent, text);
        found += props && strstr(props, KEY_OF_EXECUTORS "=/opt/spark/pod-template/pod-spec-template.yml\n");
    }
    ck_assert_uint_eq(found, 2);
    ck_assert_ptr_null(json_text_at(object_of(manifest, "Pod"), "spec", "nodeName", NULL));
}
END_TEST

/* The text counts, the file is not even looked at, and the property that names it is not passed on. */
START_TEST(text_and_file)
{
    AUTO(app) app = small_app("4.1.4");
    AUTO(manifest) manifest = NULL;

    ck_assert_int_eq(conf_put(sparkk8s_app_conf(app), TEMPLATE_KEY, "/no/such/file", "spark-defaults.conf:7", NULL), 0);
    ck_assert_int_eq(set_template(app, SPARKK8S_DRIVER, "spec: {nodeName: n}", NULL), 0);
    manifest = rendered(app, NULL, NOW);
    ck_assert_str_eq(json_text_at(object_of(manifest, "Pod"), "spec", "nodeName", NULL), "n");
    ck_assert_ptr_null(strstr(properties_of(manifest), "podTemplateFile"));
    ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), 1);
    ck_assert_ptr_nonnull(strstr(sparkk8s_manifest_warning(manifest, 0), "spark-defaults.conf:7"));
    ck_assert_str_eq(sparkk8s_conf_get(sparkk8s_app_conf(app), TEMPLATE_KEY), "/no/such/file");
}
END_TEST

START_TEST(text_is_refused)
{
    static const struct {
        const char *text;
        int code;
        const char *where, *message;
    } cases[] = {
        {"spec: {a: b\n  c", SPARKK8S_EPARSE, "mine.yaml:3:1", "not YAML"},
        {"{\"spec\": {]}", SPARKK8S_EPARSE, "mine.yaml:1:", ""},
        {"spec: \xff", SPARKK8S_EPARSE, "mine.yaml:1:7", "UTF-8"},
        {"{\"spec\": \"\xff\"}", SPARKK8S_EPARSE, "mine.yaml:1:11", "UTF-8"},
        {"# nothing", SPARKK8S_ECONF, "mine.yaml:1:", "the template must be an object"},
        {"- spec: {}", SPARKK8S_ECONF, "mine.yaml:1:1", "the template must be an object"},
        {"kind: Pod\nmetadata: {}\n", SPARKK8S_ECONF, "mine.yaml:1:1", "no spec"},
        {"spec:\n  containers:\n  - name: a\n  - name: b\n    ports:\n    - containerPort: x\n", SPARKK8S_ECONF,
         "mine.yaml:6:7", "spec.containers[1].ports[0].containerPort must be a whole number"},
        {"spec:\n  nodeSelector:\n    example.com/a: [1]\n", SPARKK8S_ECONF, "mine.yaml:3:5",
         "spec.nodeSelector[example.com/a] must be text"},
    };
    AUTO(app) app = small_app("4.1.4");
    size_t i;

    ck_assert_int_eq(set_template(app, SPARKK8S_DRIVER, "spec: {nodeName: n}", NULL), 0);
    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;

        ck_assert_int_eq(set_template(app, SPARKK8S_DRIVER, cases[i].text, &err), cases[i].code);
        ck_assert_msg(text_starts(sparkk8s_error_where(err), cases[i].where), "%s: %s", cases[i].text,
                      sparkk8s_error_where(err));
        ck_assert_msg(strstr(sparkk8s_error_message(err), cases[i].message) != NULL, "%s", sparkk8s_error_message(err));
    }
    ck_assert_str_eq(app->templates[0].text, "spec: {nodeName: n}");    /* the one before stays */
    ck_assert_int_eq(set_template(NULL, SPARKK8S_DRIVER, "spec: {}", NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(set_template(app, 0, "spec: {}", NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(set_template(app, SPARKK8S_DRIVER | SPARKK8S_EXECUTOR, "spec: {}", NULL), SPARKK8S_EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, forms);
    tcase_add_test(tcase, rows_are_sorted);
    tcase_add_test(tcase, modes);
    tcase_add_test(tcase, choice_of_the_container);
    tcase_add_test(tcase, what_the_pod_keeps);
    tcase_add_test(tcase, paths);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, text_for_the_driver);
    tcase_add_test(tcase, text_for_executors);
    tcase_add_test(tcase, text_and_file);
    tcase_add_test(tcase, text_is_refused);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
