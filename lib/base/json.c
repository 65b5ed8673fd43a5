/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON trees on top of jansson. Texts are written through a callback rather than by json_dumps: its memory belongs to
 * jansson's allocator, which the host process may have replaced; ours is always free()'s.
 */
#include "json.h"

#include "error.h"
#include "scan.h"
#include "str.h"

#include <stdarg.h>

/*
 * jansson takes a token that it could not store for a malformed one, or says nothing at all. Text that the scanner finds
 * in order was refused for want of memory, unless it is for one of the things that only jansson minds.
 */
static bool is_out_of_memory(const char *text, size_t len, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    struct scan scan = scan_begin(text, len);

    if (code == json_error_out_of_memory || !*error->text)
        return true;
    if ((code != json_error_invalid_syntax && code != json_error_premature_end_of_input) ||
        strstr(error->text, "Unicode"))
        return false;
    scan_skip(&scan);
    return !scan.failed;
}

/* The longest token (a string with its quotes), or more. */
static size_t longest_token(const char *text, size_t len)
{
    size_t i, longest = 0, run = 0;
    bool within = false;

    for (i = 0; i < len; i++) {
        bool escape = within && text[i] == '\\' && i + 1 < len;

        run = within || !strchr(" \t\r\n{}[],:", text[i]) ? run + 1 + escape : 0;
        within = text[i] == '"' ? !within : within;
        i += escape;
        longest = run > longest ? run : longest;
        run = text[i] == '"' && !within && !escape ? 0 : run;
    }
    return longest;
}

struct padded {
    const char *text;
    size_t len, pad, given;         /* pad: a number that is odd */
};

#define PADDED_HEAD "[\""
#define PADDED_TAIL "\",\n"

/* jansson's source, a few bytes at a time: ["xxx...", and the text, and a bracket. */
static size_t next_padded(void *buffer, size_t size, void *data)
{
    struct padded *it = data;
    size_t head = strlen(PADDED_HEAD), text = head + it->pad + strlen(PADDED_TAIL), i;
    char *out = buffer;

    for (i = 0; i < size && it->given <= text + it->len; i++, it->given++)
        out[i] = it->given < head ? PADDED_HEAD[it->given] : it->given < head + it->pad ? 'x'
            : it->given < text ? PADDED_TAIL[it->given - head - it->pad]
            : it->given < text + it->len ? it->text[it->given - text] : ']';
    return i;
}

/* jansson leaves out a character without a word when its buffer for a token cannot grow. So the first token is one that is
 * longer than all others: where it has all its characters, the buffer did not grow after it. Its length is odd, since a
 * closing quote that is left out would be read past. NULL: no memory, or not JSON. */
static json_t *load(const char *text, size_t len)
{
    struct padded source = { .text = text, .len = len, .pad = (longest_token(text, len) + 2) | 1 };
    AUTO(json) both = json_load_callback(next_padded, &source, 0, NULL);

    if (json_array_size(both) != 2 || json_string_length(json_array_get(both, 0)) != source.pad)
        return NULL;
    return json_incref(json_array_get(both, 1));
}

int json_parse(const char *text, size_t len, const char *name, json_t **out, sparkk8s_error **err)
{
    AUTO_STR where = STR_INIT(STR_TEXT_LIMIT);
    json_error_t error = {0};                           /* jansson does not set all of it when it fails early */
    json_t *value;
    char *near;

    value = len ? load(text, len) : NULL;
    if (value) {
        *out = value;
        return 0;
    }
    value = json_loadb(text ? text : "", len, JSON_DECODE_ANY, &error);     /* for what is wrong with it */
    if (value) {
        json_decref(value);
        return fail_oom(err);
    }
    if (is_out_of_memory(text, len, &error))
        return fail_oom(err);
    near = strstr(error.text, " near ");
    if (near)
        *near = '\0';                   /* what follows quotes the text, which may hold a secret */
    str_addf(&where, "%s:%d:%d", name, error.line, error.column);
    if (where.failed)
        return fail_oom(err);
    return fail(err, SPARKK8S_EPARSE, where.s, "not JSON: %s", error.text);
}

static int add_text(const char *text, size_t len, void *str)
{
    str_addn(str, text, len);
    return ((struct str *)str)->failed ? -1 : 0;
}

static char *dump(const json_t *value, size_t flags)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

    if (json_dump_callback(value, add_text, &out, flags | JSON_ENCODE_ANY) < 0)
        return NULL;
    return str_take(&out);
}

char *json_text(const json_t *value)
{
    return dump(value, JSON_COMPACT);
}

char *json_text_sorted(const json_t *value)
{
    return dump(value, JSON_COMPACT | JSON_SORT_KEYS);
}

char *json_text_indented(const json_t *value)
{
    return dump(value, JSON_INDENT(2));
}

int json_give_text(const json_t *value, char **out, sparkk8s_error **err)
{
    char *text = json_text(value);

    if (!text)
        return fail_oom(err);
    *out = text;
    return 0;
}

static json_t *clone_object(const json_t *object)
{
    AUTO(json) made = json_object();
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
        if (json_object_set_new_nocheck(made, key, json_clone(value)) < 0)
            return NULL;
    return TAKE(made);
}

static json_t *clone_array(const json_t *array)
{
    AUTO(json) made = json_array();
    json_t *value;
    size_t i;

    json_array_foreach(array, i, value)
        if (json_array_append_new(made, json_clone(value)) < 0)
            return NULL;
    return TAKE(made);
}

json_t *json_clone(const json_t *value)
{
    if (json_is_object(value))
        return clone_object(value);
    return json_is_array(value) ? clone_array(value) : json_copy((json_t *)value);
}

json_t *json_clone_members(const json_t *object)
{
    AUTO(json) made = json_object();

    return made && json_object_update(made, (json_t *)object) == 0 ? TAKE(made) : NULL;
}

static json_t *value_at(const json_t *value, va_list keys)
{
    const char *key;

    while (value && (key = va_arg(keys, const char *)))
        value = json_object_get(value, key);
    return (json_t *)value;
}

json_t *json_at(const json_t *value, ...)
{
    va_list keys;
    json_t *found;

    va_start(keys, value);
    found = value_at(value, keys);
    va_end(keys);
    return found;
}

const char *json_text_at(const json_t *value, ...)
{
    va_list keys;
    json_t *found;

    va_start(keys, value);
    found = value_at(value, keys);
    va_end(keys);
    return json_string_value(found);
}

static json_t *need(json_t *object, const char *key, json_type type)
{
    json_t *found = json_object_get(object, key);

    if (found)
        return json_typeof(found) == type ? found : NULL;
    found = type == JSON_OBJECT ? json_object() : json_array();
    return json_put(object, key, found) < 0 ? NULL : found;
}

json_t *json_need_object(json_t *object, const char *key)
{
    return need(object, key, JSON_OBJECT);
}

json_t *json_need_array(json_t *object, const char *key)
{
    return need(object, key, JSON_ARRAY);
}

int json_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) < 0 ? SPARKK8S_ENOMEM : 0;
}

int json_push(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) < 0 ? SPARKK8S_ENOMEM : 0;
}

int json_put_text(json_t *object, const char *key, const char *text)
{
    return json_put(object, key, json_string(text));
}

char *json_members_text(const struct json_member *members, size_t count)
{
    AUTO(json) object = json_object();
    int rc = object ? 0 : SPARKK8S_ENOMEM;
    size_t i;

    for (i = 0; i < count; i++)             /* every value is consumed, also after a failure */
        if (rc < 0)
            json_decref(members[i].value);
        else
            rc = json_put(object, members[i].key, members[i].value);
    return rc < 0 ? NULL : json_text(object);
}
