/* SPDX-License-Identifier: Apache-2.0 */
/* What an exec plugin prints. The first byte tells the version of the interface: '1', or v1beta1. */
#include <string.h>

#include "exec_output.h"
#include "must.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exec_credential credential = { 0 };
    sparkk8s_error *err = NULL;
    char *text;
    int rc;

    if (!size)
        return 0;
    text = calloc(1, size);             /* NUL-terminated, as a process's output is */
    must(text, "out of memory");
    memcpy(text, data + 1, size - 1);
    rc = exec_output_parse(text, size - 1, *data == '1' ? "client.authentication.k8s.io/v1" : "client.authentication.k8s.io/v1beta1",
                           &credential, &err);
    if (rc == 0) {
        must(credential.token || credential.cert, "nothing to show");
        must(!credential.cert == !credential.key, "half a pair");
    } else {
        must(err && *sparkk8s_error_message(err) && !*sparkk8s_error_where(err), "no message, or a place");
        must(!credential.token && !credential.cert && !credential.key, "a credential of an error");
    }
    exec_credential_clear(&credential);
    sparkk8s_error_free(err);
    free(text);
    return 0;
}
