/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s conf: which keys there are. */
#include "cli.h"
#include "exits.h"
#include "jsontext.h"
#include "output.h"

static void known_row(struct grid *grid, const char *row)
{
    static const char *const members[] = { "key", "type", "default", "since", "doc" };
    size_t i;

    for (i = 0; i < COUNT(members); i++) {
        char *text = json_text(json_member(row, members[i]));

        grid_cell(grid, "%s", text ? text : "");
        free(text);
    }
}

static int print_known(const struct cli *cli)
{
    static const char *const titles[] = { "KEY", "TYPE", "DEFAULT", "SINCE", "MEANING" };
    AUTO_GRID grid = { .columns = COUNT(titles) };
    AUTO(text) json = NULL;
    AUTO(error) err = NULL;
    const char *row;
    size_t i;

    if (cli->options.word_count > 1)
        return complain_usage_help("conf", "unexpected argument '%s'", cli->options.words[1]);
    if (sparkk8s_keys_to_json(cli->options.words[0], &json, &err) < 0)
        return err ? complain(err) : complain_oom();
    if (cli->options.format == FORMAT_JSON) {
        print_json(stdout, json, 0);
        fputs("\n", stdout);
        return EXIT_OK;
    }
    for (i = 0; i < COUNT(titles); i++)
        grid_cell(&grid, "%s", titles[i]);
    for (row = json_first(json); row; row = json_after(row))
        known_row(&grid, row);
    return grid_print(&grid, stdout) ? EXIT_OK : EXIT_INTERNAL;
}

int cmd_conf(struct cli *cli)
{
    return print_known(cli);
}
