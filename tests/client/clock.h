/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that can be set forward, for programs that are linked with --wrap=moment_mono_ms,--wrap=timerfd_settime. */
#ifndef TESTS_CLOCK_H
#define TESTS_CLOCK_H

#include <stdint.h>

void clock_advance(int64_t ms);

#endif
