/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods of one selector into a sink, such as a fleet: a consistent list in pages, or streamed, and then, for a watch, every
 * change from its resource version on, through lost connections and expired versions. It works only when asked to
 * (feed_step), so that a slow reader holds the server back instead of filling memory.
 */
#ifndef RUN_FEED_H
#define RUN_FEED_H

#include "kube.h"
#include "pod.h"

enum feed_phase { FEED_LIST, FEED_VERSION, FEED_PAGE, FEED_WATCH, FEED_STREAM, FEED_WAIT, FEED_DONE };

struct feed_sink {
    /* What the server says of a pod now. `pod` is moved from or left. `gone`: it was deleted. */
    int (*apply)(void *into, struct pod *pod, bool gone, sparkk8s_error **err);
    /* Between these two all pods of a role in a namespace (NULL: in all) are applied; those that were not are gone. */
    unsigned (*begin)(void *into);
    void (*sweep)(void *into, enum pod_role role, const char *ns, unsigned epoch);
};

struct feed {
    struct kube *kube;              /* borrowed */
    const struct feed_sink *sink;
    void *into;
    const char *ns;                 /* NULL: all; borrowed */
    char *labels, *fields;          /* selectors, or NULL */
    bool drivers, executors;        /* which of them it gives, all there are */
    bool lists_only;
    bool polls;                     /* who may not watch lists again and again */
    bool many;                      /* any number of pods: they are streamed where the server can do that */
    bool texts;                     /* of the pods, for spark-submit's words: podtext.h */
    void (*wake)(void *owner);      /* from inside kube_turn(): a step has something to do now */
    void *owner;

    enum feed_phase phase, after_wait;
    bool listed;                    /* one list is complete */
    bool may_not_watch;
    struct kube_call *call;
    struct kube_stream *stream;
    struct kube_alarm alarm;
    char *version, *more;           /* to go on from; the next page */
    unsigned epoch;
    int failures;                   /* in a row */
    int64_t opened_ms;
    bool heard, bookmarked;         /* a line came on this stream; this server sends bookmarks */
    bool initial;                   /* this stream gives what is there; its end has not come */
    bool no_streaming;              /* that has failed: lists it is */
};

/* SPARKK8S_OK: something was done, perhaps there is more; SPARKK8S_AGAIN: nothing until wake; or the error,
 * after which it may be called again. */
int feed_step(struct feed *feed, sparkk8s_error **err);
void feed_clear(struct feed *feed);

#endif
