/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: who is responsible for a run now, as an annotation on its driver pod. Written at the version of the pod that
 * was read, so that of two claims made at once one is after the other for everybody.
 */
#include "run.h"

#include "attempt.h"
#include "json.h"
#include "pod.h"
#include "text.h"

#define ROUNDS 10                   /* changes of the pod between reading and writing */
#define CLAIM_MAX 1024

struct claim {
    sparkk8s_run *run;
    const struct kube_limit *limit;
    const char *text;
    const char *version;
};

static int send_patch(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct claim *claim = owner;
    AUTO(json) patch = json_pack("{s:{s:s, s:s, s:{s:s}}}", "metadata", "uid", claim->run->uid, "resourceVersion",
                                 claim->version, "annotations", ANNOTATION_CLAIM, claim->text);

    if (!patch)
        return fail_oom(err);
    return kube_patch(claim->run->kube, &kube_pods, claim->run->ns, claim->run->pod, patch, then, call, err);
}

static int write_claim(struct claim *claim, sparkk8s_error **err)
{
    int round, rc;

    for (round = 0; round < ROUNDS; round++) {
        AUTO(kube_call) call = NULL;
        AUTO(error) error = NULL;
        AUTO_POD pod = { 0 };

        rc = run_look(claim->run, claim->limit, &pod, err);
        if (rc < 0)
            return rc;
        claim->version = pod.version;
        rc = attempt_wait(claim->run->kube, send_patch, claim, claim->limit, &call, &error);
        if (rc == 0)
            return 0;
        if (sparkk8s_error_http_status(error) != 409)
            return pass_error(rc, &error, err);
    }
    fail(err, SPARKK8S_ESERVER, claim->run->id, "the driver pod changes faster than it can be claimed");
    error_retriable(err);
    return SPARKK8S_ESERVER;
}

int sparkk8s_run_claim(sparkk8s_run *run, const char *text, const sparkk8s_call *call, sparkk8s_error **err)
{
    struct kube_limit limit;
    struct claim claim = { .run = run, .limit = &limit, .text = text };
    int rc;

    if (!run || !text)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_claim", "run and claim must not be NULL");
    if (!*text || strlen(text) > CLAIM_MAX || !text_is_utf8(text, strlen(text)))
        return fail(err, SPARKK8S_EINVAL, "claim", "a claim has 1 to %d bytes of UTF-8", CLAIM_MAX);
    if (!run->uid)
        return fail(err, SPARKK8S_EINVAL, run->id, "there is no driver pod yet");
    rc = kube_check(run->kube, err);
    if (rc == 0)
        rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc == 0)
        rc = write_claim(&claim, err);
    return rc;
}
