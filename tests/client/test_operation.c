/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: that each has the outcome of the blocking call, that none blocks, what cancels and what abandons them. */
#include "lab.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

static sparkk8s_client *client;

/* Polls the descriptor alone until client_next() tells of the operation; then its outcome. */
static int finish(sparkk8s_operation *operation, sparkk8s_error **err)
{
    const void *object;
    int rc;

    for (;;) {
        struct pollfd fd = { .fd = sparkk8s_client_fd(client), .events = POLLIN };

        ck_assert_int_eq(poll(&fd, 1, 20000), 1);
        while ((rc = sparkk8s_client_next(client, NULL, &object, err)) == 0)
            if (object == operation)
                return sparkk8s_operation_finish(operation, NULL, err);
        ck_assert_int_eq(rc, SPARKK8S_AGAIN);
    }
}

static sparkk8s_run *submit(const char *key)
{
    sparkk8s_manifest *manifest = lab_manifest(key, "1g", NULL);
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };
    sparkk8s_operation *operation = NULL;
    sparkk8s_run *run;

    LAB_OK(sparkk8s_begin_submit(client, manifest, &opts, NULL, &operation, err));
    sparkk8s_manifest_free(manifest);
    ck_assert_ptr_null(sparkk8s_operation_take_run(operation));
    LAB_OK(finish(operation, err));
    run = sparkk8s_operation_take_run(operation);
    ck_assert_ptr_nonnull(run);
    ck_assert_ptr_null(sparkk8s_operation_take_run(operation));
    sparkk8s_operation_free(operation);
    return run;
}

START_TEST(each)
{
    sparkk8s_kill_opts kill = { .size = sizeof(kill), .only_claim = "mine" };
    sparkk8s_manifest *manifest = lab_manifest("k", "2g", NULL);
    sparkk8s_operation *operation = NULL;
    sparkk8s_diagnosis *diagnosis;
    sparkk8s_status *status;
    sparkk8s_run *run, *found;
    char *text;

    client = lab_client("a");
    run = submit("k");
    lab_complete("by an operation");
    LAB_OK(sparkk8s_begin_open(client, NULL, "k", NULL, &operation, err));
    LAB_OK(finish(operation, err));
    found = sparkk8s_operation_take_run(operation);
    ck_assert_str_eq(sparkk8s_run_id(found), sparkk8s_run_id(run));
    sparkk8s_operation_free(operation);
    sparkk8s_run_free(run);

    LAB_OK(sparkk8s_begin_status(found, NULL, &operation, err));
    LAB_OK(finish(operation, err));
    status = sparkk8s_operation_take_status(operation);
    ck_assert_int_eq(sparkk8s_status_state(status), SPARKK8S_STATE_PENDING);
    sparkk8s_status_free(status);
    sparkk8s_operation_free(operation);

    LAB_OK(sparkk8s_begin_run_explain(found, NULL, &operation, err));
    LAB_OK(finish(operation, err));
    diagnosis = sparkk8s_operation_take_diagnosis(operation);
    ck_assert_str_eq(sparkk8s_diagnosis_run_id(diagnosis), sparkk8s_run_id(found));
    sparkk8s_diagnosis_free(diagnosis);
    sparkk8s_operation_free(operation);

    LAB_OK(sparkk8s_begin_diff(found, manifest, NULL, &operation, err));
    LAB_OK(finish(operation, err));
    text = sparkk8s_operation_take_text(operation);
    ck_assert_ptr_nonnull(strstr(text, "spark.executor.memory"));
    sparkk8s_free(text);
    sparkk8s_operation_free(operation);
    sparkk8s_manifest_free(manifest);

    LAB_OK(sparkk8s_begin_claim(found, "mine", NULL, &operation, err));
    LAB_OK(finish(operation, err));
    sparkk8s_operation_free(operation);
    LAB_OK(sparkk8s_begin_kill(found, &kill, NULL, &operation, err));
    sparkk8s_run_free(found);           /* the operation has what it needs */
    LAB_OK(finish(operation, err));
    lab_empty("killed by an operation");
    sparkk8s_operation_free(operation);
    sparkk8s_client_free(client);
}
END_TEST

/* Errors are those of the blocking calls, told once. */
START_TEST(errors)
{
    sparkk8s_call call = { .size = sizeof(call), .cancel = sparkk8s_cancel_new() };
    sparkk8s_operation *operation = NULL;
    sparkk8s_error *error = NULL;
    sparkk8s_run *run;

    client = lab_client("a");
    ck_assert_int_eq(sparkk8s_begin_open(client, NULL, "x", &call, &operation, &error), SPARKK8S_EINVAL);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "sparkk8s_operation_cancel"));
    sparkk8s_error_free(TAKE(error));
    sparkk8s_cancel_free(call.cancel);
    LAB_OK(sparkk8s_begin_open(client, NULL, "no-such-run", NULL, &operation, err));
    ck_assert_int_eq(finish(operation, &error), SPARKK8S_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "no run in namespace"));
    sparkk8s_error_free(TAKE(error));
    ck_assert_int_eq(sparkk8s_operation_finish(operation, NULL, &error), SPARKK8S_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "reported before"));
    sparkk8s_error_free(TAKE(error));
    ck_assert_ptr_null(sparkk8s_operation_take_run(operation));
    sparkk8s_operation_free(operation);

    LAB_OK(sparkk8s_begin_explain(client, NULL, "no-such-run", NULL, &operation, err));
    ck_assert_int_eq(finish(operation, NULL), SPARKK8S_ENOTFOUND);
    sparkk8s_operation_free(operation);

    run = submit("k");
    lab_rules("[{\"verb\":\"get pods\",\"do\":\"hold\"}]");
    call = (sparkk8s_call){ .size = sizeof(call), .timeout_ms = 100 };
    LAB_OK(sparkk8s_begin_status(run, &call, &operation, err));
    ck_assert_int_eq(finish(operation, &error), SPARKK8S_ETIMEDOUT);
    sparkk8s_error_free(TAKE(error));
    sparkk8s_operation_free(operation);
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}
END_TEST

/* 0: at once, 1: while the pod is created, 2: while it is released, which the server then does. */
START_TEST(canceled)
{
    static const char *const holds[] = { "create pods", "create pods", "patch pods" };
    sparkk8s_manifest *manifest = lab_manifest("k", "1g", NULL);
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = "k" };
    sparkk8s_operation *operation = NULL;
    sparkk8s_error *error = NULL;

    client = lab_client("a");
    lab_rules("[{\"verb\":\"%s\",\"do\":\"hold\"}]", holds[_i]);
    LAB_OK(sparkk8s_begin_submit(client, manifest, &opts, NULL, &operation, err));
    while (_i && !lab_held())
        ck_assert_int_eq(sparkk8s_operation_finish(operation, NULL, NULL), SPARKK8S_AGAIN);
    sparkk8s_operation_cancel(operation);
    ck_assert_int_eq(sparkk8s_operation_finish(operation, NULL, NULL), SPARKK8S_AGAIN);
    lab_do("{\"release\":true}");
    if (_i < 2) {
        ck_assert_int_eq(finish(operation, &error), SPARKK8S_ECANCELED);
        sparkk8s_error_free(error);
        lab_empty("canceled");
    } else {
        LAB_OK(finish(operation, err));
        lab_complete("submitted before it could be canceled");
    }
    sparkk8s_operation_free(operation);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

/* Freed in any order, and in a forked child. */
START_TEST(abandoned)
{
    sparkk8s_manifest *manifest = lab_manifest("k", "1g", NULL);
    sparkk8s_operation *operation = NULL, *other = NULL;
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = "k" };
    int state = -1;
    pid_t child;

    client = lab_client("a");
    lab_rules("[{\"verb\":\"create pods\",\"do\":\"hold\"},{\"verb\":\"get pods\",\"do\":\"hold\"}]");
    LAB_OK(sparkk8s_begin_submit(client, manifest, &opts, NULL, &operation, err));
    LAB_OK(sparkk8s_begin_explain(client, NULL, "x", NULL, &other, err));
    sparkk8s_manifest_free(manifest);
    while (lab_held() < 2)
        ck_assert_int_eq(sparkk8s_operation_finish(operation, NULL, NULL), SPARKK8S_AGAIN);
    child = fork();
    if (child == 0) {
        _exit(sparkk8s_operation_finish(operation, NULL, NULL) == SPARKK8S_EFORK ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(state, 0);
    sparkk8s_client_free(client);
    sparkk8s_operation_free(other);
    sparkk8s_operation_free(operation);
}
END_TEST

/* What nobody fetches is told once, and keeps no loop busy. */
START_TEST(told_once)
{
    sparkk8s_manifest *manifest = lab_manifest("k", "1g", NULL);
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = "k" };
    sparkk8s_run *run = NULL;
    const void *object;
    struct pollfd fd;
    int told = 0, rc;

    client = lab_client("a");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &opts, &run, err));
    fd = (struct pollfd){ .fd = sparkk8s_client_fd(client), .events = POLLIN };
    while (!told) {
        ck_assert_int_eq(poll(&fd, 1, 20000), 1);
        while ((rc = sparkk8s_client_next(client, NULL, &object, NULL)) == 0) {
            ck_assert_ptr_eq(object, run);
            told++;
        }
        ck_assert_int_eq(rc, SPARKK8S_AGAIN);
    }
    ck_assert_int_eq(told, 1);
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    sparkk8s_manifest_free(manifest);
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}
END_TEST

static int notes;

static void count_notes(int level UNUSED, const char *topic UNUSED, const char *message UNUSED, void *userdata)
{
    char *here = __builtin_frame_address(0), *there = *(char **)userdata;

    notes++;
    ck_assert(here - there < 1 << 19 && there - here < 1 << 19);       /* on the program's own stack */
}

static char *stack;

START_TEST(notes_outside)
{
    sparkk8s_client_opts opts = { .size = sizeof(opts), .log = count_notes, .log_userdata = &stack, .log_level = 1 };
    char *url = NULL;

    client = lab_client("a");
    ck_assert_int_gt(asprintf(&url, "%s", sparkk8s_client_server(client)), 0);
    sparkk8s_client_free(client);
    stack = __builtin_frame_address(0);
    opts.server = url;
    opts.ns = LAB_NS;
    LAB_OK(sparkk8s_client_new(&opts, &client, err));
    sparkk8s_run_free(submit("k"));
    ck_assert_int_gt(notes, 0);
    sparkk8s_client_free(client);
    free(url);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operation");
    TCase *tcase = tcase_create("operation");

    tcase_add_test(tcase, each);
    tcase_add_test(tcase, errors);
    tcase_add_loop_test(tcase, canceled, 0, 3);
    tcase_add_test(tcase, abandoned);
    tcase_add_test(tcase, told_once);
    tcase_add_test(tcase, notes_outside);
    return lab_main(suite, tcase);
}
