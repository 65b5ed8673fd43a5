/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands and options, one row each. Parsing, help, completion and (by a test) the man page follow these
 * two tables.
 *
 * submit and render take what spark-submit takes. Of its options the table knows only whether a value
 * follows, which is what it takes to find the primary resource: ours are picked out before it, all others
 * and everything from it on go to the library as they are. So `--conf --wait` is a property named "--wait",
 * as it is for spark-submit.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum format { FORMAT_TEXT, FORMAT_TABLE, FORMAT_WIDE, FORMAT_JSON, FORMAT_YAML, FORMAT_NAME, FORMATS };

struct options {
    const char *kubeconfig, *context, *cluster, *user, *ns;
    const char *server, *tls_server_name, *ca_file;
    const char *token, *token_file, *cert_file, *key_file;
    const char *as_user, *as_uid;
    const char **as_groups;             /* NULL at the end */
    int64_t timeout_ms;                 /* 0: the library's */
    bool insecure, verbose, help, version;
    enum format format;

    const char *key, *app_id, *id_seed;
    int64_t now_ms, start_timeout_ms;   /* 0: none */
    bool wait, logs, dry_run, kill_on_interrupt, executor;

    const char *selector;
    int64_t older_than_ms, younger_than_ms;     /* since the submission */
    int64_t finished_older_than_ms;
    int32_t states;
    bool all_namespaces, drivers_only, all, exit_code, remove;

    int32_t until;                      /* states; 0: the end */
    int64_t wait_timeout_ms;            /* 0: none */
    bool any;

    const char *container, *pod, *only_claim;
    int64_t tail, grace;                /* -1: not given */
    int64_t max_streams;                /* 0: the library's */
    const char *save;
    bool follow, previous, timestamps, now, executors, driver, no_prefix;

    bool known, defaults;
    const char *explain;

    const char *run, *against_version;

    const char **words;                 /* what is no option of ours, in order; NULL at the end */
    int word_count, word_room;
    int resource;                       /* index of the primary resource in words; -1: there is none */
    int against;                        /* of the first word after --against; -1: not given */
    int against_resource;               /* as resource, of what follows --against */
};

struct cli;
struct command {
    const char *name, *arguments, *doc;
    int (*run)(struct cli *cli);        /* returns an exit code */
    unsigned bit;                       /* its mark in an option's row */
    unsigned formats;                   /* bit per enum format */
    int least, most;                    /* how many words */
    bool spark_submit;                  /* takes spark-submit's arguments */
    bool raw;                           /* takes all arguments as they are: no option of them is ours */
};
extern const struct command commands[];
const struct command *command_find(const char *name);           /* or NULL */
const char *command_nearest(const char *name);                  /* for a "did you mean", or NULL */

enum { OF_SUBMIT = 1, OF_RENDER = 2, OF_LIST = 4, OF_STATUS = 8, OF_WATCH = 16, OF_LOGS = 32, OF_KILL = 64,
       OF_VERSION = 128, OF_SPARK_SUBMIT = 4096,
       OF_HELP = 256,
       OF_COMMON = 512 /* no command: what nearly all of them have */,
       OF_CONF = 1024, OF_DIFF = 2048,
       OF_EXPLAIN = 8192, OF_WAIT = 16384, OF_GC = 32768 };

enum option_kind { KIND_FLAG, KIND_TEXT, KIND_MAYBE /* empty is as if not given, as kubectl has it */,
                   KIND_TEXTS /* may be repeated */, KIND_NUMBER, KIND_SECONDS, KIND_FORMAT, KIND_STATES, KIND_FOR, KIND_SPARK,
                   KIND_AGAINST };
struct option {
    const char *name;                   /* "--namespace" */
    char letter;                        /* 'n', or 0 */
    enum option_kind kind;              /* KIND_SPARK: spark-submit's, passed on; KIND_AGAINST: another set of them */
    const char *argument;               /* "NAME"; NULL: a switch */
    unsigned commands;                  /* OF_... */
    size_t at;                          /* in struct options */
    const char *doc;
};
extern const struct option option_table[];
extern const size_t option_count;
const struct option *option_find(const struct command *command, const char *text, const char **value);
const char *format_name(enum format format);
#define FORMAT_NAMES_SIZE 64
/* "json, name"; returns out */
const char *format_names_of(const struct command *command, char out[FORMAT_NAMES_SIZE]);

/* Reads argv, which starts after the program's name: common options, the command, its options. Complains on
 * stderr and returns an exit code, or -1 if all is well; *command is NULL if there is none. */
int options_parse(struct options *options, int argc, const char *const *argv, const struct command **command);
void options_clear(struct options *options);

#endif
