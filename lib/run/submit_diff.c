/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an application differs from the one that was submitted under the same key. Names places ("spec.containers[0].
 * image", "spark.properties: spark.executor.memory"), never values: they may be secrets.
 */
#include "submission.h"

#include "conf.h"
#include "properties.h"
#include "text.h"

#define PLACE_LIMIT 4096
#define DEEPEST 64

/* The item of `items` that has the same name as `item`, or the one at the same index if it has none. */
static const json_t *counterpart(const json_t *items, const json_t *item, size_t index)
{
    const char *name = json_text_at(item, "name", NULL), *other;
    size_t i;

    if (!name)
        return json_array_get(items, index);
    for (i = 0; i < json_array_size(items); i++) {
        other = json_text_at(json_array_get(items, i), "name", NULL);
        if (other && !strcmp(other, name))
            return json_array_get(items, i);
    }
    return NULL;
}

/* What a Kubernetes quantity amounts to: "0.5" and "500m" are the same to the server, which stores the second. */
static bool read_quantity(const char *text, double *out)
{
    static const struct {
        const char *suffix;
        double factor;
    } rows[] = {
        { "", 1 }, { "m", 1e-3 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 }, { "T", 1e12 }, { "P", 1e15 }, { "E", 1e18 },
        { "Ki", 0x1p10 }, { "Mi", 0x1p20 }, { "Gi", 0x1p30 }, { "Ti", 0x1p40 }, { "Pi", 0x1p50 }, { "Ei", 0x1p60 },
    };
    size_t len = strspn(text, "0123456789."), i;
    AUTO(chars) number = text_dupn(text, len);

    for (i = 0; number && i < COUNT(rows); i++) {
        if (!strcmp(text + len, rows[i].suffix) && text_to_double(number, out)) {
            *out *= rows[i].factor;
            return true;
        }
    }
    return false;
}

static bool is_same(const json_t *ours, const json_t *theirs)
{
    double mine, other;

    return json_equal(ours, theirs)
        || (json_is_string(ours) && json_is_string(theirs) && read_quantity(json_string_value(ours), &mine)
            && read_quantity(json_string_value(theirs), &other) && mine == other);
}

struct diff {
    struct str place;
    struct strv *places;
    size_t most;
    int depth;
};

static void compare(struct diff *diff, const json_t *ours, const json_t *theirs);

static void compare_objects(struct diff *diff, const json_t *ours, const json_t *theirs)
{
    size_t start = diff->place.len;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)ours, key, value) {
        if (!strcmp(key, ANNOTATION_MANIFEST) || !strcmp(key, "schedulingGates"))
            continue;
        str_addf(&diff->place, "%s%s", start ? "." : "", key);
        compare(diff, value, json_object_get(theirs, key));
        str_truncate(&diff->place, start);
    }
}

static void compare_arrays(struct diff *diff, const json_t *ours, const json_t *theirs)
{
    size_t start = diff->place.len, i;

    for (i = 0; i < json_array_size(ours); i++) {
        const json_t *item = json_array_get(ours, i);
        const char *name = json_text_at(item, "name", NULL);

        if (name)
            str_addf(&diff->place, "[%s]", name);
        else
            str_addf(&diff->place, "[%zu]", i);
        compare(diff, item, counterpart(theirs, item, i));
        str_truncate(&diff->place, start);
    }
}

static void compare(struct diff *diff, const json_t *ours, const json_t *theirs)
{
    if (diff->places->count >= diff->most || diff->depth >= DEEPEST)
        return;
    diff->depth++;
    if (json_is_object(ours) && json_is_object(theirs))
        compare_objects(diff, ours, theirs);
    else if (json_is_array(ours) && json_is_array(theirs))
        compare_arrays(diff, ours, theirs);
    else if (!is_same(ours, theirs))
        strv_add(diff->places, diff->place.s);
    diff->depth--;
}

int diff_objects(const json_t *ours, const json_t *theirs, size_t most, struct strv *places, sparkk8s_error **err)
{
    struct diff diff = { .place = STR_INIT(PLACE_LIMIT), .places = places, .most = most };
    bool failed;

    compare(&diff, ours, theirs);
    failed = diff.place.failed || places->failed;
    str_clear(&diff.place);
    return failed ? fail_oom(err) : 0;
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

/* Keys of `conf` that `other` does not have, or (if `values`) not with that value. */
static void compare_confs(const sparkk8s_conf *conf, const sparkk8s_conf *other, bool values, size_t most,
                          struct strv *places)
{
    size_t i;

    for (i = 0; i < conf->count && places->count < most; i++) {
        const struct conf_entry *entry = &conf->entries[i], *same = conf_find(other, entry->key);

        if (strcmp(entry->key, "spark.app.submitTime") != 0 && (!same || (values && strcmp(same->value, entry->value) != 0)))
            strv_addf(places, "spark.properties: %s", entry->key);
    }
}

static int diff_properties(const json_t *ours, const json_t *theirs, size_t most, struct strv *places,
                           sparkk8s_error **err)
{
    AUTO(conf) mine = NULL;
    AUTO(conf) other = NULL;
    int rc = parse_properties(ours, &mine, err);

    if (rc == 0)
        rc = parse_properties(theirs, &other, err);
    if (rc < 0)
        return rc;
    compare_confs(mine, other, true, most, places);
    compare_confs(other, mine, false, most, places);
    return 0;
}

int diff_data(const json_t *ours, const json_t *theirs, size_t most, struct strv *places, sparkk8s_error **err)
{
    const char *key;
    json_t *value;
    int rc;

    json_object_foreach((json_t *)ours, key, value) {
        const json_t *same = json_object_get(theirs, key);

        if (places->count >= most || json_equal(value, same))
            continue;
        if (!strcmp(key, "spark.properties") && json_is_string(value) && json_is_string(same)) {
            rc = diff_properties(value, same, most, places, err);
            if (rc < 0)
                return rc;
        } else {
            strv_add(places, key);
        }
    }
    return places->failed ? fail_oom(err) : 0;
}
