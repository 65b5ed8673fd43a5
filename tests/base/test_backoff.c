/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

#include <check.h>

/* Doubled up to the most, jittered between the half and the whole, and not always the same. */
START_TEST(waits)
{
    static const int64_t whole[] = { 100, 200, 400, 800, 1000, 1000 };
    int64_t ms, least = INT64_MAX, most = 0;
    int i, n;

    for (n = 1; n <= 6; n++)
        for (i = 0; i < 200; i++) {
            ms = backoff_ms(n, 100, 1000);
            ck_assert_int_ge(ms, whole[n - 1] / 2);
            ck_assert_int_le(ms, whole[n - 1]);
            least = n == 6 && ms < least ? ms : least;
            most = n == 6 && ms > most ? ms : most;
        }
    ck_assert_int_lt(least, 650);
    ck_assert_int_gt(most, 850);
    ck_assert_int_le(backoff_ms(1000000, 100, 30000), 30000);
    ck_assert_int_le(backoff_ms(3, 500, 200), 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backoff");
    TCase *tcase = tcase_create("backoff");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, waits);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
