/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shell scripts bin/spark-submit, find-spark-home and load-spark-env.sh do before Spark runs: SPARK_HOME,
 * SPARK_CONF_DIR, and spark-env.sh, which a shell has to read.
 */
#ifndef SPARK_ENV_H
#define SPARK_ENV_H

/* May not return: where there is a spark-env.sh that was not read yet, this program is started again by a shell that has
 * read it. `name` is argv[0]. An exit code if that fails, else -1. */
int spark_env_load(const char *name, int argc, const char *const *argv);

#endif
