/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences as JSON: what sparkk8s_manifest_diff() and sparkk8s_run_diff() return. Secrets are left out of it: values of
 * Secrets, properties and variables whose names Spark would redact.
 */
#ifndef SPARK_MANIFEST_DIFF_H
#define SPARK_MANIFEST_DIFF_H

#include "manifest.h"
#include "objdiff.h"

struct diff_report {
    json_t *rows;                   /* the array; NULL until diff_report_begin() */
    const char *object;             /* "Pod/pi-driver": that is being compared */
    bool secret;                    /* it is a Secret */
    bool failed;                    /* out of memory */
};

int diff_report_begin(struct diff_report *report, sparkk8s_error **err);
/* As a `found` of the rules; `owner` is the report. */
bool diff_report_add(void *owner, const char *place, const json_t *left, const json_t *right);
/* Compares two objects, one of which may be NULL: then all of the other is one difference. */
int diff_report_objects(struct diff_report *report, const struct diff_rules *rules, const json_t *left, const json_t *right,
                        sparkk8s_error **err);
int diff_report_end(struct diff_report *report, char **out, sparkk8s_error **err);
void diff_report_clear(struct diff_report *report);

/* The array that sparkk8s_manifest_diff() returns as text; new. */
int manifest_diff(const sparkk8s_manifest *left, const sparkk8s_manifest *right, json_t **rows, sparkk8s_error **err);
/* What is random in a manifest's objects. */
int diff_ids_of(const sparkk8s_manifest *manifest, struct diff_ids *ids, sparkk8s_error **err);

#endif
