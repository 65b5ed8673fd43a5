/* SPDX-License-Identifier: Apache-2.0 */
/* What driver and executor pods have in common, each part by the build's role (basic.c). */
#ifndef SPARK_BASIC_H
#define SPARK_BASIC_H

#include "build.h"

int basic_image(struct build *b, sparkk8s_error **err);
/* Sets a quantity of the container; `side` is "requests" or "limits". */
int basic_resource(struct build *b, const char *side, const char *name, const char *quantity,
                   sparkk8s_error **err);
/* Reads a quantity, new, NULL if it is not set. It is only checked for being there, as Spark does. */
int basic_quantity(struct build *b, const char *key, char **out, sparkk8s_error **err);
int basic_cores(struct build *b, sparkk8s_error **err);             /* request, and limit if there is one */
/* What the JVM's heap leaves out, in MiB: given, or a part of `memory`, but not less than a minimum. The
 * role's own factor wins over `factor`. */
int basic_overhead(struct build *b, int64_t memory, double factor, int64_t *overhead, sparkk8s_error **err);
/* The container's memory, request and limit. */
int basic_memory(struct build *b, int64_t mib, sparkk8s_error **err);
int basic_custom_resources(struct build *b, sparkk8s_error **err);
/* Who runs the application: SPARK_USER of its containers. Borrowed. */
const char *basic_user(const struct build *b);
int basic_security(struct build *b, sparkk8s_error **err);
int basic_metadata(struct build *b, sparkk8s_error **err);         /* name, labels, annotations */
int basic_pull_secrets(struct build *b, sparkk8s_error **err);
int basic_scheduling(struct build *b, const char *restart_policy, sparkk8s_error **err);

#endif
