/* SPDX-License-Identifier: Apache-2.0 */
/* What of a pod template does not come through (reference 2.2 and 4.2). */
#ifndef SPARK_OVERRIDE_H
#define SPARK_OVERRIDE_H

#include "build.h"

/* Compares the finished pod with the template that it started from: a warning for each field that Spark has replaced or
 * dropped, with its place in the template, and where Spark's value comes from. What Spark adds is no reason for one. */
int override_check(struct build *b, sparkk8s_error **err);

#endif
