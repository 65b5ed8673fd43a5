/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster and a user stanza mean. Mirrors client-go's clientcmd/client_config.go and validation.go: which fields
 * exclude each other, which win, and that the user counts for nothing over plain HTTP. Exec plugins, auth providers and
 * proxy-url are recognised, and refused by name.
 */
#include "kubeconfig_identity.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "kubeconfig_files.h"
#include "str.h"
#include "text.h"
#include "url.h"

enum { PEM_LIMIT = 4 << 20, TOKEN_LIMIT = 1 << 20 };

static int copy(char **out, const char *text, sparkk8s_error **err)
{
    if (!text)
        return 0;
    free(*out);
    *out = text_dup(text);
    return *out ? 0 : fail_oom(err);
}

int kubeconfig_clean_server(struct kube_config *config, const char *where, sparkk8s_error **err)
{
    struct url url = { 0 };
    char *clean;
    int rc = url_parse(config->server, where, &url, err);

    if (rc < 0)
        return rc;
    clean = url_text(&url);
    if (clean) {
        free(config->server);
        config->server = clean;
        if (url.user) {
            free(config->username);
            free(config->password);
            config->username = TAKE(url.user);
            config->password = TAKE(url.password);
        }
    }
    url_clear(&url);
    return clean ? 0 : fail_oom(err);
}

/* ---- PEM, from data or from a file ---- */

/* The path in `field`, as seen from the folder of its kubeconfig; NULL in *out if the field is not set. */
static int path_of(const json_t *entry, const char *field, char **out, sparkk8s_error **err)
{
    const char *path = kubeconfig_text(entry, field);

    *out = path ? file_join(json_text_at(entry, "folder", NULL), path) : NULL;
    return path && !*out ? fail_oom(err) : 0;
}

static int decode(const json_t *entry, const char *field, char **out, sparkk8s_error **err)
{
    const char *data = kubeconfig_text(entry, field);
    size_t len;

    *out = base64_decode(data, strlen(data), &len);
    if (*out)
        return 0;
    return len == (size_t)-1 ? fail_oom(err)
                             : fail(err, SPARKK8S_ECONF, kubeconfig_file_of(entry), "%s is not base64", field);
}

/* `name` has the field FIELD or FIELD-data, not both. What is empty is as if it were not there. */
static int read_pem(const json_t *entry, const char *name, const char *field, char **out, sparkk8s_error **err)
{
    AUTO_STR data_field = STR_INIT(64);
    AUTO(chars) path = NULL;
    AUTO(chars) pem = NULL;
    bool has_data;
    size_t len;
    int rc;

    str_addf(&data_field, "%s-data", field);
    has_data = !data_field.failed && kubeconfig_text(entry, data_field.s);
    rc = path_of(entry, field, &path, err);
    if (rc < 0)
        return rc;
    if (path && has_data)
        return fail(err, SPARKK8S_ECONF, kubeconfig_file_of(entry), "%s and %s are both specified for %s", data_field.s,
                    field, name);
    if (has_data)
        rc = decode(entry, data_field.s, &pem, err);
    else if (path)
        rc = file_read(path, PEM_LIMIT, &pem, &len, err);
    if (rc < 0 || !pem || !*pem)
        return rc;
    free(*out);
    *out = TAKE(pem);
    return 0;
}

static int override_pem(const char *path, char **out, sparkk8s_error **err)
{
    AUTO(chars) pem = NULL;
    size_t len;
    int rc = path ? file_read(path, PEM_LIMIT, &pem, &len, err) : 0;

    if (rc < 0 || !pem)
        return rc;
    free(*out);
    *out = TAKE(pem);
    return 0;
}

static int check_ca(const struct kube_config *config, const char *where, const char *name, sparkk8s_error **err)
{
    if (!config->ca || strstr(config->ca, "-----BEGIN "))
        return 0;
    return fail(err, SPARKK8S_ECONF, where, "the certificate authority of cluster %s has no PEM certificate", name);
}

/* ---- cluster ---- */

static int identify_cluster(const struct kubeconfig_choice *choice, const struct kubeconfig_overrides *over,
                            struct kube_config *out, sparkk8s_error **err)
{
    const json_t *entry = choice->cluster;
    const char *where = kubeconfig_file_of(entry), *server = kubeconfig_text(entry, "server");
    const char *proxy = kubeconfig_text(entry, "proxy-url");
    int rc;

    if (!server && !over->server)
        return fail(err, SPARKK8S_ECONF, where, "no server found for cluster \"%s\"", choice->cluster_name);
    if (proxy)
        return fail(err, SPARKK8S_ECONF, where, "cluster '%s': proxy-url is not supported yet", choice->cluster_name);
    rc = copy(&out->server, over->server ? over->server : server, err);
    if (rc == 0 && !over->server)
        rc = copy(&out->tls_server_name, kubeconfig_text(entry, "tls-server-name"), err);
    if (rc == 0 && !over->ca_file && !over->insecure)
        rc = read_pem(entry, choice->cluster_name, "certificate-authority", &out->ca, err);
    if (rc == 0)
        rc = override_pem(over->ca_file, &out->ca, err);
    if (rc < 0)
        return rc;
    out->insecure = over->insecure || (!over->ca_file && kubeconfig_flag(entry, "insecure-skip-tls-verify"));
    out->disable_compression = kubeconfig_flag(entry, "disable-compression");
    if (out->insecure && out->ca)
        return fail(err, SPARKK8S_ECONF, where,
                    "cluster '%s': specifying a root certificates file with the insecure flag is not allowed",
                    choice->cluster_name);
    return check_ca(out, where, choice->cluster_name, err);
}

/* ---- user ---- */

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

static int add_extra(struct kube_config *out, const char *key, const json_t *values, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    const json_t *value;
    size_t i;

    add_extra_key(&name, key);
    json_array_foreach(values, i, value)
        strv_addf(&out->impersonate_headers, "Impersonate-Extra-%s: %s", name.s,
                  json_is_string(value) ? json_string_value(value) : "");
    return name.failed || out->impersonate_headers.failed ? fail_oom(err) : 0;
}

static int identify_impersonation(const struct kubeconfig_choice *choice, const struct kubeconfig_overrides *over,
                                  struct kube_config *out, sparkk8s_error **err)
{
    const json_t *entry = choice->user, *groups = json_at(entry, "value", "as-groups", NULL), *group, *values;
    json_t *extra = json_at(entry, "value", "as-user-extra", NULL);
    const char *as = over->impersonate_user ? over->impersonate_user : kubeconfig_text(entry, "as");
    const char *uid = kubeconfig_text(entry, "as-uid"), *key;
    size_t i;
    int rc;

    if (!as && (uid || json_array_size(groups) > 0 || json_object_size(extra) > 0))
        return fail(err, SPARKK8S_ECONF, kubeconfig_file_of(entry),
                    "requesting uid, groups or user-extra for %s without impersonating a user", choice->user_name);
    rc = copy(&out->impersonate_user, as, err);
    if (rc < 0)
        return rc;
    if (uid)
        strv_addf(&out->impersonate_headers, "Impersonate-Uid: %s", uid);
    json_array_foreach(groups, i, group)
        strv_addf(&out->impersonate_headers, "Impersonate-Group: %s",
                  json_is_string(group) ? json_string_value(group) : "");
    json_object_foreach(extra, key, values) {
        rc = add_extra(out, key, values, err);
        if (rc < 0)
            return rc;
    }
    return out->impersonate_headers.failed ? fail_oom(err) : 0;
}

/* It is read when it is used; here only whether there is something. A missing or empty one is an error if there is no
 * other token, and not over plain HTTP. */
static int check_token_file(struct kube_config *out, bool tls, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    if (!tls)
        return 0;
    rc = file_read(out->token_file, TOKEN_LIMIT, &text, &len, out->token ? NULL : err);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return out->token ? 0 : rc;
    text_trim(text, len, &len);
    explicit_bzero(text, strlen(text));
    if (len > 0 || out->token)
        return 0;
    return fail(err, SPARKK8S_EAUTH, out->token_file, "the token file is empty");
}

static int check_methods(const struct kubeconfig_choice *choice, const struct kube_config *config, sparkk8s_error **err)
{
    const char *where = kubeconfig_file_of(choice->user);

    if ((config->username || config->password) && config->token)
        return fail(err, SPARKK8S_ECONF, where,
                    "more than one authentication method found for %s; found [token basicAuth], only one is allowed",
                    choice->user_name);
    if ((config->username || config->password) && config->token_file)
        return fail(err, SPARKK8S_ECONF, where, "username/password or bearer token may be set, but not both");
    if (config->cert && !config->key)
        return fail(err, SPARKK8S_ECONF, where, "client-key-data or client-key must be specified for %s to use the "
                                                "clientCert authentication method", choice->user_name);
    return 0;
}

/* Plugins and providers are for users with nothing else to show. */
static int check_supported(const struct kubeconfig_choice *choice, const struct kube_config *config, bool tls,
                           sparkk8s_error **err)
{
    const json_t *exec = json_at(choice->user, "value", "exec", NULL);
    const json_t *provider = json_at(choice->user, "value", "auth-provider", NULL);
    const char *where = kubeconfig_file_of(choice->user), *name;
    bool shows_something = config->token || config->token_file || config->username || config->cert;

    if (json_is_object(provider) && !(config->token && tls)) {
        name = json_text_at(provider, "name", NULL);
        return fail(err, SPARKK8S_EAUTH, where, "user '%s': auth-provider '%s' is not supported yet", choice->user_name,
                    name ? name : "");
    }
    if (json_is_object(exec) && tls && !shows_something) {
        name = json_text_at(exec, "command", NULL);
        return fail(err, SPARKK8S_EAUTH, where, "user '%s': exec plugins ('%s') are not supported yet", choice->user_name,
                    name ? name : "");
    }
    return 0;
}

static int override_user(const struct kubeconfig_overrides *over, struct kube_config *out, sparkk8s_error **err)
{
    int rc = copy(&out->token, over->token, err);

    if (rc == 0)
        rc = copy(&out->token_file, over->token_file, err);
    if (rc == 0)
        rc = override_pem(over->cert_file, &out->cert, err);
    if (rc == 0)
        rc = override_pem(over->key_file, &out->key, err);
    return rc;
}

static int identify_user(const struct kubeconfig_choice *choice, const struct kubeconfig_overrides *over,
                         struct kube_config *out, sparkk8s_error **err)
{
    const json_t *entry = choice->user;
    bool tls = text_starts(out->server, "https://");
    int rc;

    rc = copy(&out->token, kubeconfig_text(entry, "token"), err);
    if (rc == 0)
        rc = path_of(entry, "tokenFile", &out->token_file, err);
    if (rc == 0)
        rc = copy(&out->username, kubeconfig_text(entry, "username"), err);
    if (rc == 0)
        rc = copy(&out->password, kubeconfig_text(entry, "password"), err);
    if (rc == 0 && !over->cert_file)
        rc = read_pem(entry, choice->user_name, "client-certificate", &out->cert, err);
    if (rc == 0 && !over->key_file)
        rc = read_pem(entry, choice->user_name, "client-key", &out->key, err);
    if (rc == 0)
        rc = override_user(over, out, err);
    if (rc == 0)
        rc = check_methods(choice, out, err);
    if (rc == 0)
        rc = check_supported(choice, out, tls, err);
    if (rc == 0 && out->token_file)
        rc = check_token_file(out, tls, err);
    return rc < 0 ? rc : identify_impersonation(choice, over, out, err);
}

/* User and password in the server's URL win over the user's token. */
int kubeconfig_identify(const struct kubeconfig_choice *choice, const struct kubeconfig_overrides *overrides,
                        struct kube_config *out, sparkk8s_error **err)
{
    struct kube_config basic = { 0 };
    int rc = identify_cluster(choice, overrides, out, err);

    if (rc == 0)
        rc = kubeconfig_clean_server(out, kubeconfig_file_of(choice->cluster), err);
    if (rc < 0)
        return rc;
    basic.username = TAKE(out->username);
    basic.password = TAKE(out->password);
    rc = identify_user(choice, overrides, out, err);
    if (rc == 0 && basic.username) {
        free(out->token);
        free(out->token_file);
        out->token = out->token_file = NULL;
        free(out->username);
        free(out->password);
        out->username = TAKE(basic.username);
        out->password = TAKE(basic.password);
    }
    kube_config_clear(&basic);
    return rc;
}

/* ---- in a cluster ---- */

static int identify_pod(const char *folder, const struct kubeconfig_overrides *over, struct kube_config *out,
                        sparkk8s_error **err)
{
    AUTO(chars) ca_path = file_join(folder, "ca.crt");
    size_t len;
    int rc;

    if (over->token && !over->token_file)
        out->token = text_dup(over->token);
    else
        out->token_file = over->token_file ? text_dup(over->token_file) : file_join(folder, "token");
    if (!ca_path || (!out->token && !out->token_file))
        return fail_oom(err);
    if (out->token_file) {
        rc = check_token_file(out, true, err);
        if (rc < 0)
            return rc;
    }
    if (over->ca_file)
        return override_pem(over->ca_file, &out->ca, err);
    rc = file_read(ca_path, PEM_LIMIT, &out->ca, &len, NULL);       /* unreadable: the system's, as client-go */
    return rc == SPARKK8S_ENOMEM ? fail_oom(err) : 0;
}

int kubeconfig_in_cluster(const char *folder, const char *host, const char *port,
                          const struct kubeconfig_overrides *overrides, struct kube_config *out, sparkk8s_error **err)
{
    AUTO_STR server = STR_INIT(STR_TEXT_LIMIT);
    bool v6 = host && strchr(host, ':');
    int rc;

    if (!host || !*host || !port || !*port)
        return fail(err, SPARKK8S_ECONF, NULL, "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
                                               "KUBERNETES_SERVICE_PORT must be defined");
    if (overrides->server)
        str_add(&server, overrides->server);
    else
        str_addf(&server, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
    out->server = str_take(&server);
    if (!out->server)
        return fail_oom(err);
    rc = kubeconfig_clean_server(out, "KUBERNETES_SERVICE_HOST", err);
    if (rc == 0)
        rc = identify_pod(folder, overrides, out, err);
    if (rc == 0)
        rc = copy(&out->impersonate_user, overrides->impersonate_user, err);
    if (rc < 0)
        return rc;
    out->insecure = overrides->insecure;
    if (out->insecure) {
        free(out->ca);
        out->ca = NULL;
    }
    return check_ca(out, NULL, "of the pod", err);
}
