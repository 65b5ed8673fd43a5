/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordered set of Spark properties, each with its origin: who set it, in words that a user recognises ("--conf",
 * "spark-defaults.conf:12"). Sorted by key, so that everything made from it is deterministic.
 */
#ifndef SPARK_CONF_H
#define SPARK_CONF_H

#include "sparkk8s.h"

#include <stdbool.h>

struct str;

struct conf_entry {
    char *key, *value, *origin;     /* never NULL */
};

struct sparkk8s_conf {
    struct conf_entry *entries;     /* sorted by key, bytewise */
    size_t count, cap;
    bool remembers;                 /* keeps in `beaten` what else was set, and lost: the strongest of a key first */
    struct conf_entry *beaten;
    size_t beaten_count, beaten_cap;
};

OWNED(conf, sparkk8s_conf *, sparkk8s_conf_free);

/* Sets or replaces. SPARKK8S_EINVAL if key or value is not UTF-8 or the key is empty. */
int conf_put(sparkk8s_conf *conf, const char *key, const char *value, const char *origin, sparkk8s_error **err);
int conf_put_if_absent(sparkk8s_conf *conf, const char *key, const char *value, const char *origin,
                       sparkk8s_error **err);
void conf_remove(sparkk8s_conf *conf, const char *key);
const struct conf_entry *conf_find(const sparkk8s_conf *conf, const char *key);     /* NULL if unset */
bool conf_has(const sparkk8s_conf *conf, const char *key);
/* The entries whose key starts with `prefix` are [*first, *end). */
void conf_range(const sparkk8s_conf *conf, const char *prefix, size_t *first, size_t *end);
void conf_swap(sparkk8s_conf *a, sparkk8s_conf *b);
int conf_copy(const sparkk8s_conf *conf, sparkk8s_conf **out, sparkk8s_error **err);
/* Existing keys win, as a lower layer of precedence. */
int conf_merge_below(sparkk8s_conf *conf, const sparkk8s_conf *lower, sparkk8s_error **err);
/* "<key>=<value> (from <origin>)"; without the value of a secret, without both if the key is not set. */
void conf_describe(const sparkk8s_conf *conf, const char *key, struct str *out);
/* SPARKK8S_ECONF about this key: placed at the key, worded "<as described>: <format ...>", with what to try instead. */
int conf_refuse(sparkk8s_error **err, const sparkk8s_conf *conf, const char *key, const char *hint,
                const char *format, ...) PRINTF(5, 6);
/* Names the key, and who set it, in an error made further down, about a file that the key names; and gives the hint
 * if the error has none. Returns `rc`, that error's code. */
int conf_blame(sparkk8s_error **err, int rc, const sparkk8s_conf *conf, const char *key, const char *hint);

#endif
