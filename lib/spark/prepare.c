/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the user said to what the feature steps work on: SparkSubmitArguments.validateSubmitArguments and
 * SparkSubmit.prepareSubmitEnvironment for Kubernetes in cluster mode, in their order, on a copy.
 *
 * Deliberately not done: packages are left to the driver's own spark-submit, which resolves them again anyway; of a jar
 * elsewhere the manifest is not read.
 */
#include "app.h"

#include <strings.h>

#include "dependencies.h"
#include "error.h"
#include "jar.h"
#include "str.h"
#include "text.h"
#include "uri.h"
#include "value.h"

#define CORES_HINT(role) "use a whole number; a part of a core is spark.kubernetes." role ".request.cores=500m"
#define INNER_MASTER "k8s://https://kubernetes.default.svc"

static const char origin[] = "filled in";

/* One preparation under way. */
struct prepare {
    const sparkk8s_app *app;
    sparkk8s_conf *conf;
    struct strv *warnings;
    int64_t now_ms;
    const char *resource;                   /* as it was given; NO_RESOURCE if there is none */
    const char *uri;                        /* the same resolved */
    enum language language;
};

static int warn(struct prepare *p, const char *what, const char *detail, sparkk8s_error **err)
{
    strv_addf(p->warnings, "%s%s", what, detail);
    return p->warnings->failed ? fail_oom(err) : 0;
}

/* SparkSubmit keeps only what begins with "spark."; our own keys go on to render, which leaves them out at the end. */
static int drop_foreign_keys(struct prepare *p, sparkk8s_error **err)
{
    size_t i = 0;
    int rc;

    while (i < p->conf->count) {
        const char *key = p->conf->entries[i].key;

        if (text_starts(key, "spark.") || text_starts(key, "sparkk8s.")) {
            i++;
            continue;
        }
        rc = warn(p, "Ignoring non-Spark config property: ", key, err);
        if (rc < 0)
            return rc;
        conf_remove(p->conf, key);
    }
    return 0;
}

/* ---- validation ---------------------------------------------------------------------------------------------- */

/* What SparkSubmit looks at as raw text, without resolving references; only what is set is looked at. */
static const struct {
    const char *key, *what, *unless_true, *hint;
    bool is_size;
} positives[] = {
    {"spark.driver.memory", "Driver memory", NULL, SIZE_HINT, true},
    {"spark.executor.memory", "Executor memory", NULL, SIZE_HINT, true},
    {"spark.driver.cores", "Driver cores", NULL, CORES_HINT("driver"), false},
    {"spark.executor.cores", "Executor cores", NULL, CORES_HINT("executor"), false},
    {"spark.cores.max", "Total executor cores", NULL, "leave it out: on Kubernetes it has no effect", false},
    {"spark.executor.instances", "Number of executors", "spark.dynamicAllocation.enabled",
     "use 1 or more, or leave it out: the default is 2", false},
};

static bool is_true(const sparkk8s_conf *conf, const char *key)
{
    const char *value = sparkk8s_conf_get(conf, key);

    return value && !strcasecmp(value, "true");
}

static int check_positives(const struct prepare *p, sparkk8s_error **err)
{
    size_t i;

    for (i = 0; i < COUNT(positives); i++) {
        const char *value = sparkk8s_conf_get(p->conf, positives[i].key), *wrong = NULL, *hint = positives[i].hint;
        int64_t size = 0;
        int32_t count = 0;

        if (!value || (positives[i].unless_true && is_true(p->conf, positives[i].unless_true)))
            continue;
        if (strstr(value, "${"))
            hint = "write the value itself: Spark looks at it before it resolves references";
        if (positives[i].is_size)
            wrong = size_parse(value, 1, &size);
        else if (!text_to_int32(value, &count))
            wrong = "not a whole number";
        if (wrong)
            return conf_refuse(err, p->conf, positives[i].key, hint, "%s must be a positive number: %s",
                               positives[i].what, wrong);
        if (size <= 0 && count <= 0)
            return conf_refuse(err, p->conf, positives[i].key, hint, "%s must be a positive number",
                               positives[i].what);
    }
    return 0;
}

int app_check_java_options(const sparkk8s_conf *conf, sparkk8s_error **err)
{
    static const char *const keys[] = {"spark.driver.defaultJavaOptions", "spark.driver.extraJavaOptions"};
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        const char *value = sparkk8s_conf_get(conf, keys[i]);

        if (!value || !strstr(value, "Xmx"))
            continue;
        return conf_refuse(err, conf, keys[i], "use --driver-memory or spark.driver.memory",
                           "Not allowed to specify max heap(Xmx) memory settings through java options");
    }
    return 0;
}

static int check_deploy_mode(const struct prepare *p, sparkk8s_error **err)
{
    static const char key[] = "spark.submit.deployMode", hint[] = "leave it out, or use --deploy-mode cluster";
    const char *mode = sparkk8s_conf_get(p->conf, key);

    if (!mode || !strcmp(mode, "cluster"))
        return 0;
    if (strcmp(mode, "client") != 0)
        return conf_refuse(err, p->conf, key, hint, "--deploy-mode must be either \"client\" or \"cluster\"");
    return conf_refuse(err, p->conf, key, hint, "the driver runs in the cluster: client mode needs a JVM here");
}

static int validate(const struct prepare *p, sparkk8s_error **err)
{
    static const char principal[] = "spark.kerberos.principal";
    int rc;

    if (!p->app->resource && !p->app->main_class) {
        fail(err, SPARKK8S_ECONF, "resource", "Must specify a primary resource (JAR or Python or R file)");
        error_hint(err, "give a local:// path inside the image, or a remote URI");
        return SPARKK8S_ECONF;
    }
    rc = check_positives(p, err);
    if (rc < 0)
        return rc;
    if (p->app->proxy_user && conf_has(p->conf, principal))
        return conf_refuse(err, p->conf, principal, "leave one of them out: a proxy user has no keytab of its own",
                           "Only one of --proxy-user or --principal can be provided, and the proxy user is %s",
                           p->app->proxy_user);
    rc = app_check_java_options(p->conf, err);
    if (rc < 0)
        return rc;
    return check_deploy_mode(p, err);
}

/* ---- master, name, language ---------------------------------------------------------------------------------- */

/* Utils.checkAndGetK8sMasterUrl; reference 6.5. */
static int normalise_master(struct prepare *p, sparkk8s_error **err)
{
    static const char key[] = "spark.master", prefix[] = "k8s://";
    static const char hint[] = "use k8s://https://<host>:<port>, or leave the master out to use the kubeconfig's cluster";
    const char *master = sparkk8s_conf_get(p->conf, key), *url, *rest;
    AUTO(chars) set_by = NULL;
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!master)
        return conf_put(p->conf, key, INNER_MASTER, origin, err);
    if (!text_starts(master, prefix))
        return conf_refuse(err, p->conf, key, hint, "Kubernetes master URL must start with k8s://");
    url = master + sizeof(prefix) - 1;
    rest = strstr(url, "://");
    if (rest && strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)
        return conf_refuse(err, p->conf, key, hint, "Invalid Kubernetes master scheme: %.*s found in URL: %s",
                           (int)(rest - url), url, url);
    str_addf(&text, "%s%s%s", prefix, rest ? "" : "https://", url);
    set_by = text_dup(sparkk8s_conf_origin(p->conf, key));
    if (text.failed || !set_by)
        return fail_oom(err);
    if (text_ends(text.s, "://") || uri_scheme(text.s + sizeof(prefix) - 1) == 0)
        return conf_refuse(err, p->conf, key, hint, "not a URL");
    if (!strncasecmp(url, "http://", 7) && warn(p, "Kubernetes master URL uses HTTP instead of HTTPS", "", err) < 0)
        return SPARKK8S_ENOMEM;
    return conf_put(p->conf, key, text.s, set_by, err);
}

static int name_application(struct prepare *p, sparkk8s_error **err)
{
    size_t len = strlen(p->uri), start;
    AUTO(chars) file = NULL;

    for (; len > 1 && p->uri[len - 1] == '/'; len--)
        ;
    for (start = len; start && p->uri[start - 1] != '/'; start--)
        ;
    file = text_dupn(p->uri + start, len - start);
    if (!file)
        return fail_oom(err);
    return conf_put_if_absent(p->conf, "spark.app.name", p->app->main_class ? p->app->main_class : file, origin, err);
}

static enum language language_of(const sparkk8s_app *app, const char *resource)
{
    if (app->language)
        return !strcmp(app->language, "python") ? LANGUAGE_PYTHON
             : !strcmp(app->language, "r") ? LANGUAGE_R : LANGUAGE_JAVA;
    if (text_ends(resource, ".py"))
        return LANGUAGE_PYTHON;
    return text_ends(resource, ".R") || text_ends(resource, ".r") ? LANGUAGE_R : LANGUAGE_JAVA;
}

static int refuse_interactive(const char *where, const char *given, const char *what, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONF, where, "Cluster deploy mode is not applicable to %s: %s", what, given);
    error_hint(err, "submit an application, or run it beside you with Spark's own scripts in client mode");
    return SPARKK8S_ECONF;
}

/* What SparkSubmit runs only beside the user. */
static int refuse_shells(const struct prepare *p, sparkk8s_error **err)
{
    static const char *const shells[] = {"spark-shell", "pyspark-shell", "sparkr-shell", "connect-shell", NULL};
    static const struct {
        const char *main_class, *what;
    } servers[] = {
        {"org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver", "Spark SQL shell"},
        {"org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "Spark Thrift server"},
        {"org.apache.spark.sql.connect.service.SparkConnectServer", "Spark Connect server"},
    };
    size_t i;

    if (text_is_one_of(p->resource, shells))
        return refuse_interactive("resource", p->resource, "Spark shells", err);
    for (i = 0; i < COUNT(servers); i++)
        if (p->app->main_class && !strcmp(p->app->main_class, servers[i].main_class))
            return refuse_interactive("main-class", p->app->main_class, servers[i].what, err);
    return 0;
}

/* ---- resources ----------------------------------------------------------------------------------------------- */

/* Of shells the name is no path. Spark never uploads an R file. */
static int resolve_resource(struct prepare *p, char **out, sparkk8s_error **err)
{
    int rc;

    if (!strcmp(p->resource, NO_RESOURCE)) {
        *out = text_dup(NO_RESOURCE);
        return *out ? 0 : fail_oom(err);
    }
    rc = dependency_resolve(p->resource, out, err);
    if (rc < 0)
        return conf_blame(err, rc, p->conf, "resource", "name the application's file by its path, or by local:///... if it "
                          "is in the image");
    if (p->language == LANGUAGE_R && uri_is_client_local(*out))
        return warn(p, "Spark does not upload R files: the driver looks for this one in its image: ", *out, err);
    return 0;
}

static int fail_main_class(const char *why, const char *what, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONF, "main-class", "%s%s", why, what);
    error_hint(err, "Please specify one with --class; Python and R applications are known by .py and .R");
    return SPARKK8S_ECONF;
}

/* Of a jar on this machine, its manifest tells it. */
static int find_main_class(const struct prepare *p, char **out, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO(error) reason = NULL;
    AUTO_STR why = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    if (p->language != LANGUAGE_JAVA)
        return 0;
    if (p->app->main_class) {
        *out = text_dup(p->app->main_class);
        return *out ? 0 : fail_oom(err);
    }
    rc = uri_has_scheme(p->uri, "file") ? uri_path(p->uri, &path) : SPARKK8S_EINVAL;
    if (rc == SPARKK8S_EINVAL)
        return fail_main_class("No main class is given, and no manifest of a jar on this machine tells it: ", p->uri, err);
    if (rc == 0)
        rc = jar_main_class(path, out, &reason);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc == 0)
        return *out ? 0 : fail_main_class("No main class is set in ", path, err);
    str_addf(&why, "Failed to get main class in JAR %s: ", path);
    return why.failed ? fail_oom(err) : fail_main_class(why.s, sparkk8s_error_message(reason), err);
}

/* MavenUtils.extractMavenCoordinates, for the form alone: the driver resolves them. */
static bool is_coordinate(const char *text)
{
    size_t i, len, parts = 0;

    while (true) {
        len = strcspn(text, ":/");
        text_trim(text, len, &i);
        parts += i > 0;
        if (!i || !text[len])
            return i && parts == 3;
        text += len + 1;
    }
}

static int check_packages(const struct prepare *p, sparkk8s_error **err)
{
    static const char key[] = "spark.jars.packages";
    const char *value = sparkk8s_conf_get(p->conf, key);
    AUTO_STRV items = {0};
    size_t i, len;

    text_trim(value ? value : "", value ? strlen(value) : 0, &len);
    if (!len)
        return 0;
    strv_split(&items, value, ',');
    if (items.failed)
        return fail_oom(err);
    for (i = 0; i < items.count; i++)
        if (!is_coordinate(items.v[i]))
            return conf_refuse(err, p->conf, key, "use e.g. org.apache.spark:spark-avro_2.13:4.1.4, commas between",
                               "'%s' is no groupId:artifactId:version", items.v[i]);
    return 0;
}

/* spark.jars as a typed read gives it, and the application's own jar at the end. */
static int append_jar(struct prepare *p, sparkk8s_error **err)
{
    static const char key[] = JARS_KEY;
    const struct reader reader = {p->conf, &p->app->env};
    AUTO(chars) joined = NULL;
    AUTO(chars) set_by = NULL;
    AUTO_STRV jars = {0};
    int rc;

    if (p->language != LANGUAGE_JAVA)
        return 0;
    rc = read_list(&reader, key, &jars, err);
    if (rc < 0)
        return rc;
    if (strcmp(p->uri, NO_RESOURCE) != 0)
        strv_add(&jars, p->uri);
    set_by = text_dup(conf_has(p->conf, key) ? sparkk8s_conf_origin(p->conf, key) : origin);
    joined = jars.count ? strv_join(&jars, ",") : text_dup("");
    if (jars.failed || !joined || !set_by)
        return fail_oom(err);
    return conf_put(p->conf, key, joined, set_by, err);
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static int fill_in(struct prepare *p, sparkk8s_error **err)
{
    char now[24];
    int rc;

    conf_remove(p->conf, "spark.driver.host");      /* the driver's service decides it */
    snprintf(now, sizeof(now), "%lld", (long long)p->now_ms);
    rc = conf_put(p->conf, "spark.submit.deployMode", "cluster", origin, err);
    if (rc == 0)
        rc = conf_put_if_absent(p->conf, "spark.app.submitTime", now, origin, err);
    return rc;
}

/* What is known without looking at files. */
static int prepare_words(struct prepare *p, sparkk8s_error **err)
{
    int rc;

    rc = drop_foreign_keys(p, err);
    if (rc == 0)
        rc = validate(p, err);
    if (rc == 0)
        rc = normalise_master(p, err);
    if (rc == 0)
        rc = refuse_shells(p, err);
    return rc < 0 ? rc : check_packages(p, err);
}

static int prepare_files(struct prepare *p, struct prepared *made, sparkk8s_error **err)
{
    const struct reader reader = {p->conf, &p->app->env};
    int rc;

    rc = resolve_resource(p, &made->resource, err);
    if (rc < 0)
        return rc;
    p->uri = made->resource;
    rc = name_application(p, err);
    if (rc == 0)
        rc = dependencies_find(p->conf, err);
    if (rc == 0)
        rc = find_main_class(p, &made->main_class, err);
    if (rc == 0)
        rc = append_jar(p, err);
    if (rc == 0)
        rc = fill_in(p, err);
    return rc < 0 ? rc : dependencies_settle(p->conf, &reader, err);
}

/* spark.kubernetes.namespace is read typed, as the client that sends the objects is made for it. */
static int read_namespace(const struct prepare *p, char **out, sparkk8s_error **err)
{
    static const char key[] = "spark.kubernetes.namespace";
    const struct reader reader = {p->conf, &p->app->env};
    AUTO(chars) ns = NULL;
    int rc;

    rc = read_text(&reader, key, &ns, err);
    if (rc < 0)
        return rc;
    if (!ns)
        ns = text_dup("default");
    if (!ns)
        return fail_oom(err);
    if (!*ns)
        return conf_refuse(err, p->conf, key, "name a namespace, or leave the key out for \"default\"",
                           "the namespace must not be empty");
    *out = TAKE(ns);
    return 0;
}

void prepared_clear(struct prepared *prepared)
{
    sparkk8s_conf_free(prepared->conf);
    free(prepared->app_name);
    free(prepared->main_class);
    free(prepared->resource);
    free(prepared->proxy_user);
    free(prepared->ns);
    *prepared = (struct prepared){0};
}

int app_prepare(const sparkk8s_app *app, int64_t now_ms, struct prepared *out, struct strv *warnings,
                sparkk8s_error **err)
{
    __attribute__((cleanup(prepared_clear))) struct prepared made = {0};
    struct prepare p = {.app = app, .warnings = warnings, .now_ms = now_ms};
    int rc;

    if (app->args.failed || app->warnings.failed)
        return fail_oom(err);
    rc = conf_copy(app->conf, &made.conf, err);
    if (rc < 0)
        return rc;
    p.conf = made.conf;
    p.resource = app->resource ? app->resource : NO_RESOURCE;
    p.language = language_of(app, p.resource);
    rc = prepare_words(&p, err);
    if (rc == 0)
        rc = prepare_files(&p, &made, err);
    if (rc == 0)
        rc = read_namespace(&p, &made.ns, err);
    if (rc < 0)
        return rc;

    made.language = p.language;
    made.app_name = text_dup(sparkk8s_conf_get(made.conf, "spark.app.name"));
    made.proxy_user = text_dup(app->proxy_user);
    if (!made.app_name || (app->proxy_user && !made.proxy_user))
        return fail_oom(err);
    *out = made;
    made = (struct prepared){0};
    return 0;
}
