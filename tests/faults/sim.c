/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "must.h"

#define BATCH 32
#define START_MS INT64_C(1000000)               /* of the monotonic clock */
#define EPOCH_MS INT64_C(1795250000000)         /* of the calendar's, when the monotonic clock was 0 */
#define SETTLE_NS 30000                         /* what a loaded kernel may need to hand a packet over */

static struct {
    int epoll;
    int64_t now_ms, limit_ms;
    uint64_t random;
    const char *limit_of;
    struct sim_alarm *alarms;                   /* nearest first */
    struct epoll_event batch[BATCH];
    int batched;
} sim = { .epoll = -1, .now_ms = START_MS };

/* ---- time ---- */

/* The C library's and libcurl's clock, as far as this program is concerned. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
    int64_t ms = sim.now_ms;

    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        ms += EPOCH_MS;
    out->tv_sec = (time_t)(ms / 1000);
    out->tv_nsec = (long)(ms % 1000) * 1000000;
    return 0;
}

int64_t sim_now_ms(void)
{
    return sim.now_ms;
}

void sim_limit(int64_t ms, const char *what)
{
    sim.limit_ms = sim.now_ms + ms;
    sim.limit_of = what;
}

void sim_alarm_off(struct sim_alarm *alarm)
{
    struct sim_alarm **each = &sim.alarms;

    if (!alarm->at_ms)
        return;
    while (*each != alarm)
        each = &(*each)->next;
    *each = alarm->next;
    alarm->at_ms = 0;
}

void sim_alarm_in(struct sim_alarm *alarm, int64_t ms)
{
    struct sim_alarm **each = &sim.alarms;

    sim_alarm_off(alarm);
    alarm->at_ms = sim.now_ms + ms;
    while (*each && (*each)->at_ms <= alarm->at_ms)
        each = &(*each)->next;
    alarm->next = *each;
    *each = alarm;
}

/* One at a time: the client has its turn between two. */
static bool ring_alarm(void)
{
    struct sim_alarm *first = sim.alarms;

    if (!first || first->at_ms > sim.now_ms)
        return false;
    sim_alarm_off(first);
    first->due(first->owner);
    return true;
}

/* ---- chance ---- */

static uint32_t next_random(void)               /* xorshift64* */
{
    sim.random ^= sim.random >> 12;
    sim.random ^= sim.random << 25;
    sim.random ^= sim.random >> 27;
    return (uint32_t)((sim.random * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

uint32_t sim_random(uint32_t below)
{
    return (uint32_t)((uint64_t)next_random() * below >> 32);
}

bool sim_chance(unsigned percent)
{
    return sim_random(100) < percent;
}

int __wrap_random_bytes(void *out, size_t len, sparkk8s_error **err);
int __wrap_random_bytes(void *out, size_t len, sparkk8s_error **err __attribute__((unused)))
{
    unsigned char *bytes = out;
    size_t i;

    for (i = 0; i < len; i++)
        bytes[i] = (unsigned char)sim_random(256);
    return 0;
}

/* ---- descriptors ---- */

void sim_watch(struct sim_fd *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    int op = !watch->events ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    int i;

    if (events == watch->events)
        return;
    watch->events = events;
    must(epoll_ctl(sim.epoll, op, watch->fd, &event) == 0, "%s", strerror(errno));
    for (i = 0; !events && i < sim.batched; i++)
        if (sim.batch[i].data.ptr == watch)
            sim.batch[i].data.ptr = NULL;
}

static bool serve(void)
{
    int i, count = epoll_wait(sim.epoll, sim.batch, BATCH, 0);

    sim.batched = count < 0 ? 0 : count;
    for (i = 0; i < sim.batched; i++) {
        struct sim_fd *watch = sim.batch[i].data.ptr;

        if (watch)
            watch->ready(watch->owner, sim.batch[i].events);
    }
    sim.batched = 0;
    return count > 0;
}

/* ---- turns ---- */

static int64_t nearer(int64_t a, int64_t b)     /* 0: never */
{
    return !a || (b && b < a) ? b : a;
}

static int64_t next_of(const struct loop *loop)
{
    return nearer(nearer(loop->at_ms[LOOP_HTTP], loop->at_ms[LOOP_ALARM]), loop->at_ms[LOOP_SOON]);
}

/* All wait. Is something still under way inside the kernel? */
static bool is_settled(const struct loop *loop)
{
    struct pollfd fds[2] = { { .fd = loop->inner, .events = POLLIN }, { .fd = sim.epoll, .events = POLLIN } };
    struct timespec moment = { .tv_nsec = SETTLE_NS };

    return ppoll(fds, 2, &moment, NULL) <= 0;
}

static void skip(int64_t next_of_client, int64_t until)
{
    int64_t next = nearer(nearer(next_of_client, until), sim.alarms ? sim.alarms->at_ms : 0);

    must(next, "nothing can happen any more: %s", sim.limit_of);
    if (next > sim.now_ms)
        sim.now_ms = next;
    must(sim.now_ms <= sim.limit_ms, "hangs: %s", sim.limit_of);
}

int __real_loop_wait(struct loop *loop, int timeout_ms, int wake, struct loop_event *events, sparkk8s_error **err);
int __wrap_loop_wait(struct loop *loop, int timeout_ms, int wake, struct loop_event *events, sparkk8s_error **err);
int __wrap_loop_wait(struct loop *loop, int timeout_ms, int wake, struct loop_event *events, sparkk8s_error **err)
{
    int64_t until = timeout_ms < 0 ? 0 : sim.now_ms + timeout_ms;
    int count;

    for (;;) {
        count = __real_loop_wait(loop, 0, wake, events, err);
        if (count || (next_of(loop) && next_of(loop) <= sim.now_ms))
            return count;
        if (serve() || ring_alarm())
            continue;
        if (timeout_ms >= 0 && sim.now_ms >= until)
            return 0;
        if (is_settled(loop))
            skip(next_of(loop), until);
    }
}

void sim_pass(int64_t ms)
{
    int64_t until = sim.now_ms + ms;

    while (sim.now_ms < until)
        if (!serve() && !ring_alarm())
            skip(0, until);
}

/* ---- life ---- */

void sim_begin(uint64_t seed)
{
    must(!sim.alarms, "an alarm of an earlier world");
    if (sim.epoll < 0) {
        sim.epoll = epoll_create1(EPOLL_CLOEXEC);
        prctl(PR_SET_TIMERSLACK, 1UL);
    }
    must(sim.epoll >= 0, "%s", strerror(errno));
    sim.random = seed * UINT64_C(0x9E3779B97F4A7C15) + 0x1234567;
    sim.now_ms = START_MS;
    sim_limit(INT64_C(86400000), "a day is over");
}

void sim_end(void)
{
    must(!sim.alarms, "an alarm is left");
    close(sim.epoll);
    sim.epoll = -1;
    sim.now_ms = START_MS;              /* Check measures how long a test takes, and has room for an hour */
}
