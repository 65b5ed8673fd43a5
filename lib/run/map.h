/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from text to pointers. Keys are borrowed: they live in the values. */
#ifndef RUN_MAP_H
#define RUN_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map_entry;
struct map {
    struct map_entry *entries;      /* zeroed struct: empty map */
    size_t cap, count;
};

void *map_get(const struct map *map, const char *key);              /* NULL if it is not there */
bool map_put(struct map *map, const char *key, void *value);        /* a new key; false if out of memory */
void map_drop(struct map *map, const char *key);                    /* what `key` points to is not used afterwards */
/* Each value once, from *at = 0; NULL at the end. No put or drop meanwhile. */
void *map_at(const struct map *map, size_t *at);
void map_clear(struct map *map);                    /* not the values */

#endif
