/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public client: from its options, and Spark's own keys for the submitting client, to an identity and a loop.
 * Mirrors org.apache.spark.deploy.k8s.SparkKubernetesClientFactory with ClientType.Submission: what it reads, and that
 * spark.master's URL replaces the cluster's while everything else comes from the kubeconfig's context.
 */
#include "client.h"

#include "conf.h"
#include "error.h"
#include "input.h"
#include "str.h"
#include "text.h"
#include "value.h"

#define TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 10000
#define EXEC_TIMEOUT_MS 60000
#define TALK_TIMEOUT_MS 600000      /* of a plugin that may ask the user to log in */
#define IN_FLIGHT 64
#define URL_LIMIT 4096
#define AGENT_LIMIT 1024

#if defined(__x86_64__)
# define ARCHITECTURE "amd64"
#elif defined(__aarch64__)
# define ARCHITECTURE "arm64"
#elif defined(__powerpc64__)
# define ARCHITECTURE "ppc64le"
#elif defined(__s390x__)
# define ARCHITECTURE "s390x"
#else
# define ARCHITECTURE "other"
#endif

/* ---- Spark's keys -------------------------------------------------------------------------------------------- */

#define SUBMISSION "spark.kubernetes.authenticate.submission."
#define TOKEN_KEY SUBMISSION "oauthToken"
#define TOKEN_FILE_KEY SUBMISSION "oauthTokenFile"

struct identity {                   /* overrides, and what they point to that is not the caller's */
    struct kubeconfig_overrides overrides;
    int timeout_ms, connect_timeout_ms;
    struct str server;
    char *texts[8];
    size_t text_count;
};

static void identity_clear(struct identity *identity)
{
    size_t i;

    for (i = 0; i < identity->text_count; i++) {
        explicit_bzero(identity->texts[i], strlen(identity->texts[i]));     /* one may be a token */
        free(identity->texts[i]);
    }
    str_clear(&identity->server);
}

static int take_text(struct identity *identity, const struct reader *reader, const char *key, const char **into,
                     sparkk8s_error **err)
{
    char *text = NULL;
    int rc;

    if (*into || !conf_has(reader->conf, key))
        return 0;
    rc = read_text(reader, key, &text, err);
    if (rc < 0 || !text)
        return rc;
    identity->texts[identity->text_count++] = text;
    *into = text;
    return 0;
}

static int take_timeout(const struct reader *reader, const char *key, int *into, sparkk8s_error **err)
{
    int32_t ms;
    int rc;

    if (*into || !conf_has(reader->conf, key))
        return 0;
    rc = read_int(reader, key, &ms, err);
    if (rc < 0)
        return rc;
    if (ms <= 0)
        return conf_refuse(err, reader->conf, key, "use e.g. 10000", "must be more than 0 milliseconds");
    *into = ms;
    return 0;
}

/* "k8s://https://host:port", or without a scheme, which is https then (Utils.checkAndGetK8sMasterUrl). */
static int take_master(struct identity *identity, const struct reader *reader, sparkk8s_error **err)
{
    static const char key[] = "spark.master", prefix[] = "k8s://";
    const char *master = NULL;
    int rc = take_text(identity, reader, key, &master, err);

    if (rc < 0 || !master || identity->overrides.server)
        return rc;
    if (!text_starts(master, prefix) || !master[sizeof(prefix) - 1])
        return conf_refuse(err, reader->conf, key,
                           "use k8s://https://<host>:<port>, or leave the master out to use the kubeconfig's cluster",
                           "not the URL of a Kubernetes API server");
    master += sizeof(prefix) - 1;
    str_addf(&identity->server, "%s%s", strstr(master, "://") ? "" : "https://", master);
    if (identity->server.failed)
        return fail_oom(err);
    identity->overrides.server = identity->server.s;
    return 0;
}

static int take_token(struct identity *identity, const struct reader *reader, sparkk8s_error **err)
{
    struct kubeconfig_overrides *overrides = &identity->overrides;
    int rc;

    if (overrides->token_file || overrides->token)
        return 0;
    if (conf_has(reader->conf, TOKEN_KEY) && conf_has(reader->conf, TOKEN_FILE_KEY))
        return conf_refuse(err, reader->conf, TOKEN_FILE_KEY, "remove one of them", "cannot be given together with %s",
                           TOKEN_KEY);
    rc = take_text(identity, reader, TOKEN_KEY, &overrides->token, err);
    return rc < 0 ? rc : take_text(identity, reader, TOKEN_FILE_KEY, &overrides->token_file, err);
}

static int take_conf(struct identity *identity, const sparkk8s_conf *conf, sparkk8s_error **err)
{
    struct kubeconfig_overrides *overrides = &identity->overrides;
    struct reader reader = { .conf = conf };
    const struct {
        const char *key, **into;
    } texts[] = {
        { "spark.kubernetes.context", &overrides->context },
        { "spark.kubernetes.namespace", &overrides->ns },
        { SUBMISSION "caCertFile", &overrides->ca_file },
        { SUBMISSION "clientCertFile", &overrides->cert_file },
        { SUBMISSION "clientKeyFile", &overrides->key_file },
    };
    size_t i;
    int rc;

    rc = take_master(identity, &reader, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < COUNT(texts); i++) {
        rc = take_text(identity, &reader, texts[i].key, texts[i].into, err);
        if (rc < 0)
            return rc;
    }
    rc = take_token(identity, &reader, err);
    if (rc < 0)
        return rc;
    if (!overrides->insecure && conf_has(conf, "spark.kubernetes.trust.certificates")) {
        rc = read_bool(&reader, "spark.kubernetes.trust.certificates", &overrides->insecure, err);
        if (rc < 0)
            return rc;
    }
    rc = take_timeout(&reader, "spark.kubernetes.submission.requestTimeout", &identity->timeout_ms, err);
    if (rc < 0)
        return rc;
    return take_timeout(&reader, "spark.kubernetes.submission.connectionTimeout", &identity->connect_timeout_ms, err);
}

/* ---- public -------------------------------------------------------------------------------------------------- */

static int check_opts(const sparkk8s_client_opts *opts, sparkk8s_error **err)
{
    const char *agent = opts->user_agent;

    if (opts->reserved)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_opts", "reserved must be 0");
    if (opts->timeout_ms < 0 || opts->connect_timeout_ms < 0 || opts->exec_timeout_ms < 0 || opts->max_in_flight < 0)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_opts", "time-outs and max_in_flight must not be negative");
    if (opts->log_level < 0 || opts->log_level > SPARKK8S_LOG_ERROR)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_opts", "log_level %d is none of SPARKK8S_LOG_*",
                    (int)opts->log_level);
    for (; agent && *agent; agent++)
        if ((unsigned char)*agent < 0x20 || (unsigned char)*agent > 0x7e)
            return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_opts", "user_agent must be printable ASCII");
    return 0;
}

static void write_agent(struct str *out, const char *given)
{
    if (given && *given)
        str_addf(out, "%s ", given);
    str_addf(out, "libsparkk8s/%s (linux/%s)", sparkk8s_version(), ARCHITECTURE);
}

static int or_default(int given, int otherwise)
{
    return given ? given : otherwise;
}

/* `identity` is read only: what the options did not say has been filled in from the conf. */
static int connect_kube(const sparkk8s_client_opts *opts, const struct identity *identity, struct kube **out,
                        sparkk8s_error **err)
{
    AUTO_STR agent = STR_INIT(AGENT_LIMIT);
    struct kube_config config = { 0 };
    struct kube_opts kube_opts = {
        .timeout_ms = or_default(identity->timeout_ms, TIMEOUT_MS),
        .connect_timeout_ms = or_default(identity->connect_timeout_ms, CONNECT_TIMEOUT_MS),
        .max_in_flight = or_default(opts->max_in_flight, IN_FLIGHT),
        .exec_timeout_ms = or_default(opts->exec_timeout_ms, opts->interactive ? TALK_TIMEOUT_MS : EXEC_TIMEOUT_MS),
        .interactive = opts->interactive != 0,
        .log = opts->log,
        .log_userdata = opts->log_userdata,
        .log_level = or_default(opts->log_level, SPARKK8S_LOG_WARN),
    };
    int rc;

    if (opts->user_agent && strlen(opts->user_agent) > AGENT_LIMIT / 2)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_opts", "user_agent is too long");
    write_agent(&agent, opts->user_agent);
    if (agent.failed)
        return fail_oom(err);
    kube_opts.user_agent = agent.s;
    rc = kube_config_load(&identity->overrides, &config, err);
    return rc < 0 ? rc : kube_new(&config, &kube_opts, out, err);
}

int sparkk8s_client_new(const sparkk8s_client_opts *given, sparkk8s_client **out, sparkk8s_error **err)
{
    sparkk8s_client_opts opts;
    struct identity identity = { .server = STR_INIT(URL_LIMIT) };
    sparkk8s_client *client;
    int rc;

    if (!out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_new", "out must not be NULL");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_client_opts", err);
    if (rc < 0)
        return rc;
    rc = check_opts(&opts, err);
    if (rc < 0)
        return rc;
    identity.timeout_ms = opts.timeout_ms;
    identity.connect_timeout_ms = opts.connect_timeout_ms;
    identity.overrides = (struct kubeconfig_overrides){
        .file = opts.kubeconfig,
        .context = opts.context,
        .cluster = opts.cluster,
        .user = opts.user,
        .ns = opts.ns,
        .server = opts.server,
        .tls_server_name = opts.tls_server_name,
        .ca_file = opts.ca_file,
        .insecure = opts.insecure_skip_tls_verify != 0,
        .cert_file = opts.cert_file,
        .key_file = opts.key_file,
        .token = opts.token,
        .token_file = opts.token_file,
        .impersonate_user = opts.impersonate_user,
        .impersonate_uid = opts.impersonate_uid,
        .impersonate_groups = opts.impersonate_groups,
        .in_cluster = opts.in_cluster != 0,
        .deny_exec = opts.deny_exec_plugins != 0,
    };
    client = calloc(1, sizeof(*client));
    rc = client ? 0 : fail_oom(err);
    if (rc == 0 && opts.conf)
        rc = take_conf(&identity, opts.conf, err);
    if (rc == 0)
        rc = connect_kube(&opts, &identity, &client->kube, err);
    identity_clear(&identity);
    if (rc < 0) {
        free(client);
        return rc;
    }
    *out = client;
    return 0;
}

void sparkk8s_client_free(sparkk8s_client *client)
{
    if (!client)
        return;
    kube_unref(client->kube);
    free(client);
}

int sparkk8s_client_fd(const sparkk8s_client *client)
{
    return client ? kube_fd(client->kube) : -1;
}

static bool has_flag(void *owner)
{
    return kube_flag_any(owner);
}

int sparkk8s_client_next(sparkk8s_client *client, const sparkk8s_call *call, const void **object, sparkk8s_error **err)
{
    struct kube_limit limit;
    int rc;

    if (!client || !object)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_client_next", "client and object must not be NULL");
    rc = kube_check(client->kube, err);
    if (rc == 0)
        rc = kube_limit_init(client->kube, call, 0, &limit, err);
    if (rc == 0)
        rc = kube_wait(client->kube, &limit, has_flag, client->kube, err);
    if (rc == 0)
        *object = kube_flag_next(client->kube);
    return rc;
}

const char *sparkk8s_client_server(const sparkk8s_client *client)
{
    return client ? kube_identity(client->kube)->server : NULL;
}

const char *sparkk8s_client_ns(const sparkk8s_client *client)
{
    return client ? kube_identity(client->kube)->ns : NULL;
}
