/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of lib/base ends with. Included after check.h, whose fail() hides ours. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include <check.h>
#undef fail

/* Runs tests, each in a process of its own; what main returns. A test is an address: Check's names are pointers. */
static inline int run_tests(const char *name, const TTest *const *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    size_t i;
    int failed;

    tcase_set_timeout(tcase, 300);
    for (i = 0; i < count; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

#endif
