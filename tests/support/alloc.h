/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of this program's own objects, of jansson and of libyaml, counted and made to fail, in any build: plain,
 * with sanitizers, under valgrind. Link with `alloc_args` (tests/meson.build), which puts these functions before the C
 * library's; call alloc_begin() before the first allocation of jansson.
 *
 *     for (n = 1; ; n++) {
 *         alloc_fail_at(n);
 *         rc = something(&out);
 *         if (!alloc_has_failed())
 *             break;                          it needs no n-th allocation: all were tried
 *         ck_assert(rc == SPARKK8S_ENOMEM || is_right(out));
 *     }
 */
#ifndef TESTS_ALLOC_H
#define TESTS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

void alloc_begin(void);
void alloc_fail_at(size_t n);       /* the n-th from now on fails, that one only; 0: none */
void alloc_fail_from(size_t n);     /* the n-th from now on and all after it */
bool alloc_has_failed(void);        /* since then */
bool alloc_has_failed_foreign(void);    /* the first that failed was one of alloc_functions */
size_t alloc_count(void);           /* since then */
size_t alloc_live(void);            /* blocks that are not freed */

/* For libraries that let their allocator be chosen: libcurl's order, of curl_global_init_mem(). */
struct alloc_functions {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*realloc)(void *old, size_t size);
    char *(*strdup)(const char *text);
    void *(*calloc)(size_t n, size_t size);
};
extern const struct alloc_functions alloc_functions;

#endif
