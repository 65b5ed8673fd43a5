/* SPDX-License-Identifier: Apache-2.0 */
/* What single keys do to an application, for `conf KEY` and `render --explain`. */
#ifndef KEYS_H
#define KEYS_H

#include "cli.h"

int explain_keys(const struct cli *cli, const sparkk8s_app *app, const char *const *keys, int count);
/* A row of sparkk8s_manifest_diff(): "  path", and below it what each side has. */
void print_difference(const char *row, int indent);

#endif
