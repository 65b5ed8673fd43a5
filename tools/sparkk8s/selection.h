/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SELECTION_H
#define SELECTION_H

#include "cli.h"

/* From the options and all words. One word alone may be an application's name, too, where `glob` says so. */
sparkk8s_select selection_of(const struct cli *cli, bool glob);
/* The words and options mean one run, by what sparkk8s_run_open() knows it. */
bool selection_is_one(const struct cli *cli);
/* They mean any number of runs; false without any of them, too. */
bool selection_is_given(const struct cli *cli);

#endif
