/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerberos for the driver: krb5.conf, a keytab, delegation tokens that are in a Secret already. Counterpart
 * of Spark's KerberosConfDriverFeatureStep.
 *
 * Deliberately not done: logging in with the keytab, and obtaining delegation tokens, which needs Hadoop's
 * own code. Where Spark would try to obtain them this is an error, not an application without tokens.
 */
#include "steps.h"

#include <strings.h>

#include "error.h"
#include "file.h"
#include "parcel.h"
#include "text.h"
#include "uri.h"

#define KRB5_PATH_KEY "spark.kubernetes.kerberos.krb5.path"
#define KRB5_MAP_KEY "spark.kubernetes.kerberos.krb5.configMapName"
#define KEYTAB_KEY "spark.kerberos.keytab"
#define PRINCIPAL_KEY "spark.kerberos.principal"
#define TOKEN_SECRET_KEY "spark.kubernetes.kerberos.tokenSecret.name"
#define TOKEN_ITEM_KEY "spark.kubernetes.kerberos.tokenSecret.itemKey"
#define SECURITY_KEY "hadoop.security.authentication"
#define CORE_SITE_LIMIT 1048576             /* as large as a ConfigMap can be */
#define TOKEN_VARIABLE "HADOOP_TOKEN_FILE_LOCATION"

#define KRB5_VOLUME "krb5-file"
#define KEYTAB_VOLUME "kerberos-keytab"
#define KEYTAB_FOLDER "/mnt/secrets/kerberos-keytab"
#define TOKEN_VOLUME "hadoop-secret"
#define TOKEN_FOLDER "/mnt/secrets/hadoop-credentials"

/* What one driver gets; texts are owned. */
struct kerberos {
    char *krb5_path, *krb5_map, *keytab, *principal, *token_secret, *token_item;
};

static void kerberos_clear(struct kerberos *k)
{
    free(k->krb5_path);
    free(k->krb5_map);
    free(k->keytab);
    free(k->principal);
    free(k->token_secret);
    free(k->token_item);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static int refuse_both(const struct build *b, const char *left, const char *right, sparkk8s_error **err)
{
    return conf_refuse(err, b->app.conf, left, "remove one of them", "set beside %s: only one of them can be", right);
}

/* Both keys or none. */
static int need_other(const struct build *b, const char *left, bool left_set, const char *right,
                      bool right_set, sparkk8s_error **err)
{
    if (left_set == right_set)
        return 0;
    return conf_refuse(err, b->app.conf, left_set ? left : right, "set both, or none of them",
                       "%s must be set beside it", left_set ? right : left);
}

static int kerberos_read(struct build *b, struct kerberos *k, sparkk8s_error **err)
{
    const struct {
        const char *key;
        char **out;
    } keys[] = {
        {KRB5_PATH_KEY, &k->krb5_path}, {KRB5_MAP_KEY, &k->krb5_map}, {KEYTAB_KEY, &k->keytab},
        {PRINCIPAL_KEY, &k->principal}, {TOKEN_SECRET_KEY, &k->token_secret},
        {TOKEN_ITEM_KEY, &k->token_item},
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(keys); i++)
        rc = read_text(&b->reader, keys[i].key, keys[i].out, err);
    if (rc == 0 && k->krb5_path && k->krb5_map)
        rc = refuse_both(b, KRB5_PATH_KEY, KRB5_MAP_KEY, err);
    if (rc == 0)
        rc = need_other(b, KEYTAB_KEY, k->keytab != NULL, PRINCIPAL_KEY, k->principal != NULL, err);
    if (rc == 0)
        rc = need_other(b, TOKEN_SECRET_KEY, k->token_secret != NULL, TOKEN_ITEM_KEY, k->token_item != NULL,
                        err);
    if (rc == 0 && k->keytab && !uri_has_scheme(k->keytab, "local") && !file_is_regular(k->keytab))
        rc = conf_refuse(err, b->app.conf, conf_has(b->app.conf, KEYTAB_KEY) ? KEYTAB_KEY : "spark.yarn.keytab",
                         "name a file of this machine, or one inside the image as local:///path",
                         "there is no such file on the submitting machine");
    return rc;
}

/* ---- krb5.conf ----------------------------------------------------------------------------------------- */

/* The file is mounted by the name krb5.conf, so Spark finds it under that name only. */
static int krb5_file(struct build *b, const char *path, sparkk8s_error **err)
{
    AUTO(json) data = json_object();
    AUTO(chars) map = NULL;
    int rc;

    if (!data)
        return fail_oom(err);
    rc = parcel_add_text(b, data, file_name(path), path, err);
    if (rc < 0)
        return conf_blame(err, rc, b->app.conf, KRB5_PATH_KEY, "name a krb5.conf of this machine");
    rc = parcel_name(b, "-krb5-file", &map, err);
    if (rc == 0)
        rc = parcel_map_volume(b, KRB5_VOLUME, map, data, err);
    if (rc == 0 && strcmp(file_name(path), "krb5.conf") != 0 &&
        build_warn(b, "the driver will find no /etc/krb5.conf: %s is not called krb5.conf", path) < 0)
        rc = fail_oom(err);
    return rc < 0 ? rc : parcel_send(b, "ConfigMap", map, data, err);
}

static int krb5(struct build *b, const struct kerberos *k, sparkk8s_error **err)
{
    int rc;

    if (!k->krb5_path && !k->krb5_map)
        return 0;
    if (k->krb5_path)
        rc = krb5_file(b, k->krb5_path, err);
    else
        rc = parcel_map_volume(b, KRB5_VOLUME, k->krb5_map, NULL, err);
    if (rc < 0)
        return rc;
    return build_push(b->container, "volumeMounts", json_pack("{s:s, s:s, s:s}",
                                                              "mountPath", "/etc/krb5.conf",
                                                              "name", KRB5_VOLUME,
                                                              "subPath", "krb5.conf"), err);
}

/* ---- keytab and tokens --------------------------------------------------------------------------------- */

static int keytab_prop(struct build *b, const char *name, sparkk8s_error **err)
{
    AUTO(chars) path = file_join(KEYTAB_FOLDER, name);

    return path ? build_prop(b, KEYTAB_KEY, path, err) : fail_oom(err);
}

static int keytab(struct build *b, const char *path, sparkk8s_error **err)
{
    AUTO(json) data = json_object();
    AUTO(chars) secret = NULL;
    int rc;

    if (!data)
        return fail_oom(err);
    rc = parcel_add_file(data, file_name(path), path, err);
    if (rc < 0)
        return conf_blame(err, rc, b->app.conf, KEYTAB_KEY, "name a keytab of this machine");
    rc = parcel_name(b, "-kerberos-keytab", &secret, err);
    if (rc == 0)
        rc = parcel_secret_volume(b, KEYTAB_VOLUME, secret, err);
    if (rc == 0)
        rc = build_mount(b, KEYTAB_VOLUME, KEYTAB_FOLDER, err);
    if (rc == 0)
        rc = keytab_prop(b, file_name(path), err);
    return rc < 0 ? rc : parcel_send(b, "Secret", secret, data, err);
}

static int tokens(struct build *b, const struct kerberos *k, sparkk8s_error **err)
{
    AUTO(chars) path = file_join(TOKEN_FOLDER, k->token_item);
    int rc;

    if (!path)
        return fail_oom(err);
    rc = parcel_secret_volume(b, TOKEN_VOLUME, k->token_secret, err);
    if (rc == 0)
        rc = build_mount(b, TOKEN_VOLUME, TOKEN_FOLDER, err);
    return rc < 0 ? rc : build_env(b, TOKEN_VARIABLE, path, err);
}

/* Whether core-site.xml says that Hadoop's security is on. As much of XML as such a file has: name, then
 * value. */
static bool is_secured(const char *xml)
{
    const char *name = strstr(xml, "<name>" SECURITY_KEY "</name>");
    const char *value = name ? strstr(name, "<value>") : NULL;
    const char *end = name ? strstr(name, "</property>") : NULL;

    if (!value || (end && end < value))
        return false;
    value += strlen("<value>");
    return text_starts(value + strspn(value, " \t\r\n"), "kerberos");
}

static int folder_is_secured(const struct build *b, bool *secured, sparkk8s_error **err)
{
    const char *folder = env_get(b->env, "HADOOP_CONF_DIR");
    AUTO(chars) path = folder ? file_join(folder, "core-site.xml") : NULL;
    AUTO(chars) xml = NULL;
    size_t len;
    int rc;

    *secured = false;
    if (!folder)
        return 0;
    if (!path)
        return fail_oom(err);
    if (!file_is_regular(path))
        return 0;
    rc = file_read(path, CORE_SITE_LIMIT, &xml, &len, err);
    if (rc < 0)
        return rc;
    *secured = is_secured(xml);
    return 0;
}

/* Where Hadoop's security is on, or tokens are lying ready, Spark would bring tokens. */
static int refuse_to_obtain(struct build *b, sparkk8s_error **err)
{
    const char *security = sparkk8s_conf_get(b->app.conf, "spark.hadoop." SECURITY_KEY);
    const char *file = env_get(b->env, TOKEN_VARIABLE);
    bool secured = false;
    int rc;

    rc = folder_is_secured(b, &secured, err);
    if (rc < 0)
        return rc;
    if (security)
        secured = !strcasecmp(security, "kerberos");
    if (!secured && (!file || !*file))
        return 0;
    fail(err, SPARKK8S_ECONF, secured ? SECURITY_KEY : TOKEN_VARIABLE,
         "Hadoop's security is on, and obtaining delegation tokens for the driver needs Hadoop's own code");
    error_hint(err, "set " KEYTAB_KEY " and " PRINCIPAL_KEY ", or put tokens into a Secret and set "
               TOKEN_SECRET_KEY " and " TOKEN_ITEM_KEY);
    return SPARKK8S_ECONF;
}

int step_kerberos(struct build *b, sparkk8s_error **err)
{
    __attribute__((cleanup(kerberos_clear))) struct kerberos k = {0};
    int rc;

    rc = kerberos_read(b, &k, err);
    if (rc == 0)
        rc = krb5(b, &k, err);
    if (rc < 0)
        return rc;
    if (k.keytab && !uri_has_scheme(k.keytab, "local"))
        return keytab(b, k.keytab, err);
    if (k.token_secret)
        return tokens(b, &k, err);
    return k.keytab ? 0 : refuse_to_obtain(b, err);
}
