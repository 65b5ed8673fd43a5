/* SPDX-License-Identifier: Apache-2.0 */
#include "logprint.h"

#include "connect.h"
#include "exits.h"
#include "logsave.h"
#include "progress.h"

#define RECORDS_A_TURN 512
#define NS_A_SECOND 1000000000

void logprint_init(struct logprint *print, struct cli *cli, enum logprint_names names)
{
    *print = (struct logprint){ .cli = cli, .names = names, .json = cli->options.format == FORMAT_JSON,
                                .colours = names && terminal_has_colours(stdout) };
}

static void print_name(const struct logprint *print, const sparkk8s_logs *logs, FILE *file)
{
    const char *pod = sparkk8s_logs_pod(logs), *executor = sparkk8s_logs_executor(logs);
    const char *name = print->names == NAMES_PODS ? pod : *executor ? executor : "driver", *at;
    unsigned sum = 0;

    for (at = name; *at; at++)
        sum = sum * 31 + (unsigned char)*at;
    if (print->colours && file == stdout)
        fprintf(file, "\033[%um[%s]\033[0m ", 31 + sum % 6, name);
    else
        fprintf(file, "[%s] ", name);
}

void logprint_time(const sparkk8s_logs *logs, FILE *file)
{
    int64_t ns = sparkk8s_logs_time_ns(logs);
    time_t seconds = (time_t)(ns / NS_A_SECOND);
    char when[32];
    struct tm tm;

    if (ns && gmtime_r(&seconds, &tm) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm))
        fprintf(file, "%s.%09dZ ", when, (int)(ns % NS_A_SECOND));
}

/* A long line comes in several records; another pod's may come between. */
static void print_line(struct logprint *print, const sparkk8s_logs *logs, const char *line, size_t len)
{
    const char *pod = sparkk8s_logs_pod(logs);
    bool goes_on = print->in_line && !strcmp(print->pod, pod);

    if (print->in_line && !goes_on)
        putchar('\n');
    if (!goes_on && print->names)
        print_name(print, logs, stdout);
    if (!goes_on && print->cli->options.timestamps)
        logprint_time(logs, stdout);
    fwrite(line, 1, len, stdout);
    print->in_line = !sparkk8s_logs_is_whole(logs);
    if (print->in_line)
        snprintf(print->pod, sizeof(print->pod), "%s", pod);
    else
        putchar('\n');
}

static void print_note(const struct logprint *print, const sparkk8s_logs *logs, const char *line, size_t len)
{
    int kind = sparkk8s_logs_kind(logs);
    const char *what = kind == SPARKK8S_LOG_GAP ? "gap" : kind == SPARKK8S_LOG_RESTART ? "restart" : "notice";

    fputs("log: ", stderr);
    if (print->names)
        print_name(print, logs, stderr);
    fprintf(stderr, "%s%s%.*s\n", what, len ? ": " : "", (int)len, line);
}

static int print_json(const sparkk8s_logs *logs, sparkk8s_error **err)
{
    AUTO(text) json = NULL;
    int rc = sparkk8s_logs_to_json(logs, &json, err);

    if (rc == 0)
        printf("%s\n", json);
    return rc;
}

int logprint_some(struct logprint *print, sparkk8s_logs *logs, sparkk8s_error **err)
{
    sparkk8s_call peek = connect_peek(print->cli);
    const char *line;
    size_t len;
    int i, rc;

    for (i = 0; i < RECORDS_A_TURN; i++) {
        rc = sparkk8s_logs_next(logs, &peek, &line, &len, err);
        if (rc == SPARKK8S_OK && print->json)
            rc = print_json(logs, err);
        else if (rc == SPARKK8S_OK && sparkk8s_logs_kind(logs) != SPARKK8S_LOG_LINE)
            print_note(print, logs, line, len);
        else if (rc == SPARKK8S_OK && print->save)
            logsave_line(print->save, logs, line, len);
        else if (rc == SPARKK8S_OK)
            print_line(print, logs, line, len);
        if (rc != SPARKK8S_OK)
            return rc;
    }
    return 0;
}
