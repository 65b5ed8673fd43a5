/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of Pod and PodGroup by name. Counterpart of the classes of fabric8's kubernetes-model and
 * Jackson's coercions between them.
 *
 * A name is taken for the same field wherever it is, but where a row names its parent: the few names that
 * mean two things are told apart that way, and a schema of thousands of lines is not needed. What is below an
 * unknown field is not looked at.
 */
#include "podmodel.h"

#include <inttypes.h>

#include "error.h"
#include "str.h"
#include "text.h"

enum { TEXT, INT, BOOL, MODE, PORT, OBJECT, FORM = 7, LIST = 8, MAP = 16 };

struct field {
    const char *parent;             /* of the object or list that it is in; NULL: any */
    const char *name;
    int form;
};

static const struct field fields[] = {
#define FIELD(parent, name, form) {parent, name, form},
#include "podmodel_rows.h"
#undef FIELD
};

#define REAL_LIMIT 9e18                 /* beyond it a real number is no int64_t */

struct fit {
    enum spark_line line;
    const struct document *document;
    const struct place *at;         /* of the value that is being brought into its form */
    sparkk8s_error **err;
};

static const struct field *field_find(const char *parent, const char *name)
{
    size_t low = 0, high = COUNT(fields);

    while (low < high) {                /* the first of that name */
        size_t middle = low + (high - low) / 2;

        if (strcmp(fields[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < COUNT(fields) && !strcmp(fields[low].name, name); low++)
        if (!fields[low].parent || !strcmp(fields[low].parent, parent))
            return &fields[low];
    return NULL;
}

static int fail_form(const struct fit *f, const char *what, const json_t *value)
{
    static const char *const types[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_STRING] = "text", [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number", [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = "nothing",
    };
    AUTO(chars) where = yaml_where(f->document, f->at);
    AUTO(chars) name = place_text(f->at);
    int rc;

    if (!where || !name)
        return fail_oom(f->err);
    rc = fail(f->err, SPARKK8S_ECONF, where, "%s must be %s, and is %s", *name ? name : "the template", what,
              types[json_typeof(value)]);
    if (f->line < SPARK_4_0 && json_is_string(value) && json_string_value(value)[0] == '0')
        error_hint(f->err, "Spark 3.5 reads numbers as decimal only: 0644 is 420");
    else
        error_hint(f->err, "write it as %s", what);
    return rc;
}

/* Shows the value: where a number or a switch belongs, nobody writes a secret. */
static int fail_scalar(const struct fit *f, const char *what, const json_t *value)
{
    int rc = fail_form(f, what, value);

    if (json_is_string(value))
        error_add(f->err, ": \"%s\"", json_string_value(value));
    return rc;
}

static int take(const struct fit *f, json_t *value, json_t **out)
{
    if (!value)
        return fail_oom(f->err);
    *out = value;
    return 0;
}

/* ---- scalars ------------------------------------------------------------------------------------------- */

static int fit_text(const struct fit *f, json_t *value, json_t **out)
{
    AUTO_STR text = STR_INIT(64);
    AUTO(chars) number = NULL;

    if (json_is_string(value))
        return take(f, json_incref(value), out);
    if (json_is_boolean(value))
        return take(f, json_string(json_is_true(value) ? "true" : "false"), out);
    if (json_is_real(value)) {
        number = text_from_double(json_real_value(value));
        return number ? take(f, json_string(number), out) : fail_oom(f->err);
    }
    if (!json_is_integer(value))
        return fail_form(f, "text", value);
    str_addf(&text, "%" PRId64, (int64_t)json_integer_value(value));
    return text.failed ? fail_oom(f->err) : take(f, json_string(text.s), out);
}

/* 0[oO]?[0-7]+ */
static bool octal(const char *text, int64_t *out)
{
    int64_t value = 0;

    if (*text != '0' || !text[1])
        return false;
    text += text[1] == 'o' || text[1] == 'O' ? 2 : 1;
    if (!*text || text[strspn(text, "01234567")] || strlen(text) > 10)
        return false;
    for (; *text; text++)
        value = value * 8 + (*text - '0');
    *out = value;
    return true;
}

/* Modes of files are octal where they look like it, but to Spark 3.5. Empty text is no number, and none is
 * set. */
static int fit_int(const struct fit *f, int form, json_t *value, json_t **out)
{
    const char *text = json_string_value(value), *from = NULL;
    AUTO(chars) trimmed = NULL;
    int64_t number;
    size_t len;

    if (json_is_integer(value))
        return take(f, json_incref(value), out);
    if (json_is_real(value) && json_real_value(value) > -REAL_LIMIT && json_real_value(value) < REAL_LIMIT)
        return take(f, json_integer((json_int_t)json_real_value(value)), out);
    if (!text)
        return fail_scalar(f, "a whole number", value);
    from = text_trim(text, strlen(text), &len);
    if (!len)
        return 0;
    trimmed = text_dupn(from, len);
    if (!trimmed)
        return fail_oom(f->err);
    if ((form == MODE && f->line >= SPARK_4_0 && octal(trimmed, &number)) || text_to_int64(trimmed, &number))
        return take(f, json_integer(number), out);
    return fail_scalar(f, "a whole number", value);
}

static int fit_bool(const struct fit *f, json_t *value, json_t **out)
{
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    const char *text = json_string_value(value);

    if (json_is_boolean(value))
        return take(f, json_incref(value), out);
    if (json_is_integer(value))
        return take(f, json_boolean(json_integer_value(value) != 0), out);
    if (text && (text_is_one_of(text, trues) || text_is_one_of(text, falses)))
        return take(f, json_boolean(text_is_one_of(text, trues)), out);
    return fail_scalar(f, "true or false", value);
}

/* *out stays NULL for what is left out. */
static int fit_scalar(const struct fit *f, int form, json_t *value, json_t **out)
{
    if (form == TEXT)
        return fit_text(f, value, out);
    if (form == BOOL)
        return fit_bool(f, value, out);
    if (form != PORT)
        return fit_int(f, form, value, out);
    if (!json_is_integer(value) && !json_is_string(value))
        return fail_form(f, "a whole number or text", value);
    return take(f, json_incref(value), out);
}

/* ---- lists, maps, objects ------------------------------------------------------------------------------ */

static int fit_object(const struct fit *f, const char *parent, const json_t *object, json_t **out);

/* `name` is of the field that it is in, be it an item of it. */
static int fit_one(const struct fit *f, const char *name, int form, json_t *value, json_t **out)
{
    if (json_is_null(value))
        return take(f, json_incref(value), out);
    return form == OBJECT ? fit_object(f, name, value, out) : fit_scalar(f, form, value, out);
}

static int fit_list(const struct fit *f, const char *name, int form, json_t *list, json_t **out)
{
    AUTO(json) made = json_array();
    json_t *value;
    size_t i;
    int rc;

    if (!made)
        return fail_oom(f->err);
    if (!json_is_array(list))
        return fail_form(f, "a list", list);
    json_array_foreach(list, i, value) {
        const struct place place = {.up = f->at, .index = i};
        const struct fit item = {f->line, f->document, &place, f->err};
        json_t *one = NULL;

        rc = fit_one(&item, name, form, value, &one);
        if (rc < 0)
            return rc;
        if (json_push(made, one ? one : json_null()) < 0)
            return fail_oom(f->err);
    }
    *out = json_array_size(made) ? TAKE(made) : NULL;
    return 0;
}

static int fit_map(const struct fit *f, int form, json_t *map, json_t **out)
{
    AUTO(json) made = json_object();
    const char *key;
    json_t *value;
    int rc;

    if (!made)
        return fail_oom(f->err);
    if (!json_is_object(map))
        return fail_form(f, "a map", map);
    json_object_foreach(map, key, value) {
        const struct place place = {.up = f->at, .key = key};
        const struct fit member = {f->line, f->document, &place, f->err};
        json_t *one = NULL;

        rc = fit_one(&member, key, form, value, &one);
        if (rc < 0)
            return rc;
        if (json_put(made, key, one ? one : json_null()) < 0)
            return fail_oom(f->err);
    }
    *out = json_object_size(made) ? TAKE(made) : NULL;
    return 0;
}

static int fit_field(const struct fit *f, const struct field *field, json_t *value, json_t **out)
{
    int form = field->form & FORM;

    if (field->form & LIST)
        return fit_list(f, field->name, form, value, out);
    if (field->form & MAP)
        return fit_map(f, form, value, out);
    return fit_one(f, field->name, form, value, out);
}

static int fit_object(const struct fit *f, const char *parent, const json_t *object, json_t **out)
{
    AUTO(json) made = json_object();
    const char *key;
    json_t *value;
    int rc = 0;

    if (!made)
        return fail_oom(f->err);
    if (!json_is_object(object))
        return fail_form(f, "an object", object);
    json_object_foreach((json_t *)object, key, value) {
        const struct place place = {.up = f->at, .key = key};
        const struct fit member = {f->line, f->document, &place, f->err};
        const struct field *field = field_find(parent, key);
        json_t *one = NULL;

        if (!field)
            one = json_clone(value);
        else if (!json_is_null(value))
            rc = fit_field(&member, field, value, &one);
        if (rc < 0)
            return rc;
        if ((one || !field) && json_put(made, key, one) < 0)
            return fail_oom(f->err);
    }
    *out = TAKE(made);
    return 0;
}

int podmodel_fit(const json_t *object, enum spark_line line, const struct document *document, json_t **out,
                 sparkk8s_error **err)
{
    const struct fit f = {line, document, NULL, err};

    return fit_object(&f, "", object, out);
}
