/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a reader of many logs stands, as one text for another process. Pure.
 *
 *     2:<whose>:<highest>;<pod>:<restarts>:<container>[:!|:<numbers of the mark>];...
 *
 * `whose` is the uid of the run's driver, or "*" where runs are selected; `highest` the highest executor id that was seen. A
 * pod is a name, "<namespace>/<name>" where there may be several, or "-<rest>": as the one before up to its last "-".
 * "!": it was read to its end. Times within the mark are relative to its second.
 */
#ifndef RUN_LOGTOKEN_H
#define RUN_LOGTOKEN_H

#include "logmark.h"
#include "sparkk8s.h"
#include "str.h"

struct log_entry {
    char *pod;
    struct log_position position;
    bool over, met;                 /* read to its end; met: for the reader of the token */
};

struct log_token {
    char *whose;
    int64_t highest;
    struct log_entry *entries;
    size_t count;
};

/* Appended to `out` one after another. `before` is the pod of the entry before, or NULL. */
void log_token_begin(struct str *out, const char *whose, int64_t highest);
void log_token_add(struct str *out, const char *pod, const char *before, const struct log_position *position, bool over);

/* SPARKK8S_EINVAL if it is not one. */
int log_token_parse(const char *text, struct log_token *out, sparkk8s_error **err);
struct log_entry *log_token_entry(const struct log_token *token, const char *pod);      /* or NULL */
void log_token_clear(struct log_token *token);

#endif
