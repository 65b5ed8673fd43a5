/* SPDX-License-Identifier: Apache-2.0 */
/* The feature steps. render.c runs them in the order of its table; one file each. */
#ifndef SPARK_STEPS_H
#define SPARK_STEPS_H

#include "build.h"

/* The executors' template on its way: its key in the ConfigMap's data, and where the driver finds it. */
#define EXECUTOR_TEMPLATE_ITEM "podspec-configmap-key"
#define EXECUTOR_TEMPLATE_FOLDER "/opt/spark/pod-template"
#define EXECUTOR_TEMPLATE_FILE "pod-spec-template.yml"
#define EXECUTOR_TEMPLATE_PATH EXECUTOR_TEMPLATE_FOLDER "/" EXECUTOR_TEMPLATE_FILE

int step_basic(struct build *b, sparkk8s_error **err);
int step_executor(struct build *b, sparkk8s_error **err);
int step_credentials(struct build *b, sparkk8s_error **err);
int step_executor_account(struct build *b, sparkk8s_error **err);
int step_service(struct build *b, sparkk8s_error **err);
int step_network_policy(struct build *b, sparkk8s_error **err);
int step_mount_secrets(struct build *b, sparkk8s_error **err);
int step_env_secrets(struct build *b, sparkk8s_error **err);
int step_volumes(struct build *b, sparkk8s_error **err);
int step_command(struct build *b, sparkk8s_error **err);
int step_hadoop(struct build *b, sparkk8s_error **err);
int step_hadoop_executor(struct build *b, sparkk8s_error **err);
int step_kerberos(struct build *b, sparkk8s_error **err);
int step_pod_template(struct build *b, sparkk8s_error **err);
int step_local_dirs(struct build *b, sparkk8s_error **err);
int step_volcano(struct build *b, sparkk8s_error **err);
int step_conf_map(struct build *b, sparkk8s_error **err);       /* Client.run's own part, always last */

#endif
