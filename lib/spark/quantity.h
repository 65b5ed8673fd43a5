/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes' quantities ("2", "500m", "1Gi", "1e3") where two of them have to be compared. */
#ifndef SPARK_QUANTITY_H
#define SPARK_QUANTITY_H

#include <stdbool.h>

/* False if `text` is no quantity. Equal quantities give equal numbers, however they are written. */
bool quantity_parse(const char *text, double *value);
bool quantity_is_same(const char *one, const char *other);      /* false if one of them is none */

#endif
