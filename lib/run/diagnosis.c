/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnosis.h"

#include "error.h"
#include "json.h"
#include "strv.h"
#include "text.h"

struct sparkk8s_diagnosis {
    char *run_id, *app_id;
    int state, exit_code;
    struct finding finding;
    struct strv evidence;
};

/* In the order of the kinds, and in each as it came. */
static int add_evidence(sparkk8s_diagnosis *diagnosis, const struct facts *facts, sparkk8s_error **err)
{
    int kind, rc = 0;
    size_t i;

    for (kind = 0; kind < FACT_KINDS; kind++)
        for (i = 0; rc == 0 && i < facts->count; i++) {
            AUTO(chars) line = NULL;

            if ((int)facts->v[i].kind != kind)
                continue;
            rc = fact_line(facts, &facts->v[i], &line, err);
            if (rc == 0)
                strv_add(&diagnosis->evidence, line);
        }
    return rc == 0 && diagnosis->evidence.failed ? fail_oom(err) : rc;
}

int diagnosis_new(const struct facts *facts, const char *run_id, const char *app_id, sparkk8s_diagnosis **out,
                  sparkk8s_error **err)
{
    AUTO(diagnosis) diagnosis = facts->failed ? NULL : calloc(1, sizeof(*diagnosis));
    int rc;

    if (!diagnosis)
        return fail_oom(err);
    diagnosis->run_id = text_dup(run_id);
    diagnosis->app_id = text_dup(app_id);
    if (!diagnosis->run_id || (app_id && !diagnosis->app_id))
        return fail_oom(err);
    diagnosis->state = facts->state;
    diagnosis->exit_code = facts->exit_code;
    rc = finding_of(facts, &diagnosis->finding, err);
    if (rc == 0)
        rc = add_evidence(diagnosis, facts, err);
    if (rc < 0)
        return rc;
    *out = TAKE(diagnosis);
    return 0;
}

void sparkk8s_diagnosis_free(sparkk8s_diagnosis *diagnosis)
{
    if (!diagnosis)
        return;
    free(diagnosis->run_id);
    free(diagnosis->app_id);
    finding_clear(&diagnosis->finding);
    strv_clear(&diagnosis->evidence);
    free(diagnosis);
}

const char *sparkk8s_diagnosis_run_id(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->run_id;
}

int sparkk8s_diagnosis_state(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->state;
}

int sparkk8s_diagnosis_cause(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->finding.cause;
}

int sparkk8s_diagnosis_exit_code(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->exit_code;
}

const char *sparkk8s_diagnosis_summary(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->finding.summary;
}

const char *sparkk8s_diagnosis_advice(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->finding.advice;
}

int sparkk8s_diagnosis_is_retriable(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->finding.retry == RETRY_YES;
}

size_t sparkk8s_diagnosis_evidence_count(const sparkk8s_diagnosis *diagnosis)
{
    return diagnosis->evidence.count;
}

const char *sparkk8s_diagnosis_evidence(const sparkk8s_diagnosis *diagnosis, size_t index)
{
    return index < diagnosis->evidence.count ? diagnosis->evidence.v[index] : NULL;
}

/* ---- JSON ---- */

static json_t *json_retry(enum retry retry)
{
    return retry == RETRY_UNKNOWN ? json_null() : json_boolean(retry == RETRY_YES);
}

static json_t *json_evidence(const sparkk8s_diagnosis *diagnosis)
{
    AUTO(json) lines = json_array();
    size_t i;

    for (i = 0; lines && i < diagnosis->evidence.count; i++)
        if (json_push(lines, json_string(diagnosis->evidence.v[i])) < 0)
            return NULL;
    return TAKE(lines);
}

int sparkk8s_diagnosis_to_json(const sparkk8s_diagnosis *diagnosis, char **out, sparkk8s_error **err)
{
    const struct json_member members[] = {
        { "run_id", json_string(diagnosis->run_id) },
        { "app_id", diagnosis->app_id && *diagnosis->app_id ? json_string(diagnosis->app_id) : json_null() },
        { "state", json_string(sparkk8s_state_name(diagnosis->state)) },
        { "cause", json_string(sparkk8s_cause_name(diagnosis->finding.cause)) },
        { "exit_code", diagnosis->exit_code == -1 ? json_null() : json_integer(diagnosis->exit_code) },
        { "summary", json_string(diagnosis->finding.summary) },
        { "advice", json_string(diagnosis->finding.advice) },
        { "retriable", json_retry(diagnosis->finding.retry) },
        { "evidence", json_evidence(diagnosis) },
    };
    char *text = json_members_text(members, COUNT(members));

    if (!text)
        return fail_oom(err);
    *out = text;
    return 0;
}
