/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs into a folder: a file for each pod, and for each restart of its container, written as lines come. A state file has the
 * position, and how long each file was there: who goes on takes back what came after it, so that nothing is lost or
 * repeated however the run before ended.
 */
#ifndef LOGSAVE_H
#define LOGSAVE_H

#include "cli.h"

struct logsave;

/* `what`: the run, or how runs were selected: the folder must be of the same. *position is what to open the logs with:
 * borrowed, or NULL. An exit code, EXIT_OK if all is well. */
int logsave_open(const struct cli *cli, const char *what, bool many_namespaces, struct logsave **out,
                 const char **position);
/* A line of `logs`. Remembers failure. */
void logsave_line(struct logsave *save, const sparkk8s_logs *logs, const char *line, size_t len);
/* Brings everything to the disk: now and then, or at once. An exit code. */
int logsave_sync(struct logsave *save, const sparkk8s_logs *logs, bool now);
int logsave_wait_ms(const struct logsave *save);        /* until it is to be called again; -1: when there is more */
void logsave_summary(const struct logsave *save);       /* on stderr */
void logsave_free(struct logsave *save);
OWNED(logsave, struct logsave *, logsave_free);

#endif
