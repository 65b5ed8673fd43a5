/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "str.h"

START_TEST(appends)
{
    AUTO_STR str = STR_INIT(1000);
    char first[] = "first";

    ck_assert_str_eq(str.s, "");
    ck_assert_ptr_eq(str.s, str_empty);
    str_add(&str, first);
    memset(first, 'x', sizeof(first) - 1);              /* it was copied */
    str_addn(&str, "\0two", 4);
    str_addc(&str, '!');
    str_addf(&str, "%d-%s", 42, "x");
    str_addf(&str, "%s", "");
    str_add(&str, "");
    ck_assert_uint_eq(str.len, 14);
    ck_assert_int_eq(memcmp(str.s, "first\0two!42-x", 15), 0);
    ck_assert(!str.failed);
}
END_TEST

START_TEST(grows)
{
    AUTO_STR str = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < 100000; i++) {              /* Check notes each assertion, which would be most of the work */
        str_addc(&str, (char)('a' + i % 26));
        if (str.len != i + 1 || str.s[str.len] || str.len >= str.cap)
            ck_abort_msg("%zu of %zu, %zu expected", str.len, str.cap, i + 1);
    }
    for (i = 0; i < 100000; i++)
        if (str.s[i] != (char)('a' + i % 26))
            ck_abort_msg("character %zu", i);
}
END_TEST

START_TEST(a_limit_is_kept_to_the_byte)
{
    size_t limit;

    for (limit = 0; limit < 200; limit += 7) {
        AUTO_STR str = STR_INIT(limit);
        size_t i;

        for (i = 0; i < limit; i++)
            str_addc(&str, 'x');
        ck_assert(!str.failed);
        ck_assert_uint_eq(str.len, limit);
        str_addc(&str, 'x');
        ck_assert(str.failed);
    }
}
END_TEST

START_TEST(failure_sticks)
{
    AUTO_STR str = STR_INIT(8);

    str_add(&str, "12345");
    str_addf(&str, "%s", "6789");
    ck_assert(str.failed);
    ck_assert_uint_eq(str.len, 0);
    ck_assert_str_eq(str.s, "");
    str_add(&str, "a");
    str_addc(&str, 'a');
    str_addf(&str, "%d", 1);
    str_add_escaped(&str, "/");
    str_truncate(&str, 0);
    str_drop(&str, 1);
    ck_assert(str.failed);
    ck_assert_str_eq(str.s, "");
    ck_assert_ptr_null(str_take(&str));
    ck_assert(str.failed);
    str_clear(&str);
    ck_assert(!str.failed);
    str_add(&str, "12345678");
    ck_assert_str_eq(str.s, "12345678");
    str_fail(&str);
    ck_assert(str.failed);
    ck_assert_str_eq(str.s, "");
}
END_TEST

START_TEST(escapes)
{
    static const struct { const char *in, *out; } cases[] = {
        {"", ""},
        {"azAZ09-._~", "azAZ09-._~"},
        {"a b&c=d+e", "a%20b%26c%3Dd%2Be"},
        {"/?#%", "%2F%3F%23%25"},
        {"\xc3\xa9\x7f\x01", "%C3%A9%7F%01"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STR str = STR_INIT(1000);

        str_add_escaped(&str, cases[i].in);
        ck_assert_str_eq(str.s, cases[i].out);
    }
}
END_TEST

START_TEST(truncates_and_drops)
{
    AUTO_STR str = STR_INIT(1000);

    str_truncate(&str, 0);
    str_drop(&str, 5);
    str_add(&str, "0123456789");
    str_truncate(&str, 20);
    ck_assert_str_eq(str.s, "0123456789");
    str_truncate(&str, 8);
    ck_assert_str_eq(str.s, "01234567");
    str_drop(&str, 0);
    str_drop(&str, 3);
    ck_assert_str_eq(str.s, "34567");
    ck_assert_uint_eq(str.len, 5);
    str_drop(&str, 100);
    ck_assert_str_eq(str.s, "");
    ck_assert_uint_eq(str.len, 0);
    ck_assert(str.cap > 0);                             /* the memory is kept */
}
END_TEST

START_TEST(takes)
{
    AUTO_STR str = STR_INIT(1000);
    AUTO(chars) empty = str_take(&str);
    AUTO(chars) text = NULL;

    ck_assert_ptr_nonnull(empty);
    ck_assert_str_eq(empty, "");
    ck_assert_ptr_ne(empty, str_empty);
    str_add(&str, "mine");
    text = str_take(&str);
    ck_assert_str_eq(text, "mine");
    ck_assert_str_eq(str.s, "");
    ck_assert_uint_eq(str.len, 0);
    str_add(&str, "again");
    ck_assert_str_eq(str.s, "again");
    ck_assert_str_eq(text, "mine");
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &appends, &grows, &a_limit_is_kept_to_the_byte, &failure_sticks, &escapes, &truncates_and_drops, &takes,
    };

    return run_tests("str", tests, COUNT(tests));
}
