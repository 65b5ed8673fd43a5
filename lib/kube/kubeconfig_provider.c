/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors what client-go still has of auth providers: only `oidc`, whose ID token is used while it is valid. It is not
 * refreshed, which would mean to write into the kubeconfig.
 */
#include "kubeconfig_provider.h"

#include "digest.h"
#include "error.h"
#include "kubeconfig_files.h"
#include "moment.h"
#include "text.h"

enum { LEEWAY_S = 10 };

static int refuse(const struct user_stanza *user, const char *name, const char *why, sparkk8s_error **err)
{
    fail(err, SPARKK8S_EAUTH, user->where, "user '%s': auth-provider '%s' %s", user->name, name, why);
    error_hint(err, "use an exec plugin: gke-gcloud-auth-plugin, kubelogin or oidc-login take the place of gcp, azure and "
                    "oidc");
    return SPARKK8S_EAUTH;
}

/* Base64 for URLs, without padding. */
static char *decode_part(const char *text, size_t len, size_t *out_len)
{
    AUTO_STR standard = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < len; i++)
        str_addc(&standard, text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    for (; i % 4; i++)
        str_addc(&standard, '=');
    *out_len = (size_t)-1;
    return standard.failed ? NULL : base64_decode(standard.s, standard.len, out_len);
}

/* The claims of a JWT; its signature is the server's to check. */
static int read_claims(const char *token, json_t **out)
{
    const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    AUTO(chars) text = NULL;
    size_t len;

    if (!second || strchr(second + 1, '.'))
        return SPARKK8S_EPARSE;
    text = decode_part(first + 1, (size_t)(second - first - 1), &len);
    if (!text)
        return len == (size_t)-1 ? SPARKK8S_ENOMEM : SPARKK8S_EPARSE;
    return json_parse(text, len, "ID token", out, NULL);
}

static int use_id_token(const struct user_stanza *user, const char *token, struct kube_config *config,
                        sparkk8s_error **err)
{
    AUTO(json) claims = NULL;
    int rc = read_claims(token, &claims);

    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0 || !json_is_object(claims))
        return refuse(user, "oidc", "has an id-token that is not a JWT", err);
    if ((double)(moment_now_ms() / 1000 + LEEWAY_S) >= json_number_value(json_object_get(claims, "exp")))
        return refuse(user, "oidc", "has an id-token that has expired, and refreshing it is not supported", err);
    config->token = text_dup(token);
    return config->token ? 0 : fail_oom(err);
}

int kubeconfig_provider_read(const struct user_stanza *user, struct kube_config *config, sparkk8s_error **err)
{
    const char *name = kubeconfig_member(user->provider, "name");
    const json_t *settings = json_object_get(user->provider, "config");
    const char *token = kubeconfig_member(settings, "id-token");

    if (!name || strcmp(name, "oidc") != 0)
        return refuse(user, name ? name : "", "is not supported", err);
    if (!kubeconfig_member(settings, "idp-issuer-url") || !kubeconfig_member(settings, "client-id"))
        return refuse(user, name, "needs idp-issuer-url and client-id", err);
    if (config->token || config->token_file || config->username)
        return 0;
    if (!token)
        return refuse(user, name, "has no id-token, and refreshing is not supported", err);
    return use_id_token(user, token, config, err);
}
