/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors clientcmd's validation of exec plugins, rest.ConfigToExecCluster(), and the resolution of a relative command.
 * Nothing is run here.
 */
#include "kubeconfig_exec.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "kubeconfig_files.h"
#include "text.h"

#define GROUP "client.authentication.k8s.io/"

void kube_exec_free(struct kube_exec *exec)
{
    if (!exec)
        return;
    free(exec->command);
    strv_clear(&exec->args);
    strv_clear(&exec->env);
    free(exec->api_version);
    free(exec->install_hint);
    json_decref(exec->cluster);
    free(exec);
}

/* The older versions of the interface have a default. NULL: none, and none is given. */
static const char *mode_of(const json_t *exec)
{
    static const char *const older[] = { GROUP "v1beta1", GROUP "v1alpha1", NULL };
    const char *mode = kubeconfig_member(exec, "interactiveMode"), *version = kubeconfig_member(exec, "apiVersion");

    return mode ? mode : version && text_is_one_of(version, older) ? "IfAvailable" : NULL;
}

static const char *missing_from(const json_t *exec)
{
    const json_t *item;
    size_t i;

    if (!kubeconfig_member(exec, "command"))
        return "command";
    if (!kubeconfig_member(exec, "apiVersion"))
        return "apiVersion";
    json_array_foreach(json_object_get(exec, "env"), i, item)
        if (!kubeconfig_member(item, "name"))
            return "env variable name";
    return mode_of(exec) ? NULL : "interactiveMode";
}

int kubeconfig_exec_check(const struct user_stanza *user, sparkk8s_error **err)
{
    static const char *const modes[] = { "Never", "IfAvailable", "Always", NULL };
    const char *missing = missing_from(user->exec), *mode = mode_of(user->exec);

    if (user->provider)
        return fail(err, SPARKK8S_ECONF, user->where, "auth-provider cannot be given together with an exec plugin for %s",
                    user->name);
    if (missing)
        return fail(err, SPARKK8S_ECONF, user->where, "%s must be specified for %s to use exec authentication plugin",
                    missing, user->name);
    if (!text_is_one_of(mode, modes))
        return fail(err, SPARKK8S_ECONF, user->where, "invalid interactiveMode for %s: \"%s\"; it is Never, IfAvailable or "
                                                      "Always", user->name, mode);
    return 0;
}

int kubeconfig_exec_check_version(const struct user_stanza *user, sparkk8s_error **err)
{
    static const char *const known[] = { GROUP "v1", GROUP "v1beta1", NULL };
    const char *version = kubeconfig_member(user->exec, "apiVersion");

    if (text_is_one_of(version, known))
        return 0;
    fail(err, SPARKK8S_ECONF, user->where, "exec plugin of %s: invalid apiVersion \"%s\"", user->name, version);
    error_hint(err, "a plugin of today speaks %s; the tool that wrote the kubeconfig may have to be updated", known[0]);
    return SPARKK8S_ECONF;
}

/* ---- what it is told of the cluster ---- */

static json_t *config_of(const struct cluster_stanza *cluster)
{
    const char *name;
    json_t *item;
    size_t i;

    json_array_foreach(cluster->extensions, i, item) {
        name = kubeconfig_member(item, "name");
        if (name && strcmp(name, "client.authentication.k8s.io/exec") == 0)
            return json_object_get(item, "extension");
    }
    return NULL;
}

static int put_text(json_t *into, const char *key, const char *text)
{
    return text ? json_put_text(into, key, text) : 0;
}

static int put_flag(json_t *into, const char *key, bool flag)
{
    return flag ? json_put(into, key, json_true()) : 0;
}

static int put_authority(json_t *into, const struct kube_config *config)
{
    AUTO_STR data = STR_INIT(STR_TEXT_LIMIT);

    if (!config->ca)
        return 0;
    base64_add(&data, config->ca, strlen(config->ca));
    return data.failed ? SPARKK8S_ENOMEM : json_put_text(into, "certificate-authority-data", data.s);
}

static int describe_cluster(const struct cluster_stanza *cluster, const struct kube_config *config, json_t **out,
                            sparkk8s_error **err)
{
    AUTO(json) told = json_object();
    AUTO(chars) server = url_without_query(cluster->server);
    json_t *own = config_of(cluster);

    if (!told || !server || json_put_text(told, "server", server) < 0 ||
        put_text(told, "tls-server-name", config->tls_server_name) < 0 ||
        put_flag(told, "insecure-skip-tls-verify", config->insecure) < 0 || put_authority(told, config) < 0 ||
        put_text(told, "proxy-url", cluster->proxy_url) < 0 ||
        put_flag(told, "disable-compression", config->disable_compression) < 0 ||
        json_put(told, "config", own ? json_incref(own) : json_null()) < 0)
        return fail_oom(err);
    *out = TAKE(told);
    return 0;
}

/* ---- the plugin ---- */

/* With a slash it is meant from the kubeconfig's folder. */
static char *command_of(const struct user_stanza *user)
{
    const char *command = kubeconfig_member(user->exec, "command");
    AUTO(chars) path = NULL;

    if (!strchr(command, '/'))
        return text_dup(command);
    path = file_join(user->folder, command);
    return path ? file_absolute(path) : NULL;
}

static void read_lists(const json_t *exec, struct kube_exec *out)
{
    const char *name, *value;
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(exec, "args"), i, item)
        strv_add(&out->args, json_is_string(item) ? json_string_value(item) : "");
    json_array_foreach(json_object_get(exec, "env"), i, item) {
        name = json_text_at(item, "name", NULL);
        value = json_text_at(item, "value", NULL);
        strv_addf(&out->env, "%s=%s", name, value ? value : "");
    }
}

int kubeconfig_exec_read(const struct user_stanza *user, const struct cluster_stanza *cluster, struct kube_config *config,
                         sparkk8s_error **err)
{
    const char *hint = kubeconfig_member(user->exec, "installHint"), *mode = mode_of(user->exec);
    struct kube_exec *exec = config->exec = calloc(1, sizeof *exec);

    if (!exec)
        return fail_oom(err);
    exec->command = command_of(user);
    exec->api_version = text_dup(kubeconfig_member(user->exec, "apiVersion"));
    exec->install_hint = text_dup(hint);
    exec->must_interact = strcmp(mode, "Always") == 0;
    exec->may_interact = strcmp(mode, "Never") != 0;
    read_lists(user->exec, exec);
    if (!exec->command || !exec->api_version || (hint && !exec->install_hint) || exec->args.failed || exec->env.failed)
        return fail_oom(err);
    if (!json_is_true(json_object_get(user->exec, "provideClusterInfo")))
        return 0;
    return describe_cluster(cluster, config, &exec->cluster, err);
}
