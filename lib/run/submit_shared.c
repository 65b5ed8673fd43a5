/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PersistentVolumeClaim under a name that the user has chosen, and that is there already: made beforehand, or by
 * another application. spark-submit applies its own over it, so that applications share the claim, and its owner and
 * labels become those of the latest one. Here it is shared too, but left as it is: never adopted, never deleted.
 *
 * What cannot be changed of a claim must be as wanted (spark-submit is refused by the API server then); more room than
 * wanted is no harm, and less is not changed, since that is a decision about somebody else's claim.
 */
#include "submission.h"

#include "quantity.h"

#define PLACES 3
#define PLACE_LIMIT 512

static const char *requested(const json_t *claim)
{
    return json_text_at(claim, "spec", "resources", "requests", "storage", NULL);
}

static bool is_larger(const json_t *theirs, const json_t *ours)
{
    double have, wanted;

    return requested(theirs) && requested(ours) && quantity_parse(requested(theirs), &have) &&
           quantity_parse(requested(ours), &wanted) && have > wanted;
}

/* Where the claim is not as wanted. */
static int compare(const json_t *ours, const json_t *theirs, struct strv *places, sparkk8s_error **err)
{
    AUTO(json) wanted = json_pack("{s:o}", "spec", json_clone(json_object_get(ours, "spec")));

    if (!wanted)
        return fail_oom(err);
    if (is_larger(theirs, ours) &&
        json_put_text(json_at(wanted, "spec", "resources", "requests", NULL), "storage", requested(theirs)) < 0)
        return fail_oom(err);
    return submit_diff(theirs, wanted, PLACES, places, err);
}

static int fail_claim(const struct part *part, const char *what, const char *hint, sparkk8s_error **err)
{
    char place[PLACE_LIMIT];

    snprintf(place, sizeof(place), "%s %s", part->kind->kind, part->name);
    fail(err, SPARKK8S_EEXISTS, place, "the claim is there already, %s", what);
    error_hint(err, "%s", hint);
    return SPARKK8S_EEXISTS;
}

static int is_unlike(const struct part *part, const struct strv *places, sparkk8s_error **err)
{
    AUTO(chars) list = strv_join(places, ", ");
    AUTO_STR what = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&what, "and differs in %s", list ? list : "");
    if (!list || what.failed)
        return fail_oom(err);
    return fail_claim(part, what.s, "leave out storageClass and sizeLimit to use it as it is, or name another claim", err);
}

/* The first of its owners: whoever it is, with it the claim is deleted. */
static void tell(const struct part *part, const json_t *theirs)
{
    const json_t *owner = json_array_get(json_at(theirs, "metadata", "ownerReferences", NULL), 0);
    const char *kind = json_text_at(owner, "kind", NULL), *name = json_text_at(owner, "name", NULL);
    const sparkk8s_run *run = part->submission->run;

    if (kind && name)
        kube_log(run->kube, SPARKK8S_LOG_WARN, "submit", "%s: the claim %s is there already and is used as it is; it belongs "
                 "to the %s %s, and is deleted with it", run->id, part->name, kind, name);
    else
        kube_log(run->kube, SPARKK8S_LOG_WARN, "submit", "%s: the claim %s is there already and is used as it is", run->id,
                 part->name);
}

int shared_judge(const struct part *part, const json_t *theirs, sparkk8s_error **err)
{
    AUTO_STRV places = { 0 };
    int rc;

    if (json_text_at(theirs, "metadata", "deletionTimestamp", NULL)) {
        fail_claim(part, "and is being deleted", "submit again when it is gone: when no pod is left that has used it, ended ones included", err);
        error_retriable(err);
        return SPARKK8S_EEXISTS;
    }
    rc = compare(part->object, theirs, &places, err);
    if (rc < 0)
        return rc;
    if (places.count)
        return is_unlike(part, &places, err);
    tell(part, theirs);
    return 0;
}
