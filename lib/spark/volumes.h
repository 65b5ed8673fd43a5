/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes by configuration: <prefix><type>.<name>.mount.path and so on (reference 1.2.1;
 * KubernetesVolumeUtils). */
#ifndef SPARK_VOLUMES_H
#define SPARK_VOLUMES_H

#include "build.h"

/* Refuses what Spark refuses when it parses all volumes under a prefix. */
int volumes_check(struct build *b, const char *prefix, sparkk8s_error **err);

#endif
