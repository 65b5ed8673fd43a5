/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files, which context, which namespace. Mirrors client-go's DeferredLoadingClientConfig: a configuration that says
 * nothing gives way to the pod's service account, one that says something wrong does not.
 */
#include "kubeconfig.h"

#include "environment.h"
#include "error.h"
#include "file.h"
#include "kubeconfig_exec.h"
#include "kubeconfig_files.h"
#include "kubeconfig_identity.h"
#include "text.h"

#define POD_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

enum { NAMESPACE_LIMIT = 4096 };

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void kube_config_clear(struct kube_config *config)
{
    wipe(&config->key);
    wipe(&config->token);
    wipe(&config->password);
    free(config->server);
    free(config->ns);
    free(config->told_ns);
    free(config->context);
    free(config->tls_server_name);
    free(config->ca);
    free(config->cert);
    free(config->ca_file);
    free(config->cert_file);
    free(config->key_file);
    free(config->roots_file);
    free(config->roots_folder);
    proxy_clear(&config->proxy);
    free(config->username);
    free(config->token_file);
    kube_exec_free(config->exec);
    free(config->impersonate_user);
    strv_clear(&config->impersonate_headers);
    *config = (struct kube_config){ 0 };
}

/* ---- the environment ---- */

static bool is_in_pod(void)
{
    return environment_get("KUBERNETES_SERVICE_HOST") && environment_get("KUBERNETES_SERVICE_PORT") &&
           file_is_regular(POD_FOLDER "/token");
}

/* Go's variables and places: a libcurl may be from another system than this one, which has its authorities elsewhere. A file that
 * is not there is as if it were not named; NULL leaves it to libcurl. */
static const char *find_bundle(void)
{
    static const char *const places[] = {
        "/etc/ssl/certs/ca-certificates.crt",               /* Debian, Alpine, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",                 /* Fedora, RHEL */
        "/etc/ssl/ca-bundle.pem",                           /* SUSE */
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem"                                 /* Alpine */
    };
    const char *file = environment_get("SSL_CERT_FILE");
    size_t i;

    if (file && !file_is_missing(file))
        return file;
    for (i = 0; i < COUNT(places); i++)
        if (file_is_regular(places[i]))
            return places[i];
    return NULL;
}

static int find_roots(struct kube_config *config, sparkk8s_error **err)
{
    const char *file = find_bundle(), *folder = environment_get("SSL_CERT_DIR");

    config->roots_file = text_dup(file);
    config->roots_folder = text_dup(folder);
    return (file && !config->roots_file) || (folder && !config->roots_folder) ? fail_oom(err) : 0;
}

static int find_proxy(struct kube_config *config, sparkk8s_error **err)
{
    struct proxy_environment environment = {
        .http_proxy = environment_either("HTTP_PROXY", "http_proxy"),
        .https_proxy = environment_either("HTTPS_PROXY", "https_proxy"),
        .no_proxy = environment_either("NO_PROXY", "no_proxy"),
        .cgi = environment_get("REQUEST_METHOD") != NULL,
    };
    struct url server = { 0 };
    int rc = config->proxy.url ? 0 : url_parse_server(config->server, NULL, &server, err);

    if (rc == 0 && !config->proxy.url)
        rc = proxy_from_environment(&environment, &server, &config->proxy, err);
    url_clear(&server);
    return rc;
}

/* ---- namespace ---- */

static int pod_namespace(char **out, sparkk8s_error **err)
{
    const char *from_environment = environment_get("POD_NAMESPACE");
    AUTO(chars) text = NULL;
    const char *start;
    size_t len;
    int rc;

    if (from_environment) {
        *out = text_dup(from_environment);
        return *out ? 0 : fail_oom(err);
    }
    rc = file_read(POD_FOLDER "/namespace", NAMESPACE_LIMIT, &text, &len, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return 0;
    start = text_trim(text, len, &len);
    if (len == 0)
        return 0;
    *out = text_dupn(start, len);
    return *out ? 0 : fail_oom(err);
}

static int choose_namespace(const struct kubeconfig_overrides *over, const json_t *context, struct kube_config *out,
                            sparkk8s_error **err)
{
    const char *told = kubeconfig_text(context, "namespace");
    int rc;

    if (told) {
        out->told_ns = text_dup(told);
        if (!out->told_ns)
            return fail_oom(err);
    } else if (over->in_cluster || is_in_pod()) {
        rc = pod_namespace(&out->told_ns, err);
        if (rc < 0)
            return rc;
    }
    out->ns = text_dup(over->ns ? over->ns : out->told_ns ? out->told_ns : "default");
    return out->ns ? 0 : fail_oom(err);
}

/* ---- files and context ---- */

/* Before there was ~/.kube/config there was ~/.kube/.kubeconfig, which kubectl still finds (and copies). */
static int read_usual(json_t **out, sparkk8s_error **err)
{
    const char *home = environment_get("HOME"), *path;
    AUTO(chars) usual = file_join(home ? home : "", ".kube/config");
    AUTO(chars) older = file_join(home ? home : "", ".kube/.kubeconfig");

    if (!usual || !older)
        return fail_oom(err);
    path = file_is_missing(usual) ? older : usual;
    return kubeconfig_files_read(&path, 1, out, err);
}

static int read_list(const char *list, json_t **out, sparkk8s_error **err)
{
    AUTO_STRV paths = { 0 };

    strv_split(&paths, list, ':');
    if (paths.failed)
        return fail_oom(err);
    return kubeconfig_files_read((const char *const *)paths.v, paths.count, out, err);
}

static int read_files(const struct kubeconfig_overrides *over, json_t **out, sparkk8s_error **err)
{
    const char *list = environment_get("KUBECONFIG");

    if (over->file)
        return kubeconfig_file_read(over->file, out, err);
    return list ? read_list(list, out, err) : read_usual(out, err);
}

static int choose_context(const struct kubeconfig_overrides *over, const json_t *merged, const char **name,
                          sparkk8s_error **err)
{
    *name = over->context ? over->context : json_text_at(merged, "current-context", NULL);
    if (!*name || kubeconfig_entry(merged, "contexts", *name))
        return 0;
    if (over->context)
        fail(err, SPARKK8S_ECONF, NULL, "context \"%s\" does not exist", *name);
    else
        fail(err, SPARKK8S_ECONF, NULL, "context was not found for specified context: %s", *name);
    error_hint(err, "kubectl config get-contexts lists them");
    return SPARKK8S_ECONF;
}

/* Nothing says which cluster: client-go's ErrEmptyConfig. */
static int nothing_configured(const char *context, const char *cluster, sparkk8s_error **err)
{
    if (context && *cluster)
        return fail(err, SPARKK8S_ECONF, NULL, "context \"%s\" names cluster \"%s\", which is not in the kubeconfig",
                    context, cluster);
    fail(err, SPARKK8S_ECONF, NULL, "no Kubernetes configuration: no kubeconfig with a current context, and not in a pod");
    error_hint(err, "set KUBECONFIG, or name a kubeconfig file or a server");
    return SPARKK8S_ECONF;
}

static int load_in_cluster(const struct kubeconfig_overrides *over, struct kube_config *out, sparkk8s_error **err)
{
    int rc = kubeconfig_in_cluster(POD_FOLDER, environment_get("KUBERNETES_SERVICE_HOST"),
                                   environment_get("KUBERNETES_SERVICE_PORT"), over, out, err);

    return rc < 0 ? rc : choose_namespace(over, NULL, out, err);
}

/* The service account is for whoever has no cluster; a user without one has to be valid all the same. */
static int load_context(const struct kubeconfig_overrides *over, const json_t *merged, const char *name,
                        struct kube_config *out, sparkk8s_error **err)
{
    const json_t *context = kubeconfig_entry(merged, "contexts", name);
    struct cluster_stanza cluster;
    struct user_stanza user;
    int rc = user_stanza_read(merged, kubeconfig_text(context, "user"), over, &user, err);

    if (rc == 0)
        rc = cluster_stanza_read(merged, kubeconfig_text(context, "cluster"), over, &cluster, err);
    if (rc == 0)
        rc = cluster_stanza_check(&cluster, err);
    if (rc == 0)
        rc = user_stanza_check(&user, err);
    if (rc < 0)
        return rc;
    if (cluster.empty)
        return is_in_pod() ? load_in_cluster(over, out, err) : nothing_configured(name, cluster.name, err);
    rc = kubeconfig_identify(&cluster, &user, over, out, err);
    if (rc < 0)
        return rc;
    out->context = text_dup(name);
    if (name && !out->context)
        return fail_oom(err);
    return choose_namespace(over, context, out, err);
}

static int load_files(const struct kubeconfig_overrides *over, struct kube_config *out, sparkk8s_error **err)
{
    AUTO(json) merged = NULL;
    const char *name = NULL;
    int rc = read_files(over, &merged, err);

    if (rc == 0)
        rc = choose_context(over, merged, &name, err);
    return rc < 0 ? rc : load_context(over, merged, name, out, err);
}

/* "" is as good as nothing in each of them, as in kubectl's options. */
static struct kubeconfig_overrides without_empty(const struct kubeconfig_overrides *given)
{
    struct kubeconfig_overrides over = *given;
    const char **const texts[] = {
        &over.file, &over.context, &over.cluster, &over.user, &over.ns, &over.server, &over.tls_server_name, &over.ca_file,
        &over.token, &over.token_file, &over.cert_file, &over.key_file, &over.impersonate_user, &over.impersonate_uid
    };
    size_t i;

    for (i = 0; i < COUNT(texts); i++)
        if (*texts[i] && !**texts[i])
            *texts[i] = NULL;
    return over;
}

int kube_config_load(const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err)
{
    struct kubeconfig_overrides over = without_empty(overrides);
    struct kube_config config = { 0 };
    int rc = over.in_cluster ? load_in_cluster(&over, &config, err) : load_files(&over, &config, err);

    if (rc == 0)
        rc = find_proxy(&config, err);
    if (rc == 0)
        rc = find_roots(&config, err);
    if (rc < 0) {
        kube_config_clear(&config);
        return rc;
    }
    *out = config;
    return 0;
}
