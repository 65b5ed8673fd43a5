/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a pod object. Tables say which field goes where; three kinds of array (containers, their states,
 * conditions) need a function. spec and status are read last, whatever their place in the text: which
 * container is Spark's depends on the role in metadata, and whose state counts depends on the spec.
 *
 * Not read: managedFields (half of the bytes) and everything else that no verdict needs.
 */
#include "pod.h"

#include "error.h"
#include "moment.h"
#include "run.h"
#include "text.h"

#define TEXT_MAX 4096               /* of a kept message; the kubelet's own limit for termination messages */

enum field_kind { END, TEXT, TIME, NUMBER, OBJECT, CALL };

struct reading {
    struct scan *scan;
    struct pod *pod;
    const char *wanted;             /* the container asked for by name, or NULL */
    int score;                      /* of the container that is taken for Spark's so far */
    int64_t unready_ms, disrupted_ms;
    bool unready, ready_reason, containers_ready;
    bool oom;
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
    const struct field *fields;     /* of OBJECT */
    void (*call)(struct reading *reading);
};

/* Text that is not UTF-8 is left out: nothing that we hand on may break a JSON document. */
static void keep_slice(struct reading *reading, const struct slice *slice, char **into)
{
    char *text;
    size_t len;

    if (!slice->s || !slice->len)
        return;
    text = slice_dup(slice);
    if (!text) {
        reading->oom = true;
        return;
    }
    len = strlen(text);
    if (!text_is_utf8(text, len)) {
        free(text);
        return;
    }
    if (len > TEXT_MAX) {
        for (len = TEXT_MAX; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
            ;
        text[len] = '\0';
    }
    free(*into);
    *into = text;
}

static void read_text(struct reading *reading, char **into)
{
    struct slice slice;

    if (scan_text(reading->scan, &slice))
        keep_slice(reading, &slice, into);
}

static void read_time(struct scan *scan, int64_t *into)
{
    struct slice slice;
    int64_t ns;

    if (scan_text(scan, &slice) && moment_parse(slice.s, slice.len, &ns))
        *into = ns / 1000000;
}

static void read_number(struct scan *scan, int32_t *into)
{
    int64_t value;

    if (scan_int(scan, &value) && value >= INT32_MIN && value <= INT32_MAX)
        *into = (int32_t)value;
}

static void read_fields(struct reading *reading, const struct field *fields, void *into)
{
    struct slice key;

    while (scan_key(reading->scan, &key)) {
        const struct field *field = fields;
        void *at;

        while (field->kind != END && !scan_is(&key, field->key))
            field++;
        at = (char *)into + field->offset;
        switch (field->kind) {
        case TEXT:
            read_text(reading, at);
            break;
        case TIME:
            read_time(reading->scan, at);
            break;
        case NUMBER:
            read_number(reading->scan, at);
            break;
        case OBJECT:
            read_fields(reading, field->fields, at);
            break;
        case CALL:
            field->call(reading);
            break;
        case END:
            scan_skip(reading->scan);
            break;
        }
    }
}

/* ---- metadata ---- */

static void read_role(struct reading *reading)
{
    struct slice slice;

    if (!scan_text(reading->scan, &slice))
        return;
    if (scan_is(&slice, "driver"))
        reading->pod->role = ROLE_DRIVER;
    else if (scan_is(&slice, "executor"))
        reading->pod->role = ROLE_EXECUTOR;
}

#define POD(member) offsetof(struct pod, member)

static const struct field label_fields[] = {
    { .key = "spark-app-selector", .kind = TEXT, .offset = POD(app_id) },
    { .key = "spark-app-name", .kind = TEXT, .offset = POD(app_label) },
    { .key = "spark-exec-id", .kind = TEXT, .offset = POD(exec_id) },
    { .key = "spark-role", .kind = CALL, .call = read_role },
    { .key = LABEL_SUBMISSION, .kind = TEXT, .offset = POD(submission) },
    { .kind = END },
};

static const struct field annotation_fields[] = {
    { .key = "spark-app-name", .kind = TEXT, .offset = POD(app_name) },     /* unshortened, where Spark sets it */
    { .key = ANNOTATION_CLAIM, .kind = TEXT, .offset = POD(claim) },
    { .kind = END },
};

static const struct field metadata_fields[] = {
    { .key = "name", .kind = TEXT, .offset = POD(name) },
    { .key = "namespace", .kind = TEXT, .offset = POD(ns) },
    { .key = "uid", .kind = TEXT, .offset = POD(uid) },
    { .key = "resourceVersion", .kind = TEXT, .offset = POD(version) },
    { .key = "creationTimestamp", .kind = TIME, .offset = POD(created_ms) },
    { .key = "deletionGracePeriodSeconds", .kind = NUMBER, .offset = POD(grace_s) },
    { .key = "deletionTimestamp", .kind = TIME, .offset = POD(deleted_ms) },
    { .key = "labels", .kind = OBJECT, .fields = label_fields },
    { .key = "annotations", .kind = OBJECT, .fields = annotation_fields },
    { .kind = END },
};

/* ---- spec ---- */

static void read_gates(struct reading *reading)
{
    struct pod *pod = reading->pod;
    struct slice key, name;

    while (scan_item(reading->scan)) {
        pod->gated = true;
        while (scan_key(reading->scan, &key)) {
            if (!scan_is(&key, "name"))
                scan_skip(reading->scan);
            else if (scan_text(reading->scan, &name) && scan_is(&name, GATE_SUBMISSION))
                pod->our_gate = true;
            else
                pod->other_gate = true;
        }
    }
}

static bool has_app_id(struct scan *scan)
{
    struct slice key, name;
    bool found = false;

    while (scan_item(scan))
        while (scan_key(scan, &key))
            if (!scan_is(&key, "name"))
                scan_skip(scan);
            else if (scan_text(scan, &name) && scan_is(&name, "SPARK_APPLICATION_ID"))
                found = true;
    return found;
}

static bool first_is_role(struct scan *scan)
{
    struct slice text;
    bool first = true, found = false;

    for (; scan_item(scan); first = false)
        if (scan_text(scan, &text) && first)
            found = scan_is(&text, "driver") || scan_is(&text, "executor");
    return found;
}

struct candidate {
    struct slice name, policy;
    bool rules;                     /* restartPolicyRules is not empty */
    int score;                      /* how much it looks like Spark's */
};

static struct candidate read_candidate(struct scan *scan)
{
    struct candidate it = { .score = 1 };
    struct slice key;

    while (scan_key(scan, &key)) {
        if (scan_is(&key, "name"))
            scan_text(scan, &it.name);
        else if (scan_is(&key, "restartPolicy"))
            scan_text(scan, &it.policy);
        else if (scan_is(&key, "restartPolicyRules"))
            while (scan_item(scan)) {
                it.rules = true;
                scan_skip(scan);
            }
        else if (scan_is(&key, "env"))
            it.score += has_app_id(scan) ? 1 : 0;
        else if (scan_is(&key, "args"))
            it.score += first_is_role(scan) ? 2 : 0;
        else
            scan_skip(scan);
    }
    return it;
}

/*
 * Which container is Spark's: the one with Spark's name; a pod template may give it another, so else the one
 * that is started as "driver" or "executor", or has Spark's variables; among equals the last, because Spark
 * puts its own after those of the template.
 */
static void read_containers(struct reading *reading)
{
    struct pod *pod = reading->pod;
    const char *usual = pod->role == ROLE_EXECUTOR ? "spark-kubernetes-executor" : "spark-kubernetes-driver";
    bool pod_restarts = pod->restarts;

    while (scan_item(reading->scan)) {
        struct candidate it = read_candidate(reading->scan);

        if (!it.name.s)
            continue;
        if (scan_is(&it.name, reading->wanted ? reading->wanted : usual))
            it.score = 8;
        if (it.score < reading->score)
            continue;
        reading->score = it.score;
        keep_slice(reading, &it.name, &pod->container);
        pod->restarts = it.rules || (it.policy.s ? !scan_is(&it.policy, "Never") : pod_restarts);
    }
}

/* A pass of its own before the containers: the policy of the pod is the default for each of them. */
static void read_restart_policy(struct reading *reading)
{
    struct slice policy;

    if (scan_text(reading->scan, &policy))
        reading->pod->restarts = !scan_is(&policy, "Never");
}

static const struct field policy_fields[] = {
    { .key = "restartPolicy", .kind = CALL, .call = read_restart_policy },
    { .kind = END },
};

static const struct field spec_fields[] = {
    { .key = "nodeName", .kind = TEXT, .offset = POD(node) },
    { .key = "schedulingGates", .kind = CALL, .call = read_gates },
    { .key = "containers", .kind = CALL, .call = read_containers },
    { .kind = END },
};

/* ---- status ---- */

static void container_clear(struct container_state *state)
{
    free(state->id);
    free(state->reason);
    free(state->message);
    free(state->last_reason);
    *state = (struct container_state){ 0 };
}

#define STATE(member) offsetof(struct container_state, member)

static const struct field waiting_fields[] = {
    { .key = "reason", .kind = TEXT, .offset = STATE(reason) },
    { .key = "message", .kind = TEXT, .offset = STATE(message) },
    { .kind = END },
};

static const struct field running_fields[] = {
    { .key = "startedAt", .kind = TIME, .offset = STATE(started_ms) },
    { .kind = END },
};

static const struct field terminated_fields[] = {
    { .key = "exitCode", .kind = NUMBER, .offset = STATE(exit_code) },
    { .key = "signal", .kind = NUMBER, .offset = STATE(signal) },
    { .key = "reason", .kind = TEXT, .offset = STATE(reason) },
    { .key = "message", .kind = TEXT, .offset = STATE(message) },
    { .key = "startedAt", .kind = TIME, .offset = STATE(started_ms) },
    { .key = "finishedAt", .kind = TIME, .offset = STATE(finished_ms) },
    { .kind = END },
};

static const struct field last_terminated_fields[] = {
    { .key = "exitCode", .kind = NUMBER, .offset = STATE(last_exit_code) },
    { .key = "reason", .kind = TEXT, .offset = STATE(last_reason) },
    { .kind = END },
};

static const struct field last_fields[] = {
    { .key = "terminated", .kind = OBJECT, .fields = last_terminated_fields },
    { .kind = END },
};

static void read_state(struct reading *reading, struct container_state *state)
{
    struct slice key;

    while (scan_key(reading->scan, &key)) {
        if (scan_is(&key, "waiting")) {
            read_fields(reading, waiting_fields, state);
        } else if (scan_is(&key, "running")) {
            state->running = true;
            read_fields(reading, running_fields, state);
        } else if (scan_is(&key, "terminated")) {
            state->terminated = true;
            read_fields(reading, terminated_fields, state);
        } else {
            scan_skip(reading->scan);
        }
    }
}

static void read_container(struct reading *reading, struct container_state *state, struct slice *name)
{
    struct slice key;

    *state = (struct container_state){ .present = true, .exit_code = -1 };
    while (scan_key(reading->scan, &key)) {
        if (scan_is(&key, "name"))
            scan_text(reading->scan, name);
        else if (scan_is(&key, "state"))
            read_state(reading, state);
        else if (scan_is(&key, "lastState"))
            read_fields(reading, last_fields, state);
        else if (scan_is(&key, "restartCount"))
            read_number(reading->scan, &state->restarts);
        else if (scan_is(&key, "containerID"))
            read_text(reading, &state->id);
        else
            scan_skip(reading->scan);
    }
}

static bool is_container(const struct reading *reading, const struct slice *name)
{
    const char *container = reading->wanted ? reading->wanted : reading->pod->container;

    return name->s && scan_is(name, container ? container : "spark-kubernetes-driver");
}

static void read_container_states(struct reading *reading)
{
    struct container_state state;

    while (scan_item(reading->scan)) {
        struct slice name = { 0 };

        read_container(reading, &state, &name);
        if (is_container(reading, &name)) {
            container_clear(&reading->pod->driver);
            reading->pod->driver = state;
        } else {
            container_clear(&state);
        }
    }
}

/* "PodInitializing" is the turn not yet come. One that restarts (a native sidecar that crashes) holds the pod
 * back in whatever state it is seen. */
static bool holds_back(const struct container_state *state)
{
    if (state->terminated)
        return state->exit_code != 0;
    if (state->running)
        return state->restarts > 0;
    return state->reason && strcmp(state->reason, "PodInitializing");
}

static void read_init_states(struct reading *reading)
{
    struct container_state state;

    while (scan_item(reading->scan)) {
        struct slice name = { 0 };

        read_container(reading, &state, &name);
        if (reading->wanted && is_container(reading, &name)) {
            container_clear(&reading->pod->driver);
            reading->pod->driver = state;
        } else if (!reading->pod->waiting.present && holds_back(&state)) {
            reading->pod->waiting = state;
        } else {
            container_clear(&state);
        }
    }
}

struct condition {
    struct slice type, status, reason, message;
    int64_t since_ms;
};

static struct condition read_condition(struct scan *scan)
{
    struct condition it = { 0 };
    struct slice key;

    while (scan_key(scan, &key)) {
        if (scan_is(&key, "type"))
            scan_text(scan, &it.type);
        else if (scan_is(&key, "status"))
            scan_text(scan, &it.status);
        else if (scan_is(&key, "reason"))
            scan_text(scan, &it.reason);
        else if (scan_is(&key, "message"))
            scan_text(scan, &it.message);
        else if (scan_is(&key, "lastTransitionTime"))
            read_time(scan, &it.since_ms);
        else
            scan_skip(scan);
    }
    return it;
}

static void take_condition(struct reading *reading, const struct condition *it)
{
    struct pod *pod = reading->pod;
    bool yes = it->status.s && scan_is(&it->status, "True");
    bool no = it->status.s && scan_is(&it->status, "False");

    if (scan_is(&it->type, "PodScheduled") && yes) {
        pod->scheduled_ms = it->since_ms;
    } else if (scan_is(&it->type, "PodScheduled") && no) {
        keep_slice(reading, &it->reason, &pod->scheduled_reason);
        keep_slice(reading, &it->message, &pod->scheduled_message);
    } else if (scan_is(&it->type, "DisruptionTarget") && yes) {
        keep_slice(reading, &it->reason, &pod->disruption_reason);
        keep_slice(reading, &it->message, &pod->disruption_message);
        reading->disrupted_ms = it->since_ms;
    } else if (scan_is(&it->type, "Ready") && no) {
        reading->unready = true;
        reading->unready_ms = it->since_ms;
        reading->ready_reason = it->reason.s && it->reason.len;
    } else if (scan_is(&it->type, "ContainersReady")) {
        reading->containers_ready = yes;
    } else if (scan_is(&it->type, "Initialized")) {
        pod->initialized = yes;
    } else if (scan_is(&it->type, "PodReadyToStartContainers")) {
        pod->sandbox_ready = yes;
    }
}

static void read_conditions(struct reading *reading)
{
    struct pod *pod = reading->pod;

    while (scan_item(reading->scan)) {
        struct condition it = read_condition(reading->scan);

        if (it.type.s)
            take_condition(reading, &it);
    }
    /* The node controller, which cannot ask the node, sets Ready alone and gives no reason; a kubelet sets
     * both. */
    pod->ready_lost = reading->unready && !reading->ready_reason && reading->containers_ready;
    pod->lost_first = reading->unready && pod->disruption_reason && reading->unready_ms < reading->disrupted_ms;
}

static const char *const phase_names[] = { "", "Pending", "Running", "Succeeded", "Failed", "Unknown" };

const char *pod_phase_name(enum pod_phase phase)
{
    return phase_names[phase];
}

static void read_phase(struct reading *reading)
{
    struct slice phase;
    size_t i;

    if (!scan_text(reading->scan, &phase))
        return;
    for (i = 1; i < COUNT(phase_names); i++)
        if (scan_is(&phase, phase_names[i]))
            reading->pod->phase = (enum pod_phase)i;
}

static const struct field status_fields[] = {
    { .key = "phase", .kind = CALL, .call = read_phase },
    { .key = "reason", .kind = TEXT, .offset = POD(reason) },
    { .key = "message", .kind = TEXT, .offset = POD(message) },
    { .key = "startTime", .kind = TIME, .offset = POD(started_ms) },
    { .key = "conditions", .kind = CALL, .call = read_conditions },
    { .key = "containerStatuses", .kind = CALL, .call = read_container_states },
    { .key = "ephemeralContainerStatuses", .kind = CALL, .call = read_container_states },
    { .key = "initContainerStatuses", .kind = CALL, .call = read_init_states },
    { .kind = END },
};

/* ---- the whole ---- */

/* Reads, at a place passed over earlier, an object into the pod. */
static void read_later(struct reading *reading, struct scan *place, const struct field *fields)
{
    struct scan *scan = reading->scan;
    struct scan later = *place;

    if (!later.at || scan->failed)
        return;
    reading->scan = &later;
    read_fields(reading, fields, reading->pod);
    reading->scan = scan;
    scan->failed = scan->failed || later.failed;
}

int pod_scan_container(struct scan *scan, const char *container, struct pod *pod, sparkk8s_error **err)
{
    struct reading reading = { .scan = scan, .pod = pod, .wanted = container };
    struct scan spec = { 0 }, status = { 0 };
    struct slice key;

    *pod = (struct pod){ .driver.exit_code = -1 };
    while (scan_key(scan, &key)) {
        if (scan_is(&key, "metadata")) {
            read_fields(&reading, metadata_fields, pod);
            continue;
        }
        if (scan_is(&key, "spec"))
            spec = *scan;
        else if (scan_is(&key, "status"))
            status = *scan;
        scan_skip(scan);
    }
    read_later(&reading, &spec, policy_fields);
    read_later(&reading, &spec, spec_fields);
    read_later(&reading, &status, status_fields);
    if (!scan->failed && !reading.oom)
        return 0;
    pod_clear(pod);
    return reading.oom ? fail_oom(err) : fail(err, SPARKK8S_ESERVER, NULL, "the server sent a pod that is not JSON");
}

int pod_scan(struct scan *scan, struct pod *pod, sparkk8s_error **err)
{
    return pod_scan_container(scan, NULL, pod, err);
}

#define CONTAINER_TEXTS(c) POD(c.id), POD(c.reason), POD(c.message), POD(c.last_reason)

static const size_t texts[] = {
    POD(ns), POD(name), POD(uid), POD(version), POD(app_id), POD(app_label), POD(app_name), POD(node), POD(submission),
    POD(claim), POD(exec_id), POD(container), POD(reason), POD(message), POD(scheduled_reason), POD(scheduled_message),
    POD(disruption_reason), POD(disruption_message), POD(text), POD(containers_text), CONTAINER_TEXTS(driver),
    CONTAINER_TEXTS(waiting),
};

static char **text_at(struct pod *pod, size_t i)
{
    return (char **)((char *)pod + texts[i]);
}

bool pod_pack(struct pod *pod)
{
    char **text, *block, *at;
    size_t i, size = 1, len;

    for (i = 0; i < COUNT(texts); i++)
        size += *text_at(pod, i) ? strlen(*text_at(pod, i)) + 1 : 0;
    block = at = malloc(size);
    if (!block)
        return false;
    for (i = 0; i < COUNT(texts); i++) {
        text = text_at(pod, i);
        if (!*text)
            continue;
        len = strlen(*text) + 1;
        memcpy(at, *text, len);
        if (!pod->block)
            free(*text);
        *text = at;
        at += len;
    }
    free(pod->block);
    pod->block = block;
    return true;
}

void pod_clear(struct pod *pod)
{
    size_t i;

    for (i = 0; i < COUNT(texts) && !pod->block; i++)
        free(*text_at(pod, i));
    free(pod->block);
    *pod = (struct pod){ .driver.exit_code = -1 };
}
