/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The random parts of names. With a seed every one of them is derived from it (SHA-256 of seed and purpose),
 * so that the same submission key gives the same names wherever it is rendered; without, from random bytes
 * and the clock as Spark does (org.apache.spark.deploy.k8s.KubernetesUtils.uniqueID).
 */
#ifndef SPARK_IDS_H
#define SPARK_IDS_H

#include "sparkk8s.h"

#include <stdint.h>

struct ids {
    const char *seed;               /* NULL: random; borrowed */
    int64_t now_ms;
    unsigned drawn;                 /* how many were drawn: each is another one */
};

int ids_unique(struct ids *ids, char out[24], sparkk8s_error **err);    /* uniqueID, mostly 16 digits */
int ids_uuid(struct ids *ids, char out[37], sparkk8s_error **err);      /* random UUID, version 4 */
int ids_app(struct ids *ids, char out[40], sparkk8s_error **err);       /* "spark-<32 hex>" */

#endif
