/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application after each of its steps: what the objects were by then. For explaining which step does what; nothing of
 * this is made for a submission.
 */
#ifndef SPARK_STAGES_H
#define SPARK_STAGES_H

#include "app.h"
#include "manifest_diff.h"

#define STAGES_MAX 32

struct stages {
    char *names[STAGES_MAX];        /* of Spark's class, or STAGE_... */
    sparkk8s_manifest *shots[STAGES_MAX];       /* objects and application id are all that is in them */
    size_t count;
};

/* The steps of the driver, and those of an executor as the preview has them (none where there is no preview). With fixed ids
 * and time, so that two applications can be compared. */
int stages_render(const sparkk8s_app *app, struct stages *driver, struct stages *executor, sparkk8s_error **err);
void stages_clear(struct stages *stages);

#endif
