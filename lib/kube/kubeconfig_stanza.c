/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors clientcmd's getCluster(), getAuthInfo() and validation.go: which override clears what, and which fields
 * exclude each other. Both are looked at even when the server is a plain HTTP one, for which most of it counts nothing.
 */
#include "kubeconfig_stanza.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "error.h"
#include "file.h"
#include "kubeconfig_exec.h"
#include "kubeconfig_files.h"
#include "text.h"

char *stanza_path(const struct stanza_file *file)
{
    return file->folder ? file_join(file->folder, file->path) : text_dup(file->path);
}

/* The name's entry, or NULL. It has to be there if it was asked for by an override. */
static int find(const json_t *merged, const char *section, const char *what, const char *name, const char *given,
                const json_t **entry, sparkk8s_error **err)
{
    *entry = kubeconfig_entry(merged, section, given ? given : name);
    if (*entry || !given)
        return 0;
    fail(err, SPARKK8S_ECONF, NULL, "%s \"%s\" does not exist", what, given);
    error_hint(err, "kubectl config view shows what the kubeconfig has");
    return SPARKK8S_ECONF;
}

static struct stanza_file file_of(const json_t *entry, const char *field)
{
    return (struct stanza_file){ kubeconfig_text(entry, field), json_text_at(entry, "folder", NULL) };
}

static void override(const char **value, const char *given)
{
    if (given)
        *value = given;
}

static void override_file(struct stanza_file *file, const char *given)
{
    if (given)
        *file = (struct stanza_file){ given, NULL };
}

/* ---- cluster ---- */

/* Authorities or "insecure" of an override stand for all three fields. */
static void override_cluster(struct cluster_stanza *cluster, const struct kubeconfig_overrides *over)
{
    cluster->empty = cluster->empty && !over->server && !over->tls_server_name && !over->ca_file && !over->insecure;
    if (over->insecure || over->ca_file) {
        cluster->insecure = over->insecure;
        cluster->ca_data = NULL;
        cluster->ca = (struct stanza_file){ over->ca_file, NULL };
    }
    if (over->server || over->tls_server_name)
        cluster->tls_server_name = over->tls_server_name;
    override(&cluster->server, over->server);
}

int cluster_stanza_read(const json_t *merged, const char *name, const struct kubeconfig_overrides *over,
                        struct cluster_stanza *out, sparkk8s_error **err)
{
    const json_t *entry;
    int rc = find(merged, "clusters", "cluster", name, over->cluster, &entry, err);

    if (rc < 0)
        return rc;
    name = over->cluster ? over->cluster : name;
    *out = (struct cluster_stanza){
        .name = name ? name : "",
        .where = kubeconfig_file_of(entry),
        .empty = !entry,
        .server = kubeconfig_text(entry, "server"),
        .tls_server_name = kubeconfig_text(entry, "tls-server-name"),
        .ca_data = kubeconfig_text(entry, "certificate-authority-data"),
        .ca = file_of(entry, "certificate-authority"),
        .proxy_url = kubeconfig_text(entry, "proxy-url"),
        .insecure = kubeconfig_flag(entry, "insecure-skip-tls-verify"),
        .disable_compression = kubeconfig_flag(entry, "disable-compression"),
        .extensions = json_at(entry, "value", "extensions", NULL),
    };
    override_cluster(out, over);
    return 0;
}

/* It has to be there when it is validated, though it may not be read after all. */
static int check_file(const struct stanza_file *file, const char *where, const char *field, const char *name,
                      sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    int fd;

    if (!file->path)
        return 0;
    path = stanza_path(file);
    if (!path)
        return fail_oom(err);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return close(fd);
    fail(err, SPARKK8S_EIO, path, "cannot open the %s of '%s': %s", field, name,
         errno == ENOENT ? "there is no such file" : errno == EACCES ? "permission denied" : "it is no file");
    if (where)
        error_hint(err, "%s names it", where);
    return SPARKK8S_EIO;
}

int cluster_stanza_check(const struct cluster_stanza *cluster, sparkk8s_error **err)
{
    struct proxy proxy = { 0 };
    int rc;

    if (cluster->empty)
        return 0;
    if (!cluster->server)
        return fail(err, SPARKK8S_ECONF, cluster->where, "no server found for cluster \"%s\"", cluster->name);
    if (cluster->proxy_url) {
        rc = proxy_from_text(cluster->proxy_url, cluster->where, &proxy, err);
        proxy_clear(&proxy);
        if (rc < 0)
            return rc;
    }
    if (cluster->ca.path && cluster->ca_data)
        return fail(err, SPARKK8S_ECONF, cluster->where,
                    "certificate-authority-data and certificate-authority are both specified for %s", cluster->name);
    return check_file(&cluster->ca, cluster->where, "certificate-authority", cluster->name, err);
}

/* ---- user ---- */

static void override_user(struct user_stanza *user, const struct kubeconfig_overrides *over)
{
    if (over->cert_file)
        user->cert_data = NULL;
    if (over->key_file)
        user->key_data = NULL;
    override(&user->token, over->token);
    override(&user->as, over->impersonate_user);
    override(&user->as_uid, over->impersonate_uid);
    override_file(&user->token_file, over->token_file);
    override_file(&user->cert, over->cert_file);
    override_file(&user->key, over->key_file);
    if (over->impersonate_groups && over->impersonate_groups[0])
        user->as_group_list = over->impersonate_groups;
}

int user_stanza_read(const json_t *merged, const char *name, const struct kubeconfig_overrides *over,
                     struct user_stanza *out, sparkk8s_error **err)
{
    const json_t *entry;
    int rc = find(merged, "users", "auth info", name, over->user, &entry, err);

    if (rc < 0)
        return rc;
    name = over->user ? over->user : name;
    *out = (struct user_stanza){
        .name = name ? name : "",
        .where = kubeconfig_file_of(entry),
        .folder = json_text_at(entry, "folder", NULL),
        .token = kubeconfig_text(entry, "token"),
        .token_file = file_of(entry, "tokenFile"),
        .username = kubeconfig_text(entry, "username"),
        .password = kubeconfig_text(entry, "password"),
        .cert = file_of(entry, "client-certificate"),
        .cert_data = kubeconfig_text(entry, "client-certificate-data"),
        .key = file_of(entry, "client-key"),
        .key_data = kubeconfig_text(entry, "client-key-data"),
        .as = kubeconfig_text(entry, "as"),
        .as_uid = kubeconfig_text(entry, "as-uid"),
        .as_groups = json_at(entry, "value", "as-groups", NULL),
        .as_extra = json_at(entry, "value", "as-user-extra", NULL),
        .exec = kubeconfig_map(entry, "exec"),
        .provider = kubeconfig_map(entry, "auth-provider"),
    };
    override_user(out, over);
    return 0;
}

static int check_certificate(const struct user_stanza *user, sparkk8s_error **err)
{
    int rc;

    if (!user->cert.path && !user->cert_data)
        return 0;               /* a key alone is of no use, and of no harm */
    if (user->cert.path && user->cert_data)
        return fail(err, SPARKK8S_ECONF, user->where,
                    "client-certificate-data and client-certificate are both specified for %s", user->name);
    if (user->key.path && user->key_data)
        return fail(err, SPARKK8S_ECONF, user->where, "client-key-data and client-key are both specified for %s",
                    user->name);
    if (!user->key.path && !user->key_data)
        return fail(err, SPARKK8S_ECONF, user->where, "client-key-data or client-key must be specified for %s to use the "
                                                      "clientCert authentication method", user->name);
    rc = check_file(&user->cert, user->where, "client-certificate", user->name, err);
    return rc < 0 ? rc : check_file(&user->key, user->where, "client-key", user->name, err);
}

int user_stanza_check(const struct user_stanza *user, sparkk8s_error **err)
{
    bool groups = user->as_group_list || json_array_size(user->as_groups) > 0;
    int rc = check_certificate(user, err);

    if (rc == 0 && user->exec)
        rc = kubeconfig_exec_check(user, err);
    if (rc < 0)
        return rc;
    if (user->token && (user->username || user->password))
        return fail(err, SPARKK8S_ECONF, user->where,
                    "more than one authentication method found for %s; found [token basicAuth], only one is allowed",
                    user->name);
    if (!user->as && (user->as_uid || groups || json_object_size(user->as_extra) > 0))
        return fail(err, SPARKK8S_ECONF, user->where,
                    "requesting uid, groups or user-extra for %s without impersonating a user", user->name);
    return 0;
}
