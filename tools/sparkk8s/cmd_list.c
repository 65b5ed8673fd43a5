/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s list, and status of many: the runs that the filters leave, in the library's order. */
#include "connect.h"
#include "exits.h"
#include "listing.h"
#include "rows.h"
#include "selection.h"

struct listing {
    enum format format;
    void (*text)(const sparkk8s_status *status);    /* prints one, for FORMAT_TEXT; NULL: it is a table */
    int verdict;                                    /* the exit code of the first that did not succeed */
    struct grid grid;
    size_t count;
};

static int print_one(struct listing *listing, const sparkk8s_status *status, sparkk8s_error **err)
{
    AUTO(text) json = NULL;
    int rc;

    switch (listing->format) {
    case FORMAT_NAME:
        printf("%s\n", sparkk8s_status_run_id(status));
        break;
    case FORMAT_JSON:
    case FORMAT_YAML:
        rc = sparkk8s_status_to_json(status, &json, err);
        if (rc < 0)
            return rc;
        if (listing->format == FORMAT_YAML) {
            print_yaml(stdout, json, 1, "- ");
        } else {
            fputs(listing->count ? ",\n    " : "[\n    ", stdout);
            print_json(stdout, json, 1);
        }
        break;
    case FORMAT_TEXT:
        if (listing->text) {
            fputs(listing->count ? "\n" : "", stdout);
            listing->text(status);
            break;
        }
        rows_add(&listing->grid, status, false);
        break;
    default:
        rows_add(&listing->grid, status, listing->format == FORMAT_WIDE);
    }
    listing->count++;
    if (!listing->verdict)
        listing->verdict = exit_of_status(status);
    return 0;
}

static int print_all(struct cli *cli, sparkk8s_list *list, struct listing *listing, sparkk8s_error **err)
{
    sparkk8s_call call = connect_call(cli);
    int rc;

    for (;;) {
        AUTO(status) status = NULL;

        rc = sparkk8s_list_next(list, &call, &status, err);
        if (rc == SPARKK8S_END)
            return 0;
        if (rc == SPARKK8S_AGAIN)
            return SPARKK8S_ETIMEDOUT;
        if (rc == 0)
            rc = print_one(listing, status, err);
        if (rc < 0)
            return rc;
    }
}

static int finish(struct listing *listing)
{
    bool empty = !listing->count;

    switch (listing->format) {
    case FORMAT_NAME:
        return EXIT_OK;
    case FORMAT_JSON:
        fputs(empty ? "[]\n" : "\n]\n", stdout);
        return EXIT_OK;
    case FORMAT_YAML:
        fputs(empty ? "[]\n" : "", stdout);
        return EXIT_OK;
    default:
        if (empty)
            fputs("no runs found\n", stderr);
        else if (listing->grid.columns && !grid_print(&listing->grid, stdout))
            return EXIT_INTERNAL;
        return EXIT_OK;
    }
}

static int complain_missing(const sparkk8s_list *list)
{
    const char *name;
    size_t i;

    for (i = 0; (name = sparkk8s_list_missing(list, i)); i++)
        fprintf(stderr, "sparkk8s: no run has this driver pod, application id or submission key (%s)\n", name);
    return i ? EXIT_REFUSED : EXIT_OK;
}

static int list_all(struct cli *cli, const sparkk8s_select *select, struct listing *listing)
{
    AUTO(client) client = NULL;
    AUTO(list) list = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_list_open(client, select, &list, &err);
    if (rc == 0)
        rc = print_all(cli, list, listing, &err);
    if (rc == SPARKK8S_ETIMEDOUT && !err)
        return complain_timeout();
    if (rc < 0)
        return complain(err);
    rc = finish(listing);
    return rc == EXIT_OK ? complain_missing(list) : rc;
}

int list_runs(struct cli *cli, void (*text)(const sparkk8s_status *status))
{
    struct listing listing = { .format = cli->options.format, .text = text };
    sparkk8s_select select = selection_of(cli, !text);
    bool wide = listing.format == FORMAT_WIDE;
    int rc;

    if (wide || listing.format == FORMAT_TABLE || (listing.format == FORMAT_TEXT && !text))
        rows_header(&listing.grid, wide);
    rc = list_all(cli, &select, &listing);
    grid_clear(&listing.grid);
    return rc == EXIT_OK && cli->options.exit_code ? listing.verdict : rc;
}

int cmd_list(struct cli *cli)
{
    return list_runs(cli, NULL);
}
