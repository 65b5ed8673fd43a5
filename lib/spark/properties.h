/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of java.util.Properties: what Spark reads from spark-defaults.conf and writes to spark.properties. */
#ifndef SPARK_PROPERTIES_H
#define SPARK_PROPERTIES_H

#include "conf.h"
#include "str.h"

/* Properties.load, then Spark's trimming of values. Later duplicates win within the text; keys already in `conf` win
 * over the text. Origins are "<name>:<line>". */
int properties_parse(sparkk8s_conf *conf, const char *text, size_t len, const char *name, sparkk8s_error **err);
/* How Spark trims a value that it has loaded (Utils.trimExceptCRLF): line ends can only have come from escapes, and are
 * kept. */
void properties_trim(struct str *value);
/* One line of Properties.store(Writer): escaped, with its "\n". */
void properties_add(struct str *out, const char *key, const char *value);

#endif
