/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s render: the objects in spark-submit's order of creation, as YAML documents or as one v1 List; with
 * --executor those that the driver will make for an executor.
 */
#include "application.h"
#include "exits.h"
#include "keys.h"
#include "output.h"

static void print_list(const sparkk8s_manifest *manifest)
{
    size_t i, count = sparkk8s_manifest_count(manifest);

    fputs("{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": [", stdout);
    for (i = 0; i < count; i++) {
        fputs(i ? ",\n        " : "\n        ", stdout);
        print_json(stdout, sparkk8s_manifest_json(manifest, i), 2);
    }
    fputs("\n    ]\n}\n", stdout);
}

static int print_executor(enum format format, const sparkk8s_manifest *manifest)
{
    AUTO(text) text = NULL;
    AUTO(error) err = NULL;
    bool json = format == FORMAT_JSON;
    int rc;

    rc = json ? sparkk8s_manifest_executor_json(manifest, &text, &err)
              : sparkk8s_manifest_executor_to_yaml(manifest, &text, &err);
    if (rc < 0)
        return err ? complain(err) : complain_oom();
    if (json) {
        fputs("{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": ", stdout);
        print_json(stdout, text, 1);
        fputs("\n}\n", stdout);
    } else {
        fputs(*text ? text : "# no executors: this application runs in its driver alone\n", stdout);
    }
    return EXIT_OK;
}

static void print_names(const sparkk8s_manifest *manifest)
{
    size_t i;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        printf("%s/%s\n", sparkk8s_manifest_kind(manifest, i), sparkk8s_manifest_name(manifest, i));
}

int cmd_render(struct cli *cli)
{
    AUTO(app) app = NULL;
    AUTO(manifest) manifest = NULL;
    AUTO(error) err = NULL;
    AUTO(text) yaml = NULL;
    int rc;

    if (cli->options.executor && cli->options.format == FORMAT_NAME)
        return complain_usage("-o json, -o yaml",
                              "-o name and --executor: only the driver will know the names");
    rc = application_new(cli, &app, &err);
    if (rc == 0 && cli->options.explain)
        return explain_keys(cli, app, &cli->options.explain, 1);
    if (rc == 0)
        rc = application_render(cli, app, &manifest, &err);
    if (rc == 0 && cli->options.executor)
        return print_executor(cli->options.format, manifest);
    if (rc == 0 && cli->options.format != FORMAT_JSON && cli->options.format != FORMAT_NAME)
        rc = sparkk8s_manifest_to_yaml(manifest, &yaml, &err);
    if (rc < 0)
        return err ? complain(err) : complain_oom();
    application_note_uploads(manifest);
    if (yaml)
        fputs(yaml, stdout);
    else if (cli->options.format == FORMAT_NAME)
        print_names(manifest);
    else
        print_list(manifest);
    return EXIT_OK;
}
