/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and columns of values, by libyaml's events; JSON is read by the same parser. What an alias stands for is placed
 * at the alias. Keys are compared as they are written: one that the reader turned into another text (`1e3`) is not
 * found, and what is around it is named instead.
 */
#include "yamlplace.h"

#include "str.h"
#include "yamldoc.h"

#include <yaml.h>

#define STEPS_MAX 100               /* as deep as documents are read */

struct search {
    yaml_parser_t parser;
    yaml_event_t event;             /* the latest one */
    const struct place *steps[STEPS_MAX];
    size_t count, done;             /* steps that are found */
    yaml_mark_t mark;               /* of the last one found */
};

static bool next_event(struct search *s)
{
    yaml_event_delete(&s->event);
    return yaml_parser_parse(&s->parser, &s->event) && s->event.type != YAML_STREAM_END_EVENT;
}

static int depth_change(yaml_event_type_t type)
{
    if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT)
        return 1;
    return type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT ? -1 : 0;
}

/* Goes to the first event behind the node that the latest event begins. */
static bool skip_node(struct search *s)
{
    int depth = 0;

    do {
        depth += depth_change(s->event.type);
        if (!next_event(s))
            return false;
    } while (depth > 0);
    return true;
}

static bool is_key(const yaml_event_t *event, const char *key)
{
    return event->type == YAML_SCALAR_EVENT && !strcmp((const char *)event->data.scalar.value, key);
}

/* In a mapping: stands at the key that the step asks for. */
static bool find_key(struct search *s, const char *key)
{
    while (s->event.type != YAML_MAPPING_END_EVENT && !is_key(&s->event, key))
        if (!skip_node(s) || !skip_node(s))
            return false;
    return s->event.type != YAML_MAPPING_END_EVENT;
}

static bool find_index(struct search *s, size_t index)
{
    for (; index && s->event.type != YAML_SEQUENCE_END_EVENT; index--)
        if (!skip_node(s))
            return false;
    return s->event.type != YAML_SEQUENCE_END_EVENT;
}

/* At the beginning of a node: at that of the one that the next step leads to. */
static bool take_step(struct search *s)
{
    const struct place *step = s->steps[s->count - 1 - s->done];
    yaml_event_type_t wanted = step->key ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT;

    if (s->event.type != wanted || !next_event(s))
        return false;
    if (!(step->key ? find_key(s, step->key) : find_index(s, step->index)))
        return false;
    s->mark = s->event.start_mark;
    s->done++;
    return !step->key || next_event(s);
}

static void search(struct search *s)
{
    while (next_event(s) && s->event.type != YAML_DOCUMENT_START_EVENT)
        ;
    if (!next_event(s))
        return;
    s->mark = s->event.start_mark;
    while (s->done < s->count && take_step(s))
        ;
}

char *yaml_where(const struct document *document, const struct place *place)
{
    AUTO_STR where = STR_INIT(STR_TEXT_LIMIT);
    bool marked = document->len >= 3 && !memcmp(document->text, "\xef\xbb\xbf", 3);     /* by a byte order mark */
    const char *text = document->text + (marked ? 3 : 0);
    struct search s = {0};
    bool failed;

    for (; place && s.count < STEPS_MAX; place = place->up)
        s.steps[s.count++] = place;
    if (!yaml_parser_initialize(&s.parser))
        return NULL;
    yaml_parser_set_encoding(&s.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&s.parser, (const unsigned char *)text, document->len - (marked ? 3 : 0));
    search(&s);
    failed = s.parser.error == YAML_MEMORY_ERROR;
    yaml_event_delete(&s.event);
    yaml_parser_delete(&s.parser);
    if (failed)
        return NULL;
    str_addf(&where, "%s:%zu:%zu", document->name, s.mark.line + 1, s.mark.column + 1);
    return str_take(&where);
}

static bool is_word(const char *key)
{
    return *key && !key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")];
}

static void add_place(struct str *out, const struct place *place)
{
    if (!place)
        return;
    add_place(out, place->up);
    if (!place->key)
        str_addf(out, "[%zu]", place->index);
    else if (is_word(place->key))
        str_addf(out, "%s%s", out->len ? "." : "", place->key);
    else
        str_addf(out, "[%s]", place->key);
}

char *place_text(const struct place *place)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    add_place(&text, place);
    return str_take(&text);
}
