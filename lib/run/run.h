/* SPDX-License-Identifier: Apache-2.0 */
/* A run: one driver pod, pinned to its uid. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "kube.h"
#include "sight.h"

struct submission;                  /* submit.c: the state of one that is under way */

struct sparkk8s_run {
    struct kube *kube;              /* a reference */
    char *ns, *pod, *uid, *app_id, *id;     /* id: "<ns>:<pod>"; uid NULL until the pod was created */
    struct sight *sight;            /* a reference */
    struct submission *submission;  /* NULL once it is finished */
};

OWNED(run, sparkk8s_run *, sparkk8s_run_free);

/* Labels and annotations that submit adds to what Spark has. */
#define LABEL_SUBMISSION "sparkk8s.io/submission"       /* hash of the submission key (or of a random one) */
#define ANNOTATION_MANIFEST "sparkk8s.io/manifest"      /* manifest digest */
#define ANNOTATION_CLAIM "sparkk8s.io/claim"
#define GATE_SUBMISSION "sparkk8s.io/submission"
#define SUBMISSION_HASH_SIZE 41
void submission_hash(const char *key, char out[SUBMISSION_HASH_SIZE]);      /* 40 hex digits: a label value */

int run_new(struct kube *kube, const char *ns, const char *pod, const char *uid, const char *app_id,
            sparkk8s_run **out, sparkk8s_error **err);

/* sparkk8s_run_open(); after SPARKK8S_ENOTFOUND *other says that a pod of this name is there which is no driver. */
int run_find(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call, sparkk8s_run **out,
             bool *other, sparkk8s_error **err);
/* A run of which only the name is known, "<namespace>:<driver pod>" or the pod's, without asking. SPARKK8S_END: it is none. */
int run_of_name(sparkk8s_client *client, const char *ns, const char *id, sparkk8s_run **out, sparkk8s_error **err);

/* What a pod's name or a namespace may consist of: whether asking for it makes sense at all. */
bool is_object_name(const char *text);

/* The driver pod as it is now. SPARKK8S_ENOTFOUND if it is gone, or if another pod has its name. */
struct pod;
int run_look(sparkk8s_run *run, const struct kube_limit *limit, struct pod *pod, sparkk8s_error **err);

#endif
