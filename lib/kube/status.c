/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an answer that is no success to an error. Mirrors apimachinery's NewGenericServerResponse: a body that is no
 * Status (a plain 429, a load balancer's page) gets its reason from the code alone.
 */
#include "status.h"

#include "error.h"
#include "json.h"
#include "scan.h"
#include "str.h"
#include "text.h"

enum {
    EXCERPT = 200,                  /* of a body that is no Status */
    STATUS_MOST = 64 << 10          /* what is larger is no Status */
};
#define NO_REDIRECTS "redirects are not followed, so that no credential goes where it should not: is the server's URL right?"

struct row {
    int http_status, code;
    const char *reason;
    bool retriable;
    const char *hint;               /* or NULL */
};

static const struct row rows[] = {
    { 301, SPARKK8S_ESERVER, "", false, NO_REDIRECTS },
    { 302, SPARKK8S_ESERVER, "", false, NO_REDIRECTS },
    { 303, SPARKK8S_ESERVER, "", false, NO_REDIRECTS },
    { 307, SPARKK8S_ESERVER, "", false, NO_REDIRECTS },
    { 308, SPARKK8S_ESERVER, "", false, NO_REDIRECTS },
    { 400, SPARKK8S_ESERVER, "BadRequest", false, NULL },
    { 401, SPARKK8S_EAUTH, "Unauthorized", false, "the credentials are missing, wrong or expired: log in again, or check "
                                                  "the context's user in the kubeconfig" },
    { 403, SPARKK8S_EFORBIDDEN, "Forbidden", false, NULL },
    { 404, SPARKK8S_ENOTFOUND, "NotFound", false, NULL },
    { 405, SPARKK8S_ESERVER, "MethodNotAllowed", false, NULL },
    { 406, SPARKK8S_ESERVER, "NotAcceptable", false, NULL },
    { 408, SPARKK8S_ETIMEDOUT, "Timeout", true, NULL },
    { 409, SPARKK8S_ESERVER, "Conflict", false, NULL },
    { 410, SPARKK8S_ESERVER, "Gone", false, NULL },
    { 413, SPARKK8S_ESERVER, "RequestEntityTooLarge", false, "an object may have about 1.5 MiB" },
    { 415, SPARKK8S_ESERVER, "UnsupportedMediaType", false, NULL },
    { 422, SPARKK8S_ESERVER, "Invalid", false, NULL },
    { 429, SPARKK8S_ESERVER, "TooManyRequests", true, "the API server is busy: try again later" },
    { 500, SPARKK8S_ESERVER, "InternalError", true, NULL },
    { 502, SPARKK8S_ESERVER, "BadGateway", true, NULL },
    { 503, SPARKK8S_ESERVER, "ServiceUnavailable", true, "the API server is not ready: try again later" },
    { 504, SPARKK8S_ETIMEDOUT, "Timeout", true, NULL },
};
static const struct row other = { 0, SPARKK8S_ESERVER, "", false, NULL };

static const struct row *row_of(int http_status)
{
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        if (rows[i].http_status == http_status)
            return &rows[i];
    return &other;
}

/* The body as a Status, or NULL: then it is something else, or there is no memory, and its excerpt has to do. */
static json_t *parse_status(const char *body, size_t len)
{
    AUTO(json) status = NULL;
    const char *kind;

    if (len == 0 || body[0] != '{' || json_parse(body, len, "", &status, NULL) < 0)
        return NULL;
    kind = json_text_at(status, "kind", NULL);
    return kind && strcmp(kind, "Status") == 0 ? TAKE(status) : NULL;
}

static bool is_page(const char *text)
{
    return strncasecmp(text, "<!doctype", 9) == 0 || strncasecmp(text, "<html", 5) == 0;
}

/* What there is to say about a body that is no Status. */
static void add_excerpt(struct str *out, const char *body, size_t len)
{
    const char *start = text_trim(body, len, &len);

    if (len == 0)
        return;
    if (is_page(start)) {
        str_add(out, ", with a web page in place of a Kubernetes answer");
        return;
    }
    if (len > EXCERPT)
        len = EXCERPT;
    str_add(out, ": ");
    str_addn(out, start, len);
}

/* `what "x" <mark>"VALUE"`: the quoted word that follows `mark` in a message, or false. */
static bool quoted_after(const char *message, const char *mark, char *out, size_t size)
{
    const char *start = strstr(message, mark);
    const char *end;
    size_t len;

    if (!start)
        return false;
    start += strlen(mark);
    end = strchr(start, '"');
    len = end ? (size_t)(end - start) : size;
    if (len >= size)
        return false;
    memcpy(out, start, len);
    out[len] = '\0';
    return true;
}

/* RBAC's refusals have one form: User "u" cannot VERB resource "R" in API group "G" in the namespace "N". */
static void hint_forbidden(sparkk8s_error **err, const char *message)
{
    const char *verb = strstr(message, " cannot ");
    char resource[128], ns[128];
    int len;

    if (strstr(message, "exceeded quota")) {
        error_hint(err, "the namespace's quota is used up: wait, ask for less, or have it raised");
        return;
    }
    if (!verb || !quoted_after(message, "resource \"", resource, sizeof resource))
        return;
    verb += strlen(" cannot ");
    len = (int)strcspn(verb, " ");
    if (quoted_after(message, "in the namespace \"", ns, sizeof ns))
        error_hint(err, "a Role in namespace %s has to allow %.*s on %s (kubectl auth can-i %.*s %s -n %s)", ns, len, verb,
                   resource, len, verb, resource, ns);
    else
        error_hint(err, "a ClusterRole has to allow %.*s on %s", len, verb, resource);
}

static void add_hint(sparkk8s_error **err, const struct row *row, const char *message, const json_t *status)
{
    const char *kind = json_text_at(status, "details", "kind", NULL);
    const char *name = json_text_at(status, "details", "name", NULL);

    if (row->hint)
        error_hint(err, "%s", row->hint);
    else if (row->http_status == 403)
        hint_forbidden(err, message);
    else if (row->http_status == 404 && kind && name && strcmp(kind, "namespaces") == 0)
        error_hint(err, "create it first: kubectl create namespace %s", name);
    else if (row->http_status == 404 && !status)
        error_hint(err, "is this the URL of a Kubernetes API server?");
}

int status_of_success(const char *body, size_t len)
{
    struct scan scan = scan_begin(body, len);
    struct slice kind, status;
    int64_t code = 0;

    if (len > STATUS_MOST || !scan_text_at(&scan, SCAN_AT("kind"), &kind) || !scan_is(&kind, "Status") ||
        !scan_text_at(&scan, SCAN_AT("status"), &status) || !scan_is(&status, "Failure"))
        return 0;
    if (!scan_find(&scan, "code") || !scan_int(&scan, &code) || code < 300 || code > 599)
        return 500;
    return (int)code;
}

/* By the words where the code does not say it, as client-go's isExpiredError and isTooLargeResourceVersionError. */
bool status_is_expired(const sparkk8s_error *error)
{
    static const char *const words[] = {
        "too old resource version", "required revision has been compacted", "Too large resource version", NULL
    };
    const char *reason = sparkk8s_error_reason(error), *message = sparkk8s_error_message(error);
    size_t i;

    if (sparkk8s_error_http_status(error) == 410 || strcmp(reason, "Expired") == 0 || strcmp(reason, "Gone") == 0)
        return true;
    for (i = 0; words[i]; i++)
        if (strstr(message, words[i]))
            return true;
    return false;
}

int status_retry_after_s(const char *body, size_t len)
{
    struct scan scan = scan_begin(body, len);
    int64_t seconds = 0;

    if (len > STATUS_MOST || !scan_path(&scan, SCAN_AT("details", "retryAfterSeconds")) || !scan_int(&scan, &seconds))
        return -1;
    return seconds > 0 && seconds < INT32_MAX ? (int)seconds : -1;
}

int status_fail(sparkk8s_error **err, const char *method, const char *where, int http_status, const char *body, size_t len,
                int retry_after_s)
{
    const struct row *row = row_of(http_status);
    AUTO(json) status = parse_status(body, len);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    const char *message = json_text_at(status, "message", NULL);
    const char *reason = json_text_at(status, "reason", NULL);
    int code = row->code;

    if (!message || !*message) {
        str_addf(&text, "the server answered %d%s%s", http_status, *row->reason ? " " : "", row->reason);
        if (!status)
            add_excerpt(&text, body, len);
        if (text.failed)
            return fail_oom(err);
        message = text.s;
    }
    if (!reason || !*reason)
        reason = row->reason;
    if (http_status == 409 && !status && strcmp(method, "POST") == 0)
        reason = "AlreadyExists";
    if (http_status == 409 && strcmp(reason, "AlreadyExists") == 0)
        code = SPARKK8S_EEXISTS;
    fail(err, code, where, "%s", message);
    error_answer(err, http_status, reason, body, len);
    add_hint(err, row, message, status);
    if (row->retriable || retry_after_s >= 0)
        error_retriable(err);
    return code;
}
