/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose logs are read: the pods of a run, or of the runs that are selected, as they come and go. Fed by a list and, where
 * logs are followed, by a watch (or, where that is forbidden, by a list every five seconds).
 *
 * Executors belong to a run by its application id. Spark numbers them from 1 on and makes a pod for each number, so that
 * those that came and went unseen are known by their numbers, and told.
 */
#ifndef RUN_LOGPODS_H
#define RUN_LOGPODS_H

#include "feed.h"
#include "logmux.h"
#include "logtoken.h"
#include "select.h"

struct log_pods {
    struct log_mux *mux;            /* borrowed */
    struct selection selection;
    bool drivers, executors;        /* which of them are read */
    bool one_run;                   /* it ends with the driver and its executors */
    int64_t tail;
    struct log_token from;          /* where to go on */
    struct feed *feeds;             /* of the run; or one or two for each namespace */
    size_t feed_count;
    struct map apps;
    struct log_app *run;            /* of one_run */
    char *run_pod;
    unsigned epoch;
    bool awake, swept;              /* a feed may get on; a list of executors was complete */
    bool listed;                    /* the first lists are complete */
};

/* At a zeroed struct, which must not move. `selection` is moved in, in failure too. */
int log_pods_init(struct log_pods *pods, struct log_mux *mux, struct selection *selection, sparkk8s_error **err);
/* One run, whose uid the selection has: to be called first. `driver`: under whose name is told what concerns all of it. */
int log_pods_set_run(struct log_pods *pods, const char *app_id, const char *driver, sparkk8s_error **err);
/* Then the feeds: of the one run, or of all that are selected. */
int log_pods_add_run_feed(struct log_pods *pods, const char *app_id, sparkk8s_error **err);
int log_pods_add_feeds(struct log_pods *pods, sparkk8s_error **err);
/* SPARKK8S_AGAIN: nothing until the mux' owner is woken. */
int log_pods_step(struct log_pods *pods, sparkk8s_error **err);
bool log_pods_are_over(const struct log_pods *pods);    /* no pod comes that would be read */
void log_pods_add_token(const struct log_pods *pods, struct str *out);
void log_pods_clear(struct log_pods *pods);

#endif
