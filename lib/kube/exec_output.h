/* SPDX-License-Identifier: Apache-2.0 */
/* What an exec plugin prints: an ExecCredential. */
#ifndef KUBE_EXEC_OUTPUT_H
#define KUBE_EXEC_OUTPUT_H

#include "sparkk8s.h"

#include <stddef.h>
#include <stdint.h>

struct exec_credential {
    char *token;                /* or NULL */
    char *cert, *key;           /* PEM text, both or none */
    int64_t expires_ms;         /* Unix; 0: it does not say */
};

/* Of exactly this version of the interface. Nothing of the output is in errors, which have no place. */
int exec_output_parse(const char *text, size_t len, const char *api_version, struct exec_credential *out,
                      sparkk8s_error **err);
void exec_credential_clear(struct exec_credential *credential);     /* wipes */

#endif
