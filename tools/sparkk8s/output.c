/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "exits.h"
#include "jsontext.h"
#include "signals.h"

#include <errno.h>
#include <stdarg.h>

bool output_flush(void)
{
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout))
        return true;
    if (errno == EPIPE)
        signals_broken_pipe();
    fprintf(stderr, "sparkk8s: cannot write to standard output: %s\n", errno ? strerror(errno) : "error");
    return false;
}

void print_clean(FILE *file, const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, file);
}

void print_json_string(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(file, "\\u%04x", (unsigned)*text);
        else
            putc(*text, file);
    putc('"', file);
}

/* ---- JSON text, laid out anew ---- */

#define STEP 4

void print_json(FILE *file, const char *json, int depth)
{
    const char *at = json_blanks_end(json), *end;

    while (*at) {
        if (*at == '{' || *at == '[') {
            end = json_blanks_end(at + 1);
            if (*end == '}' || *end == ']') {
                fprintf(file, "%c%c", *at, *end);
                at = end;
            } else {
                fprintf(file, "%c\n%*s", *at, STEP * ++depth, "");
            }
            at++;
        } else if (*at == '}' || *at == ']') {
            fprintf(file, "\n%*s%c", STEP * --depth, "", *at++);
        } else if (*at == ',') {
            fprintf(file, ",\n%*s", STEP * depth, "");
            at++;
        } else if (*at == ':') {
            fputs(": ", file);
            at++;
        } else {
            end = json_scalar_end(at);
            fwrite(at, 1, (size_t)(end - at), file);
            at = end > at ? end : at + 1;
        }
        at = json_blanks_end(at);
    }
}

/*
 * What is inside of an object or array, a line each, up to its end; `lead` stands before the first. A JSON
 * string is a YAML string as it stands; keys are plain words.
 */
static const char *yaml_members(FILE *file, const char *at, int depth, const char *lead)
{
    const char *end;
    bool object = *at == '{';

    for (at = json_blanks_end(at + 1); *at && *at != '}' && *at != ']'; at = json_blanks_end(at)) {
        fprintf(file, "%*s%s", 2 * depth - (int)strlen(lead), "", lead);
        lead = "";
        if (object) {
            end = json_scalar_end(at);
            fprintf(file, "%.*s:", (int)(end - at) - 2, at + 1);
            at = json_blanks_end(json_blanks_end(end) + 1);
        } else {
            fputs("-", file);
        }
        end = json_blanks_end(at + 1);
        if ((*at == '{' || *at == '[') && *end != '}' && *end != ']') {
            fputs("\n", file);
            at = yaml_members(file, at, depth + 1, "");
        } else {
            end = *at == '{' || *at == '[' ? end + 1 : json_scalar_end(at);
            fprintf(file, " %.*s\n", (int)(end - at), at);
            at = end;
        }
        at = json_blanks_end(at);
        if (*at == ',')
            at++;
    }
    return *at ? at + 1 : at;
}

void print_yaml(FILE *file, const char *json, int depth, const char *lead)
{
    yaml_members(file, json_blanks_end(json), depth, lead);
}

void print_document(enum format format, const char *json)
{
    if (format == FORMAT_YAML) {
        print_yaml(stdout, json, 0, "");
    } else {
        print_json(stdout, json, 0);
        putchar('\n');
    }
}

/* ---- tables ---- */

void grid_cell(struct grid *grid, const char *format, ...)
{
    va_list args;
    char **cells, *cell, *c;
    int len;

    if (grid->failed)
        return;
    if (grid->count == grid->cap) {
        cells = realloc(grid->cells, (grid->cap ? 2 * grid->cap : 64) * sizeof(*cells));
        if (!cells) {
            grid->failed = true;
            return;
        }
        grid->cells = cells;
        grid->cap = grid->cap ? 2 * grid->cap : 64;
    }
    va_start(args, format);
    len = vasprintf(&cell, format, args);
    va_end(args);
    if (len < 0) {
        grid->failed = true;
        return;
    }
    for (c = cell; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    grid->cells[grid->count++] = cell;
}

/* Code points: what a terminal makes of other than ASCII is not known here. */
static int width(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

bool grid_print(const struct grid *grid, FILE *file)
{
    int widest[16] = { 0 }, w, gap = 0;
    size_t i, column;

    if (grid->failed) {
        complain_oom();
        return false;
    }
    for (i = 0; i < grid->count; i++) {
        w = width(grid->cells[i]);
        if (w > widest[i % grid->columns])
            widest[i % grid->columns] = w;
    }
    for (i = 0; i < grid->count; i++) {
        column = i % grid->columns;
        w = width(grid->cells[i]);
        if (w)                          /* blanks only before something: none at the end of a line */
            fprintf(file, "%*s%s", gap, "", grid->cells[i]);
        gap = w ? widest[column] - w + 3 : gap + widest[column] + 3;
        if (column + 1 == grid->columns) {
            fputs("\n", file);
            gap = 0;
        }
    }
    return true;
}

void grid_clear(struct grid *grid)
{
    size_t i;

    for (i = 0; i < grid->count; i++)
        free(grid->cells[i]);
    free(grid->cells);
    memset(grid, 0, sizeof(*grid));
}
