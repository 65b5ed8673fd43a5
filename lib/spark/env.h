/* SPDX-License-Identifier: Apache-2.0 */
/* The submitter's environment as it was handed in; the process's own is never read. */
#ifndef SPARK_ENV_H
#define SPARK_ENV_H

#include "sparkk8s.h"
#include "strv.h"

struct env {
    struct strv vars;               /* "NAME=VALUE" */
};

int env_set_all(struct env *env, const char *const *vars, sparkk8s_error **err);   /* replaces; NULL clears */
const char *env_get(const struct env *env, const char *name);                      /* NULL if unset; "" is set */
void env_clear(struct env *env);

#endif
