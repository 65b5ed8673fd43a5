/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for many: a watch that knows which runs were there when it began, and what has become of each. The filters of the
 * selection that change with time (state, age) choose at the beginning only.
 */
#include "client.h"
#include "error.h"
#include "input.h"
#include "view.h"

#define ENDED (1 << SPARKK8S_STATE_SUCCEEDED | 1 << SPARKK8S_STATE_FAILED | 1 << SPARKK8S_STATE_LOST)

struct member {
    struct member *next;            /* in the order of the list */
    sparkk8s_status *first;         /* its status at the beginning, until it was given */
    int outcome;                    /* SPARKK8S_WAIT_PENDING ... */
    char uid[];
};

struct sparkk8s_wait {
    struct view view;               /* first: its flag tells of this object */
    struct map members;             /* by uid */
    struct member *list, **last, *given;        /* given: the next whose first status is to be given */
    int states;                     /* wished; bit per state */
    bool any, begun;
    int failed;                     /* it is not known any more who is waited for */
    int64_t counts[3];              /* by outcome */
};

OWNED(wait, sparkk8s_wait *, sparkk8s_wait_free);

static int check_opts(const sparkk8s_wait_opts *opts, sparkk8s_error **err)
{
    if (opts->flags & ~SPARKK8S_WAIT_ANY || opts->states < 0 || opts->states >> STATES)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_wait_opts", "a member has a value that is never valid");
    return 0;
}

int sparkk8s_wait_open(sparkk8s_client *client, const sparkk8s_select *select, const sparkk8s_wait_opts *given,
                       sparkk8s_wait **out, sparkk8s_error **err)
{
    struct selection selection = { 0 };
    AUTO(wait) wait = NULL;
    sparkk8s_wait_opts opts;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_wait_open", "a client and a place for the result are needed");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_wait_opts", err);
    if (rc == 0)
        rc = check_opts(&opts, err);
    if (rc < 0)
        return rc;
    wait = calloc(1, sizeof(*wait));
    if (!wait)
        return fail_oom(err);
    wait->last = &wait->list;
    wait->states = opts.states ? opts.states : ENDED;
    wait->any = opts.flags & SPARKK8S_WAIT_ANY;
    rc = selection_init(&selection, client->kube, select, err);
    if (rc == 0)
        rc = view_init(&wait->view, client->kube, &selection, err);
    if (rc == 0)
        rc = view_add_feeds(&wait->view, false, err);
    if (rc < 0)
        return rc;
    *out = TAKE(wait);
    return 0;
}

/* ---- what has become of a run ---- */

static int outcome_of(const sparkk8s_wait *wait, const sparkk8s_status *status)
{
    int state = sparkk8s_status_state(status);
    bool started = state == SPARKK8S_STATE_RUNNING || sparkk8s_status_started_ms(status);

    if (wait->states >> state & 1 || (wait->states >> SPARKK8S_STATE_RUNNING & 1 && started))
        return SPARKK8S_WAIT_REACHED;
    return state_is_final(state) ? SPARKK8S_WAIT_MISSED : SPARKK8S_WAIT_PENDING;
}

/* What was reached once stays so. */
static void judge(sparkk8s_wait *wait, struct member *member, const sparkk8s_status *status)
{
    if (member->outcome != SPARKK8S_WAIT_PENDING)
        return;
    wait->counts[member->outcome]--;
    member->outcome = outcome_of(wait, status);
    wait->counts[member->outcome]++;
}

static bool is_over(const sparkk8s_wait *wait)
{
    return !wait->counts[SPARKK8S_WAIT_PENDING] || (wait->any && wait->counts[SPARKK8S_WAIT_REACHED]);
}

/* ---- the beginning ---- */

/* `status` is taken. */
static int add_member(sparkk8s_wait *wait, sparkk8s_status *status, sparkk8s_error **err)
{
    AUTO(status) owned = status;
    size_t size = strlen(status_uid(status)) + 1;
    struct member *member = calloc(1, sizeof(*member) + size);

    if (!member)
        return fail_oom(err);
    memcpy(member->uid, status_uid(status), size);
    if (!map_put(&wait->members, member->uid, member)) {
        free(member);
        return fail_oom(err);
    }
    member->first = TAKE(owned);
    *wait->last = member;
    wait->last = &member->next;
    wait->counts[SPARKK8S_WAIT_PENDING]++;
    judge(wait, member, member->first);
    return 0;
}

static int check_found(const sparkk8s_wait *wait, sparkk8s_error **err)
{
    size_t at = 0;
    const char *name = picks_missing(&wait->view.selection.picks, &at);

    if (name)
        return fail(err, SPARKK8S_ENOTFOUND, name, "no run has this driver pod, application id or submission key");
    return wait->list ? 0 : fail(err, SPARKK8S_ENOTFOUND, "sparkk8s_select", "there is no such run to wait for");
}

/* All that the first lists have found. */
static int add_members(sparkk8s_wait *wait, sparkk8s_error **err)
{
    sparkk8s_status *status;
    int rc;

    do {
        rc = fleet_next(&wait->view.fleet, &status, err);
        if (rc == 0)
            rc = add_member(wait, status, err);
    } while (rc == 0);
    return rc == SPARKK8S_AGAIN ? check_found(wait, err) : rc;
}

static int begin(sparkk8s_wait *wait, const sparkk8s_call *call, sparkk8s_error **err)
{
    struct selection *selection = &wait->view.selection;
    int rc = view_begin(&wait->view, call, err);

    if (rc != 0)
        return rc;
    wait->failed = add_members(wait, err);
    if (wait->failed)
        return wait->failed;
    selection->states = 0;
    selection->older_than_ms = selection->min_age_ms = selection->max_age_ms = 0;
    wait->given = wait->list;
    wait->begun = true;
    return 0;
}

/* ---- next ---- */

static int next_change(sparkk8s_wait *wait, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    for (;;) {
        AUTO(status) status = NULL;
        struct member *member;
        int rc = view_next(&wait->view, call, &status, err);

        if (rc != 0)
            return rc;
        member = map_get(&wait->members, status_uid(status));
        if (member) {
            judge(wait, member, status);
            *out = TAKE(status);
            return 0;
        }
    }
}

static int next(sparkk8s_wait *wait, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    struct member *member = wait->given;

    if (member) {
        wait->given = member->next;
        *out = TAKE(member->first);
        return 0;
    }
    return is_over(wait) ? SPARKK8S_END : next_change(wait, call, out, err);
}

int sparkk8s_wait_next(sparkk8s_wait *wait, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    int rc = 0;

    if (!wait || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_wait_next", "what was opened and a place for the result are needed");
    if (wait->failed)
        return fail(err, wait->failed, "sparkk8s_wait_next", "waiting has failed, as was reported before");
    if (!wait->begun)
        rc = begin(wait, call, err);
    if (rc == 0)
        rc = next(wait, call, out, err);
    if (wait->begun && (wait->given || is_over(wait)))
        kube_flag_set(wait->view.kube, &wait->view.flag, true);
    return rc;
}

int64_t sparkk8s_wait_count(const sparkk8s_wait *wait, int what)
{
    return wait && what >= 0 && what < (int)COUNT(wait->counts) ? wait->counts[what] : 0;
}

void sparkk8s_wait_free(sparkk8s_wait *wait)
{
    struct member *member, *next_one;

    if (!wait)
        return;
    for (member = wait->list; member; member = next_one) {
        next_one = member->next;
        sparkk8s_status_free(member->first);
        free(member);
    }
    map_clear(&wait->members);
    view_clear(&wait->view);
    free(wait);
}
