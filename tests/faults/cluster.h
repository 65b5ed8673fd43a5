/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server with a state, in the test's own thread: objects with uid and resourceVersion, scheduling gates, deletes
 * with preconditions, garbage collection, lists in pages, watches with a history, bookmarks and 410; and a kubelet that
 * runs one container a pod and keeps its log (node.c). What happens in it is the test's to say.
 *
 * Only what a client could not tell from a real server by its answers, and only what the library asks for.
 */
#ifndef TESTS_CLUSTER_H
#define TESTS_CLUSTER_H

#include "web.h"

#include <jansson.h>

struct trouble {                    /* of one request */
    int code;                       /* 0: none; -1: the server hangs up */
    bool after;                     /* it was carried out all the same; not for what streams */
    int retry_after_s;              /* -1: not said */
};

struct cluster_hooks {              /* each may be NULL */
    /* For each request: "create pods", "list pods", "watch pods", "log pods", ... */
    struct trouble (*trouble)(void *owner, const char *verb);
    /* An object was added, modified or deleted. Borrowed. */
    void (*changed)(void *owner, const char *type, const char *plural, json_t *object);
    void *owner;
};

struct line {
    int64_t ns;
    char *text;                     /* with its time and "\n" */
    size_t len;
};

struct container {
    struct line *lines;
    size_t count, size;
    bool ended;
};

struct object {
    struct object *next;
    char plural[32];
    const char *name;               /* in json */
    json_t *json;                   /* replaced as a whole with each change */
    struct container *containers;   /* of a pod: as many as were started */
    size_t container_count;
};

struct event {
    int64_t version;
    json_t *object;
    char *line;
    size_t len;
};

struct stream {                     /* a watch or a log that is open */
    struct stream *next;
    struct cluster *cluster;
    struct web_conn *conn;
    struct sim_alarm alarm;
    int64_t until_ms;               /* of a watch */
    char labels[256], fields[256];
    struct object *pod;             /* of a log; NULL: a watch */
    size_t container;
};

struct cluster {
    struct cluster_hooks hooks;
    struct web web;
    struct object *objects;
    struct event *events;
    size_t event_count, event_size;
    int64_t version, floor;         /* now; of the oldest change that a watch may begin after */
    int uids;
    struct stream *streams;
    json_t *snapshot;               /* of a list in pages */
    int64_t snapshot_version;
    int minor;                      /* of its version, 1.<minor>: from 34 on a watch may begin with a streaming list */
    size_t page;                    /* objects a page at most; 0: as asked */
    size_t end_log_at;              /* n + 1: the next log that has more than n bytes ends after them, properly */
    bool kubelet_down;              /* logs are answered with 500 */
};

/* ---- cluster.c ---- */

struct cluster *cluster_new(struct cluster_hooks hooks);
void cluster_free(struct cluster *cluster);
int cluster_dial(void *cluster);
struct object *cluster_find(const struct cluster *cluster, const char *plural, const char *name);
size_t cluster_count(const struct cluster *cluster, const char *plural);
/* As it is, but for uid and version; takes the reference. */
struct object *cluster_add(struct cluster *cluster, const char *plural, json_t *object);
/* A copy to be changed and given to cluster_set(), which makes it the object's next version. */
json_t *cluster_edit(const struct object *object);
void cluster_set(struct cluster *cluster, struct object *object, json_t *json);
void cluster_remove(struct cluster *cluster, struct object *object);
void cluster_forget(struct cluster *cluster);           /* all versions before now are too old */
void cluster_end_watches(struct cluster *cluster);      /* cleanly */
void cluster_stream_gone(void *stream);
void cluster_refuse(struct web_conn *conn, int code, const char *reason, const char *message, int retry_after_s);

/* ---- node.c ---- */

void node_start(struct cluster *cluster, struct object *pod);           /* its (next) container */
void node_print(struct cluster *cluster, struct object *pod, int64_t ns, const char *text, size_t len);
/* The container ends; `again`: it is going to be started again. */
void node_exit(struct cluster *cluster, struct object *pod, int code, bool again);
void node_log(struct cluster *cluster, struct object *pod, struct web_conn *conn, const struct web_request *request);
/* Every open log ends cleanly, perhaps with words of the kubelet's own: it was restarted. */
void node_end_logs(struct cluster *cluster, const char *words);
void node_forget(struct object *pod);

#endif
