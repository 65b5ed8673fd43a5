/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Existing Secrets for driver and executors, as files and as environment. Counterpart of Spark's
 * MountSecretsFeatureStep and EnvSecretsFeatureStep.
 */
#include "steps.h"

#include "error.h"
#include "parcel.h"
#include "str.h"

int step_mount_secrets(struct build *b, sparkk8s_error **err)
{
    size_t i, end;
    int rc = 0;

    conf_range(b->app.conf, b->role->secrets, &i, &end);
    for (; rc == 0 && i < end; i++) {
        const struct conf_entry *entry = &b->app.conf->entries[i];
        const char *secret = entry->key + strlen(b->role->secrets);
        AUTO_STR volume = STR_INIT(STR_TEXT_LIMIT);

        str_addf(&volume, "%s-volume", secret);
        if (volume.failed)
            return fail_oom(err);
        rc = parcel_secret_volume(b, volume.s, secret, err);
        if (rc == 0)
            rc = build_mount(b, volume.s, entry->value, err);
    }
    return rc;
}

static int add_reference(struct build *b, const char *name, const char *secret, const char *key,
                         sparkk8s_error **err)
{
    return build_push(b->container, "env", json_pack("{s:s, s:{s:{s:s, s:s}}}",
                                                     "name", name,
                                                     "valueFrom", "secretKeyRef",
                                                         "key", key,
                                                         "name", secret), err);
}

/* "name:key", by Java's split: exactly two parts when those at the end that are empty are dropped. */
static int env_secret(struct build *b, const struct conf_entry *entry, sparkk8s_error **err)
{
    AUTO_STRV parts = {0};
    size_t count;

    strv_split(&parts, entry->value, ':');
    if (parts.failed)
        return fail_oom(err);
    for (count = parts.count; count && !*parts.v[count - 1]; count--)
        ;
    if (count != 2)
        return conf_refuse(err, b->app.conf, entry->key, "name the Secret and its key with a colon between",
                           "must be <secret>:<key>");
    return add_reference(b, entry->key + strlen(b->role->secret_refs), parts.v[0], parts.v[1], err);
}

int step_env_secrets(struct build *b, sparkk8s_error **err)
{
    size_t i, end;
    int rc = 0;

    conf_range(b->app.conf, b->role->secret_refs, &i, &end);
    for (; rc == 0 && i < end; i++)
        rc = env_secret(b, &b->app.conf->entries[i], err);
    return rc;
}
