/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the image's entry point is told to run. Counterpart of Spark's DriverCommandFeatureStep.
 */
#include "steps.h"

#include "dependencies.h"
#include "error.h"
#include "text.h"
#include "uri.h"

#define PYTHON_KEY "spark.pyspark.python"
#define DRIVER_PYTHON_KEY "spark.pyspark.driver.python"

static const struct {
    const char *name;               /* spark.kubernetes.resource.type */
    const char *runner;             /* the main class; NULL: the application's own */
} languages[] = {
    [LANGUAGE_JAVA] = {"java", NULL},
    [LANGUAGE_PYTHON] = {"python", "org.apache.spark.deploy.PythonRunner"},
    [LANGUAGE_R] = {"r", "org.apache.spark.deploy.RRunner"},
};

/* renameMainAppResource: a local script is uploaded; a local jar travels in spark.jars; R files stay where they are. */
static int command_resource(struct build *b, char **out, sparkk8s_error **err)
{
    const char *resource = b->app.resource;
    bool local = strcmp(resource, NO_RESOURCE) != 0 && uri_is_client_local(resource);

    if (local && b->app.language == LANGUAGE_PYTHON)
        return upload_add(b, "resource", resource, out, err);
    *out = text_dup(local && b->app.language == LANGUAGE_JAVA ? NO_RESOURCE : resource);
    return *out ? 0 : fail_oom(err);
}

static int command_args(struct build *b, sparkk8s_error **err)
{
    const char *runner = languages[b->app.language].runner;
    AUTO(chars) resource = NULL;
    AUTO_STRV args = {0};
    size_t i;
    int rc;

    rc = command_resource(b, &resource, err);
    if (rc < 0)
        return rc;
    strv_add(&args, "driver");
    if (b->app.proxy_user) {
        strv_add(&args, "--proxy-user");
        strv_add(&args, b->app.proxy_user);
    }
    strv_add(&args, "--properties-file");
    strv_add(&args, CONF_FOLDER "/spark.properties");
    strv_add(&args, "--class");
    strv_add(&args, runner ? runner : b->app.main_class);
    strv_add(&args, resource);
    for (i = 0; i < b->args->count; i++)
        strv_add(&args, b->args->v[i]);
    if (args.failed)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < args.count; i++)
        rc = build_push(b->container, "args", json_string(args.v[i]), err);
    return rc;
}

/* The driver's interpreter falls back to the executors', key by key before the environment. */
static int command_python(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) python = NULL;
    AUTO(chars) driver_python = NULL;
    const char *value;
    int rc;

    rc = read_text(&b->reader, PYTHON_KEY, &python, err);
    if (rc == 0)
        rc = build_either(b, DRIVER_PYTHON_KEY, PYTHON_KEY, &driver_python, err);
    if (rc < 0)
        return rc;
    value = python ? python : env_get(b->env, "PYSPARK_PYTHON");
    if (value)
        rc = build_env(b, "PYSPARK_PYTHON", value, err);
    value = driver_python ? driver_python : env_get(b->env, "PYSPARK_DRIVER_PYTHON");
    if (!value)
        value = env_get(b->env, "PYSPARK_PYTHON");
    return rc < 0 || !value ? rc : build_env(b, "PYSPARK_DRIVER_PYTHON", value, err);
}

int step_command(struct build *b, sparkk8s_error **err)
{
    int rc;

    rc = command_args(b, err);
    if (rc == 0 && b->app.language == LANGUAGE_PYTHON)
        rc = command_python(b, err);
    if (rc < 0)
        return rc;
    return build_prop(b, "spark.kubernetes.resource.type", languages[b->app.language].name, err);
}
