/* SPDX-License-Identifier: Apache-2.0 */
#include "sections.h"

#include <string.h>

#include "must.h"

void sections_begin(struct sections *sections, const uint8_t *data, size_t size)
{
    static const char mark[] = "\n%%\n";
    char *at, *end;
    int i;

    sections->memory = at = malloc(size + 1);
    must(at, "out of memory");
    memcpy(at, data, size);
    at[size] = 0;
    for (i = 0; i < SECTIONS; i++) {
        size_t left = size - (size_t)(at - sections->memory);

        end = i + 1 < SECTIONS ? memmem(at, left, mark, strlen(mark)) : NULL;
        sections->text[i] = at;
        sections->len[i] = end ? (size_t)(end - at) : left;
        at[sections->len[i]] = 0;
        at = end ? end + strlen(mark) : sections->memory + size;
    }
}

void sections_end(struct sections *sections)
{
    free(sections->memory);
}

int section_lines(char *text, const char *lines[LINES + 1])
{
    int count = 0;

    while (*text && count < LINES) {
        char *end = strchr(text, '\n');

        lines[count++] = text;
        if (!end)
            break;
        *end = 0;
        text = end + 1;
    }
    lines[count] = NULL;
    return count;
}
