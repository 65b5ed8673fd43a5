/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reads of properties by Spark's rules (org.apache.spark.internal.config.ConfigReader and ConfigEntry):
 * substitution of ${...}, trimming, units, default from the table's row. Errors name key, value, origin.
 *
 * Prefix maps and keys that Spark reads raw (getOption) are not substituted: read them with sparkk8s_conf_get().
 */
#ifndef SPARK_VALUE_H
#define SPARK_VALUE_H

#include "conf.h"
#include "env.h"
#include "strv.h"

struct reader {
    const sparkk8s_conf *conf;
    const struct env *env;          /* for ${env:NAME} */
};

/* Substituted text, new; NULL if unset and without a default. */
int read_text(const struct reader *reader, const char *key, char **out, sparkk8s_error **err);
int read_bool(const struct reader *reader, const char *key, bool *out, sparkk8s_error **err);
int read_int(const struct reader *reader, const char *key, int32_t *out, sparkk8s_error **err);
int read_long(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err);
int read_double(const struct reader *reader, const char *key, double *out, sparkk8s_error **err);
/* In MiB, rounded down; a bare number is in the row's unit. *set tells whether the user gave it; if
 * `set` is NULL, a key that has neither value nor default is an error. */
int read_mib(const struct reader *reader, const char *key, int64_t *out, bool *set, sparkk8s_error **err);
int read_seconds(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err);
int read_ms(const struct reader *reader, const char *key, int64_t *out, sparkk8s_error **err);
int read_list(const struct reader *reader, const char *key, struct strv *out, sparkk8s_error **err);
/* Untrimmed, unsubstituted Java int with a fallback, as SparkConf.getInt. */
int read_raw_int(const struct reader *reader, const char *key, int32_t fallback, int32_t *out, sparkk8s_error **err);

/* What to try instead of a size or a time that is none. */
#define SIZE_HINT "use a whole number with a unit, e.g. 50b, 100k, 1536m or 2g"
#define TIME_HINT "use a whole number with a unit, e.g. 100ms, 50s, 10min or 2h"

/* Spark's size text to bytes ("512k", "1g"); a bare number is in `unit` bytes. NULL, or what is wrong with it. */
const char *size_parse(const char *text, int64_t unit, int64_t *bytes);
/* Spark's time text to microseconds; a bare number is in `unit` microseconds. NULL, or what is wrong with it. */
const char *time_parse(const char *text, int64_t unit, int64_t *us);

#endif
