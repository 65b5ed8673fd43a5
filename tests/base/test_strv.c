/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "strv.h"

START_TEST(adds)
{
    AUTO_STRV strv = {0};
    char text[] = "text";
    size_t i;

    ck_assert_ptr_null(strv.v);
    strv_add(&strv, text);
    text[0] = 'T';
    strv_addn(&strv, "abcdef", 3);
    strv_addn(&strv, "", 0);
    strv_addf(&strv, "%s=%d", "k", 7);
    ck_assert_uint_eq(strv.count, 4);
    ck_assert_str_eq(strv.v[0], "text");
    ck_assert_str_eq(strv.v[1], "abc");
    ck_assert_str_eq(strv.v[2], "");
    ck_assert_str_eq(strv.v[3], "k=7");
    ck_assert_ptr_null(strv.v[4]);
    for (i = 4; i < 1000; i++) {
        strv_addf(&strv, "%zu", i);
        ck_assert_uint_eq(strv.count, i + 1);
        ck_assert_ptr_null(strv.v[i + 1]);
    }
    ck_assert_str_eq(strv.v[999], "999");
    strv_clear(&strv);
    ck_assert_ptr_null(strv.v);
    ck_assert_uint_eq(strv.count, 0);
}
END_TEST

START_TEST(splits_and_joins)
{
    static const struct { const char *text; size_t count; const char *joined; } cases[] = {
        {"", 1, ""},
        {"a", 1, "a"},
        {"a,b", 2, "a; b"},
        {",", 2, "; "},
        {",a,,b,", 5, "; a; ; b; "},
    };
    AUTO_STRV none = {0};
    AUTO(chars) empty = strv_join(&none, ",");
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STRV strv = {0};
        AUTO(chars) joined = NULL;

        strv_split(&strv, cases[i].text, ',');
        ck_assert_uint_eq(strv.count, cases[i].count);
        joined = strv_join(&strv, "; ");
        ck_assert_str_eq(joined, cases[i].joined);
    }
    ck_assert_str_eq(empty, "");
}
END_TEST

START_TEST(sorts_by_bytes_and_finds)
{
    AUTO_STRV strv = {0};
    AUTO(chars) joined = NULL;

    strv_sort(&strv);
    ck_assert(!strv_has(&strv, ""));
    strv_split(&strv, "b,a,\xc3\xa9,B,aa,,a", ',');
    strv_sort(&strv);
    joined = strv_join(&strv, ",");
    ck_assert_str_eq(joined, ",B,a,a,aa,b,\xc3\xa9");
    ck_assert_ptr_null(strv.v[7]);
    ck_assert(strv_has(&strv, "aa"));
    ck_assert(!strv_has(&strv, "A"));
    ck_assert(strv_has(&strv, ""));
}
END_TEST

START_TEST(failure_sticks)
{
    AUTO_STRV strv = {0};

    strv_add(&strv, "x");
    strv_addn(&strv, "x", (size_t)-1);                  /* more than there can be */
    ck_assert(strv.failed);
    ck_assert_ptr_null(strv.v);
    ck_assert_uint_eq(strv.count, 0);
    strv_add(&strv, "y");
    strv_addf(&strv, "%d", 1);
    strv_split(&strv, "a,b", ',');
    ck_assert_uint_eq(strv.count, 0);
    ck_assert_ptr_null(strv_join(&strv, ","));
    strv_clear(&strv);
    ck_assert(!strv.failed);
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {&adds, &splits_and_joins, &sorts_by_bytes_and_finds, &failure_sticks};

    return run_tests("strv", tests, COUNT(tests));
}
