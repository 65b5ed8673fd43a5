/* SPDX-License-Identifier: Apache-2.0 */
/* Logs on stdout: lines as they are, those of several pods after the pod's short name; what is no line goes to stderr. As
 * JSON every record is an object of a line on stdout. */
#ifndef LOGPRINT_H
#define LOGPRINT_H

#include "cli.h"

enum logprint_names { NAMES_NONE, NAMES_EXECUTORS /* "driver", "1", "2" */, NAMES_PODS };

struct logsave;
struct logprint {
    struct cli *cli;
    struct logsave *save;       /* where lines go instead, or NULL; borrowed */
    enum logprint_names names;
    bool json, colours;
    bool in_line;               /* the latest line on stdout is not complete; of this pod: */
    char pod[256];
};

void logprint_init(struct logprint *print, struct cli *cli, enum logprint_names names);
/* The next records, up to a few hundred: AGAIN if there are none now, END, 0 if there may be more, or an error. */
void logprint_time(const sparkk8s_logs *logs, FILE *file);      /* of the latest record, and a blank */
int logprint_some(struct logprint *print, sparkk8s_logs *logs, sparkk8s_error **err);

#endif
