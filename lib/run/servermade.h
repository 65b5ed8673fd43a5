/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server, its admission and its controllers make of an object: what they fill in does not count as a
 * difference from what was submitted.
 */
#ifndef RUN_SERVERMADE_H
#define RUN_SERVERMADE_H

#include "objdiff.h"

/* A `skip` of struct diff_rules, whose left side is the object as the server has it. */
bool is_server_made(const char *place, const json_t *live, const json_t *ours);

#endif
