/* SPDX-License-Identifier: Apache-2.0 */
/* From an HTTP answer that is no success to the error object: Kubernetes' Status, or whatever else arrived. */
#ifndef KUBE_STATUS_H
#define KUBE_STATUS_H

#include "sparkk8s.h"

#include <stdbool.h>

/* Returns the code: 401 EAUTH, 403 EFORBIDDEN, 404 ENOTFOUND, 409 AlreadyExists EEXISTS, 408/504 ETIMEDOUT, else ESERVER.
 * `where` is the URL, `method` that of the request. retry_after_s < 0: the answer had none. */
int status_fail(sparkk8s_error **err, const char *method, const char *where, int http_status, const char *body, size_t len,
                int retry_after_s);
/* An answer that came with a success: 0 if it is one, else the code of the failure that it tells of. */
int status_of_success(const char *body, size_t len);
/* The resource version that was asked for is not to be had: too old (410, with more than one reason; 400 and 500 of older
 * servers), or of a future that this server has not reached. Another list has to be asked for. */
bool status_is_expired(const sparkk8s_error *error);
/* A Status' details.retryAfterSeconds, or -1. */
int status_retry_after_s(const char *body, size_t len);

#endif
