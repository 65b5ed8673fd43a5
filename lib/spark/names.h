/* SPDX-License-Identifier: Apache-2.0 */
/* Names of objects and the application's label, by Spark's rules (reference 2.1; KubernetesConf). */
#ifndef SPARK_NAMES_H
#define SPARK_NAMES_H

#include <stdbool.h>

/* Both new; NULL if out of memory. */
char *name_prefix(const char *app_name, const char *unique_id);     /* "spark-pi-<id>" */
char *name_label(const char *app_name);                             /* value of the label spark-app-name */
bool name_is_dns_label(const char *text);   /* as of a volume or a service: a-z, 0-9 and -, at most 63 */
bool name_is_label(const char *text);       /* a value that Kubernetes takes for a label, and not empty */

#endif
