/* SPDX-License-Identifier: Apache-2.0 */
/* Status decoding, as tables. */
#include "fixture.h"

#include "status.h"

static const struct {
    int http_status;
    const char *body;
    int retry_after_s, code;
    const char *reason, *message, *hint;        /* hint: a part of it; NULL: none */
    bool retriable;
} cases[] = {
    { 403, "{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"jane\\\" cannot create resource \\\"pods\\\" in API "
           "group \\\"\\\" in the namespace \\\"etl\\\"\",\"reason\":\"Forbidden\",\"code\":403}", -1,
      SPARKK8S_EFORBIDDEN, "Forbidden", "pods is forbidden: User \"jane\" cannot create resource \"pods\" in API group \"\" in "
      "the namespace \"etl\"", "kubectl auth can-i create pods -n etl", false },
    { 403, "{\"kind\":\"Status\",\"message\":\"User \\\"j\\\" cannot list resource \\\"pods\\\" in API group \\\"\\\" at the "
           "cluster scope\",\"reason\":\"Forbidden\"}", -1, SPARKK8S_EFORBIDDEN, "Forbidden",
      "User \"j\" cannot list resource \"pods\" in API group \"\" at the cluster scope", "ClusterRole", false },
    { 403, "{\"kind\":\"Status\",\"message\":\"pods \\\"a\\\" is forbidden: exceeded quota: q\",\"reason\":\"Forbidden\"}", -1,
      SPARKK8S_EFORBIDDEN, "Forbidden", "pods \"a\" is forbidden: exceeded quota: q", "quota", false },
    { 404, "{\"kind\":\"Status\",\"message\":\"namespaces \\\"x\\\" not found\",\"reason\":\"NotFound\",\"details\":{\"name\":"
           "\"x\",\"kind\":\"namespaces\"}}", -1, SPARKK8S_ENOTFOUND, "NotFound", "namespaces \"x\" not found",
      "kubectl create namespace x", false },
    { 404, "{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" not found\",\"reason\":\"NotFound\"}", -1, SPARKK8S_ENOTFOUND,
      "NotFound", "pods \"x\" not found", NULL, false },
    { 409, "{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" already exists\",\"reason\":\"AlreadyExists\"}", -1,
      SPARKK8S_EEXISTS, "AlreadyExists", "pods \"x\" already exists", NULL, false },
    { 409, "{\"kind\":\"Status\",\"message\":\"changed\",\"reason\":\"Conflict\"}", -1, SPARKK8S_ESERVER, "Conflict", "changed",
      NULL, false },
    { 403, "{\"kind\":\"Status\",\"message\":\"admission webhook \\\"p.example\\\" denied the request: no\",\"reason\":\"Forbidden\"}", -1,
      SPARKK8S_EFORBIDDEN, "Forbidden", "admission webhook \"p.example\" denied the request: no", NULL, false },
    { 413, "{\"kind\":\"Status\",\"message\":\"limit is 3145728\",\"reason\":\"RequestEntityTooLarge\"}", -1, SPARKK8S_ESERVER,
      "RequestEntityTooLarge", "limit is 3145728", "1.5 MiB", false },
    { 307, "", -1, SPARKK8S_ESERVER, "", "the server answered 307", "not followed", false },
    { 401, "Unauthorized", -1, SPARKK8S_EAUTH, "Unauthorized", "the server answered 401 Unauthorized: Unauthorized",
      "log in again", false },
    { 429, "Too many requests, please try again later.\n", 1, SPARKK8S_ESERVER, "TooManyRequests",
      "the server answered 429 TooManyRequests: Too many requests, please try again later.", "later", true },
    { 502, "<!DOCTYPE html><html>x", -1, SPARKK8S_ESERVER, "BadGateway",
      "the server answered 502 BadGateway, with a web page in place of a Kubernetes answer", NULL, true },
    { 504, "{\"kind\":\"Status\",\"message\":\"Timeout\",\"reason\":\"Timeout\"}", 1, SPARKK8S_ETIMEDOUT, "Timeout", "Timeout",
      NULL, true },
    { 500, "", -1, SPARKK8S_ESERVER, "InternalError", "the server answered 500 InternalError", NULL, true },
    { 418, "", -1, SPARKK8S_ESERVER, "", "the server answered 418", NULL, false },
    { 422, "{\"kind\":\"Status\",\"reason\":\"Invalid\"}", -1, SPARKK8S_ESERVER, "Invalid", "the server answered 422 Invalid",
      NULL, false },
    { 500, "{\"kind\":\"Status\",\"message\":7,\"reason\":null}", -1, SPARKK8S_ESERVER, "InternalError",
      "the server answered 500 InternalError", NULL, true },
    { 404, "{\"kind\":\"Pod\"}", -1, SPARKK8S_ENOTFOUND, "NotFound", "the server answered 404 NotFound: {\"kind\":\"Pod\"}",
      "URL of a Kubernetes API server", false },
    { 500, "{\"kind\":", -1, SPARKK8S_ESERVER, "InternalError", "the server answered 500 InternalError: {\"kind\":", NULL, true },
    { 500, "\xff\x01", -1, SPARKK8S_ESERVER, "InternalError", "the server answered 500 InternalError: ?", NULL, true },
};

START_TEST(statuses)
{
    sparkk8s_error *err;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        err = NULL;
        ck_assert_int_eq(status_fail(&err, "GET", "https://h/x", cases[i].http_status, cases[i].body, strlen(cases[i].body),
                                     cases[i].retry_after_s), cases[i].code);
        ck_assert_int_eq(sparkk8s_error_code(err), cases[i].code);
        ck_assert_str_eq(sparkk8s_error_reason(err), cases[i].reason);
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].message);
        ck_assert_str_eq(sparkk8s_error_where(err), "https://h/x");
        ck_assert_int_eq(sparkk8s_error_http_status(err), cases[i].http_status);
        ck_assert_int_eq(sparkk8s_error_is_retriable(err), cases[i].retriable);
        if (cases[i].hint)
            ck_assert_msg(strstr(sparkk8s_error_hint(err), cases[i].hint) != NULL, "%zu: %s", i, sparkk8s_error_hint(err));
        else
            ck_assert_str_eq(sparkk8s_error_hint(err), "");
        sparkk8s_error_free(err);
    }
}
END_TEST

static const struct { int http_status; const char *reason, *message; bool expired; } versions[] = {
    { 410, "Expired", "", true }, { 410, "Gone", "", true }, { 200, "Expired", "", true }, { 500, "InternalError", "", false },
    { 400, "BadRequest", "too old resource version: 2 (4)", true },
    { 500, "InternalError", "etcdserver: mvcc: required revision has been compacted", true },
    { 504, "Timeout", "Timeout: Too large resource version: 10, current: 5", true },        /* 1.17 */
    { 504, "Timeout", "Too large resource version", true },
    { 504, "Timeout", "request timed out", false }, { 429, "TooManyRequests", "", false }, { 409, "Conflict", "", false },
};

START_TEST(expired_versions)
{
    sparkk8s_error *err;
    char body[256];
    size_t i;

    for (i = 0; i < COUNT(versions); i++) {
        err = NULL;
        snprintf(body, sizeof body, "{\"kind\":\"Status\",\"reason\":\"%s\",\"message\":\"%s\"}", versions[i].reason,
                 versions[i].message);
        status_fail(&err, "GET", "https://h/x", versions[i].http_status, body, strlen(body), -1);
        ck_assert_msg(status_is_expired(err) == versions[i].expired, "%s", body);
        sparkk8s_error_free(err);
    }
    ck_assert(!status_is_expired(NULL));
}
END_TEST

static const TTest *const *const tests[] = { &statuses, &expired_versions };

int main(void)
{
    return run_tests("status", tests, COUNT(tests), NULL, NULL);
}
