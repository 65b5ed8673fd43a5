/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making errors. The function that detects a failure words it, everyone above passes the code on:
 *
 *     return fail(err, SPARKK8S_ECONF, "spark.driver.memory", "'%s' is not a size; use e.g. 1g", value);
 *
 * `err` may be NULL everywhere. The out-of-memory error is static: reporting it allocates nothing.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "sparkk8s.h"

#include <stdbool.h>

/* Returns `code`. `where` may be NULL. The message is one line without a final period; control characters in it
 * become blanks. */
int fail(sparkk8s_error **err, int code, const char *where, const char *format, ...) PRINTF(4, 5);
int fail_oom(sparkk8s_error **err);                             /* returns SPARKK8S_ENOMEM */
/* "<what>: <strerror>"; ENOMEM is fail_oom(). */
int fail_errno(sparkk8s_error **err, int code, const char *where, const char *what, int errnum);

/* The same error once more; returns its code. SPARKK8S_ENOMEM takes its place if it cannot be copied. */
int error_copy(sparkk8s_error **err, const sparkk8s_error *from);

/* Add to an error just made; they do nothing if *err is NULL or the static one. */
void error_hint(sparkk8s_error **err, const char *format, ...) PRINTF(2, 3);
void error_hint_else(sparkk8s_error **err, const char *hint);   /* only if there is none yet */
void error_add(sparkk8s_error **err, const char *format, ...) PRINTF(2, 3);     /* to the end of the message */
void error_retriable(sparkk8s_error **err);
/* What the server answered; strings may be NULL, body is copied up to 16 KiB. */
void error_answer(sparkk8s_error **err, int http_status, const char *reason, const char *body, size_t body_len);
/* Replaces the place of an error made further down by code that did not know it. */
void error_place(sparkk8s_error **err, const char *where);

OWNED(error, sparkk8s_error *, sparkk8s_error_free);

#endif
