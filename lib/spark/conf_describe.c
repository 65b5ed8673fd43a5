/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of keys as JSON: for the reference page, for completion, and for whoever explains a key.
 */
#include "conf_describe.h"

#include "conf_table.h"
#include "error.h"
#include "text.h"

static const char *const type_names[] = {
    [CONF_STRING] = "string", [CONF_BOOL] = "bool", [CONF_INT] = "int", [CONF_LONG] = "long", [CONF_DOUBLE] = "double",
    [CONF_BYTES_MIB] = "size-mib", [CONF_BYTES] = "size", [CONF_TIME_S] = "time-s", [CONF_TIME_MS] = "time-ms",
    [CONF_LIST] = "list", [CONF_PREFIX] = "prefix",
};

static const struct {
    unsigned bit;
    const char *name;
} reader_names[] = {
    {READ_SUBMIT, "submission"}, {READ_CLIENT, "connection"}, {READ_DRIVER, "driver"}, {READ_EXECUTOR, "executors"},
    {READ_KILL, "kill"},
};

static json_t *readers_of(const struct conf_row *row)
{
    AUTO(json) names = json_array();
    size_t i;

    for (i = 0; names && i < COUNT(reader_names); i++)
        if ((row->readers & reader_names[i].bit) && json_push(names, json_string(reader_names[i].name)) < 0)
            return NULL;
    return TAKE(names);
}

/* {"3.5": "5", "4.0": "10", ...}, if it is not the same in all lines that know the key. */
static int put_defaults(json_t *into, const struct conf_row *row)
{
    AUTO(json) all = json_object();
    bool differ = false;
    int line;

    if (!all)
        return SPARKK8S_ENOMEM;
    for (line = (int)row->since; line <= (int)row->until; line++) {
        const char *value = conf_default(row, (enum spark_line)line);

        differ = differ || value != row->fallback;
        if (value && json_put_text(all, line_infos[line].name, value) < 0)
            return SPARKK8S_ENOMEM;
    }
    return differ ? json_put(into, "defaults", TAKE(all)) : 0;
}

json_t *conf_row_json(const struct conf_row *row)
{
    AUTO(json) readers = readers_of(row);
    AUTO(json) made = NULL;

    if (!readers)
        return NULL;
    made = json_pack("{s:s, s:s, s:s?, s:s, s:s, s:O, s:b, s:s?, s:s}",
                     "key", row->key,
                     "type", type_names[row->type],
                     "default", row->fallback,
                     "since", line_infos[row->since].name,
                     "until", line_infos[row->until].name,
                     "read_by", readers,
                     "secret", row->secret,
                     "alias", row->alias,
                     "doc", row->doc);
    return made && put_defaults(made, row) == 0 ? TAKE(made) : NULL;
}

int sparkk8s_keys_to_json(const char *prefix, char **out, sparkk8s_error **err)
{
    AUTO(json) rows = json_array();
    size_t i;

    if (!out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_keys_to_json", "out must not be NULL");
    for (i = 0; rows && i < conf_table_count; i++)
        if (text_starts(conf_table[i].key, prefix ? prefix : "") && json_push(rows, conf_row_json(&conf_table[i])) < 0)
            return fail_oom(err);
    return rows ? json_give_text(rows, out, err) : fail_oom(err);
}
