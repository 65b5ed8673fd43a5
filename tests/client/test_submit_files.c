/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions that store files first: in which order, what is left of those that fail, two with one key. */
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manifest.h"
#include "scratch.h"

#define KEY "the-key"
#define LARGE ((off_t)96 << 20)             /* takes many turns of the loop */

struct store {
    struct scratch scratch;
    char file[200], place[200];
};

#define AUTO_STORE __attribute__((cleanup(store_end))) struct store

static void store_end(struct store *store)
{
    scratch_end(&store->scratch);
}

static void write_file(const struct store *store, const char *text)
{
    int fd = open(store->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void store_begin(struct store *store)
{
    scratch_begin(&store->scratch);
    snprintf(store->file, sizeof(store->file), "%s/data.txt", store->scratch.folder);
    snprintf(store->place, sizeof(store->place), "%s/up", store->scratch.folder);
    write_file(store, "first");
}

static void make_large(const struct store *store)
{
    ck_assert_int_eq(truncate(store->file, LARGE), 0);
}

static sparkk8s_manifest *manifest_of(const struct store *store, const char *key)
{
    return lab_manifest_storing(key, store->file, store->place);
}

/* What is stored under the manifest's name; NULL if nothing is. */
static char *stored(const sparkk8s_manifest *manifest)
{
    char *text = NULL;
    size_t len;

    if (file_exists(sparkk8s_manifest_upload_target(manifest, 0)))
        ck_assert_int_eq(file_read(sparkk8s_manifest_upload_target(manifest, 0), (size_t)LARGE, &text, &len, NULL), 0);
    return text;
}

static void check_stored(const sparkk8s_manifest *manifest, const char *expected, const char *what)
{
    AUTO(chars) text = stored(manifest);

    ck_assert_msg(text && !strcmp(text, expected), "%s: %s", what, text ? text : "nothing is stored");
}

/* Nothing but the folder for all. */
static void check_nothing(const struct store *store, const char *what)
{
    AUTO_STRV names = { 0 };

    if (!file_exists(store->place))
        return;
    ck_assert_int_eq(file_list_all(store->place, &names, NULL), 0);
    ck_assert_msg(!names.count, "%s: %s", what, names.v[0]);
}

/* No temporary one beside it. */
static void check_alone(const sparkk8s_manifest *manifest)
{
    AUTO(chars) folder = file_folder(sparkk8s_manifest_upload_target(manifest, 0));
    AUTO_STRV names = { 0 };

    ck_assert_int_eq(file_list_all(folder, &names, NULL), 0);
    ck_assert_uint_eq(names.count, 1);
}

static int submit_with(const char *agent, const sparkk8s_manifest *manifest, const sparkk8s_submit_opts *opts,
                       const sparkk8s_call *call, sparkk8s_error **err)
{
    sparkk8s_client *client = lab_client(agent);
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_submit(client, manifest, opts, call, &run, err);

    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
    return rc;
}

static int submit_as(const char *agent, const sparkk8s_manifest *manifest, const char *key, sparkk8s_error **err)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };

    return submit_with(agent, manifest, &opts, NULL, err);
}

/* ---- order --------------------------------------------------------------------------------------------------- */

START_TEST(files_come_first)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    sparkk8s_client *client = lab_client("a");
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = _i ? KEY : NULL };
    sparkk8s_run *run = NULL;

    store_begin(&store);
    manifest = manifest_of(&store, opts.key);
    lab_rules("[{\"agent\":\"a\",\"verb\":\"create pods\",\"do\":\"hold\"}]");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &opts, &run, err));
    ck_assert_ptr_null(stored(manifest));               /* begin does not wait */
    while (!lab_held()) {
        AUTO(chars) text = stored(manifest);

        ck_assert(lab_requests("a") <= _i || text);
        lab_turn(client, 5);
    }
    check_stored(manifest, "first", "when the pod is created");
    ck_assert_int_eq(lab_requests("a"), _i ? 2 : 1);    /* with a key, it is looked whether there is one */
    lab_do("{\"release\":true}");
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    lab_complete("a submission with a file");
    check_stored(manifest, "first", "in the end");
    check_alone(manifest);
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(not_stored)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY,
                                  .flags = _i ? SPARKK8S_SUBMIT_STORED : SPARKK8S_SUBMIT_DRY_RUN };

    store_begin(&store);
    manifest = manifest_of(&store, KEY);
    unlink(store.file);                     /* nobody needs it */
    LAB_OK(submit_with("a", manifest, &opts, NULL, err));
    if (_i)
        lab_complete("stored by the caller");
    else
        lab_empty("a dry run");
    check_nothing(&store, _i ? "stored by the caller" : "a dry run");
}
END_TEST

/* ---- failures ------------------------------------------------------------------------------------------------ */

START_TEST(cannot_be_stored)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(error) error = NULL;
    const char *key = _i % 2 ? KEY : NULL;

    store_begin(&store);
    manifest = manifest_of(&store, key);
    if (_i < 2) {
        unlink(store.file);
    } else {
        int fd = open(store.place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        close(fd);                          /* a file where the folder should be */
    }
    ck_assert_int_eq(submit_as("a", manifest, key, &error), SPARKK8S_EUPLOAD);
    ck_assert_str_eq(sparkk8s_error_where(error), sparkk8s_manifest_upload_target(manifest, 0));
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), store.file));
    ck_assert_str_ne(sparkk8s_error_hint(error), "");
    ck_assert_int_eq(lab_requests("a"), key ? 1 : 0);
    lab_empty("what could not be stored");
}
END_TEST

/* What a submission without a key has stored is removed with the rest; with a key it stays for the next. */
START_TEST(removed_after_a_failure)
{
    static const char *const verbs[] = { "create pods", "create services", "create configmaps", "patch pods" };
    AUTO_STORE store;
    int keyed;

    store_begin(&store);
    for (keyed = 0; keyed < 2; keyed++) {
        AUTO(manifest) manifest = manifest_of(&store, keyed ? KEY : NULL);
        AUTO(error) error = NULL;

        lab_reset("{}");
        lab_rules("[{\"verb\":\"%s\",\"do\":\"status\",\"code\":403}]", verbs[_i]);
        ck_assert_int_eq(submit_as("a", manifest, keyed ? KEY : NULL, &error), SPARKK8S_EFORBIDDEN);
        lab_empty(verbs[_i]);
        if (keyed)
            check_stored(manifest, "first", verbs[_i]);
        else
            check_nothing(&store, verbs[_i]);
    }
}
END_TEST

/* A pod that cannot be removed keeps its files. */
START_TEST(kept_with_the_pod)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(error) error = NULL;

    store_begin(&store);
    manifest = manifest_of(&store, NULL);
    lab_rules("[{\"verb\":\"create services\",\"do\":\"status\",\"code\":403},{\"verb\":\"delete pods\",\"do\":\"status\",\"code\":403}]");
    ck_assert_int_eq(submit_as("a", manifest, NULL, &error), SPARKK8S_EFORBIDDEN);
    ck_assert_int_eq(lab_count("pods"), 1);
    check_stored(manifest, "first", "with the pod");
}
END_TEST

START_TEST(out_of_time)
{
    static const sparkk8s_call no_time = { .size = sizeof(no_time), .timeout_ms = 1 };
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = _i ? KEY : NULL };
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(error) error = NULL;
    sparkk8s_client *client = lab_client("a");
    sparkk8s_run *run = NULL;

    store_begin(&store);
    make_large(&store);
    manifest = manifest_of(&store, opts.key);
    LAB_OK(sparkk8s_submit_begin(client, manifest, &opts, &run, err));
    while (!file_exists(store.place))
        lab_turn(client, 1);
    ck_assert_int_eq(sparkk8s_submit_finish(run, &no_time, &error), SPARKK8S_ETIMEDOUT);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "storing the application's files"));
    sparkk8s_run_free(run);                 /* given up */
    if (!_i)
        check_nothing(&store, "given up");
    else
        ck_assert_ptr_null(stored(manifest));
    lab_empty("given up");
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(cancelled)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(error) error = NULL;
    sparkk8s_call call = { .size = sizeof(call), .cancel = sparkk8s_cancel_new() };

    store_begin(&store);
    make_large(&store);
    manifest = manifest_of(&store, NULL);
    sparkk8s_cancel_trigger(call.cancel);
    ck_assert_int_eq(submit_with("a", manifest, NULL, &call, &error), SPARKK8S_ECANCELED);
    check_nothing(&store, "cancelled");
    ck_assert_int_eq(lab_requests("a"), 0);
    sparkk8s_cancel_free(call.cancel);
}
END_TEST

/* The client's own time limit is for answers. */
START_TEST(takes_its_time)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(error) error = NULL;
    sparkk8s_client *client = lab_client_with("a", 1);
    sparkk8s_run *run = NULL;

    store_begin(&store);
    make_large(&store);
    manifest = manifest_of(&store, NULL);
    lab_rules("[{\"agent\":\"a\",\"verb\":\"create pods\",\"do\":\"hold\"}]");
    ck_assert_int_eq(sparkk8s_submit(client, manifest, NULL, NULL, &run, &error), SPARKK8S_ETIMEDOUT);
    ck_assert_msg(!strstr(sparkk8s_error_message(error), "storing"), "%s", sparkk8s_error_message(error));
    lab_do("{\"release\":true}");
    sparkk8s_client_free(client);
}
END_TEST

/* ---- one key -------------------------------------------------------------------------------------------------- */

/* A driver that is there keeps the file that it was submitted with; a new one gets the new one. */
START_TEST(never_under_a_driver)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;

    store_begin(&store);
    manifest = manifest_of(&store, KEY);
    LAB_OK(submit_as("a", manifest, KEY, err));
    write_file(&store, "second");
    LAB_OK(submit_as("b", manifest, KEY, err));
    lab_complete("the second time");
    check_stored(manifest, "first", "the second time");
    lab_reset("{}");
    LAB_OK(submit_as("c", manifest, KEY, err));
    lab_complete("the third time");
    check_stored(manifest, "second", "the third time");
    check_alone(manifest);
}
END_TEST

START_TEST(taken_by_another)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    AUTO(manifest) other = NULL;
    AUTO(error) error = NULL;

    store_begin(&store);
    other = lab_manifest(KEY, "2g", NULL);
    manifest = manifest_of(&store, KEY);
    LAB_OK(submit_as("a", other, KEY, err));
    ck_assert_int_eq(submit_as("b", manifest, KEY, &error), SPARKK8S_EEXISTS);
    check_nothing(&store, "another application has the key");
}
END_TEST

/* Both store, each held at one of its requests: one driver, one whole file. */
START_TEST(two_at_once)
{
    AUTO_STORE store;
    int at;

    store_begin(&store);
    for (at = 1; at <= 5; at++) {
        AUTO(manifest) manifest = manifest_of(&store, KEY);
        sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY };
        sparkk8s_client *clients[2] = { lab_client("a"), lab_client("b") };
        sparkk8s_run *runs[2] = { NULL, NULL };
        int i;

        lab_reset("{}");
        lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"%s\"}]", at, _i ? "hold-after" : "hold");
        for (i = 0; i < 2; i++)
            LAB_OK(sparkk8s_submit_begin(clients[i], manifest, &opts, &runs[i], err));
        while (!lab_held())
            lab_turn(clients[0], 5);
        LAB_OK(sparkk8s_submit_finish(runs[1], NULL, err));
        lab_complete("the second");
        check_stored(manifest, "first", "the second");
        lab_do("{\"release\":true}");
        LAB_OK(sparkk8s_submit_finish(runs[0], NULL, err));
        lab_complete("both");
        check_stored(manifest, "first", "both");
        check_alone(manifest);
        ck_assert_str_eq(sparkk8s_run_driver_uid(runs[0]), sparkk8s_run_driver_uid(runs[1]));
        for (i = 0; i < 2; i++) {
            sparkk8s_run_free(runs[i]);
            sparkk8s_client_free(clients[i]);
        }
    }
}
END_TEST

/* The submitter dies at each request; the next one with the key completes it. */
START_TEST(killed)
{
    AUTO_STORE store;
    int at, status;

    store_begin(&store);
    for (at = 1; at <= 5; at++) {
        AUTO(manifest) manifest = manifest_of(&store, KEY);
        int go[2];
        pid_t pid;
        char byte;

        lab_reset("{}");
        ck_assert_int_eq(pipe(go), 0);
        pid = fork();
        if (pid == 0) {
            if (read(go[0], &byte, 1) == 1)
                submit_as("victim", manifest, KEY, NULL);
            _exit(0);
        }
        lab_rules("[{\"agent\":\"victim\",\"at\":%d,\"do\":\"%s\",\"pid\":%d}]", at, _i ? "kill-after" : "kill", (int)pid);
        ck_assert_int_eq(write(go[1], "x", 1), 1);
        waitpid(pid, &status, 0);
        ck_assert(WIFSIGNALED(status));
        LAB_OK(submit_as("a", manifest, KEY, err));
        lab_complete("killed");
        check_stored(manifest, "first", "killed");
        close(go[0]);
        close(go[1]);
    }
}
END_TEST

/* What a forked child frees is the parent's. */
START_TEST(forked)
{
    AUTO_STORE store;
    AUTO(manifest) manifest = NULL;
    sparkk8s_client *client = lab_client("a");
    sparkk8s_run *run = NULL;
    int status;

    store_begin(&store);
    make_large(&store);
    manifest = manifest_of(&store, NULL);
    LAB_OK(sparkk8s_submit_begin(client, manifest, NULL, &run, err));
    while (!file_exists(store.place))
        lab_turn(client, 1);
    if (fork() == 0) {
        sparkk8s_run_free(run);
        sparkk8s_client_free(client);
        _exit(0);
    }
    ck_assert_int_ge(wait(&status), 0);
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    lab_complete("in the parent");
    ck_assert(file_exists(sparkk8s_manifest_upload_target(manifest, 0)));
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("files");

    tcase_add_loop_test(tcase, files_come_first, 0, 2);
    tcase_add_loop_test(tcase, not_stored, 0, 2);
    tcase_add_loop_test(tcase, cannot_be_stored, 0, 4);
    tcase_add_loop_test(tcase, removed_after_a_failure, 0, 4);
    tcase_add_test(tcase, kept_with_the_pod);
    tcase_add_loop_test(tcase, out_of_time, 0, 2);
    tcase_add_test(tcase, cancelled);
    tcase_add_test(tcase, takes_its_time);
    tcase_add_test(tcase, never_under_a_driver);
    tcase_add_test(tcase, taken_by_another);
    tcase_add_loop_test(tcase, two_at_once, 0, 2);
    tcase_add_loop_test(tcase, killed, 0, 2);
    tcase_add_test(tcase, forked);
    return lab_main(suite_create("submit_files"), tcase);
}
