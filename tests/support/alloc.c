/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <yaml.h>

static size_t count, failing, live;
static bool failed;

/* The linker's names: __real_X is the C library's X (or a sanitizer's), and whoever calls X gets __wrap_X. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static bool fails(void)
{
    if (++count != failing)
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

void alloc_fail_at(size_t n)
{
    count = 0;
    failing = n;
    failed = false;
}

bool alloc_has_failed(void)
{
    return failed;
}

size_t alloc_count(void)
{
    return count;
}

size_t alloc_live(void)
{
    return live;
}
