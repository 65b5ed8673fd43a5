/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors client-go's plugin/pkg/client/auth/exec, with what that lacks: a deadline, a limit on the output, credentials
 * renewed before they expire, and a run that fails while the old credential is good is no failure.
 */
#include "plugin.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "environment.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "moment.h"
#include "strv.h"
#include "text.h"

#define INFO "KUBERNETES_EXEC_INFO"

enum {
    OUT_LIMIT = 1 << 20,
    ERR_LIMIT = 2000,           /* the end of stderr that is kept for an error */
    ASK_EVERY_MS = 20,          /* where the kernel does not tell of a child's end */
    LEAD_MS = 60000,            /* a credential is renewed so long before it expires, */
    LEAD_SHARE = 5,             /* but a short-lived one is used for most of its life */
    RETRY_MS = 10000            /* after a failed renewal of one that is still good */
};

/* ---- what is run ---- */

static bool is_executable(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && access(path, X_OK) == 0;
}

static int not_found(const struct kube_exec *exec, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EAUTH, NULL, "exec: executable %s not found", exec->command);
    error_hint(err, "%s", exec->install_hint ? exec->install_hint
                                             : "the kubeconfig's user needs this credential plugin: install it, or put it "
                                               "into PATH");
    return SPARKK8S_EAUTH;
}

/* Go's exec.LookPath: what a relative folder of PATH has is not run. */
static int find_command(const struct kube_exec *exec, char **out, sparkk8s_error **err)
{
    const char *path = environment_get("PATH");
    AUTO_STRV folders = { 0 };
    AUTO(chars) found = NULL;
    size_t i;

    if (strchr(exec->command, '/')) {
        *out = text_dup(exec->command);
        return !*out ? fail_oom(err) : is_executable(*out) ? 0 : not_found(exec, err);
    }
    strv_split(&folders, path ? path : "", ':');
    if (folders.failed)
        return fail_oom(err);
    for (i = 0; i < folders.count; i++) {
        free(found);
        found = file_join(*folders.v[i] ? folders.v[i] : ".", exec->command);
        if (!found)
            return fail_oom(err);
        if (!is_executable(found))
            continue;
        if (*found != '/')
            return fail(err, SPARKK8S_EAUTH, NULL, "exec: %s is found in PATH's relative folder '%s', and is not run",
                        exec->command, folders.v[i]);
        *out = TAKE(found);
        return 0;
    }
    return not_found(exec, err);
}

static bool sets(const char *item, const char *name, size_t name_len)
{
    return strncmp(item, name, name_len) == 0 && item[name_len] == '=';
}

/* Whether one of the items sets what `item` sets. */
static bool is_set_by(char *const *items, const char *item)
{
    size_t name_len = strcspn(item, "=");

    for (; items && *items; items++)
        if (sets(*items, item, name_len))
            return true;
    return false;
}

/* Ours, then the kubeconfig's, then the info; of several of a name the last. */
static int make_environment(const struct kube_exec *exec, const char *info, struct strv *out, sparkk8s_error **err)
{
    char *const *all = environment_all();
    size_t i;

    for (; all && *all; all++)
        if (!sets(*all, INFO, sizeof INFO - 1) && !is_set_by(exec->env.v, *all))
            strv_add(out, *all);
    for (i = 0; i < exec->env.count; i++)
        if (!sets(exec->env.v[i], INFO, sizeof INFO - 1) && !is_set_by(exec->env.v + i + 1, exec->env.v[i]))
            strv_add(out, exec->env.v[i]);
    strv_addf(out, INFO "=%s", info);
    return out->failed ? fail_oom(err) : 0;
}

static int make_info(const struct kube_exec *exec, bool interactive, char **out, sparkk8s_error **err)
{
    AUTO(json) info = json_pack("{s:s, s:s, s:{s:b}}", "kind", "ExecCredential", "apiVersion", exec->api_version, "spec",
                                "interactive", interactive);

    if (!info || (exec->cluster && json_put(json_object_get(info, "spec"), "cluster", json_incref(exec->cluster)) < 0))
        return fail_oom(err);
    *out = json_text(info);
    return *out ? 0 : fail_oom(err);
}

static int make_arguments(const struct kube_exec *exec, struct strv *out, sparkk8s_error **err)
{
    size_t i;

    strv_add(out, exec->command);
    for (i = 0; i < exec->args.count; i++)
        strv_add(out, exec->args.v[i]);
    return out->failed ? fail_oom(err) : 0;
}

/* ---- starting ---- */

static int64_t next_look(const struct plugin *plugin)
{
    int64_t soon = moment_mono_ms() + ASK_EVERY_MS;

    return process_has_to_be_asked(&plugin->process) && soon < plugin->deadline_ms ? soon : plugin->deadline_ms;
}

static void on_alarm(void *owner)
{
    plugin_turn(owner, NULL, 0);
}

static int launch(struct plugin *plugin, bool interactive, sparkk8s_error **err)
{
    struct process_opts opts = { .own_stdin = interactive, .own_stderr = plugin->interactive,
                                 .own_group = !plugin->interactive, .out_limit = OUT_LIMIT, .err_limit = ERR_LIMIT };
    AUTO(chars) path = NULL;
    AUTO(chars) info = NULL;
    AUTO_STRV arguments = { 0 }, environment = { 0 };
    int rc;

    rc = find_command(plugin->exec, &path, err);
    if (rc == 0)
        rc = make_info(plugin->exec, interactive, &info, err);
    if (rc == 0)
        rc = make_environment(plugin->exec, info, &environment, err);
    if (rc == 0)
        rc = make_arguments(plugin->exec, &arguments, err);
    if (rc < 0)
        return rc;
    opts.path = path;
    opts.argv = arguments.v;
    opts.envp = environment.v;
    return process_start(&plugin->process, plugin->loop, &opts, err);
}

static int start(struct plugin *plugin, sparkk8s_error **err)
{
    bool terminal = plugin->interactive && isatty(STDIN_FILENO);
    int rc;

    if (plugin->exec->must_interact && !terminal)
        return fail(err, SPARKK8S_EAUTH, NULL, "exec plugin %s cannot support interactive mode: standard input is %s",
                    plugin->exec->command, plugin->interactive ? "not a terminal" : "unavailable");
    rc = launch(plugin, terminal && plugin->exec->may_interact, err);
    if (rc < 0)
        return rc;
    kube_log(plugin->kube, SPARKK8S_LOG_DEBUG, "exec", "running %s", plugin->exec->command);
    plugin->started_ms = moment_mono_ms();
    plugin->deadline_ms = plugin->started_ms + plugin->timeout_ms;
    plugin->alarm.due = on_alarm;
    plugin->alarm.owner = plugin;
    kube_alarm_set(plugin->kube, &plugin->alarm, next_look(plugin));
    return 0;
}

/* ---- what comes of it ---- */

static bool is_mark(char c)
{
    return c == '\0' || strchr(" \t\r\n\"'`=:,;&?<>(){}[]", c) != NULL;
}

/* What the plugin complained of, for an error: words that it has written to stdout as well are not repeated. */
static char *clean_complaint(struct process *process)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *at = process->err_text.s;
    size_t len;

    while (*at) {
        for (len = 0; !is_mark(at[len]); len++)
            ;
        if (len >= 8 && memmem(process->out_text.s, process->out_text.len, at, len))
            str_add(&out, "***");
        else
            str_addn(&out, at, len);
        at += len;
        if (*at)
            str_addc(&out, *at++);
    }
    while (out.len > 0 && strchr(" \t\r\n", out.s[out.len - 1]))
        str_truncate(&out, out.len - 1);
    return str_take(&out);
}

static int ended_badly(struct plugin *plugin, sparkk8s_error **err)
{
    int status = plugin->process.status;
    AUTO(chars) complaint = clean_complaint(&plugin->process);

    if (!complaint)
        return fail_oom(err);
    if (WIFSIGNALED(status))
        fail(err, SPARKK8S_EAUTH, NULL, "exec: executable %s was ended by signal %d%s%s", plugin->exec->command,
             WTERMSIG(status), *complaint ? ": " : "", complaint);
    else
        fail(err, SPARKK8S_EAUTH, NULL, "exec: executable %s failed with exit code %d%s%s", plugin->exec->command,
             WEXITSTATUS(status), *complaint ? ": " : "", complaint);
    return SPARKK8S_EAUTH;
}

/* When a credential that expires then is to be renewed. */
static int64_t renewal(int64_t expires_ms)
{
    int64_t left = expires_ms - moment_now_ms(), lead = left / LEAD_SHARE < LEAD_MS ? left / LEAD_SHARE : LEAD_MS;

    return left <= 0 ? expires_ms : expires_ms - lead;
}

static void keep(struct plugin *plugin, struct exec_credential *credential)
{
    exec_credential_clear(&plugin->credential);
    plugin->credential = *credential;
    plugin->renew_ms = credential->expires_ms ? renewal(credential->expires_ms) : 0;
    plugin->generation++;
    plugin->refused = false;
}

static int finish(struct plugin *plugin, sparkk8s_error **err)
{
    struct process *process = &plugin->process;
    struct exec_credential credential = { 0 };
    AUTO(error) why = NULL;
    int rc;

    if (process->too_much)
        return fail(err, SPARKK8S_EAUTH, NULL, "exec: executable %s has written more than %d bytes", plugin->exec->command,
                    OUT_LIMIT);
    if (!process->over)
        return fail(err, SPARKK8S_EAUTH, NULL, "exec: executable %s did not end within %d ms, and was killed",
                    plugin->exec->command, plugin->timeout_ms);
    if (process->out_text.failed || process->err_text.failed)
        return fail_oom(err);
    if (process->status > 0)
        return ended_badly(plugin, err);
    rc = exec_output_parse(process->out_text.s, process->out_text.len, plugin->exec->api_version, &credential, &why);
    if (rc == 0)
        keep(plugin, &credential);
    else if (rc == SPARKK8S_ENOMEM)
        fail_oom(err);
    else
        fail(err, rc, NULL, "exec: executable %s: %s", plugin->exec->command, sparkk8s_error_message(why));
    return rc;
}

static bool is_good(const struct plugin *plugin)
{
    return plugin->generation != 0 && !plugin->refused &&
           (plugin->fresh || plugin->renew_ms == 0 || moment_now_ms() < plugin->renew_ms);
}

/* A credential that has not expired yet survives a failed attempt to renew it. */
static void fail_or_go_on(struct plugin *plugin)
{
    int64_t now = moment_now_ms();

    if (plugin->generation == 0 || plugin->refused || now >= plugin->credential.expires_ms)
        return;
    kube_log(plugin->kube, SPARKK8S_LOG_WARN, "exec", "%s; the old credential is used on",
             sparkk8s_error_message(plugin->failure));
    plugin->renew_ms = now + RETRY_MS < plugin->credential.expires_ms ? now + RETRY_MS : plugin->credential.expires_ms;
    sparkk8s_error_free(TAKE(plugin->failure));
}

int plugin_turn(struct plugin *plugin, struct loop_event *events, int count)
{
    if (!plugin->exec || !process_is_running(&plugin->process))
        return count;
    count = process_turn(&plugin->process, events, count);
    if (!plugin->process.over && !plugin->process.too_much && moment_mono_ms() < plugin->deadline_ms) {
        kube_alarm_set(plugin->kube, &plugin->alarm, next_look(plugin));
        return count;
    }
    kube_alarm_set(plugin->kube, &plugin->alarm, 0);
    plugin->fresh = finish(plugin, &plugin->failure) == 0;
    if (!plugin->fresh)
        fail_or_go_on(plugin);
    process_stop(&plugin->process);
    plugin->busy_ms += moment_mono_ms() - plugin->started_ms;
    plugin->ended(plugin->kube);
    plugin->fresh = false;
    sparkk8s_error_free(TAKE(plugin->failure));
    return count;
}

/* ---- what others ask ---- */

int plugin_get(struct plugin *plugin, sparkk8s_error **err)
{
    int rc;

    if (is_good(plugin))
        return 0;
    if (process_is_running(&plugin->process))
        return SPARKK8S_AGAIN;
    if (plugin->failure)
        return error_copy(err, plugin->failure);
    rc = start(plugin, err);
    return rc < 0 ? rc : SPARKK8S_AGAIN;
}

bool plugin_refuse(struct plugin *plugin, unsigned generation)
{
    if (!plugin->exec)
        return false;
    if (generation == plugin->generation)
        plugin->refused = true;
    return true;
}

int64_t plugin_busy_ms(const struct plugin *plugin)
{
    return plugin->busy_ms +
           (process_is_running(&plugin->process) ? moment_mono_ms() - plugin->started_ms : 0);
}

void plugin_clear(struct plugin *plugin)
{
    if (!plugin->exec)
        return;
    kube_alarm_set(plugin->kube, &plugin->alarm, 0);
    process_stop(&plugin->process);
    exec_credential_clear(&plugin->credential);
    sparkk8s_error_free(TAKE(plugin->failure));
}
