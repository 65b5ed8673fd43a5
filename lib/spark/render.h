/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the feature steps, in run order. sparkk8s_render() is public. */
#ifndef SPARK_RENDER_H
#define SPARK_RENDER_H

#include "build.h"

struct step_row {
    const char *name;               /* of Spark's class, without its package */
    enum spark_line since;
    int roles;                      /* SPARKK8S_DRIVER, SPARKK8S_EXECUTOR or both */
    int (*run)(struct build *b, sparkk8s_error **err);
};
extern const struct step_row step_table[];
extern const size_t step_table_count;

/* Runs the steps of the build's role that are not excluded. */
int steps_run(struct build *b, sparkk8s_error **err);

#endif
