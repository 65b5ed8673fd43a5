/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a YAML or JSON text a value stands, for messages about a value that was read long ago. Nothing is kept while
 * reading: whoever has something to say parses the text once more.
 */
#ifndef BASE_YAMLPLACE_H
#define BASE_YAMLPLACE_H

#include <stddef.h>

/* A text and how messages call it. Nothing is owned. */
struct document {
    const char *text;
    size_t len;
    const char *name;
};

/* One step on the way to a value: a key, or (key NULL) an index, of what `up` leads to; NULL is the document. On the
 * stack of who walks through the value. */
struct place {
    const struct place *up;
    const char *key;
    size_t index;
};

/* "name:line:column" of the key or the item, or of the last one on the way that is there; new, NULL if out of memory. */
char *yaml_where(const struct document *document, const struct place *place);
/* The way as people write it: "spec.containers[0].image", "metadata.labels[spark-role]"; new, NULL if out of memory. */
char *place_text(const struct place *place);

#endif
