/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spark-submit's command line, as its two parsers together understand it (launcher.SparkSubmitCommandBuilder rewrites
 * it for deploy.SparkSubmitArguments): reference 6.1 to 6.3. One row an option.
 */
#ifndef SPARK_ARGS_H
#define SPARK_ARGS_H

#include "app.h"
#include "line.h"

struct option_row {
    const char *name;               /* "--driver-memory" */
    const char *short_name;         /* "-c", or NULL */
    const char *key;                /* the property it sets, or NULL */
    const char *env;                /* environment variable that it falls back to, or NULL */
    bool takes_value;
    enum spark_line since;
    const char *doc;                /* one line, for help, completion and the man page */
};
extern const struct option_row option_table[];
extern const size_t option_table_count;

#endif
