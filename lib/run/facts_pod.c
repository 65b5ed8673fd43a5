/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts of pods: the verdict, and what the spec says about it (limits, image, selector, gates), which no watch keeps.
 * spark.exit-exception is the annotation in which Spark 4.1 and later leave what the driver died of, where
 * spark.kubernetes.driver.annotateExitException is set.
 */
#include "facts.h"

#include "text.h"

enum { LIST_MAX = 400 };

struct text {
    const char *json;
    size_t len;
};

/* A scan that stands before the value at `path`, or one that has failed. */
static struct scan at_path(const struct text *pod, const char *const *path)
{
    struct scan scan = scan_begin(pod->json, pod->len);

    if (!scan_path(&scan, path))
        scan.failed = true;
    return scan;
}

static char *dup(struct facts *facts, const struct slice *slice)
{
    char *text = slice->s ? slice_dup(slice) : NULL;

    if (slice->s && !text)
        facts->failed = true;
    return text;
}

/* ---- lists in a few words ---- */

static void add_word(struct str *out, const char *lead, const char *word, size_t len)
{
    if (out->len + len > LIST_MAX)
        return;
    str_add(out, out->len ? lead : "");
    str_addn(out, word, len);
}

/* "cpu 64, memory 1408Mi" of an object of texts. */
static void list_members(struct scan *scan, const char *between, struct str *out)
{
    struct slice key, value;

    while (scan_key(scan, &key)) {
        if (!scan_text(scan, &value))
            continue;
        add_word(out, ", ", key.s, key.len);
        str_add(out, between);
        str_addn(out, value.s, value.len);
    }
}

/* The text at `path` of each item. */
static void list_items(struct scan *scan, const char *const *path, struct str *out)
{
    while (!scan->failed && scan_item(scan)) {
        struct slice value;

        if (scan_text_at(scan, path, &value))
            add_word(out, ", ", value.s, value.len);
        scan_skip(scan);
    }
}

static void set_list(struct facts *facts, enum fact_var var, const struct text *pod, const char *const *path,
                     const char *const *item)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    struct scan scan = at_path(pod, path);

    if (item)
        list_items(&scan, item, &out);
    else
        list_members(&scan, "=", &out);
    facts->failed = facts->failed || out.failed;
    if (out.len)
        facts_set(facts, var, out.s);
}

static void set_text(struct facts *facts, enum fact_var var, const struct text *pod, const char *const *path)
{
    struct scan scan = at_path(pod, path);
    AUTO(chars) text = NULL;
    struct slice slice;

    if (scan.failed || !scan_raw(&scan, &slice))
        return;
    if (slice.len > 1 && *slice.s == '"') {         /* numbers are taken as they are written */
        slice.s++;
        slice.len -= 2;
    }
    text = dup(facts, &slice);
    facts_set(facts, var, text);
}

/* ---- one container's spec ---- */

struct wants {
    struct str image, requests, limits, memory;
};

static void clear_wants(struct wants *wants)
{
    str_clear(&wants->image);
    str_clear(&wants->requests);
    str_clear(&wants->limits);
    str_clear(&wants->memory);
}
#define AUTO_WANTS __attribute__((cleanup(clear_wants))) struct wants
#define TEXT STR_INIT(STR_TEXT_LIMIT)
#define WANTS_INIT { TEXT, TEXT, TEXT, TEXT }

static void add_text_at(const struct scan *from, const char *const *path, struct str *out)
{
    struct slice value;

    if (scan_text_at(from, path, &value))
        str_addn(out, value.s, value.len);
}

static void add_list_at(const struct scan *from, const char *const *path, struct str *out)
{
    struct scan scan = *from;

    if (scan_path(&scan, path))
        list_members(&scan, " ", out);
}

static void read_wants(const struct text *pod, const char *container, struct wants *wants)
{
    struct scan scan = at_path(pod, SCAN_AT("spec", "containers"));

    while (!scan.failed && scan_item(&scan)) {
        struct slice name;

        if (container && scan_text_at(&scan, SCAN_AT("name"), &name) && scan_is(&name, container)) {
            add_text_at(&scan, SCAN_AT("image"), &wants->image);
            add_list_at(&scan, SCAN_AT("resources", "requests"), &wants->requests);
            add_list_at(&scan, SCAN_AT("resources", "limits"), &wants->limits);
            add_text_at(&scan, SCAN_AT("resources", "limits", "memory"), &wants->memory);
        }
        scan_skip(&scan);
    }
}

static void add_part(struct str *out, const char *name, const char *value)
{
    if (value && *value)
        str_addf(out, "%s%s%s", out->len ? "; " : "", name, value);
}

/* ---- other containers of the driver pod ---- */


static char *text_at(struct facts *facts, const struct scan *from, const char *const *path)
{
    struct slice slice;

    return scan_text_at(from, path, &slice) ? dup(facts, &slice) : NULL;
}

/* Reads one status; what a container that is well, or has its turn to come, has to say is nothing. `first`: one
 * before Spark's, which holds that back until it is done. */
static void read_other(struct facts *facts, const struct scan *status, bool first, const char *spark)
{
    static const char *const quiet[] = { "PodInitializing", "ContainerCreating", NULL };
    AUTO(chars) who = text_at(facts, status, SCAN_AT("name"));
    AUTO(chars) why = NULL;
    AUTO(chars) text = NULL;
    struct scan scan = *status;
    int64_t code = -1;
    bool ended = scan_path(&scan, SCAN_AT("state", "terminated", "exitCode")) && scan_int(&scan, &code);

    why = text_at(facts, status, SCAN_AT("state", ended ? "terminated" : "waiting", "reason"));
    text = text_at(facts, status, SCAN_AT("state", ended ? "terminated" : "waiting", "message"));
    if (!who || (spark && !strcmp(who, spark)) || (ended && !code) || (why && text_is_one_of(why, quiet)))
        return;
    if (first && !facts->vars[VAR_HELD])
        facts_set(facts, VAR_HELD, who);
    if (why)
        facts_add(facts, &(struct fact){ .kind = FACT_CONTAINER, .code = ended ? (int)code : -1, .who = who,
                                         .reason = why, .text = text });
}

static void read_others(struct facts *facts, const struct text *pod, const char *list, bool first, const char *spark)
{
    struct scan scan = at_path(pod, SCAN_AT("status", list));

    while (!scan.failed && scan_item(&scan)) {
        read_other(facts, &scan, first, spark);
        scan_skip(&scan);
    }
}

/* ---- the driver ---- */

static void read_annotation(struct facts *facts, const struct text *pod)
{
    struct scan scan = at_path(pod, SCAN_AT("metadata", "annotations", "spark.exit-exception"));
    AUTO(chars) trace = NULL;
    struct logtail tail;
    struct slice slice;
    const char *at;

    if (scan.failed || !scan_text(&scan, &slice))
        return;
    trace = dup(facts, &slice);
    logtail_init(&tail);
    for (at = trace; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        logtail_line(&tail, at, strcspn(at, "\n"));
    if (logtail_end(&tail, NULL) < 0)
        facts->failed = true;
    tail.trace.best.rank = TRACE_UNCAUGHT;      /* that is when Spark writes it */
    facts_log(facts, false, &tail);
    logtail_clear(&tail);
}

static void add_spec(struct facts *facts, const struct pod *pod, const struct text *text)
{
    AUTO_WANTS wants = WANTS_INIT;
    AUTO_STR line = STR_INIT(STR_TEXT_LIMIT);

    read_wants(text, pod->container, &wants);
    facts_set(facts, VAR_IMAGE, wants.image.s);
    facts_set(facts, VAR_LIMIT, wants.memory.s);
    facts_set(facts, VAR_REQUESTS, wants.requests.s);
    facts_set(facts, VAR_LIMITS, wants.limits.s);
    add_part(&line, "image ", wants.image.s);
    add_part(&line, "requests ", wants.requests.s);
    add_part(&line, "limits ", wants.limits.s);
    add_part(&line, "node selector ", facts->vars[VAR_SELECTOR]);
    add_part(&line, "claims ", facts->vars[VAR_CLAIMS]);
    add_part(&line, "deadline ", facts->vars[VAR_DEADLINE]);
    facts->failed = facts->failed || line.failed;
    facts_add(facts, &(struct fact){ .kind = FACT_SPEC, .code = -1, .text = line.s });
}

static void read_spec(struct facts *facts, const struct pod *pod, const struct text *text)
{
    set_text(facts, VAR_SCHEDULER, text, SCAN_AT("spec", "schedulerName"));
    set_text(facts, VAR_ACCOUNT, text, SCAN_AT("spec", "serviceAccountName"));
    set_text(facts, VAR_DEADLINE, text, SCAN_AT("spec", "activeDeadlineSeconds"));
    set_list(facts, VAR_GATES, text, SCAN_AT("spec", "schedulingGates"), SCAN_AT("name"));
    set_list(facts, VAR_SELECTOR, text, SCAN_AT("spec", "nodeSelector"), NULL);
    set_list(facts, VAR_CLAIMS, text, SCAN_AT("spec", "volumes"), SCAN_AT("persistentVolumeClaim", "claimName"));
    add_spec(facts, pod, text);
    read_others(facts, text, "initContainerStatuses", !facts->started && !pod->initialized, pod->container);
    read_others(facts, text, "containerStatuses", false, pod->container);
    read_annotation(facts, text);
}

static void add_conditions(struct facts *facts, const struct pod *pod)
{
    const struct {
        const char *name, *reason, *message;
    } conditions[] = {
        { "PodScheduled=False", pod->scheduled_reason, pod->scheduled_message },
        { "DisruptionTarget", pod->disruption_reason, pod->disruption_message },
        { "Ready=False", pod->ready_lost ? "set by the node controller, its containers being ready" : NULL, NULL },
    };
    size_t i;

    for (i = 0; i < COUNT(conditions); i++)
        if (conditions[i].reason)
            facts_add(facts, &(struct fact){ .kind = FACT_CONDITION, .code = -1, .who = conditions[i].name,
                                             .reason = conditions[i].reason, .text = conditions[i].message });
}

/* A kubelet that could not start it dates the start to 1970. */
static bool has_run(const struct container_state *state)
{
    return state->running || state->restarts > 0 || (state->terminated && state->started_ms > 0);
}

/* The verdict as a fact, which is the first one. */
static void add_verdict(struct facts *facts, int state, int cause, int exit_code, const char *reason,
                        const char *message)
{
    char code[EXIT_TEXT_SIZE];

    facts->state = state;
    facts->cause = cause;
    facts->exit_code = exit_code;
    exit_text(exit_code, code);
    facts_set(facts, VAR_EXIT, exit_code == -1 ? NULL : code);
    facts_add(facts, &(struct fact){ .kind = FACT_DRIVER, .cause = cause, .code = exit_code, .reason = reason,
                                     .text = message, .who = sparkk8s_state_name(state) });
}

static void set_words(struct facts *facts, const struct pod *pod)
{
    char restarts[16];

    facts_set(facts, VAR_POD, pod->name);
    facts_set(facts, VAR_NS, pod->ns);
    facts_set(facts, VAR_UID, pod->uid);
    facts_set(facts, VAR_NODE, pod->node);
    facts_set(facts, VAR_CONTAINER, pod->container);
    snprintf(restarts, sizeof(restarts), "%d", (int)pod->driver.restarts);
    facts_set(facts, VAR_RESTARTS, pod->driver.restarts ? restarts : NULL);
}

void facts_driver(struct facts *facts, const struct pod *pod, const char *json, size_t len)
{
    struct verdict verdict = verdict_of(pod, false);

    facts->started = has_run(&pod->driver);
    facts->placed = pod->node || pod->scheduled_ms || pod->scheduled_reason;
    facts->gated = pod->our_gate;
    set_words(facts, pod);
    add_verdict(facts, verdict.state, verdict.cause, verdict.exit_code, verdict.reason, verdict.message);
    add_conditions(facts, pod);
    read_spec(facts, pod, &(struct text){ json, len });
}

void facts_gone(struct facts *facts, const struct pod *pod, const struct sight *sight)
{
    struct verdict verdict = verdict_of(pod, true);

    set_words(facts, pod);
    if (state_is_final(sight->state))
        add_verdict(facts, sight->state, sight->cause, sight->exit_code, sight->reason, sight->message);
    else
        add_verdict(facts, verdict.state, verdict.cause, verdict.exit_code, verdict.reason, verdict.message);
}

/* ---- volumes ---- */

static bool is_told_of(const struct facts *facts, const char *volume)
{
    AUTO(chars) words = NULL;
    size_t i;

    if (asprintf(&words, "*volume \"%s\"*", volume) < 0) {
        words = NULL;
        return false;
    }
    for (i = 0; i < facts->count; i++)
        if (facts->v[i].kind == FACT_EVENT && facts->v[i].text && text_glob(words, facts->v[i].text))
            return true;
    return false;
}

void facts_volumes(struct facts *facts, const char *json, size_t len)
{
    static const struct {
        const char *what, *source, *key;
    } sources[] = {
        { "ConfigMap", "configMap", "name" },
        { "Secret", "secret", "secretName" },
        { "claim", "persistentVolumeClaim", "claimName" },
        { "host path", "hostPath", "path" },
        { "NFS server", "nfs", "server" },
        { "CSI driver", "csi", "driver" },
    };
    struct scan scan = at_path(&(struct text){ json, len }, SCAN_AT("spec", "volumes"));
    size_t i;

    while (!scan.failed && scan_item(&scan)) {
        AUTO(chars) name = text_at(facts, &scan, SCAN_AT("name"));

        for (i = 0; name && i < COUNT(sources); i++) {
            AUTO(chars) what = text_at(facts, &scan, SCAN_AT(sources[i].source, sources[i].key));
            AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

            if (!what || !is_told_of(facts, name))
                continue;
            str_addf(&text, "%s %s", sources[i].what, what);
            facts->failed = facts->failed || text.failed;
            facts_add(facts, &(struct fact){ .kind = FACT_VOLUME, .code = -1, .who = name, .text = text.s });
        }
        scan_skip(&scan);
    }
}

/* ---- executors ---- */

/* Those that Spark itself has let go are in no trouble. */
static bool is_in_trouble(const struct verdict *verdict)
{
    return verdict->state != SPARKK8S_STATE_SUCCEEDED && verdict->cause != SPARKK8S_CAUSE_DELETED &&
        (verdict->cause != SPARKK8S_CAUSE_NONE || verdict->state == SPARKK8S_STATE_FAILED ||
         verdict->state == SPARKK8S_STATE_PENDING);
}

void facts_executor(struct facts *facts, const struct pod *pod, const char *json, size_t len)
{
    struct verdict verdict = verdict_of(pod, false);
    AUTO_STR detail = STR_INIT(STR_TEXT_LIMIT);
    AUTO_WANTS wants = WANTS_INIT;

    facts->executors[verdict.state]++;
    if (!is_in_trouble(&verdict))
        return;
    read_wants(&(struct text){ json, len }, pod->container, &wants);
    add_part(&detail, "image ", verdict.cause == SPARKK8S_CAUSE_IMAGE ? wants.image.s : NULL);
    add_part(&detail, "requests ", wants.requests.s);
    add_part(&detail, "limits ", wants.limits.s);
    facts->failed = facts->failed || detail.failed;
    facts_add(facts, &(struct fact){ .kind = FACT_EXECUTOR, .cause = verdict.cause, .code = verdict.exit_code,
                                     .reason = *verdict.reason ? verdict.reason : verdict.stage,
                                     .text = verdict.message, .who = pod->name, .detail = detail.s });
}

void facts_executors_end(struct facts *facts, bool known, bool more)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    int state;

    if (!known)
        return;
    for (state = 0; state < STATES; state++)
        if (facts->executors[state])
            str_addf(&text, "%s%d %s", text.len ? ", " : "", facts->executors[state], sparkk8s_state_name(state));
    str_add(&text, text.len ? more ? ", and more" : "" : "none");
    facts->failed = facts->failed || text.failed;
    facts_set(facts, VAR_EXECUTORS, text.s);
    facts_add(facts, &(struct fact){ .kind = FACT_EXECUTORS, .code = -1, .text = text.s });
}
