/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that arrive in portions, as a transfer's do: an input is a line "N N N..." of their sizes, which come round
 * again, and then the bytes. `each` sees every line; the same lines must come however the bytes are cut.
 */
#ifndef TESTS_FUZZ_PORTIONS_H
#define TESTS_FUZZ_PORTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "lines.h"

struct portions {
    size_t sizes[8];                    /* each at least 1 */
    size_t count;
    const char *bytes;
    size_t len;
};

struct portions portions_of(const uint8_t *data, size_t size);
/* All at once is one portion. How it ended: LINES_NONE, or LINES_TOO_LONG. What came last without a line end is given,
 * too. */
enum lines_result portions_feed(const struct portions *portions, struct lines *lines,
                                void (*each)(const char *line, size_t len, bool whole, void *owner), void *owner);

#endif
