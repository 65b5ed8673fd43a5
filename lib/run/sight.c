/* SPDX-License-Identifier: Apache-2.0 */
#include "sight.h"

#include "text.h"

struct sight *sight_new(void)
{
    struct sight *sight = calloc(1, sizeof(*sight));

    if (sight)
        sight->refs = 1;
    return sight;
}

struct sight *sight_ref(struct sight *sight)
{
    sight->refs++;
    return sight;
}

static void forget(struct sight *sight)
{
    free(TAKE(sight->reason));
    free(TAKE(sight->message));
    sight->state = SPARKK8S_STATE_UNKNOWN;
}

void sight_unref(struct sight *sight)
{
    if (!sight || --sight->refs)
        return;
    forget(sight);
    free(sight);
}

void sight_note(struct sight *sight, const sparkk8s_status *status)
{
    forget(sight);
    sight->reason = text_dup(sparkk8s_status_reason(status));
    sight->message = text_dup(sparkk8s_status_message(status));
    if (!sight->reason || !sight->message) {
        forget(sight);
        return;
    }
    sight->state = sparkk8s_status_state(status);
    sight->cause = sparkk8s_status_cause(status);
    sight->exit_code = sparkk8s_status_exit_code(status);
}
