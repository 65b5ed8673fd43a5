/* SPDX-License-Identifier: Apache-2.0 */
/* Submission against a small API server: whole, interrupted at each request, by two at once, refused, given up. */
#include "lab.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "moment.h"
#include "text.h"

#define KEY "the-key"
#define WHOLE 4                     /* requests of a whole submission */

static const sparkk8s_submit_opts with_key = { .size = sizeof(with_key), .key = KEY };
static const sparkk8s_call no_time = { .size = sizeof(no_time), .timeout_ms = 1 };
static const sparkk8s_call patient = { .size = sizeof(patient), .timeout_ms = 20000 };

/* With the key or, if that is NULL, without. */
static int submit_as(const char *agent, const char *key, const char *memory, sparkk8s_error **err)
{
    sparkk8s_client *client = lab_client(agent);
    sparkk8s_manifest *manifest = lab_manifest(key, memory, NULL);
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_submit(client, manifest, &opts, &patient, &run, err);

    if (rc == 0)
        ck_assert_ptr_nonnull(sparkk8s_run_driver_uid(run));
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
    return rc;
}

static void check_error(int rc, const sparkk8s_error *error, int code, const char *message, const char *hint)
{
    ck_assert_msg(rc == code, "%s: %s", sparkk8s_code_name(rc), sparkk8s_error_message(error));
    ck_assert_msg(strstr(sparkk8s_error_message(error), message) != NULL, "message: %s", sparkk8s_error_message(error));
    ck_assert_msg(strstr(sparkk8s_error_hint(error), hint) != NULL, "hint: %s", sparkk8s_error_hint(error));
}

/* ---- whole --------------------------------------------------------------------------------------------------- */

START_TEST(in_three_steps)
{
    AUTO(json) state = NULL;
    json_t *log;

    LAB_OK(submit_as("a", KEY, "1g", err));
    lab_complete("a submission");
    state = lab_look();
    log = json_object_get(state, "log");
    ck_assert_uint_eq(json_array_size(log), WHOLE);
    ck_assert(text_starts(json_string_value(json_array_get(log, 0)), "a POST lab/pods"));
    ck_assert(text_starts(json_string_value(json_array_get(log, 3)), "a PATCH lab/pods/"));
}
END_TEST

/* What the pod carries beyond what was rendered. */
START_TEST(marks)
{
    AUTO(json) state = NULL;
    AUTO(chars) text = NULL;
    char hash[SUBMISSION_HASH_SIZE];
    sparkk8s_error *error = NULL;

    lab_rules("[{\"verb\":\"patch pods\",\"do\":\"status\",\"code\":403},{\"verb\":\"delete pods\",\"do\":\"status\",\"code\":403}]");
    ck_assert_int_eq(submit_as("a", KEY, "1g", &error), SPARKK8S_EFORBIDDEN);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(error), "patch pods"));
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(error), "could not be removed"));
    sparkk8s_error_free(error);
    state = lab_look();
    text = json_text(state);
    submission_hash(KEY, hash);
    ck_assert_ptr_nonnull(strstr(text, hash));
    ck_assert_ptr_nonnull(strstr(text, ANNOTATION_MANIFEST));
    ck_assert_ptr_nonnull(strstr(text, "\"schedulingGates\":[{\"name\":\"" GATE_SUBMISSION "\"}]"));
}
END_TEST

START_TEST(without_key)
{
    LAB_OK(submit_as("a", NULL, "1g", err));
    lab_complete("the first");
    LAB_OK(submit_as("a", NULL, "1g", err));
    ck_assert_int_eq(lab_count("pods"), 2);
}
END_TEST

START_TEST(spark_order)
{
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(NULL, "1g", _i ? "spark.executor.instances=1" : "sparkk8s.submit.order=spark");
    sparkk8s_run *run = NULL;

    if (_i)
        lab_reset("{\"gates\":false}");
    lab_rules("[{\"verb\":\"patch pods\",\"do\":\"status\",\"code\":403}]");
    LAB_OK(sparkk8s_submit(client, manifest, NULL, NULL, &run, err));
    lab_complete(_i ? "a server without gates" : "spark's order");
    ck_assert_int_eq(lab_requests("a"), WHOLE - 1);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(dry_run)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY, .flags = SPARKK8S_SUBMIT_DRY_RUN };
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;

    LAB_OK(sparkk8s_submit(client, manifest, &opts, NULL, &run, err));
    ck_assert_int_eq(lab_requests("a"), 3);
    lab_empty("after a dry run");
    ck_assert_ptr_null(sparkk8s_run_driver_uid(run));
    ck_assert_ptr_nonnull(strstr(sparkk8s_run_id(run), LAB_NS ":"));
    ck_assert_int_eq(sparkk8s_run_kill(run, NULL, NULL, NULL), SPARKK8S_EINVAL);
    sparkk8s_run_free(run);
    run = NULL;
    lab_rules("[{\"verb\":\"create services\",\"do\":\"status\",\"code\":422}]");
    ck_assert_int_eq(sparkk8s_submit(client, manifest, &opts, NULL, &run, &error), SPARKK8S_ESERVER);
    ck_assert_ptr_null(run);
    sparkk8s_error_free(error);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(bad_input)
{
    static const struct {
        const char *seed, *key;
        int flags;
        const char *message;
    } rows[] = {
        { "a", "b", 0, "rendered for another key" },
        { NULL, "b", 0, "rendered without a key" },
        { "a", "", 0, "1 to 1024 bytes" },
        { "a", "\xff", 0, "UTF-8" },
        { "a", "a", 64, "SPARKK8S_SUBMIT_" },
    };
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = rows[_i].key, .flags = rows[_i].flags };
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(rows[_i].seed, "1g", NULL);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_submit(client, manifest, &opts, NULL, &run, &error);

    check_error(rc, error, SPARKK8S_EINVAL, rows[_i].message, "");
    ck_assert_int_eq(lab_requests("a"), 0);
    sparkk8s_error_free(error);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

/* ---- interrupted --------------------------------------------------------------------------------------------- */

static const char *const troubles[] = { "drop", "cut", "close", "status-after", "status" };

/* One request is in trouble: the same submission gets over it, whoever it was. */
START_TEST(trouble_at_each_request)
{
    size_t trouble;
    int at, keyed;
    char what[64];

    for (trouble = 0; trouble < COUNT(troubles); trouble++) {
        for (at = 1; at <= WHOLE; at++) {
            for (keyed = 0; keyed < 2; keyed++) {
                lab_reset("{}");
                lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"%s\",\"code\":503}]", at, troubles[trouble]);
                snprintf(what, sizeof(what), "%s of request %d, %s key", troubles[trouble], at, keyed ? "with" : "without");
                LAB_OK(submit_as("a", keyed ? KEY : NULL, "1g", err));
                lab_complete(what);
            }
        }
    }
}
END_TEST

/* The submitter dies at each request, before or after it was carried out; then it is submitted again. */
START_TEST(killed_at_each_request)
{
    char what[64];
    int at, status;
    pid_t pid;

    for (at = 1; at <= WHOLE + 1; at++) {
        int go[2];
        char byte;

        lab_reset("{}");
        ck_assert_int_eq(pipe(go), 0);
        pid = fork();
        if (pid == 0) {
            if (read(go[0], &byte, 1) == 1)
                submit_as("victim", KEY, "1g", NULL);
            _exit(0);
        }
        lab_rules("[{\"agent\":\"victim\",\"at\":%d,\"do\":\"%s\",\"pid\":%d}]", at, _i ? "kill-after" : "kill", (int)pid);
        ck_assert_int_eq(write(go[1], "x", 1), 1);
        waitpid(pid, &status, 0);
        ck_assert_int_eq(at <= WHOLE, WIFSIGNALED(status));
        LAB_OK(submit_as("a", KEY, "1g", err));
        snprintf(what, sizeof(what), "killed %s request %d", _i ? "after" : "before", at);
        lab_complete(what);
        close(go[0]);
        close(go[1]);
    }
}
END_TEST

/* Forgotten half-way, which must leave no trace in this process either. */
START_TEST(abandoned_at_each_request)
{
    int at;

    for (at = 1; at <= WHOLE; at++) {
        sparkk8s_client *client = lab_client("gone");
        sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
        sparkk8s_run *run = NULL;

        lab_reset("{}");
        lab_rules("[{\"agent\":\"gone\",\"at\":%d,\"do\":\"%s\"}]", at, _i ? "hold-after" : "hold");
        LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
        sparkk8s_manifest_free(manifest);
        while (!lab_held())
            lab_turn(client, 5);
        if (at % 2)
            sparkk8s_client_free(client);
        sparkk8s_run_free(run);
        if (!(at % 2))
            sparkk8s_client_free(client);
        lab_do("{\"release\":true}");
        LAB_OK(submit_as("a", KEY, "1g", err));
        lab_complete("abandoned");
    }
}
END_TEST

/* ---- two at once --------------------------------------------------------------------------------------------- */

struct pair {
    sparkk8s_client *clients[2];
    sparkk8s_run *runs[2];
};

static void begin_one(struct pair *pair, int i)
{
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);

    pair->clients[i] = lab_client(i ? "b" : "a");
    LAB_OK(sparkk8s_submit_begin(pair->clients[i], manifest, &with_key, &pair->runs[i], err));
    sparkk8s_manifest_free(manifest);
}

static void begin_two(struct pair *pair)
{
    begin_one(pair, 0);
    begin_one(pair, 1);
}

static void end_two(struct pair *pair)
{
    int i;

    for (i = 0; i < 2; i++) {
        sparkk8s_run_free(pair->runs[i]);
        sparkk8s_client_free(pair->clients[i]);
    }
}

/* a is held at each of its requests while b does all of its own. */
START_TEST(one_waits_for_the_other)
{
    int at;

    for (at = 1; at <= WHOLE; at++) {
        struct pair pair = { 0 };

        lab_reset("{}");
        lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"%s\"}]", at, _i ? "hold-after" : "hold");
        begin_two(&pair);
        while (!lab_held())
            lab_turn(pair.clients[0], 5);
        LAB_OK(sparkk8s_submit_finish(pair.runs[1], NULL, err));
        lab_complete("the second");
        lab_do("{\"release\":true}");
        LAB_OK(sparkk8s_submit_finish(pair.runs[0], NULL, err));
        lab_complete("both");
        ck_assert_str_eq(sparkk8s_run_driver_uid(pair.runs[0]), sparkk8s_run_driver_uid(pair.runs[1]));
        end_two(&pair);
    }
}
END_TEST

/* Each held at one of its requests, released together. */
START_TEST(both_wait)
{
    int a, b;

    for (a = 1; a <= WHOLE + 1; a++) {
        for (b = 1; b <= WHOLE + 2; b++) {
            struct pair pair = { 0 };
            int64_t until = moment_mono_ms() + 60;

            lab_reset("{}");
            lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"%s\"},{\"agent\":\"b\",\"at\":%d,\"do\":\"%s\"}]",
                      a, a % 2 ? "hold" : "hold-after", b, b % 2 ? "hold-after" : "hold");
            begin_two(&pair);
            while (lab_held() < 2 && moment_mono_ms() < until) {
                lab_turn(pair.clients[0], 2);
                lab_turn(pair.clients[1], 2);
            }
            lab_do("{\"release\":true}");
            LAB_OK(sparkk8s_submit_finish(pair.runs[1], NULL, err));
            LAB_OK(sparkk8s_submit_finish(pair.runs[0], NULL, err));
            lab_complete("both");
            end_two(&pair);
        }
    }
}
END_TEST

/* a has created the pod and fails; b has adopted it, and finds itself without a pod. */
START_TEST(adopted_pod_is_removed)
{
    int other;

    for (other = 2; other <= WHOLE + 2; other++) {
        struct pair pair = { 0 };
        int64_t until = moment_mono_ms() + 200;
        int rc;

        lab_reset("{}");
        lab_rules("[{\"agent\":\"a\",\"at\":2,\"do\":\"hold\"},{\"agent\":\"a\",\"verb\":\"patch pods\",\"do\":\"status\",\"code\":403},"
                  "{\"agent\":\"b\",\"at\":%d,\"do\":\"hold\"}]", other);
        begin_one(&pair, 0);
        while (lab_held() < 1)
            lab_turn(pair.clients[0], 2);
        begin_one(&pair, 1);
        while (lab_held() < 2 && moment_mono_ms() < until)
            lab_turn(pair.clients[1], 2);
        /* Only a may go on. */
        lab_do("{\"release\":true}");
        rc = sparkk8s_submit_finish(pair.runs[0], &patient, NULL);
        ck_assert_msg(rc == 0 || rc == SPARKK8S_EFORBIDDEN, "%s", sparkk8s_code_name(rc));
        LAB_OK(sparkk8s_submit_finish(pair.runs[1], &patient, err));
        lab_complete("adopted");
        end_two(&pair);
    }
}
END_TEST

/* ---- what is there already ----------------------------------------------------------------------------------- */

START_TEST(again)
{
    LAB_OK(submit_as("a", KEY, "1g", err));
    LAB_OK(submit_as("b", KEY, "1g", err));
    lab_complete("submitted twice");
    ck_assert_int_eq(lab_requests("b"), 2);
    lab_do("{\"merge\":{\"plural\":\"pods\",\"object\":{\"status\":{\"phase\":\"Succeeded\"}}}}");
    LAB_OK(submit_as("c", KEY, "1g", err));
    ck_assert_int_eq(lab_requests("c"), 2);
}
END_TEST

START_TEST(another_application)
{
    sparkk8s_error *error = NULL;
    int rc;

    LAB_OK(submit_as("a", KEY, "1g", err));
    rc = submit_as("b", KEY, "2g", &error);
    check_error(rc, error, SPARKK8S_EEXISTS, "differs in spark.properties: spark.executor.memory", "another key");
    lab_complete("the first is untouched");
    sparkk8s_error_free(error);
}
END_TEST

START_TEST(another_pod)
{
    static const struct {
        const char *first, *second, *place;
    } rows[] = {
        { "spark.executor.instances=1", "spark.kubernetes.driver.label.team=blue", "metadata.labels.team" },
        /* The server has made 500m of it: a quantity, and the same one. */
        { "spark.kubernetes.driver.request.cores=0.5", "spark.kubernetes.driver.request.cores=00.5",
          "spark.properties: spark.kubernetes.driver.request.cores" },
    };
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *first = lab_manifest(KEY, "1g", rows[_i].first), *second = lab_manifest(KEY, "1g", rows[_i].second);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;
    char message[128];
    int rc;

    LAB_OK(sparkk8s_submit(client, first, &with_key, NULL, &run, err));
    sparkk8s_run_free(TAKE(run));
    rc = sparkk8s_submit(client, second, &with_key, NULL, &run, &error);
    snprintf(message, sizeof(message), "it differs in %s", rows[_i].place);
    check_error(rc, error, SPARKK8S_EEXISTS, message, "another key");
    ck_assert_str_eq(strstr(sparkk8s_error_message(error), "it differs"), message);
    ck_assert_int_eq(sparkk8s_error_is_retriable(error), 0);
    sparkk8s_error_free(error);
    sparkk8s_manifest_free(first);
    sparkk8s_manifest_free(second);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(being_deleted)
{
    sparkk8s_error *error = NULL;
    int rc;

    LAB_OK(submit_as("a", KEY, "1g", err));
    lab_do("{\"merge\":{\"plural\":\"pods\",\"object\":{\"metadata\":{\"deletionTimestamp\":\"2026-11-21T09:00:00Z\"}}}}");
    rc = submit_as("b", KEY, "1g", &error);
    check_error(rc, error, SPARKK8S_EEXISTS, "still being deleted", "when it is gone");
    ck_assert_int_eq(sparkk8s_error_is_retriable(error), 1);
    sparkk8s_error_free(error);
}
END_TEST

START_TEST(somebody_elses)
{
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_error *error = NULL;
    const char *plural = _i ? "services" : "pods", *name = NULL;
    size_t i;
    int rc;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        if (!strcmp(sparkk8s_manifest_kind(manifest, i), _i ? "Service" : "Pod"))
            name = sparkk8s_manifest_name(manifest, i);
    lab_do("{\"put\":{\"plural\":\"%s\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"%s\"},\"spec\":{}}}}", plural, name);
    rc = submit_as("a", KEY, "1g", &error);
    check_error(rc, error, SPARKK8S_EEXISTS, "taken by something", _i ? "delete it" : "kill what is there");
    ck_assert_int_eq(lab_count("pods"), _i ? 0 : 1);
    ck_assert_int_eq(lab_count("services"), _i ? 1 : 0);
    ck_assert_int_eq(lab_count("configmaps"), 0);
    sparkk8s_error_free(error);
    sparkk8s_manifest_free(manifest);
}
END_TEST

/* The objects of a driver that is gone are not collected yet. */
START_TEST(left_by_a_dead_driver)
{
    lab_reset("{\"collect\":false}");
    LAB_OK(submit_as("a", KEY, "1g", err));
    lab_do("{\"drop\":\"pods\"}");
    LAB_OK(submit_as("b", KEY, "1g", err));
    lab_complete("after the dead one");
    lab_do("{\"collect\":true}");
    lab_complete("and the garbage collector");
}
END_TEST

/* a believes that its pod lives; it was killed, and b has submitted the same meanwhile: a must not harm what b has. */
START_TEST(latecomer)
{
    int at;

    for (at = 2; at <= WHOLE; at++) {
        struct pair pair = { 0 };

        lab_reset("{}");
        lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"hold\"}]", at);
        begin_one(&pair, 0);
        while (!lab_held())
            lab_turn(pair.clients[0], 2);
        lab_do("{\"drop\":\"pods\"}");
        lab_do("{\"collect\":true}");
        LAB_OK(submit_as("b", KEY, "1g", err));
        lab_do("{\"release\":true}");
        LAB_OK(sparkk8s_submit_finish(pair.runs[0], &patient, err));
        lab_complete("the later one");
        end_two(&pair);
    }
}
END_TEST

/* Killed by somebody before it was released: that was meant, and it is not created again. */
START_TEST(killed_half_way)
{
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;
    int rc;

    lab_rules("[{\"agent\":\"a\",\"verb\":\"patch pods\",\"do\":\"hold\"}]");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
    while (!lab_held())
        lab_turn(client, 2);
    lab_do("{\"drop\":\"pods\"}");
    lab_do("{\"collect\":true}");
    lab_do("{\"release\":true}");
    rc = sparkk8s_submit_finish(run, NULL, &error);
    check_error(rc, error, SPARKK8S_ENOTFOUND, "deleted while it was being submitted", "");
    lab_empty("killed half-way");
    sparkk8s_error_free(error);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

/* ---- refused ------------------------------------------------------------------------------------------------- */

START_TEST(refused_at_each_request)
{
    static const struct {
        const char *verb, *hint;
    } rows[] = {
        { "create pods", "" }, { "create services", "" }, { "create configmaps", "" },
        { "patch pods", "sparkk8s.submit.order=spark" },
    };
    sparkk8s_error *error = NULL;
    char options[80];
    int rc;

    /* What was in flight when another one failed is the garbage collector's; the rest is removed without it. */
    snprintf(options, sizeof(options), "{\"forbid\":[\"%s\"],\"collect\":%s}", rows[_i].verb, _i == 3 ? "false" : "true");
    lab_reset(options);
    rc = submit_as("a", _i % 2 ? KEY : NULL, "1g", &error);
    check_error(rc, error, SPARKK8S_EFORBIDDEN, "forbidden", rows[_i].hint);
    if (_i == 1) {
        usleep(100000);
        lab_do("{\"collect\":true}");
    }
    lab_empty(rows[_i].verb);
    sparkk8s_error_free(error);
}
END_TEST

/* An adopter that fails leaves the pod to its other submitter. */
START_TEST(adopter_is_refused)
{
    sparkk8s_client *client = lab_client("gone");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;
    int rc;

    lab_rules("[{\"verb\":\"create services\",\"do\":\"hold\"}]");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
    while (!lab_held())
        lab_turn(client, 2);
    lab_rules("[{\"agent\":\"b\",\"verb\":\"create configmaps\",\"do\":\"status\",\"code\":403}]");
    rc = submit_as("b", KEY, "1g", &error);
    check_error(rc, error, SPARKK8S_EFORBIDDEN, "", "left as it is");
    ck_assert_int_eq(lab_count("pods"), 1);
    lab_do("{\"release\":true}");
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    lab_complete("the other submitter");
    sparkk8s_error_free(error);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(server_keeps_failing)
{
    sparkk8s_error *error = NULL;
    int rc;

    lab_rules("[{\"verb\":\"create pods\",\"times\":99,\"do\":\"status\",\"code\":500}]");
    rc = submit_as("a", KEY, "1g", &error);
    check_error(rc, error, SPARKK8S_ESERVER, "trouble", "");
    ck_assert_int_eq(sparkk8s_error_http_status(error), 500);
    lab_empty("a webhook that fails");
    sparkk8s_error_free(error);
}
END_TEST

/* ---- time ---------------------------------------------------------------------------------------------------- */

START_TEST(time_runs_out)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = 100 };
    int at;

    for (at = 1; at <= WHOLE; at++) {
        sparkk8s_client *client = lab_client("a");
        sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
        sparkk8s_error *error = NULL;
        sparkk8s_run *run = NULL;
        int rc;

        lab_reset("{}");
        lab_rules("[{\"agent\":\"a\",\"at\":%d,\"do\":\"%s\"}]", at, at == 1 ? "hold-after" : _i ? "hold-after" : "hold");
        rc = sparkk8s_submit(client, manifest, &with_key, &call, &run, &error);
        if (at == 1) {
            check_error(rc, error, SPARKK8S_ETIMEDOUT, "time limit", "may be left");
            ck_assert_int_eq(lab_count("pods"), 1);
        } else if (at == WHOLE && _i) {
            ck_assert_int_eq(rc, 0);        /* it had been released when it was to be given up */
            lab_complete("released at the last moment");
        } else {
            check_error(rc, error, SPARKK8S_ETIMEDOUT, "time limit", "");
            ck_assert_int_eq(lab_count("pods"), 0);
        }
        lab_do("{\"release\":true}");
        sparkk8s_error_free(error);
        sparkk8s_run_free(run);
        sparkk8s_manifest_free(manifest);
        sparkk8s_client_free(client);
    }
}
END_TEST

START_TEST(finish_again)
{
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_cancel *cancel = sparkk8s_cancel_new();
    sparkk8s_call canceled = { .size = sizeof(canceled), .cancel = cancel, .timeout_ms = -1 };
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;
    int rc;

    lab_rules("[{\"agent\":\"a\",\"at\":2,\"do\":\"hold\"}]");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
    while (!lab_held())
        lab_turn(client, 2);
    rc = sparkk8s_submit_finish(run, &no_time, &error);
    check_error(rc, error, SPARKK8S_ETIMEDOUT, "creating what the driver needs", "");
    sparkk8s_error_free(TAKE(error));
    sparkk8s_cancel_trigger(cancel);
    ck_assert_int_eq(sparkk8s_submit_finish(run, &canceled, NULL), SPARKK8S_ECANCELED);
    lab_do("{\"release\":true}");
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    lab_complete("finished at last");
    sparkk8s_cancel_free(cancel);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(failure_is_told_once)
{
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_error *error = NULL;
    sparkk8s_run *run = NULL;

    lab_reset("{\"forbid\":[\"create pods\"]}");
    LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
    ck_assert_int_eq(sparkk8s_submit_finish(run, NULL, &error), SPARKK8S_EFORBIDDEN);
    sparkk8s_error_free(TAKE(error));
    ck_assert_int_eq(sparkk8s_submit_finish(run, NULL, &error), SPARKK8S_EFORBIDDEN);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "before"));
    sparkk8s_error_free(error);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

/* Many at once in one thread, driven by poll() on the client's descriptor alone. */
START_TEST(many)
{
    enum { MANY = 60 };
    sparkk8s_client *client = lab_client("a");
    sparkk8s_run *runs[MANY] = { 0 };
    char key[16];
    int i, left = MANY;

    for (i = 0; i < MANY; i++) {
        sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };
        sparkk8s_manifest *manifest;

        snprintf(key, sizeof(key), "key-%d", i);
        manifest = lab_manifest(key, "1g", NULL);
        LAB_OK(sparkk8s_submit_begin(client, manifest, &opts, &runs[i], err));
        sparkk8s_manifest_free(manifest);
    }
    while (left) {
        struct pollfd fd = { .fd = sparkk8s_client_fd(client), .events = POLLIN };

        ck_assert_int_ge(poll(&fd, 1, 10000), 1);
        for (i = 0; i < MANY; i++) {
            if (runs[i] && sparkk8s_submit_finish(runs[i], &no_time, NULL) == 0) {
                sparkk8s_run_free(TAKE(runs[i]));
                left--;
            }
        }
    }
    ck_assert_int_eq(lab_count("pods"), MANY);
    ck_assert_int_eq(lab_count("configmaps"), MANY);
    ck_assert_int_eq(lab_requests("a"), MANY * WHOLE);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(forked)
{
    sparkk8s_client *client = lab_client("a");
    sparkk8s_manifest *manifest = lab_manifest(KEY, "1g", NULL);
    sparkk8s_run *run = NULL;
    int status;

    LAB_OK(sparkk8s_submit_begin(client, manifest, &with_key, &run, err));
    if (fork() == 0) {
        sparkk8s_run *other = NULL;
        int fine = sparkk8s_submit_finish(run, NULL, NULL) == SPARKK8S_EFORK
            && sparkk8s_submit(client, manifest, &with_key, NULL, &other, NULL) == SPARKK8S_EFORK
            && sparkk8s_run_open(client, NULL, "x", NULL, &other, NULL) == SPARKK8S_EFORK;

        sparkk8s_run_free(run);
        sparkk8s_client_free(client);
        kill(getpid(), fine ? SIGKILL : SIGTERM);   /* no exit: what the parent holds is no leak of the child's */
    }
    wait(&status);
    ck_assert_int_eq(status, SIGKILL);
    LAB_OK(sparkk8s_submit_finish(run, NULL, err));
    lab_complete("in the parent");
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("submit");
    TCase *tcase = tcase_create("submit");

    tcase_add_test(tcase, in_three_steps);
    tcase_add_test(tcase, marks);
    tcase_add_test(tcase, without_key);
    tcase_add_loop_test(tcase, spark_order, 0, 2);
    tcase_add_test(tcase, dry_run);
    tcase_add_loop_test(tcase, bad_input, 0, 5);
    tcase_add_test(tcase, trouble_at_each_request);
    tcase_add_loop_test(tcase, killed_at_each_request, 0, 2);
    tcase_add_loop_test(tcase, abandoned_at_each_request, 0, 2);
    tcase_add_loop_test(tcase, one_waits_for_the_other, 0, 2);
    tcase_add_test(tcase, both_wait);
    tcase_add_test(tcase, adopted_pod_is_removed);
    tcase_add_test(tcase, again);
    tcase_add_test(tcase, another_application);
    tcase_add_loop_test(tcase, another_pod, 0, 2);
    tcase_add_test(tcase, being_deleted);
    tcase_add_loop_test(tcase, somebody_elses, 0, 2);
    tcase_add_test(tcase, left_by_a_dead_driver);
    tcase_add_test(tcase, latecomer);
    tcase_add_test(tcase, killed_half_way);
    tcase_add_loop_test(tcase, refused_at_each_request, 0, 4);
    tcase_add_test(tcase, adopter_is_refused);
    tcase_add_test(tcase, server_keeps_failing);
    tcase_add_loop_test(tcase, time_runs_out, 0, 2);
    tcase_add_test(tcase, finish_again);
    tcase_add_test(tcase, failure_is_told_once);
    tcase_add_test(tcase, many);
    tcase_add_test(tcase, forked);
    return lab_main(suite, tcase);
}
