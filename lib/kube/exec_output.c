/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors the decoding of client-go's exec plugin: JSON if it begins so, and then nothing behind it; else YAML; keys in
 * their case; the kind may be left out, the version not.
 */
#include "exec_output.h"

#include "error.h"
#include "json.h"
#include "moment.h"
#include "pem.h"
#include "text.h"
#include "yamldoc.h"

#define ENTRY "the output"

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void exec_credential_clear(struct exec_credential *credential)
{
    wipe(&credential->token);
    wipe(&credential->key);
    free(credential->cert);
    *credential = (struct exec_credential){ 0 };
}

/* The parsers' own messages quote what they read. */
static int read_document(const char *text, size_t len, json_t **out, sparkk8s_error **err)
{
    AUTO(error) why = NULL;
    const char *place;
    bool json = text[strspn(text, " \t\r\n\v\f")] == '{';
    int rc = json ? json_parse(text, len, ENTRY, out, &why) : yaml_parse(text, len, ENTRY, YAML_1_1, out, &why);

    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc == 0)
        return 0;
    place = sparkk8s_error_where(why) + strcspn(sparkk8s_error_where(why), ":");
    return fail(err, SPARKK8S_EAUTH, NULL, ENTRY "%s is not %s", place, json ? "a single JSON object" : "JSON or YAML");
}

static int wrong_type(const char *field, sparkk8s_error **err)
{
    return fail(err, SPARKK8S_EAUTH, NULL, ENTRY "'s %s has a wrong type", field);
}

static int check_head(const json_t *document, const char *api_version, sparkk8s_error **err)
{
    const json_t *kind = json_object_get(document, "kind"), *version = json_object_get(document, "apiVersion");
    const json_t *spec = json_object_get(document, "spec"), *interactive = json_object_get(spec, "interactive");
    const char *text = json_is_string(kind) ? json_string_value(kind) : "";

    if (!json_is_object(document) || (kind && !json_is_string(kind) && !json_is_null(kind)) ||
        (*text && strcmp(text, "ExecCredential") != 0))
        return fail(err, SPARKK8S_EAUTH, NULL, ENTRY " is not an ExecCredential");
    if (!json_is_string(version) || strcmp(json_string_value(version), api_version) != 0)
        return fail(err, SPARKK8S_EAUTH, NULL,
                    "it is configured to use API version %s, and has returned another one", api_version);
    if (spec && !json_is_null(spec) && !json_is_object(spec))
        return wrong_type("spec", err);
    return interactive && !json_is_null(interactive) && !json_is_boolean(interactive) ? wrong_type("spec.interactive", err)
                                                                                     : 0;
}

/* *out is NULL if the field is missing, null, or empty. */
static int read_text(const json_t *status, const char *field, const char **out, sparkk8s_error **err)
{
    const json_t *value = json_object_get(status, field);

    *out = NULL;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return wrong_type(field, err);
    *out = *json_string_value(value) ? json_string_value(value) : NULL;
    return 0;
}

static int read_expiry(const json_t *status, int64_t *ms, sparkk8s_error **err)
{
    const json_t *value = json_object_get(status, "expirationTimestamp");
    int64_t ns;

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value) || !moment_parse(json_string_value(value), json_string_length(value), &ns))
        return fail(err, SPARKK8S_EAUTH, NULL, ENTRY "'s expirationTimestamp is no time of RFC 3339");
    *ms = ns / 1000000 ? ns / 1000000 : 1;          /* 0 is taken */
    return 0;
}

static int check_pair(const char *cert, const char *key, sparkk8s_error **err)
{
    AUTO(error) why = NULL;
    int rc;

    if (!cert != !key)
        return fail(err, SPARKK8S_EAUTH, NULL, "it has returned only certificate or key, not both");
    rc = cert ? pem_check_pair(cert, key, ENTRY, NULL, &why) : 0;
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    return rc < 0 ? fail(err, SPARKK8S_EAUTH, NULL, "%s", sparkk8s_error_message(why)) : 0;
}

static int copy(const char *token, const char *cert, const char *key, struct exec_credential *out, sparkk8s_error **err)
{
    out->token = text_dup(token);
    out->cert = text_dup(cert);
    out->key = text_dup(key);
    if ((!token || out->token) && (!cert || out->cert) && (!key || out->key))
        return 0;
    exec_credential_clear(out);
    return fail_oom(err);
}

int exec_output_parse(const char *text, size_t len, const char *api_version, struct exec_credential *out,
                      sparkk8s_error **err)
{
    struct exec_credential credential = { 0 };
    const char *token, *cert = NULL, *key = NULL;
    AUTO(json) document = NULL;
    const json_t *status;
    int rc = read_document(text, len, &document, err);

    if (rc == 0)
        rc = check_head(document, api_version, err);
    if (rc < 0)
        return rc;
    status = json_object_get(document, "status");
    if (!json_is_object(status))
        return fail(err, SPARKK8S_EAUTH, NULL, "it has not returned a status");
    rc = read_text(status, "token", &token, err);
    if (rc == 0)
        rc = read_text(status, "clientCertificateData", &cert, err);
    if (rc == 0)
        rc = read_text(status, "clientKeyData", &key, err);
    if (rc == 0)
        rc = read_expiry(status, &credential.expires_ms, err);
    if (rc == 0)
        rc = check_pair(cert, key, err);
    if (rc < 0)
        return rc;
    if (!token && !cert)
        return fail(err, SPARKK8S_EAUTH, NULL, "it has returned neither a token nor a certificate and key");
    rc = copy(token, cert, key, &credential, err);
    if (rc == 0)
        *out = credential;
    return rc;
}
