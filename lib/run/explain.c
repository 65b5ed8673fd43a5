/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explaining a run: gathers facts, from which finding.c draws its conclusion. Few requests, because explanations are
 * asked for when a cluster is in trouble: the pods of the application and the driver's events at once, then the end
 * of the driver's log if there can be one, then what the facts so far point to, in the order of a table.
 *
 * Only the pods are needed. Whatever else may not be read, or does not answer, is a fact itself. Nothing is repeated
 * but what every request of this library repeats. Executors' events and logs are asked for one executor only: what
 * ails them ails them all.
 */
#include "attempt.h"
#include "diagnosis.h"
#include "moment.h"
#include "run.h"
#include "text.h"
#include "verbs.h"

enum {
    REQUESTS = 4,                   /* and one before, with which the run was opened */
    LOG_PATIENCE_MS = 10000,        /* a kubelet that hangs must not take all of the caller's time */
    LOG_BYTES = 8 << 20,            /* after so many, the rest of the tail is not read */
    LOG_LINE = 64 << 10,
    NAME_LIMIT = 4096
};

#define LOG_TAIL "1000"             /* lines: stack traces of Spark have a hundred, and refused executors repeat them */
#define EXECUTORS_PAGE "500"
#define EVENTS_PAGE "200"
#define NODES_PAGE "100"

static const struct kube_kind events = { "v1", "Event", "events" };
static const struct kube_kind quotas = { "v1", "ResourceQuota", "resourcequotas" };
static const struct kube_kind limit_ranges = { "v1", "LimitRange", "limitranges" };
static const struct kube_kind nodes = { "v1", "Node", "nodes" };

struct inquiry {
    const sparkk8s_run *run;
    const struct kube_limit *limit;
    struct facts facts;
    struct pod driver;
    char *json;                     /* the driver pod as it was sent; NULL if it is gone */
    size_t json_len;
    bool gone;
    int asked;                      /* requests so far */
    struct pod failed, waiting;     /* an executor whose log, one whose events may tell more; uid NULL: none */
};

static void inquiry_clear(struct inquiry *inquiry)
{
    facts_clear(&inquiry->facts);
    pod_clear(&inquiry->driver);
    free(inquiry->json);
    pod_clear(&inquiry->failed);
    pod_clear(&inquiry->waiting);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* `query`: keys and values, NULL at the end. */
static int target_of(struct str *target, const struct kube_kind *kind, const char *ns, const char *name,
                     const char *sub, const char *const *query, sparkk8s_error **err)
{
    int rc = kube_path(target, kind, ns, name, sub, err);

    for (; rc == 0 && query && query[0]; query += 2)
        kube_query(target, query[0], query[1]);
    return rc == 0 && target->failed ? fail_oom(err) : rc;
}

static int ask(struct inquiry *inquiry, const struct kube_kind *kind, const char *ns, const char *name,
               const char *const *query, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET" };
    int rc = target_of(&target, kind, ns, name, NULL, query, err);

    if (rc < 0)
        return rc;
    request.target = target.s;
    inquiry->asked++;
    return kube_start(inquiry->run->kube, &request, NULL, NULL, out, err);
}

#define QUERY(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Takes note of what could not be had, unless it is one's own end. */
static int do_without(struct inquiry *inquiry, const char *what, int rc, sparkk8s_error **refusal, sparkk8s_error **err)
{
    if (rc == SPARKK8S_ENOMEM || rc == SPARKK8S_ECANCELED || rc == SPARKK8S_EFORK)
        return pass_error(rc, refusal, err);
    facts_add(&inquiry->facts, &(struct fact){ .kind = FACT_UNREAD, .code = -1, .who = what,
                                               .text = sparkk8s_error_message(*refusal) });
    return 0;
}

/* One thing that is good to know. `read` is given the answer. */
static int look_at(struct inquiry *inquiry, const char *what, const struct kube_kind *kind, const char *ns,
                   const char *name, const char *const *query,
                   void (*read)(struct facts *facts, const char *json, size_t len), sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    AUTO(error) refusal = NULL;
    const char *body;
    size_t len;
    int rc = ask(inquiry, kind, ns, name, query, &call, &refusal);

    if (rc == 0)
        rc = kube_finish(inquiry->run->kube, call, inquiry->limit, &refusal);
    if (rc < 0)
        return do_without(inquiry, what, rc, &refusal, err);
    body = kube_call_body(call, &len);
    read(&inquiry->facts, body, len);
    return 0;
}

/* ---- pods ---------------------------------------------------------------------------------------------------- */

static int take_driver(struct inquiry *inquiry, struct pod *pod, const struct slice *json, sparkk8s_error **err)
{
    inquiry->json = text_dupn(json->s, json->len);
    if (!inquiry->json)
        return fail_oom(err);
    inquiry->json_len = json->len;
    inquiry->driver = *pod;
    *pod = (struct pod){ 0 };
    facts_driver(&inquiry->facts, &inquiry->driver, inquiry->json, inquiry->json_len);
    return 0;
}

static void keep_executor(struct pod *kept, struct pod *pod)
{
    if (kept->uid && kept->created_ms >= pod->created_ms)
        return;
    pod_clear(kept);
    *kept = *pod;
    *pod = (struct pod){ 0 };
}

/* Of an executor that ended by itself, the log may tell why; of one that is not set up, the events. */
static void take_executor(struct inquiry *inquiry, struct pod *pod, const struct slice *json)
{
    const struct container_state *state = &pod->driver;
    int was = executor_state(pod);

    facts_executor(&inquiry->facts, pod, json->s, json->len);
    if (was == SPARKK8S_STATE_FAILED && state->terminated && state->started_ms && !pod->deleted_ms &&
        (!state->reason || strcmp(state->reason, "OOMKilled") != 0))
        keep_executor(&inquiry->failed, pod);
    else if (was == SPARKK8S_STATE_PENDING && pod->node &&
             (!state->reason || !strcmp(state->reason, "ContainerCreating")))
        keep_executor(&inquiry->waiting, pod);
}

static int take_pod(struct inquiry *inquiry, const struct slice *json, sparkk8s_error **err)
{
    struct scan scan = scan_begin(json->s, json->len);
    AUTO_POD pod = { 0 };
    int rc = pod_scan(&scan, &pod, err);

    if (rc < 0)
        return rc;
    if (!inquiry->json && pod.uid && inquiry->run->uid && !strcmp(pod.uid, inquiry->run->uid))
        return take_driver(inquiry, &pod, json, err);
    if (pod.role == ROLE_EXECUTOR)
        take_executor(inquiry, &pod, json);
    return 0;
}

static int read_pods(struct inquiry *inquiry, const struct kube_call *call, sparkk8s_error **err)
{
    size_t len;
    const char *body = kube_call_body(call, &len);
    struct scan scan = scan_begin(body, len), meta = scan;
    struct slice json, more;
    int rc = 0;

    if (!scan_find(&scan, "items"))
        return fail(err, SPARKK8S_ESERVER, NULL, "the server sent a list of pods that is not one");
    while (rc == 0 && scan_item(&scan))
        if (scan_raw(&scan, &json))
            rc = take_pod(inquiry, &json, err);
    if (rc == 0 && scan.failed)
        rc = fail(err, SPARKK8S_ESERVER, NULL, "the server sent a list of pods that is not one");
    if (rc == 0)
        facts_executors_end(&inquiry->facts, true,
                            scan_text_at(&meta, SCAN_AT("metadata", "continue"), &more) && more.len);
    return rc;
}

/* What remains of a driver that is gone is its name. */
static int remember_driver(struct inquiry *inquiry, sparkk8s_error **err)
{
    const sparkk8s_run *run = inquiry->run;
    struct pod *pod = &inquiry->driver;

    inquiry->gone = true;
    *pod = (struct pod){ .ns = text_dup(run->ns), .name = text_dup(run->pod), .uid = text_dup(run->uid),
                         .driver.exit_code = -1 };
    if (!pod->ns || !pod->name || (run->uid && !pod->uid))
        return fail_oom(err);
    facts_gone(&inquiry->facts, pod, run->sight);
    return 0;
}

/* For a driver that is in no list: the list was refused, or ended before it, or it is gone. */
static int get_driver(struct inquiry *inquiry, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    AUTO(error) refusal = NULL;
    struct slice json = { 0 };
    int rc = ask(inquiry, &kube_pods, inquiry->run->ns, inquiry->run->pod, NULL, &call, err);

    if (rc < 0)
        return rc;
    rc = kube_finish(inquiry->run->kube, call, inquiry->limit, &refusal);
    if (rc < 0 && rc != SPARKK8S_ENOTFOUND)
        return pass_error(rc, &refusal, err);
    if (rc == 0) {
        json.s = kube_call_body(call, &json.len);
        rc = take_pod(inquiry, &json, err);
        if (rc < 0)
            return rc;
    }
    return inquiry->driver.uid ? 0 : remember_driver(inquiry, err);
}

static int look_at_pods(struct inquiry *inquiry, struct kube_call *list, sparkk8s_error **err)
{
    AUTO(error) refusal = NULL;
    int rc = 0;

    if (list) {
        rc = kube_finish(inquiry->run->kube, list, inquiry->limit, &refusal);
        if (rc == 0)
            rc = read_pods(inquiry, list, err);
        else if (rc == SPARKK8S_EFORBIDDEN)
            rc = do_without(inquiry, "executors", rc, &refusal, err);
        else
            return pass_error(rc, &refusal, err);
    }
    return rc == 0 && !inquiry->driver.uid ? get_driver(inquiry, err) : rc;
}

/* ---- events -------------------------------------------------------------------------------------------------- */

static int ask_events(struct inquiry *inquiry, const char *field, const char *value, struct kube_call **out,
                      sparkk8s_error **err)
{
    AUTO_STR selector = STR_INIT(NAME_LIMIT);

    str_addf(&selector, "involvedObject.%s=%s", field, value);
    if (selector.failed)
        return fail_oom(err);
    return ask(inquiry, &events, inquiry->run->ns, NULL, QUERY("fieldSelector", selector.s, "limit", EVENTS_PAGE), out,
               err);
}

static int look_at_events(struct inquiry *inquiry, struct kube_call *call, const char *what, enum fact_kind kind,
                          const char *uid, sparkk8s_error **err)
{
    AUTO(error) refusal = NULL;
    const char *body;
    size_t len;
    int rc = kube_finish(inquiry->run->kube, call, inquiry->limit, &refusal);

    if (rc < 0)
        return do_without(inquiry, what, rc, &refusal, err);
    body = kube_call_body(call, &len);
    facts_events(&inquiry->facts, kind, uid, NULL, body, len);
    return 0;
}

/* ---- logs ---------------------------------------------------------------------------------------------------- */

struct reading {
    struct kube_stream *stream;
    bool ready;
    size_t bytes;
    bool within;                    /* the next piece goes on a line whose start was read */
};

static void on_ready(struct kube_stream *stream UNUSED, void *owner)
{
    ((struct reading *)owner)->ready = true;
}

static bool is_ready(void *owner)
{
    return ((const struct reading *)owner)->ready;
}

/* What is there now; SPARKK8S_AGAIN: there will be more. */
static int read_lines(struct reading *reading, struct logtail *tail, sparkk8s_error **err)
{
    const char *line;
    size_t len;
    bool whole;
    int rc;

    while (reading->bytes < LOG_BYTES) {
        rc = kube_stream_next(reading->stream, &line, &len, &whole, err);
        if (rc != 0)
            return rc;
        if (!reading->within)
            logtail_line(tail, line, len);
        reading->within = !whole;
        reading->bytes += len;
    }
    return SPARKK8S_END;
}

static int read_tail(struct inquiry *inquiry, const char *target, struct logtail *tail, sparkk8s_error **err)
{
    struct reading reading = { 0 };
    struct kube_request request = { .method = "GET", .target = target };
    struct kube_stream_opts opts = { .max_line = LOG_LINE, .split = true, .ready = on_ready, .owner = &reading };
    struct kube_limit limit = *inquiry->limit;
    int64_t patience_ms = moment_mono_ms() + LOG_PATIENCE_MS;
    int rc = kube_stream_open(inquiry->run->kube, &request, &opts, &reading.stream, err);

    if (patience_ms < limit.deadline_ms)
        limit.deadline_ms = patience_ms;
    while (rc == 0) {
        reading.ready = false;
        rc = read_lines(&reading, tail, err);
        if (rc == SPARKK8S_AGAIN)
            rc = kube_wait(inquiry->run->kube, &limit, is_ready, &reading, err);
        if (rc == SPARKK8S_AGAIN)
            rc = fail(err, SPARKK8S_ETIMEDOUT, NULL, "no answer within the time limit");
    }
    kube_stream_free(reading.stream);
    return rc == SPARKK8S_END ? logtail_end(tail, err) : rc;
}

/* The end of a container's log; `container` NULL: Spark's; `previous`: of its run before this one. What was read
 * before a failure counts. */
static int look_at_log(struct inquiry *inquiry, const struct pod *pod, const char *container, bool previous,
                       const char *what, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    AUTO(error) refusal = NULL;
    struct logtail tail;
    int rc;

    container = container ? container : pod->container ? pod->container : "spark-kubernetes-driver";
    rc = target_of(&target, &kube_pods, inquiry->run->ns, pod->name, "log",
                   QUERY("tailLines", LOG_TAIL, "container", container, previous ? "previous" : NULL, "true"), err);

    if (rc < 0)
        return rc;
    inquiry->asked++;
    logtail_init(&tail);
    rc = read_tail(inquiry, target.s, &tail, &refusal);
    if (rc < 0)
        rc = do_without(inquiry, what, rc, &refusal, err);
    if (rc == 0)
        rc = logtail_end(&tail, err);
    if (rc == 0)
        facts_log(&inquiry->facts, pod->role == ROLE_EXECUTOR, &tail);
    logtail_clear(&tail);
    return rc;
}

/* ---- what facts point to ------------------------------------------------------------------------------------- */

static bool says(const struct inquiry *inquiry, unsigned kinds, const char *glob)
{
    const struct facts *facts = &inquiry->facts;
    size_t i;

    for (i = 0; i < facts->count; i++)
        if ((kinds >> facts->v[i].kind & 1) && facts->v[i].text && text_glob(glob, facts->v[i].text))
            return true;
    return false;
}

/* A node that does not answer would not answer this either. */
static bool has_log(const struct inquiry *inquiry)
{
    return inquiry->facts.started && !inquiry->gone && inquiry->facts.state != SPARKK8S_STATE_SUCCEEDED &&
        (inquiry->facts.cause != SPARKK8S_CAUSE_NODE_LOST || inquiry->facts.exit_code != -1);
}

static int ask_log(struct inquiry *inquiry, sparkk8s_error **err)
{
    const struct container_state *state = &inquiry->driver.driver;

    return look_at_log(inquiry, &inquiry->driver, NULL, state->running && state->restarts, "the driver's log", err);
}

/* A container before Spark's that failed has a log, too. */
static bool has_held(const struct inquiry *inquiry)
{
    const struct container_state *state = &inquiry->driver.waiting;

    return inquiry->facts.vars[VAR_HELD] && state->present && (state->terminated || state->restarts);
}

static int ask_held(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at_log(inquiry, &inquiry->driver, inquiry->facts.vars[VAR_HELD], inquiry->driver.waiting.running,
                       "the log of the container before", err);
}

static bool met_quota(const struct inquiry *inquiry)
{
    return says(inquiry, 1u << FACT_LOG | 1u << FACT_EXCEPTION | 1u << FACT_EXECUTOR, "*exceeded quota*");
}

static int ask_quotas(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at(inquiry, "quotas", &quotas, inquiry->run->ns, NULL, NULL, facts_quotas, err);
}

static bool met_limits(const struct inquiry *inquiry)
{
    return says(inquiry, 1u << FACT_LOG, "* usage per *");
}

static int ask_limits(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at(inquiry, "limit ranges", &limit_ranges, inquiry->run->ns, NULL, NULL, facts_limits, err);
}

static bool lost_node(const struct inquiry *inquiry)
{
    return inquiry->facts.cause == SPARKK8S_CAUSE_NODE_LOST && inquiry->driver.node && !inquiry->gone;
}

static int ask_node(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at(inquiry, "the node", &nodes, NULL, inquiry->driver.node, NULL, facts_node, err);
}

/* The scheduler does not say any more which taints they are. */
static bool met_taints(const struct inquiry *inquiry)
{
    return inquiry->facts.state == SPARKK8S_STATE_PENDING && says(inquiry, 1u << FACT_DRIVER, "*taint*");
}

static int ask_taints(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at(inquiry, "the nodes", &nodes, NULL, NULL, QUERY("limit", NODES_PAGE), facts_taints, err);
}

static bool has_waiting(const struct inquiry *inquiry)
{
    return inquiry->waiting.uid && inquiry->facts.state == SPARKK8S_STATE_RUNNING;
}

static int ask_waiting(struct inquiry *inquiry, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    const char *uid = inquiry->waiting.uid;
    int rc = ask_events(inquiry, "uid", uid, &call, err);

    return rc < 0 ? rc : look_at_events(inquiry, call, "an executor's events", FACT_EXECUTOR_EVENT, uid, err);
}

static bool has_failed(const struct inquiry *inquiry)
{
    return inquiry->failed.uid &&
        (inquiry->facts.state == SPARKK8S_STATE_RUNNING || inquiry->facts.cause == SPARKK8S_CAUSE_APP);
}

static int ask_failed(struct inquiry *inquiry, sparkk8s_error **err)
{
    return look_at_log(inquiry, &inquiry->failed, NULL, false, "an executor's log", err);
}

static int ask_what_else(struct inquiry *inquiry, sparkk8s_error **err)
{
    static const struct {
        bool (*asks)(const struct inquiry *inquiry);
        int (*ask)(struct inquiry *inquiry, sparkk8s_error **err);
    } questions[] = {
        { has_log, ask_log },
        { has_held, ask_held },
        { met_quota, ask_quotas },
        { met_limits, ask_limits },
        { lost_node, ask_node },
        { met_taints, ask_taints },
        { has_failed, ask_failed },
        { has_waiting, ask_waiting },
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(questions) && inquiry->asked < REQUESTS; i++)
        if (questions[i].asks(inquiry))
            rc = questions[i].ask(inquiry, err);
    return rc;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int gather(struct inquiry *inquiry, sparkk8s_error **err)
{
    const sparkk8s_run *run = inquiry->run;
    AUTO(kube_call) pods = NULL;
    AUTO(kube_call) seen = NULL;
    AUTO_STR selector = STR_INIT(NAME_LIMIT);
    int rc = 0;

    str_addf(&selector, "spark-app-selector=%s", run->app_id);
    if (selector.failed)
        return fail_oom(err);
    if (*run->app_id)
        rc = ask(inquiry, &kube_pods, run->ns, NULL, QUERY("labelSelector", selector.s, "limit", EXECUTORS_PAGE), &pods,
                 err);
    if (rc == 0)
        rc = ask_events(inquiry, "uid", run->uid, &seen, err);
    if (rc == 0)
        rc = look_at_pods(inquiry, pods, err);
    if (rc == 0)
        rc = look_at_events(inquiry, seen, "events", FACT_EVENT, run->uid, err);
    if (rc == 0 && inquiry->json)
        facts_volumes(&inquiry->facts, inquiry->json, inquiry->json_len);
    return rc == 0 ? ask_what_else(inquiry, err) : rc;
}

static int explain(sparkk8s_run *run, const sparkk8s_call *call,
                   int (*how)(struct inquiry *inquiry, sparkk8s_error **err), sparkk8s_diagnosis **out,
                   sparkk8s_error **err)
{
    struct kube_limit limit;
    struct inquiry inquiry = { .run = run, .limit = &limit };
    int rc = kube_check(run->kube, err);

    if (rc == 0)
        rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc == 0)
        rc = how(&inquiry, err);
    if (rc == 0)
        rc = diagnosis_new(&inquiry.facts, run->id, run->app_id, out, err);
    inquiry_clear(&inquiry);
    return rc;
}

int sparkk8s_run_explain(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_diagnosis **out, sparkk8s_error **err)
{
    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_explain", "a run and a place for the result are needed");
    if (!run->uid)
        return fail(err, SPARKK8S_EINVAL, run->id, "there is no driver pod yet");
    return explain(run, call, gather, out, err);
}

/* ---- a driver that is gone ------------------------------------------------------------------------------------ */

/* Its events outlive it, for an hour mostly. SPARKK8S_END: there are none, or they may not be read. */
static int gather_traces(struct inquiry *inquiry, sparkk8s_error **err)
{
    AUTO(kube_call) seen = NULL;
    AUTO(error) refusal = NULL;
    const char *body;
    size_t len;
    int rc = remember_driver(inquiry, err);

    if (rc == 0)
        rc = ask_events(inquiry, "name", inquiry->run->pod, &seen, err);
    if (rc < 0)
        return rc;
    rc = kube_finish(inquiry->run->kube, seen, inquiry->limit, &refusal);
    if (rc < 0)
        return rc == SPARKK8S_EFORBIDDEN || rc == SPARKK8S_ENOTFOUND ? SPARKK8S_END : pass_error(rc, &refusal, err);
    body = kube_call_body(seen, &len);
    return facts_events(&inquiry->facts, FACT_EVENT, NULL, inquiry->run->pod, body, len) ? 0 : SPARKK8S_END;
}

int sparkk8s_explain(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                     sparkk8s_diagnosis **out, sparkk8s_error **err)
{
    AUTO(error) missing = NULL;
    AUTO(run) run = NULL;
    bool other = false;
    int rc;

    if (!client || !id || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_explain", "client, id and out must not be NULL");
    rc = run_find(client, ns, id, call, &run, &other, &missing);
    if (rc == 0)
        return sparkk8s_run_explain(run, call, out, err);
    if (rc != SPARKK8S_ENOTFOUND || other)
        return pass_error(rc, &missing, err);
    rc = run_of_name(client, ns, id, &run, err);
    if (rc == 0)
        rc = explain(run, call, gather_traces, out, err);
    return rc == SPARKK8S_END ? pass_error(SPARKK8S_ENOTFOUND, &missing, err) : rc;
}
