/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing objects. It knows three things of Kubernetes and Spark: by which member the items of a list are told apart,
 * that spark.properties is a text of properties, and what the ids in names look like (ids.c).
 */
#include "objdiff.h"

#include "conf.h"
#include "error.h"
#include "properties.h"
#include "str.h"
#include "text.h"

#define PLACE_LIMIT ((size_t)1 << 16)
#define DEEPEST 64
#define ID_LENGTH 16                /* of ids_unique() */
#define UUID_LENGTH 36
#define APP_DIGITS 32               /* of ids_app(), after "spark-" */

/* ---- ids ----------------------------------------------------------------------------------------------------- */

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

int diff_ids_add(struct diff_ids *ids, const char *id, sparkk8s_error **err)
{
    if (id && *id)
        strv_add(&ids->ids, id);
    return ids->ids.failed ? fail_oom(err) : 0;
}

int diff_ids_add_name(struct diff_ids *ids, const char *name, sparkk8s_error **err)
{
    AUTO_STRV words = {0};
    size_t i;

    strv_split(&words, name ? name : "", '-');
    if (words.failed)
        return fail_oom(err);
    for (i = words.count; i > 0; i--)
        if (strlen(words.v[i - 1]) == ID_LENGTH && is_hex(words.v[i - 1], ID_LENGTH))
            return diff_ids_add(ids, words.v[i - 1], err);
    return 0;
}

void diff_ids_clear(struct diff_ids *ids)
{
    strv_clear(&ids->ids);
}

static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i;

    for (i = 0; i < UUID_LENGTH; i++)
        if (form[i] == '-' ? text[i] != '-' : !is_hex(text + i, 1))
            return false;
    return true;
}

static bool follows(const char *start, const char *at, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(at - start) >= len && !strncmp(at - len, word, len);
}

/* Length of what is random at `at`, in the text from `start` on; 0: nothing. */
static size_t random_length(const struct diff_ids *ids, const char *start, const char *at)
{
    size_t i;

    for (i = 0; i < ids->ids.count; i++)
        if (text_starts(at, ids->ids.v[i]))
            return strlen(ids->ids.v[i]);
    if (!is_hex(at, 1) || (!follows(start, at, "spark-") && !follows(start, at, "upload-")))
        return 0;
    if (is_uuid(at))                /* "/var/data/spark-<uuid>", "spark-upload-<uuid>" */
        return UUID_LENGTH;
    return is_hex(at, APP_DIGITS) && !is_hex(at + APP_DIGITS, 1) ? APP_DIGITS : 0;      /* of another application */
}

char *diff_ids_hide(const struct diff_ids *ids, const char *text, const char *instead)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *at = text;

    while (*at) {
        size_t len = random_length(ids, text, at);

        if (len)
            str_add(&out, instead);
        else
            str_addc(&out, *at);
        at += len ? len : 1;
    }
    return out.len || out.failed ? str_take(&out) : text_dup("");
}

int diff_is_same_text(const struct diff_rules *rules, const char *left, const char *right, bool *same, sparkk8s_error **err)
{
    AUTO(chars) mine = NULL;
    AUTO(chars) other = NULL;

    *same = !strcmp(left, right);
    if (*same || !rules->left || !rules->right)
        return 0;
    mine = diff_ids_hide(rules->left, left, "\x01");        /* no text of an object has this character */
    other = diff_ids_hide(rules->right, right, "\x01");
    if (!mine || !other)
        return fail_oom(err);
    *same = !strcmp(mine, other);
    return 0;
}

/* ---- the walk ------------------------------------------------------------------------------------------------ */

struct diff {
    const struct diff_rules *rules;
    struct str place;
    int depth;
    bool ended;                     /* no more are wanted */
    sparkk8s_error **err;
};

static int compare(struct diff *diff, const json_t *left, const json_t *right);

static int tell(struct diff *diff, const json_t *left, const json_t *right)
{
    if (diff->place.failed)
        return fail_oom(diff->err);
    diff->ended = !diff->rules->found(diff->rules->owner, diff->place.s, left, right);
    return 0;
}

static int compare_at(struct diff *diff, const char *key, const json_t *left, const json_t *right)
{
    size_t start = diff->place.len;
    int rc;

    str_addf(&diff->place, "%s%s", start ? "." : "", key);
    rc = diff->place.failed ? fail_oom(diff->err) : compare(diff, left, right);
    str_truncate(&diff->place, start);
    return rc;
}

static int compare_members(struct diff *diff, const json_t *left, const json_t *right)
{
    const char *key;
    json_t *value;
    int rc = 0;

    json_object_foreach((json_t *)left, key, value) {
        if (rc < 0 || diff->ended)
            return rc;
        rc = compare_at(diff, key, value, json_object_get(right, key));
    }
    json_object_foreach((json_t *)right, key, value) {
        if (rc < 0 || diff->ended)
            return rc;
        if (!json_object_get(left, key))
            rc = compare_at(diff, key, NULL, value);
    }
    return rc;
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

/* What tells the items of the list at this place apart. */
static const char *list_key(const char *place)
{
    static const struct {
        const char *list, *key;
    } rows[] = {
        {"volumeMounts", "mountPath"}, {"volumeDevices", "devicePath"}, {"tolerations", "key"}, {"ownerReferences", "uid"},
    };
    const char *dot = strrchr(place, '.');
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        if (!strcmp(dot ? dot + 1 : place, rows[i].list))
            return rows[i].key;
    return "name";
}

static bool all_have(const json_t *items, const char *key)
{
    size_t i;

    for (i = 0; i < json_array_size(items); i++)
        if (!json_text_at(json_array_get(items, i), key, NULL))
            return false;
    return true;
}

/* The item of `items` that goes with `name`, of those not taken yet; SIZE_MAX if there is none. */
static int find_item(const struct diff *diff, const json_t *items, const char *key, const char *name, const char *taken,
                     size_t *found)
{
    size_t i;
    bool same;
    int rc;

    *found = SIZE_MAX;
    for (i = 0; i < json_array_size(items); i++) {
        if (taken[i])
            continue;
        rc = diff_is_same_text(diff->rules, name, json_text_at(json_array_get(items, i), key, NULL), &same, diff->err);
        if (rc < 0)
            return rc;
        if (same) {
            *found = i;
            return 0;
        }
    }
    return 0;
}

static int compare_item(struct diff *diff, const char *name, const json_t *left, const json_t *right)
{
    size_t start = diff->place.len;
    int rc;

    str_addf(&diff->place, "[%s]", name);
    rc = diff->place.failed ? fail_oom(diff->err) : compare(diff, left, right);
    str_truncate(&diff->place, start);
    return rc;
}

static int compare_named(struct diff *diff, const char *key, const json_t *left, const json_t *right)
{
    size_t count = json_array_size(right), i, at;
    AUTO(chars) taken = calloc(count + 1, 1);
    int rc = 0;

    if (!taken)
        return fail_oom(diff->err);
    for (i = 0; i < json_array_size(left) && rc == 0 && !diff->ended; i++) {
        const json_t *item = json_array_get(left, i);
        const char *name = json_text_at(item, key, NULL);

        rc = find_item(diff, right, key, name, taken, &at);
        if (rc == 0 && at != SIZE_MAX)
            taken[at] = 1;
        if (rc == 0)
            rc = compare_item(diff, name, item, at == SIZE_MAX ? NULL : json_array_get(right, at));
    }
    for (i = 0; i < count && rc == 0 && !diff->ended; i++)
        if (!taken[i])
            rc = compare_item(diff, json_text_at(json_array_get(right, i), key, NULL), NULL, json_array_get(right, i));
    return rc;
}

static int compare_arrays(struct diff *diff, const json_t *left, const json_t *right)
{
    const char *key = list_key(diff->place.s);
    size_t count = json_array_size(left), i;
    char index[24];
    int rc = 0;

    if (all_have(left, key) && all_have(right, key))
        return compare_named(diff, key, left, right);
    if (count != json_array_size(right))
        return tell(diff, left, right);
    for (i = 0; i < count && rc == 0 && !diff->ended; i++) {
        snprintf(index, sizeof(index), "%zu", i);
        rc = compare_item(diff, index, json_array_get(left, i), json_array_get(right, i));
    }
    return rc;
}

/* ---- spark.properties ---------------------------------------------------------------------------------------- */

static int parse_properties(const json_t *text, sparkk8s_conf **out, sparkk8s_error **err)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    int rc;

    if (!conf)
        return fail_oom(err);
    rc = properties_parse(conf, json_string_value(text), json_string_length(text), "spark.properties", err);
    if (rc < 0)
        return rc;
    *out = TAKE(conf);
    return 0;
}

static int compare_property(struct diff *diff, const char *key, const char *left, const char *right)
{
    AUTO_STR place = STR_INIT(PLACE_LIMIT);
    AUTO(json) mine = left ? json_string(left) : NULL;
    AUTO(json) other = right ? json_string(right) : NULL;
    bool same = false;
    int rc;

    str_addf(&place, DIFF_PROPERTIES "%s", key);
    if (place.failed || (left && !mine) || (right && !other))
        return fail_oom(diff->err);
    if (left && right) {
        rc = diff_is_same_text(diff->rules, left, right, &same, diff->err);
        if (rc < 0 || same)
            return rc;
    }
    diff->ended = !diff->rules->found(diff->rules->owner, place.s, mine, other);
    return 0;
}

static int compare_properties(struct diff *diff, const json_t *left, const json_t *right)
{
    AUTO(conf) mine = NULL;
    AUTO(conf) other = NULL;
    size_t i;
    int rc;

    rc = parse_properties(left, &mine, diff->err);
    if (rc == 0)
        rc = parse_properties(right, &other, diff->err);
    for (i = 0; rc == 0 && i < mine->count && !diff->ended; i++) {
        const char *key = mine->entries[i].key;

        if (strcmp(key, "spark.app.submitTime") != 0)
            rc = compare_property(diff, key, mine->entries[i].value, sparkk8s_conf_get(other, key));
    }
    for (i = 0; rc == 0 && i < other->count && !diff->ended; i++) {
        const char *key = other->entries[i].key;

        if (strcmp(key, "spark.app.submitTime") != 0 && !conf_has(mine, key))
            rc = compare_property(diff, key, NULL, other->entries[i].value);
    }
    return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

/* Whether nothing of what only one side has there counts. */
static bool is_skipped(struct diff *diff, const json_t *left, const json_t *right)
{
    const json_t *value = left ? left : right;
    size_t start = diff->place.len;
    const char *key;
    json_t *member;
    bool skipped = true;

    if (!diff->rules->skip)
        return false;
    if (diff->rules->skip(diff->place.s, left, right))
        return true;
    if (!json_is_object(value) || !json_object_size(value) || diff->depth >= DEEPEST)
        return false;
    diff->depth++;
    json_object_foreach((json_t *)value, key, member) {
        str_addf(&diff->place, "%s%s", start ? "." : "", key);
        skipped = skipped && is_skipped(diff, left ? member : NULL, left ? NULL : member);
        str_truncate(&diff->place, start);
    }
    diff->depth--;
    return skipped;
}

/* Of an object that one side has alone: whether a part of it does not count. */
static bool is_partly_skipped(struct diff *diff, const json_t *left, const json_t *right)
{
    size_t start = diff->place.len;
    const char *key;
    json_t *member;
    bool skipped = false;

    json_object_foreach((json_t *)(left ? left : right), key, member) {
        str_addf(&diff->place, "%s%s", start ? "." : "", key);
        skipped = skipped || is_skipped(diff, left ? member : NULL, left ? NULL : member);
        str_truncate(&diff->place, start);
    }
    return skipped;
}

static int compare_one(struct diff *diff, const json_t *left, const json_t *right)
{
    const json_t *value = left ? left : right;

    if (is_skipped(diff, left, right))
        return 0;
    if (json_is_object(value) && is_partly_skipped(diff, left, right))
        return compare_members(diff, left, right);
    if (json_array_size(value) && all_have(value, list_key(diff->place.s)))
        return compare_named(diff, list_key(diff->place.s), left, right);
    return tell(diff, left, right);
}

static int compare_both(struct diff *diff, const json_t *left, const json_t *right)
{
    bool same = false;
    int rc = 0;

    if (diff->rules->skip && diff->rules->skip(diff->place.s, left, right))
        return 0;
    if (json_is_object(left) && json_is_object(right))
        return compare_members(diff, left, right);
    if (json_is_array(left) && json_is_array(right))
        return compare_arrays(diff, left, right);
    if (json_is_string(left) && json_is_string(right)) {
        if (!strcmp(diff->place.s, "data.spark.properties"))
            return compare_properties(diff, left, right);
        rc = diff_is_same_text(diff->rules, json_string_value(left), json_string_value(right), &same, diff->err);
    }
    return rc < 0 || same ? rc : tell(diff, left, right);
}

static int compare(struct diff *diff, const json_t *left, const json_t *right)
{
    int rc;

    if (left && right && json_equal(left, right))
        return 0;
    if (diff->depth >= DEEPEST)
        return tell(diff, left, right);
    diff->depth++;
    rc = left && right ? compare_both(diff, left, right) : compare_one(diff, left, right);
    diff->depth--;
    return rc;
}

int diff_objects(const struct diff_rules *rules, const json_t *left, const json_t *right, sparkk8s_error **err)
{
    struct diff diff = {.rules = rules, .place = STR_INIT(PLACE_LIMIT), .err = err};
    int rc = compare(&diff, left, right);

    str_clear(&diff.place);
    return rc;
}
