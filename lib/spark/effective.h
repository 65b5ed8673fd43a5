/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an application's properties come to: the ones that the driver gets, those that are left out on the way, and what
 * each has won over. sparkk8s_app_conf_to_json() is public.
 */
#ifndef SPARK_EFFECTIVE_H
#define SPARK_EFFECTIVE_H

#include "app.h"
#include "json.h"
#include "line.h"
#include "objdiff.h"

struct effective {
    sparkk8s_conf *props;           /* spark.properties, our own keys besides; NULL if it cannot be rendered */
    struct diff_ids ids;            /* what is another one in each submission */
    enum spark_line line;
    char *version;
};

/* Succeeds, without props, for an application that cannot be rendered; *why (if it is not NULL) is the reason then, to be
 * freed. */
int effective_of(const sparkk8s_app *app, struct effective *out, sparkk8s_error **why, sparkk8s_error **err);
void effective_clear(struct effective *effective);

/* {key, value, origin, over[, ignored]} as in sparkk8s.h; a key that is nowhere set has neither value nor origin. New, NULL
 * if out of memory. */
json_t *effective_entry(const sparkk8s_app *app, const struct effective *effective, const char *key);

#endif
