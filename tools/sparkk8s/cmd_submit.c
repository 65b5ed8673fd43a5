/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s submit: render, submit, say what was done; with --wait the rest of the way too. */
#include "application.h"
#include "connect.h"
#include "exits.h"
#include "follow.h"
#include "output.h"
#include "signals.h"

static void print_run_json(const sparkk8s_run *run)
{
    const struct {
        const char *key, *value;
    } members[] = {
        { "run_id", sparkk8s_run_id(run) },
        { "namespace", sparkk8s_run_ns(run) },
        { "driver_pod", sparkk8s_run_driver_pod(run) },
        { "driver_uid", sparkk8s_run_driver_uid(run) },
        { "app_id", sparkk8s_run_app_id(run) },
    };
    size_t i;

    for (i = 0; i < COUNT(members); i++) {
        printf("%s    \"%s\": ", i ? ",\n" : "{\n", members[i].key);
        if (members[i].value && *members[i].value)
            print_json_string(stdout, members[i].value);
        else
            fputs("null", stdout);
    }
    fputs("\n}\n", stdout);
}

/* The log on stdout is to be nothing but the log: then this goes to stderr. */
static void print_run(const struct cli *cli, const sparkk8s_run *run, const char *again)
{
    FILE *file = cli->options.logs ? stderr : stdout;

    if (cli->options.format == FORMAT_NAME) {
        printf("%s\n", sparkk8s_run_id(run));
    } else if (cli->options.format == FORMAT_JSON) {
        print_run_json(run);
    } else if (cli->options.dry_run) {
        fprintf(file, "dry run: accepted by the API server, nothing was created\nrun:    %s\n",
                sparkk8s_run_id(run));
    } else {
        fprintf(file, "run:    %s\n", sparkk8s_run_id(run));
        fprintf(file, "app:    %s\n", sparkk8s_run_app_id(run));
        fprintf(file, "driver: pod %s in namespace %s\n", sparkk8s_run_driver_pod(run), sparkk8s_run_ns(run));
        fprintf(file, "follow: sparkk8s%s logs -f %s\n", again, sparkk8s_run_id(run));
        fprintf(file, "kill:   sparkk8s%s kill %s\n", again, sparkk8s_run_id(run));
    }
}

static int check(const struct options *options)
{
    if (options->dry_run && (options->wait || options->logs))
        return complain_usage(NULL, "--dry-run creates nothing to wait for");
    if (options->format == FORMAT_JSON && options->logs)
        return complain_usage("sparkk8s submit -o json, then sparkk8s watch --logs",
                              "-o json and --logs would both write to stdout");
    if (!options->wait && !options->logs && (options->start_timeout_ms || options->kill_on_interrupt))
        return complain_usage(NULL, "%s goes with --wait or --logs",
                              options->start_timeout_ms ? "--start-timeout" : "--kill-on-interrupt");
    return EXIT_OK;
}

static int submit(struct cli *cli, sparkk8s_client **client, sparkk8s_run **run, char **again,
                  sparkk8s_error **err)
{
    sparkk8s_submit_opts opts = {
        .size = sizeof(opts),
        .key = cli->options.key,
        .flags = cli->options.dry_run ? SPARKK8S_SUBMIT_DRY_RUN : 0,
    };
    sparkk8s_call call = connect_call(cli);
    AUTO(app) app = NULL;
    AUTO(manifest) manifest = NULL;
    const char *server = NULL;
    int rc;

    rc = application_new(cli, &app, err);
    if (rc == 0)
        rc = application_render(cli, app, &manifest, err);
    if (rc == 0)
        rc = connect_client(cli, sparkk8s_app_conf(app), client, err);
    if (rc == 0)
        rc = sparkk8s_submit(*client, manifest, &opts, &call, run, err);
    if (rc < 0)
        return rc;
    if (cli->options.dry_run)
        application_note_uploads(manifest);
    if (sparkk8s_conf_get(sparkk8s_app_conf(app), "spark.master"))
        server = sparkk8s_client_server(*client);
    *again = connect_again(cli, server);
    return *again ? 0 : SPARKK8S_ENOMEM;
}

/* What the library says of what may be left. */
static int abandoned(const sparkk8s_error *err)
{
    fputs("interrupted before the submission was complete\n", stderr);
    if (*sparkk8s_error_hint(err)) {
        fputs("hint: ", stderr);
        print_clean(stderr, sparkk8s_error_hint(err));
        fputs("\n", stderr);
    }
    return exit_of_code(SPARKK8S_ECANCELED);
}

int cmd_submit(struct cli *cli)
{
    AUTO(client) client = NULL;
    AUTO(run) run = NULL;
    AUTO(error) err = NULL;
    AUTO(chars) again = NULL;
    int rc;

    rc = check(&cli->options);
    if (rc != EXIT_OK)
        return rc;
    rc = submit(cli, &client, &run, &again, &err);
    if (rc == SPARKK8S_ECANCELED && signals_caught())
        return abandoned(err);
    if (rc < 0)
        return err ? complain(err) : complain_oom();
    print_run(cli, run, again);
    if (!cli->options.wait && !cli->options.logs)
        return EXIT_OK;
    if (!output_flush())
        return EXIT_INTERNAL;
    return follow_run(cli, client, run, CHANGES_STDERR, again);
}
