/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files, which context, which namespace. Mirrors client-go's DeferredLoadingClientConfig: a configuration that says
 * nothing gives way to the pod's service account, one that says something wrong does not.
 *
 * The only file of the library that reads the process's environment.
 */
#include "kubeconfig.h"

#include "error.h"
#include "file.h"
#include "kubeconfig_files.h"
#include "kubeconfig_identity.h"
#include "str.h"
#include "text.h"
#include "url.h"

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
    free(config->token_file);
    free(config->username);
    free(config->impersonate_user);
    strv_clear(&config->impersonate_headers);
    *config = (struct kube_config){ 0 };
}

/* ---- the environment ---- */

/* NULL if it is not set, or empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool is_in_pod(void)
{
    return environment("KUBERNETES_SERVICE_HOST") && environment("KUBERNETES_SERVICE_PORT") &&
           file_is_regular(POD_FOLDER "/token");
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || text_starts(host, "127.") || strcmp(host, "[::1]") == 0;
}

/* As far as this needs: "*", the host itself, or a domain that it is in. */
static bool is_exempt(const char *host, const char *no_proxy)
{
    const char *at = no_proxy, *domain;
    size_t len, host_len = strlen(host), domain_len;

    for (; *at; at += len + (at[len] == ',')) {
        len = strcspn(at, ",");
        domain = at + (*at == '.');
        domain_len = len - (*at == '.');
        if (len == 1 && *at == '*')
            return true;
        if (domain_len > 0 && domain_len <= host_len &&
            strncasecmp(host + host_len - domain_len, domain, domain_len) == 0 &&
            (domain_len == host_len || host[host_len - domain_len - 1] == '.'))
            return true;
    }
    return false;
}

/* The variable whose proxy client-go would use for this server. */
static int find_proxy(struct kube_config *config, sparkk8s_error **err)
{
    static const char *const names[2][2] = { { "HTTP_PROXY", "http_proxy" }, { "HTTPS_PROXY", "https_proxy" } };
    const char *no_proxy = environment("NO_PROXY");
    struct url url = { 0 };
    int i, rc = url_parse(config->server, NULL, &url, err);

    if (rc < 0)
        return rc;
    if (!no_proxy)
        no_proxy = environment("no_proxy");
    for (i = 0; i < 2 && !config->proxy_ignored; i++)
        if (environment(names[url.tls][i]) && !is_loopback(url.host) && !is_exempt(url.host, no_proxy ? no_proxy : ""))
            config->proxy_ignored = names[url.tls][i];
    url_clear(&url);
    return 0;
}

/* ---- namespace ---- */

static int pod_namespace(char **out, sparkk8s_error **err)
{
    const char *from_environment = environment("POD_NAMESPACE");
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
    out->ns = text_dup(over->ns && *over->ns ? over->ns : out->told_ns ? out->told_ns : "default");
    return out->ns ? 0 : fail_oom(err);
}

/* ---- files and context ---- */

static int read_files(const struct kubeconfig_overrides *over, json_t **out, sparkk8s_error **err)
{
    const char *list = over->files && *over->files ? over->files : environment("KUBECONFIG");
    const char *home = environment("HOME");
    AUTO(chars) usual = NULL;

    if (list)
        return kubeconfig_files_read(list, over->files && *over->files, out, err);
    usual = home ? file_join(home, ".kube/config") : text_dup(".kube/config");
    return usual ? kubeconfig_files_read(usual, false, out, err) : fail_oom(err);
}

static int choose_context(const struct kubeconfig_overrides *over, const json_t *merged, const char **name,
                          sparkk8s_error **err)
{
    const char *given = over->context && *over->context ? over->context : NULL;

    *name = given ? given : json_text_at(merged, "current-context", NULL);
    if (!*name || kubeconfig_entry(merged, "contexts", *name))
        return 0;
    if (given)
        fail(err, SPARKK8S_ECONF, NULL, "context \"%s\" does not exist", *name);
    else
        fail(err, SPARKK8S_ECONF, NULL, "context was not found for specified context: %s", *name);
    error_hint(err, "kubectl config get-contexts lists them");
    return SPARKK8S_ECONF;
}

/* Nothing in the files says which cluster: client-go's ErrEmptyConfig. */
static int nothing_configured(const char *context, const char *cluster, sparkk8s_error **err)
{
    if (context && cluster)
        return fail(err, SPARKK8S_ECONF, NULL, "context \"%s\" names cluster \"%s\", which is not in the kubeconfig",
                    context, cluster);
    fail(err, SPARKK8S_ECONF, NULL, "no Kubernetes configuration: no kubeconfig with a current context, and not in a pod");
    error_hint(err, "set KUBECONFIG, or name a kubeconfig file or a server");
    return SPARKK8S_ECONF;
}

static int load_in_cluster(const struct kubeconfig_overrides *over, struct kube_config *out, sparkk8s_error **err)
{
    int rc = kubeconfig_in_cluster(POD_FOLDER, environment("KUBERNETES_SERVICE_HOST"),
                                   environment("KUBERNETES_SERVICE_PORT"), over, out, err);

    return rc < 0 ? rc : choose_namespace(over, NULL, out, err);
}

static int load_files(const struct kubeconfig_overrides *over, struct kube_config *out, sparkk8s_error **err)
{
    struct kubeconfig_choice choice = { 0 };
    AUTO(json) merged = NULL;
    const json_t *context;
    const char *name = NULL;
    int rc = read_files(over, &merged, err);

    if (rc == 0)
        rc = choose_context(over, merged, &name, err);
    if (rc < 0)
        return rc;
    context = kubeconfig_entry(merged, "contexts", name);
    choice.cluster_name = kubeconfig_text(context, "cluster");
    choice.user_name = kubeconfig_text(context, "user");
    choice.cluster = kubeconfig_entry(merged, "clusters", choice.cluster_name);
    choice.user = kubeconfig_entry(merged, "users", choice.user_name);
    if (!choice.cluster && is_in_pod())
        return load_in_cluster(over, out, err);
    if (!choice.cluster && !over->server)
        return nothing_configured(name, choice.cluster_name, err);
    choice.cluster_name = choice.cluster_name ? choice.cluster_name : "";
    choice.user_name = choice.user_name ? choice.user_name : "";
    rc = kubeconfig_identify(&choice, over, out, err);
    if (rc < 0)
        return rc;
    out->context = text_dup(name);
    if (name && !out->context)
        return fail_oom(err);
    return choose_namespace(over, context, out, err);
}

int kube_config_load(const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err)
{
    struct kube_config config = { 0 };
    int rc = overrides->in_cluster ? load_in_cluster(overrides, &config, err) : load_files(overrides, &config, err);

    if (rc == 0)
        rc = find_proxy(&config, err);
    if (rc < 0) {
        kube_config_clear(&config);
        return rc;
    }
    *out = config;
    return 0;
}
