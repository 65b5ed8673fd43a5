/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submission, claim, diff and kill while memory runs out (torture.h). Whatever fails: no driver runs unless the submission
 * says so or the same key finds it, and the next attempt makes one application, whole.
 */
#include "lab.h"

#include <unistd.h>

#include "must.h"
#include "scratch.h"
#include "torture.h"

#define KEY "the-key"

static const sparkk8s_call patient = { .size = sizeof(patient), .timeout_ms = 30000 };

struct state {
    sparkk8s_client *client;
    sparkk8s_manifest *manifest;
    sparkk8s_run *run;
    const char *key;
    char *text;
};

static struct scratch scratch;

static void *begin_with(const char *key, sparkk8s_manifest *manifest)
{
    struct state *state = calloc(1, sizeof(*state));

    must(state, "out of memory");
    lab_reset("{}");
    state->client = lab_client("torture");
    state->manifest = manifest;
    state->key = key;
    return state;
}

static void *begin_keyed(int round)
{
    (void)round;
    return begin_with(KEY, lab_manifest(KEY, "1g", NULL));
}

static void *begin_plain(int round)
{
    (void)round;
    return begin_with(NULL, lab_manifest("seed", "1g", NULL));
}

static void *begin_storing(int round)
{
    (void)round;
    return begin_with(KEY, lab_manifest_storing(KEY, scratch_file(&scratch, "data.txt", "data"), scratch.folder));
}

static void end(void *it)
{
    struct state *state = it;

    sparkk8s_run_free(state->run);
    sparkk8s_manifest_free(state->manifest);
    sparkk8s_client_free(state->client);
    sparkk8s_free(state->text);
    free(state);
}

static int submit(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    const sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = state->key };

    return sparkk8s_submit(state->client, state->manifest, &opts, &patient, &state->run, err);
}

/* How many drivers could run: are not held back. */
static int released(void)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects");
    size_t i;
    int count = 0;

    for (i = 0; i < json_array_size(objects); i++)
        count += !strcmp(json_text_at(json_array_get(objects, i), "plural", NULL), "pods") &&
            !json_at(json_array_get(objects, i), "spec", "schedulingGates", NULL);
    return count;
}

/* With the key the next attempt completes what is there, whether or not it knew of it. */
static void check_keyed(void *it, int rc)
{
    struct state *state = it;
    sparkk8s_error *err = NULL;

    must(rc == 0 || !state->run, "a run of a failed submission");
    must(rc < 0 || released() == 1, "%d drivers of a submission that succeeded", released());
    must(lab_count("pods") <= 1, "%d drivers", lab_count("pods"));
    if (rc < 0)
        must(submit(it, &err) == 0, "%s", sparkk8s_error_message(err));
    must(sparkk8s_run_driver_uid(state->run), "no uid");
    lab_complete("the next attempt");
}

/* Without one nobody can take it up: a failure leaves nothing that runs. Where there is no memory any more the answer to the
 * release cannot be read, and the driver cannot be removed: it may run. */
static void check_plain(void *it, int rc)
{
    (void)it;
    must(released() == (rc == 0) || (rc < 0 && torture_for_good && released() == 1), "%d drivers run, result %s", released(),
         sparkk8s_code_name(rc));
    if (rc == 0)
        lab_complete("a submission");
}

static const struct scene submissions[] = {
    { "submission with a key", begin_keyed, submit, check_keyed, end, 0 },
    { "submission without a key", begin_plain, submit, check_plain, end, 0 },
    { "submission that stores a file", begin_storing, submit, check_keyed, end, 0 },
};

START_TEST(submission)
{
    scratch_begin(&scratch);
    torture(&submissions[_i]);
    scratch_end(&scratch);
}
END_TEST

/* ---- of a run that is there ---------------------------------------------------------------------------------- */

static void *begin_run(int round)
{
    struct state *state = begin_keyed(round);
    sparkk8s_error *err = NULL;

    must(submit(state, &err) == 0, "%s", sparkk8s_error_message(err));
    return state;
}

static int find(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_run_open(state->client, LAB_NS, KEY, &patient, &run, err);

    if (rc == 0)
        must(!strcmp(sparkk8s_run_driver_uid(run), sparkk8s_run_driver_uid(state->run)), "another run");
    sparkk8s_run_free(run);
    return rc;
}

static int claim(void *it, sparkk8s_error **err)
{
    return sparkk8s_run_claim(((struct state *)it)->run, "me", &patient, err);
}

static int diff(void *it, sparkk8s_error **err)
{
    struct state *state = it;
    int rc = sparkk8s_run_diff(state->run, state->manifest, &patient, &state->text, err);

    if (rc == 0)
        must(!strcmp(state->text, "[]"), "differs: %s", state->text);
    return rc;
}

static int end_it(void *it, sparkk8s_error **err)
{
    const sparkk8s_kill_opts opts = { .size = sizeof(opts), .flags = SPARKK8S_KILL_WAIT };

    return sparkk8s_run_kill(((struct state *)it)->run, &opts, &patient, err);
}

static int submit_again(void *it, sparkk8s_error **err)
{
    struct state *state = it;

    sparkk8s_run_free(state->run);
    state->run = NULL;
    return submit(it, err);
}

#define AGAIN(name, act)                                                                    \
    static void check_##name(void *it, int rc)                                              \
    {                                                                                       \
        sparkk8s_error *err = NULL;                                                         \
                                                                                            \
        must(rc == 0 || act(it, &err) == 0, "%s", sparkk8s_error_message(err));             \
    }
AGAIN(find, find)
AGAIN(claim, claim)
AGAIN(diff, diff)
AGAIN(killed, end_it)

static void check_gone(void *it, int rc)
{
    check_killed(it, rc);
    lab_empty("after a kill");
}

static const struct scene verbs[] = {
    { "open", begin_run, find, check_find, end, 0 },
    { "claim", begin_run, claim, check_claim, end, 0 },
    { "diff", begin_run, diff, check_diff, end, 0 },
    { "kill", begin_run, end_it, check_gone, end, 0 },
    { "the same submission again", begin_run, submit_again, check_keyed, end, 0 },
};

START_TEST(verb)
{
    torture(&verbs[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("torture_submit");
    TCase *tcase = tcase_create("all");

    torture_begin();
    tcase_add_loop_test(tcase, submission, 0, COUNT(submissions));
    tcase_add_loop_test(tcase, verb, 0, COUNT(verbs));
    return lab_main(suite, tcase);
}
