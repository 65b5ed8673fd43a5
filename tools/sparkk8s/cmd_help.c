/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s help and version. */
#include "cli.h"
#include "exits.h"
#include "output.h"

static void print_option(const struct option *option)
{
    char text[64], letter[3] = "";

    if (option->letter)
        snprintf(letter, sizeof(letter), "-%c", option->letter);
    snprintf(text, sizeof(text), "%2s%s %s%s%s", letter, option->letter ? "," : " ", option->name,
             option->argument ? " " : "",
             option->argument ? option->argument : "");
    printf("  %-38s %s\n", text, option->doc);
}

static void print_options(const char *title, unsigned with, bool common, bool spark)
{
    bool titled = false;
    size_t i;

    for (i = 0; i < option_count; i++) {
        if (!(option_table[i].commands & with) || !(option_table[i].commands & OF_COMMON) == common ||
            (option_table[i].kind == KIND_SPARK) != spark)
            continue;
        if (!titled)
            printf("\n%s\n", title);
        titled = true;
        print_option(&option_table[i]);
    }
}

static void print_all(void)
{
    const struct command *command;
    const struct exit_row *row;

    fputs("sparkk8s runs Apache Spark applications on Kubernetes, without a JVM and without an operator.\n\n"
          "usage: sparkk8s COMMAND [OPTION]... [ARGUMENT]...\n\n", stdout);
    for (command = commands; command->name; command++)
        if (command->doc)
            printf("  %-12s %s\n", command->name, command->doc);
    fputs("\nA RUN is its id as submit prints it (NAMESPACE:DRIVER-POD), the driver pod's name, the\n"
          "application id, or a submission key.\n", stdout);
    print_options("Options of all commands that talk to a cluster:", OF_STATUS, true, false);
    fputs("\nExit codes:\n", stdout);
    for (row = exit_table; row->doc; row++)
        printf("  %3d  %s\n", row->code, row->doc);
    fputs("\nsparkk8s help COMMAND has the options of a command.\n", stdout);
}

static void print_command(const struct command *command)
{
    char formats[FORMAT_NAMES_SIZE];

    printf("usage: sparkk8s %s%s%s\n%c%s.\n", command->name, *command->arguments ? " [OPTION]... " : "",
           strncmp(command->arguments, "[OPTION]... ", 12) ? command->arguments : command->arguments + 12,
           command->doc[0] - 'a' + 'A', command->doc + 1);
    if (command->formats)
        printf("Output formats besides text for people (-o): %s.\n", format_names_of(command, formats));
    print_options("Options:", command->bit, false, false);
    print_options("Common options:", command->bit, true, false);
    print_options("What spark-submit takes:", command->bit, false, true);
}

int cmd_help(struct cli *cli)
{
    const char *name = cli->options.words[0];
    const struct command *command;

    if (!name) {
        print_all();
        return EXIT_OK;
    }
    command = command_find(name);
    if (!command || !command->doc) {
        name = command_nearest(cli->options.words[0]);
        if (name)
            return complain_usage_mean(name, "there is no command '%s'", cli->options.words[0]);
        return complain_usage("sparkk8s help", "there is no command '%s'", cli->options.words[0]);
    }
    print_command(command);
    return EXIT_OK;
}

int cmd_version(struct cli *cli)
{
    bool json = cli->options.format == FORMAT_JSON;
    const char *line;
    size_t i;

    if (json)
        printf("{\n    \"sparkk8s\": \"%s\",\n    \"libsparkk8s\": \"%s\",\n    \"spark\": [",
               SPARKK8S_VERSION, sparkk8s_version());
    else
        printf("sparkk8s %s, libsparkk8s %s, Spark ", SPARKK8S_VERSION, sparkk8s_version());
    for (i = 0; (line = sparkk8s_spark_line(i)); i++)
        printf(json ? "%s\"%s\"" : "%s%s", i ? ", " : "", line);
    fputs(json ? "]\n}\n" : "\n", stdout);
    return EXIT_OK;
}
