/* SPDX-License-Identifier: Apache-2.0 */
/* The Spark distribution of the submitter: spark-submit is of that version. */
#ifndef SPARK_HOME_H
#define SPARK_HOME_H

#include "env.h"

/* By its file RELEASE ("Spark 4.1.4 ..."), else by the name of its jar spark-core; new. NULL if there is no SPARK_HOME, or
 * if it does not say. */
int home_version(const struct env *env, char **out, sparkk8s_error **err);

#endif
