/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop on Linux: epoll, timerfd, eventfd, pidfd. Everything that is Linux's own is in this file; a port to kqueue is one
 * more file like it. It knows nothing of HTTP.
 */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "error.h"
#include "moment.h"

static bool watch_in(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void loop_clear(struct loop *loop)
{
    close_one(&loop->outer);
    close_one(&loop->inner);
    close_one(&loop->timer);
    close_one(&loop->bell);
}

int loop_init(struct loop *loop, sparkk8s_error **err)
{
    int errnum;

    *loop = (struct loop){ .inner = -1, .outer = -1, .timer = -1, .bell = -1 };
    loop->inner = epoll_create1(EPOLL_CLOEXEC);
    if (loop->inner >= 0)
        loop->outer = epoll_create1(EPOLL_CLOEXEC);
    if (loop->outer >= 0)
        loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->timer >= 0)
        loop->bell = bell_new();
    if (loop->bell >= 0 && watch_in(loop->inner, loop->timer) && watch_in(loop->outer, loop->inner) &&
        watch_in(loop->outer, loop->bell))
        return 0;
    errnum = errno;
    loop_clear(loop);
    if (errnum == ENOMEM)
        return fail_oom(err);
    return fail_errno(err, SPARKK8S_EIO, NULL, "cannot make an event loop", errnum);
}

bool loop_watch(struct loop *loop, int fd, int what)
{
    struct epoll_event event = { .data.fd = fd };

    if (what == 0) {
        epoll_ctl(loop->inner, EPOLL_CTL_DEL, fd, NULL);
        return true;
    }
    event.events = (what & LOOP_IN ? (uint32_t)EPOLLIN : 0) | (what & LOOP_OUT ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(loop->inner, EPOLL_CTL_MOD, fd, &event) == 0)
        return true;
    return errno == ENOENT && epoll_ctl(loop->inner, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* An absolute time in the past fires at once; all zero would disarm, hence the one nanosecond. */
void loop_arm(struct loop *loop, enum loop_clock clock, int64_t at_ms)
{
    struct itimerspec when = { 0 };
    int64_t nearest = 0;
    size_t i;

    if (loop->at_ms[clock] == at_ms)
        return;
    loop->at_ms[clock] = at_ms;
    for (i = 0; i < LOOP_CLOCKS; i++)
        if (loop->at_ms[i] != 0 && (nearest == 0 || loop->at_ms[i] < nearest))
            nearest = loop->at_ms[i];
    if (nearest != 0) {
        when.it_value.tv_sec = (time_t)(nearest / 1000);
        when.it_value.tv_nsec = (long)(nearest % 1000) * 1000000 + 1;
    }
    timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

bool loop_is_due(const struct loop *loop, enum loop_clock clock)
{
    return loop->at_ms[clock] != 0 && moment_mono_ms() >= loop->at_ms[clock];
}

void loop_ring(struct loop *loop, bool up)
{
    if (up)
        bell_ring(loop->bell);
    else
        bell_silence(loop->bell);
}

/* With something to wake us besides the loop: wait for either, then only collect. */
static int wait_or_wake(const struct loop *loop, int timeout_ms, int wake)
{
    struct pollfd fds[2] = { { .fd = loop->inner, .events = POLLIN }, { .fd = wake, .events = POLLIN } };

    return poll(fds, 2, timeout_ms);
}

int loop_wait(struct loop *loop, int timeout_ms, int wake, struct loop_event *events, sparkk8s_error **err)
{
    struct epoll_event got[LOOP_EVENTS];
    uint64_t ticks;
    int count, n, i;

    if (wake >= 0 && timeout_ms != 0) {
        if (wait_or_wake(loop, timeout_ms, wake) < 0 && errno != EINTR)
            return fail_errno(err, SPARKK8S_EIO, NULL, "cannot wait", errno);
        timeout_ms = 0;
    }
    count = epoll_wait(loop->inner, got, LOOP_EVENTS, timeout_ms);
    if (count < 0)
        return errno == EINTR ? 0 : fail_errno(err, SPARKK8S_EIO, NULL, "cannot wait", errno);
    for (i = n = 0; i < count; i++) {
        if (got[i].data.fd == loop->timer) {
            while (read(loop->timer, &ticks, sizeof ticks) > 0)
                ;
            continue;
        }
        events[n].fd = got[i].data.fd;
        events[n++].what = (got[i].events & EPOLLIN ? LOOP_IN : 0) | (got[i].events & EPOLLOUT ? LOOP_OUT : 0) |
                           (got[i].events & (EPOLLERR | EPOLLHUP) ? LOOP_ERROR : 0);
    }
    return n;
}

/* Close-on-exec by itself. */
int loop_child(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

int memory_file(const char *text)
{
    size_t len = strlen(text), at = 0;
    ssize_t n;
    int fd = memfd_create("sparkk8s", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    while (fd >= 0 && at < len) {
        n = write(fd, text + at, len - at);
        if (n <= 0)
            close_one(&fd);
        else
            at += (size_t)n;
    }
    if (fd >= 0)
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    return fd;
}

const volatile char *fork_mark_new(void)
{
    char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, 1, MADV_WIPEONFORK) < 0) {
        munmap(page, 1);
        return NULL;
    }
    *page = 1;
    return page;
}

void fork_mark_free(const volatile char *mark)
{
    if (mark)
        munmap((void *)(uintptr_t)mark, 1);
}

int bell_new(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

/* Fails only if it has been rung 2^64 - 2 times, and then it is readable anyway. */
void bell_ring(int bell)
{
    uint64_t one = 1;
    int saved = errno;

    if (write(bell, &one, sizeof one) < 0)
        errno = saved;
}

void bell_silence(int bell)
{
    uint64_t count;
    int saved = errno;

    if (read(bell, &count, sizeof count) < 0)
        errno = saved;
}

bool bell_is_rung(int bell)
{
    struct pollfd fd = { .fd = bell, .events = POLLIN };
    int saved = errno;
    bool rung;

    rung = poll(&fd, 1, 0) == 1 && (fd.revents & POLLIN);
    errno = saved;
    return rung;
}

void bell_free(int bell)
{
    close_one(&bell);
}
