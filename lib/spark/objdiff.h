/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where two objects differ, field by field. Lists whose items have names (env, volumes, containers, ...) are compared by
 * name, whatever their order; spark.properties is compared by property, without the time of submission.
 *
 * A place is a path: "spec.containers[spark-kubernetes-driver].image", or "spark.properties: spark.executor.memory".
 */
#ifndef SPARK_OBJDIFF_H
#define SPARK_OBJDIFF_H

#include "json.h"
#include "strv.h"

#include <stdbool.h>

#define DIFF_PROPERTIES "spark.properties: "        /* begins the place of a property */

/* What is random in the objects of one submission. Two texts that differ in these alone are the same. */
struct diff_ids {
    struct strv ids;                /* the application id, and the ids in names */
};
/* Takes the id out of the name of one of the objects: "pi-<16 hex digits>-driver". NULL is fine. */
int diff_ids_add_name(struct diff_ids *ids, const char *name, sparkk8s_error **err);
int diff_ids_add(struct diff_ids *ids, const char *id, sparkk8s_error **err);
void diff_ids_clear(struct diff_ids *ids);
/* The text with `instead` in the place of each; new, NULL if out of memory. */
char *diff_ids_hide(const struct diff_ids *ids, const char *text, const char *instead);

struct diff_rules {
    const struct diff_ids *left, *right;        /* NULL: nothing is random */
    /* Whether a difference does not count, everything below that place included; either side may be NULL: it has nothing
     * there. NULL: all count. */
    bool (*skip)(const char *place, const json_t *left, const json_t *right);
    /* One difference. False: no more are wanted. */
    bool (*found)(void *owner, const char *place, const json_t *left, const json_t *right);
    void *owner;
};

int diff_objects(const struct diff_rules *rules, const json_t *left, const json_t *right, sparkk8s_error **err);
/* The same text, but for ids. *same is set if the result is 0. */
int diff_is_same_text(const struct diff_rules *rules, const char *left, const char *right, bool *same, sparkk8s_error **err);

#endif
