/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cluster, one identity, one loop: the connection pool that everything of one client shares.
 *
 * Inside is one curl multi handle on an epoll descriptor with a timerfd (curl's timer) and an eventfd (raised while some
 * object has a result that nobody has fetched yet). kube_turn() moves everything forward once; a blocking call turns
 * until its own work is done. One thread at a time; refused after fork.
 *
 * Ordinary requests share HTTP/2 connections. A stream (watch, log) has a connection of its own, HTTP/1.1, so that a
 * reader that is slow holds back its own server-side stream by TCP alone, and nothing else (a paused HTTP/2 stream
 * would pin the shared connection's window).
 */
#ifndef KUBE_KUBE_H
#define KUBE_KUBE_H

#include "error.h"
#include "kubeconfig.h"
#include "link.h"

#include <stdbool.h>
#include <stdint.h>

struct kube;

struct kube_opts {
    const char *user_agent;         /* whole, copied */
    int timeout_ms, connect_timeout_ms, max_in_flight, exec_timeout_ms;     /* > 0 */
    bool interactive;               /* exec plugins may talk to the user */
    sparkk8s_log_fn log;
    void *log_userdata;
    int log_level;
};

/* `config` is moved into the result, in failure too. */
int kube_new(struct kube_config *config, const struct kube_opts *opts, struct kube **out, sparkk8s_error **err);
struct kube *kube_ref(struct kube *kube);
void kube_unref(struct kube *kube);             /* NULL is fine; the last one closes every connection */
OWNED(kube, struct kube *, kube_unref);
const struct kube_config *kube_identity(const struct kube *kube);
int kube_fd(const struct kube *kube);
bool kube_has_answered(const struct kube *kube);    /* the server was there once: if it is not now, it may come back */
/* The server's version, 1.<minor>: -1 while nobody has asked; whoever asks notes what he is told, 0 for nothing. */
int kube_minor(const struct kube *kube);
void kube_note_minor(struct kube *kube, int minor);
int kube_check(const struct kube *kube, sparkk8s_error **err);     /* SPARKK8S_EFORK in a forked child */
void kube_log(const struct kube *kube, int level, const char *topic, const char *format, ...) PRINTF(4, 5);

/* ---- requests ---- */

struct kube_request {
    const char *method;             /* "GET", "POST", "PATCH", "DELETE" */
    const char *target;             /* path and query, escaped: "/api/v1/namespaces/a/pods?limit=5" */
    const char *accept;             /* borrowed until the end; NULL: JSON */
    const char *content_type;       /* of the body, or NULL */
    const char *body;               /* copied; NULL for none */
    size_t body_len;
    int timeout_ms;                 /* of this request alone; 0: the client's, -1: none */
};

struct kube_call;
/* Called from inside kube_turn() when the call has ended; may start others and free this one. */
typedef void (*kube_done_fn)(struct kube_call *call, void *owner);

/* Starts without waiting. Over max_in_flight it queues. `done` may be NULL. */
int kube_start(struct kube *kube, const struct kube_request *request, kube_done_fn done, void *owner,
               struct kube_call **out, sparkk8s_error **err);
bool kube_call_is_done(const struct kube_call *call);
/* 0 for a 2xx answer; otherwise the error, with Status decoded. Only when done. */
int kube_call_result(const struct kube_call *call, sparkk8s_error **err);
int kube_call_http_status(const struct kube_call *call);       /* 0: no answer */
const char *kube_call_body(const struct kube_call *call, size_t *len);    /* NUL-terminated besides; never NULL */
/* No answer arrived, but the server may have carried the request out. */
bool kube_call_is_ambiguous(const struct kube_call *call);
void kube_call_free(struct kube_call *call);    /* ends it if it is under way; NULL is fine */
OWNED(kube_call, struct kube_call *, kube_call_free);

/* ---- streams of lines ---- */

struct kube_stream;
/* Called from inside kube_turn() when a line, the end or an error can be fetched that could not before. */
typedef void (*kube_stream_fn)(struct kube_stream *stream, void *owner);

/* `max_line`: a longer line is delivered in pieces of this size if `split`, else it is an error. The stream is paused
 * while more than a bounded amount is unread. */
/* The request's timeout_ms 0 means none here: the reader watches kube_stream_idle_ms(). */
struct kube_stream_opts {
    size_t max_line;
    bool split;
    kube_stream_fn ready;           /* may be NULL */
    void *owner;
};
int kube_stream_open(struct kube *kube, const struct kube_request *request, const struct kube_stream_opts *opts,
                     struct kube_stream **out, sparkk8s_error **err);
/* Never blocks. SPARKK8S_OK: a line without its "\n", borrowed until the next call on this stream; *whole is false for a
 * piece of a longer line (but not for the last one, which its "\n" ends, and which may be empty) and for what came last
 * without a "\n". SPARKK8S_AGAIN; SPARKK8S_END: the server ended it cleanly; or the error (with Status decoded if the
 * server refused the request). */
int kube_stream_next(struct kube_stream *stream, const char **line, size_t *len, bool *whole, sparkk8s_error **err);
/* Closes the connection. Lines that have arrived can still be read, then comes SPARKK8S_END; a part of a line is lost. */
void kube_stream_cut(struct kube_stream *stream);
int64_t kube_stream_idle_ms(const struct kube_stream *stream);  /* since the last byte; 0 while paused */
void kube_stream_free(struct kube_stream *stream);
OWNED(kube_stream, struct kube_stream *, kube_stream_free);

/* ---- waiting ---- */

/* There is something to do that no socket and no alarm tells of: the next wait is over at once. */
void kube_wake(struct kube *kube);
/* Moves everything once: waits up to timeout_ms (-1: no limit) for something to happen. */
int kube_turn(struct kube *kube, int timeout_ms, sparkk8s_error **err);

struct cancel;                      /* cancel.h */
struct kube_limit {
    int64_t deadline_ms;            /* moment_mono_ms(); INT64_MAX: none */
    const sparkk8s_cancel *cancel;  /* or NULL */
};
/* From a public `call`: NULL or timeout 0 means `default_ms`; -1 no limit. SPARKK8S_EINVAL if its size or tail is wrong. */
enum { KUBE_OWN_TIMEOUT = -2 };     /* as default_ms: the client's own (kube_opts.timeout_ms) */
int kube_limit_init(const struct kube *kube, const sparkk8s_call *call, int default_ms, struct kube_limit *out,
                    sparkk8s_error **err);
/* Turns until ready(owner) is true: 0; or SPARKK8S_AGAIN at the deadline; or SPARKK8S_ECANCELED. Looks before it waits.
 * The time that an exec plugin takes to talk to the user does not count. */
int kube_wait(struct kube *kube, const struct kube_limit *limit, bool (*ready)(void *owner), void *owner,
              sparkk8s_error **err);
/* Starts nothing: waits for one call, then kube_call_result(). The deadline is SPARKK8S_ETIMEDOUT here. */
int kube_finish(struct kube *kube, struct kube_call *call, const struct kube_limit *limit, sparkk8s_error **err);

/* ---- what waits, without blocking: task.c ---- */

/* Runs until it returns, with waits in between during which others go on. In it kube_wait() and all that is made of it
 * work as anywhere else. */
typedef void (*kube_task_fn)(void *owner);
struct kube_task;
/* Runs it up to its first wait; then kube_turn() does. */
int kube_task_start(struct kube *kube, kube_task_fn run, void *owner, struct kube_task **out, sparkk8s_error **err);
bool kube_task_has_ended(const struct kube_task *task);
/* If it has not ended, each of its waits is over at once as if canceled. NULL is fine. */
void kube_task_free(struct kube_task *task);
OWNED(kube_task, struct kube_task *, kube_task_free);

/* ---- flags and alarms ---- */

/* A flag that keeps kube_fd() readable while it is up: "this object has something to fetch". Once told by
 * kube_flag_next() it does so no longer, until it was down. */
struct kube_flag {
    bool up;
    const void *object;             /* what the public knows it as */
    struct link link;               /* in kube->flags while it is up and untold */
};
void kube_flag_init(struct kube_flag *flag, const void *object);
void kube_flag_set(struct kube *kube, struct kube_flag *flag, bool up);
/* Lowers it for a step that is followed by raising it again or by a wait: the descriptor follows only then, since a system call
 * or two for each line of a log would cost more than the line. */
void kube_flag_take(struct kube_flag *flag);
bool kube_flag_any(const struct kube *kube);            /* one that is up and untold */
const void *kube_flag_next(struct kube *kube);          /* the object of the first of them, told now; NULL: none */
/* A moment at which the loop has to turn though nothing arrives (back-off): calls `due` from kube_turn(). */
struct kube_alarm {
    int64_t at_ms;                  /* moment_mono_ms(); 0: not set */
    void (*due)(void *owner);
    void *owner;
    struct kube_alarm *next;
};
void kube_alarm_set(struct kube *kube, struct kube_alarm *alarm, int64_t at_ms);   /* 0 takes it off */

#endif
