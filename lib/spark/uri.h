/* SPDX-License-Identifier: Apache-2.0 */
/* What a resource's text refers to, by the rules of java.net.URI and
 * org.apache.spark.util.Utils.resolveURI. */
#ifndef SPARK_URI_H
#define SPARK_URI_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the scheme if the text is a URI that has one; 0 for a path, which is also what Spark takes a
 * malformed URI for ("hdfs://nn/a b"). */
size_t uri_scheme(const char *text);
bool uri_has_scheme(const char *text, const char *scheme);      /* case is significant, as in Spark */
/* A file of the machine that submits: a path, or scheme "file". "local:" is a path inside the image. */
bool uri_is_client_local(const char *text);

/* java.net.URI's getPath(): without scheme, host, query and fragment, %-escapes resolved; new.
 * SPARKK8S_EINVAL if the text is no URI or has no path. */
int uri_path(const char *text, char **out);

#endif
