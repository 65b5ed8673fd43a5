/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A submission that loses its connection at each of its requests, before and after it was carried out, in the middle of
 * the request and of the answer: it succeeds all the same, or says that it has not, and the same key submits it then. In
 * each case there is one driver, complete, released once, and never before all that it needs is there.
 *
 * Bytes are taken in strides; SPARKK8S_TORTURE_STEP=1 takes each.
 */
#include "stage.h"

#include "error.h"
#include "json.h"

#define KEY "the key"
#define MOST_REQUESTS 12

struct show {
    struct stage stage;
    sparkk8s_manifest *manifest;
    unsigned from, to;              /* requests that are disturbed, from 1 */
    unsigned second;                /* one more, later: its reply is dropped; 0: none */
    int released;
    char what[96];
};

static bool is_held(const json_t *pod)
{
    return json_at(pod, "spec", "schedulingGates", NULL) != NULL;
}

static void check_owner(const struct show *show, const char *plural, const char *uid)
{
    const struct object *object;

    for (object = show->stage.cluster->objects; object; object = object->next)
        if (!strcmp(object->plural, plural))
            ck_assert_msg(!strcmp(json_text_at(json_array_get(json_at(object->json, "metadata", "ownerReferences", NULL), 0), "uid",
                                               NULL), uid), "%s: %s of another owner", show->what, plural);
    ck_assert_msg(cluster_count(show->stage.cluster, plural) == 1, "%s: %zu %s", show->what,
                  cluster_count(show->stage.cluster, plural), plural);
}

/* A driver that is released can start: from then on it counts. */
static void on_change(void *owner, const char *type, const char *plural, json_t *object)
{
    struct show *show = owner;

    if (strcmp(plural, "pods") || is_held(object))
        return;
    ck_assert_msg(strcmp(type, "DELETED") != 0, "%s: a driver that was released is deleted", show->what);
    show->released++;
    check_owner(show, "services", json_text_at(object, "metadata", "uid", NULL));
    check_owner(show, "configmaps", json_text_at(object, "metadata", "uid", NULL));
}

static struct fault plan(void *owner, const char *line UNUSED)
{
    struct show *show = owner;
    unsigned nth = ++show->stage.seen;

    if (nth >= show->from && nth <= show->to)
        return show->stage.fault;
    return nth == show->second ? (struct fault){ .side = FAULT_REPLY, .end = END_RST } : (struct fault){ 0 };
}

static int submit(struct show *show, sparkk8s_error **err)
{
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = KEY };
    sparkk8s_client *client = stage_client(&show->stage);
    sparkk8s_run *run = NULL;
    int rc = sparkk8s_submit(client, show->manifest, &opts, NULL, &run, err);

    ck_assert_msg(rc || sparkk8s_run_driver_uid(run), "%s: no driver", show->what);
    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
    return rc;
}

static void check_complete(const struct show *show)
{
    const struct object *pod;

    ck_assert_msg(cluster_count(show->stage.cluster, "pods") == 1, "%s: %zu drivers", show->what,
                  cluster_count(show->stage.cluster, "pods"));
    for (pod = show->stage.cluster->objects; strcmp(pod->plural, "pods"); pod = pod->next)
        ;
    ck_assert_msg(!is_held(pod->json) && show->released == 1, "%s: released %d times", show->what, show->released);
}

/* Returns whether it succeeded at once; *fired: the fault's byte was reached. */
static bool submit_disturbed(struct show *show, bool *fired)
{
    unsigned before = proxy_fired(show->stage.proxy);
    AUTO(error) err = NULL;
    bool good;

    sim_limit(7200000, show->what);
    show->stage.seen = 0;
    show->released = 0;
    good = submit(show, &err) == 0;
    *fired = proxy_fired(show->stage.proxy) > before;
    ck_assert_msg(good || sparkk8s_error_is_retriable(err), "%s: %s", show->what, sparkk8s_error_message(err));
    if (!good) {
        show->from = show->second = 0;
        show->to = 0;
        ck_assert_msg(submit(show, NULL) == 0, "%s: not the second time either", show->what);
    }
    check_complete(show);
    return good;
}

static void clear(struct show *show)
{
    struct cluster *cluster = show->stage.cluster;

    cluster->hooks.changed = NULL;
    while (cluster->objects)
        cluster_remove(cluster, cluster->objects);
    cluster->hooks.changed = on_change;
    cluster_forget(cluster);
}

static void begin(struct show *show)
{
    *show = (struct show){ .manifest = stage_manifest(KEY) };
    stage_begin(&show->stage, 1, (struct cluster_hooks){ .changed = on_change, .owner = show });
    show->stage.plan = plan;
    show->stage.owner = show;
}

static void end(struct show *show)
{
    stage_end(&show->stage);
    sparkk8s_manifest_free(show->manifest);
}

static const char *const sides[] = { "no", "request", "reply" };
static const char *const ends[] = { "closed", "reset", "half closed", "stalled" };

static void describe(struct show *show, struct fault fault)
{
    show->stage.fault = fault;
    snprintf(show->what, sizeof(show->what), "%s at byte %zu of the %s to request %u-%u, and %u", ends[fault.end], fault.at,
             sides[fault.side], show->from, show->to, show->second);
}

/* ---- one request ---------------------------------------------------------------------------------------------- */

static const struct way {
    enum fault_side side;
    enum fault_end end;
    int step;
} ways[] = {
    { FAULT_REQUEST, END_FIN, 13 }, { FAULT_REQUEST, END_RST, 29 }, { FAULT_REQUEST, END_STALL, 101 },
    { FAULT_REPLY, END_FIN, 5 }, { FAULT_REPLY, END_RST, 7 }, { FAULT_REPLY, END_HALF, 61 }, { FAULT_REPLY, END_STALL, 101 },
};

/* One that is lost once is got over, unless the time is up. */
START_TEST(each_request_and_reply)
{
    const struct way *way = &ways[_i];
    int step = stage_step(way->step), requests = 0;
    bool fired = true, good;
    struct show show;
    unsigned nth;
    size_t at;

    begin(&show);
    for (nth = 1; fired; nth++) {
        for (at = 0; fired; at += (size_t)step) {
            show.from = show.to = nth;
            describe(&show, (struct fault){ .side = way->side, .at = at, .end = way->end });
            good = submit_disturbed(&show, &fired);
            ck_assert_msg(good || way->end == END_STALL, "%s: it failed", show.what);
            clear(&show);
        }
        requests += at > (size_t)step;
        fired = at > (size_t)step;
    }
    ck_assert_int_ge(requests, 4);
    end(&show);
}
END_TEST

/* ---- more than one -------------------------------------------------------------------------------------------- */

/* And what is asked because of it is lost, too. */
START_TEST(two_requests)
{
    const struct way *way = &ways[_i];
    unsigned first, second;
    struct show show;
    bool fired;

    begin(&show);
    for (first = 1; first <= 4; first++)
        for (second = first + 1; second <= MOST_REQUESTS; second++) {
            show.from = show.to = first;
            show.second = second;
            describe(&show, (struct fault){ .side = way->side, .at = way->side == FAULT_REQUEST ? 0 : 60, .end = way->end });
            submit_disturbed(&show, &fired);
            clear(&show);
        }
    end(&show);
}
END_TEST

/* Nothing answers any more, and then all does. */
START_TEST(all_from_one_on)
{
    const struct way *way = &ways[_i];
    struct show show;
    bool fired;

    begin(&show);
    for (show.from = 1; show.from <= 5; show.from++) {
        unsigned from = show.from;

        show.to = UINT32_MAX;
        describe(&show, (struct fault){ .side = way->side, .at = way->side == FAULT_REQUEST ? 0 : 60, .end = way->end });
        ck_assert_msg(submit_disturbed(&show, &fired) == (from > 4), "%s: it succeeded", show.what);
        show.from = from;
        clear(&show);
    }
    end(&show);
}
END_TEST

/* Answers that say less than they should: carried out or not, with 500, 503, 504, 429. */
struct refusal {
    unsigned nth, seen;
    struct trouble trouble;
};

static struct refusal refusal;

static struct trouble on_request(void *owner UNUSED, const char *verb UNUSED)
{
    return ++refusal.seen == refusal.nth ? refusal.trouble : (struct trouble){ 0 };
}

static const struct trouble troubles[] = {
    { 500, false, -1 }, { 500, true, -1 }, { 503, false, 1 }, { 503, true, -1 }, { 504, true, -1 }, { 429, false, 3 },
    { 429, false, -1 }, { -1, false, -1 }, { -1, true, -1 },
};

START_TEST(refused_once)
{
    struct show show;
    bool fired;

    begin(&show);
    show.stage.cluster->hooks.trouble = on_request;
    for (refusal.nth = 1; refusal.nth <= 4; refusal.nth++) {
        refusal.seen = 0;
        refusal.trouble = troubles[_i];
        snprintf(show.what, sizeof(show.what), "%d to request %u", troubles[_i].code, refusal.nth);
        ck_assert_msg(submit_disturbed(&show, &fired), "%s: it failed", show.what);
        clear(&show);
    }
    end(&show);
}
END_TEST

int main(int argc UNUSED, char **argv)
{
    Suite *suite = suite_create("faults: submission");
    TCase *tcase = tcase_create("submission");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, each_request_and_reply, 0, (int)COUNT(ways));
    tcase_add_loop_test(tcase, two_requests, 0, (int)COUNT(ways));
    tcase_add_loop_test(tcase, all_from_one_on, 0, (int)COUNT(ways));
    tcase_add_loop_test(tcase, refused_once, 0, (int)COUNT(troubles));
    suite_add_tcase(suite, tcase);
    return stage_main(argv, suite);
}
