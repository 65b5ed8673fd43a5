/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing at no more than three quarters full; what is dropped is closed up by moving followers back,
 * so that there are no tombstones in a map that sees every executor of a busy cluster come and go.
 */
#include "map.h"

#include <stdint.h>

struct map_entry {
    const char *key;
    void *value;
    uint64_t hash;
};

/* FNV-1a. Keys are uids and names that the API server has checked: nobody floods it. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    return hash;
}

/* Where the key is, or the free place where it would be. */
static size_t place_of(const struct map *map, const char *key, uint64_t hash)
{
    size_t i = (size_t)hash & (map->cap - 1);

    while (map->entries[i].key && (map->entries[i].hash != hash || strcmp(map->entries[i].key, key)))
        i = (i + 1) & (map->cap - 1);
    return i;
}

void *map_get(const struct map *map, const char *key)
{
    return map->count ? map->entries[place_of(map, key, hash_of(key))].value : NULL;
}

static bool grow(struct map *map)
{
    struct map bigger = { .cap = map->cap ? map->cap * 2 : 16, .count = map->count };
    size_t i;

    bigger.entries = calloc(bigger.cap, sizeof(*bigger.entries));
    if (!bigger.entries)
        return false;
    for (i = 0; i < map->cap; i++)
        if (map->entries[i].key)
            bigger.entries[place_of(&bigger, map->entries[i].key, map->entries[i].hash)] = map->entries[i];
    free(map->entries);
    *map = bigger;
    return true;
}

bool map_put(struct map *map, const char *key, void *value)
{
    uint64_t hash = hash_of(key);

    if (map->count + 1 > map->cap / 4 * 3 && !grow(map))
        return false;
    map->entries[place_of(map, key, hash)] = (struct map_entry){ .key = key, .value = value, .hash = hash };
    map->count++;
    return true;
}

void map_drop(struct map *map, const char *key)
{
    size_t mask = map->cap - 1;
    size_t hole, next;

    if (!map_get(map, key))
        return;
    hole = place_of(map, key, hash_of(key));
    for (next = (hole + 1) & mask; map->entries[next].key; next = (next + 1) & mask) {
        size_t home = (size_t)map->entries[next].hash & mask;

        if (((next - home) & mask) < ((next - hole) & mask))
            continue;               /* it would come before its own place */
        map->entries[hole] = map->entries[next];
        hole = next;
    }
    map->entries[hole] = (struct map_entry){ 0 };
    map->count--;
}

void *map_at(const struct map *map, size_t *at)
{
    while (*at < map->cap) {
        const struct map_entry *entry = &map->entries[(*at)++];

        if (entry->key)
            return entry->value;
    }
    return NULL;
}

void map_clear(struct map *map)
{
    free(map->entries);
    *map = (struct map){ 0 };
}
