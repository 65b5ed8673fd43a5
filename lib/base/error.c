/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: made by fail() and its kin, read by the public getters. */
#include "error.h"

#include "str.h"
#include "text.h"

#define MESSAGE_LIMIT ((size_t)8 << 10)
#define BODY_LIMIT ((size_t)16 << 10)

struct sparkk8s_error {
    int code, http_status;
    bool retriable, fixed;          /* fixed: static, never changed or freed */
    char *message, *where, *hint, *reason, *body;   /* NULL stands for "" */
};

static sparkk8s_error out_of_memory = { .code = SPARKK8S_ENOMEM, .retriable = true, .fixed = true };

static const struct {
    int code;
    const char *name;
} names[] = {
#define NAME(code) { code, #code }
    NAME(SPARKK8S_OK), NAME(SPARKK8S_AGAIN), NAME(SPARKK8S_END), NAME(SPARKK8S_ENOMEM), NAME(SPARKK8S_EINVAL),
    NAME(SPARKK8S_EPARSE), NAME(SPARKK8S_ECONF), NAME(SPARKK8S_EIO), NAME(SPARKK8S_EAUTH), NAME(SPARKK8S_EFORBIDDEN),
    NAME(SPARKK8S_ECONNECT), NAME(SPARKK8S_ETIMEDOUT), NAME(SPARKK8S_ECANCELED), NAME(SPARKK8S_ESERVER),
    NAME(SPARKK8S_ENOTFOUND), NAME(SPARKK8S_EEXISTS), NAME(SPARKK8S_EUPLOAD), NAME(SPARKK8S_EFORK),
#undef NAME
};

/* One line: control characters become blanks. */
static void make_line(char *text)
{
    char *p;

    for (p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
}

static char *format_line(const char *format, va_list args)
{
    struct str line = STR_INIT(MESSAGE_LIMIT);
    char *text;

    str_addv(&line, format, args);
    text = str_take(&line);
    if (text)
        make_line(text);
    return text;
}

static void replace(sparkk8s_error **err, sparkk8s_error *made)
{
    sparkk8s_error_free(*err);
    *err = made;
}

int fail_oom(sparkk8s_error **err)
{
    if (err)
        replace(err, &out_of_memory);
    return SPARKK8S_ENOMEM;
}

int fail(sparkk8s_error **err, int code, const char *where, const char *format, ...)
{
    sparkk8s_error *made;
    va_list args;

    if (!err)
        return code;
    made = calloc(1, sizeof *made);
    if (!made)
        return fail_oom(err);
    made->code = code;
    va_start(args, format);
    made->message = format_line(format, args);
    va_end(args);
    made->where = text_dup(where);
    if (!made->message || (where && !made->where)) {
        sparkk8s_error_free(made);
        return fail_oom(err);
    }
    replace(err, made);
    return code;
}

int fail_errno(sparkk8s_error **err, int code, const char *where, const char *what, int errnum)
{
    char buffer[128];

    return fail(err, code, where, "%s: %s", what, strerror_r(errnum, buffer, sizeof buffer));
}

static bool can_change(sparkk8s_error **err)
{
    return err && *err && !(*err)->fixed;
}

void error_hint(sparkk8s_error **err, const char *format, ...)
{
    va_list args;

    if (!can_change(err))
        return;
    free((*err)->hint);
    va_start(args, format);
    (*err)->hint = format_line(format, args);
    va_end(args);
}

void error_retriable(sparkk8s_error **err)
{
    if (can_change(err))
        (*err)->retriable = true;
}

void error_answer(sparkk8s_error **err, int http_status, const char *reason, const char *body, size_t body_len)
{
    if (!can_change(err))
        return;
    (*err)->http_status = http_status;
    free((*err)->reason);
    free((*err)->body);
    (*err)->reason = text_dup(reason);
    (*err)->body = body ? text_dupn(body, body_len < BODY_LIMIT ? body_len : BODY_LIMIT) : NULL;
}

void error_place(sparkk8s_error **err, const char *where)
{
    char *copy;

    if (!can_change(err))
        return;
    copy = text_dup(where);
    if (!copy)
        return;
    free((*err)->where);
    (*err)->where = copy;
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
    return err == &out_of_memory ? "out of memory" : err ? or_empty(err->message) : "";
}

const char *sparkk8s_error_where(const sparkk8s_error *err)
{
    return err ? or_empty(err->where) : "";
}

const char *sparkk8s_error_hint(const sparkk8s_error *err)
{
    return err ? or_empty(err->hint) : "";
}

const char *sparkk8s_error_reason(const sparkk8s_error *err)
{
    return err ? or_empty(err->reason) : "";
}

const char *sparkk8s_error_body(const sparkk8s_error *err)
{
    return err ? or_empty(err->body) : "";
}

int sparkk8s_error_http_status(const sparkk8s_error *err)
{
    return err ? err->http_status : 0;
}

int sparkk8s_error_is_retriable(const sparkk8s_error *err)
{
    return err && err->retriable;
}

void sparkk8s_error_free(sparkk8s_error *err)
{
    if (!err || err->fixed)
        return;
    free(err->message);
    free(err->where);
    free(err->hint);
    free(err->reason);
    free(err->body);
    free(err);
}

const char *sparkk8s_code_name(int code)
{
    size_t i;

    for (i = 0; i < COUNT(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return "SPARKK8S_UNKNOWN";
}
