/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reads. Mirrors internal.config.ConfigReader (substitution), ConfigBuilder (types) and network.util.JavaUtils
 * (sizes and times). Deliberately not done: ${system:...} with a property that every JVM has, as there is none here;
 * it is refused. Messages show the text that the user wrote, never what was substituted into it: that may be a secret.
 */
#include "value.h"

#include <strings.h>

#include "conf_table.h"
#include "error.h"
#include "str.h"
#include "text.h"

#define DEPTH_LIMIT 32                      /* of references within references */
#define STEPS_LIMIT 10000
#define TEXT_LIMIT ((size_t)1 << 20)
#define MIB ((int64_t)1 << 20)
#define SIMPLER "refer to fewer properties, or write the value itself"

struct reference {
    const char *prefix, *name;
    size_t prefix_len, name_len;
    size_t len;                             /* of the whole "${...}" */
};

/* What is being resolved: a chain up to the read's own key, to find circles. */
struct pending {
    const char *text;
    size_t len;
    const struct pending *outer;
    unsigned depth;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A name is at least one character, none blank, up to the first brace after that one. */
static bool name_scan(const char *at, size_t *len)
{
    size_t n = 0;

    while (at[n] && !is_blank(at[n]) && (n == 0 || at[n] != '}'))
        n++;
    *len = n;
    return at[n] == '}';
}

/* ConfigReader.REF_RE, \$\{(?:(\w+?):)?(\S+?)\}, at `at`, which begins with "${". */
static bool reference_scan(const char *at, struct reference *ref)
{
    const char *start = at + 2;
    size_t n = 0;

    *ref = (struct reference){0};
    while (is_word(start[n]))
        n++;
    if (n > 0 && start[n] == ':' && name_scan(start + n + 1, &ref->name_len)) {
        ref->prefix = start;
        ref->prefix_len = n;
        ref->name = start + n + 1;
    } else if (name_scan(start, &ref->name_len)) {
        ref->name = start;
    } else {
        return false;
    }
    ref->len = (size_t)(ref->name + ref->name_len + 1 - at);
    return true;
}

/* The raw text of a key, its alias included; NULL if unset. *found is the key that has it. */
static const char *raw_text(const struct reader *reader, const char *key, const char **found)
{
    const struct conf_row *row = conf_row(key);
    const struct conf_entry *entry = conf_find(reader->conf, key);

    if (!entry && row && row->alias)
        entry = conf_find(reader->conf, row->alias);
    *found = entry ? entry->key : key;
    return entry ? entry->value : NULL;
}

static const char *fallback_text(const char *key)
{
    const struct conf_row *row = conf_row(key);

    return row ? row->fallback : NULL;
}

/* ${system:NAME} of a property that every JVM has. Spark leaves the unknown ones as they are, and so do we. */
static bool is_jvm_property(const struct reference *ref, const char *name)
{
    static const char *const families[] = {"java.", "user.", "os.", "file.", "path.", "line.", "native.", "sun.",
                                           "jdk."};
    size_t i;

    if (ref->prefix_len != 6 || strncmp(ref->prefix, "system", 6) != 0)
        return false;
    for (i = 0; i < COUNT(families); i++)
        if (text_starts(name, families[i]))
            return true;
    return false;
}

/* What a reference stands for, before its own references are resolved; NULL: it stays as it is. */
static const char *reference_text(const struct reader *reader, const struct reference *ref, const char *name)
{
    const char *text = NULL, *found;

    if (ref->prefix && (ref->prefix_len != 3 || strncmp(ref->prefix, "env", 3) != 0))
        return NULL;
    if (ref->prefix)
        text = reader->env ? env_get(reader->env, name) : NULL;
    else if (text_starts(name, "spark."))
        text = raw_text(reader, name, &found);
    return text ? text : fallback_text(name);
}

static bool is_pending(const struct pending *pending, const char *text, size_t len)
{
    for (; pending; pending = pending->outer)
        if (pending->len == len && !memcmp(pending->text, text, len))
            return true;
    return false;
}

struct substitution {
    const struct reader *reader;
    const char *key;                        /* that is read, for messages */
    struct str *out;
    unsigned steps;                         /* references resolved so far: they can multiply */
};

static int substitution_add(const struct substitution *sub, const char *text, size_t len, sparkk8s_error **err)
{
    if (len > TEXT_LIMIT - sub->out->len)
        return conf_refuse(err, sub->reader->conf, sub->key, SIMPLER, "too long once its references are resolved");
    str_addn(sub->out, text, len);
    return sub->out->failed ? fail_oom(err) : 0;
}

/* Refuses what cannot be resolved; *text is NULL for what is unknown, which stays as it is. */
static int reference_resolve(struct substitution *sub, const struct reference *ref, const struct pending *here,
                             const char **text, sparkk8s_error **err)
{
    const sparkk8s_conf *conf = sub->reader->conf;
    AUTO(chars) name = text_dupn(ref->name, ref->name_len);

    if (!name)
        return fail_oom(err);
    if (is_pending(here->outer, here->text, here->len))
        return conf_refuse(err, conf, sub->key, "write the value itself into one of the properties of the circle",
                           "circular reference to ${%.*s}", (int)here->len, here->text);
    if (here->depth > DEPTH_LIMIT || ++sub->steps > STEPS_LIMIT)
        return conf_refuse(err, conf, sub->key, SIMPLER, "too many references within references");
    if (is_jvm_property(ref, name))
        return conf_refuse(err, conf, sub->key, "write the value itself, or ${env:NAME} for a variable",
                           "${%.*s} is a property of a JVM, and there is none at submission", (int)here->len,
                           here->text);
    *text = reference_text(sub->reader, ref, name);
    return 0;
}

static int substitute(struct substitution *sub, const char *text, const struct pending *outer, sparkk8s_error **err)
{
    int rc = 0;

    while (rc == 0 && *text) {
        const char *at = strstr(text, "${"), *value = NULL;
        size_t plain = at ? (size_t)(at - text) : strlen(text);
        struct reference ref = {0};

        if (at && !reference_scan(at, &ref)) {
            plain += 2;
            at = NULL;
        }
        rc = substitution_add(sub, text, plain, err);
        text += plain;
        if (rc == 0 && at) {
            const char *start = ref.prefix ? ref.prefix : ref.name;
            struct pending here = {start, ref.len - 3, outer, outer ? outer->depth + 1 : 1};

            rc = reference_resolve(sub, &ref, &here, &value, err);
            if (rc == 0)
                rc = value ? substitute(sub, value, &here, err) : substitution_add(sub, at, ref.len, err);
            text += ref.len;
        }
    }
    return rc;
}

/* Substituted text and the key that gave it, *out NULL if unset and without a default. */
static int read_found(const struct reader *reader, const char *key, char **out, const char **found, bool *set,
                      sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(TEXT_LIMIT);
    struct substitution sub = {.reader = reader, .out = &text};
    const char *raw = raw_text(reader, key, found);
    int rc;

    *set = raw != NULL;
    if (!raw)
        raw = fallback_text(key);
    *out = NULL;
    if (!raw)
        return 0;
    sub.key = *found;
    rc = substitute(&sub, raw, NULL, err);
    if (rc < 0)
        return rc;
    *out = text.len ? str_take(&text) : text_dup("");
    return *out ? 0 : fail_oom(err);
}

/* As read_found, for reads that need a value, trimmed as Java trims. */
static int read_trimmed(const struct reader *reader, const char *key, char **out, const char **found, bool *set,
                        sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    const char *start;
    size_t len;
    int rc;

    rc = read_found(reader, key, &text, found, set, err);
    if (rc < 0)
        return rc;
    if (!text)
        return conf_refuse(err, reader->conf, key, "set it: it has no default", "not set");
    start = text_trim(text, strlen(text), &len);
    *out = text_dupn(start, len);
    return *out ? 0 : fail_oom(err);
}

int read_text(const struct reader *reader, const char *key, char **out, sparkk8s_error **err)
{
    const char *found;
    char *text;
    bool set;
    int rc;

    rc = read_found(reader, key, &text, &found, &set, err);
    if (rc == 0)
        *out = text;
    return rc;
}

static bool parse_bool(const char *text, bool *out)
{
    bool yes = !strcasecmp(text, "true");

    if (!yes && strcasecmp(text, "false") != 0)
        return false;
    *out = yes;
    return true;
}

/* Into a bool, int32_t, int64_t or double, by `type`. */
static bool parse_as(enum conf_type type, const char *text, void *out)
{
    switch (type) {
    case CONF_BOOL:
        return parse_bool(text, out);
    case CONF_INT:
        return text_to_int32(text, out);
    case CONF_LONG:
        return text_to_int64(text, out);
    default:
        return text_to_double(text, out);
    }
}

static int read_scalar(const struct reader *reader, const char *key, enum conf_type type, void *out,
                       sparkk8s_error **err)
{
    static const struct {
        const char *name, *hint;
    } wanted[] = {
        [CONF_BOOL] = {"boolean", "use true or false"},
        [CONF_INT] = {"int", "use a whole number, without a unit"},
        [CONF_LONG] = {"long", "use a whole number, without a unit"},
        [CONF_DOUBLE] = {"double", "use a number such as 0.1"},
    };
    AUTO(chars) text = NULL;
    const char *found;
    bool set;
    int rc;

    rc = read_trimmed(reader, key, &text, &found, &set, err);
    if (rc < 0)
        return rc;
    if (!parse_as(type, text, out))
        return conf_refuse(err, reader->conf, found, wanted[type].hint, "should be %s", wanted[type].name);
    return 0;
}

int read_bool(const struct reader *reader, const char *key, bool *out, sparkk8s_error **err)
{
    return read_scalar(reader, key, CONF_BOOL, out, err);
}

int read_int(const struct reader *reader, const char *key, int32_t *out, sparkk8s_error **err)
{
    return read_scalar(reader, key, CONF_INT, out, err);
}

int read_long(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err)
{
    return read_scalar(reader, key, CONF_LONG, out, err);
}

int read_double(const struct reader *reader, const char *key, double *out, sparkk8s_error **err)
{
    return read_scalar(reader, key, CONF_DOUBLE, out, err);
}

int read_mib(const struct reader *reader, const char *key, int64_t *out, bool *set, sparkk8s_error **err)
{
    const struct conf_row *row = conf_row(key);
    AUTO(chars) text = NULL;
    const char *found, *wrong;
    int64_t bytes, unit = row && row->type == CONF_BYTES ? 1 : MIB;
    bool given;
    int rc;

    rc = read_found(reader, key, &text, &found, &given, err);
    if (rc < 0)
        return rc;
    if (!text && !set)
        return conf_refuse(err, reader->conf, key, "set it: it has no default", "not set");
    if (!text) {
        *out = 0;
        *set = false;
        return 0;
    }
    /* ConfigHelpers.byteFromString takes one sign off before the size is parsed. */
    wrong = size_parse(*text == '-' ? text + 1 : text, unit, &bytes);
    if (wrong)
        return conf_refuse(err, reader->conf, found, SIZE_HINT, "%s", wrong);
    *out = (*text == '-' ? -bytes : bytes) / MIB;
    if (set)
        *set = given;
    return 0;
}

static int read_time(const struct reader *reader, const char *key, int64_t unit, int64_t *out, sparkk8s_error **err)
{
    const struct conf_row *row = conf_row(key);
    AUTO(chars) text = NULL;
    const char *found, *wrong;
    int64_t us;
    bool set;
    int rc;

    rc = read_trimmed(reader, key, &text, &found, &set, err);
    if (rc < 0)
        return rc;
    wrong = time_parse(text, row && row->type == CONF_TIME_MS ? 1000 : 1000000, &us);
    if (wrong)
        return conf_refuse(err, reader->conf, found, TIME_HINT, "%s", wrong);
    *out = us / unit;
    return 0;
}

int read_seconds(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err)
{
    return read_time(reader, key, 1000000, out, err);
}

int read_ms(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err)
{
    return read_time(reader, key, 1000, out, err);
}

static void add_items(struct strv *out, const char *text)
{
    while (*text) {
        size_t part = strcspn(text, ","), len;
        const char *item = text_trim(text, part, &len);

        if (len)
            strv_addn(out, item, len);
        text += part + (text[part] == ',');
    }
}

int read_list(const struct reader *reader, const char *key, struct strv *out, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    AUTO_STRV items = {0};
    const char *found;
    bool set;
    int rc;

    rc = read_found(reader, key, &text, &found, &set, err);
    if (rc < 0)
        return rc;
    if (text)
        add_items(&items, text);
    if (items.failed)
        return fail_oom(err);
    strv_clear(out);
    *out = items;
    items = (struct strv){0};
    return 0;
}

int read_raw_int(const struct reader *reader, const char *key, int32_t fallback, int32_t *out, sparkk8s_error **err)
{
    const char *found, *text = raw_text(reader, key, &found);

    if (!text) {
        *out = fallback;
        return 0;
    }
    if (!text_to_int32(text, out))
        return conf_refuse(err, reader->conf, found, "use a whole number, without blanks", "illegal value");
    return 0;
}

/* ---- sizes and times ----------------------------------------------------------------------------------------- */

struct unit {
    const char *names;                      /* separated by blanks */
    int64_t factor;
};

static const struct unit size_units[] = {
    {"b", 1},
    {"k ki kb kib", (int64_t)1 << 10},
    {"m mi mb mib", (int64_t)1 << 20},
    {"g gi gb gib", (int64_t)1 << 30},
    {"t ti tb tib", (int64_t)1 << 40},
    {"p pi pb pib", (int64_t)1 << 50},
};

static const struct unit time_units[] = {
    {"us", 1},
    {"ms", 1000},
    {"s", 1000000},
    {"m min", (int64_t)60 * 1000000},
    {"h", (int64_t)3600 * 1000000},
    {"d", (int64_t)86400 * 1000000},
};

/* Whether `name` is one of the blank-separated words, in any case. */
static bool is_named(const char *words, const char *name, size_t len)
{
    while (*words) {
        size_t word = strcspn(words, " ");

        if (word == len && !strncasecmp(words, name, len))
            return true;
        words += word + (words[word] == ' ');
    }
    return false;
}

static bool unit_find(const struct unit *units, size_t count, const char *name, size_t len, int64_t *factor)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (is_named(units[i].names, name, len)) {
            *factor = units[i].factor;
            return true;
        }
    }
    return false;
}

/* Digits, then letters, nothing else. *number is -1 if it is too large. */
static bool split_number(const char *text, size_t len, int64_t *number, size_t *digits)
{
    size_t i, end;
    int64_t n = 0;

    for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
        if (n >= 0 && (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, text[i] - '0', &n)))
            n = -1;
    *number = n;
    for (end = i; end < len && ((text[end] | 32) >= 'a' && (text[end] | 32) <= 'z'); end++)
        ;
    *digits = i;
    return i > 0 && end == len;
}

const char *size_parse(const char *text, int64_t unit, int64_t *bytes)
{
    size_t len, digits;
    const char *start = text_trim(text, strlen(text), &len);
    int64_t number, factor = unit, product;

    if (!split_number(start, len, &number, &digits)) {
        if (digits > 0 && digits + 1 < len && start[digits] == '.')
            return "fractional sizes are not supported";
        return "not a size";
    }
    if (digits < len && !unit_find(size_units, COUNT(size_units), start + digits, len - digits, &factor))
        return "not a size: the unit is not one of b, k, m, g, t and p";
    if (number < 0 || __builtin_mul_overflow(number, factor, &product))
        return "too large a size";
    *bytes = product;
    return NULL;
}

const char *time_parse(const char *text, int64_t unit, int64_t *us)
{
    size_t len, digits;
    const char *start = text_trim(text, strlen(text), &len);
    bool minus = len > 0 && *start == '-';
    int64_t number, factor = unit, product;

    if (!split_number(start + minus, len - minus, &number, &digits))
        return "not a time";
    if (minus + digits < len &&
        !unit_find(time_units, COUNT(time_units), start + minus + digits, len - minus - digits, &factor))
        return "not a time: the unit is not one of us, ms, s, m, min, h and d";
    if (number < 0 || __builtin_mul_overflow(number, factor, &product))
        return "too long a time";
    *us = minus ? -product : product;
    return NULL;
}
