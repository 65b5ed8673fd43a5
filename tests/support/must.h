/* SPDX-License-Identifier: Apache-2.0 */
/* A promise that is checked outside of Check: by fuzz targets, and by what they share with unit tests. */
#ifndef TESTS_MUST_H
#define TESTS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(what, ...)                                             \
    do {                                                            \
        if (!(what)) {                                              \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #what); \
            fprintf(stderr, __VA_ARGS__);                           \
            fputc('\n', stderr);                                    \
            abort();                                                \
        }                                                           \
    } while (0)

#endif
