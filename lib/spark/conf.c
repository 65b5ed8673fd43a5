/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered set of properties. Counterpart of SparkConf's map, with what that lacks: who set each of them.
 * Typed reads are value.c's; the text form is properties.c's; which keys exist is conf_table.c's.
 */
#include "conf.h"

#include "conf_table.h"
#include "error.h"
#include "str.h"
#include "text.h"

#define ENTRIES_LIMIT ((size_t)100000)      /* no real application has a hundredth of it */
#define BEATEN_LIMIT ((size_t)1000)         /* what is beyond it is forgotten */
#define SHOWN_LIMIT 200                     /* of a value in a message */

static const char api_origin[] = "the program";

static void entry_clear(struct conf_entry *entry)
{
    free(entry->key);
    free(entry->value);
    free(entry->origin);
}

/* Index of the first entry whose key is not below `key`. */
static size_t conf_lower_bound(const sparkk8s_conf *conf, const char *key)
{
    size_t low = 0, high = conf->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(conf->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Room for one more. */
static int grow(struct conf_entry **entries, size_t count, size_t *cap, sparkk8s_error **err)
{
    size_t more = *cap ? *cap * 2 : 32;
    struct conf_entry *grown;

    if (count < *cap)
        return 0;
    if (count >= ENTRIES_LIMIT)
        return fail(err, SPARKK8S_EINVAL, NULL, "more than %zu properties", ENTRIES_LIMIT);
    grown = realloc(*entries, more * sizeof(*grown));
    if (!grown)
        return fail_oom(err);
    *entries = grown;
    *cap = more;
    return 0;
}

/* Takes the strings, or leaves them. One that was the winner until now is stronger than all that it has beaten. */
static int remember(sparkk8s_conf *conf, struct conf_entry *entry, bool was_winner, sparkk8s_error **err)
{
    size_t at = was_winner ? 0 : conf->beaten_count;
    int rc;

    if (conf->beaten_count >= BEATEN_LIMIT)
        return 0;
    rc = grow(&conf->beaten, conf->beaten_count, &conf->beaten_cap, err);
    if (rc < 0)
        return rc;
    memmove(conf->beaten + at + 1, conf->beaten + at, (conf->beaten_count - at) * sizeof(*entry));
    conf->beaten[at] = *entry;
    conf->beaten_count++;
    *entry = (struct conf_entry){0};
    return 0;
}

static int remember_copy(sparkk8s_conf *conf, const char *key, const char *value, const char *origin, sparkk8s_error **err)
{
    struct conf_entry copy = {text_dup(key), text_dup(value), text_dup(origin)};
    int rc = 0;

    if (!copy.key || !copy.value || !copy.origin)
        rc = fail_oom(err);
    else if (text_is_utf8(value, strlen(value)))
        rc = remember(conf, &copy, false, err);
    entry_clear(&copy);
    return rc;
}

static int conf_validate(const char *key, const char *value, const char *origin, sparkk8s_error **err)
{
    if (!*key)
        return fail(err, SPARKK8S_EINVAL, origin, "a property without a key");
    if (!text_is_utf8(key, strlen(key)))
        return fail(err, SPARKK8S_EINVAL, origin, "the key of a property is not UTF-8");
    if (!text_is_utf8(value, strlen(value)))
        return fail(err, SPARKK8S_EINVAL, key, "the value of %s (from %s) is not UTF-8", key, origin);
    return 0;
}

int conf_put(sparkk8s_conf *conf, const char *key, const char *value, const char *origin, sparkk8s_error **err)
{
    AUTO(chars) new_key = NULL;
    AUTO(chars) new_value = NULL;
    AUTO(chars) new_origin = NULL;
    struct conf_entry *at;
    size_t i;
    int rc;

    rc = conf_validate(key, value, origin, err);
    if (rc < 0)
        return rc;
    new_key = text_dup(key);
    new_value = text_dup(value);
    new_origin = text_dup(origin);
    if (!new_key || !new_value || !new_origin)
        return fail_oom(err);

    i = conf_lower_bound(conf, key);
    if (i < conf->count && !strcmp(conf->entries[i].key, key)) {
        rc = conf->remembers ? remember(conf, &conf->entries[i], true, err) : 0;
        if (rc < 0)
            return rc;
        entry_clear(&conf->entries[i]);
    } else {
        rc = grow(&conf->entries, conf->count, &conf->cap, err);
        if (rc < 0)
            return rc;
        memmove(conf->entries + i + 1, conf->entries + i, (conf->count - i) * sizeof(*conf->entries));
        conf->count++;
    }
    at = &conf->entries[i];
    at->key = TAKE(new_key);
    at->value = TAKE(new_value);
    at->origin = TAKE(new_origin);
    return 0;
}

int conf_put_if_absent(sparkk8s_conf *conf, const char *key, const char *value, const char *origin,
                       sparkk8s_error **err)
{
    if (!conf_has(conf, key))
        return conf_put(conf, key, value, origin, err);
    return conf->remembers ? remember_copy(conf, key, value, origin, err) : 0;
}

void conf_remove(sparkk8s_conf *conf, const char *key)
{
    size_t i = conf_lower_bound(conf, key);

    if (i == conf->count || strcmp(conf->entries[i].key, key) != 0)
        return;
    entry_clear(&conf->entries[i]);
    conf->count--;
    memmove(conf->entries + i, conf->entries + i + 1, (conf->count - i) * sizeof(*conf->entries));
}

const struct conf_entry *conf_find(const sparkk8s_conf *conf, const char *key)
{
    size_t i = conf_lower_bound(conf, key);

    return i < conf->count && !strcmp(conf->entries[i].key, key) ? &conf->entries[i] : NULL;
}

bool conf_has(const sparkk8s_conf *conf, const char *key)
{
    return conf_find(conf, key) != NULL;
}

void conf_range(const sparkk8s_conf *conf, const char *prefix, size_t *first, size_t *end)
{
    size_t i = conf_lower_bound(conf, prefix);

    *first = i;
    while (i < conf->count && text_starts(conf->entries[i].key, prefix))
        i++;
    *end = i;
}

int conf_copy(const sparkk8s_conf *conf, sparkk8s_conf **out, sparkk8s_error **err)
{
    AUTO(conf) copy = sparkk8s_conf_new();

    if (!copy)
        return fail_oom(err);
    copy->entries = calloc(conf->count + 1, sizeof(*copy->entries));
    if (!copy->entries)
        return fail_oom(err);
    copy->cap = conf->count + 1;
    for (; copy->count < conf->count; copy->count++) {
        const struct conf_entry *from = &conf->entries[copy->count];
        struct conf_entry *to = &copy->entries[copy->count];

        *to = (struct conf_entry){text_dup(from->key), text_dup(from->value), text_dup(from->origin)};
        if (!to->key || !to->value || !to->origin) {
            entry_clear(to);
            return fail_oom(err);
        }
    }
    *out = TAKE(copy);
    return 0;
}

void conf_swap(sparkk8s_conf *a, sparkk8s_conf *b)
{
    sparkk8s_conf held = *a;

    *a = *b;
    *b = held;
}

int conf_merge_below(sparkk8s_conf *conf, const sparkk8s_conf *lower, sparkk8s_error **err)
{
    size_t i;
    int rc;

    for (i = 0; i < lower->count; i++) {
        const struct conf_entry *entry = &lower->entries[i];

        rc = conf_put_if_absent(conf, entry->key, entry->value, entry->origin, err);
        if (rc < 0)
            return rc;
    }
    for (i = 0; i < lower->beaten_count && conf->remembers; i++) {
        const struct conf_entry *entry = &lower->beaten[i];

        rc = remember_copy(conf, entry->key, entry->value, entry->origin, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

void conf_describe(const sparkk8s_conf *conf, const char *key, struct str *out)
{
    const struct conf_entry *entry = conf_find(conf, key);

    str_add(out, key);
    if (entry && !conf_is_secret(key)) {
        str_addc(out, '=');
        str_addn(out, entry->value, strnlen(entry->value, SHOWN_LIMIT));
        if (strlen(entry->value) > SHOWN_LIMIT)
            str_add(out, "...");
    }
    if (entry)
        str_addf(out, " (from %s)", entry->origin);
}

int conf_refuse(sparkk8s_error **err, const sparkk8s_conf *conf, const char *key, const char *hint,
                const char *format, ...)
{
    AUTO_STR what = STR_INIT(STR_TEXT_LIMIT);
    va_list args;
    int rc;

    conf_describe(conf, key, &what);
    str_add(&what, ": ");
    va_start(args, format);
    str_addv(&what, format, args);
    va_end(args);
    if (what.failed)
        return fail_oom(err);
    rc = fail(err, SPARKK8S_ECONF, key, "%s", what.s);
    error_hint(err, "%s", hint);
    return rc;
}

int conf_blame(sparkk8s_error **err, int rc, const sparkk8s_conf *conf, const char *key, const char *hint)
{
    const struct conf_entry *entry = conf_find(conf, key);

    if (rc == SPARKK8S_ENOMEM || !err)
        return rc;
    if (entry)
        error_add(err, " (%s, from %s)", key, entry->origin);
    if (!*sparkk8s_error_where(*err))               /* an empty path */
        error_place(err, key);
    error_hint_else(err, hint);
    return rc;
}

/* ---- public -------------------------------------------------------------------------------------------------- */

sparkk8s_conf *sparkk8s_conf_new(void)
{
    return calloc(1, sizeof(sparkk8s_conf));
}

void sparkk8s_conf_free(sparkk8s_conf *conf)
{
    size_t i;

    if (!conf)
        return;
    for (i = 0; i < conf->count; i++)
        entry_clear(&conf->entries[i]);
    for (i = 0; i < conf->beaten_count; i++)
        entry_clear(&conf->beaten[i]);
    free(conf->entries);
    free(conf->beaten);
    free(conf);
}

int sparkk8s_conf_set_from(sparkk8s_conf *conf, const char *key, const char *value, const char *origin,
                           sparkk8s_error **err)
{
    if (!conf || !key || !origin)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_conf_set_from", "conf, key and origin must not be NULL");
    if (!text_is_utf8(origin, strlen(origin)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_conf_set_from", "origin is not UTF-8");
    if (value)
        return conf_put(conf, key, value, origin, err);
    conf_remove(conf, key);
    return 0;
}

int sparkk8s_conf_set(sparkk8s_conf *conf, const char *key, const char *value, sparkk8s_error **err)
{
    return sparkk8s_conf_set_from(conf, key, value, api_origin, err);
}

const char *sparkk8s_conf_get(const sparkk8s_conf *conf, const char *key)
{
    const struct conf_entry *entry = conf && key ? conf_find(conf, key) : NULL;

    return entry ? entry->value : NULL;
}

const char *sparkk8s_conf_origin(const sparkk8s_conf *conf, const char *key)
{
    const struct conf_entry *entry = conf && key ? conf_find(conf, key) : NULL;

    return entry ? entry->origin : NULL;
}

size_t sparkk8s_conf_count(const sparkk8s_conf *conf)
{
    return conf ? conf->count : 0;
}

const char *sparkk8s_conf_key(const sparkk8s_conf *conf, size_t index)
{
    return conf && index < conf->count ? conf->entries[index].key : NULL;
}
