/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static size_t count, failing, live;
static bool failed, foreign, for_good;

/* The linker's names: __real_X is the C library's X (or a sanitizer's), and whoever calls X gets __wrap_X. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
int __real_vasprintf(char **out, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
char *__real_realpath(const char *path, char *into);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **out, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *__wrap_realpath(const char *path, char *into);
void __wrap_free(void *block);

static bool fails(void)
{
    count++;
    if (count != failing && !(for_good && failing && count > failing))
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    return old ? __real_realloc(old, size) : counted(__real_realloc(NULL, size));
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

int __wrap_vasprintf(char **out, const char *format, va_list args)
{
    int len = fails() ? -1 : __real_vasprintf(out, format, args);

    if (len >= 0)
        counted(*out);
    return len;
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = __wrap_vasprintf(out, format, args);
    va_end(args);
    return len;
}

char *__wrap_realpath(const char *path, char *into)
{
    char *found = fails() ? NULL : __real_realpath(path, into);

    return into ? found : counted(found);
}

/* ---- libcurl's ---- */

static void *foreign_malloc(size_t size)
{
    bool before = failed;
    void *made = __wrap_malloc(size);

    foreign = foreign || failed > before;
    return made;
}

static void *foreign_calloc(size_t n, size_t size)
{
    bool before = failed;
    void *made = __wrap_calloc(n, size);

    foreign = foreign || failed > before;
    return made;
}

static void *foreign_realloc(void *old, size_t size)
{
    bool before = failed;
    void *made = __wrap_realloc(old, size);

    foreign = foreign || failed > before;
    return made;
}

static char *foreign_strdup(const char *text)
{
    bool before = failed;
    char *made = __wrap_strdup(text);

    foreign = foreign || failed > before;
    return made;
}

const struct alloc_functions alloc_functions = { foreign_malloc, __wrap_free, foreign_realloc, foreign_strdup, foreign_calloc };

/* ---- libyaml's ---- */


/* libyaml's own functions, which it calls through its table of symbols: ours come first. */
void *yaml_malloc(size_t size);
void *yaml_realloc(void *old, size_t size);
void yaml_free(void *block);
yaml_char_t *yaml_strdup(const yaml_char_t *text);

void *yaml_malloc(size_t size)
{
    return __wrap_malloc(size ? size : 1);
}

void *yaml_realloc(void *old, size_t size)
{
    return __wrap_realloc(old, size ? size : 1);
}

void yaml_free(void *block)
{
    __wrap_free(block);
}

yaml_char_t *yaml_strdup(const yaml_char_t *text)
{
    return text ? (yaml_char_t *)__wrap_strdup((const char *)text) : NULL;
}

void alloc_begin(void)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}

static void fail_from(size_t n, bool on)
{
    count = 0;
    failing = n;
    failed = foreign = false;
    for_good = on;
}

void alloc_fail_at(size_t n)
{
    fail_from(n, false);
}

void alloc_fail_from(size_t n)
{
    fail_from(n, true);
}

bool alloc_has_failed(void)
{
    return failed;
}

bool alloc_has_failed_foreign(void)
{
    return foreign;
}

size_t alloc_count(void)
{
    return count;
}

size_t alloc_live(void)
{
    return live;
}
