/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an application differs from the one that was submitted under the same key. Names places ("spec.containers[x].
 * image", "spark.properties: spark.executor.memory"), never values: they may be secrets.
 */
#include "submission.h"

#include "servermade.h"

struct places {
    struct strv *list;
    size_t most;
};

/* What somebody else has added is not what the submitters disagree about. */
static bool skip(const char *place, const json_t *live, const json_t *ours)
{
    return !ours || is_server_made(place, live, ours);
}

static bool found(void *owner, const char *place, const json_t *live UNUSED, const json_t *ours UNUSED)
{
    struct places *places = owner;

    strv_add(places->list, place);
    return places->list->count < places->most;
}

int submit_diff(const json_t *live, const json_t *ours, size_t most, struct strv *places, sparkk8s_error **err)
{
    struct places owner = { places, most };
    struct diff_rules rules = { .skip = skip, .found = found, .owner = &owner };
    int rc = diff_objects(&rules, live, ours, err);

    return rc == 0 && places->failed ? fail_oom(err) : rc;
}
