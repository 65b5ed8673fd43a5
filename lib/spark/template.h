/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: texts that an object starts from (reference 2.2; KubernetesUtils.loadPodFromTemplate). */
#ifndef SPARK_TEMPLATE_H
#define SPARK_TEMPLATE_H

#include "build.h"
#include "yamlplace.h"

#define AUTO_TEMPLATE_TEXT __attribute__((cleanup(template_text_clear))) struct template_text

#define TEMPLATE_HINT "check it with `kubectl create --dry-run=client -f <file>`"    /* for what is wrong inside */

/* The file that the key names, by path or URI; *path is NULL if the key is not set. */
int template_path(const struct build *b, const char *key, char **path, sparkk8s_error **err);
/* The object in a template's text, JSON or YAML, its fields in their form. Errors are placed in it. */
int template_parse(const struct document *document, enum spark_line line, json_t **out, sparkk8s_error **err);
int template_read(const struct build *b, const char *path, json_t **out, sparkk8s_error **err);

/* Pod templates. A role is SPARKK8S_DRIVER or SPARKK8S_EXECUTOR. */
/* Where the program has set a role's template, the property that names a file is removed, with a warning. */
int template_settle(struct build *b, sparkk8s_error **err);
/* The text of a role's template, unread: the program's, or the file's. Its `text` is NULL if there is none. */
int template_source(const struct build *b, int role, struct template_text *out, sparkk8s_error **err);
/* Adds to an error about a role's template the key that names the file, and a hint; returns `rc`, its code. */
int template_blame(const struct build *b, int role, int rc, sparkk8s_error **err);
/* The template of the build's role as the pod in the making, and Spark's container in it; nothing if there is none. */
int template_load(struct build *b, sparkk8s_error **err);

#endif
