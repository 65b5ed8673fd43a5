/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom the driver talks to the API server: its service account.
 *
 * Counterpart of the part of Spark's DriverKubernetesCredentialsFeatureStep that makes no Secret. Credentials
 * read from the submitter's files (spark.kubernetes.authenticate.driver.caCertFile and the like) are refused
 * by conf_check().
 */
#include "steps.h"

#include "text.h"

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

int step_credentials(struct build *b, sparkk8s_error **err)
{
    AUTO(chars) account = NULL;
    int rc;

    rc = redact_tokens(b, err);
    if (rc == 0)
        rc = read_text(&b->reader, "spark.kubernetes.authenticate.driver.serviceAccountName", &account, err);
    if (rc < 0 || !account)
        return rc;
    rc = build_put(build_spec(b), "serviceAccount", account, err);
    return rc < 0 ? rc : build_put(build_spec(b), "serviceAccountName", account, err);
}
