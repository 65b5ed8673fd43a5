/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig: whatever is in it, a configuration or an error comes of it, and nothing secret for a plain HTTP server. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kubeconfig.h"
#include "must.h"
#include "target.h"
#include "text.h"

static void check(const struct kube_config *config)
{
    must(config->server && config->ns && *config->ns, "no server or namespace");
    must(text_starts(config->server, config->tls ? "https://" : "http://"), "%s", config->server);
    must(config->tls || (!config->token && !config->token_file && !config->cert && !config->exec), "a secret over HTTP");
    must(config->tls || config->basic_always || !config->username, "a password over HTTP");
    must(!config->cert == !config->key, "a certificate without a key");
    must(!config->insecure || !config->ca, "authorities that nobody asks");
    must(!config->exec || (config->exec->command && config->exec->api_version && !config->token), "a plugin for nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kubeconfig_overrides overrides = { 0 };
    struct kube_config config;
    sparkk8s_error *err = NULL;
    char path[40];
    int file = memfd_create("kubeconfig", MFD_CLOEXEC), rc;

    must(file >= 0 && write(file, data, size) == (ssize_t)size, "no file in memory");
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    overrides.file = path;
    rc = kube_config_load(&overrides, &config, &err);
    close(file);
    if (rc == 0) {
        check(&config);
        kube_config_clear(&config);
        return 0;
    }
    must(err && *sparkk8s_error_message(err) && sparkk8s_error_code(err) == rc, "no message");
    sparkk8s_error_free(err);
    return 0;
}
