/* SPDX-License-Identifier: Apache-2.0 */
#include "jsontext.h"

#include <stdlib.h>
#include <string.h>

const char *json_blanks_end(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

const char *json_scalar_end(const char *at)
{
    if (*at != '"')
        return at + strcspn(at, ",:]} \t\r\n");
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static const char *value_end(const char *at)
{
    int depth = 0;

    do {
        if (*at == '{' || *at == '[')
            depth++;
        if (*at == '}' || *at == ']')
            depth--;
        at = strchr("{}[],:", *at) ? at + 1 : json_scalar_end(at);
        if (depth)
            at = json_blanks_end(at);
    } while (depth && *at);
    return at;
}

const char *json_first(const char *array)
{
    array = json_blanks_end(json_blanks_end(array) + 1);
    return *array && *array != ']' && *array != '}' ? array : NULL;
}

const char *json_after(const char *item)
{
    item = json_blanks_end(value_end(item));
    return *item == ',' ? json_blanks_end(item + 1) : NULL;
}

const char *json_member(const char *object, const char *key)
{
    const char *at = json_first(object), *end, *value;

    for (; at; at = json_after(value)) {
        end = json_scalar_end(at);
        value = json_blanks_end(json_blanks_end(end) + 1);
        if ((size_t)(end - at) == strlen(key) + 2 && !strncmp(at + 1, key, strlen(key)))
            return strncmp(value, "null", 4) ? value : NULL;
    }
    return NULL;
}

/* Only control characters are written so by the library; all else is UTF-8 as it stands. */
static char escaped_char(const char *at)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, *at);
    char digits[3] = "";

    if (*at != 'u')
        return letter ? meanings[letter - letters] : *at;
    memcpy(digits, at + 3, 2);
    return (char)strtol(digits, NULL, 16);
}

char *json_text(const char *value)
{
    const char *end = value ? value_end(value) : NULL, *at;
    char *text = value ? strndup(value, (size_t)(end - value)) : NULL, *to = text;

    if (!text || *value != '"')
        return text;
    for (at = value + 1; at < end - 1; at++) {
        if (*at == '\\') {
            at++;
            *to++ = escaped_char(at);
            at += *at == 'u' ? 4 : 0;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return text;
}

bool json_is_true(const char *value)
{
    return value && *value == 't';
}
