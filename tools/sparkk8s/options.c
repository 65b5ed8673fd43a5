/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the command line: see options.h. The tables themselves are in tables.c. */
#include "options.h"

#include "duration.h"
#include "exits.h"
#include "nearest.h"
#include "sparkk8s.h"

#include <errno.h>
#include <inttypes.h>
#include <strings.h>

static const char *const format_names[FORMATS] = { "text", "table", "wide", "json", "yaml", "name" };

const char *format_name(enum format format)
{
    return format_names[format];
}

/* Where in `options` the row's value goes. */
static void *place(struct options *options, const struct option *option)
{
    return (char *)options + option->at;
}

/* ---- values ---- */

const char *format_names_of(const struct command *command, char out[FORMAT_NAMES_SIZE])
{
    size_t len = 0;
    int i;

    out[0] = '\0';
    for (i = FORMAT_TABLE; i < FORMATS; i++)
        if (command->formats >> i & 1)
            len += (size_t)snprintf(out + len, FORMAT_NAMES_SIZE - len, "%s%s", len ? ", " : "",
                                    format_names[i]);
    return out;
}

static int no_format(const struct command *command, const char *value)
{
    char names[FORMAT_NAMES_SIZE];

    if (!command)
        return complain_usage("table, wide, json, yaml, name", "-o %s: there is no such output format",
                              value);
    if (!command->formats)
        return complain_usage(NULL, "-o %s: %s has one output format only", value, command->name);
    return complain_usage(format_names_of(command, names), "-o %s: %s has no such output format", value,
                          command->name);
}

static int set_format(const struct command *command, enum format *out, const char *value)
{
    int i;

    for (i = FORMAT_TABLE; i < FORMATS; i++)
        if (!strcmp(value, format_names[i])) {
            *out = (enum format)i;
            return -1;
        }
    return no_format(command, value);
}

static int state_by_name(const char *name, size_t len)
{
    int i;

    for (i = SPARKK8S_STATE_UNKNOWN; i <= SPARKK8S_STATE_LOST; i++)
        if (strlen(sparkk8s_state_name(i)) == len && !strncasecmp(sparkk8s_state_name(i), name, len))
            return i;
    return -1;
}

static int set_states(int32_t *out, const char *option, const char *value)
{
    int state;
    size_t len;

    for (;;) {
        len = strcspn(value, ",");
        state = state_by_name(value, len);
        if (state < 0)
            return complain_usage("PENDING, RUNNING, TERMINATING, SUCCEEDED, FAILED, LOST, UNKNOWN",
                                  "%s: '%.*s' is no state", option, (int)len, value);
        *out |= 1 << state;
        if (!value[len])
            return -1;
        value += len + 1;
    }
}

/* finished, running, state=STATE[,STATE] */
static int set_for(int32_t *out, const char *value)
{
    *out = 0;
    if (!strcmp(value, "finished"))
        return -1;
    if (!strcmp(value, "running"))
        return set_states(out, "--for", value);
    if (!strncmp(value, "state=", 6))
        return set_states(out, "--for", value + 6);
    return complain_usage("finished, running, state=STATE[,STATE]", "--for %s: nothing that can be waited for", value);
}

static int set_number(int64_t *out, const struct option *option, const char *value)
{
    char *end;
    intmax_t number;

    errno = 0;
    number = strtoimax(value, &end, 10);
    if (errno || *end || end == value || number < 0)
        return complain_usage(NULL, "%s %s: not a number from 0 on", option->name, value);
    *out = number;
    return -1;
}

/* `value` is what follows '=', or NULL. */
static int set_flag(bool *out, const struct option *option, const char *value)
{
    if (value && strcmp(value, "true") && strcmp(value, "false"))
        return complain_usage("true, false", "%s=%s: this is a switch", option->name, value);
    *out = !value || !strcmp(value, "true");
    return -1;
}

/* There is room for as many as there are words on the command line. */
static int add_text(struct options *options, const char ***list, const char *value)
{
    size_t count = 0;

    if (!*list)
        *list = calloc((size_t)options->word_room, sizeof(**list));
    if (!*list)
        return complain_oom();
    while ((*list)[count])
        count++;
    (*list)[count] = value;
    return -1;
}

static int set_value(struct options *options, const struct command *command, const struct option *option,
                     const char *value)
{
    switch (option->kind) {
    case KIND_FLAG:
        return set_flag(place(options, option), option, value);
    case KIND_TEXT:
        if (!*value)
            return complain_usage(NULL, "%s: the value is empty", option->name);
        *(const char **)place(options, option) = value;
        return -1;
    case KIND_MAYBE:
        *(const char **)place(options, option) = *value ? value : NULL;
        return -1;
    case KIND_TEXTS:
        return add_text(options, place(options, option), value);
    case KIND_NUMBER:
        return set_number(place(options, option), option, value);
    case KIND_SECONDS:
        if (!duration_parse(value, place(options, option)))
            return complain_usage("a number of seconds, or 30s, 5m, 2h, 1d and sums of these like 1h30m",
                                  "%s %s: not a duration", option->name, value);
        return -1;
    case KIND_FORMAT:
        return set_format(command, place(options, option), value);
    case KIND_STATES:
        return set_states(place(options, option), option->name, value);
    case KIND_FOR:
        return set_for(place(options, option), value);
    case KIND_SPARK:
    case KIND_AGAINST:
        break;
    }
    return -1;
}

/* ---- words ---- */

static bool row_is_for(const struct option *option, const struct command *command)
{
    return command ? (option->commands & command->bit) != 0 : option->kind != KIND_SPARK;
}

/* The row for "--name", "--name=value", "-n", "-nvalue"; *value is what is attached, or NULL. */
const struct option *option_find(const struct command *command, const char *text, const char **value)
{
    const struct option *option;
    size_t i, len;

    *value = NULL;
    for (i = 0; i < option_count; i++) {
        option = &option_table[i];
        if (!row_is_for(option, command))
            continue;
        len = strlen(option->name);
        if (!strncmp(text, option->name, len) && (!text[len] || text[len] == '=')) {
            *value = text[len] ? text + len + 1 : NULL;
            return option;
        }
        if (option->letter && text[0] == '-' && text[1] == option->letter) {
            if (text[2] && (!option->argument || option->kind == KIND_SPARK))
                continue;
            *value = text[2] ? text + 2 : NULL;
            return option;
        }
    }
    return NULL;
}

static int unknown_option(const struct command *command, const char *text)
{
    struct nearest nearest = nearest_to(text, strcspn(text, "="));
    size_t i;

    for (i = 0; i < option_count; i++)
        if (row_is_for(&option_table[i], command))
            nearest_try(&nearest, option_table[i].name);
    if (nearest.word)
        return complain_usage_mean(nearest.word, "unknown option '%s'", text);
    if (!command)
        return complain_usage("sparkk8s help", "unknown option '%s'", text);
    return complain_usage_help(command->name, "unknown option '%s'", text);
}

static void add_word(struct options *options, const char *word)
{
    options->words[options->word_count++] = word;
}

/* Reads the option at argv[*at] and moves on to its last word. -1, or an exit code. */
static int read_option(struct options *options, const struct command *command, int argc,
                       const char *const *argv, int *at)
{
    const char *text = argv[*at], *value;
    const struct option *option = option_find(command, text, &value);

    if (!option)
        return unknown_option(command, text);
    if (option->kind == KIND_SPARK) {
        add_word(options, text);
        if (option->argument && !value && *at + 1 < argc)
            add_word(options, argv[++*at]);
        return -1;
    }
    if (option->argument && !value) {
        if (*at + 1 >= argc)
            return complain_usage(NULL, "%s needs a value: %s", text, option->argument);
        value = argv[++*at];
    }
    return set_value(options, command, option, value);
}

/* Takes "--against", wherever it stands, and a "--" that only says that options are over. */
static bool is_separator(struct options *options, const struct command *command, const char *word, bool *ended)
{
    if (command->bit != OF_DIFF)
        return false;
    if (!strcmp(word, "--against") && options->against < 0) {
        options->against = options->word_count;
        *ended = false;
        return true;
    }
    return !*ended && !strcmp(word, "--");
}

static void add_resource(struct options *options, const char *word)
{
    int *at = options->against < 0 ? &options->resource : &options->against_resource;

    if (*at < 0)
        *at = options->word_count;
    add_word(options, word);
}

/* Options of a command and its words. For spark-submit's the first word ends them. */
static int read_arguments(struct options *options, const struct command *command, int argc,
                          const char *const *argv, int at)
{
    bool ended = command->raw;
    int rc;

    for (; at < argc; at++) {
        if (is_separator(options, command, argv[at], &ended))
            continue;
        if (!ended && argv[at][0] == '-' && argv[at][1]) {
            if (!command->spark_submit && !strcmp(argv[at], "--")) {
                ended = true;
                continue;
            }
            rc = read_option(options, command, argc, argv, &at);
            if (rc >= 0)
                return rc;
            continue;
        }
        ended = ended || command->spark_submit;
        add_resource(options, argv[at]);
    }
    return -1;
}

static int check(const struct options *options, const struct command *command)
{
    if (options->help || options->version)
        return -1;
    if (options->format && !(command->formats >> options->format & 1))
        return no_format(command, format_names[options->format]);
    if (options->word_count < command->least)
        return complain_usage_help(command->name, "%s needs %s", command->name, command->arguments);
    if (command->most >= 0 && options->word_count > command->most)
        return complain_usage_help(command->name, "unexpected argument '%s'", options->words[command->most]);
    return -1;
}

static int unknown_command(const char *name)
{
    const char *nearest = command_nearest(name);

    if (nearest)
        return complain_usage_mean(nearest, "there is no command '%s'", name);
    return complain_usage("sparkk8s help", "there is no command '%s'", name);
}

int options_parse(struct options *options, int argc, const char *const *argv, const struct command **command)
{
    const struct command *found;
    int at = 0, rc;

    memset(options, 0, sizeof(*options));
    options->tail = options->grace = -1;
    options->resource = options->against = options->against_resource = -1;
    options->word_room = argc + 1;
    options->words = calloc((size_t)options->word_room, sizeof(*options->words));
    if (!options->words)
        return complain_oom();
    for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
        rc = read_option(options, NULL, argc, argv, &at);
        if (rc >= 0)
            return rc;
    }
    *command = NULL;
    if (at == argc)
        return -1;
    found = command_find(argv[at]);
    if (!found)
        return unknown_command(argv[at]);
    rc = read_arguments(options, found, argc, argv, at + 1);
    if (rc < 0)
        rc = check(options, found);
    if (rc < 0)
        *command = found;
    return rc;
}

void options_clear(struct options *options)
{
    free(options->words);
    free(options->as_groups);
}
