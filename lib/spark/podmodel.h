/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields of a pod are: text, numbers, lists. Spark reads templates through fabric8's typed model,
 * which brings values into the form of their field (label `a: 1` becomes "1", port "81" becomes 81) and keeps
 * unknown fields.
 */
#ifndef SPARK_PODMODEL_H
#define SPARK_PODMODEL_H

#include "json.h"
#include "line.h"
#include "yamlplace.h"

/* A new object from a template's, fields in their form, null fields and empty lists and maps left out.
 * `document` is what it was read from: errors are placed in it. */
int podmodel_fit(const json_t *object, enum spark_line line, const struct document *document, json_t **out,
                 sparkk8s_error **err);

#endif
