/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every configuration key that we know, one row each: Spark's on Kubernetes, the general ones that the submission
 * reads, and our own (sparkk8s.*). Parsing, validation, "did you mean", the reference page and shell completion read
 * these rows. Mirrors org.apache.spark.deploy.k8s.Config and the entries of internal.config that matter here.
 */
#ifndef SPARK_CONF_TABLE_H
#define SPARK_CONF_TABLE_H

#include "conf.h"
#include "line.h"

enum conf_type {
    CONF_STRING, CONF_BOOL, CONF_INT, CONF_LONG, CONF_DOUBLE, CONF_BYTES_MIB, CONF_BYTES, CONF_TIME_S, CONF_TIME_MS,
    CONF_LIST, CONF_PREFIX          /* the key is a prefix: "spark.kubernetes.driver.label." */
};

enum conf_reader {                  /* bits: who reads it */
    READ_SUBMIT = 1,                /* the submission, as we do */
    READ_CLIENT = 2,                /* the connection to the API server */
    READ_DRIVER = 4,                /* the driver at run time, and its inner spark-submit: carried */
    READ_EXECUTOR = 8,              /* the executor pod builder inside the driver: carried */
    READ_KILL = 16
};

struct conf_row {
    const char *key;
    enum conf_type type;
    const char *fallback;           /* Spark's default (of the newest line: conf_default()), or NULL */
    enum spark_line since, until;   /* the lines in which Spark knows it, both included */
    unsigned readers;
    bool secret;                    /* its value never appears in a message */
    const char *alias;              /* deprecated name that typed reads honour too, or NULL */
    const char *doc;                /* one line */
};

extern const struct conf_row conf_table[];      /* sorted by key */
extern const size_t conf_table_count;

/* Spark's default in that line, or NULL: row->fallback is the newest line's. */
const char *conf_default(const struct conf_row *row, enum spark_line line);
/* The row of a key, by its name or by the longest prefix row that it starts with; NULL if unknown. */
const struct conf_row *conf_row(const char *key);
const struct conf_row *conf_row_or_alias(const char *key);      /* by the deprecated name, too */
/* The row says so, or Spark's own redaction pattern (spark.redaction.regex) finds it in the key. */
bool conf_is_secret(const char *key);
#define CONF_REDACTED "*********(redacted)"
/* `value`, or CONF_REDACTED where Spark redacts a property: for its key, or for what is in the value itself. */
const char *conf_shown(const char *key, const char *value);

struct strv;
/* Adds warnings for unknown spark.kubernetes.* and sparkk8s.* keys (with "did you mean") and for keys that this line
 * does not know. */
int conf_check(const sparkk8s_conf *conf, enum spark_line line, struct strv *warnings, sparkk8s_error **err);

#endif
