/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s gc: what nobody needs any more, and why; with --delete it goes. What fails is told, and the rest goes on. */
#include "connect.h"
#include "duration.h"
#include "exits.h"
#include "output.h"

struct collection {
    const struct options *options;
    struct grid grid;
    size_t count, failures;
    int code;                       /* of the first failure */
};

static void header(struct grid *grid)
{
    static const char *const titles[] = { "NAMESPACE", "KIND", "NAME", "REASON", "SINCE", "WHY" };
    size_t i;

    for (i = 0; i < COUNT(titles); i++)
        grid_cell(grid, "%s", titles[i]);
    grid->columns = COUNT(titles);
}

static void add_row(struct grid *grid, const sparkk8s_leftover *leftover)
{
    int64_t since = sparkk8s_leftover_since_ms(leftover);
    char age[DURATION_SIZE];

    grid_cell(grid, "%s", sparkk8s_leftover_ns(leftover));
    grid_cell(grid, "%s", sparkk8s_leftover_kind(leftover));
    grid_cell(grid, "%s", sparkk8s_leftover_name(leftover));
    grid_cell(grid, "%s", sparkk8s_gc_reason_name(sparkk8s_leftover_reason(leftover)));
    grid_cell(grid, "%s", since ? duration_text(now_ms() - since, age) : "-");
    grid_cell(grid, "%s", sparkk8s_leftover_text(leftover));
}

static void print_deleted(const sparkk8s_leftover *leftover)
{
    printf("deleted %s %s:%s: %s\n", sparkk8s_leftover_kind(leftover), sparkk8s_leftover_ns(leftover),
           sparkk8s_leftover_name(leftover), sparkk8s_leftover_text(leftover));
}

static int print_one(struct collection *collection, const sparkk8s_leftover *leftover, sparkk8s_error **err)
{
    AUTO(text) json = NULL;
    int rc;

    switch (collection->options->format) {
    case FORMAT_NAME:
        printf("%s:%s/%s\n", sparkk8s_leftover_ns(leftover), sparkk8s_leftover_kind(leftover), sparkk8s_leftover_name(leftover));
        break;
    case FORMAT_JSON:
        rc = sparkk8s_leftover_to_json(leftover, &json, err);
        if (rc < 0)
            return rc;
        fputs(collection->count ? ",\n    " : "[\n    ", stdout);
        print_json(stdout, json, 1);
        break;
    default:
        if (collection->options->remove)
            print_deleted(leftover);
        else
            add_row(&collection->grid, leftover);
    }
    collection->count++;
    return 0;
}

static int collect(struct cli *cli, sparkk8s_gc *gc, struct collection *collection, sparkk8s_error **err)
{
    sparkk8s_call call = connect_call(cli);
    int rc;

    call.timeout_ms = -1;           /* each request has a limit of its own */
    for (;;) {
        AUTO(leftover) leftover = NULL;
        AUTO(error) failure = NULL;

        if (!output_flush())
            return SPARKK8S_EIO;
        rc = sparkk8s_gc_next(gc, &call, &leftover, &failure, err);
        if (rc != 0)
            return rc;
        if (failure) {
            rc = complain(failure);
            collection->code = collection->code ? collection->code : rc;
            collection->failures++;
            continue;
        }
        rc = print_one(collection, leftover, err);
        if (rc < 0)
            return rc;
    }
}

static int finish(struct collection *collection)
{
    const struct options *options = collection->options;

    if (options->format == FORMAT_JSON)
        fputs(collection->count ? "\n]\n" : "[]\n", stdout);
    if (collection->count && !options->format && !options->remove) {
        if (!grid_print(&collection->grid, stdout) || !output_flush())
            return EXIT_INTERNAL;
        fputs("nothing was deleted; --delete deletes these\n", stderr);
    }
    if (!collection->count && !collection->failures && options->format != FORMAT_JSON)
        fputs("no leftovers found\n", stderr);
    return collection->code;
}

static int collect_all(struct cli *cli, struct collection *collection)
{
    sparkk8s_gc_opts opts = {
        .size = sizeof(opts), .ns = cli->options.all_namespaces ? "*" : cli->options.ns,
        .silent_ms = cli->options.older_than_ms, .finished_older_than_ms = cli->options.finished_older_than_ms,
        .flags = cli->options.remove ? SPARKK8S_GC_DELETE : 0,
    };
    AUTO(client) client = NULL;
    AUTO(gc) gc = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_gc_open(client, &opts, &gc, &err);
    if (rc == 0)
        rc = collect(cli, gc, collection, &err);
    if (rc == SPARKK8S_EIO && !err)
        return EXIT_INTERNAL;
    return rc < 0 ? complain(err) : finish(collection);
}

int cmd_gc(struct cli *cli)
{
    struct collection collection = { .options = &cli->options };
    int rc;

    if (cli->options.remove && cli->options.dry_run)
        return complain_usage(NULL, "--delete and --dry-run contradict each other");
    header(&collection.grid);
    rc = collect_all(cli, &collection);
    grid_clear(&collection.grid);
    return rc;
}
