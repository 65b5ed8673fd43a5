/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the word with the fewest edits, if these are few. */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

struct nearest {
    const char *text, *word;        /* word: the best so far, NULL if none is near */
    size_t len, distance;
};
struct nearest nearest_to(const char *text, size_t len);
void nearest_try(struct nearest *nearest, const char *word);

#endif
