/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one key does to an application. Nothing is looked up in a list: the application is rendered with the key and
 * without it, with the same ids, and the objects are compared. The step that uses the key is the one after which a
 * difference is there for the first time.
 *
 * A key that is not set has no effects; nor has one without which nothing can be rendered, which is said instead.
 */
#include "conf_describe.h"
#include "conf_table.h"
#include "effective.h"
#include "error.h"
#include "stages.h"
#include "text.h"
#include "value.h"

#define STAND_IN "Main"             /* of an application that has neither class nor resource */

/* ---- effects ------------------------------------------------------------------------------------------------- */

/* The same place, or one around it, of an object of the same kind: what has another name in the end may have had none
 * before. */
static bool is_same_place(const json_t *row, const json_t *wanted)
{
    const char *object = json_text_at(row, "object", NULL), *path = json_text_at(row, "path", NULL);
    const char *whole = json_text_at(wanted, "path", NULL);
    size_t kind = strcspn(object, "/"), len = strlen(path);

    return !strncmp(object, json_text_at(wanted, "object", NULL), kind + 1) && text_starts(whole, path)
        && (!len || !whole[len] || whole[len] == '.' || whole[len] == '[');
}

static bool has_place(const json_t *rows, const json_t *wanted)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (is_same_place(row, wanted))
            return true;
    return false;
}

static bool has_stage(const struct stages *stages, size_t from, const char *name)
{
    size_t i;

    for (i = from; i < stages->count; i++)
        if (!strcmp(stages->names[i], name))
            return true;
    return false;
}

static int name_step(json_t *effects, const char *step, const sparkk8s_manifest *without, const sparkk8s_manifest *with,
                     sparkk8s_error **err)
{
    AUTO(json) rows = NULL;
    json_t *effect;
    size_t i;
    int rc = manifest_diff(without, with, &rows, err);

    if (rc < 0)
        return rc;
    json_array_foreach(effects, i, effect)
        if (!json_object_get(effect, "step") && has_place(rows, effect) && json_put_text(effect, "step", step) < 0)
            return fail_oom(err);
    return 0;
}

/* Each effect gets the name of the step after which it is there for the first time. Both went through the same steps, but
 * for those that the key itself excludes: then the one side stands still. */
static int name_steps(json_t *effects, const struct stages *without, const struct stages *with, sparkk8s_error **err)
{
    size_t i = 0, k = 0;
    int rc = 0;

    while (rc == 0 && (i < without->count || k < with->count)) {
        bool alone = k == with->count || (i < without->count && !has_stage(with, k, without->names[i]));
        bool both = !alone && i < without->count && !strcmp(without->names[i], with->names[k]);
        const char *step = alone ? without->names[i] : with->names[k];

        i += alone || both;
        k += !alone;
        if (i && k)
            rc = name_step(effects, step, without->shots[i - 1], with->shots[k - 1], err);
    }
    return rc;
}

/* A copy with "<id>" for what is another one in each submission; NULL if out of memory. */
static json_t *without_ids(const json_t *value, const struct diff_ids *ids)
{
    AUTO(json) copy = json_is_object(value) ? json_object() : json_array();
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value)) {
        AUTO(chars) text = diff_ids_hide(ids, json_string_value(value), "<id>");

        return text ? json_string(text) : NULL;
    }
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref((json_t *)value);
    json_object_foreach((json_t *)value, key, member)
        if (!copy || json_put(copy, key, without_ids(member, ids)) < 0)
            return NULL;
    json_array_foreach(value, i, member)
        if (!copy || json_push(copy, without_ids(member, ids)) < 0)
            return NULL;
    return TAKE(copy);
}

/* Adds to `effects`; nothing if one of both has no such pod. */
static int find_effects(const struct stages *without, const struct stages *with, json_t *effects, sparkk8s_error **err)
{
    struct diff_ids ids = {0};
    AUTO(json) rows = NULL;
    AUTO(json) shown = NULL;
    const sparkk8s_manifest *last;
    int rc;

    if (!without->count || !with->count)
        return 0;
    last = with->shots[with->count - 1];
    rc = manifest_diff(without->shots[without->count - 1], last, &rows, err);
    if (rc == 0)
        rc = name_steps(rows, without, with, err);
    if (rc == 0)
        rc = diff_ids_of(last, &ids, err);
    shown = rc == 0 ? without_ids(rows, &ids) : NULL;
    diff_ids_clear(&ids);
    if (rc == 0 && (!shown || json_array_extend(effects, shown) < 0))
        rc = fail_oom(err);
    return rc;
}

/* ---- with the key and without -------------------------------------------------------------------------------- */

static int put_error(json_t *into, const char *member, const sparkk8s_error *error, sparkk8s_error **err)
{
    return json_put_text(into, member, sparkk8s_error_message(error)) < 0 ? fail_oom(err) : 0;
}

/* A copy that shares all but the conf; what nobody has given is filled in, so that keys can be looked at alone. */
static sparkk8s_app stand_in_for(const sparkk8s_app *app, sparkk8s_conf *conf, char *class)
{
    sparkk8s_app copy = *app;

    copy.conf = conf;
    if (!copy.main_class && (!copy.resource || !strcmp(copy.resource, "spark-internal")))
        copy.main_class = class;
    return copy;
}

/* One that ends with a dot: all that begin with it. */
static void remove_key(sparkk8s_conf *conf, const char *key, const struct conf_row *row)
{
    size_t first, end;

    if (text_ends(key, ".")) {
        conf_range(conf, key, &first, &end);
        for (; end > first; end--)
            conf_remove(conf, conf->entries[end - 1].key);
    }
    conf_remove(conf, key);
    if (row && row->alias && !strcmp(row->key, key))
        conf_remove(conf, row->alias);
}

/* The application with the key, and without it. */
struct sides {
    struct stages driver[2], executor[2];
};

static int compare_sides(const struct sides *sides, json_t *into, sparkk8s_error **err)
{
    AUTO(json) effects = json_array();
    int rc;

    if (!effects)
        return fail_oom(err);
    rc = find_effects(&sides->driver[0], &sides->driver[1], effects, err);
    if (rc == 0)
        rc = find_effects(&sides->executor[0], &sides->executor[1], effects, err);
    return rc == 0 && json_put(into, "effects", json_incref(effects)) < 0 ? fail_oom(err) : rc;
}

/* Renders one side; that it cannot be is told as `member`, and *told is set. */
static int render_side(const sparkk8s_app *app, sparkk8s_conf *conf, struct sides *sides, int side, const char *member,
                       json_t *into, bool *told, sparkk8s_error **err)
{
    char class[] = STAND_IN;
    sparkk8s_app here = stand_in_for(app, conf, class);
    AUTO(error) error = NULL;
    int rc = stages_render(&here, &sides->driver[side], &sides->executor[side], &error);

    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    *told = rc < 0;
    return rc < 0 ? put_error(into, member, error, err) : 0;
}

static int put_effects(const sparkk8s_app *app, const char *key, const struct conf_row *row, json_t *into, sparkk8s_error **err)
{
    AUTO(conf) fewer = NULL;
    struct sides sides = {0};
    bool told = false;
    size_t i;
    int rc;

    rc = conf_copy(app->conf, &fewer, err);
    if (rc < 0)
        return rc;
    remove_key(fewer, key, row);
    rc = render_side(app, app->conf, &sides, 1, "error", into, &told, err);
    if (rc == 0 && !told && fewer->count < app->conf->count) {
        rc = render_side(app, fewer, &sides, 0, "without", into, &told, err);
        if (rc == 0 && !told)
            rc = compare_sides(&sides, into, err);
    }
    for (i = 0; i < 2; i++) {
        stages_clear(&sides.driver[i]);
        stages_clear(&sides.executor[i]);
    }
    return rc;
}

/* ---- its value ----------------------------------------------------------------------------------------------- */

/* What a typed read of what the user gave gives: references resolved, but for those to secrets. */
static int put_resolved(const sparkk8s_app *app, const struct effective *effective, const char *key, json_t *into,
                        sparkk8s_error **err)
{
    const sparkk8s_conf *conf = effective->props ? effective->props : app->conf;
    AUTO(conf) open = NULL;
    AUTO(chars) text = NULL;
    AUTO(error) error = NULL;
    size_t i;
    int rc;

    if (!conf_has(conf, key) || !conf_has(app->conf, key))
        return 0;
    rc = conf_copy(conf, &open, err);
    for (i = 0; rc == 0 && i < open->count; i++) {
        const struct conf_entry *entry = &open->entries[i];

        if (conf_shown(entry->key, entry->value) != entry->value)
            rc = conf_put(open, entry->key, CONF_REDACTED, "explain", err);
    }
    if (rc < 0)
        return rc;
    rc = read_text(&(struct reader){open, &app->env}, key, &text, &error);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return put_error(into, "error", error, err);
    return json_put_text(into, "resolved", text) < 0 ? fail_oom(err) : 0;
}

static int put_default(const struct conf_row *row, enum spark_line line, json_t *into, sparkk8s_error **err)
{
    const char *value = line >= row->since && line <= row->until ? conf_default(row, line) : NULL;

    return value && json_put_text(into, "default", value) < 0 ? fail_oom(err) : 0;
}

static int put_value(const sparkk8s_app *app, const char *key, const struct conf_row *row, json_t **out, sparkk8s_error **err)
{
    struct effective effective;
    char class[] = STAND_IN;
    sparkk8s_app here = stand_in_for(app, app->conf, class);
    json_t *made;
    int rc;

    rc = effective_of(&here, &effective, err);
    if (rc < 0)
        return rc;
    made = effective_entry(app, &effective, key);
    if (!made || json_put_text(made, "line", line_infos[effective.line].name) < 0
        || json_put(made, "known", row ? conf_row_json(row) : json_null()) < 0)
        rc = fail_oom(err);
    if (rc == 0 && row && row->type != CONF_PREFIX)
        rc = put_resolved(app, &effective, key, made, err);
    if (rc == 0 && row)
        rc = put_default(row, effective.line, made, err);
    effective_clear(&effective);
    if (rc < 0)
        json_decref(made);
    else
        *out = made;
    return rc;
}

int sparkk8s_app_explain(const sparkk8s_app *app, const char *key, char **out, sparkk8s_error **err)
{
    const struct conf_row *row;
    AUTO(json) made = NULL;
    int rc;

    if (!app || !key || !*key || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_explain", "app, key and out must not be NULL or empty");
    if (!text_is_utf8(key, strlen(key)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_explain", "key is not UTF-8");
    row = conf_row_or_alias(key);
    rc = put_value(app, key, row, &made, err);
    if (rc == 0)
        rc = put_effects(app, key, row, made, err);
    return rc < 0 ? rc : json_give_text(made, out, err);
}
