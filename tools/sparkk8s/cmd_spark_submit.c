/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s spark-submit, and sparkk8s called by the name of spark-submit: the library plays spark-submit, this gives it
 * an environment and a log with its form of lines.
 */
#include "cli.h"
#include "exits.h"
#include "signals.h"
#include "spark_env.h"

#include <unistd.h>

/* As log4j's pattern: %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m */
static void print_line(int level, const char *topic, const char *message, void *userdata UNUSED)
{
    static const char *const names[] = {
        [SPARKK8S_LOG_DEBUG] = "DEBUG", [SPARKK8S_LOG_INFO] = "INFO", [SPARKK8S_LOG_WARN] = "WARN",
        [SPARKK8S_LOG_ERROR] = "ERROR",
    };
    time_t now = time(NULL);
    char when[32] = "";
    struct tm tm;

    if (level > 0 && level < (int)COUNT(names)) {
        if (localtime_r(&now, &tm))
            strftime(when, sizeof(when), "%y/%m/%d %H:%M:%S", &tm);
        fprintf(stderr, "%s %s %s: ", when, names[level], topic);
    }
    fprintf(stderr, "%s\n", message);
}

int spark_submit_main(sparkk8s_cancel *cancel, const char *name, int argc, const char *const *argv)
{
    sparkk8s_spark_submit_opts opts = { .size = sizeof(opts), .print = print_line, .cancel = cancel };
    AUTO(error) err = NULL;
    int code, rc;

    rc = spark_env_load(name, argc, argv);
    if (rc >= 0)
        return rc;
    rc = sparkk8s_spark_submit(argc, argv, (const char *const *)environ, &opts, &code, &err);
    if (rc < 0 && !err)
        return complain_oom();
    return rc < 0 ? complain(err) : code;
}

int cmd_spark_submit(struct cli *cli)
{
    return spark_submit_main(cli->cancel, "spark-submit", cli->options.word_count, cli->options.words);
}
