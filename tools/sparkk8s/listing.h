/* SPDX-License-Identifier: Apache-2.0 */
/* Many runs as they are now. */
#ifndef LISTING_H
#define LISTING_H

#include "cli.h"

/* Those that options and words choose. `text`: prints one, instead of a row of a table; words are then what
 * sparkk8s_run_open() takes, or globs. Returns the exit code. */
int list_runs(struct cli *cli, void (*text)(const sparkk8s_status *status));

#endif
