/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spark-submit's command line, environment and files, as one application. Mirrors launcher.SparkSubmitOptionParser
 * (syntax), launcher.SparkSubmitCommandBuilder (five flags that are only another way to write --conf) and
 * deploy.SparkSubmitArguments (precedence). What the values mean is looked at when the application is prepared.
 *
 * Deliberately different: --deploy-mode may be left out and is cluster then; --master may be left out. spark-env.sh
 * is a shell script and is not run here. --kill, --status, --help and --version are no submissions: only
 * submit_args_parse(), which is strict in all this, takes them.
 */
#include "args.h"

#include "dependencies.h"
#include "error.h"
#include "file.h"
#include "home.h"
#include "str.h"
#include "text.h"

const struct option_row option_table[] = {
    {"--archives", NULL, "spark.archives", NULL, true, SPARK_3_5,
     "archives to be extracted for each executor, separated by commas"},
    {"--class", NULL, NULL, NULL, true, SPARK_3_5, "the application's main class (Java, Scala)"},
    {"--conf", "-c", NULL, NULL, true, SPARK_3_5, "any Spark property: key=value"},
    {"--deploy-mode", NULL, "spark.submit.deployMode", "DEPLOY_MODE", true, SPARK_3_5, "cluster, the only mode here"},
    {"--driver-class-path", NULL, "spark.driver.extraClassPath", NULL, true, SPARK_3_5,
     "class path entries of the driver"},
    {"--driver-cores", NULL, "spark.driver.cores", NULL, true, SPARK_3_5, "cores of the driver"},
    {"--driver-default-class-path", NULL, "spark.driver.defaultExtraClassPath", NULL, true, SPARK_4_0,
     "class path entries put before the driver's"},
    {"--driver-java-options", NULL, "spark.driver.extraJavaOptions", NULL, true, SPARK_3_5,
     "JVM options of the driver"},
    {"--driver-library-path", NULL, "spark.driver.extraLibraryPath", NULL, true, SPARK_3_5,
     "native library path of the driver"},
    {"--driver-memory", NULL, "spark.driver.memory", "SPARK_DRIVER_MEMORY", true, SPARK_3_5, "heap of the driver: 1g"},
    {"--exclude-packages", NULL, "spark.jars.excludes", NULL, true, SPARK_3_5,
     "groupId:artifactId to leave out of --packages, separated by commas"},
    {"--executor-cores", NULL, "spark.executor.cores", "SPARK_EXECUTOR_CORES", true, SPARK_3_5,
     "cores of an executor"},
    {"--executor-memory", NULL, "spark.executor.memory", "SPARK_EXECUTOR_MEMORY", true, SPARK_3_5,
     "heap of an executor: 1g"},
    {"--extra-properties-file", NULL, NULL, NULL, true, SPARK_4_2,
     "a properties file above --properties-file; may be repeated, later ones win"},
    {"--files", NULL, "spark.files", NULL, true, SPARK_3_5,
     "files placed in each executor's working directory, separated by commas"},
    {"--help", "-h", NULL, NULL, false, SPARK_3_5, "how it is used"},
    {"--jars", NULL, "spark.jars", NULL, true, SPARK_3_5, "jars for driver and executors, separated by commas"},
    {"--keytab", NULL, "spark.kerberos.keytab", NULL, true, SPARK_3_5, "keytab of --principal"},
    {"--kill", NULL, NULL, NULL, true, SPARK_3_5, "kill the driver of a submission"},
    {"--load-spark-defaults", NULL, NULL, NULL, false, SPARK_4_0,
     "read spark-defaults.conf below --properties-file too"},
    {"--master", NULL, "spark.master", "MASTER", true, SPARK_3_5, "k8s://https://host:port"},
    {"--name", NULL, "spark.app.name", NULL, true, SPARK_3_5, "the application's name"},
    {"--num-executors", NULL, "spark.executor.instances", NULL, true, SPARK_3_5, "how many executors"},
    {"--packages", NULL, "spark.jars.packages", NULL, true, SPARK_3_5,
     "Maven coordinates of jars, separated by commas; resolved by the driver"},
    {"--principal", NULL, "spark.kerberos.principal", NULL, true, SPARK_3_5, "Kerberos principal"},
    {"--properties-file", NULL, NULL, NULL, true, SPARK_3_5, "properties file instead of spark-defaults.conf"},
    {"--proxy-user", NULL, NULL, NULL, true, SPARK_3_5, "user to impersonate when the application runs"},
    {"--py-files", NULL, "spark.submit.pyFiles", NULL, true, SPARK_3_5,
     ".zip, .egg and .py files for the PYTHONPATH, separated by commas"},
    {"--queue", NULL, NULL, NULL, true, SPARK_3_5, "no effect on Kubernetes"},
    {"--remote", NULL, NULL, NULL, true, SPARK_3_5, "Spark Connect; not for a submission"},
    {"--repositories", NULL, "spark.jars.repositories", NULL, true, SPARK_3_5,
     "further repositories for --packages, separated by commas"},
    {"--spark-version", NULL, "sparkk8s.spark.version", NULL, true, SPARK_3_5,
     "Spark line or version of the image: 4.1 or 4.1.4 (ours, not spark-submit's)"},
    {"--status", NULL, NULL, NULL, true, SPARK_3_5, "the state of a submission"},
    {"--supervise", NULL, NULL, NULL, false, SPARK_3_5, "no effect on Kubernetes"},
    {"--total-executor-cores", NULL, NULL, NULL, true, SPARK_3_5, "no effect on Kubernetes"},
    {"--usage-error", NULL, NULL, NULL, false, SPARK_3_5, "internal"},
    {"--verbose", "-v", NULL, NULL, false, SPARK_3_5, "print what was understood (when called as spark-submit)"},
    {"--version", NULL, NULL, NULL, false, SPARK_3_5, "the version"},
};
const size_t option_table_count = COUNT(option_table);

struct parse {
    sparkk8s_app *app;
    sparkk8s_conf *settings;                /* --conf and the flags that are the same; the last one wins */
    const char *properties_file;            /* of argv */
    struct strv extra_files;
    const struct option_row *newest;        /* of the options given, the one that came last to Spark */
    bool load_defaults;
    struct submit_args *whole;              /* what is no submission is taken too; or NULL */
};

static const char option_where[] = "arguments";

static int warn(sparkk8s_app *app, const char *what, const char *detail, sparkk8s_error **err)
{
    strv_addf(&app->warnings, "%s%s", what, detail);
    return app->warnings.failed ? fail_oom(err) : 0;
}

/* ---- options without a property ------------------------------------------------------------------------------ */

static int take_conf(struct parse *p, const struct option_row *row, const char *value, sparkk8s_error **err)
{
    const char *equals = strchr(value, '=');
    AUTO(chars) key = NULL;

    /* What should be key=value may have a secret in its second half. */
    if (!equals) {
        fail(err, SPARKK8S_EPARSE, row->name, "Invalid argument to %s: %.*s is not key=value", row->name,
             (int)strcspn(value, " \t:"), value);
        error_hint(err, "write %s key=value, e.g. %s spark.executor.cores=2", row->name, row->name);
        return SPARKK8S_EPARSE;
    }
    key = text_dupn(value, (size_t)(equals - value));
    if (!key)
        return fail_oom(err);
    if (!*key)
        return warn(p->app, "Ignoring non-Spark config property: ", "(empty)", err);
    return conf_put(p->settings, key, equals + 1, row->name, err);
}

static int take_class(struct parse *p, const struct option_row *row UNUSED, const char *value, sparkk8s_error **err)
{
    return sparkk8s_app_set(p->app, "main-class", value, err);
}

static int take_proxy_user(struct parse *p, const struct option_row *row UNUSED, const char *value,
                           sparkk8s_error **err)
{
    return sparkk8s_app_set(p->app, "proxy-user", value, err);
}

static int take_properties_file(struct parse *p, const struct option_row *row UNUSED, const char *value,
                                sparkk8s_error **err UNUSED)
{
    p->properties_file = value;
    return 0;
}

static int take_extra_file(struct parse *p, const struct option_row *row UNUSED, const char *value,
                           sparkk8s_error **err)
{
    strv_add(&p->extra_files, value);
    return p->extra_files.failed ? fail_oom(err) : 0;
}

static int take_load_defaults(struct parse *p, const struct option_row *row UNUSED, const char *value UNUSED,
                              sparkk8s_error **err UNUSED)
{
    p->load_defaults = true;
    return 0;
}

static int take_total_cores(struct parse *p UNUSED, const struct option_row *row, const char *value,
                            sparkk8s_error **err)
{
    int32_t cores;

    if (text_to_int32(value, &cores) && cores > 0)
        return 0;
    fail(err, SPARKK8S_ECONF, row->name, "%s=%s: Total executor cores must be a positive number", row->name, value);
    error_hint(err, "leave it out: on Kubernetes it has no effect");
    return SPARKK8S_ECONF;
}

static int keep_text(char **into, const char *text, sparkk8s_error **err)
{
    free(*into);
    *into = text_dup(text);
    return text && !*into ? fail_oom(err) : 0;
}

static int refuse_remote(struct parse *p UNUSED, const struct option_row *row, const char *value UNUSED,
                         sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONF, row->name, "Remote cannot be specified with master and/or deploy mode");
    error_hint(err, "a Spark Connect client is no submission; leave %s out", row->name);
    return SPARKK8S_ECONF;
}

static int refuse_action(const struct option_row *row, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EINVAL, row->name, "%s is not a submission", row->name);
    if (!strcmp(row->name, "--kill") || !strcmp(row->name, "--status"))
        error_hint(err, "use `sparkk8s %s`", row->name + 2);
    else
        error_hint(err, "the program that reads the command line answers it");
    return SPARKK8S_EINVAL;
}

static const struct {
    const char *option, *name;
    enum submit_action action;
} action_words[] = {
    {"--help", NULL, ACTION_HELP},
    {"--kill", "KILL", ACTION_KILL},
    {"--status", "REQUEST_STATUS", ACTION_STATUS},
    {"--usage-error", NULL, ACTION_USAGE_ERROR},
    {"--version", NULL, ACTION_VERSION},
};

static const char *action_name(enum submit_action action)
{
    size_t i;

    for (i = 0; i < COUNT(action_words); i++)
        if (action_words[i].action == action)
            return action_words[i].name;
    return NULL;
}

/* Help and version answer at once; of these the first one. */
static int take_action(struct parse *p, const struct option_row *row, const char *value, sparkk8s_error **err)
{
    struct submit_args *whole = p->whole;
    size_t i = 0;

    if (!whole)
        return refuse_action(row, err);
    while (strcmp(action_words[i].option, row->name) != 0)
        i++;
    if (whole->action != ACTION_SUBMIT && !action_name(whole->action))
        return 0;
    if (value && whole->action != ACTION_SUBMIT && whole->action != action_words[i].action)
        return fail(err, SPARKK8S_ECONF, row->name, "Action cannot be both %s and %s", action_name(whole->action),
                    action_words[i].name);
    whole->action = action_words[i].action;
    return keep_text(&whole->submission, value, err);
}

static int take_verbose(struct parse *p, const struct option_row *row UNUSED, const char *value UNUSED,
                        sparkk8s_error **err UNUSED)
{
    if (p->whole)
        p->whole->verbose = true;
    return 0;
}

static int take_supervise(struct parse *p, const struct option_row *row UNUSED, const char *value UNUSED,
                          sparkk8s_error **err UNUSED)
{
    if (p->whole)
        p->whole->supervise = true;
    return 0;
}

static int take_queue(struct parse *p, const struct option_row *row UNUSED, const char *value, sparkk8s_error **err)
{
    return p->whole ? keep_text(&p->whole->queue, value, err) : 0;
}

static const struct {
    const char *option;
    int (*take)(struct parse *p, const struct option_row *row, const char *value, sparkk8s_error **err);
} actions[] = {
    {"--class", take_class},
    {"--conf", take_conf},
    {"--extra-properties-file", take_extra_file},
    {"--help", take_action},
    {"--kill", take_action},
    {"--load-spark-defaults", take_load_defaults},
    {"--properties-file", take_properties_file},
    {"--proxy-user", take_proxy_user},
    {"--queue", take_queue},
    {"--remote", refuse_remote},
    {"--status", take_action},
    {"--supervise", take_supervise},
    {"--total-executor-cores", take_total_cores},
    {"--usage-error", take_action},
    {"--verbose", take_verbose},
    {"--version", take_action},
};

/* ---- the command line ---------------------------------------------------------------------------------------- */

/* Written into the same map as --conf by the launcher, so that the last one of both wins. */
static bool is_mixed_with_conf(const struct option_row *row)
{
    static const char *const names[] = {"--driver-memory", "--driver-java-options", "--driver-library-path",
                                        "--driver-class-path", "--driver-default-class-path", NULL};

    return text_is_one_of(row->name, names);
}

/* Lists of files are resolved as they are read: paths from the working directory, with blanks as part of them. */
static int take_files(struct parse *p, const struct option_row *row, const char *value, sparkk8s_error **err)
{
    AUTO(chars) resolved = NULL;
    int rc;

    rc = dependency_resolve_list(value, &resolved, err);
    return rc < 0 ? rc : conf_put(p->app->conf, row->key, resolved, row->name, err);
}

static int take_option(struct parse *p, const struct option_row *row, const char *value, sparkk8s_error **err)
{
    size_t i;

    if (!p->newest || row->since > p->newest->since)
        p->newest = row;
    if (row->key && dependency_is_list(row->key))
        return take_files(p, row, value, err);
    if (row->key)
        return conf_put(is_mixed_with_conf(row) ? p->settings : p->app->conf, row->key, value, row->name, err);
    for (i = 0; i < COUNT(actions); i++)
        if (!strcmp(actions[i].option, row->name))
            return actions[i].take(p, row, value, err);
    return fail(err, SPARKK8S_EINVAL, row->name, "%s is not handled", row->name);
}

static const struct option_row *option_find(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < option_table_count; i++) {
        const struct option_row *row = &option_table[i];

        if (strlen(row->name) == len && !memcmp(row->name, text, len))
            return row;
        if (row->short_name && strlen(row->short_name) == len && !memcmp(row->short_name, text, len))
            return row;
    }
    return NULL;
}

static int fail_option(const char *arg, size_t len, sparkk8s_error **err)
{
    const char *names[COUNT(option_table) + 1] = {NULL};
    AUTO(chars) name = text_dupn(arg, len);
    const char *near;
    size_t i;

    if (!name)
        return fail_oom(err);
    for (i = 0; i < option_table_count; i++)
        names[i] = option_table[i].name;
    near = text_nearest(name, names);
    fail(err, SPARKK8S_EPARSE, option_where, "Unrecognized option: %s", name);
    if (near)
        error_hint(err, "did you mean %s?", near);
    else
        error_hint(err, "Spark's properties are given as --conf key=value, the application's own arguments after its "
                   "jar or file");
    return SPARKK8S_EPARSE;
}

/* Length of the option in "--option=value" with a value, else of all of it. */
static size_t option_length(const char *arg)
{
    const char *equals = text_starts(arg, "--") ? strchr(arg, '=') : NULL;

    return equals && equals[1] && equals > arg + 2 ? (size_t)(equals - arg) : strlen(arg);
}

/* Takes options up to the resource; *next is the index of what follows it. */
static int take_options(struct parse *p, int argc, const char *const *argv, int *next, sparkk8s_error **err)
{
    int i, rc = 0;

    for (i = 0; i < argc && rc == 0; i++) {
        size_t len = option_length(argv[i]);
        const struct option_row *row = option_find(argv[i], len);
        const char *value = argv[i][len] ? argv[i] + len + 1 : NULL;

        if (!row && *argv[i] == '-')
            return fail_option(argv[i], len, err);
        if (!row) {
            *next = i + 1;
            return sparkk8s_app_set(p->app, "resource", argv[i], err);
        }
        if (row->takes_value && !value && ++i == argc) {
            fail(err, SPARKK8S_EPARSE, row->name, "Missing argument for option '%s'", row->name);
            error_hint(err, "%s takes a value: %s", row->name, row->doc);
            return SPARKK8S_EPARSE;
        }
        rc = take_option(p, row, row->takes_value && !value ? argv[i] : value, err);
    }
    *next = i;
    return rc;
}

static int refuse_bytes(int index, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EPARSE, option_where, "argument %d is not UTF-8", index + 1);
    error_hint(err, "Spark and Kubernetes know text only as UTF-8: write it so");
    return SPARKK8S_EPARSE;
}

static int take_arguments(struct parse *p, int argc, const char *const *argv, sparkk8s_error **err)
{
    int i, rc;

    for (i = 0; i < argc; i++)
        if (!argv[i] || !text_is_utf8(argv[i], strlen(argv[i])))
            return refuse_bytes(i, err);
    rc = take_options(p, argc, argv, &i, err);
    if (rc < 0)
        return rc;
    if (!p->app->resource && (!p->whole || p->whole->action == ACTION_SUBMIT)) {
        fail(err, SPARKK8S_EPARSE, option_where, "Missing application resource");
        error_hint(err, "after the options name a jar, .py or .R file: local:///opt/spark/examples/jars/app.jar");
        return SPARKK8S_EPARSE;
    }
    for (; i < argc && rc == 0; i++)
        rc = sparkk8s_app_add_arg(p->app, argv[i], err);
    return rc;
}

/* ---- what is below the command line -------------------------------------------------------------------------- */

static int load_file(struct parse *p, const char *path, sparkk8s_error **err)
{
    if (!file_is_regular(path)) {
        fail(err, SPARKK8S_EIO, path, "Invalid properties file '%s': no such file", path);
        error_hint(err, "name a file of this machine with a property a line, like spark-defaults.conf");
        return SPARKK8S_EIO;
    }
    return sparkk8s_conf_load(p->app->conf, path, err);
}

/* New; NULL in *out if the environment tells none. */
static int conf_folder(const struct env *env, char **out, sparkk8s_error **err)
{
    const char *folder = env_get(env, "SPARK_CONF_DIR"), *home = env_get(env, "SPARK_HOME");

    if (folder && *folder)
        *out = text_dup(folder);
    else if (home && *home)
        *out = file_join(home, "conf");
    else
        return 0;
    return *out ? 0 : fail_oom(err);
}

static int load_conf_folder(struct parse *p, bool defaults, sparkk8s_error **err)
{
    AUTO(chars) folder = NULL;
    AUTO(chars) file = NULL;
    AUTO(chars) script = NULL;
    int rc;

    rc = conf_folder(&p->app->env, &folder, err);
    if (rc < 0 || !folder)
        return rc;
    file = file_join(folder, "spark-defaults.conf");
    script = file_join(folder, "spark-env.sh");
    if (!file || !script)
        return fail_oom(err);
    if (file_is_regular(script) && !env_get(&p->app->env, "SPARK_ENV_LOADED"))
        rc = warn(p->app, "a shell script is not run, export what it sets: ", script, err);
    if (rc < 0 || !defaults || !file_is_regular(file))
        return rc;
    if (p->whole && !p->properties_file)
        rc = keep_text(&p->whole->properties_file, file, err);
    return rc < 0 ? rc : sparkk8s_conf_load(p->app->conf, file, err);
}

static int load_files(struct parse *p, const sparkk8s_conf *defaults, sparkk8s_error **err)
{
    bool wanted = !p->properties_file || p->load_defaults;
    size_t i;
    int rc = 0;

    for (i = p->extra_files.count; i > 0 && rc == 0; i--)
        rc = load_file(p, p->extra_files.v[i - 1], err);
    if (rc == 0 && p->properties_file)
        rc = load_file(p, p->properties_file, err);
    if (rc == 0 && wanted && defaults)
        rc = conf_merge_below(p->app->conf, defaults, err);
    return rc < 0 ? rc : load_conf_folder(p, wanted && !defaults, err);
}

/* An empty variable is none: wrappers export what is not set. */
static int apply_environment(struct parse *p, sparkk8s_error **err)
{
    const char *remote = env_get(&p->app->env, "SPARK_REMOTE");
    size_t i;
    int rc = 0;

    for (i = 0; i < option_table_count && rc == 0; i++) {
        const struct option_row *row = &option_table[i];
        const char *value = row->env ? env_get(&p->app->env, row->env) : NULL;

        if (value && *value)
            rc = conf_put_if_absent(p->app->conf, row->key, value, row->env, err);
    }
    if (rc < 0 || !remote || !*remote)
        return rc;
    fail(err, SPARKK8S_ECONF, "SPARK_REMOTE", "Remote cannot be specified with master and/or deploy mode");
    error_hint(err, "unset SPARK_REMOTE");
    return SPARKK8S_ECONF;
}

/* spark-submit is of the version of its distribution, whatever the image is. One that is not known here says nothing. */
static int apply_distribution(struct parse *p, sparkk8s_error **err)
{
    AUTO(chars) version = NULL;
    enum spark_line line;
    int rc = home_version(&p->app->env, &version, err);

    if (rc < 0 || !version || !line_from_text(version, &line, NULL))
        return rc;
    return conf_put_if_absent(p->app->conf, "sparkk8s.spark.version", version, "SPARK_HOME", err);
}

/* An option is only as old as the Spark that is submitted to, and which one that is may be said anywhere. */
static int check_line(const struct parse *p, sparkk8s_error **err)
{
    AUTO_STRV unused = {0};
    AUTO(chars) version = NULL;
    enum spark_line line;
    int rc;

    if (!p->newest || p->newest->since == SPARK_3_5)
        return 0;
    rc = line_choose(p->app->conf, &line, &version, &unused, err);
    if (rc < 0 || line >= p->newest->since)
        return rc;
    fail(err, SPARKK8S_EPARSE, p->newest->name, "Unrecognized option: %s", p->newest->name);
    error_hint(err, "Spark %s and later have it; this is for %s", line_infos[p->newest->since].name, version);
    return SPARKK8S_EPARSE;
}

static int assemble(struct parse *p, const sparkk8s_conf *defaults, sparkk8s_error **err)
{
    int rc;

    rc = conf_merge_below(p->app->conf, p->settings, err);
    if (rc == 0)
        rc = load_files(p, defaults, err);
    if (rc == 0)
        rc = apply_environment(p, err);
    if (rc == 0 && p->whole)
        rc = apply_distribution(p, err);
    return rc < 0 ? rc : check_line(p, err);
}

static bool is_answered_at_once(const struct submit_args *whole)
{
    return whole && whole->action != ACTION_SUBMIT && !action_name(whole->action);
}

static int parse_args(int argc, const char *const *argv, const char *const *env, const sparkk8s_conf *defaults,
                      struct submit_args *whole, sparkk8s_app **out, sparkk8s_error **err)
{
    AUTO(app) app = sparkk8s_app_new();
    AUTO(conf) settings = sparkk8s_conf_new();
    struct parse p = {.app = app, .settings = settings, .whole = whole};
    int rc;

    if (!app || !settings)
        return fail_oom(err);
    app->conf->remembers = settings->remembers = true;
    rc = env_set_all(&app->env, env, err);
    if (rc == 0)
        rc = take_arguments(&p, argc, argv, err);
    if (rc == 0 && !is_answered_at_once(whole))
        rc = assemble(&p, defaults, err);
    if (rc == 0 && whole && p.properties_file)
        rc = keep_text(&whole->properties_file, p.properties_file, err);
    if (whole)
        whole->extra_files = p.extra_files;
    else
        strv_clear(&p.extra_files);
    if (rc < 0)
        return rc;
    *out = TAKE(app);
    return 0;
}

int sparkk8s_app_from_args(int argc, const char *const *argv, const char *const *env, const sparkk8s_conf *defaults,
                           sparkk8s_app **out, sparkk8s_error **err)
{
    if (argc < 0 || (argc > 0 && !argv) || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_from_args", "argv and out must not be NULL");
    return parse_args(argc, argv, env, defaults, NULL, out, err);
}

/* ---- the whole command line, strictly ------------------------------------------------------------------------- */

/* The default of Spark's is to run the driver here, which must not be taken for what was not asked for. */
static int check_mode(const sparkk8s_conf *conf, sparkk8s_error **err)
{
    static const char key[] = "spark.submit.deployMode";
    const char *mode = sparkk8s_conf_get(conf, key);

    if (mode && strcmp(mode, "client") != 0)
        return 0;                   /* app_prepare() knows the others */
    fail(err, SPARKK8S_ECONF, key, "deploy mode client%s runs the driver on this machine, which needs a JVM here; only "
         "cluster mode is possible", mode ? "" : ", which is spark-submit's default,");
    error_hint(err, "add --deploy-mode cluster");
    return SPARKK8S_ECONF;
}

static int check_master(const struct submit_args *args, sparkk8s_error **err)
{
    static const char *const others[] = {"yarn", "spark", "mesos", "local"};
    const char *master = sparkk8s_conf_get(args->app->conf, "spark.master");
    bool known = !master;
    size_t i;

    if (master && text_starts(master, "k8s://"))
        return 0;
    for (i = 0; i < COUNT(others); i++)
        known = known || text_starts(master, others[i]);
    if (args->action != ACTION_SUBMIT)
        fail(err, SPARKK8S_ECONF, "spark.master", "No external SparkSubmitOperations clients found for master url: '%s'",
             master ? master : "local[*]");
    else if (known)
        fail(err, SPARKK8S_ECONF, "spark.master", "this spark-submit submits to Kubernetes only, not to %s",
             master ? master : "local[*], which is the default");
    else
        fail(err, SPARKK8S_ECONF, "spark.master", "Master must either be yarn or start with spark, k8s, or local");
    error_hint(err, "use --master k8s://https://<host>:<port>");
    return SPARKK8S_ECONF;
}

void submit_args_clear(struct submit_args *args)
{
    sparkk8s_app_free(args->app);
    free(args->submission);
    free(args->queue);
    free(args->properties_file);
    strv_clear(&args->extra_files);
    *args = (struct submit_args){0};
}

/* Spark's launcher takes the command line apart, looks at the properties file and at the Java options of the driver. */
int submit_args_parse(int argc, const char *const *argv, const char *const *env, struct submit_args *out, bool *launcher,
                      sparkk8s_error **err)
{
    struct submit_args args = {0};
    int rc = parse_args(argc, argv, env, NULL, &args, &args.app, err);

    *launcher = rc == SPARKK8S_EPARSE || rc == SPARKK8S_EIO;
    if (rc == 0 && args.action == ACTION_SUBMIT) {
        rc = app_check_java_options(args.app->conf, err);
        *launcher = rc < 0;
    }
    if (rc == 0 && !is_answered_at_once(&args))
        rc = check_master(&args, err);
    if (rc == 0 && args.action == ACTION_SUBMIT)
        rc = check_mode(args.app->conf, err);
    if (rc < 0) {
        submit_args_clear(&args);
        return rc;
    }
    *out = args;
    return 0;
}
