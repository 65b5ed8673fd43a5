/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing many: all that a selection finds are listed, to the end, before the first is touched; then all are under way at
 * once, each pinned to its uid. A run that has left the wished states between list and delete (it has ended by itself) is
 * left alone and not told: the delete is pinned to the version that was listed, and looks again when that has changed.
 */
#include "client.h"
#include "input.h"
#include "killing.h"
#include "text.h"
#include "view.h"

struct item {
    struct item *next;              /* in the list of those to be told */
    sparkk8s_kills *kills;
    sparkk8s_status *status;        /* NULL: a name that no run has */
    struct killing killing;
};

struct sparkk8s_kills {
    struct view view;               /* first: its flag tells of this object; after the list it says that there is something to tell */
    struct kill_wish wish;
    char *claim;                    /* or NULL */
    struct item **items;
    size_t count, room;
    struct item *first, **last;     /* what is to be told */
    size_t left;                    /* how many were not yet */
    size_t missing_at;              /* of the names that no run has */
    bool listed;
    int failed;                     /* the list could not be had: nothing is touched any more */
};

OWNED(kills, sparkk8s_kills *, sparkk8s_kills_free);

/* Those that have ended are left unless they are asked for. */
static int choose(sparkk8s_kills *kills, sparkk8s_error **err)
{
    struct selection *selection = &kills->view.selection;

    selection->alive = !selection->states && !selection->older_than_ms;
    if (!selection_is_all(selection) || kills->wish.all)
        return 0;
    fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "this would kill all runs of %s%s", selection->ns.count ? "namespace " :
         "all namespaces", selection->ns.count ? selection->ns.v[0] : "");
    error_hint(err, "say which: by name, label, state or age; or say that all are meant (--all, SPARKK8S_KILL_ALL)");
    return SPARKK8S_EINVAL;
}

int sparkk8s_kills_open(sparkk8s_client *client, const sparkk8s_select *select, const sparkk8s_kill_opts *given,
                        sparkk8s_kills **out, sparkk8s_error **err)
{
    struct selection selection = { 0 };
    AUTO(kills) kills = NULL;
    sparkk8s_kill_opts opts;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kills_open", "a client and a place for the result are needed");
    rc = input_struct(&opts, sizeof(opts), given, "sparkk8s_kill_opts", err);
    if (rc < 0)
        return rc;
    kills = calloc(1, sizeof(*kills));
    if (!kills)
        return fail_oom(err);
    kills->last = &kills->first;
    kills->claim = text_dup(opts.only_claim);
    if (opts.only_claim && !kills->claim)
        return fail_oom(err);
    rc = kill_opts_check(&opts, true, &kills->wish, err);
    if (rc == 0)
        rc = selection_init(&selection, client->kube, select, err);
    if (rc == 0)
        rc = view_init(&kills->view, client->kube, &selection, err);
    if (rc == 0)
        rc = choose(kills, err);
    if (rc == 0)
        rc = view_add_feeds(&kills->view, true, err);
    if (rc < 0)
        return rc;
    *out = TAKE(kills);
    return 0;
}

/* ---- which ---- */

/* *out is the list's own. */
static int add_item(sparkk8s_kills *kills, sparkk8s_status *status, struct item **out, sparkk8s_error **err)
{
    struct item *item;

    if (kills->count == kills->room) {
        size_t room = kills->room ? kills->room * 2 : 64;
        struct item **items = reallocarray(kills->items, room, sizeof(struct item *));

        if (!items)
            return fail_oom(err);
        kills->items = items;
        kills->room = room;
    }
    item = calloc(1, sizeof(*item));
    if (!item)
        return fail_oom(err);
    item->kills = kills;
    item->status = status;
    kills->items[kills->count++] = item;
    kills->left++;
    *out = item;
    return 0;
}

static void tell(void *owner)
{
    struct item *item = owner;
    sparkk8s_kills *kills = item->kills;

    *kills->last = item;
    kills->last = &item->next;
    kube_flag_set(kills->view.kube, &kills->view.flag, true);
}

static int add_missing(sparkk8s_kills *kills, sparkk8s_error **err)
{
    struct item *item = NULL;
    const char *name;
    int rc;

    while ((name = picks_missing(&kills->view.selection.picks, &kills->missing_at))) {
        rc = add_item(kills, NULL, &item, err);
        if (rc < 0)
            return rc;
        item->killing.rc = fail(&item->killing.error, SPARKK8S_ENOTFOUND, name,
                                "no run has this driver pod, application id or submission key");
        tell(item);
    }
    return 0;
}

static int states_of(const struct selection *selection)
{
    int ended = 1 << SPARKK8S_STATE_SUCCEEDED | 1 << SPARKK8S_STATE_FAILED;

    return selection->states ? selection->states : selection->alive ? ((1 << STATES) - 1) & ~ended : 0;
}

/* Its fate, as far as it is known now. */
static int begin(sparkk8s_kills *kills, struct item *item, sparkk8s_error **err)
{
    int state = sparkk8s_status_state(item->status), states = states_of(&kills->view.selection);
    const char *id = sparkk8s_status_run_id(item->status), *version = status_version(item->status);

    item->killing = (struct killing){
        .kube = kills->view.kube, .ns = status_ns(item->status), .pod = status_pod(item->status),
        .uid = status_uid(item->status), .id = id, .claim = kills->claim,
        .states = states >> state & 1 ? states : 0,     /* one that is named is killed in any */
        .grace_seconds = kills->wish.grace_seconds, .wait = kills->wish.wait, .ended = tell, .owner = item,
        .version = text_dup(version),
    };
    if (version && !item->killing.version)
        return fail_oom(err);
    return kill_check_claim(id, status_claim(item->status), kills->claim, err);
}

static void begin_or_tell(sparkk8s_kills *kills, struct item *item)
{
    item->killing.rc = begin(kills, item, &item->killing.error);
    if (item->killing.rc < 0 || kills->wish.dry_run)
        tell(item);
    else
        killing_begin(&item->killing);
}

/* All of them; nothing is touched before that. */
static int list(sparkk8s_kills *kills, const sparkk8s_call *call, sparkk8s_error **err)
{
    int rc;

    for (;;) {
        AUTO(status) status = NULL;
        struct item *item;

        rc = view_next(&kills->view, call, &status, err);
        if (rc != 0)
            return rc;
        rc = add_item(kills, status, &item, err);
        if (rc < 0)
            return rc;
        status = NULL;
    }
}

static int list_and_begin(sparkk8s_kills *kills, const sparkk8s_call *call, sparkk8s_error **err)
{
    int rc = list(kills, call, err);
    size_t count = kills->count, i;

    if (rc == SPARKK8S_END)
        rc = add_missing(kills, err);
    if (rc < 0)
        kills->failed = rc;
    if (rc != 0)
        return rc;
    kills->listed = true;
    kube_flag_set(kills->view.kube, &kills->view.flag, false);
    for (i = 0; i < count; i++)
        begin_or_tell(kills, kills->items[i]);
    return 0;
}

/* ---- what became of them ---- */

static struct item *shift(sparkk8s_kills *kills)
{
    struct item *item = kills->first;

    if (!item)
        return NULL;
    kills->first = item->next;
    if (!kills->first)
        kills->last = &kills->first;
    kills->left--;
    return item;
}

static bool is_awake(void *owner)
{
    const sparkk8s_kills *kills = owner;

    return kills->first != NULL;
}

/* The next that is to be told; those that were passed are not. */
static int next(sparkk8s_kills *kills, const struct kube_limit *limit, struct item **out, sparkk8s_error **err)
{
    int rc = 0;

    while (rc == 0 && kills->left) {
        struct item *item = shift(kills);

        if (item && !item->killing.passed) {
            *out = item;
            return 0;
        }
        if (!item)
            rc = kube_wait(kills->view.kube, limit, is_awake, kills, err);
    }
    return rc ? rc : SPARKK8S_END;
}

int sparkk8s_kills_next(sparkk8s_kills *kills, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **failure,
                        sparkk8s_error **err)
{
    struct kube_limit limit;
    struct item *item = NULL;
    int rc;

    if (!kills || !out || !failure)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_kills_next", "what was opened and places for the results are needed");
    rc = kube_limit_init(kills->view.kube, call, 0, &limit, err);
    if (rc == 0 && kills->failed)
        rc = fail(err, kills->failed, "sparkk8s_kills_next", "the runs could not be listed, as was reported before");
    if (rc == 0 && !kills->listed)
        rc = list_and_begin(kills, call, err);
    if (rc == 0)
        rc = next(kills, &limit, &item, err);
    if (kills->listed)
        kube_flag_set(kills->view.kube, &kills->view.flag, kills->first || rc == SPARKK8S_END);
    if (rc != 0)
        return rc;
    *out = TAKE(item->status);
    *failure = TAKE(item->killing.error);
    return 0;
}

void sparkk8s_kills_free(sparkk8s_kills *kills)
{
    size_t i;

    if (!kills)
        return;
    for (i = 0; i < kills->count; i++) {
        killing_clear(&kills->items[i]->killing);
        sparkk8s_status_free(kills->items[i]->status);
        free(kills->items[i]);
    }
    free(kills->items);
    free(kills->claim);
    view_clear(&kills->view);
    free(kills);
}
