/* SPDX-License-Identifier: Apache-2.0 */
/* What java.net.URI makes of a text; each row was tried with the real one. */
#include <check.h>
#undef fail                                 /* of Check */

#include "sparkk8s.h"
#include "uri.h"

static bool is(struct uri_part part, const char *text)
{
    if (!text || !part.s)
        return !text && !part.s;
    return part.len == strlen(text) && !memcmp(part.s, text, part.len);
}

START_TEST(parts)
{
    static const struct {
        const char *text, *scheme, *authority, *path, *query, *fragment;
    } rows[] = {
        {"/a/b", NULL, NULL, "/a/b", NULL, NULL},
        {"", NULL, NULL, "", NULL, NULL},
        {"#x", NULL, NULL, "", NULL, "x"},
        {"a.txt#", NULL, NULL, "a.txt", NULL, ""},
        {"file:/a", "file", NULL, "/a", NULL, NULL},
        {"file:///a#b", "file", "", "/a", NULL, "b"},
        {"s3a://b/a%20b?c=/?#d/?", "s3a", "b", "/a%20b", "c=/?", "d/?"},
        {"https://u@h:1/[", NULL, NULL, NULL, NULL, NULL},
        {"https://h/?[]#[]", "https", "h", "/", "[]", "[]"},
        {"a+b-c.1:x", "a+b-c.1", NULL, NULL, NULL, NULL},
        {"mailto:x#y", "mailto", NULL, NULL, NULL, "y"},
        {"/\xc3\xa4", NULL, NULL, "/\xc3\xa4", NULL, NULL},
    };
    static const char *const bad[] = {
        "a b", "/a b", "/a%", "/a%2", "/a%zz", "/a\\b", "/{a}", "/a|b", "/a^b", "/`", "/<>", "/\"", "/[a]", "file:/[a]", "x:[", ":a",
        "1a:b", "a:", "a_b:c", "a:#b", "/a#b#c", "//", "https://h/a b", "/a\x7f", "/\xc2\xa0", "/\xe3\x80\x80", "/\xc2\x85", "/\xff",
        "https://h h/",
    };
    struct uri uri;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        bool valid = rows[i].path || rows[i].scheme;

        ck_assert_msg(uri_parse(rows[i].text, &uri) == valid, "%s", rows[i].text);
        if (valid)
            ck_assert_msg(is(uri.scheme, rows[i].scheme) && is(uri.authority, rows[i].authority) && is(uri.path, rows[i].path)
                          && is(uri.query, rows[i].query) && is(uri.fragment, rows[i].fragment), "%s", rows[i].text);
    }
    for (i = 0; i < COUNT(bad); i++)
        ck_assert_msg(uri_parse(bad[i], &uri) == !strcmp(bad[i], "x:["), "%s", bad[i]);
}
END_TEST

START_TEST(decoding)
{
    static const struct {
        const char *text, *path;
    } rows[] = {
        {"/a%20b", "/a b"}, {"file:///a%25%2f#x%20", "/a%/"}, {"/%c3%a4", "/\xc3\xa4"}, {"s3a://b/x?y", "/x"}, {"a", "a"},
        {"/%ff", NULL}, {"/%00", NULL}, {"mailto:x", NULL}, {"/a b", NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        AUTO(chars) path = NULL;
        int rc = uri_path(rows[i].text, &path);

        ck_assert_msg(rc == (rows[i].path ? 0 : SPARKK8S_EINVAL), "%s", rows[i].text);
        if (rows[i].path)
            ck_assert_str_eq(path, rows[i].path);
    }
}
END_TEST

START_TEST(quoting)
{
    static const struct {
        const char *text, *path, *rest;
    } rows[] = {
        {"/a b", "/a%20b", "/a%20b"}, {"%41", "%2541", "%2541"}, {"a?[b]#c", "a%3F%5Bb%5D%23c", "a?[b]%23c"},
        {"-_.!~*'():@&=+$,;/", "-_.!~*'():@&=+$,;/", "-_.!~*'():@&=+$,;/"}, {"\xc3\xa4", "\xc3\xa4", "\xc3\xa4"},
        {"\xc2\xa0", "%C2%A0", "%C2%A0"}, {"{}|\\^`\"<>", "%7B%7D%7C%5C%5E%60%22%3C%3E", "%7B%7D%7C%5C%5E%60%22%3C%3E"},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        AUTO_STR path = STR_INIT(STR_TEXT_LIMIT), rest = STR_INIT(STR_TEXT_LIMIT);

        uri_quote_path(&path, rows[i].text);
        uri_quote_rest(&rest, rows[i].text);
        ck_assert_str_eq(path.s, rows[i].path);
        ck_assert_str_eq(rest.s, rows[i].rest);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uri");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, parts);
    tcase_add_test(tcase, decoding);
    tcase_add_test(tcase, quoting);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
