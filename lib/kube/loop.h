/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the operating system's own: waiting for sockets and moments, and bells that wake a wait.
 *
 * Two descriptors, one inside the other: `inner` has the sockets and the timer and is what we wait on; `outer` has
 * `inner` and a bell and is what the host polls. So a raised bell (results that nobody has fetched) keeps the host's
 * poll readable without making our own waits spin.
 */
#ifndef KUBE_LOOP_H
#define KUBE_LOOP_H

#include "sparkk8s.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOOP_IN = 1, LOOP_OUT = 2, LOOP_ERROR = 4 };
enum loop_clock { LOOP_HTTP, LOOP_ALARM, LOOP_SOON, LOOP_CLOCKS };      /* who may ask for a moment */
enum { LOOP_EVENTS = 64 };

struct loop {
    int inner, outer, timer, bell;
    int64_t at_ms[LOOP_CLOCKS];     /* moment_mono_ms(); 0: not set */
};

struct loop_event {
    int fd, what;                   /* LOOP_IN | LOOP_OUT | LOOP_ERROR */
};

int loop_init(struct loop *loop, sparkk8s_error **err);
void loop_clear(struct loop *loop);
/* Watches `fd` for LOOP_IN | LOOP_OUT; 0: no longer. False: out of memory or of descriptors. */
bool loop_watch(struct loop *loop, int fd, int what);
void loop_arm(struct loop *loop, enum loop_clock clock, int64_t at_ms);     /* 0 disarms */
bool loop_is_due(const struct loop *loop, enum loop_clock clock);
void loop_ring(struct loop *loop, bool up);                 /* whether `outer` is readable in any case */
/* Waits for a socket, for the nearest moment, or for `wake` (a descriptor or -1) to be readable; a signal ends it too.
 * Returns how many `events` (room for LOOP_EVENTS) were filled in, or a negative code. */
int loop_wait(struct loop *loop, int timeout_ms, int wake, struct loop_event *events, sparkk8s_error **err);

/* A descriptor that is readable once the child has ended, the caller's to close; -1: this kernel has none. */
int loop_child(pid_t pid);

/* A file without a name that holds `text`, sealed; reached as /proc/self/fd/N. -1: no memory or no descriptors. */
int memory_file(const char *text);

/* A byte that is 1 in this process and 0 in every child of it, which costs nothing to ask, unlike getpid(). NULL: not to be
 * had (Linux before 4.14). */
const volatile char *fork_mark_new(void);
void fork_mark_free(const volatile char *mark);

/* A bell is a descriptor that is readable from ring to silence. Ringing is safe in a signal handler. */
int bell_new(void);                                         /* -1: no memory or no descriptors */
void bell_ring(int bell);
void bell_silence(int bell);
bool bell_is_rung(int bell);
void bell_free(int bell);

#endif
