/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to JSON values: libyaml's events, resolved by the rules of the tool whose files are read - go-yaml v2 below
 * sigs.k8s.io/yaml (YAML 1.1 without its sexagesimal numbers and dates), or one of the YAML 1.2 schemas, core and JSON.
 *
 * By the 1.2 schemas, what JSON cannot hold becomes text: infinities and NaN, and the keys that are no strings; !!binary,
 * !!set and the like are errors, since a value would come out as something else.
 */
#include "yamldoc.h"

#include "digest.h"
#include "error.h"
#include "text.h"
#include "yamlscalar.h"

#include <yaml.h>

#define DEPTH_MAX 100
#define DEPTH_MAX_LENIENT 1000          /* libyaml's own limit */
#define NODES_MAX ((size_t)1000000)     /* aliases count with all that they stand for: "a billion laughs" is an error */

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;                 /* the latest one */
    const char *text, *name;
    enum yaml_rules rules;
    bool lenient;                       /* by kubectl's reader: see yamldoc.h */
    int depth, depth_max;
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

enum tag { TAG_NONE, TAG_STR, TAG_PLAIN, TAG_BINARY, TAG_OTHER };

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
    if (!strcmp(tag, "binary"))
        return TAG_BINARY;
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

/* Base64 of text. */
static int read_binary(struct reader *r, const char *text, json_t **out)
{
    AUTO(chars) bytes = NULL;
    size_t len;

    bytes = base64_decode(text, strlen(text), &len);
    if (!bytes && len == (size_t)-1)
        return fail_oom(r->err);
    if (!bytes || !text_is_utf8(bytes, len))
        return fail_at(r, r->event.start_mark, "!!binary is not the base64 of any text");
    *out = json_stringn(bytes, len);
    return *out ? 0 : fail_oom(r->err);
}

static int read_scalar(struct reader *r, json_t **out)
{
    AUTO(json) value = NULL;
    const char *text = (const char *)r->event.data.scalar.value, *tag = (const char *)r->event.data.scalar.tag;
    enum tag kind = tag_of(tag);
    bool plain = kind == TAG_PLAIN || (kind == TAG_NONE && r->event.data.scalar.plain_implicit);

    if (strlen(text) != r->event.data.scalar.length)
        return fail_at(r, r->event.start_mark, "a NUL character is not allowed");
    if (kind == TAG_BINARY && r->lenient)
        return read_binary(r, text, out);
    if ((kind == TAG_OTHER || kind == TAG_BINARY) && !r->lenient)
        return fail_at(r, r->event.start_mark, "the tag '%s' is not supported", tag);
    if (plain && r->lenient && yaml_beyond_numbers(text))
        return fail_at(r, r->event.start_mark, "JSON has no number '%s'", text);
    value = plain ? yaml_resolve(text, r->rules) : json_string(text);
    if (!value)
        return fail_oom(r->err);
    if (kind == TAG_PLAIN && (!fits_tag(value, tag) || (json_is_string(value) && !yaml_beyond_numbers(text))))
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

    if (depth == r->depth_max && (json_is_array(value) || json_is_object(value)))
        return fail_at(r, r->event.start_mark, "nested more than %d levels deep", r->depth_max);
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
    copy = json_clone(value);
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

static int merge_one(struct reader *r, yaml_mark_t mark, json_t *object, json_t *source)
{
    const char *key;
    json_t *value;

    if (!json_is_object(source))
        return fail_at(r, mark, "'<<' takes a mapping, or a sequence of mappings");
    json_object_foreach(source, key, value)
        if (json_put(object, key, json_incref(value)) < 0)
            return fail_oom(r->err);
    return 0;
}

/* What `<<` stands for, a mapping or several of which the earlier win, takes the place of the keys before it, as go-yaml
 * v2 has it; those behind it win. */
static int merge(struct reader *r, yaml_mark_t mark, json_t *object, json_t *value)
{
    AUTO(json) sources = value;
    size_t i;
    int rc = 0;

    if (!json_is_array(sources))
        return merge_one(r, mark, object, sources);
    for (i = json_array_size(sources); rc == 0 && i > 0; i--)
        rc = merge_one(r, mark, object, json_array_get(sources, i - 1));
    return rc;
}

static bool is_merge_key(const struct reader *r)
{
    return r->rules == YAML_1_1 && r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.plain_implicit &&
           !strcmp((const char *)r->event.data.scalar.value, "<<");
}

/* The key is the latest event; reads its value too. */
static int read_member(struct reader *r, json_t *object)
{
    AUTO(json) key = NULL;
    AUTO(chars) text = NULL;
    yaml_mark_t mark = r->event.start_mark;
    bool merges = is_merge_key(r);
    json_t *value;
    int rc;

    rc = read_node(r, &key);
    if (rc < 0)
        return rc;
    if (json_is_object(key) || json_is_array(key) || (r->lenient && json_is_null(key)))
        return fail_at(r, mark, "a key must be a scalar");
    text = key_text(key);
    if (!text)
        return fail_oom(r->err);
    if (!r->lenient && json_object_get(object, text))
        return fail_at(r, mark, "the key '%s' is there twice", text);
    rc = next_event(r);
    if (rc < 0)
        return rc;
    rc = read_node(r, &value);
    if (rc < 0)
        return rc;
    if (merges)
        return merge(r, mark, object, value);
    return json_put(object, text, value) < 0 ? fail_oom(r->err) : 0;
}

static int read_mapping(struct reader *r, json_t **out)
{
    AUTO(json) object = json_object();
    int rc;

    if (!object)
        return fail_oom(r->err);
    for (;;) {
        rc = next_event(r);
        if (rc < 0)
            return rc;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        rc = read_member(r, object);
        if (rc < 0)
            return rc;
    }
    *out = TAKE(object);
    return 0;
}

static int read_collection(struct reader *r, json_t **out)
{
    bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
    const char *tag = (const char *)(mapping ? r->event.data.mapping_start.tag : r->event.data.sequence_start.tag);
    int rc;

    if (tag && !r->lenient && text_starts(tag, "tag:yaml.org,2002:") && !text_ends(tag, mapping ? ":map" : ":seq"))
        return fail_at(r, r->event.start_mark, "the tag '%s' is not supported here", tag);
    if (++r->depth > r->depth_max)
        return fail_at(r, r->event.start_mark, "nested more than %d levels deep", r->depth_max);
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

/* The latest event begins a document. */
static int read_document(struct reader *r, json_t **out)
{
    const yaml_version_directive_t *version = r->event.data.document_start.version_directive;
    int rc;

    if (r->lenient && version && (version->major != 1 || version->minor != 1))
        return fail_at(r, r->event.start_mark, "YAML %d.%d, not 1.1", version->major, version->minor);
    if ((rc = next_event(r)) < 0 || (rc = read_node(r, out)) < 0)
        return rc;
    return next_event(r);
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
        rc = read_document(r, &value);
        if (rc == 0 && !r->lenient)
            rc = next_event(r);
        if (rc < 0)
            return rc;
        if (!r->lenient && r->event.type != YAML_STREAM_END_EVENT)
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

static bool is_utf16(const char *text, size_t len)
{
    return len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
}

/* UTF-16, which libyaml turns into UTF-8, needs its mark. */
static int check_text(struct reader *r, const char *text, size_t len)
{
    size_t valid;

    if (r->lenient && is_utf16(text, len))
        return 0;
    valid = valid_prefix(text, len);
    if (valid < len)
        return fail_at(r, mark_at(text, valid), text[valid] ? "not UTF-8" : "a NUL character is not allowed");
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    return 0;
}

int yaml_parse(const char *text, size_t len, const char *name, enum yaml_rules rules, json_t **out,
               sparkk8s_error **err)
{
    bool lenient = rules == YAML_1_1;
    struct reader r = { .name = name, .rules = rules, .lenient = lenient, .err = err,
                        .depth_max = lenient ? DEPTH_MAX_LENIENT : DEPTH_MAX };
    int rc;

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
        len -= 3;
    }
    r.text = text;
    if (!yaml_parser_initialize(&r.parser))
        return fail_oom(err);
    rc = check_text(&r, text, len);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(len ? text : ""), len);
    if (rc == 0) {
        r.anchors = json_object();
        rc = r.anchors ? read_stream(&r, out) : fail_oom(err);
    }
    reader_clear(&r);
    return rc;
}
