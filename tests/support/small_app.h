/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest application that renders, for the tests of what rendering makes. */
#ifndef TESTS_SMALL_APP_H
#define TESTS_SMALL_APP_H

#include "app.h"
#include "manifest.h"

#define NOW INT64_C(1795000000000)

static inline void app_conf(sparkk8s_app *app, const char *key, const char *value)
{
    ck_assert_int_eq(sparkk8s_conf_set(sparkk8s_app_conf(app), key, value, NULL), 0);
}

static inline sparkk8s_app *small_app(const char *version)
{
    static const char *const env[] = {"SPARK_USER=me", NULL};
    sparkk8s_app *app = sparkk8s_app_new();

    ck_assert_ptr_nonnull(app);
    ck_assert_int_eq(sparkk8s_app_set(app, "name", "Small App", NULL), 0);
    ck_assert_int_eq(sparkk8s_app_set(app, "main-class", "org.example.Main", NULL), 0);
    ck_assert_int_eq(sparkk8s_app_set(app, "resource", "local:///app.jar", NULL), 0);
    ck_assert_int_eq(sparkk8s_app_set(app, "spark-version", version, NULL), 0);
    ck_assert_int_eq(sparkk8s_app_set_env(app, env, NULL), 0);
    app_conf(app, "spark.kubernetes.container.image", "example.com/spark:x");
    return app;
}

static inline sparkk8s_manifest *rendered(const sparkk8s_app *app, const char *seed, int64_t now_ms)
{
    sparkk8s_render_opts opts = {.size = sizeof(opts), .id_seed = seed, .now_ms = now_ms};
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;

    ck_assert_msg(sparkk8s_render(app, &opts, &manifest, &err) == 0, "%s", sparkk8s_error_message(err));
    return manifest;
}

/* The object of a kind; there must be exactly one. Borrowed. */
static inline json_t *object_of(const sparkk8s_manifest *manifest, const char *kind)
{
    json_t *found = NULL;
    size_t i;

    for (i = 0; i < manifest->count; i++)
        if (!strcmp(sparkk8s_manifest_kind(manifest, i), kind)) {
            ck_assert_ptr_null(found);
            found = manifest->items[i].object;
        }
    ck_assert_ptr_nonnull(found);
    return found;
}

static inline const char *properties_of(const sparkk8s_manifest *manifest)
{
    return json_text_at(object_of(manifest, "ConfigMap"), "data", "spark.properties", NULL);
}

#endif
