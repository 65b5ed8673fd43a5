/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s list: the runs that the filters leave, in the library's order. */
#include "connect.h"
#include "exits.h"
#include "rows.h"
#include "selection.h"

struct listing {
    enum format format;
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
    default:
        rows_add(&listing->grid, status, listing->format == FORMAT_WIDE);
    }
    listing->count++;
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
        else if (!grid_print(&listing->grid, stdout))
            return EXIT_INTERNAL;
        return EXIT_OK;
    }
}

int cmd_list(struct cli *cli)
{
    struct listing listing = { .format = cli->options.format };
    sparkk8s_select select = selection_of(cli);
    AUTO(client) client = NULL;
    AUTO(list) list = NULL;
    AUTO(error) err = NULL;
    int rc;

    if (listing.format == FORMAT_TEXT || listing.format == FORMAT_TABLE || listing.format == FORMAT_WIDE)
        rows_header(&listing.grid, listing.format == FORMAT_WIDE);
    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_list_open(client, &select, &list, &err);
    if (rc == 0)
        rc = print_all(cli, list, &listing, &err);
    if (rc == SPARKK8S_ETIMEDOUT && !err)
        rc = complain_timeout();
    else
        rc = rc < 0 ? complain(err) : finish(&listing);
    grid_clear(&listing.grid);
    return rc;
}
