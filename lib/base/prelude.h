/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Force-included into every file of the library: owned locals and attributes.
 *
 *     AUTO(chars) text = NULL;            freed when the block is left, on every path
 *     return keep(TAKE(text));            hands it on: `text` is NULL afterwards
 */
#ifndef BASE_PRELUDE_H
#define BASE_PRELUDE_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AUTO(name) __attribute__((cleanup(name##_auto))) name##_owner
#define TAKE(var) __extension__ ({ __typeof__(var) taken_ = (var); (var) = NULL; taken_; })

/* OWNED(json, json_t *, json_decref) makes AUTO(json) work. */
#define OWNED(name, type, release)                                  \
    typedef type name##_owner;                                      \
    static inline void name##_auto(name##_owner *owner)             \
    {                                                               \
        if (*owner)                                                 \
            release(*owner);                                        \
    }                                                               \
    typedef int name##_owned_needs_a_semicolon

OWNED(chars, char *, free);

#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define UNUSED __attribute__((unused))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
