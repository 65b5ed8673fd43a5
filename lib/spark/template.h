/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: files that an object starts from (reference 2.2; KubernetesUtils.loadPodFromTemplate). */
#ifndef SPARK_TEMPLATE_H
#define SPARK_TEMPLATE_H

#include "build.h"

/* The file that the key names, by path or URI; *path is NULL if the key is not set. */
int template_path(const struct build *b, const char *key, char **path, sparkk8s_error **err);
/* The object in a template's text, JSON or YAML, its fields in their form; `where` is for messages. */
int template_parse(const struct build *b, const char *text, size_t len, const char *where, json_t **out,
                   sparkk8s_error **err);
int template_read(const struct build *b, const char *path, json_t **out, sparkk8s_error **err);
/* The driver's pod and Spark's container in it, if a template is set. */
int template_load(struct build *b, sparkk8s_error **err);

#endif
