/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts of lists and objects beside the pods: events, quotas, limit ranges, the node. Events of an ordinary start are
 * no facts, and those of a start that went well in the end are not either: nearly every spark-submit shows a
 * FailedMount.
 */
#include "facts.h"

#include "text.h"

static const char *const ordinary[] = {
    "Scheduled", "Pulling", "Pulled", "Created", "Started", "SandboxChanged", "SuccessfulAttachVolume", NULL,
};

static const char *const of_starting[] = {
    "FailedScheduling", "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "Failed",
    "FailedToRetrieveImagePullSecret", "TriggeredScaleUp", "NotTriggerScaleUp", NULL,
};

static char *text_at(struct facts *facts, const struct scan *from, const char *const *path)
{
    struct slice slice;
    char *text;

    if (!scan_text_at(from, path, &slice))
        return NULL;
    text = slice_dup(&slice);
    if (!text)
        facts->failed = true;
    return text;
}

static int64_t number_at(const struct scan *from, const char *const *path)
{
    struct scan scan = *from;
    int64_t number;

    return scan_path(&scan, path) && scan_int(&scan, &number) ? number : 0;
}

static bool is_of(const struct scan *event, const char *uid, const char *name)
{
    struct slice slice;

    return scan_text_at(event, uid ? SCAN_AT("involvedObject", "uid") : SCAN_AT("involvedObject", "name"), &slice) &&
        scan_is(&slice, uid ? uid : name);
}

static void add_event(struct facts *facts, enum fact_kind kind, const struct scan *event)
{
    AUTO(chars) reason = text_at(facts, event, SCAN_AT("reason"));
    AUTO(chars) message = text_at(facts, event, SCAN_AT("message"));
    int64_t count = number_at(event, SCAN_AT("count")), series = number_at(event, SCAN_AT("series", "count"));
    bool over = kind == FACT_EVENT && facts->started;

    if (!reason || text_is_one_of(reason, ordinary) || (over && text_is_one_of(reason, of_starting)))
        return;
    count = series > count ? series : count;
    count = count < 1 || count > INT32_MAX ? 1 : count;
    facts_add(facts, &(struct fact){ .kind = kind, .code = -1, .count = (int)count, .reason = reason,
                                     .text = message });
}

int facts_events(struct facts *facts, enum fact_kind kind, const char *uid, const char *name, const char *json,
                 size_t len)
{
    struct scan scan = scan_begin(json, len);
    int count = 0;

    if (!scan_find(&scan, "items"))
        return 0;
    while (scan_item(&scan)) {
        if (is_of(&scan, uid, name)) {
            add_event(facts, kind, &scan);
            count++;
        }
        scan_skip(&scan);
    }
    return count;
}

/* ---- the namespace's limits ---- */

/* "pods 1 of 1, requests.memory 1408Mi of 2Gi" */
static void describe_quota(const struct scan *quota, struct str *out)
{
    struct scan hard = *quota;
    struct slice key, value, used;

    if (!scan_path(&hard, SCAN_AT("status", "hard")))
        return;
    while (scan_key(&hard, &key)) {
        AUTO(chars) name = slice_dup(&key);
        bool known;

        if (!scan_text(&hard, &value) || !name)
            continue;
        known = scan_text_at(quota, SCAN_AT("status", "used", name), &used);
        str_addf(out, "%s%s %.*s of %.*s", out->len ? ", " : "", name, known ? (int)used.len : 1, known ? used.s : "?",
                 (int)value.len, value.s);
    }
}

/* "Container max memory 2Gi, min cpu 100m; Pod max ..." */
static void describe_limits(const struct scan *range, struct str *out)
{
    static const char *const bounds[] = { "max", "min", "maxLimitRequestRatio" };
    struct scan limits = *range;
    struct slice key, value;
    size_t i;

    if (!scan_path(&limits, SCAN_AT("spec", "limits")))
        return;
    while (scan_item(&limits)) {
        if (scan_text_at(&limits, SCAN_AT("type"), &value))
            str_addf(out, "%s%.*s", out->len ? "; " : "", (int)value.len, value.s);
        for (i = 0; i < COUNT(bounds); i++) {
            struct scan scan = limits;

            if (!scan_path(&scan, SCAN_AT(bounds[i])))
                continue;
            while (scan_key(&scan, &key))
                if (scan_text(&scan, &value))
                    str_addf(out, " %s %.*s %.*s", bounds[i], (int)key.len, key.s, (int)value.len, value.s);
        }
        scan_skip(&limits);
    }
}

static void add_each(struct facts *facts, enum fact_kind kind, const char *json, size_t len,
                     void (*describe)(const struct scan *item, struct str *out))
{
    struct scan scan = scan_begin(json, len);

    if (!scan_find(&scan, "items"))
        return;
    while (scan_item(&scan)) {
        AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
        AUTO(chars) name = text_at(facts, &scan, SCAN_AT("metadata", "name"));

        describe(&scan, &text);
        facts->failed = facts->failed || text.failed;
        if (text.len)
            facts_add(facts, &(struct fact){ .kind = kind, .code = -1, .who = name, .text = text.s });
        scan_skip(&scan);
    }
}

void facts_quotas(struct facts *facts, const char *json, size_t len)
{
    add_each(facts, FACT_QUOTA, json, len, describe_quota);
}

void facts_limits(struct facts *facts, const char *json, size_t len)
{
    add_each(facts, FACT_LIMITS, json, len, describe_limits);
}

/* ---- the node ---- */

void facts_node(struct facts *facts, const char *json, size_t len)
{
    const struct scan whole = scan_begin(json, len);
    AUTO(chars) name = text_at(facts, &whole, SCAN_AT("metadata", "name"));
    struct scan conditions = whole;

    if (!scan_path(&conditions, SCAN_AT("status", "conditions")))
        return;
    while (scan_item(&conditions)) {
        AUTO(chars) type = text_at(facts, &conditions, SCAN_AT("type"));
        AUTO(chars) status = text_at(facts, &conditions, SCAN_AT("status"));
        AUTO(chars) reason = text_at(facts, &conditions, SCAN_AT("reason"));
        AUTO(chars) message = text_at(facts, &conditions, SCAN_AT("message"));
        AUTO(chars) detail = NULL;

        scan_skip(&conditions);
        if (!type || !status || strcmp(type, "Ready") != 0)
            continue;
        if (asprintf(&detail, "Ready=%s", status) < 0) {
            detail = NULL;
            facts->failed = true;
        }
        facts_add(facts, &(struct fact){ .kind = FACT_NODE, .code = -1, .who = name, .reason = reason, .text = message,
                                         .detail = detail });
    }
}

/* "node.kubernetes.io/unreachable:NoSchedule, dedicated=etl:NoExecute" */
static void describe_taints(const struct scan *node, struct str *out)
{
    struct scan taints = *node;
    struct slice key, value, effect;

    if (!scan_path(&taints, SCAN_AT("spec", "taints")))
        return;
    while (scan_item(&taints)) {
        if (scan_text_at(&taints, SCAN_AT("key"), &key) && scan_text_at(&taints, SCAN_AT("effect"), &effect)) {
            bool valued = scan_text_at(&taints, SCAN_AT("value"), &value) && value.len;

            str_addf(out, "%s%.*s%s%.*s:%.*s", out->len ? ", " : "taints ", (int)key.len, key.s, valued ? "=" : "",
                     valued ? (int)value.len : 0, valued ? value.s : "", (int)effect.len, effect.s);
        }
        scan_skip(&taints);
    }
}

void facts_taints(struct facts *facts, const char *json, size_t len)
{
    add_each(facts, FACT_NODE, json, len, describe_taints);
}
