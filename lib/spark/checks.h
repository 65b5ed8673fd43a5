/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Spark accepts and what fails all the same: at the API server, in the driver, or for want of executors.
 * Looked at when all is rendered, in the keys (check_keys.c) and in the objects (check_objects.c).
 *
 * Most of it is a warning. Spark's own submission sends it, rendering is to be equal to that, and the API
 * server, which may be newer than these rules, has the last word. Refused is what cannot end but badly, which
 * nobody would find out before the driver has been scheduled and started.
 */
#ifndef SPARK_CHECKS_H
#define SPARK_CHECKS_H

#include "build.h"
#include "check_rules.h"

enum severity { WARN, REFUSE };

struct check {
    struct build *b;
    sparkk8s_error **err;
};

/* All checks. 0, or the first refusal. */
int check_all(struct build *b, sparkk8s_error **err);

int check_keys(const struct check *check);
int check_relations(const struct check *check);     /* between keys */
int check_objects(const struct check *check);

/* What is wrong with a key, or with `key` = NULL with something that the text names, and what to try. Returns
 * 0 for a warning. */
int check_say(const struct check *check, enum severity severity, const char *key, const char *hint,
              const char *format, ...) PRINTF(5, 6);

#endif
