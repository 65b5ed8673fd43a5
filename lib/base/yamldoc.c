/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to JSON values: libyaml's events, resolved by the rules of the tool whose files are read - go-yaml v2 below
 * sigs.k8s.io/yaml (YAML 1.1 without its sexagesimal numbers and dates), or one of the YAML 1.2 schemas, core and JSON.
 *
 * What JSON cannot hold becomes text: infinities and NaN, and the keys that are no strings. It does not read !!binary,
 * !!set and the like: a value that would come out as something else is an error rather than a surprise.
 */
#include "yamldoc.h"

#include "error.h"
#include "text.h"

#include <yaml.h>

#define DEPTH_MAX 100
#define NODES_MAX ((size_t)1000000)     /* aliases count with all that they stand for: "a billion laughs" is an error */

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;                 /* the latest one */
    const char *text, *name;
    enum yaml_rules rules;
    int depth;
    size_t nodes;
    json_t *anchors;                    /* completed nodes by anchor; shared with the tree, so copied when used */
    sparkk8s_error **err;
};

static void reader_clear(struct reader *r)
{
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    json_decref(r->anchors);
}

static PRINTF(3, 4) int fail_at(struct reader *r, yaml_mark_t mark, const char *format, ...)
{
    AUTO_STR where = STR_INIT(STR_TEXT_LIMIT), message = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    str_addf(&where, "%s:%zu:%zu", r->name, mark.line + 1, mark.column + 1);
    va_start(args, format);
    str_addv(&message, format, args);
    va_end(args);
    if (where.failed || message.failed)
        return fail_oom(r->err);
    return fail(r->err, SPARKK8S_EPARSE, where.s, "%s", message.s);
}

/* The reader's errors come with an offset only. */
static yaml_mark_t mark_at(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};

    for (; offset; offset--, text++) {
        mark.column++;
        if (*text == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return mark;
}

static int fail_parser(struct reader *r)
{
    yaml_mark_t mark = r->parser.problem_mark;

    if (r->parser.error == YAML_MEMORY_ERROR)
        return fail_oom(r->err);
    if (r->parser.error == YAML_READER_ERROR)
        mark = mark_at(r->text, r->parser.problem_offset);
    return fail_at(r, mark, "not YAML: %s", r->parser.problem ? r->parser.problem : "malformed");
}

static int next_event(struct reader *r)
{
    yaml_event_delete(&r->event);
    return yaml_parser_parse(&r->parser, &r->event) ? 0 : fail_parser(r);
}

/* ---- scalars --------------------------------------------------------------------------------------- */

static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const trues[] = {"true", "True", "TRUE", NULL};
static const char *const falses[] = {"false", "False", "FALSE", NULL};
static const char *const trues_1_1[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", NULL};
static const char *const falses_1_1[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", NULL};
static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};

static bool to_bool(const char *text, enum yaml_rules rules, bool *out)
{
    if (text_is_one_of(text, trues) || (rules == YAML_1_1 && text_is_one_of(text, trues_1_1)))
        *out = true;
    else if (text_is_one_of(text, falses) || (rules == YAML_1_1 && text_is_one_of(text, falses_1_1)))
        *out = false;
    else
        return false;
    return true;
}

static bool digits_to_int64(const char *text, int base, bool negative, int64_t *out)
{
    uint64_t most = (uint64_t)INT64_MAX + negative, value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, *text >= 'A' && *text <= 'F' ? *text | 0x20 : *text);
        uint64_t digit = at ? (uint64_t)(at - digits) : 16;

        if (digit >= (uint64_t)base || value > (most - digit) / (uint64_t)base)
            return false;
        value = value * (uint64_t)base + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/*
 * 1.1: [+-]? (0b bin | 0o? oct | 0x hex | dec), underscores taken out before. 1.2: [+-]? dec | 0o oct | 0x hex. One
 * beyond 64 bits is no integer here.
 */
static bool to_int(const char *text, enum yaml_rules rules, int64_t *out)
{
    bool negative = *text == '-', sign = negative || *text == '+';
    const char *digits = text + sign;
    char prefix = digits[0] == '0' ? (char)(digits[1] | 0x20) : '\0';

    if (rules == YAML_1_2) {
        if (digits[0] == '0' && (digits[1] == 'o' || digits[1] == 'x'))
            return !sign && digits_to_int64(digits + 2, prefix == 'x' ? 16 : 8, false, out);
        return digits_to_int64(digits, 10, negative, out);
    }
    if (prefix == 'x' || prefix == 'o' || prefix == 'b')
        return digits_to_int64(digits + 2, prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2, negative, out);
    if (digits[0] == '0' && digits[1])
        return digits_to_int64(digits + 1, 8, negative, out);
    return digits_to_int64(digits, 10, negative, out);
}

/* [+-]? (digits ["." digits*] | "." digits) ([eE] [+-]? digits)?: what Java reads, less its words and suffixes. */
static bool to_real(const char *text, double *out)
{
    return *text && !text[strspn(text, "+-.0123456789eE")] && text_to_double(text, out);
}

/* JSON has no such numbers: their Java names. */
static const char *beyond_numbers(const char *text)
{
    bool sign = *text == '-' || *text == '+';

    if (text_is_one_of(text, nans))
        return "NaN";
    if (!text_is_one_of(text + sign, infinities))
        return NULL;
    return *text == '-' ? "-Infinity" : "Infinity";
}

static json_t *real_value(double value)
{
    if (__builtin_isinf(value))
        return json_string(value < 0 ? "-Infinity" : "Infinity");
    return json_real(value);
}

/* -? (0 | [1-9] digits*) ("." digits*)? ([eE] [-+]? digits)?; *real tells whether more than an integer is there. */
static bool is_json_number(const char *text, bool *real)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, "0123456789");
    if (!digits || (*text == '0' && digits > 1))
        return false;
    text += digits;
    *real = *text != '\0';
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '-' || text[1] == '+' ? 2 : 1;
        if (!*text)
            return false;
        text += strspn(text, "0123456789");
    }
    return !*text;
}

/* The JSON schema of YAML 1.2: what is written otherwise than in JSON is text. NULL if out of memory. */
static json_t *resolve_json(const char *text)
{
    int64_t integer;
    double number;
    bool real;

    if (!*text || !strcmp(text, "null"))
        return json_null();
    if (!strcmp(text, "true") || !strcmp(text, "false"))
        return json_boolean(*text == 't');
    if (!strcmp(text, ".inf") || !strcmp(text, "-.inf") || !strcmp(text, ".nan"))
        return json_string(beyond_numbers(text));
    if (!is_json_number(text, &real))
        return json_string(text);
    if (!real && digits_to_int64(text + (*text == '-'), 10, *text == '-', &integer))
        return json_integer(integer);
    return real && text_to_double(text, &number) ? real_value(number) : json_string(text);
}

/* NULL if out of memory. */
static json_t *resolve_plain(const char *text, enum yaml_rules rules)
{
    AUTO(chars) number = NULL;
    const char *beyond = beyond_numbers(text);
    char *from, *to;
    int64_t integer;
    double real;
    bool boolean;

    if (rules == YAML_JSON)
        return resolve_json(text);
    if (text_is_one_of(text, nulls))
        return json_null();
    if (to_bool(text, rules, &boolean))
        return json_boolean(boolean);
    if (beyond)
        return json_string(beyond);
    if (!strchr("+-.0123456789", *text))
        return json_string(text);
    number = text_dup(text);
    if (!number)
        return NULL;
    for (from = to = number; *from && rules == YAML_1_1; from++) {  /* go-yaml: 1_000 is a number, .5_0 is not */
        *to = *from;
        to += *from != '_' || *text == '.';
    }
    if (rules == YAML_1_1)
        *to = '\0';
    if (to_int(number, rules, &integer))
        return json_integer(integer);
    if (to_real(number, &real))
        return real_value(real);
    return json_string(text);
}

enum tag { TAG_NONE, TAG_STR, TAG_PLAIN, TAG_OTHER };

/* What a tag asks of a scalar. Tags of an application's own (!foo) mean text, as to go-yaml. */
static enum tag tag_of(const char *tag)
{
    static const char core[] = "tag:yaml.org,2002:";
    static const char *const plain[] = {"int", "float", "bool", "null", NULL};
    static const char *const text[] = {"str", "timestamp", NULL};

    if (!tag)
        return TAG_NONE;
    if (!text_starts(tag, core))
        return TAG_STR;
    tag += sizeof(core) - 1;
    return text_is_one_of(tag, plain) ? TAG_PLAIN : text_is_one_of(tag, text) ? TAG_STR : TAG_OTHER;
}

static bool fits_tag(const json_t *value, const char *tag)
{
    if (text_ends(tag, ":int"))
        return json_is_integer(value);
    if (text_ends(tag, ":float"))
        return json_is_number(value) || json_is_string(value);      /* a string: an infinity, see below */
    if (text_ends(tag, ":bool"))
        return json_is_boolean(value);
    return json_is_null(value);
}

static int read_scalar(struct reader *r, json_t **out)
{
    AUTO(json) value = NULL;
    const char *text = (const char *)r->event.data.scalar.value, *tag = (const char *)r->event.data.scalar.tag;
    enum tag kind = tag_of(tag);

    if (strlen(text) != r->event.data.scalar.length)
        return fail_at(r, r->event.start_mark, "a NUL character is not allowed");
    if (kind == TAG_OTHER)
        return fail_at(r, r->event.start_mark, "the tag '%s' is not supported", tag);
    if (kind == TAG_PLAIN || (kind == TAG_NONE && r->event.data.scalar.plain_implicit))
        value = resolve_plain(text, r->rules);
    else
        value = json_string(text);
    if (!value)
        return fail_oom(r->err);
    if (kind == TAG_PLAIN && (!fits_tag(value, tag) || (json_is_string(value) && !beyond_numbers(text))))
        return fail_at(r, r->event.start_mark, "the value does not fit its tag '%s'", tag);
    *out = TAKE(value);
    return 0;
}

/* ---- collections ----------------------------------------------------------------------------------- */

static int read_node(struct reader *r, json_t **out);

/* Takes account of a value that is copied into the tree; it is inside `depth` collections. */
static int count_nodes(struct reader *r, const json_t *value, int depth)
{
    const char *key;
    json_t *item;
    size_t i;
    int rc = 0;

    if (depth == DEPTH_MAX && (json_is_array(value) || json_is_object(value)))
        return fail_at(r, r->event.start_mark, "nested more than %d levels deep", DEPTH_MAX);
    if (++r->nodes > NODES_MAX)
        return fail_at(r, r->event.start_mark, "more than %zu values, aliases followed", NODES_MAX);
    json_array_foreach(value, i, item)
        if ((rc = count_nodes(r, item, depth + 1)) < 0)
            return rc;
    json_object_foreach((json_t *)value, key, item)
        if ((rc = count_nodes(r, item, depth + 1)) < 0)
            return rc;
    return 0;
}

static int read_alias(struct reader *r, json_t **out)
{
    const char *anchor = (const char *)r->event.data.alias.anchor;
    const json_t *value = json_object_get(r->anchors, anchor);
    json_t *copy;
    int rc;

    if (!value)
        return fail_at(r, r->event.start_mark, "the alias '%s' has no anchor before it", anchor);
    rc = count_nodes(r, value, r->depth);
    if (rc < 0)
        return rc;
    copy = json_deep_copy(value);
    if (!copy)
        return fail_oom(r->err);
    *out = copy;
    return 0;
}

static int read_sequence(struct reader *r, json_t **out)
{
    AUTO(json) array = json_array();
    json_t *item;
    int rc;

    if (!array)
        return fail_oom(r->err);
    for (;;) {
        rc = next_event(r);
        if (rc < 0)
            return rc;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        rc = read_node(r, &item);
        if (rc < 0)
            return rc;
        if (json_push(array, item) < 0)
            return fail_oom(r->err);
    }
    *out = TAKE(array);
    return 0;
}

/* A key's text: Kubernetes' tools and fabric8 both print the value that it resolves to. */
static char *key_text(const json_t *key)
{
    if (json_is_string(key))
        return text_dup(json_string_value(key));
    return json_is_real(key) ? text_from_double(json_real_value(key)) : json_text(key);
}

/* Keeps aside what `<<` stands for: a mapping, or several. */
static int keep_merge(struct reader *r, yaml_mark_t mark, json_t *merges, json_t *value)
{
    AUTO(json) sources = value;
    json_t *item;
    size_t i;
    int rc = 0;

    if (!json_is_array(sources)) {
        if (!json_is_object(sources))
            return fail_at(r, mark, "'<<' takes a mapping, or a sequence of mappings");
        return json_push(merges, TAKE(sources)) < 0 ? fail_oom(r->err) : 0;
    }
    json_array_foreach(sources, i, item)
        if ((rc = keep_merge(r, mark, merges, json_incref(item))) < 0)
            return rc;
    return rc;
}

static bool is_merge_key(const struct reader *r)
{
    return r->rules == YAML_1_1 && r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.plain_implicit &&
           !strcmp((const char *)r->event.data.scalar.value, "<<");
}

/* The key is the latest event; reads its value too. */
static int read_member(struct reader *r, json_t *object, json_t *merges)
{
    AUTO(json) key = NULL;
    AUTO(chars) text = NULL;
    yaml_mark_t mark = r->event.start_mark;
    bool merge = is_merge_key(r);
    json_t *value;
    int rc;

    rc = read_node(r, &key);
    if (rc < 0)
        return rc;
    if (json_is_object(key) || json_is_array(key))
        return fail_at(r, mark, "a key must be a scalar");
    text = key_text(key);
    if (!text)
        return fail_oom(r->err);
    if (!merge && json_object_get(object, text))
        return fail_at(r, mark, "the key '%s' is there twice", text);
    rc = next_event(r);
    if (rc < 0)
        return rc;
    rc = read_node(r, &value);
    if (rc < 0)
        return rc;
    if (merge)
        return keep_merge(r, mark, merges, value);
    return json_put(object, text, value) < 0 ? fail_oom(r->err) : 0;
}

/* Not json_object_update_missing: jansson's does not tell when it runs out of memory. */
static int add_missing(struct reader *r, json_t *object, json_t *source)
{
    const char *key;
    json_t *value;

    json_object_foreach(source, key, value)
        if (!json_object_get(object, key) && json_put(object, key, json_incref(value)) < 0)
            return fail_oom(r->err);
    return 0;
}

static int read_mapping(struct reader *r, json_t **out)
{
    AUTO(json) object = json_object();
    AUTO(json) merges = json_array();
    json_t *source;
    size_t i;
    int rc;

    if (!object || !merges)
        return fail_oom(r->err);
    for (;;) {
        rc = next_event(r);
        if (rc < 0)
            return rc;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        rc = read_member(r, object, merges);
        if (rc < 0)
            return rc;
    }
    json_array_foreach(merges, i, source)           /* the mapping's own keys win, then the earlier source's */
        if ((rc = add_missing(r, object, source)) < 0)
            return rc;
    *out = TAKE(object);
    return 0;
}

static int read_collection(struct reader *r, json_t **out)
{
    bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
    const char *tag = (const char *)(mapping ? r->event.data.mapping_start.tag : r->event.data.sequence_start.tag);
    int rc;

    if (tag && text_starts(tag, "tag:yaml.org,2002:") && !text_ends(tag, mapping ? ":map" : ":seq"))
        return fail_at(r, r->event.start_mark, "the tag '%s' is not supported here", tag);
    if (++r->depth > DEPTH_MAX)
        return fail_at(r, r->event.start_mark, "nested more than %d levels deep", DEPTH_MAX);
    rc = mapping ? read_mapping(r, out) : read_sequence(r, out);
    r->depth--;
    return rc;
}

static const char *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return (const char *)event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

/* The node that the latest event begins. */
static int read_node(struct reader *r, json_t **out)
{
    AUTO(chars) anchor = text_dup(anchor_of(&r->event));
    AUTO(json) value = NULL;
    int rc;

    if (anchor_of(&r->event) && !anchor)
        return fail_oom(r->err);
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, out);
    if (++r->nodes > NODES_MAX)
        return fail_at(r, r->event.start_mark, "more than %zu values, aliases followed", NODES_MAX);
    rc = r->event.type == YAML_SCALAR_EVENT ? read_scalar(r, &value) : read_collection(r, &value);
    if (rc < 0)
        return rc;
    if (anchor && json_object_set(r->anchors, anchor, value) < 0)
        return fail_oom(r->err);
    *out = TAKE(value);
    return 0;
}

/* stream = start [document start, node, document end] end */
static int read_stream(struct reader *r, json_t **out)
{
    AUTO(json) value = NULL;
    int rc;

    do
        if ((rc = next_event(r)) < 0)
            return rc;
    while (r->event.type == YAML_STREAM_START_EVENT);
    if (r->event.type == YAML_DOCUMENT_START_EVENT) {
        if ((rc = next_event(r)) < 0 || (rc = read_node(r, &value)) < 0 || (rc = next_event(r)) < 0 ||
            (rc = next_event(r)) < 0)
            return rc;
        if (r->event.type != YAML_STREAM_END_EVENT)
            return fail_at(r, r->event.start_mark, "a second document; one is expected");
    }
    *out = value ? TAKE(value) : json_null();
    return 0;
}

static size_t valid_prefix(const char *text, size_t len)
{
    uint32_t c;
    size_t at = 0, n;

    while ((n = text_char(text + at, len - at, &c)))
        at += n;
    return at;
}

int yaml_parse(const char *text, size_t len, const char *name, enum yaml_rules rules, json_t **out,
               sparkk8s_error **err)
{
    struct reader r = {.name = name, .rules = rules, .err = err};
    size_t valid;
    int rc;

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
        len -= 3;
    }
    r.text = text;
    valid = valid_prefix(text, len);
    if (valid < len)
        return fail_at(&r, mark_at(text, valid), text[valid] ? "not UTF-8" : "a NUL character is not allowed");
    if (!yaml_parser_initialize(&r.parser))
        return fail_oom(err);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(len ? text : ""), len);
    r.anchors = json_object();
    rc = r.anchors ? read_stream(&r, out) : fail_oom(err);
    reader_clear(&r);
    return rc;
}
