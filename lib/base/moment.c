/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times and their text forms, in UTC and the proleptic Gregorian calendar. The calendar is computed: the C library's
 * has a time zone, and state that belongs to the process.
 */
#include "moment.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define MS_PER_DAY INT64_C(86400000)
#define DAYS_PER_ERA 146097             /* 400 years */

struct date {
    int64_t year;
    int month, day;                     /* from 1 */
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now = {0};

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

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int second_of_day(int64_t ms)
{
    return (int)((ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY / 1000);
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1, era = floor_div(y, 400), of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t days)
{
    int64_t era = floor_div(days + 719468, DAYS_PER_ERA), of_era = days + 719468 - era * DAYS_PER_ERA;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_PER_ERA - 1)) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    struct date date;

    date.day = (int)(of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = year + era * 400 + (date.month <= 2);
    return date;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* Exactly n digits, up to `most`. */
static bool read_digits(const char **at, const char *end, int n, int most, int *out)
{
    int value = 0;

    if (end - *at < n)
        return false;
    for (; n; n--, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        value = value * 10 + **at - '0';
    }
    *out = value;
    return value <= most;
}

/* `chars`: one or two. */
static bool read_one_of(const char **at, const char *end, const char *chars)
{
    if (*at == end || !**at || (**at != chars[0] && **at != chars[1]))
        return false;
    ++*at;
    return true;
}

/* fraction = ["." 1*9 digits] */
static bool read_fraction(const char **at, const char *end, int64_t *ns)
{
    static const int64_t units[] = {NS_PER_SECOND, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t digits = 0;

    *ns = 0;
    if (!read_one_of(at, end, "."))
        return true;
    for (; *at < end && **at >= '0' && **at <= '9' && digits < COUNT(units) - 1; ++*at, digits++)
        *ns = *ns * 10 + (**at - '0');
    *ns *= units[digits];
    return digits > 0;
}

/* zone = "Z" | ("+" | "-") hh ":" mm */
static bool read_zone(const char **at, const char *end, int64_t *seconds)
{
    bool negative;
    int hours, minutes;

    *seconds = 0;
    if (read_one_of(at, end, "Zz"))
        return true;
    negative = *at < end && **at == '-';
    if (!read_one_of(at, end, "+-") || !read_digits(at, end, 2, 23, &hours) || !read_one_of(at, end, ":") ||
        !read_digits(at, end, 2, 59, &minutes))
        return false;
    *seconds = (hours * 60 + minutes) * (negative ? -60 : 60);
    return true;
}

/* moment = yyyy "-" mm "-" dd "T" hh ":" mm ":" ss fraction zone; a leap second is the next minute's. */
bool moment_parse(const char *text, size_t len, int64_t *ns)
{
    const char *at = text, *end = text + len;
    int year, month, day, hour, minute, second;
    int64_t fraction, zone, seconds;

    if (!read_digits(&at, end, 4, 9999, &year) || !read_one_of(&at, end, "-") ||
        !read_digits(&at, end, 2, 12, &month) || !read_one_of(&at, end, "-") ||
        !read_digits(&at, end, 2, 31, &day) || !read_one_of(&at, end, "Tt") ||
        !read_digits(&at, end, 2, 23, &hour) || !read_one_of(&at, end, ":") ||
        !read_digits(&at, end, 2, 59, &minute) || !read_one_of(&at, end, ":") ||
        !read_digits(&at, end, 2, 60, &second) || !read_fraction(&at, end, &fraction) ||
        !read_zone(&at, end, &zone) || at != end)
        return false;
    if (month < 1 || day < 1 || day > days_in_month(year, month))
        return false;
    seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &seconds) ||
        __builtin_add_overflow(seconds, fraction, &fraction))
        return false;                   /* outside 1678..2261, as Go's zero time in the year 1 */
    *ns = fraction;
    return true;
}

void moment_rfc3339(int64_t ms, char out[MOMENT_SIZE])
{
    struct date date = date_of(floor_div(ms, MS_PER_DAY));
    int second = second_of_day(ms), part = (int)((ms % 1000 + 1000) % 1000);
    char fraction[8] = "";

    if (part)
        snprintf(fraction, sizeof(fraction), ".%03d", part);
    snprintf(out, MOMENT_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d%sZ", (long long)date.year, date.month,
             date.day, second / 3600, second / 60 % 60, second % 60, fraction);
}

void moment_java_date(int64_t ms, char out[MOMENT_SIZE])
{
    /* 1970 began on a Thursday. */
    static const char week[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t days = floor_div(ms, MS_PER_DAY);
    struct date date = date_of(days);
    int second = second_of_day(ms);

    snprintf(out, MOMENT_SIZE, "%s %s %02d %02d:%02d:%02d UTC %04lld", week[days - floor_div(days, 7) * 7],
             months[date.month - 1], date.day, second / 3600, second / 60 % 60, second % 60,
             (long long)date.year);
}
