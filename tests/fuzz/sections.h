/* SPDX-License-Identifier: Apache-2.0 */
/* Several texts in one input, with a line "%%" between them. */
#ifndef TESTS_FUZZ_SECTIONS_H
#define TESTS_FUZZ_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

enum { SECTIONS = 3, LINES = 64 };

struct sections {
    char *text[SECTIONS];       /* never NULL, and NUL-terminated */
    size_t len[SECTIONS];
    char *memory;
};

void sections_begin(struct sections *sections, const uint8_t *data, size_t size);
void sections_end(struct sections *sections);
/* The lines of a section, cut in place; returns how many, and ends them with NULL. */
int section_lines(char *text, const char *lines[LINES + 1]);

#endif
