/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: stdout and its end, text from the cluster, JSON laid out as JSON or YAML, tables. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Before waiting, and at the end. Ends the program if the reader has gone; false (after a complaint) for
 * other errors. */
bool output_flush(void);
void print_clean(FILE *file, const char *text);         /* control characters become blanks */
void print_json_string(FILE *file, const char *text);
/* `json` is a whole value as the library made it; from its second line on it is indented by `depth` steps. No
 * line end follows. */
void print_json(FILE *file, const char *json, int depth);
/* The same value as YAML lines, each indented by `depth` steps; `lead` ("- ") stands before the first. */
void print_yaml(FILE *file, const char *json, int depth, const char *lead);
/* One whole document on stdout, as JSON or YAML. */
void print_document(enum format format, const char *json);

/* A table: cells row by row, widths from the contents. Out of memory is remembered. */
struct grid {
    char **cells;
    size_t count, cap, columns;
    bool failed;
};
void grid_cell(struct grid *grid, const char *format, ...) PRINTF(2, 3);
bool grid_print(const struct grid *grid, FILE *file);   /* false (after a complaint) if it failed */
void grid_clear(struct grid *grid);
#define AUTO_GRID __attribute__((cleanup(grid_clear))) struct grid

#endif
