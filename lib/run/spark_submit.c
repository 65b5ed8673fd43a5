/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spark-submit word for word, for Kubernetes in cluster mode: its arguments, its lines, its exit codes. Mirrors
 * bin/spark-class (carriage returns), launcher.Main, deploy.SparkSubmit and deploy.k8s.submit.Client.
 *
 * What it does is the library's own: the application is rendered and submitted as sparkk8s_submit() does it. Not done:
 * client mode, other masters, resolving packages, lines of the log that nobody needs.
 */
#include "spark_submit.h"

#include "error.h"
#include "input.h"
#include "submission.h"
#include "submit_text.h"
#include "text.h"
#include "value.h"

#define EXIT_NO_ARGUMENTS 255
#define WAIT_KEY "spark.kubernetes.submission.waitAppCompletion"
#define INTERVAL_KEY "spark.kubernetes.report.interval"

void say(struct session *session, int level, const char *logger, const char *format, ...)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    session->oom = session->oom || text.failed;
    if (!text.failed)
        session->print(level, logger, text.s, session->userdata);
}

/* ---- failures ------------------------------------------------------------------------------------------------ */

/* Which exception Spark would have died of, roughly: tools look for its shape. */
static const struct {
    int code;
    const char *name;
} exceptions[] = {
    { SPARKK8S_EINVAL, "java.lang.IllegalArgumentException" },
    { SPARKK8S_EPARSE, "java.lang.IllegalArgumentException" },
    { SPARKK8S_ECONF, "org.apache.spark.SparkException" },
    { SPARKK8S_EIO, "java.io.IOException" },
    { SPARKK8S_EUPLOAD, "org.apache.spark.SparkException" },
};

static const char *exception_of(int code)
{
    size_t i;

    for (i = 0; i < COUNT(exceptions); i++)
        if (exceptions[i].code == code)
            return exceptions[i].name;
    return "io.fabric8.kubernetes.client.KubernetesClientException";
}

static void say_exception(struct session *session, const sparkk8s_error *error)
{
    const char *message = sparkk8s_error_message(error), *where = sparkk8s_error_where(error);
    bool placed = !*where || strstr(message, where);

    say(session, SAY_PLAIN, NULL, "Exception in thread \"main\" %s: %s%s%s%s", exception_of(sparkk8s_error_code(error)),
        message, placed ? "" : " (", placed ? "" : where, placed ? "" : ")");
    if (*sparkk8s_error_hint(error))
        say(session, SAY_PLAIN, NULL, "\thint: %s", sparkk8s_error_hint(error));
}

/* Lines that end with a line end, which the reader of lines adds. */
static void say_lines(struct session *session, struct str *text)
{
    if (text->len && text->s[text->len - 1] == '\n')
        str_truncate(text, text->len - 1);
    session->oom = session->oom || text->failed;
    say(session, SAY_PLAIN, NULL, "%s", text->s);
}

static void say_usage(struct session *session)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    submit_text_usage(&text);
    say_lines(session, &text);
}

static void say_launcher_error(struct session *session, const sparkk8s_error *error)
{
    say(session, SAY_PLAIN, NULL, "Error: %s", sparkk8s_error_message(error));
    if (*sparkk8s_error_hint(error))
        say(session, SAY_PLAIN, NULL, "\thint: %s", sparkk8s_error_hint(error));
    say(session, SAY_PLAIN, NULL, "%s", "");
    say_usage(session);
}

/* ---- submission ---------------------------------------------------------------------------------------------- */

static void log_client(int level, const char *topic, const char *message, void *userdata)
{
    const struct session *session = userdata;

    session->print(level, topic, message, session->userdata);
}

int session_connect(struct session *session, sparkk8s_error **err)
{
    const sparkk8s_conf *conf = session->args.app->conf;
    sparkk8s_client_opts opts = {
        .size = sizeof(opts), .user_agent = "spark-submit", .log = log_client, .log_userdata = session, .conf = conf,
    };

    return sparkk8s_client_new(&opts, &session->client, err);
}

static int render(struct session *session, sparkk8s_manifest **out, sparkk8s_error **err)
{
    AUTO(manifest) manifest = NULL;
    size_t i;
    int rc = sparkk8s_render(session->args.app, NULL, &manifest, err);

    if (rc < 0)
        return rc;
    for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++)
        say(session, SPARKK8S_LOG_WARN, "SparkSubmit", "%s", sparkk8s_manifest_warning(manifest, i));
    *out = TAKE(manifest);
    return 0;
}

/* Spark reads these when all is created; here nothing is created if they are wrong. */
static int read_wait(const struct session *session, bool *wait, int64_t *interval_ms, sparkk8s_error **err)
{
    const sparkk8s_app *app = session->args.app;
    const struct reader reader = { app->conf, &app->env };
    int rc = read_bool(&reader, WAIT_KEY, wait, err);

    if (rc < 0 || !*wait)
        return rc;
    rc = read_ms(&reader, INTERVAL_KEY, interval_ms, err);
    if (rc == 0 && *interval_ms <= 0)
        return conf_refuse(err, app->conf, INTERVAL_KEY, "use e.g. 1s, or leave it out",
                           "Logging interval must be a positive time value");
    return rc;
}

static void say_uploads(struct session *session, const sparkk8s_manifest *manifest)
{
    size_t i;

    for (i = 0; i < manifest->uploads.count; i++)
        say(session, SPARKK8S_LOG_INFO, "KubernetesUtils", "Uploading file: %s to dest: %s...", manifest->uploads.v[i].source,
            manifest->uploads.v[i].target);
}

/* The pod's own failure is told apart: who reads the log looks for what is missing there first. */
static int send(struct session *session, const sparkk8s_manifest *manifest, sparkk8s_run **out, sparkk8s_error **err)
{
    sparkk8s_call call = { .size = sizeof(call), .cancel = session->cancel };
    AUTO(run) run = NULL;
    AUTO(error) reason = NULL;
    int rc;

    say_uploads(session, manifest);
    rc = sparkk8s_submit_begin(session->client, manifest, NULL, &run, err);
    if (rc < 0)
        return rc;
    rc = sparkk8s_submit_finish(run, &call, &reason);
    if (rc < 0 && !run->submission->ended)
        rc = submission_give_up(run, rc, &reason, err);
    else if (rc < 0)
        pass_error(rc, &reason, err);
    if (rc < 0 && !run->uid && rc != SPARKK8S_ECANCELED && rc != SPARKK8S_EUPLOAD)
        say(session, SPARKK8S_LOG_ERROR, "Client",
            "Please check \"kubectl auth can-i create pod\" first. It should be yes.");
    if (rc == 0)
        *out = TAKE(run);
    return rc;
}

typedef int (*verbose_fn)(struct str *out, const struct submit_args *args, sparkk8s_error **err);

static int say_verbose(struct session *session, verbose_fn add, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    int rc = session->args.verbose ? add(&text, &session->args, err) : 0;

    if (rc == 0 && session->args.verbose)
        say_lines(session, &text);
    return rc;
}

static void say_context(struct session *session)
{
    const char *context = sparkk8s_conf_get(session->args.app->conf, "spark.kubernetes.context");

    say(session, SPARKK8S_LOG_INFO, "SparkKubernetesClientFactory",
        "Auto-configuring K8S client using %s%s from users K8S config file",
        context && *context ? "context " : "current context", context ? context : "");
}

static int submit(struct session *session, sparkk8s_error **err)
{
    AUTO(manifest) manifest = NULL;
    AUTO(run) run = NULL;
    int64_t interval_ms = 0;
    bool wait = false;
    int rc = render(session, &manifest, err);

    if (rc == 0)
        rc = say_verbose(session, submit_text_prepared, err);
    if (rc == 0)
        rc = read_wait(session, &wait, &interval_ms, err);
    if (rc < 0)
        return rc;
    say_context(session);
    rc = session_connect(session, err);
    if (rc == 0)
        rc = send(session, manifest, &run, err);
    if (rc < 0)
        return rc;
    if (wait)
        return session_wait(session, manifest, run, interval_ms, err);
    say(session, SPARKK8S_LOG_INFO, "Client",
        "Deployed Spark application %s with application ID %s and submission ID %s into Kubernetes",
        manifest->app_name, run->app_id, run->id);
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int act(struct session *session, int *exit_code, sparkk8s_error **err)
{
    AUTO_STR version = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    switch (session->args.action) {
    case ACTION_USAGE_ERROR:
        *exit_code = 1;
        say_usage(session);
        return 0;
    case ACTION_HELP:
        say_usage(session);
        return 0;
    case ACTION_VERSION:
        rc = submit_text_version(&version, &session->args, err);
        say_lines(session, &version);
        return rc;
    case ACTION_KILL:
    case ACTION_STATUS:
    case ACTION_SUBMIT:
        break;
    }
    rc = say_verbose(session, submit_text_parsed, err);
    if (rc < 0)
        return rc;
    return session->args.action == ACTION_SUBMIT ? submit(session, err) : session_operate(session, err);
}

/* What is the caller's to hear; everything else is said in Spark's words, and is an exit code. */
static bool is_told(const struct session *session, int rc)
{
    return session->oom || rc == SPARKK8S_ENOMEM || rc == SPARKK8S_ECANCELED || rc == SPARKK8S_EFORK;
}

static int answer(struct session *session, int argc, const char *const *argv, const char *const *env, int *exit_code,
                  sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    bool launcher = false;
    int rc;

    if (!argc) {
        *exit_code = EXIT_NO_ARGUMENTS;
        say_usage(session);
        return session->oom ? fail_oom(err) : 0;
    }
    *exit_code = 0;
    rc = submit_args_parse(argc, argv, env, &session->args, &launcher, &error);
    if (rc == 0)
        rc = act(session, exit_code, &error);
    if (is_told(session, rc))
        return session->oom ? fail_oom(err) : pass_error(rc, &error, err);
    if (rc < 0 && launcher)
        say_launcher_error(session, error);
    else if (rc < 0)
        say_exception(session, error);
    if (rc < 0)
        *exit_code = 1;
    return session->oom ? fail_oom(err) : 0;
}

/* bin/spark-class deletes every carriage return. */
static int copy_arguments(struct strv *out, int argc, const char *const *argv, sparkk8s_error **err)
{
    int i;

    for (i = 0; i < argc; i++) {
        AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
        const char *at;

        if (!argv[i])
            return fail(err, SPARKK8S_EINVAL, "sparkk8s_spark_submit", "argv[%d] is NULL", i);
        for (at = argv[i]; *at; at++)
            if (*at != '\r')
                str_addc(&text, *at);
        if (text.failed)
            return fail_oom(err);
        strv_add(out, text.s);
    }
    return out->failed ? fail_oom(err) : 0;
}

int sparkk8s_spark_submit(int argc, const char *const *argv, const char *const *env,
                          const sparkk8s_spark_submit_opts *given, int *exit_code, sparkk8s_error **err)
{
    sparkk8s_spark_submit_opts opts;
    AUTO_STRV arguments = { 0 };
    struct session session;
    int code = 1, rc;

    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_spark_submit_opts", err);
    if (rc < 0)
        return rc;
    if (argc < 0 || (argc > 0 && !argv) || !opts.print || !exit_code)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_spark_submit", "argv, print and exit_code must not be NULL");
    rc = copy_arguments(&arguments, argc, argv, err);
    if (rc < 0)
        return rc;
    session = (struct session){ .print = opts.print, .userdata = opts.userdata, .cancel = opts.cancel };
    rc = answer(&session, argc, (const char *const *)arguments.v, env, &code, err);
    sparkk8s_client_free(session.client);
    submit_args_clear(&session.args);
    if (rc == 0)
        *exit_code = code;
    return rc;
}
