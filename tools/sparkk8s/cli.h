/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line tool: what its files share. A thin shell over sparkk8s.h: it reads options, calls the
 * library, prints, and turns results into exit codes. Whatever is to be known of Spark or Kubernetes is the
 * library's.
 */
#ifndef CLI_H
#define CLI_H

#include "options.h"
#include "sparkk8s.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

OWNED(error, sparkk8s_error *, sparkk8s_error_free);
OWNED(app, sparkk8s_app *, sparkk8s_app_free);
OWNED(manifest, sparkk8s_manifest *, sparkk8s_manifest_free);
OWNED(client, sparkk8s_client *, sparkk8s_client_free);
OWNED(run, sparkk8s_run *, sparkk8s_run_free);
OWNED(status, sparkk8s_status *, sparkk8s_status_free);
OWNED(list, sparkk8s_list *, sparkk8s_list_free);
OWNED(kills, sparkk8s_kills *, sparkk8s_kills_free);
OWNED(gc, sparkk8s_gc *, sparkk8s_gc_free);
OWNED(leftover, sparkk8s_leftover *, sparkk8s_leftover_free);
OWNED(wait, sparkk8s_wait *, sparkk8s_wait_free);
OWNED(watch, sparkk8s_watch *, sparkk8s_watch_free);
OWNED(logs, sparkk8s_logs *, sparkk8s_logs_free);
OWNED(diagnosis, sparkk8s_diagnosis *, sparkk8s_diagnosis_free);
OWNED(text, char *, sparkk8s_free);             /* a `char *` that the library made */

struct cli {
    struct options options;
    sparkk8s_cancel *cancel;                    /* triggered by SIGINT and SIGTERM */
    struct progress *progress;                  /* what is shown on stderr now, or NULL */
};

/* The commands. Each returns an exit code. */
int cmd_submit(struct cli *cli);
int cmd_render(struct cli *cli);
int cmd_conf(struct cli *cli);
int cmd_diff(struct cli *cli);
int cmd_list(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_explain(struct cli *cli);
int cmd_watch(struct cli *cli);
int cmd_wait(struct cli *cli);
int cmd_logs(struct cli *cli);
int cmd_kill(struct cli *cli);
int cmd_gc(struct cli *cli);
int cmd_spark_submit(struct cli *cli);
int cmd_version(struct cli *cli);
int cmd_help(struct cli *cli);
int cmd_complete(struct cli *cli);

/* All of spark-submit; `name` is how this program was called. Returns its exit code. */
int spark_submit_main(sparkk8s_cancel *cancel, const char *name, int argc, const char *const *argv);

#endif
