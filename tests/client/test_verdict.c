/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded lives of driver pods, replayed event by event (verdicts.tar.xz, made by make_verdicts.py). A wrong
 * state or a success that was none fails; of the causes one in twenty may be missed: some cannot be told from
 * the pod alone.
 */
#include <check.h>
#include <jansson.h>

#include "verdict.h"

#define CAUSES_NEEDED 95            /* of 100 */

struct tally {
    int lives, refused, states, causes, moments, moment_causes;
};

static bool is_one_of(const json_t *expected, const char *key, const char *more, const char *name)
{
    const json_t *value = json_object_get(expected, key);
    const json_t *accepted = json_object_get(expected, more);
    const json_t *item;
    size_t i;

    if (value && json_is_string(value) && !strcmp(json_string_value(value), name))
        return true;
    json_array_foreach(accepted, i, item)
        if (!strcmp(json_string_value(item), name))
            return true;
    return false;
}

static bool state_is_right(const json_t *expected, int state)
{
    return is_one_of(expected, "state", "state_accept", sparkk8s_state_name(state));
}

static bool cause_is_right(const json_t *expected, int cause)
{
    return is_one_of(expected, "cause", "cause_accept", sparkk8s_cause_name(cause)) ||
        is_one_of(expected, "status_cause", "", sparkk8s_cause_name(cause));
}

static void pod_of(const json_t *object, struct pod *pod)
{
    char *text = json_dumps(object, JSON_COMPACT);
    struct scan scan = scan_begin(text, strlen(text));

    ck_assert_int_eq(pod_scan(&scan, pod, NULL), 0);
    free(text);
}

static bool is_run(const json_t *object, const char *uid)
{
    const char *its = json_string_value(json_object_get(json_object_get(object, "metadata"), "uid"));

    return its && !strcmp(its, uid);
}

/* What was to be known after this event; a moment without its own list of what is accepted too has the
 * life's. */
static void check_moments(const json_t *life, size_t event, const struct verdict *verdict, struct tally *tally)
{
    const json_t *expected = json_object_get(life, "expected");
    const json_t *moment;
    size_t i;

    json_array_foreach(json_object_get(expected, "moments"), i, moment) {
        if ((size_t)json_integer_value(json_object_get(moment, "after_event")) != event)
            continue;
        tally->moments++;
        if (!state_is_right(moment, verdict->state))
            ck_abort_msg("%s: after event %zu: %s instead of %s", json_string_value(json_object_get(life, "name")), event,
                         sparkk8s_state_name(verdict->state), json_string_value(json_object_get(moment, "state")));
        if (cause_is_right(moment, verdict->cause) || cause_is_right(expected, verdict->cause))
            tally->moment_causes++;
        else
            printf("  cause after event %zu of %s: %s instead of %s\n", event,
                   json_string_value(json_object_get(life, "name")), sparkk8s_cause_name(verdict->cause),
                   json_string_value(json_object_get(moment, "cause")));
    }
}

/* Replays the events; the last known pod of the run is left in `pod`. Once final, a state stays what it
 * is. */
static bool replay(const json_t *life, struct pod *pod, struct tally *tally)
{
    const char *uid = json_string_value(json_object_get(life, "uid"));
    const json_t *event, *object;
    int final = SPARKK8S_STATE_UNKNOWN;
    bool gone = false;
    size_t i;

    json_array_foreach(json_object_get(life, "events"), i, event) {
        struct verdict verdict;

        object = json_object_get(event, "object");
        if (!uid || !is_run(object, uid))
            continue;
        pod_clear(pod);
        pod_of(object, pod);
        gone = !strcmp(json_string_value(json_object_get(event, "type")), "DELETED");
        verdict = verdict_of(pod, gone);
        check_moments(life, i, &verdict, tally);
        if (state_is_final(final))
            ck_assert_msg(verdict.state == final, "%s: the end was taken back", json_string_value(json_object_get(life, "name")));
        final = verdict.state;
    }
    return gone;
}

static struct verdict last_word(const json_t *life, struct pod *pod, struct tally *tally)
{
    const json_t *object = json_object_get(life, "pod");
    const char *uid = json_string_value(json_object_get(life, "uid"));
    bool gone = replay(life, pod, tally);

    if (object && uid && is_run(object, uid)) {
        pod_clear(pod);
        pod_of(object, pod);
    } else {
        gone = true;
    }
    return verdict_of(pod, gone);
}

static void judge(const json_t *life, struct tally *tally)
{
    const json_t *expected = json_object_get(life, "expected");
    const char *name = json_string_value(json_object_get(life, "name"));
    struct pod pod = { 0 };
    struct verdict verdict;

    if (!json_is_string(json_object_get(expected, "state"))) {
        tally->refused++;           /* nothing was created: there is no pod to judge */
        return;
    }
    verdict = last_word(life, &pod, tally);
    tally->lives++;
    tally->states += state_is_right(expected, verdict.state);
    tally->causes += cause_is_right(expected, verdict.cause);
    if (!state_is_right(expected, verdict.state))
        printf("  state of %s: %s instead of %s\n", name, sparkk8s_state_name(verdict.state),
               json_string_value(json_object_get(expected, "state")));
    if (!cause_is_right(expected, verdict.cause))
        printf("  cause of %s: %s instead of %s\n", name, sparkk8s_cause_name(verdict.cause),
               json_string_value(json_object_get(expected, "cause")));
    if (verdict.state == SPARKK8S_STATE_SUCCEEDED)
        ck_assert_msg(state_is_right(expected, verdict.state), "%s: a false success", name);
    pod_clear(&pod);
}

START_TEST(recorded_lives)
{
    struct tally tally = { 0 };
    char *line = NULL, *command;
    size_t size = 0;
    FILE *lines;

    ck_assert_int_gt(asprintf(&command, "tar -xJOf '%s'", getenv("VERDICTS")), 0);
    lines = popen(command, "r");
    ck_assert_ptr_nonnull(lines);
    while (getline(&line, &size, lines) > 0) {
        json_t *life = json_loads(line, 0, NULL);

        ck_assert_ptr_nonnull(life);
        judge(life, &tally);
        json_decref(life);
    }
    ck_assert_int_eq(pclose(lines), 0);
    free(line);
    free(command);
    printf("%d lives (and %d refused creations): state right in %d, cause right in %d; "
           "%d moments, cause right in %d\n", tally.lives, tally.refused, tally.states, tally.causes, tally.moments,
           tally.moment_causes);
    ck_assert_int_gt(tally.lives, 100);
    ck_assert_int_eq(tally.states, tally.lives);
    ck_assert_int_ge(tally.causes * 100, tally.lives * CAUSES_NEEDED);
    ck_assert_int_ge(tally.moment_causes * 100, tally.moments * CAUSES_NEEDED);
}
END_TEST

/* What no recording has. */
#define STATUS(phase, state) "{\"metadata\":{\"uid\":\"u\",\"labels\":{\"spark-role\":\"driver\"}},\"spec\":{\"restartPolicy\":" \
    "\"Never\",\"containers\":[{\"name\":\"spark-kubernetes-driver\"}]},\"status\":{\"phase\":\"" phase "\"," \
    "\"containerStatuses\":[{\"name\":\"spark-kubernetes-driver\",\"state\":" state "}]}}"

static const struct {
    const char *what, *pod;
    bool gone;
    int state, cause, exit_code;
} cases[] = {
    { "a success needs its exit code", STATUS("Running", "{\"terminated\":{\"reason\":\"Completed\"}}"), false,
      SPARKK8S_STATE_FAILED, SPARKK8S_CAUSE_APP, -1 },
    { "zero of a container that was not found", STATUS("Succeeded", "{\"terminated\":{\"exitCode\":0,"
      "\"reason\":\"ContainerStatusUnknown\"}}"), false, SPARKK8S_STATE_FAILED, SPARKK8S_CAUSE_NODE_LOST, -1 },
    { "killed with code zero", STATUS("Failed", "{\"terminated\":{\"exitCode\":0,\"signal\":9}}"), false,
      SPARKK8S_STATE_FAILED, SPARKK8S_CAUSE_KILLED, 0 },
    { "gone while it ran", STATUS("Running", "{\"running\":{}}"), true, SPARKK8S_STATE_LOST, SPARKK8S_CAUSE_DELETED, -1 },
    { "nothing known", "{}", true, SPARKK8S_STATE_LOST, SPARKK8S_CAUSE_DELETED, -1 },
    { "states of a wrong type", STATUS("Running", "7"), false, SPARKK8S_STATE_PENDING, SPARKK8S_CAUSE_NONE, -1 },
};

START_TEST(unrecorded)
{
    struct scan scan = scan_begin(cases[_i].pod, strlen(cases[_i].pod));
    struct verdict verdict;
    struct pod pod;

    ck_assert_int_eq(pod_scan(&scan, &pod, NULL), 0);
    verdict = verdict_of(&pod, cases[_i].gone);
    ck_assert_msg(verdict.state == cases[_i].state, "%s: %s", cases[_i].what, sparkk8s_state_name(verdict.state));
    ck_assert_msg(verdict.cause == cases[_i].cause, "%s: %s", cases[_i].what, sparkk8s_cause_name(verdict.cause));
    ck_assert_int_eq(verdict.exit_code, cases[_i].exit_code);
    pod_clear(&pod);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tcase = tcase_create("verdict");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, recorded_lives);
    tcase_add_loop_test(tcase, unrecorded, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
