/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The usage comes from the table of options. The version has Spark's first and last lines, between which tools look for
 * the word "version"; it is that of SPARK_HOME, else the newest that is reproduced. Mirrors deploy.SparkSubmitArguments and
 * deploy.SparkSubmit; JVM facts (class path, Scala) are not here.
 */
#include "submit_text.h"

#include "args.h"
#include "conf_table.h"
#include "error.h"
#include "home.h"
#include "moment.h"
#include "text.h"

#define REDACTED "*********(redacted)"

/* ---- usage and version --------------------------------------------------------------------------------------- */

void submit_text_usage(struct str *out)
{
    char head[64];
    size_t i;

    str_add(out, "Usage: spark-submit [options] <app jar | python file | R file> [app arguments]\n"
                 "Usage: spark-submit --kill [submission ID] --master [k8s://...]\n"
                 "Usage: spark-submit --status [submission ID] --master [k8s://...]\n\n"
                 "This is sparkk8s: it submits to Kubernetes, in cluster mode (--deploy-mode cluster), without a JVM.\n\n"
                 "Options:\n");
    for (i = 0; i < option_table_count; i++) {
        const struct option_row *row = &option_table[i];

        if (!strcmp(row->doc, "internal"))
            continue;
        snprintf(head, sizeof(head), "%s%s%s%s", row->short_name ? row->short_name : "", row->short_name ? ", " : "",
                 row->name, row->takes_value ? " VALUE" : "");
        str_addf(out, "  %-37s %s\n", head, row->doc);
    }
    str_add(out, "\nA submission ID is [<namespace>:]<driver pod>; with a * at its end, all that begin so.\n");
}

int submit_text_version(struct str *out, const struct submit_args *args, sparkk8s_error **err)
{
    AUTO(chars) version = NULL;
    const char *line;
    size_t i;
    int rc = home_version(&args->app->env, &version, err);

    str_addf(out, "Welcome to\n   Spark, submitted by sparkk8s   version %s\n\n"
                  "Using libsparkk8s %s, without a JVM; submits Spark",
             version ? version : line_infos[SPARK_LINES - 1].release, sparkk8s_version());
    for (i = 0; (line = sparkk8s_spark_line(i)); i++)
        str_addf(out, "%s %s", i ? "," : "", line);
    str_add(out, "\nType --help for more information.\n");
    return rc;
}

/* ---- --verbose ----------------------------------------------------------------------------------------------- */

/* In Spark's order: a property, or what only the command line knows, or a list with what stands between its items. */
struct parsed_row {
    const char *label, *key;
    const char *(*text)(const struct submit_args *args);
    const struct strv *(*list)(const struct submit_args *args);
    const char *between;
    enum spark_line since;
};

static const char *text_null(const struct submit_args *args UNUSED)
{
    return NULL;
}

static const char *text_supervise(const struct submit_args *args)
{
    return args->supervise ? "true" : "false";
}

static const char *text_verbose(const struct submit_args *args)
{
    return args->verbose ? "true" : "false";
}

static const char *text_queue(const struct submit_args *args)
{
    return args->queue;
}

static const char *text_properties_file(const struct submit_args *args)
{
    return args->properties_file;
}

static const char *text_main_class(const struct submit_args *args)
{
    return args->app->main_class;
}

static const char *text_resource(const struct submit_args *args)
{
    return args->app->resource;
}

static const char *text_name(const struct submit_args *args)
{
    const char *name = sparkk8s_app_get(args->app, "name"), *resource = args->app->resource;

    if (name || args->app->main_class || !resource)
        return name ? name : args->app->main_class;
    return strrchr(resource, '/') ? strrchr(resource, '/') + 1 : resource;
}

static const struct strv *list_extra_files(const struct submit_args *args)
{
    return &args->extra_files;
}

static const struct strv *list_child_args(const struct submit_args *args)
{
    return &args->app->args;
}

static const struct parsed_row parsed_rows[] = {
    {"master", "spark.master"},
    {"remote", .text = text_null},
    {"deployMode", "spark.submit.deployMode"},
    {"executorMemory", "spark.executor.memory"},
    {"executorCores", "spark.executor.cores"},
    {"totalExecutorCores", "spark.cores.max"},
    {"propertiesFile", .text = text_properties_file},
    {"extraPropertiesFiles", .list = list_extra_files, .between = ", ", .since = SPARK_4_2},
    {"driverMemory", "spark.driver.memory"},
    {"driverCores", "spark.driver.cores"},
    {"driverExtraClassPath", "spark.driver.extraClassPath"},
    {"driverExtraLibraryPath", "spark.driver.extraLibraryPath"},
    {"driverExtraJavaOptions", "spark.driver.extraJavaOptions"},
    {"supervise", .text = text_supervise},
    {"queue", .text = text_queue},
    {"numExecutors", "spark.executor.instances"},
    {"files", "spark.files"},
    {"pyFiles", "spark.submit.pyFiles"},
    {"archives", "spark.archives"},
    {"mainClass", .text = text_main_class},
    {"primaryResource", .text = text_resource},
    {"name", .text = text_name},
    {"childArgs", .list = list_child_args, .between = " "},
    {"jars", "spark.jars"},
    {"packages", "spark.jars.packages"},
    {"packagesExclusions", "spark.jars.excludes"},
    {"repositories", "spark.jars.repositories"},
    {"verbose", .text = text_verbose},
};

static void add_list(struct str *out, const struct strv *list, const char *separator)
{
    size_t i;

    str_add(out, "[");
    for (i = 0; i < list->count; i++)
        str_addf(out, "%s%s", i ? separator : "", list->v[i]);
    str_add(out, "]\n");
}

static void add_parsed(struct str *out, const struct parsed_row *row, const struct submit_args *args)
{
    const char *value;

    str_addf(out, "  %-23s ", row->label);
    if (row->list) {
        add_list(out, row->list(args), row->between);
        return;
    }
    value = row->key ? sparkk8s_conf_get(args->app->conf, row->key) : row->text(args);
    str_addf(out, "%s\n", value ? value : "null");
}

static const char *shown(const struct conf_entry *entry)
{
    return conf_is_secret(entry->key) ? REDACTED : entry->value;
}

/* Spark's own properties: what a flag or a variable of the environment says is not among them. */
static bool is_property(const struct conf_entry *entry)
{
    return text_starts(entry->key, "spark.") && (!strcmp(entry->origin, "--conf") || strchr(entry->origin, ':'));
}

int submit_text_parsed(struct str *out, const struct submit_args *args, sparkk8s_error **err)
{
    const sparkk8s_conf *conf = args->app->conf;
    AUTO_STRV warnings = {0};
    AUTO(chars) version = NULL;
    enum spark_line line;
    size_t i;
    int rc = line_choose(conf, &line, &version, &warnings, err);

    if (rc < 0)
        return rc;
    str_add(out, "Parsed arguments:\n");
    for (i = 0; i < COUNT(parsed_rows); i++)
        if (line >= parsed_rows[i].since)
            add_parsed(out, &parsed_rows[i], args);
    str_add(out, "\nSpark properties used, including those specified through\n --conf and those from the properties file");
    if (line >= SPARK_4_2)
        str_add(out, "s:\n");
    else
        str_addf(out, " %s:\n", args->properties_file ? args->properties_file : "null");
    for (i = 0; i < conf->count; i++)
        if (is_property(&conf->entries[i]))
            str_addf(out, "  (%s,%s)\n", conf->entries[i].key, shown(&conf->entries[i]));
    str_add(out, "\n");
    return 0;
}

static void add_child_args(struct str *out, const sparkk8s_app *app, const struct prepared *prepared)
{
    static const char *const kinds[] = {"--primary-java-resource", "--primary-py-file", "--primary-r-file"};
    size_t i;

    if (strcmp(prepared->resource, "spark-internal") != 0)
        str_addf(out, "%s\n%s\n", kinds[prepared->language], prepared->resource);
    if (prepared->main_class)
        str_addf(out, "--main-class\n%s\n", prepared->main_class);
    for (i = 0; i < app->args.count; i++)
        str_addf(out, "--arg\n%s\n", app->args.v[i]);
    if (prepared->proxy_user)
        str_addf(out, "--proxy-user\n%s\n", prepared->proxy_user);
}

int submit_text_prepared(struct str *out, const struct submit_args *args, sparkk8s_error **err)
{
    __attribute__((cleanup(prepared_clear))) struct prepared prepared = {0};
    AUTO_STRV warnings = {0};
    size_t i;
    int rc = app_prepare(args->app, moment_now_ms(), &prepared, &warnings, err);

    if (rc < 0)
        return rc;
    str_add(out, "Main class:\norg.apache.spark.deploy.k8s.submit.KubernetesClientApplication\nArguments:\n");
    add_child_args(out, args->app, &prepared);
    str_add(out, "Spark config:\n");
    for (i = 0; i < prepared.conf->count; i++)
        if (text_starts(prepared.conf->entries[i].key, "spark."))
            str_addf(out, "(%s,%s)\n", prepared.conf->entries[i].key, shown(&prepared.conf->entries[i]));
    str_add(out, "Classpath elements:\n\n\n");
    return 0;
}
