/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s diff: what would be submitted, beside a run, another Spark line or other arguments. As of diff(1), "-" is what is
 * there (the run, the first arguments) and "+" what would be in its place, and the exit code says whether they differ.
 */
#include "application.h"
#include "connect.h"
#include "exits.h"
#include "jsontext.h"
#include "keys.h"
#include "output.h"

/* ---- output ---- */

/* True if this is a new object. */
static bool print_object(const char *row, char **object)
{
    char *name = json_text(json_member(row, "object"));
    bool same = name && *object && !strcmp(name, *object);

    free(*object);
    *object = name;
    return !same;
}

static void print_row(const char *row, char **object)
{
    char *path = json_text(json_member(row, "path"));
    bool new = print_object(row, object);

    if (path && !*path) {
        printf("%c %s\n", json_member(row, "left") ? '-' : '+', *object);
    } else if (path) {
        if (new)
            printf("%s\n", *object);
        print_difference(row, 2);
    }
    free(path);
}

static int print_diff(const struct cli *cli, const char *json)
{
    const char *row = json_first(json);
    char *object = NULL;

    if (cli->options.format == FORMAT_JSON) {
        print_json(stdout, json, 0);
        fputs("\n", stdout);
        return row ? EXIT_DIFFERENT : EXIT_OK;
    }
    if (!row)
        return EXIT_OK;
    for (; row; row = json_after(row))
        print_row(row, &object);
    free(object);
    return EXIT_DIFFERENT;
}

/* ---- both sides ---- */

/* Ids are no matter: with a seed they are the same in both. */
static int render(const struct cli *cli, const sparkk8s_app *app, sparkk8s_manifest **out, sparkk8s_error **err)
{
    sparkk8s_render_opts opts = { .size = sizeof(opts), .id_seed = cli->options.key ? cli->options.key : "diff" };

    return sparkk8s_render(app, &opts, out, err);
}

static int left_application(const struct cli *cli, sparkk8s_app **out, sparkk8s_error **err)
{
    const struct options *options = &cli->options;

    return application_of(cli, options->against < 0 ? options->word_count : options->against, options->words, out, err);
}

/* The words after --against; if there is no resource among them, as further options of the left side. */
static int right_words(const struct options *options, const char **into)
{
    int count = 0, i, end = options->resource < 0 ? options->against : options->resource;

    if (options->against_resource < 0)
        for (i = 0; i < end; i++)
            into[count++] = options->words[i];
    for (i = options->against; i < options->word_count; i++)
        into[count++] = options->words[i];
    if (options->against_resource < 0)
        for (i = end; i < options->against; i++)
            into[count++] = options->words[i];
    return count;
}

static int right_application(const struct cli *cli, sparkk8s_app **out, sparkk8s_error **err)
{
    const struct options *options = &cli->options;
    AUTO(chars) memory = NULL;
    const char **words;
    int rc;

    if (options->against >= 0) {
        memory = calloc((size_t)options->word_count + 1, sizeof(*words));
        if (!memory)
            return SPARKK8S_ENOMEM;
        words = (const char **)(void *)memory;
        return application_of(cli, right_words(options, words), words, out, err);
    }
    rc = left_application(cli, out, err);
    return rc < 0 ? rc : sparkk8s_app_set(*out, "spark-version", options->against_version, err);
}

static int diff_run(struct cli *cli, const sparkk8s_app *app, const sparkk8s_conf *conf, char **out, sparkk8s_error **err)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(manifest) manifest = NULL;
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    int rc;

    rc = render(cli, app, &manifest, err);
    if (rc == 0)
        rc = connect_client(cli, conf, &client, err);
    if (rc == 0)
        rc = sparkk8s_run_open(client, cli->options.ns, cli->options.run, &call, &run, err);
    return rc < 0 ? rc : sparkk8s_run_diff(run, manifest, &call, out, err);
}

static int diff_manifests(const struct cli *cli, const sparkk8s_app *app, char **out, sparkk8s_error **err)
{
    AUTO(app) other = NULL;
    AUTO(manifest) left = NULL;
    AUTO(manifest) right = NULL;
    int rc;

    rc = right_application(cli, &other, err);
    if (rc == 0)
        rc = render(cli, app, &left, err);
    if (rc == 0)
        rc = render(cli, other, &right, err);
    return rc < 0 ? rc : sparkk8s_manifest_diff(left, right, out, err);
}

int cmd_diff(struct cli *cli)
{
    const struct options *options = &cli->options;
    int sides = !!options->run + !!options->against_version + (options->against >= 0), rc;
    AUTO(app) app = NULL;
    AUTO(error) err = NULL;
    AUTO(text) json = NULL;

    if (sides > 1)
        return complain_usage(NULL, "only one of --run, --against-version and --against can be given");
    if (!sides)
        return complain_usage("--run and --against-version come before the resource, --against ARGUMENTS behind all others",
                              "diff: with what? --run, --against-version or --against is missing");
    rc = left_application(cli, &app, &err);
    if (rc == 0)
        rc = options->run ? diff_run(cli, app, sparkk8s_app_conf(app), &json, &err) : diff_manifests(cli, app, &json, &err);
    if (rc < 0)
        return err ? complain(err) : complain_oom();
    return print_diff(cli, json);
}
