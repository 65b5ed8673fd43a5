/* SPDX-License-Identifier: Apache-2.0 */
/* Times. See moment.h. Days are counted by Howard Hinnant's civil calendar arithmetic: no locale, no time zone. */
#include "moment.h"

#define DAY_S 86400
#define NS_PER_S 1000000000

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t moment_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t moment_mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01; eras of 400 years, years that begin in March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t era, day_of_era, year_of_era, day_of_year, shifted;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = days - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct reading {
    const char *at, *end;
};

static bool digits(struct reading *in, int count, int low, int high, int *out)
{
    int value = 0;

    if (in->end - in->at < count)
        return false;
    for (; count; count--, in->at++) {
        if (*in->at < '0' || *in->at > '9')
            return false;
        value = value * 10 + (*in->at - '0');
    }
    *out = value;
    return value >= low && value <= high;
}

static bool one_of(struct reading *in, const char *accepted)
{
    if (in->at == in->end || !*in->at || !strchr(accepted, *in->at))
        return false;
    in->at++;
    return true;
}

/* ".123456789": up to nine decimals count, further ones are passed over. */
static bool fraction(struct reading *in, int64_t *ns)
{
    int64_t unit = NS_PER_S / 10;
    const char *first = in->at;

    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++, unit /= 10)
        *ns += (*in->at - '0') * unit;
    return in->at > first;
}

static bool zone(struct reading *in, int *offset_s)
{
    int hours, minutes, sign;

    *offset_s = 0;
    if (one_of(in, "Zz"))
        return true;
    if (in->at == in->end)
        return false;
    sign = *in->at == '-' ? -1 : 1;
    if (!one_of(in, "+-") || !digits(in, 2, 0, 23, &hours) || !one_of(in, ":") || !digits(in, 2, 0, 59, &minutes))
        return false;
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool moment_parse(const char *text, size_t len, int64_t *ns)
{
    struct reading in = { text, text + len };
    int year, month, day, hour, minute, second, offset;
    int64_t decimals = 0;

    if (!digits(&in, 4, 0, 9999, &year) || !one_of(&in, "-") || !digits(&in, 2, 1, 12, &month) || !one_of(&in, "-") ||
        !digits(&in, 2, 1, 31, &day) || !one_of(&in, "Tt ") || !digits(&in, 2, 0, 23, &hour) || !one_of(&in, ":") ||
        !digits(&in, 2, 0, 59, &minute) || !one_of(&in, ":") || !digits(&in, 2, 0, 60, &second))
        return false;
    if (in.at < in.end && *in.at == '.') {
        in.at++;
        if (!fraction(&in, &decimals))
            return false;
    }
    if (!zone(&in, &offset) || in.at != in.end || year < 1700 || year > 2200)  /* what 64 bits of nanoseconds hold */
        return false;
    *ns = (days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second - offset) * NS_PER_S + decimals;
    return true;
}

void moment_rfc3339(int64_t ms, char out[MOMENT_SIZE])
{
    int64_t seconds = floor_div(ms, 1000), days = floor_div(seconds, DAY_S), rest = seconds - days * DAY_S, year;
    int month, day, n;

    civil_from_days(days, &year, &month, &day);
    n = snprintf(out, MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, month, day, (int)(rest / 3600),
                 (int)(rest / 60 % 60), (int)(rest % 60));
    if (ms - seconds * 1000)
        n += snprintf(out + n, (size_t)(MOMENT_SIZE - n), ".%03d", (int)(ms - seconds * 1000));
    snprintf(out + n, (size_t)(MOMENT_SIZE - n), "Z");
}

void moment_java_date(int64_t ms, char out[MOMENT_SIZE])
{
    static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t seconds = floor_div(ms, 1000), days = floor_div(seconds, DAY_S), rest = seconds - days * DAY_S, year;
    int month, day;

    civil_from_days(days, &year, &month, &day);
    snprintf(out, MOMENT_SIZE, "%s %s %02d %02d:%02d:%02d UTC %04d", weekdays[days - floor_div(days, 7) * 7], months[month - 1],
             day, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), (int)year);
}
