/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a run as an object: facts copied from the driver pod, the verdict, and the executors counted
 * by state. sparkk8s_run_status() asks for both at once and pins the driver to its uid: another pod of the
 * same name means that this run's end was not seen.
 */
#include "runstatus.h"

#include "error.h"
#include "json.h"
#include "moment.h"
#include "run.h"
#include "text.h"
#include "verbs.h"

struct sparkk8s_status {
    char *run_id, *ns, *pod, *uid, *app_id, *app_name, *reason, *message, *node, *claim, *version, *pod_text, *containers_text;
    const char *stage;
    enum pod_phase phase;
    int state, cause, exit_code;
    int64_t submitted_ms, scheduled_ms, started_ms, finished_ms;
    bool executors_known;
    int executors[STATES];
};

static const char *const state_names[] = {
    "UNKNOWN", "PENDING", "RUNNING", "TERMINATING", "SUCCEEDED", "FAILED", "LOST",
};

static const char *const cause_names[] = {
    "NONE", "APP", "OOM", "EVICTED", "PREEMPTED", "NODE_LOST", "IMAGE", "UNSCHEDULABLE", "CONFIG", "DEADLINE", "KILLED",
    "DELETED", "QUOTA",
};

const char *sparkk8s_state_name(int state)
{
    return state >= 0 && state < (int)COUNT(state_names) ? state_names[state] : "UNKNOWN";
}

const char *sparkk8s_cause_name(int cause)
{
    return cause >= 0 && cause < (int)COUNT(cause_names) ? cause_names[cause] : "NONE";
}

void sparkk8s_status_free(sparkk8s_status *status)
{
    char **texts;
    size_t i;

    if (!status)
        return;
    texts = (char *[]){ status->run_id, status->ns, status->pod, status->uid, status->app_id, status->app_name,
                        status->reason, status->message, status->node, status->claim, status->version,
                        status->pod_text, status->containers_text };
    for (i = 0; i < 13; i++)
        free(texts[i]);
    free(status);
}

static int copy_texts(sparkk8s_status *status, const struct pod *driver, const struct verdict *verdict,
                      sparkk8s_error **err)
{
    const struct {
        char **into;
        const char *from;
    } texts[] = {
        { &status->ns, driver->ns },
        { &status->pod, driver->name },
        { &status->uid, driver->uid },
        { &status->app_id, driver->app_id },
        { &status->app_name, driver->app_name ? driver->app_name : driver->app_label },
        { &status->reason, verdict->reason },
        { &status->message, verdict->message },
        { &status->node, driver->node },
        { &status->claim, driver->claim },
        { &status->version, driver->version },
        { &status->pod_text, driver->text },
        { &status->containers_text, driver->containers_text },
    };
    size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        *texts[i].into = text_dup(texts[i].from);
        if (texts[i].from && !*texts[i].into)
            return fail_oom(err);
    }
    if (asprintf(&status->run_id, "%s:%s", driver->ns ? driver->ns : "", driver->name ? driver->name : "") < 0) {
        status->run_id = NULL;
        return fail_oom(err);
    }
    return 0;
}

int status_new(const struct pod *driver, bool gone, const int *executors, sparkk8s_status **out, sparkk8s_error **err)
{
    struct verdict verdict = verdict_of(driver, gone);
    AUTO(status) status = calloc(1, sizeof(*status));
    int rc;

    if (!status)
        return fail_oom(err);
    status->stage = verdict.stage;
    status->phase = driver->phase;
    status->state = verdict.state;
    status->cause = verdict.cause;
    status->exit_code = verdict.exit_code;
    status->submitted_ms = driver->created_ms;
    status->scheduled_ms = driver->scheduled_ms;
    status->started_ms = driver->driver.started_ms;
    status->finished_ms = driver->driver.finished_ms;
    if (executors) {
        status->executors_known = true;
        memcpy(status->executors, executors, sizeof(status->executors));
    }
    rc = copy_texts(status, driver, &verdict, err);
    if (rc < 0)
        return rc;
    *out = TAKE(status);
    return 0;
}

/* ---- getters ---- */

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

const char *sparkk8s_status_run_id(const sparkk8s_status *status)
{
    return status->run_id;
}

const char *sparkk8s_status_app_id(const sparkk8s_status *status)
{
    return text_or_empty(status->app_id);
}

const char *sparkk8s_status_app_name(const sparkk8s_status *status)
{
    return text_or_empty(status->app_name);
}

int sparkk8s_status_state(const sparkk8s_status *status)
{
    return status->state;
}

int sparkk8s_status_cause(const sparkk8s_status *status)
{
    return status->cause;
}

const char *sparkk8s_status_stage(const sparkk8s_status *status)
{
    return status->stage;
}

int sparkk8s_status_exit_code(const sparkk8s_status *status)
{
    return status->exit_code;
}

const char *sparkk8s_status_reason(const sparkk8s_status *status)
{
    return text_or_empty(status->reason);
}

const char *sparkk8s_status_message(const sparkk8s_status *status)
{
    return text_or_empty(status->message);
}

const char *sparkk8s_status_claim(const sparkk8s_status *status)
{
    return text_or_empty(status->claim);
}

int64_t sparkk8s_status_submitted_ms(const sparkk8s_status *status)
{
    return status->submitted_ms;
}

int64_t sparkk8s_status_scheduled_ms(const sparkk8s_status *status)
{
    return status->scheduled_ms;
}

int64_t sparkk8s_status_started_ms(const sparkk8s_status *status)
{
    return status->started_ms;
}

int64_t sparkk8s_status_finished_ms(const sparkk8s_status *status)
{
    return status->finished_ms;
}

const char *status_ns(const sparkk8s_status *status)
{
    return status->ns;
}

const char *status_pod(const sparkk8s_status *status)
{
    return status->pod;
}

const char *status_uid(const sparkk8s_status *status)
{
    return status->uid;
}

const char *status_version(const sparkk8s_status *status)
{
    return status->version;
}

const char *status_claim(const sparkk8s_status *status)
{
    return status->claim;
}

const char *status_pod_text(const sparkk8s_status *status)
{
    return status->pod_text;
}

const char *status_containers_text(const sparkk8s_status *status)
{
    return status->containers_text;
}

const char *status_phase(const sparkk8s_status *status)
{
    return pod_phase_name(status->phase);
}

int sparkk8s_status_executors(const sparkk8s_status *status, int state)
{
    if (!status->executors_known)
        return -1;
    return state >= 0 && state < STATES ? status->executors[state] : 0;
}

/* ---- JSON ---- */

static json_t *json_moment(int64_t ms)
{
    char text[MOMENT_SIZE];

    if (!ms)
        return json_null();
    moment_rfc3339(ms, text);
    return json_string(text);
}

static json_t *json_text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *json_executors(const sparkk8s_status *status)
{
    AUTO(json) counts = NULL;
    size_t i;

    if (!status->executors_known)
        return json_null();
    counts = json_object();
    for (i = 0; counts && i < COUNT(state_names); i++) {
        AUTO(chars) name = text_lower(state_names[i]);

        if (!name || json_put(counts, name, json_integer(status->executors[i])) < 0)
            return NULL;
    }
    return TAKE(counts);
}

int sparkk8s_status_to_json(const sparkk8s_status *status, char **out, sparkk8s_error **err)
{
    const struct json_member members[] = {
        { "run_id", json_string(status->run_id) },
        { "namespace", json_text_or_null(status->ns) },
        { "driver_pod", json_text_or_null(status->pod) },
        { "driver_uid", json_text_or_null(status->uid) },
        { "app_id", json_text_or_null(status->app_id) },
        { "app_name", json_text_or_null(status->app_name) },
        { "state", json_string(sparkk8s_state_name(status->state)) },
        { "cause", json_string(sparkk8s_cause_name(status->cause)) },
        { "exit_code", status->exit_code == -1 ? json_null() : json_integer(status->exit_code) },
        { "stage", json_string(status->stage) },
        { "reason", json_string(text_or_empty(status->reason)) },
        { "message", json_string(text_or_empty(status->message)) },
        { "node", json_text_or_null(status->node) },
        { "submitted", json_moment(status->submitted_ms) },
        { "scheduled", json_moment(status->scheduled_ms) },
        { "started", json_moment(status->started_ms) },
        { "finished", json_moment(status->finished_ms) },
        { "executors", json_executors(status) },
        { "claim", json_text_or_null(status->claim) },
    };
    char *text = json_members_text(members, COUNT(members));

    if (!text)
        return fail_oom(err);
    *out = text;
    return 0;
}

/* ---- the status of one run, asked for now ---- */

#define PAGE_LIMIT "500"

struct count {
    int executors[STATES];
};

static int count_executor(struct pod *pod, void *owner, sparkk8s_error **err)
{
    struct count *count = owner;

    (void)err;
    if (pod->role == ROLE_EXECUTOR)
        count->executors[executor_state(pod)]++;
    return 0;
}

static int start_page(const struct sparkk8s_run *run, const char *more, struct kube_call **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR selector = STR_INIT(STR_TEXT_LIMIT);
    struct kube_request request = { .method = "GET" };
    int rc;

    rc = kube_path(&target, &kube_pods, run->ns, NULL, NULL, err);
    if (rc < 0)
        return rc;
    str_addf(&selector, "spark-app-selector=%s,spark-role=executor", run->app_id);
    kube_query(&target, "labelSelector", selector.s);
    kube_query(&target, "limit", PAGE_LIMIT);
    if (more)
        kube_query(&target, "continue", more);
    if (target.failed || selector.failed)
        return fail_oom(err);
    request.target = target.s;
    return kube_start(run->kube, &request, NULL, NULL, out, err);
}

/* Takes the first page's call and asks for what follows it. */
static int count_executors(const struct sparkk8s_run *run, struct kube_call *first, const struct kube_limit *limit,
                           struct count *count, sparkk8s_error **err)
{
    AUTO(kube_call) call = first;
    int rc;

    for (;;) {
        struct pod_page page = { 0 };
        const char *body;
        size_t len;

        rc = kube_finish(run->kube, call, limit, err);
        if (rc < 0)
            return rc;
        body = kube_call_body(call, &len);
        rc = pod_page_scan(body, len, &page, count_executor, count, err);
        if (rc < 0)
            return rc;
        kube_call_free(TAKE(call));
        rc = page.more ? start_page(run, page.more, &call, err) : SPARKK8S_END;
        pod_page_clear(&page);
        if (rc)
            return rc < 0 ? rc : 0;
    }
}

/* Sets *gone if the pod of this run is not there any more; `pod` is then what the run object knows. */
static int read_driver(const struct sparkk8s_run *run, struct kube_call *call, const struct kube_limit *limit,
                       struct pod *pod, bool *gone, sparkk8s_error **err)
{
    AUTO(error) refusal = NULL;
    struct scan scan;
    const char *body;
    size_t len;
    int rc;

    rc = kube_finish(run->kube, call, limit, &refusal);
    if (rc < 0 && kube_call_http_status(call) != 404) {
        if (err)
            *err = TAKE(refusal);
        return rc;
    }
    if (rc == 0) {
        body = kube_call_body(call, &len);
        scan = scan_begin(body, len);
        rc = pod_scan(&scan, pod, err);
        if (rc < 0)
            return rc;
    }
    *gone = !pod->uid || (run->uid && strcmp(pod->uid, run->uid));
    if (!*gone)
        return 0;
    pod_clear(pod);
    pod->ns = text_dup(run->ns);
    pod->name = text_dup(run->pod);
    pod->uid = text_dup(run->uid);
    pod->app_id = text_dup(run->app_id);
    return pod->ns && pod->name && (!run->uid || pod->uid) && (!run->app_id || pod->app_id) ? 0 : fail_oom(err);
}

/* Who may read one pod may still not list them: the executors are then not known. */
static int executors_of(const struct sparkk8s_run *run, struct kube_call *call, const struct kube_limit *limit,
                        struct count *count, bool *known, sparkk8s_error **err)
{
    AUTO(error) refusal = NULL;
    int rc = call ? count_executors(run, call, limit, count, &refusal) : SPARKK8S_EFORBIDDEN;

    *known = rc == 0;
    if (rc == 0 || rc == SPARKK8S_EFORBIDDEN)
        return 0;
    if (err)
        *err = TAKE(refusal);
    return rc;
}

int sparkk8s_run_status(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    AUTO(kube_call) get = NULL;
    AUTO(kube_call) list = NULL;
    AUTO_POD pod = { 0 };
    struct count count = { 0 };
    struct kube_limit limit;
    bool gone = false, known = false;
    int rc;

    if (!run || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_status", "a run and a place for the result are needed");
    rc = kube_limit_init(run->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc < 0)
        return rc;
    rc = kube_get(run->kube, &kube_pods, run->ns, run->pod, (struct kube_then){ 0 }, &get, err);
    if (rc == 0 && run->app_id)
        rc = start_page(run, NULL, &list, err);
    if (rc == 0)
        rc = read_driver(run, get, &limit, &pod, &gone, err);
    if (rc == 0)
        rc = executors_of(run, TAKE(list), &limit, &count, &known, err);
    if (rc < 0)
        return rc;
    return status_new(&pod, gone, known ? count.executors : NULL, out, err);
}
