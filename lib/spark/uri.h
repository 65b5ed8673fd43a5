/* SPDX-License-Identifier: Apache-2.0 */
/* What a resource's text refers to, by the rules of java.net.URI. */
#ifndef SPARK_URI_H
#define SPARK_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct uri_part {                   /* as it stands in the text, escaped; borrowed; `s` NULL: there is none */
    const char *s;
    size_t len;
};
struct uri {
    struct uri_part scheme, authority, path, query, fragment;   /* an opaque one ("mailto:x") has no path */
    struct uri_part specific;       /* all between scheme and fragment */
};

bool uri_parse(const char *text, struct uri *uri);      /* false: java.net.URI refuses it */
/* Length of the scheme if the text is a URI that has one; 0 for a path, which is also what Spark takes a
 * malformed URI for ("hdfs://nn/a b"). */
size_t uri_scheme(const char *text);
bool uri_has_scheme(const char *text, const char *scheme);      /* case is significant, as in Spark */
/* A file of the machine that submits: a path, or scheme "file". "local:" is a path inside the image. */
bool uri_is_client_local(const char *text);

/* Escapes resolved; new. SPARKK8S_EINVAL if they do not make UTF-8, SPARKK8S_ENOMEM. */
int uri_decode(struct uri_part part, char **out);
/* getPath(): without scheme, host, query and fragment, decoded; new. SPARKK8S_EINVAL if the text is no URI or has no
 * path. */
int uri_path(const char *text, char **out);
/* As the constructors of several parts escape: everything that cannot stand in a path, or in the other parts; "%" always. */
void uri_quote_path(struct str *out, const char *path);
void uri_quote_rest(struct str *out, const char *text);

#endif
