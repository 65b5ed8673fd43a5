/* SPDX-License-Identifier: Apache-2.0 */
/* One call of sparkk8s_spark_submit(): what its files share. */
#ifndef RUN_SPARK_SUBMIT_H
#define RUN_SPARK_SUBMIT_H

#include "args.h"
#include "client.h"
#include "manifest.h"
#include "run.h"

struct session {
    sparkk8s_log_fn print;
    void *userdata;
    sparkk8s_cancel *cancel;
    struct submit_args args;
    sparkk8s_client *client;
    bool oom;                       /* a line was lost */
};

enum { SAY_PLAIN = 0 };             /* as a level: no line of the log */
void say(struct session *session, int level, const char *logger, const char *format, ...) PRINTF(4, 5);
int session_connect(struct session *session, sparkk8s_error **err);

/* spark_operation.c: --kill and --status. Mirrors K8SSparkSubmitOperation. */
int session_operate(struct session *session, sparkk8s_error **err);
/* spark_wait.c: to the end of the driver. Mirrors LoggingPodStatusWatcherImpl. */
int session_wait(struct session *session, const sparkk8s_manifest *manifest, sparkk8s_run *run, int64_t interval_ms,
                 sparkk8s_error **err);

#endif
