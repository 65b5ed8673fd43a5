/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <sys/timerfd.h>

static int64_t ahead_ms;

int64_t __real_moment_mono_ms(void);
int64_t __wrap_moment_mono_ms(void);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *old);

void clock_advance(int64_t ms)
{
    ahead_ms += ms;
}

int64_t __wrap_moment_mono_ms(void)
{
    return __real_moment_mono_ms() + ahead_ms;
}

/* Absolute times are of the clock that is ahead. What is over is due at once; all zero would mean never. */
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *old)
{
    struct itimerspec real = *when;

    if (when->it_value.tv_sec || when->it_value.tv_nsec) {
        real.it_value.tv_sec -= ahead_ms / 1000;
        if (real.it_value.tv_sec < 0)
            real.it_value = (struct timespec){ .tv_nsec = 1 };
    }
    return __real_timerfd_settime(fd, flags, &real, old);
}
