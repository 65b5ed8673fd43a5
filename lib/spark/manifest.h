/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exact objects that a submission creates, in spark-submit's order. Immutable once rendered; submission
 * works on copies. Without scheduling gate and ownerReferences: those are added when the objects are sent.
 */
#ifndef SPARK_MANIFEST_H
#define SPARK_MANIFEST_H

#include "conf.h"
#include "digest.h"
#include "json.h"
#include "line.h"
#include "strv.h"
#include "uploads.h"

struct manifest_item {
    json_t *object;
    char *json;                     /* its text, keys sorted: what is sent, and what the digest is made of */
};

struct sparkk8s_manifest {
    struct manifest_item *items;
    size_t count, driver;           /* `driver`: index of the driver pod */
    char *ns, *pod_name, *app_id, *app_name;
    char *seed;                     /* id_seed, or NULL */
    sparkk8s_conf *props;           /* spark.properties as the driver gets it, our own keys besides */
    char *version;                  /* "4.1.4" */
    enum spark_line line;           /* whose objects these are */
    bool spark_order;               /* sparkk8s.submit.order=spark: no scheduling gate */
    /* SHA-256 of what two renderings of the same app with the same seed have in common: the objects
     * without the time of submission and the comment lines of spark.properties. */
    char digest[SHA256_HEX_SIZE];
    struct uploads uploads;         /* in Spark's order; a submission does them before it creates anything */
    struct strv warnings;
    struct strv shared_claims;      /* names of those of its PersistentVolumeClaims that the user has named */
};

/* Fills in each item's text and the digest once the objects are in place. */
int manifest_seal(sparkk8s_manifest *manifest, sparkk8s_error **err);

/* The objects that the driver makes for one executor, the pod first; an empty array if it makes none (executor.c). */
struct build_watch;
int manifest_executor(const sparkk8s_manifest *manifest, const struct build_watch *watch, json_t **out, sparkk8s_error **err);
/* Warns of what of the executors' template, which messages call so, does not come through or is of no use. */
int manifest_check_executors(const sparkk8s_manifest *manifest, const char *template_name, struct strv *warnings,
                             sparkk8s_error **err);

OWNED(manifest, sparkk8s_manifest *, sparkk8s_manifest_free);

#endif
