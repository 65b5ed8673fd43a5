/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s __complete WORD...: what may stand in the place of the last word, a line each, `word<TAB>what it
 * is`. The shells' scripts ask this, so that completion follows the same tables as everything else. Nothing
 * is printed where a file name or anything may stand: the shell then completes files.
 */
#include "cli.h"
#include "exits.h"
#include "jsontext.h"

static void candidate(const char *word, const char *doc, const char *typed)
{
    if (!strncmp(word, typed, strlen(typed)))
        printf("%s\t%s\n", word, doc);
}

static void complete_commands(const char *typed)
{
    const struct command *command;

    for (command = commands; command->name; command++)
        if (command->doc)
            candidate(command->name, command->doc, typed);
}

static void complete_options(const struct command *command, const char *typed)
{
    size_t i;

    for (i = 0; i < option_count; i++)
        if (option_table[i].commands & command->bit)
            candidate(option_table[i].name, option_table[i].doc, typed);
}

/* With the "=" that follows; a name follows what ends with a dot. */
static void complete_keys(const char *typed)
{
    AUTO(text) json = NULL;
    const char *row;

    if (sparkk8s_keys_to_json(typed, &json, NULL) < 0)
        return;
    for (row = json_first(json); row; row = json_after(row)) {
        char *key = json_text(json_member(row, "key")), *doc = json_text(json_member(row, "doc"));

        if (key && *key && doc)
            printf("%s%s\t%s\n", key, key[strlen(key) - 1] == '.' ? "" : "=", doc);
        free(key);
        free(doc);
    }
}

static void complete_value(const struct command *command, const struct option *option, const char *typed)
{
    const char *line;
    size_t i;
    int n;

    if (option->kind == KIND_FORMAT)
        for (n = FORMAT_TABLE; n < FORMATS; n++)
            if (command->formats >> n & 1)
                candidate(format_name((enum format)n), "output format", typed);
    if (option->kind == KIND_STATES)
        for (n = SPARKK8S_STATE_UNKNOWN; n <= SPARKK8S_STATE_LOST; n++)
            candidate(sparkk8s_state_name(n), "state", typed);
    if (option->kind == KIND_FOR) {
        candidate("finished", "all have ended", typed);
        candidate("running", "all have started", typed);
        candidate("state=", "all are in one of these states", typed);
    }
    if (!strcmp(option->name, "--conf"))
        complete_keys(typed);
    if (!strcmp(option->name, "--spark-version"))
        for (i = 0; (line = sparkk8s_spark_line(i)); i++)
            candidate(line, "Spark line", typed);
    if (!strcmp(option->name, "--deploy-mode"))
        candidate("cluster", "the driver runs in the cluster", typed);
}

int cmd_complete(struct cli *cli)
{
    const char **words = cli->options.words, *typed, *value;
    const struct command *command = NULL;
    const struct option *before;
    int count = cli->options.word_count, last;

    if (!count)
        return EXIT_OK;
    typed = words[count - 1];
    if (count == 1) {
        complete_commands(typed);
        return EXIT_OK;
    }
    command = command_find(words[0]);
    if (!command)
        return EXIT_OK;
    /* To bash '=' is a word of its own. */
    last = count > 3 && !strcmp(words[count - 2], "=") ? count - 3 : count - 2;
    before = option_find(command, words[last], &value);
    if (before && before->argument && !value)
        complete_value(command, before, typed);
    else if (*typed == '-')
        complete_options(command, typed);
    else if (command->bit == OF_HELP)
        complete_commands(typed);
    return EXIT_OK;
}
