/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s: finds the command and runs it. Called as spark-submit, it is that. */
#include "cli.h"
#include "exits.h"
#include "output.h"
#include "signals.h"

static int run(struct cli *cli, int argc, char **argv)
{
    const struct command *command = NULL;
    int rc;

    rc = options_parse(&cli->options, argc - 1, (const char *const *)argv + 1, &command);
    if (rc >= 0)
        return rc;
    if (cli->options.version)
        return cmd_version(cli);
    if (cli->options.help) {
        cli->options.words[0] = command ? command->name : NULL;
        return cmd_help(cli);
    }
    if (!command)
        return complain_usage("sparkk8s help", "a command is missing");
    return command->run(cli);
}

static bool is_spark_submit(const char *name)
{
    const char *slash = name ? strrchr(name, '/') : NULL;

    return name && !strcmp(slash ? slash + 1 : name, "spark-submit");
}

int main(int argc, char **argv)
{
    static char out[1 << 16], err[1 << 12];
    struct cli cli = { .cancel = sparkk8s_cancel_new() };
    int rc;

    setvbuf(stdout, out, _IOFBF, sizeof(out));      /* flushed before every wait: see connect_wait() */
    setvbuf(stderr, err, _IOLBF, sizeof(err));
    if (!cli.cancel)
        return complain_oom();
    signals_init(cli.cancel);
    if (is_spark_submit(argv[0]))
        return spark_submit_main(cli.cancel, argv[0], argc - 1, (const char *const *)argv + 1);
    rc = run(&cli, argc, argv);
    if (!output_flush() && rc == EXIT_OK)
        rc = EXIT_INTERNAL;
    options_clear(&cli.options);
    return rc;
}
