/* SPDX-License-Identifier: Apache-2.0 */
/* What SparkSubmit reads of an application's jar. */
#ifndef SPARK_JAR_H
#define SPARK_JAR_H

#include "sparkk8s.h"

/* Main-Class of the manifest; new, NULL if the manifest has none. */
int jar_main_class(const char *path, char **out, sparkk8s_error **err);

#endif
