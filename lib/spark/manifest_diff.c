/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two manifests, object by object. Objects go together by kind and name (but for ids), and what is left over by kind
 * alone: another name of the application is a difference of names, not of all that has that name.
 */
#include "manifest_diff.h"

#include "conf_table.h"
#include "error.h"
#include "str.h"
#include "text.h"

int diff_ids_of(const sparkk8s_manifest *manifest, struct diff_ids *ids, sparkk8s_error **err)
{
    size_t i;
    int rc;

    rc = diff_ids_add(ids, manifest->app_id, err);
    for (i = 0; i < manifest->count && rc == 0; i++)
        rc = diff_ids_add_name(ids, sparkk8s_manifest_name(manifest, i), err);
    return rc;
}

/* ---- the report ---------------------------------------------------------------------------------------------- */

int diff_report_begin(struct diff_report *report, sparkk8s_error **err)
{
    report->rows = json_array();
    return report->rows ? 0 : fail_oom(err);
}

void diff_report_clear(struct diff_report *report)
{
    json_decref(report->rows);
    report->rows = NULL;
}

/* The name by which Spark would tell whether the value at this place is a secret: of a property or a variable. */
static const char *name_at(const char *place)
{
    const char *env = strstr(place, ".env[");

    if (text_starts(place, DIFF_PROPERTIES))
        return place + strlen(DIFF_PROPERTIES);
    return env && text_ends(place, ".value") ? env : NULL;
}

/* Within a value: what variables hold, and a whole text of properties. */
static int hide_secrets(json_t *value)
{
    const char *name = json_text_at(value, "name", NULL), *text = json_text_at(value, "value", NULL), *key;
    json_t *member;
    size_t i;
    int rc = 0;

    if (name && text)
        rc = json_put_text(value, "value", conf_shown(name, text));
    if (rc == 0 && json_text_at(value, "spark.properties", NULL))
        rc = json_put_text(value, "spark.properties", CONF_REDACTED);
    json_object_foreach(value, key, member)
        rc = rc == 0 ? hide_secrets(member) : rc;
    json_array_foreach(value, i, member)
        rc = rc == 0 ? hide_secrets(member) : rc;
    return rc;
}

static json_t *hidden(const json_t *value, bool secret)
{
    AUTO(json) copy = json_clone(value);

    if (!copy || hide_secrets(copy) < 0)
        return NULL;
    if (secret && json_object_get(copy, "data") && json_put_text(copy, "data", CONF_REDACTED) < 0)
        return NULL;
    if (secret && json_object_get(copy, "stringData") && json_put_text(copy, "stringData", CONF_REDACTED) < 0)
        return NULL;
    return TAKE(copy);
}

static json_t *shown(const struct diff_report *report, const char *place, const json_t *value)
{
    const char *name = name_at(place), *text = json_string_value(value);

    if (report->secret && (text_starts(place, "data") || text_starts(place, "stringData")))
        return json_string(CONF_REDACTED);
    return name && text ? json_string(conf_shown(name, text)) : hidden(value, report->secret && !*place);
}

bool diff_report_add(void *owner, const char *place, const json_t *left, const json_t *right)
{
    struct diff_report *report = owner;
    AUTO(json) row = json_pack("{s:s, s:s}", "object", report->object, "path", place);

    report->failed = report->failed || !row
        || (left && json_put(row, "left", shown(report, place, left)) < 0)
        || (right && json_put(row, "right", shown(report, place, right)) < 0)
        || json_push(report->rows, json_incref(row)) < 0;
    return !report->failed;
}

int diff_report_objects(struct diff_report *report, const struct diff_rules *rules, const json_t *left, const json_t *right,
                        sparkk8s_error **err)
{
    const json_t *named = left ? left : right;
    const char *kind = json_text_at(named, "kind", NULL), *name = json_text_at(named, "metadata", "name", NULL);
    AUTO_STR object = STR_INIT(STR_TEXT_LIMIT);
    int rc = 0;

    str_addf(&object, "%s/%s", kind ? kind : "", name ? name : "");
    if (object.failed)
        return fail_oom(err);
    report->object = object.s;
    report->secret = kind && !strcmp(kind, "Secret");
    if (left && right)
        rc = diff_objects(rules, left, right, err);
    else
        diff_report_add(report, "", left, right);
    return rc == 0 && report->failed ? fail_oom(err) : rc;
}

int diff_report_end(struct diff_report *report, char **out, sparkk8s_error **err)
{
    return json_give_text(report->rows, out, err);
}

/* ---- two manifests ------------------------------------------------------------------------------------------- */

struct pairing {
    const sparkk8s_manifest *left, *right;
    const struct diff_rules *rules;
    size_t *partner;                /* of each object of the left, in the right; SIZE_MAX: none */
    char *taken;                    /* objects of the right */
};

static const char *kind_of(const sparkk8s_manifest *manifest, size_t i)
{
    const char *kind = sparkk8s_manifest_kind(manifest, i);

    return kind ? kind : "";
}

static int is_pair(const struct pairing *pairing, size_t left, size_t right, bool by_name, bool *pair, sparkk8s_error **err)
{
    const char *mine = sparkk8s_manifest_name(pairing->left, left), *other = sparkk8s_manifest_name(pairing->right, right);

    *pair = !pairing->taken[right] && !strcmp(kind_of(pairing->left, left), kind_of(pairing->right, right));
    if (!*pair || !by_name)
        return 0;
    return diff_is_same_text(pairing->rules, mine ? mine : "", other ? other : "", pair, err);
}

static int pair_up(struct pairing *pairing, bool by_name, sparkk8s_error **err)
{
    size_t i, k;
    bool pair;
    int rc;

    for (i = 0; i < pairing->left->count; i++)
        for (k = 0; k < pairing->right->count && pairing->partner[i] == SIZE_MAX; k++) {
            rc = is_pair(pairing, i, k, by_name, &pair, err);
            if (rc < 0)
                return rc;
            if (pair) {
                pairing->partner[i] = k;
                pairing->taken[k] = 1;
            }
        }
    return 0;
}

static int compare_pairs(const struct pairing *pairing, struct diff_report *report, sparkk8s_error **err)
{
    size_t i, at;
    int rc = 0;

    for (i = 0; i < pairing->left->count && rc == 0; i++) {
        at = pairing->partner[i];
        rc = diff_report_objects(report, pairing->rules, pairing->left->items[i].object,
                                 at == SIZE_MAX ? NULL : pairing->right->items[at].object, err);
    }
    for (i = 0; i < pairing->right->count && rc == 0; i++)
        if (!pairing->taken[i])
            rc = diff_report_objects(report, pairing->rules, NULL, pairing->right->items[i].object, err);
    return rc;
}

static int compare_manifests(struct pairing *pairing, struct diff_report *report, sparkk8s_error **err)
{
    size_t i;
    int rc;

    pairing->partner = calloc(pairing->left->count + 1, sizeof(*pairing->partner));
    pairing->taken = calloc(pairing->right->count + 1, 1);
    if (!pairing->partner || !pairing->taken)
        return fail_oom(err);
    for (i = 0; i < pairing->left->count; i++)
        pairing->partner[i] = SIZE_MAX;
    rc = pair_up(pairing, true, err);
    if (rc == 0)
        rc = pair_up(pairing, false, err);
    return rc < 0 ? rc : compare_pairs(pairing, report, err);
}

static int manifests_compare(const sparkk8s_manifest *left, const sparkk8s_manifest *right, struct diff_report *report,
                             sparkk8s_error **err)
{
    struct diff_ids left_ids = {0}, right_ids = {0};
    struct diff_rules rules = {.left = &left_ids, .right = &right_ids, .found = diff_report_add, .owner = report};
    struct pairing pairing = {.left = left, .right = right, .rules = &rules};
    int rc;

    rc = diff_ids_of(left, &left_ids, err);
    if (rc == 0)
        rc = diff_ids_of(right, &right_ids, err);
    if (rc == 0)
        rc = compare_manifests(&pairing, report, err);
    diff_ids_clear(&left_ids);
    diff_ids_clear(&right_ids);
    free(pairing.partner);
    free(pairing.taken);
    return rc;
}

int manifest_diff(const sparkk8s_manifest *left, const sparkk8s_manifest *right, json_t **rows, sparkk8s_error **err)
{
    struct diff_report report = {0};
    int rc;

    rc = diff_report_begin(&report, err);
    if (rc == 0)
        rc = manifests_compare(left, right, &report, err);
    if (rc == 0)
        *rows = TAKE(report.rows);
    diff_report_clear(&report);
    return rc;
}

int sparkk8s_manifest_diff(const sparkk8s_manifest *left, const sparkk8s_manifest *right, char **out, sparkk8s_error **err)
{
    AUTO(json) rows = NULL;
    int rc;

    if (!left || !right || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_manifest_diff", "left, right and out must not be NULL");
    rc = manifest_diff(left, right, &rows, err);
    return rc < 0 ? rc : json_give_text(rows, out, err);
}
