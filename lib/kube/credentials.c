/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers that say who we are. Mirrors client-go's transport round trippers: bearer token (from a file: read again
 * every 50 s of use; an unreadable file keeps the old one), basic, impersonation. None of it goes over plain HTTP.
 */
#include "inner.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "moment.h"
#include "str.h"
#include "text.h"

enum {
    TOKEN_FILE_LIMIT = 1 << 20,
    TOKEN_AGE_MS = 50000        /* client-go: a period of a minute with ten seconds of leeway */
};

static void wipe(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

void credentials_clear(struct credentials *credentials)
{
    wipe(credentials->token);
    *credentials = (struct credentials){ 0 };
}

/* What cannot be read, or is empty, changes nothing. False: out of memory. */
static bool read_token(struct kube *kube)
{
    AUTO(chars) text = NULL;
    const char *start;
    char *token;
    size_t len;
    int rc;

    kube->credentials.read_ms = moment_mono_ms();
    rc = file_read(kube->config.token_file, TOKEN_FILE_LIMIT, &text, &len, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return false;
    if (rc < 0) {
        kube_log(kube, SPARKK8S_LOG_WARN, "kube", "cannot read the token file %s, the old token stays",
                 kube->config.token_file);
        return true;
    }
    start = text_trim(text, len, &len);
    if (len == 0)
        return true;
    token = text_dupn(start, len);
    explicit_bzero(text, strlen(text));
    if (!token)
        return false;
    wipe(kube->credentials.token);
    kube->credentials.token = token;
    return true;
}

bool credentials_reread(struct kube *kube)
{
    if (!kube->config.token_file)
        return false;
    kube->credentials.read_ms = 0;
    return true;
}

/* Nothing that would end the header, and let what follows be another one. */
static bool can_be_sent(const char *value)
{
    const char *c;

    for (c = value; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

static int add(struct strv *headers, const char *name, const char *value, sparkk8s_error **err)
{
    if (!can_be_sent(value))
        return fail(err, SPARKK8S_EAUTH, NULL, "%s cannot be sent: it has a line end or another control character", name);
    strv_addf(headers, "%s: %s", name, value);
    return headers->failed ? fail_oom(err) : 0;
}

static int add_basic(const struct kube_config *config, struct strv *headers, sparkk8s_error **err)
{
    AUTO_STR pair = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    str_addf(&pair, "%s:%s", config->username, config->password ? config->password : "");
    str_add(&value, "Basic ");
    base64_add(&value, pair.s, pair.len);
    explicit_bzero(pair.s, pair.len);
    if (pair.failed || value.failed)
        return fail_oom(err);
    rc = add(headers, "Authorization", value.s, err);
    explicit_bzero(value.s, value.len);
    return rc;
}

static int add_authorization(struct kube *kube, struct strv *headers, sparkk8s_error **err)
{
    const struct kube_config *config = &kube->config;
    AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);
    const char *token;
    int rc;

    if (config->token_file && moment_mono_ms() - kube->credentials.read_ms >= TOKEN_AGE_MS && !read_token(kube))
        return fail_oom(err);
    token = kube->credentials.token ? kube->credentials.token : config->token;
    if (!token || !*token)
        return config->username ? add_basic(config, headers, err) : 0;
    str_addf(&value, "Bearer %s", token);
    if (value.failed)
        return fail_oom(err);
    rc = add(headers, "Authorization", value.s, err);
    explicit_bzero(value.s, value.len);
    return rc;
}

int credentials_add(struct kube *kube, struct strv *headers, sparkk8s_error **err)
{
    const struct kube_config *config = &kube->config;
    size_t i;
    int rc;

    if (!text_starts(config->server, "https://"))
        return 0;
    rc = add_authorization(kube, headers, err);
    if (rc < 0 || !config->impersonate_user)
        return rc;
    rc = add(headers, "Impersonate-User", config->impersonate_user, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < config->impersonate_headers.count; i++) {
        if (!can_be_sent(config->impersonate_headers.v[i]))
            return fail(err, SPARKK8S_EAUTH, NULL, "an impersonation group or extra value has a control character");
        strv_add(headers, config->impersonate_headers.v[i]);
    }
    return headers->failed ? fail_oom(err) : 0;
}
