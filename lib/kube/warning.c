/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As apimachinery's ParseWarningHeaders:  code SP agent SP quoted-text [ SP quoted-date ], separated by commas.
 *
 * Not done: the date is passed over unread, and encoded words (=?utf-8?q?...?=) stay as they are: API servers send neither.
 */
#include "warning.h"

enum { CODE_DIGITS = 3 };

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
}

static bool read_code(const char **at, const char *end, int *code)
{
    int i;

    *code = 0;
    for (i = 0; i < CODE_DIGITS; i++, ++*at) {
        if (*at == end || **at < '0' || **at > '9')
            return false;
        *code = *code * 10 + (**at - '0');
    }
    return *at < end && **at == ' ';
}

static bool skip_agent(const char **at, const char *end)
{
    const char *start;

    skip_blanks(at, end);
    start = *at;
    while (*at < end && **at != ' ')
        ++*at;
    return *at > start && *at < end;
}

/* `out` NULL: passed over. */
static bool read_quoted(const char **at, const char *end, struct str *out)
{
    const char *c = *at;

    if (c == end || *c != '"')
        return false;
    while (++c < end && *c != '"') {
        if (*c == '\\' && ++c == end)
            return false;
        if (out)
            str_addc(out, *c);
    }
    *at = c + 1;
    return c < end;
}

bool warning_next(const char **at, const char *end, int *code, struct str *text)
{
    skip_blanks(at, end);
    if (!read_code(at, end, code) || !skip_agent(at, end))
        return false;
    skip_blanks(at, end);
    if (!read_quoted(at, end, text))
        return false;
    skip_blanks(at, end);
    if (*at < end && **at == '"' && !read_quoted(at, end, NULL))
        return false;
    skip_blanks(at, end);
    if (*at < end && *(*at)++ != ',')
        return false;
    return true;
}
