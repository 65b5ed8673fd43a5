/* SPDX-License-Identifier: Apache-2.0 */
#include "duration.h"

#include <inttypes.h>

static const struct unit {
    char letter;
    int64_t seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define LONGEST (INT64_C(100) * 365 * 86400)    /* a century: sums cannot overflow */

bool duration_parse(const char *text, int64_t *ms)
{
    int64_t sum = 0, number;
    size_t i;

    do {
        if (*text < '0' || *text > '9')
            return false;
        for (number = 0; *text >= '0' && *text <= '9'; text++) {
            number = number * 10 + (*text - '0');
            if (number > LONGEST)
                return false;
        }
        for (i = 0; *text && i < COUNT(units) && units[i].letter != *text; i++)
            ;
        if (i == COUNT(units))
            return false;
        sum += number * (*text ? units[i].seconds : 1);
        if (sum > LONGEST)
            return false;
        text += *text != '\0';
    } while (*text);
    *ms = sum * 1000;
    return true;
}

const char *duration_text(int64_t ms, char out[DURATION_SIZE])
{
    int64_t seconds = ms < 0 ? 0 : ms / 1000, big, small;
    size_t i;

    for (i = 0; i + 2 < COUNT(units) && seconds < units[i].seconds; i++)
        ;
    big = seconds / units[i].seconds;
    small = seconds % units[i].seconds / units[i + 1].seconds;
    if (!big)
        snprintf(out, DURATION_SIZE, "%" PRId64 "s", small);
    else if (!small)
        snprintf(out, DURATION_SIZE, "%" PRId64 "%c", big, units[i].letter);
    else
        snprintf(out, DURATION_SIZE, "%" PRId64 "%c%" PRId64 "%c", big, units[i].letter, small,
                 units[i + 1].letter);
    return out;
}

const char *local_time(int64_t ms, char out[LOCAL_TIME_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!ms || !localtime_r(&seconds, &tm) || !strftime(out, LOCAL_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(out, LOCAL_TIME_SIZE, "-");
    return out;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t ticks_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}
