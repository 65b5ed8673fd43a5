/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: a code, one line of text, a place, a hint, and what the server said. Whatever is put in comes out as UTF-8,
 * so that bindings can decode it; text for people has no control characters, so that a terminal can show it.
 */
#include "error.h"

#include "str.h"
#include "text.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>

#define MESSAGE_MAX ((size_t)4096)      /* longer ones are cut: they quote what came from outside */
#define BODY_MAX ((size_t)16 << 10)

struct sparkk8s_error {
    int code, http_status, retriable;
    char *message, *where, *hint, *reason, *body;
};

static char oom_message[] = "out of memory";
static const struct sparkk8s_error oom_error = {.code = SPARKK8S_ENOMEM, .message = oom_message};

static const char *const code_names[] = {
    [-SPARKK8S_ENOMEM] = "SPARKK8S_ENOMEM",
    [-SPARKK8S_EINVAL] = "SPARKK8S_EINVAL",
    [-SPARKK8S_EPARSE] = "SPARKK8S_EPARSE",
    [-SPARKK8S_ECONF] = "SPARKK8S_ECONF",
    [-SPARKK8S_EIO] = "SPARKK8S_EIO",
    [-SPARKK8S_EAUTH] = "SPARKK8S_EAUTH",
    [-SPARKK8S_EFORBIDDEN] = "SPARKK8S_EFORBIDDEN",
    [-SPARKK8S_ECONNECT] = "SPARKK8S_ECONNECT",
    [-SPARKK8S_ETIMEDOUT] = "SPARKK8S_ETIMEDOUT",
    [-SPARKK8S_ECANCELED] = "SPARKK8S_ECANCELED",
    [-SPARKK8S_ESERVER] = "SPARKK8S_ESERVER",
    [-SPARKK8S_ENOTFOUND] = "SPARKK8S_ENOTFOUND",
    [-SPARKK8S_EEXISTS] = "SPARKK8S_EEXISTS",
    [-SPARKK8S_EUPLOAD] = "SPARKK8S_EUPLOAD",
    [-SPARKK8S_EFORK] = "SPARKK8S_EFORK",
};

const char *sparkk8s_code_name(int code)
{
    switch (code) {
    case SPARKK8S_OK:
        return "SPARKK8S_OK";
    case SPARKK8S_AGAIN:
        return "SPARKK8S_AGAIN";
    case SPARKK8S_END:
        return "SPARKK8S_END";
    default:
        return code < 0 && code > -(int)COUNT(code_names) ? code_names[-code] : "SPARKK8S_UNKNOWN";
    }
}

/* The first `max` bytes of text at most, in whole characters; what is no UTF-8 becomes '?'. NULL if out of memory. */
static char *clean(const char *text, size_t len, size_t max, bool one_line)
{
    AUTO_STR out = STR_INIT(max);
    uint32_t c;
    size_t i, n;

    for (i = 0; i < len && text[i]; i += n) {
        n = text_char(text + i, len - i, &c);
        if (out.len + (n ? n : 1) > max)
            break;
        if (!n) {
            n = 1;
            str_addc(&out, '?');
        } else if (one_line && (c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)) {
            str_addc(&out, ' ');
        } else {
            str_addn(&out, text + i, n);
        }
    }
    return str_take(&out);
}

static char *clean_line(const char *text)
{
    return clean(text, strlen(text), MESSAGE_MAX, true);
}

static PRINTF(1, 0) char *format_line(const char *format, va_list args)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_addv(&text, format, args);
    return text.failed ? NULL : clean_line(text.s);
}

/* The error to add to, or NULL if nothing can be added. */
static sparkk8s_error *open_error(sparkk8s_error **err)
{
    return err && *err != &oom_error ? *err : NULL;
}

static void replace(char **member, char *text)
{
    if (!text)
        return;
    free(*member);
    *member = text;
}

int fail(sparkk8s_error **err, int code, const char *where, const char *format, ...)
{
    AUTO(error) made = NULL;
    va_list args;

    if (!err)
        return code;
    made = calloc(1, sizeof(*made));
    if (!made) {
        fail_oom(err);
        return code;
    }
    made->code = code;
    va_start(args, format);
    made->message = format_line(format, args);
    va_end(args);
    made->where = where ? clean_line(where) : NULL;
    if (!made->message || (where && !made->where)) {
        fail_oom(err);
        return code;
    }
    sparkk8s_error_free(*err);                          /* not before: the arguments may have come from it */
    *err = TAKE(made);
    return code;
}

int fail_oom(sparkk8s_error **err)
{
    if (err) {
        sparkk8s_error_free(*err);
        *err = (sparkk8s_error *)&oom_error;            /* never written to: see open_error() */
    }
    return SPARKK8S_ENOMEM;
}

int fail_errno(sparkk8s_error **err, int code, const char *where, const char *what, int errnum)
{
    locale_t c;
    int rc;

    if (errnum == ENOMEM)
        return fail_oom(err);
    c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return fail(err, code, where, "%s: error %d", what, errnum);
    rc = fail(err, code, where, "%s: %s", what, strerror_l(errnum, c));
    freelocale(c);
    return rc;
}

int error_copy(sparkk8s_error **err, const sparkk8s_error *from)
{
    AUTO(error) made = NULL;

    if (from == &oom_error)
        return fail_oom(err);
    if (!err)
        return from->code;
    made = calloc(1, sizeof(*made));
    if (!made)
        return fail_oom(err);
    *made = (struct sparkk8s_error){
        .code = from->code, .http_status = from->http_status, .retriable = from->retriable,
        .message = text_dup(from->message), .where = text_dup(from->where), .hint = text_dup(from->hint),
        .reason = text_dup(from->reason), .body = text_dup(from->body),
    };
    if ((from->message && !made->message) || (from->where && !made->where) || (from->hint && !made->hint) ||
        (from->reason && !made->reason) || (from->body && !made->body))
        return fail_oom(err);
    sparkk8s_error_free(*err);
    *err = TAKE(made);
    return from->code;
}

void error_hint(sparkk8s_error **err, const char *format, ...)
{
    sparkk8s_error *error = open_error(err);
    va_list args;

    if (!error)
        return;
    va_start(args, format);
    replace(&error->hint, format_line(format, args));
    va_end(args);
}

void error_hint_else(sparkk8s_error **err, const char *hint)
{
    sparkk8s_error *error = open_error(err);

    if (error && !error->hint)
        error_hint(err, "%s", hint);
}

void error_add(sparkk8s_error **err, const char *format, ...)
{
    sparkk8s_error *error = open_error(err);
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    if (!error)
        return;
    str_add(&text, error->message);
    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    if (!text.failed)
        replace(&error->message, clean_line(text.s));
}

void error_retriable(sparkk8s_error **err)
{
    sparkk8s_error *error = open_error(err);

    if (error)
        error->retriable = 1;
}

void error_answer(sparkk8s_error **err, int http_status, const char *reason, const char *body, size_t body_len)
{
    sparkk8s_error *error = open_error(err);

    if (!error)
        return;
    error->http_status = http_status;
    if (reason)
        replace(&error->reason, clean_line(reason));
    if (body)
        replace(&error->body, clean(body, body_len, BODY_MAX, false));
}

void error_place(sparkk8s_error **err, const char *where)
{
    sparkk8s_error *error = open_error(err);

    if (error && where)
        replace(&error->where, clean_line(where));
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int sparkk8s_error_code(const sparkk8s_error *err)
{
    return err ? err->code : SPARKK8S_OK;
}

const char *sparkk8s_error_message(const sparkk8s_error *err)
{
    return or_empty(err ? err->message : NULL);
}

const char *sparkk8s_error_where(const sparkk8s_error *err)
{
    return or_empty(err ? err->where : NULL);
}

const char *sparkk8s_error_hint(const sparkk8s_error *err)
{
    return or_empty(err ? err->hint : NULL);
}

const char *sparkk8s_error_reason(const sparkk8s_error *err)
{
    return or_empty(err ? err->reason : NULL);
}

const char *sparkk8s_error_body(const sparkk8s_error *err)
{
    return or_empty(err ? err->body : NULL);
}

int sparkk8s_error_http_status(const sparkk8s_error *err)
{
    return err ? err->http_status : 0;
}

int sparkk8s_error_is_retriable(const sparkk8s_error *err)
{
    return err ? err->retriable : 0;
}

void sparkk8s_error_free(sparkk8s_error *err)
{
    if (!err || err == &oom_error)
        return;
    free(err->message);
    free(err->where);
    free(err->hint);
    free(err->reason);
    free(err->body);
    free(err);
}
