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

/* What a whole command line of spark-submit asks for, with what is no submission. */
enum submit_action { ACTION_SUBMIT, ACTION_KILL, ACTION_STATUS, ACTION_HELP, ACTION_USAGE_ERROR, ACTION_VERSION };
struct submit_args {
    enum submit_action action;
    sparkk8s_app *app;              /* for help and version with its environment alone */
    char *submission;               /* of KILL and STATUS: "[<namespace>:]<name>" */
    bool verbose, supervise;
    char *queue, *properties_file;  /* for --verbose; the file may be spark-defaults.conf. Or NULL */
    struct strv extra_files;
};
/* As sparkk8s_app_from_args(), and strict: the target has to be given and be a cluster. *launcher is set
 * if the failure is one of those that the launcher answers with its usage. */
int submit_args_parse(int argc, const char *const *argv, const char *const *env, struct submit_args *out, bool *launcher,
                      sparkk8s_error **err);
void submit_args_clear(struct submit_args *args);

#endif
