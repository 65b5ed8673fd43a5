/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom the driver talks to the API server: its service account, or credentials of its own in a Secret; and
 * the account of executors. Counterpart of Spark's DriverKubernetesCredentialsFeatureStep and
 * ExecutorKubernetesCredentialsFeatureStep.
 *
 * spark.kubernetes.authenticate.driver.oauthTokenFile is in Spark's documentation, but nothing in Spark reads
 * it.
 */
#include "steps.h"

#include "error.h"
#include "file.h"
#include "parcel.h"
#include "text.h"

#define PREFIX "spark.kubernetes.authenticate.driver."
#define ACCOUNT_KEY PREFIX "serviceAccountName"
#define VOLUME "kubernetes-credentials"
#define FOLDER "/mnt/secrets/spark-kubernetes-credentials"

static const struct {
    const char *key, *mounted;      /* the submitter's, and where the driver finds it */
    const char *item, *path;        /* in the Secret, and in the driver */
    bool is_file;                   /* else the value itself */
} credentials[] = {
    {PREFIX "clientKeyFile", PREFIX "mounted.clientKeyFile", "client-key", FOLDER "/client-key", true},
    {PREFIX "clientCertFile", PREFIX "mounted.clientCertFile", "client-cert", FOLDER "/client-cert", true},
    {PREFIX "caCertFile", PREFIX "mounted.caCertFile", "ca-cert", FOLDER "/ca-cert", true},
    {PREFIX "oauthToken", PREFIX "mounted.oauthTokenFile", "oauth-token", FOLDER "/oauth-token", false},
};

/* Tokens do not belong into a ConfigMap: Spark writes this instead of each of them, the submission's own
 * included. */
static int redact_tokens(struct build *b, sparkk8s_error **err)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < b->app.conf->count; i++)
        if (text_ends(b->app.conf->entries[i].key, "oauthToken"))
            rc = build_prop(b, b->app.conf->entries[i].key, "<present_but_redacted>", err);
    return rc;
}

static int add_credential(struct build *b, size_t i, json_t *data, sparkk8s_error **err)
{
    const char *value = sparkk8s_conf_get(b->app.conf, credentials[i].key);
    int rc;

    if (!value)
        return 0;
    if (credentials[i].is_file && !file_is_regular(value))
        return conf_refuse(err, b->app.conf, credentials[i].key, "a file that the driver's image has is named by "
                           PREFIX "mounted.*", "there is no such file on the submitting machine");
    rc = credentials[i].is_file ? parcel_add_file(data, credentials[i].item, value, err)
                                : parcel_add_bytes(data, credentials[i].item, value, strlen(value), err);
    if (rc < 0 || conf_has(b->app.conf, credentials[i].mounted))
        return rc;
    return build_prop(b, credentials[i].mounted, credentials[i].path, err);
}

static int send_credentials(struct build *b, json_t *data, sparkk8s_error **err)
{
    AUTO(chars) name = NULL;
    int rc;

    rc = parcel_name(b, "-kubernetes-credentials", &name, err);
    if (rc == 0)
        rc = parcel_secret_volume(b, VOLUME, name, err);
    if (rc == 0)
        rc = build_mount(b, VOLUME, FOLDER, err);
    return rc < 0 ? rc : parcel_send(b, "Secret", name, data, err);
}

/* The account of the first of two keys that is set. */
static int set_account(struct build *b, const char *key, const char *otherwise, sparkk8s_error **err)
{
    AUTO(chars) account = NULL;
    int rc;

    rc = build_either(b, key, otherwise, &account, err);
    if (rc < 0 || !account)
        return rc;
    rc = build_put(build_spec(b), "serviceAccount", account, err);
    return rc < 0 ? rc : build_put(build_spec(b), "serviceAccountName", account, err);
}

int step_credentials(struct build *b, sparkk8s_error **err)
{
    AUTO(json) data = json_object();
    size_t i;
    int rc;

    if (!data)
        return fail_oom(err);
    rc = redact_tokens(b, err);
    for (i = 0; rc == 0 && i < COUNT(credentials); i++)
        rc = add_credential(b, i, data, err);
    if (rc < 0)
        return rc;
    return json_object_size(data) ? send_credentials(b, data, err) : set_account(b, ACCOUNT_KEY, ACCOUNT_KEY, err);
}

/* A template's account stays, but only if it has the old field: serviceAccountName alone is overwritten. */
int step_executor_account(struct build *b, sparkk8s_error **err)
{
    if (json_at(b->pod, "spec", "serviceAccount", NULL))
        return 0;
    return set_account(b, "spark.kubernetes.authenticate.executor.serviceAccountName", ACCOUNT_KEY, err);
}
