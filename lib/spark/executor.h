/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the executor preview share (executor.c). */
#ifndef SPARK_EXECUTOR_H
#define SPARK_EXECUTOR_H

#include "build.h"

/* What only the driver will know. The header promises these words. */
#define DRIVER_ADDRESS "<driver-pod-ip>"
#define DRIVER_UID "<driver-pod-uid>"
#define DRIVER_SECRET "<made-by-the-driver>"
#define EXECUTOR_UID "<executor-pod-uid>"
#define UNKNOWN_ID "xxxxxxxxxxxxxxxx"           /* where names must stay names */

/* Adds the environment of an executor whose heap has so many MiB. */
int executor_env(struct build *b, int64_t heap, sparkk8s_error **err);

#endif
