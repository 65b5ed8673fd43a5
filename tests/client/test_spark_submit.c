/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s_spark_submit() as a function: what is an error and what an exit code, where lines go. What it does on a server is
 * in tests/sparksubmit. */
#include "sparkk8s.h"

#include <check.h>

struct heard {
    char text[1 << 16];
    size_t len;
    int lines;
};

static void hear(int level, const char *topic, const char *message, void *userdata)
{
    struct heard *heard = userdata;

    ck_assert(level ? topic != NULL : topic == NULL);
    ck_assert(!*message || message[strlen(message) - 1] != '\n');
    heard->len += (size_t)snprintf(heard->text + heard->len, sizeof(heard->text) - heard->len, "%d %s\n", level, message);
    heard->lines++;
}

static const struct {
    const char *argv[8];
    int exit_code;
    const char *said;
} answers[] = {
    { { NULL }, 255, "0 Usage: spark-submit [options]" },
    { { "--help" }, 0, "0 Usage: spark-submit [options]" },
    { { "--usage-error" }, 1, "0 Usage: spark-submit [options]" },
    { { "--version" }, 0, "   version 4" },
    { { "--ver\rsion" }, 0, "   version 4" },       /* bin/spark-class deletes these */
    { { "--blarg" }, 1, "0 Error: Unrecognized option: --blarg\n" },
    { { "--master", "local[*]", "--kill", "x" }, 1, "0 Exception in thread \"main\" org.apache.spark.SparkException: No external" },
    { { "--master", "k8s://http://127.0.0.1:1", "--status", "ns:" }, 1, "0 Submitting a request for the status of submission ns: in k8s:" },
    { { "--master", "k8s://http://127.0.0.1:1", "--kill", "a:b*c" }, 1, "Exception in thread \"main\" io.fabric8.kubernetes.client." },
    { { "--master", "k8s://http://127.0.0.1:1", "--kill", "../x:y" }, 1, "Exception in thread \"main\" java.lang.IllegalArgumentException: " },
};

START_TEST(answered)
{
    static struct heard heard;
    sparkk8s_spark_submit_opts opts = { .size = sizeof(opts), .print = hear, .userdata = &heard };
    sparkk8s_error *err = NULL;
    int argc = 0, code = -1;

    while (answers[_i].argv[argc])
        argc++;
    heard = (struct heard){ 0 };
    ck_assert_int_eq(sparkk8s_spark_submit(argc, answers[_i].argv, NULL, &opts, &code, &err), 0);
    ck_assert_int_eq(code, answers[_i].exit_code);
    ck_assert_msg(strstr(heard.text, answers[_i].said) != NULL, "%s", heard.text);
    ck_assert_ptr_null(err);
}
END_TEST

START_TEST(misused)
{
    static const char *const argv[] = { "--help", NULL, NULL };
    static struct heard heard;
    sparkk8s_spark_submit_opts good = { .size = sizeof(good), .print = hear, .userdata = &heard }, silent = { .size = sizeof(silent) };
    int code = -1;

    ck_assert_int_eq(sparkk8s_spark_submit(1, argv, NULL, NULL, &code, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_spark_submit(1, argv, NULL, &silent, &code, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_spark_submit(1, NULL, NULL, &good, &code, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_spark_submit(2, argv, NULL, &good, &code, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_spark_submit(-1, argv, NULL, &good, &code, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_spark_submit(1, argv, NULL, &good, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(heard.lines, 0);
}
END_TEST

START_TEST(cancelled)
{
    static const char *const argv[] = { "--master", "k8s://http://127.0.0.1:1", "--status", "a:b" };
    static struct heard heard;
    sparkk8s_spark_submit_opts opts = { .size = sizeof(opts), .print = hear, .userdata = &heard, .cancel = sparkk8s_cancel_new() };
    sparkk8s_error *err = NULL;
    int code = -1;

    sparkk8s_cancel_trigger(opts.cancel);
    ck_assert_int_eq(sparkk8s_spark_submit(4, argv, NULL, &opts, &code, &err), SPARKK8S_ECANCELED);
    ck_assert_int_eq(sparkk8s_error_code(err), SPARKK8S_ECANCELED);
    ck_assert_int_eq(code, -1);
    sparkk8s_error_free(err);
    sparkk8s_cancel_free(opts.cancel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spark_submit");
    TCase *tcase = tcase_create("spark_submit");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, answered, 0, (int)COUNT(answers));
    tcase_add_test(tcase, misused);
    tcase_add_test(tcase, cancelled);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
