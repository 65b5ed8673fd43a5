/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running application against a manifest: what the cluster fills in is no difference. Drivers that the real spark-submit
 * has submitted to a real cluster (verdicts.tar.xz) are compared with what we would submit in its place.
 */
#include "lab.h"

#include "manifest.h"
#include "servermade.h"
#include "text.h"

#define KEY "nightly"

static sparkk8s_client *client;

static sparkk8s_run *submitted(const char *key, const char *memory, const char *conf)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };
    sparkk8s_manifest *manifest = lab_manifest(key, memory, conf);
    sparkk8s_run *run = NULL;

    client = lab_client("a");
    LAB_OK(sparkk8s_submit(client, manifest, &opts, NULL, &run, err));
    sparkk8s_manifest_free(manifest);
    return run;
}

static void done(sparkk8s_run *run)
{
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}

/* Lines "<kind> <path> <left> <right>", "-" for nothing. */
static char *diff(sparkk8s_run *run, const char *key, const char *memory, const char *conf)
{
    sparkk8s_manifest *manifest = lab_manifest(key, memory, conf);
    AUTO(chars) text = NULL;
    AUTO(json) rows = NULL;
    AUTO_STR out = STR_INIT(100000);
    json_t *row;
    size_t i;

    LAB_OK(sparkk8s_run_diff(run, manifest, NULL, &text, err));
    LAB_OK(json_parse(text, strlen(text), "diff", &rows, err));
    json_array_foreach(rows, i, row) {
        AUTO(chars) left = json_object_get(row, "left") ? json_text(json_object_get(row, "left")) : text_dup("-");
        AUTO(chars) right = json_object_get(row, "right") ? json_text(json_object_get(row, "right")) : text_dup("-");
        const char *object = json_text_at(row, "object", NULL);

        str_addf(&out, "%.*s %s %.40s %.40s\n", (int)strcspn(object, "/"), object, json_text_at(row, "path", NULL), left, right);
    }
    sparkk8s_manifest_free(manifest);
    return out.len ? str_take(&out) : text_dup("");
}

/* Of a running application, by another submission of the same: with the same key, with another, and without. */
START_TEST(alike)
{
    static const char *const keys[] = { KEY, "another", NULL };
    sparkk8s_run *run = submitted(KEY, "1g", "spark.kubernetes.driver.request.cores=0.5");
    AUTO(chars) lines = diff(run, keys[_i], "1g", "spark.kubernetes.driver.request.cores=0.5");

    ck_assert_str_eq(lines, "");
    done(run);
}
END_TEST

START_TEST(different)
{
    static const struct {
        const char *first, *second, *lines;
    } rows[] = {
        { "spark.x=1", "spark.x=2", "ConfigMap spark.properties: spark.x \"1\" \"2\"\n" },
        { "spark.kubernetes.driver.label.team=a", "spark.x=1",
          "Pod metadata.labels.team \"a\" -\nService spec.selector.team \"a\" -\n"
          "ConfigMap spark.properties: spark.kubernetes.driver.label.team \"a\" -\n"
          "ConfigMap spark.properties: spark.x - \"1\"\n" },
        { "spark.x=1", "spark.kubernetes.driver.request.cores=2",
          "Pod spec.containers[spark-kubernetes-driver].resources.requests.cpu \"1\" \"2\"\n"
          "ConfigMap spark.properties: spark.x \"1\" -\n"
          "ConfigMap spark.properties: spark.kubernetes.driver.request.cores - \"2\"\n" },
    };
    sparkk8s_run *run = submitted(NULL, "1g", rows[_i].first);
    AUTO(chars) lines = diff(run, NULL, "1g", rows[_i].second);

    ck_assert_str_eq(lines, rows[_i].lines);
    done(run);
}
END_TEST

START_TEST(objects_that_are_gone)
{
    sparkk8s_run *run = submitted(NULL, "1g", NULL);
    AUTO(chars) running = NULL;
    AUTO(chars) ended = NULL;

    lab_do("{\"drop\":\"services\"}");
    running = diff(run, NULL, "1g", NULL);
    ck_assert_msg(text_starts(running, "Service  - {"), "%s", running);
    ck_assert_ptr_null(strchr(strchr(running, '\n') + 1, '\n'));
    lab_do("{\"merge\":{\"plural\":\"pods\",\"object\":{\"status\":{\"phase\":\"Succeeded\"}}}}");
    ended = diff(run, NULL, "1g", NULL);
    ck_assert_str_eq(ended, "");
    done(run);
}
END_TEST

START_TEST(trouble)
{
    sparkk8s_run *run = submitted(NULL, "1g", NULL);
    sparkk8s_manifest *manifest = lab_manifest(NULL, "1g", NULL);
    sparkk8s_error *error = NULL;
    char *text;

    ck_assert_int_eq(sparkk8s_run_diff(NULL, manifest, NULL, &text, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_run_diff(run, NULL, NULL, &text, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_run_diff(run, manifest, NULL, NULL, NULL), SPARKK8S_EINVAL);
    lab_rules("[{\"agent\":\"a\",\"verb\":\"get configmaps\",\"do\":\"status\",\"code\":403}]");
    ck_assert_int_eq(sparkk8s_run_diff(run, manifest, NULL, &text, &error), SPARKK8S_EFORBIDDEN);
    sparkk8s_error_free(error);
    lab_do("{\"drop\":\"pods\"}");
    ck_assert_int_eq(sparkk8s_run_diff(run, manifest, NULL, &text, NULL), SPARKK8S_ENOTFOUND);
    sparkk8s_manifest_free(manifest);
    done(run);
}
END_TEST

/* ---- the drivers of a real cluster --------------------------------------------------------------------------- */

/* What spark-submit was given for that driver, as the driver tells. */
static sparkk8s_manifest *same_again(const json_t *pod)
{
    const json_t *container = json_array_get(json_at(pod, "spec", "containers", NULL), 0);
    const json_t *args = json_object_get(container, "args");
    const char *const env[] = { "SPARK_USER=root", NULL };
    AUTO_STRV argv = { 0 };
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_app *app = NULL;
    size_t i;

    strv_addf(&argv, "--name=%s", json_text_at(pod, "metadata", "labels", "spark-app-name", NULL));
    strv_addf(&argv, "--spark-version=%s", json_text_at(pod, "metadata", "labels", "spark-version", NULL));
    strv_addf(&argv, "--class=%s", json_string_value(json_array_get(args, 4)));
    strv_addf(&argv, "--conf=spark.kubernetes.namespace=%s", json_text_at(pod, "metadata", "namespace", NULL));
    strv_addf(&argv, "--conf=spark.kubernetes.container.image=%s", json_text_at(container, "image", NULL));
    strv_addf(&argv, "--conf=spark.kubernetes.driver.request.cores=%s", json_text_at(container, "resources", "requests", "cpu", NULL));
    strv_addf(&argv, "--conf=spark.kubernetes.authenticate.driver.serviceAccountName=%s",
              json_text_at(pod, "spec", "serviceAccountName", NULL));
    for (i = 5; i < json_array_size(args); i++)
        strv_add(&argv, json_string_value(json_array_get(args, i)));
    LAB_OK(sparkk8s_app_from_args((int)argv.count, (const char *const *)argv.v, env, NULL, &app, err));
    LAB_OK(sparkk8s_render(app, NULL, &manifest, err));
    sparkk8s_app_free(app);
    return manifest;
}

static bool note(void *owner, const char *place, const json_t *live UNUSED, const json_t *ours UNUSED)
{
    str_addf(owner, "%s ", place);
    return true;
}

static void check_driver(const char *name, const json_t *pod)
{
    sparkk8s_manifest *manifest = same_again(pod);
    struct diff_ids live = { 0 }, ours = { 0 };
    AUTO_STR places = STR_INIT(10000);
    struct diff_rules rules = { .left = &live, .right = &ours, .skip = is_server_made, .found = note, .owner = &places };
    const json_t *volumes = json_at(pod, "spec", "volumes", NULL);
    json_t *volume;
    size_t i;

    LAB_OK(diff_ids_add(&live, json_text_at(pod, "metadata", "labels", "spark-app-selector", NULL), err));
    LAB_OK(diff_ids_add_name(&live, json_text_at(pod, "metadata", "name", NULL), err));
    json_array_foreach(volumes, i, volume)
        LAB_OK(diff_ids_add_name(&live, json_text_at(volume, "configMap", "name", NULL), err));
    LAB_OK(diff_ids_add(&ours, manifest->app_id, err));
    for (i = 0; i < manifest->count; i++)
        LAB_OK(diff_ids_add_name(&ours, sparkk8s_manifest_name(manifest, i), err));
    LAB_OK(diff_objects(&rules, pod, manifest->items[manifest->driver].object, err));
    ck_assert_msg(!places.len, "%s: %s", name, places.s);
    diff_ids_clear(&live);
    diff_ids_clear(&ours);
    sparkk8s_manifest_free(manifest);
}

/* Each driver that Spark submitted, as it was last seen. */
START_TEST(drivers_of_spark_submit)
{
    AUTO(chars) command = NULL;
    AUTO(chars) line = NULL;
    size_t size = 0;
    FILE *lines;
    int count = 0;

    ck_assert_int_gt(asprintf(&command, "tar -xJOf '%s'", getenv("VERDICTS")), 0);
    lines = popen(command, "r");
    ck_assert_ptr_nonnull(lines);
    while (getline(&line, &size, lines) > 0) {
        AUTO(json) life = json_loads(line, 0, NULL);
        const char *name = json_text_at(life, "name", NULL);
        const json_t *events = json_object_get(life, "events"), *pod;

        if (!name || !text_starts(name, "spark-") || !json_array_size(events))
            continue;
        pod = json_object_get(json_array_get(events, json_array_size(events) - 1), "object");
        if (json_array_size(json_object_get(json_array_get(json_at(pod, "spec", "containers", NULL), 0), "args")) < 6)
            continue;
        check_driver(name, pod);
        count++;
    }
    ck_assert_int_eq(pclose(lines), 0);
    ck_assert_int_ge(count, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diff");
    TCase *tcase = tcase_create("diff");

    tcase_add_loop_test(tcase, alike, 0, 3);
    tcase_add_loop_test(tcase, different, 0, 3);
    tcase_add_test(tcase, objects_that_are_gone);
    tcase_add_test(tcase, trouble);
    tcase_add_test(tcase, drivers_of_spark_submit);
    return lab_main(suite, tcase);
}
