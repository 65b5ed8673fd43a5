/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s conf: the properties of an application and where each comes from, what a single key does, which keys there are.
 * Without a resource the options alone are looked at.
 */
#include "application.h"
#include "exits.h"
#include "jsontext.h"
#include "keys.h"
#include "output.h"

static void member_cell(struct grid *grid, const char *row, const char *member, const char *suffix)
{
    char *text = json_text(json_member(row, member));

    grid_cell(grid, "%s%s", text ? text : "", suffix);
    free(text);
}

/* An array, as JSON or as a table; the titles end with NULL. */
static int print_rows(const struct cli *cli, const char *json, const char *const *titles,
                      void (*print_row)(struct grid *grid, const char *row))
{
    AUTO_GRID grid = { 0 };
    const char *row;

    if (cli->options.format == FORMAT_JSON) {
        print_json(stdout, json, 0);
        fputs("\n", stdout);
        return EXIT_OK;
    }
    for (; titles[grid.columns]; grid.columns++)
        grid_cell(&grid, "%s", titles[grid.columns]);
    for (row = json_first(json); row; row = json_after(row))
        print_row(&grid, row);
    return grid_print(&grid, stdout) ? EXIT_OK : EXIT_INTERNAL;
}

static void known_row(struct grid *grid, const char *row)
{
    static const char *const members[] = { "key", "type", "default", "since", "doc" };
    size_t i;

    for (i = 0; i < COUNT(members); i++)
        member_cell(grid, row, members[i], "");
}

static int print_known(const struct cli *cli)
{
    static const char *const titles[] = { "KEY", "TYPE", "DEFAULT", "SINCE", "MEANING", NULL };
    AUTO(text) json = NULL;
    AUTO(error) err = NULL;

    if (cli->options.word_count > 1)
        return complain_usage_help("conf", "unexpected argument '%s'", cli->options.words[1]);
    if (sparkk8s_keys_to_json(cli->options.words[0], &json, &err) < 0)
        return err ? complain(err) : complain_oom();
    return print_rows(cli, json, titles, known_row);
}

/* ---- the properties of an application ---- */

/* "2g (spark-defaults.conf:12), 1g (SPARK_DRIVER_MEMORY)" */
static void over_cell(struct grid *grid, const char *over)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    const char *item;

    for (item = json_first(over); file && item; item = json_after(item)) {
        char *value = json_text(json_member(item, "value")), *origin = json_text(json_member(item, "origin"));

        fprintf(file, "%s (%s)%s", value ? value : "", origin ? origin : "", json_after(item) ? ", " : "");
        free(value);
        free(origin);
    }
    if (file && fclose(file) == 0)
        grid_cell(grid, "%s", text);
    else
        grid->failed = true;
    free(text);
}

static void property_row(struct grid *grid, const char *row)
{
    member_cell(grid, row, "key", "");
    member_cell(grid, row, "value", "");
    member_cell(grid, row, "origin", json_is_true(json_member(row, "ignored")) ? ", ignored" : "");
    over_cell(grid, json_member(row, "over"));
}

static int print_properties(const struct cli *cli, const sparkk8s_app *app)
{
    static const char *const titles[] = { "KEY", "VALUE", "FROM", "OVER", NULL };
    AUTO(text) json = NULL;
    AUTO(error) err = NULL;

    if (sparkk8s_app_conf_to_json(app, cli->options.defaults ? SPARKK8S_CONF_DEFAULTS : 0, &json, &err) < 0)
        return err ? complain(err) : complain_oom();
    return print_rows(cli, json, titles, property_row);
}

/* Of the options, with Spark's word for no resource where there is none. */
static int application_of_options(const struct cli *cli, int count, sparkk8s_app **out, sparkk8s_error **err)
{
    const char **words = calloc((size_t)count + 1, sizeof(*words));
    int rc;

    if (!words)
        return SPARKK8S_ENOMEM;
    if (count)
        memcpy(words, cli->options.words, (size_t)count * sizeof(*words));
    words[count] = "spark-internal";
    rc = application_of(cli, count + 1, words, out, err);
    free(words);
    return rc;
}

static bool is_key(const char *word)
{
    return !strncmp(word, "spark.", 6) || !strncmp(word, "sparkk8s.", 9);
}

/* What it cannot be rendered for, and what it would be warned about. */
static int judge(const struct cli *cli, const sparkk8s_app *app)
{
    AUTO(manifest) manifest = NULL;
    AUTO(error) err = NULL;

    if (application_render(cli, app, &manifest, &err) < 0)
        return err ? complain(err) : complain_oom();
    return EXIT_OK;
}

int cmd_conf(struct cli *cli)
{
    const struct options *options = &cli->options;
    bool keys = options->resource >= 0 && is_key(options->words[options->resource]), whole = options->resource >= 0 && !keys;
    AUTO(app) app = NULL;
    AUTO(error) err = NULL;
    int rc;

    if (options->known)
        return print_known(cli);
    rc = whole ? application_new(cli, &app, &err)
               : application_of_options(cli, keys ? options->resource : options->word_count, &app, &err);
    if (rc < 0)
        return err ? complain(err) : complain_oom();
    if (keys)
        return explain_keys(cli, app, options->words + options->resource, options->word_count - options->resource);
    if (options->explain)
        return explain_keys(cli, app, &options->explain, 1);
    rc = print_properties(cli, app);
    return rc == EXIT_OK && whole ? judge(cli, app) : rc;
}
