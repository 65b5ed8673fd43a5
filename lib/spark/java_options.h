/* SPDX-License-Identifier: Apache-2.0 */
/* The options of an executor's JVM. */
#ifndef SPARK_JAVA_OPTIONS_H
#define SPARK_JAVA_OPTIONS_H

#include "build.h"
#include "strv.h"

/* Adds them in order: SparkContext's own, the user's, and the properties that an executor needs before it has
 * a connection. The build is an executor's. */
int java_options(struct build *b, struct strv *options, sparkk8s_error **err);
/* The words of a command line by Spark's rules (Utils.splitCommandString), which know quotes, a backslash in
 * double quotes, and no errors. */
void java_options_split(const char *text, struct strv *words);

#endif
