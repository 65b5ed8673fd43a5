/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of keys and what is decided from it alone. Mirrors org.apache.spark.deploy.k8s.Config and those entries of
 * org.apache.spark.internal.config that the submission reads. Values are not looked at here: Spark checks a value
 * where it reads it (value.c).
 */
#include "conf_table.h"

#include "error.h"
#include "strv.h"
#include "text.h"

#define DRIVER READ_DRIVER
#define EXECUTOR READ_EXECUTOR
#define SUBMIT READ_SUBMIT
#define CLIENT READ_CLIENT
#define KILL READ_KILL

const struct conf_row conf_table[] = {
#define ROW(key, type, fallback, since, until, readers, secret, alias, doc) \
    {key, CONF_##type, fallback, SPARK_##since, SPARK_##until, readers, secret, alias, doc},
#include "conf_rows.h"
#undef ROW
};
const size_t conf_table_count = COUNT(conf_table);

/* Defaults that have changed: up to and including that line it was this one. The oldest first. */
static const struct {
    const char *key;
    enum spark_line until;
    const char *value;
} older_defaults[] = {
    {"spark.kubernetes.allocation.batch.size", SPARK_3_5, "5"},
    {"spark.kubernetes.allocation.batch.size", SPARK_4_1, "10"},
    {"spark.kubernetes.executor.checkAllContainers", SPARK_3_5, "false"},
    {"spark.kubernetes.executor.useDriverPodIP", SPARK_4_2, "false"},
    {"spark.kubernetes.legacy.useReadWriteOnceAccessMode", SPARK_3_5, "true"},
};

static const char *const key_words[] = {
#define ROW(key, type, fallback, since, until, readers, secret, alias, doc) key,
#include "conf_rows.h"
#undef ROW
    NULL
};

/* The row whose key is the first `len` bytes of `key`; NULL if there is none. */
static const struct conf_row *row_of(const char *key, size_t len)
{
    size_t low = 0, high = conf_table_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = conf_table[middle].key;
        int order = strncmp(other, key, len);

        if (order == 0 && !other[len])
            return &conf_table[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct conf_row *conf_row(const char *key)
{
    size_t len = strlen(key);
    const struct conf_row *row = row_of(key, len);

    /* Rows of prefixes, and no others, end with a dot; the longest counts. */
    for (; !row && len; len--)
        if (key[len - 1] == '.')
            row = row_of(key, len);
    return row;
}

const char *conf_default(const struct conf_row *row, enum spark_line line)
{
    size_t i;

    for (i = 0; i < COUNT(older_defaults); i++)
        if (line <= older_defaults[i].until && !strcmp(older_defaults[i].key, row->key))
            return older_defaults[i].value;
    return row->fallback;
}

/* The words of spark.redaction.regex, as of the newest line. */
static bool has_secret_word(const char *text)
{
    static const char *const marks[] = {"secret", "password", "token", "accesskey", "access.key", "apikey", "api.key"};
    size_t i;

    for (i = 0; i < COUNT(marks); i++)
        if (strcasestr(text, marks[i]))
            return true;
    return false;
}

bool conf_is_secret(const char *key)
{
    const struct conf_row *row = conf_row(key);

    return (row && row->secret) || has_secret_word(key);
}

const char *conf_shown(const char *key, const char *value)
{
    return conf_is_secret(key) || has_secret_word(value) ? CONF_REDACTED : value;
}

const struct conf_row *conf_row_or_alias(const char *key)
{
    const struct conf_row *row = conf_row(key);
    size_t i;

    for (i = 0; i < conf_table_count && !row; i++)
        if (conf_table[i].alias && !strcmp(conf_table[i].alias, key))
            row = &conf_table[i];
    return row;
}

static void warn_unknown(const struct conf_entry *entry, struct strv *warnings)
{
    const char *near = text_nearest(entry->key, key_words);

    strv_addf(warnings, "%s (from %s) is no key that Spark on Kubernetes knows%s%s%s", entry->key, entry->origin,
              near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static void warn_line(const struct conf_entry *entry, const struct conf_row *row, enum spark_line line,
                      struct strv *warnings)
{
    bool early = row->since > line;

    strv_addf(warnings, "%s (from %s) is read by Spark %s %s only; Spark %s ignores it", entry->key, entry->origin,
              line_infos[early ? row->since : row->until].name, early ? "and later" : "and earlier",
              line_infos[line].name);
}

static void check_entry(const struct conf_entry *entry, enum spark_line line, struct strv *warnings)
{
    bool watched = text_starts(entry->key, "spark.kubernetes.") || text_starts(entry->key, "sparkk8s.");
    const struct conf_row *row = conf_row_or_alias(entry->key);

    if (!row && watched)
        warn_unknown(entry, warnings);
    else if (row && (row->since > line || row->until < line))
        warn_line(entry, row, line, warnings);
}

int conf_check(const sparkk8s_conf *conf, enum spark_line line, struct strv *warnings, sparkk8s_error **err)
{
    size_t i;

    for (i = 0; i < conf->count; i++)
        check_entry(&conf->entries[i], line, warnings);
    return warnings->failed ? fail_oom(err) : 0;
}
