/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod in spark-submit's words, as it logs each new state and answers --status: tools read the driver's name and
 * exit code out of these lines. Mirrors org.apache.spark.deploy.k8s.KubernetesUtils.formatPodState and
 * containersDescription.
 */
#ifndef RUN_PODTEXT_H
#define RUN_PODTEXT_H

#include "pod.h"

/* pod_scan(), and pod->text and pod->containers_text besides. */
int pod_scan_text(struct scan *scan, struct pod *pod, sparkk8s_error **err);

#endif
