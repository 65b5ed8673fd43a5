/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each property comes from. The answer is taken from a rendering, so that what the submission fills in, replaces or
 * drops needs no list here.
 */
#include "effective.h"

#include "conf_table.h"
#include "error.h"
#include "text.h"

#define SEED "explain"              /* names are made from it: any will do */

void effective_clear(struct effective *effective)
{
    sparkk8s_manifest_free(effective->manifest);
    diff_ids_clear(&effective->ids);
    *effective = (struct effective){0};
}

/* The line that the application is for, or the newest. */
static int find_line(const sparkk8s_app *app, enum spark_line *line, sparkk8s_error **err)
{
    AUTO_STRV warnings = {0};
    AUTO(chars) version = NULL;

    *line = SPARK_LINES - 1;
    return line_choose(app->conf, line, &version, &warnings, NULL) == SPARKK8S_ENOMEM ? fail_oom(err) : 0;
}

int effective_of(const sparkk8s_app *app, struct effective *out, sparkk8s_error **err)
{
    const sparkk8s_render_opts opts = {.size = sizeof(opts), .id_seed = SEED};
    int rc;

    *out = (struct effective){0};
    rc = find_line(app, &out->line, err);
    if (rc < 0)
        return rc;
    rc = sparkk8s_render(app, &opts, &out->manifest, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        return 0;
    out->props = out->manifest->props;
    rc = diff_ids_of(out->manifest, &out->ids, err);
    if (rc < 0)
        effective_clear(out);
    return rc;
}

/* ---- one property -------------------------------------------------------------------------------------------- */

static int add_beaten(json_t *over, const struct conf_entry *entry)
{
    return json_push(over, json_pack("{s:s, s:s}",
                                     "value", conf_shown(entry->key, entry->value),
                                     "origin", entry->origin));
}

/* What the winner has won over, the strongest first. */
static json_t *beaten_of(const sparkk8s_conf *conf, const struct conf_entry *winner, const char *key)
{
    const struct conf_entry *given = conf_find(conf, key);
    AUTO(json) over = json_array();
    size_t i;

    if (!over || (given && winner && strcmp(given->origin, winner->origin) != 0 && add_beaten(over, given) < 0))
        return NULL;
    for (i = 0; i < conf->beaten_count; i++)
        if (!strcmp(conf->beaten[i].key, key) && add_beaten(over, &conf->beaten[i]) < 0)
            return NULL;
    return TAKE(over);
}

/* Who is right about the key: the driver's properties, unless they are as they were set. */
static const struct conf_entry *winner_of(const sparkk8s_app *app, const struct effective *effective, const char *key)
{
    const struct conf_entry *given = conf_find(app->conf, key);
    const struct conf_entry *found = effective->props ? conf_find(effective->props, key) : NULL;

    return found && !(given && !strcmp(found->value, given->value)) ? found : given;
}

/* Of what the submission makes up, only what is the same every time. */
static char *shown_value(const struct diff_ids *ids, const struct conf_entry *entry)
{
    const char *value = conf_shown(entry->key, entry->value);

    return ids->ids.count ? diff_ids_hide(ids, value, "<id>") : text_dup(value);
}

json_t *effective_entry(const sparkk8s_app *app, const struct effective *effective, const char *key)
{
    const struct conf_entry *winner = winner_of(app, effective, key);
    const struct diff_ids none = {0}, *ids = winner == conf_find(app->conf, key) ? &none : &effective->ids;
    AUTO(chars) value = winner ? shown_value(ids, winner) : NULL;
    AUTO(json) over = beaten_of(app->conf, winner, key);
    AUTO(json) made = NULL;

    if ((winner && !value) || !over)
        return NULL;
    made = json_pack("{s:s, s:s?, s:s?, s:O}",
                     "key", key,
                     "value", value,
                     "origin", winner ? winner->origin : NULL,
                     "over", over);
    if (!made || (effective->props && winner && !conf_has(effective->props, key) && json_put(made, "ignored", json_true()) < 0))
        return NULL;
    return TAKE(made);
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

static int add_set(const sparkk8s_app *app, const struct effective *effective, json_t *rows, sparkk8s_error **err)
{
    const sparkk8s_conf *first = effective->props ? effective->props : app->conf;
    size_t i, k = 0;

    /* Two sorted lists, as one. */
    for (i = 0; i < first->count || k < app->conf->count;) {
        const char *key = i < first->count ? first->entries[i].key : NULL;
        const char *given = k < app->conf->count ? app->conf->entries[k].key : NULL;
        int order = !key ? 1 : !given ? -1 : strcmp(key, given);

        if (json_push(rows, effective_entry(app, effective, order <= 0 ? key : given)) < 0)
            return fail_oom(err);
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

static bool is_set(const sparkk8s_app *app, const struct effective *effective, const char *key)
{
    return key && (conf_has(app->conf, key) || (effective->props && conf_has(effective->props, key)));
}

static int add_defaults(const sparkk8s_app *app, const struct effective *effective, json_t *rows, sparkk8s_error **err)
{
    size_t i;

    for (i = 0; i < conf_table_count; i++) {
        const struct conf_row *row = &conf_table[i];
        const char *value = conf_default(row, effective->line);

        if (!value || effective->line < row->since || effective->line > row->until || is_set(app, effective, row->key)
            || is_set(app, effective, row->alias))
            continue;
        if (json_push(rows, json_pack("{s:s, s:s, s:s, s:[]}",
                                      "key", row->key,
                                      "value", value,
                                      "origin", "default",
                                      "over")) < 0)
            return fail_oom(err);
    }
    return 0;
}

int sparkk8s_app_conf_to_json(const sparkk8s_app *app, int flags, char **out, sparkk8s_error **err)
{
    struct effective effective;
    AUTO(json) rows = json_array();
    int rc;

    if (!app || !out || (flags & ~SPARKK8S_CONF_DEFAULTS))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_conf_to_json", "app and out must not be NULL, flags must be known");
    rc = rows ? effective_of(app, &effective, err) : fail_oom(err);
    if (rc < 0)
        return rc;
    rc = add_set(app, &effective, rows, err);
    if (rc == 0 && (flags & SPARKK8S_CONF_DEFAULTS))
        rc = add_defaults(app, &effective, rows, err);
    effective_clear(&effective);
    return rc < 0 ? rc : json_give_text(rows, out, err);
}
