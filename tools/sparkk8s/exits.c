/* SPDX-License-Identifier: Apache-2.0 */
#include "exits.h"

#include "output.h"
#include "signals.h"

#include <stdarg.h>

const struct exit_row exit_table[] = {
    { EXIT_OK, "done; with --wait: the application succeeded" },
    { EXIT_APP, "the application failed; diff: there are differences" },
    { EXIT_USAGE, "usage, or invalid input: arguments, files, Spark properties" },
    { EXIT_NOT_STARTED, "the driver did not start: image, configuration, quota, no node for it" },
    { EXIT_LOST, "the driver was lost, deleted, evicted or killed" },
    { EXIT_REFUSED, "the API server refused: rights, quota, not found, taken, invalid; or a file could not be stored" },
    { EXIT_CONNECT, "the API server was not reached, or did not answer in time" },
    { EXIT_INTERNAL, "internal: out of memory, output that cannot be written" },
    { EXIT_NOT_ENDED, "status --exit-code, wait --timeout: not ended yet, or not as wished" },
    { EXIT_SIGNAL + 2, "interrupted (Ctrl-C); 143: by SIGTERM. The application goes on" },
    { 0, NULL },
};

static const struct {
    int code, exit;
} code_exits[] = {
    { SPARKK8S_ENOMEM, EXIT_INTERNAL },
    { SPARKK8S_EINVAL, EXIT_USAGE },
    { SPARKK8S_EPARSE, EXIT_USAGE },
    { SPARKK8S_ECONF, EXIT_USAGE },
    { SPARKK8S_EIO, EXIT_USAGE },
    { SPARKK8S_EAUTH, EXIT_REFUSED },
    { SPARKK8S_EFORBIDDEN, EXIT_REFUSED },
    { SPARKK8S_ECONNECT, EXIT_CONNECT },
    { SPARKK8S_ETIMEDOUT, EXIT_CONNECT },
    { SPARKK8S_ESERVER, EXIT_REFUSED },
    { SPARKK8S_ENOTFOUND, EXIT_REFUSED },
    { SPARKK8S_EEXISTS, EXIT_REFUSED },
    { SPARKK8S_EUPLOAD, EXIT_REFUSED },
    { SPARKK8S_EFORK, EXIT_INTERNAL },
};

/* Of a run that failed, by cause. What is not here: the application. */
static const struct {
    int cause, exit;
} cause_exits[] = {
    { SPARKK8S_CAUSE_EVICTED, EXIT_LOST },
    { SPARKK8S_CAUSE_PREEMPTED, EXIT_LOST },
    { SPARKK8S_CAUSE_NODE_LOST, EXIT_LOST },
    { SPARKK8S_CAUSE_IMAGE, EXIT_NOT_STARTED },
    { SPARKK8S_CAUSE_UNSCHEDULABLE, EXIT_NOT_STARTED },
    { SPARKK8S_CAUSE_CONFIG, EXIT_NOT_STARTED },
    { SPARKK8S_CAUSE_QUOTA, EXIT_NOT_STARTED },
    { SPARKK8S_CAUSE_KILLED, EXIT_LOST },
    { SPARKK8S_CAUSE_DELETED, EXIT_LOST },
};

int exit_of_code(int rc)
{
    size_t i;

    if (rc == SPARKK8S_ECANCELED && signals_caught())
        return EXIT_SIGNAL + signals_caught();
    for (i = 0; i < COUNT(code_exits); i++)
        if (code_exits[i].code == rc)
            return code_exits[i].exit;
    return EXIT_INTERNAL;
}

int status_is_final(const sparkk8s_status *status)
{
    int state = sparkk8s_status_state(status);

    return state == SPARKK8S_STATE_SUCCEEDED || state == SPARKK8S_STATE_FAILED ||
        state == SPARKK8S_STATE_LOST;
}

int exit_of_status(const sparkk8s_status *status)
{
    int cause = sparkk8s_status_cause(status);
    size_t i;

    switch (sparkk8s_status_state(status)) {
    case SPARKK8S_STATE_SUCCEEDED:
        return EXIT_OK;
    case SPARKK8S_STATE_LOST:
        return EXIT_LOST;
    case SPARKK8S_STATE_FAILED:
        break;
    default:
        return EXIT_NOT_ENDED;
    }
    for (i = 0; i < COUNT(cause_exits); i++)
        if (cause_exits[i].cause == cause)
            return cause_exits[i].exit;
    if (cause == SPARKK8S_CAUSE_DEADLINE && !sparkk8s_status_started_ms(status))
        return EXIT_NOT_STARTED;
    return EXIT_APP;
}

/* ---- complaints ---- */

int complain(const sparkk8s_error *err)
{
    const char *where = sparkk8s_error_where(err), *hint = sparkk8s_error_hint(err);

    if (sparkk8s_error_code(err) == SPARKK8S_ECANCELED && signals_caught())
        return exit_of_code(SPARKK8S_ECANCELED);
    fputs("sparkk8s: ", stderr);
    print_clean(stderr, sparkk8s_error_message(err));
    if (*where) {
        fputs(" (", stderr);
        print_clean(stderr, where);
        fputs(")", stderr);
    }
    fputs("\n", stderr);
    if (*hint) {
        fputs("hint: ", stderr);
        print_clean(stderr, hint);
        fputs("\n", stderr);
    }
    return exit_of_code(sparkk8s_error_code(err));
}

int complain_oom(void)
{
    fputs("sparkk8s: out of memory\n", stderr);
    return EXIT_INTERNAL;
}

int complain_timeout(void)
{
    fputs("sparkk8s: no answer in time\nhint: --timeout allows more\n", stderr);
    return EXIT_CONNECT;
}

static PRINTF(1, 0) void say(const char *format, va_list args)
{
    fputs("sparkk8s: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\n", stderr);
}

int complain_usage(const char *hint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    if (hint)
        fprintf(stderr, "hint: %s\n", hint);
    return EXIT_USAGE;
}

int complain_usage_mean(const char *word, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    fprintf(stderr, "hint: did you mean '%s'?\n", word);
    return EXIT_USAGE;
}

int complain_usage_help(const char *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    fprintf(stderr, "hint: sparkk8s help %s\n", command);
    return EXIT_USAGE;
}
