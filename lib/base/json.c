/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers over jansson. See json.h. */
#include "json.h"

#include <stdarg.h>

#include "error.h"
#include "str.h"

int json_parse(const char *text, size_t len, const char *name, json_t **out, sparkk8s_error **err)
{
    AUTO_STR where = STR_INIT(STR_TEXT_LIMIT);
    json_error_t problem;
    json_t *value;

    value = json_loadb(text, len, JSON_DECODE_ANY, &problem);
    if (value) {
        *out = value;
        return 0;
    }
    if (json_error_code(&problem) == json_error_out_of_memory)
        return fail_oom(err);
    str_addf(&where, "%s:%d:%d", name, problem.line, problem.column);
    return fail(err, SPARKK8S_EPARSE, where.s, "not valid JSON: %s", problem.text);
}

char *json_text(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_text_sorted(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
}

char *json_text_indented(const json_t *value)
{
    return json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
}

static json_t *walk(const json_t *value, va_list keys)
{
    const json_t *at = value;
    const char *key;

    while (at && (key = va_arg(keys, const char *)))
        at = json_object_get(at, key);
    return (json_t *)(uintptr_t)at;
}

json_t *json_at(const json_t *value, ...)
{
    va_list keys;
    json_t *found;

    va_start(keys, value);
    found = walk(value, keys);
    va_end(keys);
    return found;
}

const char *json_text_at(const json_t *value, ...)
{
    va_list keys;
    json_t *found;

    va_start(keys, value);
    found = walk(value, keys);
    va_end(keys);
    return json_string_value(found);
}

static json_t *need(json_t *object, const char *key, json_type type, json_t *(*make)(void))
{
    json_t *there = json_object_get(object, key);

    if (there)
        return json_typeof(there) == type ? there : NULL;
    if (json_put(object, key, make()) < 0)
        return NULL;
    return json_object_get(object, key);
}

json_t *json_need_object(json_t *object, const char *key)
{
    return need(object, key, JSON_OBJECT, json_object);
}

json_t *json_need_array(json_t *object, const char *key)
{
    return need(object, key, JSON_ARRAY, json_array);
}

int json_put(json_t *object, const char *key, json_t *value)
{
    return value && json_object_set_new(object, key, value) == 0 ? 0 : SPARKK8S_ENOMEM;
}

int json_push(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0 ? 0 : SPARKK8S_ENOMEM;
}

int json_put_text(json_t *object, const char *key, const char *text)
{
    return json_put(object, key, json_string(text));
}
