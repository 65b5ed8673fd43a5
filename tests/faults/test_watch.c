/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch whose list and whose stream of four events end at every byte: each change is told once, none is lost, and the
 * end is the right one. Besides: the same in pieces of a byte, which is how a slow network splits events; a list in pages;
 * a server that has forgotten the version to go on from.
 */
#include "stage.h"

static const sparkk8s_call patient = { .size = sizeof(sparkk8s_call), .timeout_ms = 3600000 };

static const struct way {
    const char *name, *match;
    enum fault_end end;
    bool forgets;                   /* the server, as soon as the connection is lost */
    int step;
} ways[] = {
    { "the stream is closed", "watch=", END_FIN, false, 1 },
    { "the stream is reset", "watch=", END_RST, false, 3 },
    { "the stream is half closed", "watch=", END_HALF, false, 3 },
    { "the stream stalls", "watch=", END_STALL, false, 3 },
    { "the stream is closed and the version expires", "watch=", END_FIN, true, 1 },
    { "the list is closed", "limit=", END_FIN, false, 1 },
    { "the list is reset", "limit=", END_RST, false, 1 },
    { "the list stalls", "limit=", END_STALL, false, 3 },
};

struct show {
    struct stage stage;
    const struct way *way;
    sparkk8s_client *client;
    struct object *driver;
    struct sim_alarm next;
    int watches;
    char told[512];
};

/* The four changes, as soon as somebody watches. */
static void on_alarm(void *owner)
{
    struct show *show = owner;

    node_start(show->stage.cluster, show->driver);
    node_start(show->stage.cluster, stage_pod(&show->stage, "e", "executor"));
    node_exit(show->stage.cluster, show->driver, 0, false);
}

static struct trouble on_request(void *owner, const char *verb)
{
    struct show *show = owner;

    if (strcmp(verb, "watch pods"))
        return (struct trouble){ 0 };
    if (++show->watches == 1)
        sim_alarm_in(&show->next, 0);
    else if (show->watches == 2 && show->way && show->way->forgets)
        cluster_forget(show->stage.cluster);
    return (struct trouble){ 0 };
}

static void begin(struct show *show, const struct way *way)
{
    *show = (struct show){ .way = way, .next = { .due = on_alarm, .owner = show } };
    stage_begin(&show->stage, 1, (struct cluster_hooks){ .trouble = on_request, .owner = show });
    show->client = stage_client(&show->stage);
}

static void end(struct show *show)
{
    sparkk8s_client_free(show->client);
    stage_end(&show->stage);
}

static void tell(struct show *show, const char *word)
{
    size_t at = strlen(show->told);

    snprintf(show->told + at, sizeof(show->told) - at, "%s%s", at ? " " : "", word);
}

static void tell_status(struct show *show, const sparkk8s_status *status)
{
    char word[32];

    snprintf(word, sizeof(word), "%s%s%s", sparkk8s_state_name(sparkk8s_status_state(status)),
             sparkk8s_status_executors(status, SPARKK8S_STATE_PENDING) ? "/pending" : "",
             sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING) ? "/running" : "");
    tell(show, word);
}

/* From a new pod to its end. Before the first list is complete each failure is told: then it is asked again. */
static void follow(struct show *show)
{
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_run *run = NULL;
    char uid[24];
    int rc;

    show->watches = 0;
    *show->told = '\0';
    show->driver = stage_pod(&show->stage, "d", "driver");
    snprintf(uid, sizeof(uid), "uid-%d", show->stage.cluster->uids);
    ck_assert_int_eq(run_new(show->client->kube, STAGE_NS, "d", uid, "a1", &run, NULL), 0);
    ck_assert_int_eq(sparkk8s_watch_open_run(run, &watch, NULL), 0);
    while ((rc = sparkk8s_watch_next(watch, &patient, &status, &err)) != SPARKK8S_END) {
        if (rc == 0) {
            tell_status(show, status);
            sparkk8s_status_free(status);
        } else {
            ck_assert_msg(sparkk8s_error_is_retriable(err) && !*show->told, "%s after %s", sparkk8s_error_message(err), show->told);
            sparkk8s_error_free(err);
        }
    }
    sparkk8s_watch_free(watch);
    sparkk8s_run_free(run);
}

static void clear(struct show *show)
{
    struct object *pod;

    while ((pod = show->stage.cluster->objects))
        cluster_remove(show->stage.cluster, pod);
    cluster_forget(show->stage.cluster);
}

/* With a new list in between, what changed meanwhile is told at once; but nothing twice, and the end. */
static bool is_right(const struct show *show)
{
    static const char *const right[] = {
        "PENDING RUNNING RUNNING/pending RUNNING/running SUCCEEDED/running", "PENDING RUNNING RUNNING/pending SUCCEEDED/running",
        "PENDING RUNNING SUCCEEDED/running", "PENDING SUCCEEDED/running",
    };
    size_t i, count = show->way && show->way->forgets ? COUNT(right) : 1;

    for (i = 0; i < count; i++)
        if (!strcmp(show->told, right[i]))
            return true;
    return false;
}

static bool cut_at(struct show *show, int at)
{
    unsigned fired = proxy_fired(show->stage.proxy);

    sim_limit(7200000, "watching");
    stage_fault(&show->stage, show->way->match, 1, (struct fault){ .side = FAULT_REPLY, .at = (size_t)at, .end = show->way->end });
    follow(show);
    ck_assert_msg(is_right(show), "%s at byte %d: %s", show->way->name, at, show->told);
    clear(show);
    return proxy_fired(show->stage.proxy) > fired;
}

START_TEST(cut_at_every_byte)
{
    struct show show;
    int at, step = stage_step(ways[_i].step);

    begin(&show, &ways[_i]);
    for (at = 0; cut_at(&show, at); at += step)
        ;
    ck_assert_int_gt(at, strcmp(ways[_i].match, "watch=") ? 400 : 1900);
    end(&show);
}
END_TEST

/* { piece, every_ms }, of each answer. */
static const struct fault paces[] = {
    { .piece = 1 }, { .piece = 7 }, { .piece = 1000, .every_ms = 1000 }, { .every_ms = 9000 },
};
static struct fault pace;

static struct fault paced(void *owner UNUSED, const char *line UNUSED)
{
    return pace;
}

START_TEST(in_pieces)
{
    struct show show;

    begin(&show, NULL);
    pace = paces[_i];
    show.stage.plan = paced;
    sim_limit(7200000, "watching");
    follow(&show);
    ck_assert_msg(is_right(&show), "%s", show.told);
    clear(&show);
    end(&show);
}
END_TEST

static int drivers_told(struct show *show)
{
    sparkk8s_call call = { .size = sizeof(call), .timeout_ms = 700000 };
    sparkk8s_select select = { .size = sizeof(select) };
    sparkk8s_status *status = NULL;
    sparkk8s_watch *watch = NULL;
    int told = 0, rc;

    sim_limit(7200000, "watching");
    show->watches = 1;              /* nothing happens meanwhile */
    ck_assert_int_eq(sparkk8s_watch_open(show->client, &select, &watch, NULL), 0);
    while ((rc = sparkk8s_watch_next(watch, &call, &status, NULL)) != SPARKK8S_AGAIN)
        if (rc == 0) {
            told++;
            sparkk8s_status_free(status);
        }
    sparkk8s_watch_free(watch);
    return told;
}

/* All drivers of a namespace, in pages of two or in a streaming list: each once, whichever byte is lost. */
static const struct all {
    int minor;
    const char *match;
    unsigned answers;
    enum fault_end end;
} alls[] = {
    { 33, "limit=", 3, END_RST }, { 36, "sendInitialEvents", 1, END_FIN }, { 36, "sendInitialEvents", 1, END_STALL },
};

START_TEST(all_drivers)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    const struct all *all = &alls[_i];
    struct show show;
    unsigned fired, nth;
    size_t at, i;

    begin(&show, NULL);
    show.stage.cluster->page = 2;
    show.stage.cluster->minor = all->minor;
    for (i = 0; i < COUNT(names); i++)
        stage_pod(&show.stage, names[i], "driver");
    for (nth = 1; nth <= all->answers; nth++) {
        at = 0;
        do {
            fired = proxy_fired(show.stage.proxy);
            stage_fault(&show.stage, all->match, nth, (struct fault){ .side = FAULT_REPLY, .at = at, .end = all->end });
            ck_assert_msg(drivers_told(&show) == COUNT(names), "%s: answer %u cut at byte %zu", all->match, nth, at);
            at += (size_t)stage_step(11);
        } while (proxy_fired(show.stage.proxy) > fired);
        ck_assert_uint_gt(at, 400);
    }
    end(&show);
}
END_TEST

int main(int argc UNUSED, char **argv)
{
    Suite *suite = suite_create("faults: watch");
    TCase *tcase = tcase_create("watch");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, cut_at_every_byte, 0, (int)COUNT(ways));
    tcase_add_loop_test(tcase, in_pieces, 0, (int)COUNT(paces));
    tcase_add_loop_test(tcase, all_drivers, 0, (int)COUNT(alls));
    suite_add_tcase(suite, tcase);
    return stage_main(argv, suite);
}
