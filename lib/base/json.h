/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jansson leaves to be wished for. jansson hides two failures in one NULL: text enters this library only after
 * text_is_utf8(), so that NULL from it can only mean out of memory.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "sparkk8s.h"

#include <jansson.h>

OWNED(json, json_t *, json_decref);

/* Parse a whole document; `name` is for messages (SPARKK8S_EPARSE at "name:line:column"). Duplicate keys: the last wins. */
int json_parse(const char *text, size_t len, const char *name, json_t **out, sparkk8s_error **err);
/* Compact; with sorted keys if asked for (a canonical form to hash). NULL if out of memory. */
char *json_text(const json_t *value);
char *json_text_sorted(const json_t *value);
char *json_text_indented(const json_t *value);
/* The compact text as a result of a public function; *out is set if the result is 0. */
int json_give_text(const json_t *value, char **out, sparkk8s_error **err);

/* A copy in which nothing is shared; jansson's own leaves out what it has no memory for. NULL if out of memory. */
json_t *json_clone(const json_t *value);
/* A new object with the same members. */
json_t *json_clone_members(const json_t *object);

/* The value at a path of keys that ends with NULL, or NULL. Borrowed. */
json_t *json_at(const json_t *value, ...) __attribute__((sentinel));
const char *json_text_at(const json_t *value, ...) __attribute__((sentinel));   /* NULL if not a string */
/* The object or array at `key`, made if it is missing; NULL if out of memory or if another type is there. Borrowed. */
json_t *json_need_object(json_t *object, const char *key);
json_t *json_need_array(json_t *object, const char *key);
/* 0, or SPARKK8S_ENOMEM; `value` is stolen in every case, and NULL is taken for a failed allocation. */
int json_put(json_t *object, const char *key, json_t *value);
int json_push(json_t *array, json_t *value);
int json_put_text(json_t *object, const char *key, const char *text);

struct json_member {
    const char *key;
    json_t *value;                  /* NULL is taken for a failed allocation */
};
/* The text of an object with these members, whose values are stolen in every case. NULL if out of memory. */
char *json_members_text(const struct json_member *members, size_t count);

#endif
