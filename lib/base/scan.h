/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a few fields out of JSON text without building a tree: for watch events and lists, where a tree of jansson
 * costs 79 KB and 83 us a pod.
 *
 *     struct scan scan = scan_begin(text, len);
 *     while (scan_key(&scan, &key))                   at an object: each key in turn
 *         if (scan_is(&key, "metadata"))
 *             read_metadata(&scan, pod);              consumes the value
 *         else
 *             scan_skip(&scan);
 *     return scan.failed ? fail(...) : 0;
 *
 * Every key's value is consumed by exactly one call: scan_key/scan_item loops, scan_text, scan_int, scan_bool or
 * scan_skip. A value of another type than asked for is skipped and read as absent. Malformed text sets `failed` and
 * ends every loop. Depth is limited. Borrowed slices point into the text.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
    const char *at, *end;
    int depth;
    uint8_t state[128];         /* per depth: what may come next; see scan.c */
    bool failed;
};

struct slice {                  /* raw text between quotes, escapes not yet undone; s is NULL if absent */
    const char *s;
    size_t len;
    bool escaped;
};

struct scan scan_begin(const char *text, size_t len);
bool scan_key(struct scan *scan, struct slice *key);    /* false after the object's end, or if no object is here */
/* Stands before the value of `key`: true; or behind the object's end: false. */
bool scan_find(struct scan *scan, const char *key);
/* The same along a path of keys, NULL at the end: scan_path(&scan, SCAN_AT("metadata", "name")). */
bool scan_path(struct scan *scan, const char *const *path);
#define SCAN_AT(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* The string at a path from here, without moving: false if there is none. */
bool scan_text_at(const struct scan *from, const char *const *path, struct slice *out);
bool scan_item(struct scan *scan);                      /* the same for an array: true before each item */
bool scan_is(const struct slice *slice, const char *text);
bool scan_text(struct scan *scan, struct slice *out);   /* a string */
bool scan_int(struct scan *scan, int64_t *out);         /* a whole number */
bool scan_bool(struct scan *scan, bool *out);
void scan_skip(struct scan *scan);
/* The raw text of the value here, consumed. */
bool scan_raw(struct scan *scan, struct slice *out);
/* Escapes undone; new string, NULL if out of memory. `slice->s` must not be NULL. */
char *slice_dup(const struct slice *slice);

#endif
