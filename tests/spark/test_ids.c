/* SPDX-License-Identifier: Apache-2.0 */
/* The random parts of names: their form, and that a seed decides them alone. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "ids.h"
#include "text.h"

#define NOW INT64_C(1795000000000)          /* 0x1A1EE565E00, of which Spark keeps 40 bits */

static bool has_form(const char *text, const char *form)
{
    size_t i;

    for (i = 0; form[i] && text[i]; i++)
        if (form[i] == 'h' ? !strchr("0123456789abcdef", text[i]) : form[i] != text[i])
            return false;
    return form[i] == text[i];
}

START_TEST(forms)
{
    const char *seeds[] = {NULL, "run-1"};
    size_t i;

    for (i = 0; i < COUNT(seeds); i++) {
        struct ids ids = {.seed = seeds[i], .now_ms = NOW};
        char unique[24], uuid[37], app[40];

        ck_assert_int_eq(ids_unique(&ids, unique, NULL), 0);
        ck_assert_int_eq(ids_uuid(&ids, uuid, NULL), 0);
        ck_assert_int_eq(ids_app(&ids, app, NULL), 0);
        ck_assert_msg(has_form(unique, "hhhhhhhhhhhhhhhh"), "%s", unique);
        ck_assert_msg(has_form(uuid, "hhhhhhhh-hhhh-4hhh-hhhh-hhhhhhhhhhhh"), "%s", uuid);
        ck_assert_msg(strchr("89ab", uuid[19]) != NULL, "%s", uuid);
        ck_assert_msg(has_form(app, "spark-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"), "%s", app);
    }
}
END_TEST

START_TEST(clock_is_in_the_unseeded_id)
{
    struct ids ids = {.now_ms = NOW}, early = {.now_ms = 255};
    char unique[24];

    ck_assert_int_eq(ids_unique(&ids, unique, NULL), 0);
    ck_assert_str_eq(unique + 6, "a1ee565e00");
    ck_assert_int_eq(ids_unique(&early, unique, NULL), 0);
    ck_assert_str_eq(unique + 6, "ff");     /* Long.toHexString does not pad */
}
END_TEST

START_TEST(seed_decides)
{
    struct ids one = {.seed = "run-1", .now_ms = NOW}, again = {.seed = "run-1", .now_ms = NOW + 5};
    struct ids other = {.seed = "run-2", .now_ms = NOW};
    char a[24], b[24], c[24], second[24];

    ck_assert_int_eq(ids_unique(&one, a, NULL), 0);
    ck_assert_int_eq(ids_unique(&again, b, NULL), 0);
    ck_assert_int_eq(ids_unique(&other, c, NULL), 0);
    ck_assert_int_eq(ids_unique(&one, second, NULL), 0);
    ck_assert_str_eq(a, b);
    ck_assert_str_ne(a, c);
    ck_assert_str_ne(a, second);
}
END_TEST

START_TEST(random_ones_differ)
{
    struct ids ids = {.now_ms = NOW};
    char a[40], b[40];

    ck_assert_int_eq(ids_app(&ids, a, NULL), 0);
    ck_assert_int_eq(ids_app(&ids, b, NULL), 0);
    ck_assert_str_ne(a, b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ids");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, forms);
    tcase_add_test(tcase, clock_is_in_the_unseeded_id);
    tcase_add_test(tcase, seed_decides);
    tcase_add_test(tcase, random_ones_differ);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
