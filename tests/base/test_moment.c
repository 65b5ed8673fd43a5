/* SPDX-License-Identifier: Apache-2.0 */
/* Where the C library has the same thing in another way, both must agree. */
#include "suite.h"

#include "moment.h"

#define S INT64_C(1000000000)

START_TEST(parses)
{
    static const struct { const char *text; int64_t ns; } cases[] = {
        {"1970-01-01T00:00:00Z", 0}, {"2026-11-21T05:38:48Z", 1795239528 * S},
        {"2026-11-21T05:38:48.5Z", 1795239528 * S + 500000000}, {"2026-11-21T05:38:48.123456789Z",
        1795239528 * S + 123456789}, {"2026-11-21T05:38:48.000000001Z", 1795239528 * S + 1},
        {"2026-11-21T07:08:48+01:30", 1795239528 * S}, {"2026-11-20T23:38:48.000-06:00", 1795239528 * S},
        {"2026-11-21t05:38:48z", 1795239528 * S}, {"2000-02-29T23:59:59Z", 951868799 * S},
        {"2016-12-31T23:59:60Z", 1483228800 * S}, {"1969-12-31T23:59:59.25Z", -750000000},
        {"1900-03-01T00:00:00Z", -2203891200 * S}, {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        int64_t ns = 99;

        ck_assert_msg(moment_parse(cases[i].text, strlen(cases[i].text), &ns), "%s", cases[i].text);
        ck_assert_msg(ns == cases[i].ns, "%s: %lld", cases[i].text, (long long)ns);
    }
}
END_TEST

START_TEST(refuses)
{
    static const char *const cases[] = {
        "", "2026", "2026-11-21", "2026-11-21T05:38:48", "2026-11-21 05:38:48Z", "2026-11-21T05:38:48Zx",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
        "2026-11-21T00:00:61Z", "2026-11-21T05:38:48.Z", "2026-11-21T05:38:48.1234567890Z", "2026-1-21T05:38:48Z",
        "2026-11-21T05:38:48+24:00", "2026-11-21T05:38:48+0100", "2026-11-21T05:38:48+01:60", "-026-11-21T05:38:48Z",
        "0001-01-01T00:00:00Z", "2262-04-11T23:47:16.854775808Z", "1677-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    };
    size_t i, n;
    int64_t ns = 99;

    for (i = 0; i < COUNT(cases); i++)
        ck_assert_msg(!moment_parse(cases[i], strlen(cases[i]), &ns), "%s", cases[i]);
    for (n = 0; n < 20; n++)                            /* the length counts, not a NUL */
        ck_assert(!moment_parse("2026-11-21T05:38:48Z", n, &ns));
    ck_assert_int_eq(ns, 99);
}
END_TEST

START_TEST(prints)
{
    static const struct { int64_t ms; const char *rfc3339, *java; } cases[] = {
        {0, "1970-01-01T00:00:00Z", "Thu Jan 01 00:00:00 UTC 1970"},
        {INT64_C(1795239528000), "2026-11-21T05:38:48Z", "Sat Nov 21 05:38:48 UTC 2026"},
        {INT64_C(1795239528007), "2026-11-21T05:38:48.007Z", "Sat Nov 21 05:38:48 UTC 2026"},
        {-1, "1969-12-31T23:59:59.999Z", "Wed Dec 31 23:59:59 UTC 1969"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z", "Tue Feb 29 00:00:00 UTC 2000"},
        {INT64_C(-62135596800000), "0001-01-01T00:00:00Z", "Mon Jan 01 00:00:00 UTC 0001"},
    };
    char text[MOMENT_SIZE];
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        moment_rfc3339(cases[i].ms, text);
        ck_assert_str_eq(text, cases[i].rfc3339);
        moment_java_date(cases[i].ms, text);
        ck_assert_str_eq(text, cases[i].java);
    }
    moment_rfc3339(INT64_MIN, text);                    /* fits, whatever it is */
    moment_java_date(INT64_MAX, text);
}
END_TEST

START_TEST(agrees_with_the_c_library)
{
    char ours[MOMENT_SIZE], theirs[MOMENT_SIZE];
    time_t second;
    struct tm tm;
    int64_t ns;

    for (second = -6000000000; second < 9000000000; second += 86399 * 31 + 1) {
        ck_assert_ptr_nonnull(gmtime_r(&second, &tm));
        strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
        moment_rfc3339((int64_t)second * 1000, ours);
        ck_assert_str_eq(ours, theirs);
        ck_assert(moment_parse(ours, strlen(ours), &ns));
        ck_assert(ns == (int64_t)second * S);
        strftime(theirs, sizeof(theirs), "%a %b %d %H:%M:%S UTC %Y", &tm);
        moment_java_date((int64_t)second * 1000, ours);
        ck_assert_str_eq(ours, theirs);
    }
}
END_TEST

START_TEST(clocks)
{
    int64_t before = (int64_t)time(NULL) * 1000, now = moment_now_ms(), mono = moment_mono_ms();
    struct timespec nap = {0, 20000000};

    ck_assert_int_ge(now, before - 1000);
    ck_assert_int_lt(now, before + 60000);
    nanosleep(&nap, NULL);
    ck_assert_int_ge(moment_mono_ms(), mono + 19);
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {&parses, &refuses, &prints, &agrees_with_the_c_library, &clocks};

    return run_tests("moment", tests, COUNT(tests));
}
