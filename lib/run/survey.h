/* SPDX-License-Identifier: Apache-2.0 */
/* What a look over namespaces finds: candidates for leftovers. Complete or an error; nothing is decided by it alone. */
#ifndef RUN_SURVEY_H
#define RUN_SURVEY_H

#include "leftover.h"
#include "map.h"
#include "strv.h"

struct thing;
struct living;
struct survey {                     /* zeroed, with the first four set */
    struct kube *kube;
    const struct kube_limit *limit;
    const struct strv *ns;          /* none: all */
    struct gc_ages ages;

    struct thing *things;           /* objects that look like Spark's, and claims */
    size_t thing_count, thing_room;
    struct map living, apps;        /* pods by uid; application ids that have pods: "<ns>/<app id>" */
    bool claims_known;
    sparkk8s_leftover **found;      /* the result, TAKE()n one by one by the caller */
    size_t count, room;
};

/* Objects first, then pods: what a pod owns is created after it, so what an owner is missing of then is an orphan. */
int survey_make(struct survey *survey, sparkk8s_error **err);
/* When something was last created that the pod of this uid owns, 0 if nothing is known; *claim if a claim is among it. */
int64_t survey_sign(const struct survey *survey, const char *uid, bool *claim);
void survey_clear(struct survey *survey);

#endif
