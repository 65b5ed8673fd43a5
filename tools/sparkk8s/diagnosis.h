/* SPDX-License-Identifier: Apache-2.0 */
/* A diagnosis for people. */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "cli.h"

/* What, evidence, advice: what `explain` prints below the state, and waiting prints at the end of a run that did
 * not succeed. */
void diagnosis_print(FILE *file, const sparkk8s_diagnosis *diagnosis);
/* Asks and prints, to stderr; what cannot be explained is told in a line. Changes no exit code. */
void diagnosis_tell(struct cli *cli, sparkk8s_run *run);

#endif
