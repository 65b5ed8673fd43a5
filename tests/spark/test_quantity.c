/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities that have to be compared: which are some, and which are equal however they are written. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "quantity.h"

START_TEST(equal_quantities)
{
    static const char *const pairs[][2] = {
        {"2", "2000m"}, {"0.1", "100m"}, {".5", "500m"}, {"1e3", "1k"}, {"1E3", "1000"}, {"12e-1", "1.2"}, {"1.", "1"},
        {"1Ki", "1024"}, {"1.5Gi", "1536Mi"}, {"1E", "1000P"}, {"1Ei", "1024Pi"}, {"3u", "3000n"}, {"+7", "7"},
        {"1G", "1000M"}, {"1Ti", "1024Gi"}, {"1T", "1e12"},
    };
    size_t i;

    for (i = 0; i < COUNT(pairs); i++) {
        double left = 0, right = 1;

        ck_assert_msg(quantity_parse(pairs[i][0], &left) && quantity_parse(pairs[i][1], &right), "%s", pairs[i][0]);
        ck_assert_msg(left >= right && left <= right, "%s = %.17g, %s = %.17g", pairs[i][0], left, pairs[i][1], right);
    }
}
END_TEST

START_TEST(order_of_quantities)
{
    static const char *const rising[] = {"-1", "0", "1n", "1u", "1m", "0.9", "1", "1001m", "1k", "1Ki", "1M", "1Mi"};
    size_t i;
    double last = -2, value;

    for (i = 0; i < COUNT(rising); i++) {
        ck_assert(quantity_parse(rising[i], &value));
        ck_assert_msg(value > last, "%s", rising[i]);
        last = value;
    }
}
END_TEST

START_TEST(no_quantities)
{
    static const char *const texts[] = {"", " ", "1 ", " 1", "abc", "m", ".", "-", "+.", "1 core", "1kb", "1K", "1e", "1ei",
                                        "1e3k", "1e+", "1.2.3", "0x10", "1d", "NaN", "Infinity", "1Mi1"};
    char many[1000];
    double value = 42;
    size_t i;

    memset(many, '1', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    ck_assert(!quantity_parse(many, &value));
    for (i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!quantity_parse(texts[i], &value), "%s", texts[i]);
    ck_assert(value > 41 && value < 43);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, equal_quantities);
    tcase_add_test(tcase, order_of_quantities);
    tcase_add_test(tcase, no_quantities);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
