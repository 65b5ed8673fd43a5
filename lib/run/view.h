/* SPDX-License-Identifier: Apache-2.0 */
/* What a list and a watch have in common: a fleet, the feeds that fill it, and the wait for the next
 * status. */
#ifndef RUN_VIEW_H
#define RUN_VIEW_H

#include "feed.h"
#include "fleet.h"

struct view {
    struct kube *kube;              /* a reference */
    struct selection selection;
    struct fleet fleet;
    struct feed *feeds;             /* one or two for each namespace */
    size_t feed_count;
    struct kube_flag flag;          /* up: a call of next may get on without waiting */
    bool one_run;                   /* ends after the final state */
    bool begun;                     /* the first lists are complete */
};

/* At a zeroed view, which must not move afterwards. `selection` is moved in, in failure too. */
int view_init(struct view *view, struct kube *kube, struct selection *selection, sparkk8s_error **err);
/* The only feed, for one run. */
int view_add_feed(struct view *view, const char *labels, const char *fields, bool drivers, bool executors,
                  sparkk8s_error **err);
/* Instead: the feeds for all runs of the selection. */
int view_add_feeds(struct view *view, bool lists_only, sparkk8s_error **err);
/* Waits until the first lists are complete: then fleet_next() gives the present status of each run until it gives none. */
int view_begin(struct view *view, const sparkk8s_call *call, sparkk8s_error **err);
int view_next(struct view *view, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err);
void view_clear(struct view *view);

#endif
