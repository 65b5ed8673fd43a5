/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a run's end: its changes and, if wished, its log, in one thread over one descriptor. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "cli.h"

enum follow_changes { CHANGES_STDERR, CHANGES_STDOUT, CHANGES_JSON };

/* Returns the exit code: the verdict, or why it was not awaited. `again`: see connect_again(). */
int follow_run(struct cli *cli, sparkk8s_client *client, sparkk8s_run *run, enum follow_changes changes,
               const char *again);
/* A change of any of many runs, on stdout, in the format of the options. */
void follow_print_change(const struct cli *cli, const sparkk8s_status *status);
void follow_print_json(FILE *file, const sparkk8s_status *status);      /* one object, one line */

#endif
