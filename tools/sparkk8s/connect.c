/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"

#include "output.h"
#include "progress.h"
#include "signals.h"

#define DEFAULT_TIMEOUT_MS 30000

static void log_line(int level, const char *topic, const char *message, void *userdata)
{
    const struct cli *cli = userdata;
    static const char *const names[] = {
        [SPARKK8S_LOG_DEBUG] = "debug", [SPARKK8S_LOG_INFO] = "info", [SPARKK8S_LOG_WARN] = "warning",
        [SPARKK8S_LOG_ERROR] = "error",
    };

    if (cli->progress)
        progress_hide(cli->progress);
    fprintf(stderr, "%s: ", level > 0 && level < (int)COUNT(names) ? names[level] : "note");
    if (level <= SPARKK8S_LOG_INFO)
        fprintf(stderr, "%s: ", topic);
    print_clean(stderr, message);
    fputs("\n", stderr);
}

static int32_t limited(int64_t ms)
{
    return (int32_t)(ms > INT32_MAX ? INT32_MAX : ms);
}

int connect_client(struct cli *cli, const sparkk8s_conf *conf, sparkk8s_client **out,
                   sparkk8s_error **err)
{
    sparkk8s_client_opts opts = {
        .size = sizeof(opts),
        .kubeconfig = cli->options.kubeconfig,
        .context = cli->options.context,
        .cluster = cli->options.cluster,
        .user = cli->options.user,
        .ns = cli->options.ns,
        .server = cli->options.server,
        .tls_server_name = cli->options.tls_server_name,
        .ca_file = cli->options.ca_file,
        .insecure_skip_tls_verify = cli->options.insecure,
        .cert_file = cli->options.cert_file,
        .key_file = cli->options.key_file,
        .token = cli->options.token,
        .token_file = cli->options.token_file,
        .impersonate_user = cli->options.as_user,
        .impersonate_uid = cli->options.as_uid,
        .impersonate_groups = cli->options.as_groups,
        .interactive = 1,
        .user_agent = "sparkk8s/" SPARKK8S_VERSION,
        .log = log_line,
        .log_userdata = cli,
        .log_level = cli->options.verbose ? SPARKK8S_LOG_DEBUG : 0,
        .timeout_ms = limited(cli->options.timeout_ms),
        .conf = conf,
    };

    return sparkk8s_client_new(&opts, out, err);
}

sparkk8s_call connect_call(const struct cli *cli)
{
    return (sparkk8s_call){ .size = sizeof(sparkk8s_call), .cancel = cli->cancel,
                            .timeout_ms = limited(connect_timeout_ms(cli)) };
}

sparkk8s_call connect_peek(const struct cli *cli)
{
    return (sparkk8s_call){ .size = sizeof(sparkk8s_call), .cancel = cli->cancel };
}

int connect_wait(sparkk8s_client *client, int timeout_ms)
{
    if (!output_flush())
        return SPARKK8S_EIO;
    return signals_poll(sparkk8s_client_fd(client), timeout_ms);
}

int64_t connect_timeout_ms(const struct cli *cli)
{
    return cli->options.timeout_ms ? cli->options.timeout_ms : DEFAULT_TIMEOUT_MS;
}

static void print_shell_word(FILE *file, const char *word)
{
    if (!word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-")]) {
        fputs(word, file);
        return;
    }
    putc('\'', file);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", file);
        else
            putc(*word, file);
    putc('\'', file);
}

char *connect_again(const struct cli *cli, const char *server)
{
    const struct {
        const char *name, *value;
    } given[] = {
        { "--kubeconfig", cli->options.kubeconfig },
        { "--context", cli->options.context },
        { "--cluster", cli->options.cluster },
        { "--user", cli->options.user },
        { "--server", server ? server : cli->options.server },
        { "--tls-server-name", cli->options.tls_server_name },
        { "--certificate-authority", cli->options.ca_file },
        { "--client-certificate", cli->options.cert_file },
        { "--client-key", cli->options.key_file },
        { "--token-file", cli->options.token_file },
        { "--as", cli->options.as_user },
        { "--as-uid", cli->options.as_uid },
    };
    const char **group;
    char *text = NULL;
    size_t i, len;
    FILE *file = open_memstream(&text, &len);

    if (!file)
        return NULL;
    for (i = 0; i < COUNT(given); i++)
        if (given[i].value) {
            fprintf(file, " %s ", given[i].name);
            print_shell_word(file, given[i].value);
        }
    for (group = cli->options.as_groups; group && *group; group++) {
        fputs(" --as-group ", file);
        print_shell_word(file, *group);
    }
    if (cli->options.insecure)
        fputs(" --insecure-skip-tls-verify", file);
    if (fclose(file)) {
        free(text);
        return NULL;
    }
    return text;
}
