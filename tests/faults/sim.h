/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world around one client, in one thread and in a time of its own: server, proxy and client take turns, and when
 * all of them wait, the clock is moved to the next moment at which one of them has something to do. So a back-off of half
 * a minute costs nothing, nothing depends on how fast the machine is, and a run is repeated by its seed.
 *
 * How: the program is linked with `sim_args` (meson.build), which puts a pump before the library's loop_wait() and a seeded
 * generator before random_bytes(), and it has a clock_gettime() of its own, which libcurl uses, too. Sockets are real.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sim_begin(uint64_t seed);
void sim_end(void);                             /* of a world that nobody watches or waits in any more */

int64_t sim_now_ms(void);                       /* what moment_mono_ms() says */
uint32_t sim_random(uint32_t below);
bool sim_chance(unsigned percent);
void sim_pass(int64_t ms);                      /* the client does nothing for so long */
/* From now on: who still waits after so long is taken to hang, and the program ends with `what`. */
void sim_limit(int64_t ms, const char *what);

struct sim_fd {                                 /* zeroed but for fd, ready and owner; must not move */
    int fd;
    void (*ready)(void *owner, uint32_t events);
    void *owner;
    uint32_t events;
};
void sim_watch(struct sim_fd *watch, uint32_t events);  /* EPOLLIN | EPOLLOUT; 0: no longer. May be called by `ready` */

struct sim_alarm {
    int64_t at_ms;                              /* 0: not set */
    void (*due)(void *owner);
    void *owner;
    struct sim_alarm *next;
};
void sim_alarm_in(struct sim_alarm *alarm, int64_t ms);
void sim_alarm_off(struct sim_alarm *alarm);

#endif
