/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that is no success: a line with its code, and its body; to the error that tells of it. */
#include <string.h>

#include "must.h"
#include "status.h"
#include "target.h"
#include "text.h"

/* The first three bytes are the code; 404 if they are none. */
static int code_of(const uint8_t *data, size_t size)
{
    int i, code = 0;

    if (size < 3)
        return 404;
    for (i = 0; i < 3; i++)
        code = data[i] >= '0' && data[i] <= '9' ? code * 10 + data[i] - '0' : -1000;
    return code >= 300 && code < 600 ? code : 404;
}

static void check_text(const char *text)
{
    must(text && text_is_utf8(text, strlen(text)), "not UTF-8: %s", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int http_status = code_of(data, size), retry_after_s = size % 3 ? -1 : (int)size;
    size_t skipped = size < 4 ? size : 4;
    AUTO(chars) body = malloc(size - skipped + 1);
    sparkk8s_error *err = NULL;
    const char *at;
    int rc;

    must(body, "out of memory");
    memcpy(body, data + skipped, size - skipped);
    body[size - skipped] = '\0';
    rc = status_fail(&err, "GET", "https://h/x", http_status, body, size - skipped, retry_after_s);
    must(rc < 0 && rc != SPARKK8S_ENOMEM && rc == sparkk8s_error_code(err), "%d", rc);
    must(sparkk8s_error_http_status(err) == http_status, "%d", sparkk8s_error_http_status(err));
    must(http_status != 401 || rc == SPARKK8S_EAUTH, "%d", rc);
    must(http_status != 403 || rc == SPARKK8S_EFORBIDDEN, "%d", rc);
    must((rc == SPARKK8S_EEXISTS) <= (http_status == 409), "%d", rc);
    must(retry_after_s < 0 || sparkk8s_error_is_retriable(err), "not retriable");
    must(*sparkk8s_error_message(err), "no message");
    for (at = sparkk8s_error_message(err); *at; at++)
        must((unsigned char)*at >= ' ', "a control character: %s", sparkk8s_error_message(err));
    check_text(sparkk8s_error_message(err));
    check_text(sparkk8s_error_hint(err));
    check_text(sparkk8s_error_reason(err));
    check_text(sparkk8s_error_body(err));
    sparkk8s_error_free(err);
    return 0;
}
