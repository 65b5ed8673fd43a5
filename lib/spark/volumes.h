/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes by configuration: <prefix><type>.<name>.mount.path and so on (reference 1.2.1;
 * KubernetesVolumeUtils). */
#ifndef SPARK_VOLUMES_H
#define SPARK_VOLUMES_H

#include "build.h"
#include "str.h"

enum volume_type { VOLUME_HOST_PATH, VOLUME_CLAIM, VOLUME_EMPTY_DIR, VOLUME_NFS, VOLUME_TYPES };

struct volume {
    const sparkk8s_conf *conf;
    const char *prefix;             /* of all keys of volumes */
    const char *path, *name;        /* "hostPath.data", as in its keys, and of it "data" */
    enum volume_type type;
};

/* The type of that name, `len` bytes. */
bool volume_type_find(const char *name, size_t len, enum volume_type *type);
/* Appends the property that an option ("claimName", "label.x") of a type is set by; SPARKK8S_EINVAL if it has none. */
int volume_option(enum volume_type type, const char *name, struct str *property, sparkk8s_error **err);
/* What Spark refuses about one volume; finds out its type. */
int volume_check(struct volume *volume, enum spark_line line, sparkk8s_error **err);

typedef int volume_fn(struct build *b, const struct volume *volume, size_t index, sparkk8s_error **err);

/* Refuses what Spark refuses when it parses all volumes under a prefix, and hands each on to `use`, if
 * given, when all are in order. They come sorted by type and name. */
int volumes_each(struct build *b, const char *prefix, volume_fn *use, sparkk8s_error **err);
/* The value of one property ("mount.path"), NULL if it is not set; borrowed. Fails only for want of
 * memory. */
int volume_get(const struct volume *volume, const char *property, const char **value, sparkk8s_error **err);
/* An error about one property; SPARKK8S_ECONF. */
int volume_refuse(const struct volume *volume, const char *property, const char *hint, const char *message,
                  sparkk8s_error **err);

#endif
