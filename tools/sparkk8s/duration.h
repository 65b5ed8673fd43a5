/* SPDX-License-Identifier: Apache-2.0 */
/* Spans and points of time, as people write and read them. */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool duration_parse(const char *text, int64_t *ms);     /* "90", "90s", "1h30m", "2d" */
#define DURATION_SIZE 48
/* "42s", "3m5s", "2h10m", "4d3h"; returns out */
const char *duration_text(int64_t ms, char out[DURATION_SIZE]);
#define LOCAL_TIME_SIZE 32
/* "2026-11-21 05:38:48", local; "-" for 0; returns out */
const char *local_time(int64_t ms, char out[LOCAL_TIME_SIZE]);
int64_t now_ms(void);           /* the wall clock */
int64_t ticks_ms(void);         /* the monotonic one, for time limits */

#endif
