/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "error.h"

#include <errno.h>

START_TEST(carries_what_it_was_given)
{
    AUTO(error) err = NULL;

    ck_assert_int_eq(fail(&err, SPARKK8S_ECONF, "spark.driver.memory", "'%s' is not a size", "1x"), SPARKK8S_ECONF);
    ck_assert_int_eq(sparkk8s_error_code(err), SPARKK8S_ECONF);
    ck_assert_str_eq(sparkk8s_error_message(err), "'1x' is not a size");
    ck_assert_str_eq(sparkk8s_error_where(err), "spark.driver.memory");
    ck_assert_str_eq(sparkk8s_error_hint(err), "");
    ck_assert_str_eq(sparkk8s_error_reason(err), "");
    ck_assert_str_eq(sparkk8s_error_body(err), "");
    ck_assert_int_eq(sparkk8s_error_http_status(err), 0);
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 0);
    error_hint(&err, "use %s", "1g");
    error_hint(&err, "use e.g. %s", "1g");
    error_retriable(&err);
    error_answer(&err, 403, "Forbidden", "{\n}...", 3);
    error_place(&err, "conf:7");
    error_place(&err, NULL);
    ck_assert_str_eq(sparkk8s_error_hint(err), "use e.g. 1g");
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 1);
    ck_assert_int_eq(sparkk8s_error_http_status(err), 403);
    ck_assert_str_eq(sparkk8s_error_reason(err), "Forbidden");
    ck_assert_str_eq(sparkk8s_error_body(err), "{\n}");
    ck_assert_str_eq(sparkk8s_error_where(err), "conf:7");
    error_answer(&err, 500, NULL, NULL, 0);
    ck_assert_str_eq(sparkk8s_error_reason(err), "Forbidden");
    ck_assert_int_eq(sparkk8s_error_http_status(err), 500);
}
END_TEST

START_TEST(nothing_is_an_error_too)
{
    sparkk8s_error *none = NULL;

    ck_assert_int_eq(sparkk8s_error_code(NULL), SPARKK8S_OK);
    ck_assert_str_eq(sparkk8s_error_message(NULL), "");
    ck_assert_str_eq(sparkk8s_error_where(NULL), "");
    ck_assert_str_eq(sparkk8s_error_hint(NULL), "");
    ck_assert_str_eq(sparkk8s_error_reason(NULL), "");
    ck_assert_str_eq(sparkk8s_error_body(NULL), "");
    ck_assert_int_eq(sparkk8s_error_http_status(NULL), 0);
    ck_assert_int_eq(sparkk8s_error_is_retriable(NULL), 0);
    sparkk8s_error_free(NULL);
    ck_assert_int_eq(fail(NULL, SPARKK8S_EIO, "x", "y"), SPARKK8S_EIO);
    ck_assert_int_eq(fail_oom(NULL), SPARKK8S_ENOMEM);
    ck_assert_int_eq(fail_errno(NULL, SPARKK8S_EIO, "x", "y", ENOENT), SPARKK8S_EIO);
    error_hint(NULL, "x");
    error_retriable(NULL);
    error_answer(NULL, 1, "x", "y", 1);
    error_place(NULL, "x");
    error_hint(&none, "x");
    error_retriable(&none);
    error_answer(&none, 1, "x", "y", 1);
    error_place(&none, "x");
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(out_of_memory_is_static)
{
    sparkk8s_error *err = NULL, *other = NULL;

    ck_assert_int_eq(fail_oom(&err), SPARKK8S_ENOMEM);
    fail_oom(&other);
    ck_assert_ptr_eq(err, other);
    error_hint(&err, "x");
    error_retriable(&err);
    error_answer(&err, 1, "x", "y", 1);
    error_place(&err, "x");
    ck_assert_int_eq(sparkk8s_error_code(err), SPARKK8S_ENOMEM);
    ck_assert_str_eq(sparkk8s_error_message(err), "out of memory");
    ck_assert_str_eq(sparkk8s_error_hint(err), "");
    ck_assert_str_eq(sparkk8s_error_where(err), "");
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 0);
    sparkk8s_error_free(err);
    sparkk8s_error_free(err);
}
END_TEST

START_TEST(is_replaced)
{
    AUTO(error) err = NULL;

    fail(&err, SPARKK8S_EIO, "first place", "first");
    error_hint(&err, "gone");
    fail(&err, SPARKK8S_ECONF, sparkk8s_error_where(err), "second after %s", sparkk8s_error_message(err));
    ck_assert_str_eq(sparkk8s_error_message(err), "second after first");
    ck_assert_str_eq(sparkk8s_error_where(err), "first place");
    ck_assert_str_eq(sparkk8s_error_hint(err), "");
    error_place(&err, sparkk8s_error_message(err));
    ck_assert_str_eq(sparkk8s_error_where(err), "second after first");
    fail_oom(&err);
    fail(&err, SPARKK8S_EIO, NULL, "third");
    ck_assert_str_eq(sparkk8s_error_message(err), "third");
    ck_assert_str_eq(sparkk8s_error_where(err), "");
}
END_TEST

START_TEST(text_for_people_is_one_clean_line)
{
    static const struct { const char *in, *out; } cases[] = {
        {"a\nb\r\tc\x1b[31m\x7f", "a b  c [31m "},
        {"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
        {"csi \xc2\x9b" "31m", "csi  31m"},
        {"line\xe2\x80\xa8sep", "line sep"},
        {"bad \xff\xc3 \xed\xa0\x80", "bad ?? ???"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;

        fail(&err, SPARKK8S_EIO, cases[i].in, "%s", cases[i].in);
        error_hint(&err, "%s", cases[i].in);
        error_answer(&err, 400, cases[i].in, cases[i].in, strlen(cases[i].in));
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].out);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].out);
        ck_assert_str_eq(sparkk8s_error_hint(err), cases[i].out);
        ck_assert_str_eq(sparkk8s_error_reason(err), cases[i].out);
    }
}
END_TEST

START_TEST(is_bounded)
{
    AUTO(error) err = NULL;
    char body[20000];
    size_t i;

    for (i = 0; i < sizeof(body); i++)
        body[i] = "\xe2\x82\xac"[i % 3];
    body[sizeof(body) - 2] = '\0';
    fail(&err, SPARKK8S_EIO, body, "%s", body);
    error_answer(&err, 500, NULL, body, sizeof(body));
    ck_assert_uint_eq(strlen(sparkk8s_error_message(err)), 4095);       /* whole characters of three bytes */
    ck_assert_uint_eq(strlen(sparkk8s_error_where(err)), 4095);
    ck_assert_uint_eq(strlen(sparkk8s_error_body(err)), 16383);
}
END_TEST

START_TEST(from_errno)
{
    AUTO(error) err = NULL;

    ck_assert_int_eq(fail_errno(&err, SPARKK8S_EIO, "/x", "cannot open the file", ENOENT), SPARKK8S_EIO);
    ck_assert_str_eq(sparkk8s_error_message(err), "cannot open the file: No such file or directory");
    ck_assert_str_eq(sparkk8s_error_where(err), "/x");
    ck_assert_int_eq(fail_errno(&err, SPARKK8S_EIO, "/x", "cannot open the file", ENOMEM), SPARKK8S_ENOMEM);
    ck_assert_str_eq(sparkk8s_error_message(err), "out of memory");
}
END_TEST

START_TEST(code_names)
{
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_OK), "SPARKK8S_OK");
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_AGAIN), "SPARKK8S_AGAIN");
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_END), "SPARKK8S_END");
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_ENOMEM), "SPARKK8S_ENOMEM");
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_EFORK), "SPARKK8S_EFORK");
    ck_assert_str_eq(sparkk8s_code_name(SPARKK8S_EFORK - 1), "SPARKK8S_UNKNOWN");
    ck_assert_str_eq(sparkk8s_code_name(3), "SPARKK8S_UNKNOWN");
    ck_assert_str_eq(sparkk8s_code_name(INT32_MIN), "SPARKK8S_UNKNOWN");
}
END_TEST

START_TEST(library_version)
{
    int major = 0, minor = 0, patch = 0;

    ck_assert_int_eq(sscanf(sparkk8s_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    ck_assert_str_eq(sparkk8s_version(), SPARKK8S_VERSION);
    ck_assert_int_eq(sparkk8s_version_number(), major * 10000 + minor * 100 + patch);
    sparkk8s_free(NULL);
    sparkk8s_free(strdup("freed"));
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &carries_what_it_was_given, &nothing_is_an_error_too, &out_of_memory_is_static, &is_replaced,
        &text_for_people_is_one_clean_line, &is_bounded, &from_errno, &code_names, &library_version,
    };

    return run_tests("error", tests, COUNT(tests));
}
