/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding one member to the text of a JSON object, without making a tree of it: what is sent is the text that was
 * rendered, and a few labels.
 */
#ifndef BASE_SPLICE_H
#define BASE_SPLICE_H

#include "str.h"

/*
 * Replaces `text`, a JSON object, by the same with `member` added as the last one of the object (open '{') or array
 * (open '[') at `path`, keys that end with NULL. What is missing of the path is made. `member` is JSON text: an item,
 * or `"key":value`; a key that is there already is there twice then, and readers take the last. Failure stays in
 * `text`, malformed JSON and a value of another type on the way included.
 */
void splice_last(struct str *text, const char *const *path, char open, const char *member);

#endif
