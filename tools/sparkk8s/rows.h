/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses as table rows, objects and lines; one way for all commands. */
#ifndef ROWS_H
#define ROWS_H

#include "cli.h"
#include "output.h"

void rows_header(struct grid *grid, bool wide);
void rows_add(struct grid *grid, const sparkk8s_status *status, bool wide);

#endif
