/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors clientcmd's ClientConfig() and what rest.TransportFor() refuses: a user and authorities count for an HTTPS server
 * only, data wins over files, an exec plugin is for a user with nothing else.
 */
#include "kubeconfig_identity.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "kubeconfig_exec.h"
#include "kubeconfig_provider.h"
#include "pem.h"
#include "str.h"
#include "text.h"

enum { PEM_LIMIT = 4 << 20, TOKEN_LIMIT = 1 << 20 };

static int copy(char **out, const char *text, sparkk8s_error **err)
{
    *out = text_dup(text);
    return *out || !text ? 0 : fail_oom(err);
}

static int decode(const char *data, const char *where, char **out, sparkk8s_error **err)
{
    size_t len;

    *out = base64_decode(data, strlen(data), &len);
    if (*out)
        return 0;
    return len == (size_t)-1 ? fail_oom(err) : fail(err, SPARKK8S_ECONF, where, "data is not base64");
}

/* From data, or from the file, whose path is then in *path. Neither: nothing. */
static int read_pem(const struct stanza_file *file, const char *data, const char *where, char **out, char **path,
                    sparkk8s_error **err)
{
    size_t len;

    if (data)
        return decode(data, where, out, err);
    if (!file->path)
        return 0;
    *path = stanza_path(file);
    return *path ? file_read(*path, PEM_LIMIT, out, &len, err) : fail_oom(err);
}

/* ---- cluster ---- */

/* User and password of the URL win over all that the user of the kubeconfig could show. */
static int identify_server(const struct cluster_stanza *cluster, struct kube_config *out, sparkk8s_error **err)
{
    struct url url = { 0 };
    int rc = url_parse_server(cluster->server, cluster->where, &url, err);

    if (rc < 0)
        return rc;
    out->tls = url_is_tls(&url);
    out->server = url_text(&url);
    out->username = TAKE(url.user);
    out->password = TAKE(url.password);
    out->basic_always = out->username != NULL;
    url_clear(&url);
    return out->server ? 0 : fail_oom(err);
}

/* A file of no bytes is as if it were not given, but not beside "insecure". */
static int identify_authority(const struct cluster_stanza *cluster, struct kube_config *out, sparkk8s_error **err)
{
    AUTO(chars) certificates = NULL;
    int rc;

    out->insecure = cluster->insecure;
    if (out->insecure && (cluster->ca.path || cluster->ca_data))
        return fail(err, SPARKK8S_ECONF, cluster->where,
                    "cluster '%s': specifying a root certificates file with the insecure flag is not allowed",
                    cluster->name);
    rc = read_pem(&cluster->ca, cluster->ca_data, cluster->where, &out->ca, &out->ca_file, err);
    if (rc < 0 || !out->ca)
        return rc;
    if (!*out->ca) {
        free(TAKE(out->ca));
        free(TAKE(out->ca_file));
        return 0;
    }
    certificates = pem_certificates(out->ca);
    if (!certificates)
        return fail_oom(err);
    return *certificates ? 0 : fail(err, SPARKK8S_ECONF, cluster->where,
                                    "the certificate authority of cluster '%s' has no PEM certificate", cluster->name);
}

static int identify_cluster(const struct cluster_stanza *cluster, struct kube_config *out, sparkk8s_error **err)
{
    int rc = identify_server(cluster, out, err);

    out->disable_compression = cluster->disable_compression;
    if (rc == 0 && cluster->proxy_url)
        rc = proxy_from_text(cluster->proxy_url, cluster->where, &out->proxy, err);
    if (rc < 0 || !out->tls)
        return rc;
    rc = copy(&out->tls_server_name, cluster->tls_server_name, err);
    return rc < 0 ? rc : identify_authority(cluster, out, err);
}

/* ---- impersonation ---- */

/* The key of an Impersonate-Extra header: what a header's name may not have is escaped, and so is '%'. */
static void add_extra_key(struct str *out, const char *key)
{
    const char *c;

    for (c = key; *c; c++)
        if (*c != '%' && ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
            str_addc(out, *c);
        else if ((*c >= '0' && *c <= '9') || strchr("!#$&'*+-.^_`|~", *c))
            str_addc(out, *c);
        else
            str_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
}

static void add_extra(struct strv *headers, const char *key, const json_t *values)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    const json_t *value;
    size_t i;

    add_extra_key(&name, key);
    json_array_foreach(values, i, value)
        strv_addf(headers, "Impersonate-Extra-%s: %s", name.s, json_is_string(value) ? json_string_value(value) : "");
    headers->failed |= name.failed;
}

static void add_groups(struct strv *headers, const struct user_stanza *user)
{
    const json_t *group;
    size_t i;

    for (i = 0; user->as_group_list && user->as_group_list[i]; i++)
        strv_addf(headers, "Impersonate-Group: %s", user->as_group_list[i]);
    if (user->as_group_list)
        return;
    json_array_foreach(user->as_groups, i, group)
        strv_addf(headers, "Impersonate-Group: %s", json_is_string(group) ? json_string_value(group) : "");
}

static int identify_impersonation(const struct user_stanza *user, struct kube_config *out, sparkk8s_error **err)
{
    struct strv *headers = &out->impersonate_headers;
    const char *key;
    json_t *values;

    if (!user->as)
        return 0;
    if (user->as_uid)
        strv_addf(headers, "Impersonate-Uid: %s", user->as_uid);
    add_groups(headers, user);
    json_object_foreach((json_t *)user->as_extra, key, values)
        add_extra(headers, key, values);
    return headers->failed ? fail_oom(err) : copy(&out->impersonate_user, user->as, err);
}

/* ---- user ---- */

/* It is read when it is used; here only whether there is something. A missing or empty one is an error if there is no
 * other token. */
static int check_token_file(const struct kube_config *config, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc = file_read(config->token_file, TOKEN_LIMIT, &text, &len, config->token ? NULL : err);

    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return config->token ? 0 : rc;
    text_trim(text, len, &len);
    explicit_bzero(text, strlen(text));
    if (len > 0 || config->token)
        return 0;
    return fail(err, SPARKK8S_EAUTH, config->token_file, "the token file is empty");
}

static int identify_token(const struct user_stanza *user, struct kube_config *out, sparkk8s_error **err)
{
    int rc = copy(&out->token, user->token, err);

    if (rc < 0 || !user->token_file.path)
        return rc;
    if (user->username)
        return fail(err, SPARKK8S_ECONF, user->where, "username/password or bearer token may be set, but not both");
    out->token_file = stanza_path(&user->token_file);
    return out->token_file ? check_token_file(out, err) : fail_oom(err);
}

static int identify_certificate(const struct user_stanza *user, struct kube_config *out, sparkk8s_error **err)
{
    AUTO_STR whose = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    if (!user->cert.path && !user->cert_data)
        return 0;
    rc = read_pem(&user->cert, user->cert_data, user->where, &out->cert, &out->cert_file, err);
    if (rc == 0)
        rc = read_pem(&user->key, user->key_data, user->where, &out->key, &out->key_file, err);
    if (rc < 0)
        return rc;
    str_addf(&whose, "the client certificate of user '%s'", user->name);
    return whose.failed ? fail_oom(err) : pem_check_pair(out->cert, out->key, whose.s, user->where, err);
}

static int identify_basic(const struct user_stanza *user, struct kube_config *out, sparkk8s_error **err)
{
    int rc;

    if (!user->username || out->basic_always)
        return 0;
    rc = copy(&out->username, user->username, err);
    return rc < 0 ? rc : copy(&out->password, user->password, err);
}

static int identify_exec(const struct cluster_stanza *cluster, const struct user_stanza *user, bool deny,
                         struct kube_config *out, sparkk8s_error **err)
{
    int rc = kubeconfig_exec_check_version(user, err);

    if (rc < 0 || out->token || out->token_file || user->username || out->cert)
        return rc;
    if (!deny)
        return kubeconfig_exec_read(user, cluster, out, err);
    fail(err, SPARKK8S_EAUTH, user->where, "user '%s' needs an exec plugin, which is not allowed here", user->name);
    error_hint(err, "give a token file instead");
    return SPARKK8S_EAUTH;
}

static int identify_user(const struct cluster_stanza *cluster, const struct user_stanza *user, bool deny_exec,
                         struct kube_config *out, sparkk8s_error **err)
{
    int rc = identify_token(user, out, err);

    if (rc == 0)
        rc = identify_basic(user, out, err);
    if (rc == 0)
        rc = identify_certificate(user, out, err);
    if (rc == 0 && user->exec)
        rc = identify_exec(cluster, user, deny_exec, out, err);
    if (rc == 0 && user->provider)
        rc = kubeconfig_provider_read(user, out, err);
    if (out->basic_always) {
        free(TAKE(out->token));
        free(TAKE(out->token_file));
    }
    return rc;
}

int kubeconfig_identify(const struct cluster_stanza *cluster, const struct user_stanza *user,
                        const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err)
{
    int rc = identify_cluster(cluster, out, err);

    if (rc == 0 && out->tls)
        rc = identify_user(cluster, user, overrides->deny_exec, out, err);
    return rc < 0 ? rc : identify_impersonation(user, out, err);
}

/* ---- in a cluster ---- */

/* What cannot be read, or has no certificate, means the system's authorities, as to client-go. */
static int identify_pod_authority(const char *folder, const struct kubeconfig_overrides *over, struct kube_config *out,
                                  sparkk8s_error **err)
{
    AUTO(chars) path = over->ca_file ? text_dup(over->ca_file) : file_join(folder, "ca.crt");
    AUTO(chars) text = NULL;
    AUTO(chars) certificates = NULL;
    size_t len;
    int rc;

    if (!path)
        return fail_oom(err);
    rc = file_read(path, PEM_LIMIT, &text, &len, over->ca_file ? err : NULL);
    if (rc < 0 && rc != SPARKK8S_ENOMEM)
        return over->ca_file ? rc : 0;
    certificates = text ? pem_certificates(text) : NULL;
    if (!certificates)
        return fail_oom(err);
    if (!*certificates)
        return over->ca_file ? fail(err, SPARKK8S_ECONF, path, "there is no PEM certificate in it") : 0;
    out->ca = TAKE(text);
    out->ca_file = TAKE(path);
    return 0;
}

static int identify_pod(const char *folder, const struct kubeconfig_overrides *over, struct kube_config *out,
                        sparkk8s_error **err)
{
    out->token = text_dup(over->token);
    if (over->token_file || !over->token)
        out->token_file = over->token_file ? text_dup(over->token_file) : file_join(folder, "token");
    if (!out->token && !out->token_file)
        return fail_oom(err);
    return out->token_file ? check_token_file(out, err) : 0;
}

int kubeconfig_in_cluster(const char *folder, const char *host, const char *port,
                          const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err)
{
    AUTO_STR server = STR_INIT(STR_TEXT_LIMIT);
    struct cluster_stanza cluster = { .name = "", .where = "KUBERNETES_SERVICE_HOST" };
    struct user_stanza user = { .name = "", .as = overrides->impersonate_user, .as_uid = overrides->impersonate_uid,
                                .as_group_list = overrides->impersonate_groups };
    int rc;

    if (!host || !*host || !port || !*port)
        return fail(err, SPARKK8S_ECONF, NULL, "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
                                               "KUBERNETES_SERVICE_PORT must be defined");
    str_add(&server, "https://");
    url_add_host(&server, host);
    str_addf(&server, ":%s", port);
    if (server.failed)
        return fail_oom(err);
    cluster.server = overrides->server ? overrides->server : server.s;
    rc = identify_server(&cluster, out, err);
    if (rc == 0 && out->tls)
        rc = identify_pod(folder, overrides, out, err);
    if (rc == 0 && out->tls && !overrides->insecure)
        rc = identify_pod_authority(folder, overrides, out, err);
    if (rc < 0)
        return rc;
    out->insecure = overrides->insecure;
    return identify_impersonation(&user, out, err);
}
