/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application and its fields. Some fields are properties under another name, so that there is one place for each
 * fact: what spark-submit's --name and --conf spark.app.name do is the same here too.
 */
#include "app.h"

#include "error.h"
#include "text.h"

struct field {
    const char *name;
    const char *key;                        /* the property that it is, or NULL */
    size_t offset;                          /* else of the member */
};

static const struct field fields[] = {
    {"name", "spark.app.name", 0},
    {"namespace", "spark.kubernetes.namespace", 0},
    {"spark-version", "sparkk8s.spark.version", 0},
    {"main-class", NULL, offsetof(sparkk8s_app, main_class)},
    {"resource", NULL, offsetof(sparkk8s_app, resource)},
    {"language", NULL, offsetof(sparkk8s_app, language)},
    {"proxy-user", NULL, offsetof(sparkk8s_app, proxy_user)},
};

static const struct field *field_find(const char *name)
{
    size_t i;

    for (i = 0; i < COUNT(fields); i++)
        if (!strcmp(fields[i].name, name))
            return &fields[i];
    return NULL;
}

static int fail_unknown_field(const char *name, sparkk8s_error **err)
{
    const char *names[COUNT(fields) + 1] = {NULL};
    const char *near;
    size_t i;

    for (i = 0; i < COUNT(fields); i++)
        names[i] = fields[i].name;
    near = text_nearest(name, names);
    fail(err, SPARKK8S_EINVAL, name, "an application has no field '%s'", name);
    if (near)
        error_hint(err, "did you mean %s?", near);
    else
        error_hint(err, "Spark properties are set on sparkk8s_app_conf()");
    return SPARKK8S_EINVAL;
}

static int validate_field(const char *field, const char *value, sparkk8s_error **err)
{
    static const char *const languages[] = {"java", "python", "r", NULL};

    if (!text_is_utf8(value, strlen(value)))
        return fail(err, SPARKK8S_EINVAL, field, "the value of the field '%s' is not UTF-8", field);
    if (!strcmp(field, "language") && !text_is_one_of(value, languages))
        return fail(err, SPARKK8S_EINVAL, field, "'%s' is no language: java, python or r", value);
    return 0;
}

sparkk8s_app *sparkk8s_app_new(void)
{
    AUTO(app) app = calloc(1, sizeof(*app));

    if (!app)
        return NULL;
    app->conf = sparkk8s_conf_new();
    return app->conf ? TAKE(app) : NULL;
}

void sparkk8s_app_free(sparkk8s_app *app)
{
    size_t i;

    if (!app)
        return;
    sparkk8s_conf_free(app->conf);
    env_clear(&app->env);
    free(app->main_class);
    free(app->resource);
    free(app->language);
    free(app->proxy_user);
    for (i = 0; i < COUNT(app->templates); i++)
        template_text_clear(&app->templates[i]);
    strv_clear(&app->args);
    strv_clear(&app->warnings);
    free(app);
}

int sparkk8s_app_set_env(sparkk8s_app *app, const char *const *env, sparkk8s_error **err)
{
    if (!app)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_set_env", "app must not be NULL");
    return env_set_all(&app->env, env, err);
}

int sparkk8s_app_set(sparkk8s_app *app, const char *field, const char *value, sparkk8s_error **err)
{
    const struct field *found = app && field ? field_find(field) : NULL;
    char *copy, **member;
    int rc;

    if (!app || !field)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_set", "app and field must not be NULL");
    if (!found)
        return fail_unknown_field(field, err);
    if (found->key)
        return sparkk8s_conf_set(app->conf, found->key, value, err);
    rc = value ? validate_field(field, value, err) : 0;
    if (rc < 0)
        return rc;
    copy = text_dup(value);
    if (value && !copy)
        return fail_oom(err);
    member = (char **)(void *)((char *)app + found->offset);
    free(*member);
    *member = copy;
    return 0;
}

const char *sparkk8s_app_get(const sparkk8s_app *app, const char *field)
{
    const struct field *found = app && field ? field_find(field) : NULL;

    if (!found)
        return NULL;
    if (found->key)
        return sparkk8s_conf_get(app->conf, found->key);
    return *(char *const *)(const void *)((const char *)app + found->offset);
}

int sparkk8s_app_add_arg(sparkk8s_app *app, const char *arg, sparkk8s_error **err)
{
    if (!app || !arg)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_add_arg", "app and arg must not be NULL");
    if (!text_is_utf8(arg, strlen(arg)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_add_arg", "an argument of the application is not UTF-8");
    strv_add(&app->args, arg);
    return app->args.failed ? fail_oom(err) : 0;
}

sparkk8s_conf *sparkk8s_app_conf(sparkk8s_app *app)
{
    return app ? app->conf : NULL;
}
