/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes, and complaints on stderr: `sparkk8s: what (where)`, then `hint: what to try`. */
#ifndef EXITS_H
#define EXITS_H

#include "sparkk8s.h"

enum {
    EXIT_OK = 0,
    EXIT_APP = 1,           /* the application failed */
    EXIT_DIFFERENT = 1,     /* of diff, as of diff(1) */
    EXIT_USAGE = 2,         /* usage, or invalid input */
    EXIT_NOT_STARTED = 3,   /* image, configuration, no place on the cluster */
    EXIT_LOST = 4,          /* lost, deleted or killed */
    EXIT_REFUSED = 5,       /* by the API server */
    EXIT_CONNECT = 6,       /* no connection, or no answer in time */
    EXIT_INTERNAL = 7,
    EXIT_NOT_ENDED = 8,     /* status --exit-code: neither good nor bad yet */
    EXIT_SIGNAL = 128       /* plus the signal's number: 130, 143 */
};
struct exit_row {
    int code;
    const char *doc;
};
extern const struct exit_row exit_table[];      /* for help; doc NULL at the end */

int exit_of_code(int rc);                               /* a SPARKK8S_E* */
int exit_of_status(const sparkk8s_status *status);      /* the verdict */
int status_is_final(const sparkk8s_status *status);

int complain(const sparkk8s_error *err);                /* returns its exit code */
int complain_oom(void);
int complain_timeout(void);                             /* the API server does not go on */
/* These return EXIT_USAGE. `hint` may be NULL. */
int complain_usage(const char *hint, const char *format, ...) PRINTF(2, 3);
/* hint: did you mean 'word'? */
int complain_usage_mean(const char *word, const char *format, ...) PRINTF(2, 3);
/* hint: sparkk8s help command */
int complain_usage_help(const char *command, const char *format, ...) PRINTF(2, 3);

#endif
