/* SPDX-License-Identifier: Apache-2.0 */
/* The public diagnosis: a finding with its evidence, independent of client and run. */
#ifndef RUN_DIAGNOSIS_H
#define RUN_DIAGNOSIS_H

#include "finding.h"

OWNED(diagnosis, sparkk8s_diagnosis *, sparkk8s_diagnosis_free);

int diagnosis_new(const struct facts *facts, const char *run_id, const char *app_id, sparkk8s_diagnosis **out,
                  sparkk8s_error **err);

#endif
