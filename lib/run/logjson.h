/* SPDX-License-Identifier: Apache-2.0 */
/* Spark's structured logs (spark.log.structuredLogging.enabled, Spark 4), one JSON object a line, as plain lines.
 * Pure. */
#ifndef RUN_LOGJSON_H
#define RUN_LOGJSON_H

#include "str.h"

#include <stdbool.h>

/* Appends the lines that log4j's pattern layout would have written: the record, and below it exception and frames.
 * False if `line` is no record of that kind. */
bool logjson_plain(const char *line, size_t len, struct str *out);

#endif
