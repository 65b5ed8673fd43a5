/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SELECTION_H
#define SELECTION_H

#include "cli.h"

/* of list and watch: options, and the first word as glob */
sparkk8s_select selection_of(const struct cli *cli);

#endif
