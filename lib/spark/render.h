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

/* Where an observer stands before the first step and after the last one, beside the steps' names. */
#define STAGE_SUBMIT "SparkSubmit"              /* prepared; no pod yet */
#define STAGE_TEMPLATE "pod template"
#define STAGE_CLIENT "Client"                   /* the pod is whole, the ConfigMap is made */
#define STAGE_ALLOCATOR "ExecutorPodsAllocator" /* the executor's pod is whole */

/* sparkk8s_render() with somebody who looks on. */
int render_watched(const sparkk8s_app *app, const sparkk8s_render_opts *opts, const struct build_watch *watch,
                   sparkk8s_manifest **out, sparkk8s_error **err);

#endif
