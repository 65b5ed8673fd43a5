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
#include "manifest_diff.h"

struct effective {
    sparkk8s_manifest *manifest;    /* NULL if it cannot be rendered */
    const sparkk8s_conf *props;     /* spark.properties, our own keys besides; the manifest's, or NULL */
    struct diff_ids ids;            /* what is another one in each submission */
    enum spark_line line;
};

/* Succeeds for an application that cannot be rendered, too. */
int effective_of(const sparkk8s_app *app, struct effective *out, sparkk8s_error **err);
void effective_clear(struct effective *effective);

/* {key, value, origin, over[, ignored]} as in sparkk8s.h; a key that is nowhere set has neither value nor origin. New, NULL
 * if out of memory. */
json_t *effective_entry(const sparkk8s_app *app, const struct effective *effective, const char *key);

#endif
