/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein's distance, in one row; long words have no neighbours. */
#include "nearest.h"

#define LONGEST 40

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[LONGEST + 1], i, j, corner, above;

    for (j = 0; j <= b_len; j++)
        row[j] = j;
    for (i = 1; i <= a_len; i++) {
        corner = row[0];
        row[0] = i;
        for (j = 1; j <= b_len; j++) {
            above = row[j];
            row[j] = least(corner + (a[i - 1] != b[j - 1]), above + 1, row[j - 1] + 1);
            corner = above;
        }
    }
    return row[b_len];
}

/* One edit in short words, two in longer ones, three at most; leading dashes do not count. */
struct nearest nearest_to(const char *text, size_t len)
{
    size_t letters = len - strspn(text, "-"), limit = letters / 4 + 2;

    return (struct nearest){ .text = text, .len = len, .distance = limit < 4 ? limit : 4 };
}

void nearest_try(struct nearest *nearest, const char *word)
{
    size_t len = strlen(word), d;

    if (len > LONGEST || nearest->len > LONGEST)
        return;
    d = distance(nearest->text, nearest->len, word, len);
    if (d < nearest->distance) {
        nearest->distance = d;
        nearest->word = word;
    }
}
