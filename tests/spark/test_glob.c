/* SPDX-License-Identifier: Apache-2.0 */
/* Hadoop's patterns; each row was tried with the real ones. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "glob.h"
#include "scratch.h"

static void make_tree(struct scratch *scratch, bool colons)
{
    static const char *const folders[] = {"g", "g/sub", "h", NULL, "a:b", "colon", NULL};
    static const char *const files[] = {"g/a.txt", "g/b.txt", "g/.h", "g/.a.crc", "g/sub/c.txt", "h/a.txt", "h/a*", "h/{x}", NULL,
                                        "a:b/c", "colon/x:y", "colon/z", NULL};
    const char *const *name;

    scratch_begin(scratch);
    for (name = colons ? folders + 4 : folders; *name; name++)
        scratch_folder(scratch, *name);
    for (name = colons ? files + 9 : files; *name; name++)
        scratch_file(scratch, *name, "");
    if (colons)
        return;
    snprintf(scratch->path, sizeof(scratch->path), "%s/g/broken", scratch->folder);
    ck_assert_int_eq(symlink("nowhere", scratch->path), 0);
}

START_TEST(finds)
{
    static const struct {
        const char *pattern, *found;
        bool wild, named;
    } rows[] = {
        {"g/a.txt", "g/a.txt", false, true},
        {"g/none", "", false, true},
        {"none/none", "", false, true},
        {"./g//../g/a.txt", "g/a.txt", false, true},
        {"g/*.txt", "g/a.txt g/b.txt", true, false},
        {"g/*", "g/.h g/a.txt g/b.txt g/sub", true, false},
        {"g/**", "g/.h g/a.txt g/b.txt g/sub", true, false},
        {"g/a*t", "g/a.txt", true, false},
        {"g/*a*.*t*", "g/a.txt", true, false},
        {"*/a.txt", "g/a.txt h/a.txt", true, true},
        {"*/*/c.txt", "g/sub/c.txt", true, true},
        {"*/none", "", true, true},
        {"g/a.txt/*", "", true, false},
        {"none/*", "", true, false},
        {"h/a\\*", "h/a*", false, true},
        {"h/\\{x}", "h/{x}", false, true},
        {"g/{a}.txt", "g/a.txt", true, false},
        {"g/{a.t}*", "g/a.txt", true, false},
        {"{g/a}.txt", "g/a.txt", false, true},
        {"h/{x\\}}", "", true, false},
        {"g/.a.crc", "g/.a.crc", false, true},
        {"g/broken", "", false, true},
        {"nothere*/a:b", "", true, false},
    };
    AUTO_SCRATCH scratch;
    size_t i, k;

    make_tree(&scratch, false);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO_STRV found = {0};
        AUTO(chars) pattern = file_join(scratch.folder, rows[i].pattern);
        AUTO_STR list = STR_INIT(STR_TEXT_LIMIT);
        AUTO(error) error = NULL;
        bool wild, named;

        glob_find(pattern, &found, &wild, &named, &error);
        ck_assert_msg(!error, "%s: %s", rows[i].pattern, sparkk8s_error_message(error));
        strv_sort(&found);
        for (k = 0; k < found.count; k++)
            str_addf(&list, "%s%s", k ? " " : "", found.v[k] + strlen(scratch.folder) + 1);
        ck_assert_msg(!strcmp(list.s, rows[i].found), "%s: %s", rows[i].pattern, list.s);
        ck_assert_msg(wild == rows[i].wild && (named == rows[i].named || !found.count), "%s", rows[i].pattern);
    }
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *pattern, *message;
    } rows[] = {
        {"g/{a.txt", "a { without its }"}, {"g/a\\", "nothing follows"}, {"g\\/a", "nothing follows"}, {"a:b/c", "colon: a:b"},
        {"a:b/*", "colon: a:b"}, {"colon/*", "colon: x:y"}, {"colon/z*", "colon: x:y"}, {"https:/h/x", "colon: https:"},
        {"*", "colon: a:b"},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    make_tree(&scratch, true);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO_STRV found = {0};
        AUTO(chars) pattern = file_join(scratch.folder, rows[i].pattern);
        AUTO(error) error = NULL;
        bool wild, named;

        ck_assert_int_eq(glob_find(pattern, &found, &wild, &named, &error), SPARKK8S_ECONF);
        ck_assert_msg(strstr(sparkk8s_error_message(error), rows[i].message) != NULL, "%s: %s", pattern,
                      sparkk8s_error_message(error));
        ck_assert_str_eq(sparkk8s_error_where(error), pattern);
        ck_assert_str_ne(sparkk8s_error_hint(error), "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glob");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, finds);
    tcase_add_test(tcase, refuses);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
