/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "splice.h"

static const struct {
    const char *text, *path[4];
    char open;
    const char *member, *expected;      /* expected NULL: fails */
} cases[] = {
    { "{\"a\":{\"b\":{\"c\":1}}}", { "a", "b" }, '{', "\"d\":2", "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}" },
    { "{\"a\":{\"b\":{}},\"z\":0}", { "a", "b" }, '{', "\"d\":2", "{\"a\":{\"b\":{\"d\":2}},\"z\":0}" },
    { "{\"a\":{\"x\":1},\"z\":0}", { "a", "b" }, '{', "\"d\":2", "{\"a\":{\"x\":1,\"b\":{\"d\":2}},\"z\":0}" },
    { "{\"a\":{}}", { "a", "b", "c" }, '[', "1", "{\"a\":{\"b\":{\"c\":[1]}}}" },
    { "{}", { "a", "b" }, '[', "1", "{\"a\":{\"b\":[1]}}" },
    { "{}", { NULL }, '{', "\"a\":1", "{\"a\":1}" },
    { "{\"a\":[]}", { "a" }, '[', "1", "{\"a\":[1]}" },
    { "{\"a\":[ 0 ]}", { "a" }, '[', "1", "{\"a\":[ 0 ,1]}" },
    { "{\"a\":[\n]}", { "a" }, '[', "1", "{\"a\":[\n1]}" },
    { "{\"a\":\"}]\",\"b\":[\"\\\"]\"]}", { "b" }, '[', "1", "{\"a\":\"}]\",\"b\":[\"\\\"]\",1]}" },
    { "{\"a\":1}", { "a" }, '{', "\"b\":1", NULL },
    { "{\"a\":[1]}", { "a" }, '{', "\"b\":1", NULL },
    { "{\"a\":{}}", { "a" }, '[', "1", NULL },
    { "{\"a\":null}", { "a", "b" }, '{', "\"b\":1", NULL },
    { "{\"a\":{", { "a" }, '{', "\"b\":1", NULL },
    { "", { "a" }, '{', "\"b\":1", NULL },
    { "[]", { "a" }, '{', "\"b\":1", NULL },
};

START_TEST(adds_the_last_member)
{
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STR text = STR_INIT(1000);

        str_add(&text, cases[i].text);
        splice_last(&text, cases[i].path, cases[i].open, cases[i].member);
        ck_assert_msg(text.failed == !cases[i].expected, "case %zu: %s", i, text.s);
        if (cases[i].expected)
            ck_assert_str_eq(text.s, cases[i].expected);
    }
}
END_TEST

START_TEST(keeps_the_limit)
{
    static const char *const path[] = { "a", NULL };
    AUTO_STR text = STR_INIT(12);

    str_add(&text, "{\"a\":[1]}");
    splice_last(&text, path, '[', "22");
    ck_assert_str_eq(text.s, "{\"a\":[1,22]}");
    splice_last(&text, path, '[', "3");
    ck_assert(text.failed);
}
END_TEST

static const TTest *const *const tests[] = { &adds_the_last_member, &keeps_the_limit };

int main(void)
{
    return run_tests("splice", tests, COUNT(tests));
}
