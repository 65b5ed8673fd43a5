/* SPDX-License-Identifier: Apache-2.0 */
#include "podtext.h"

#include "error.h"
#include "json.h"
#include "str.h"

#define POD_INDENT 1                /* tabs before a pod's lines */
#define CONTAINER_INDENT 2          /* before those of its containers, in between */
#define FINAL_INDENT 1              /* before those of the containers alone, at the end */

/* What a state of a container has to tell: one key, or two levels of it. */
struct detail {
    const char *words, *key;
};
static const struct state {
    const char *key;
    struct detail details[5];       /* words NULL at the end */
} states[] = {
    { "running", { { "container started at", "startedAt" } } },
    { "waiting", { { "pending reason", "reason" } } },
    { "terminated",
      { { "container started at", "startedAt" }, { "container finished at", "finishedAt" }, { "exit code", "exitCode" },
        { "termination reason", "reason" } } },
};

/* A value must not look like a line of its own. */
static void add_clean(struct str *out, const char *text)
{
    for (; *text; text++)
        str_addc(out, (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

static void add_head(struct str *out, int indent, const char *words)
{
    str_addc(out, '\n');
    for (; indent; indent--)
        str_addc(out, '\t');
    str_addf(out, " %s: ", words);
}

static void add_pair(struct str *out, int indent, const char *words, const char *value)
{
    add_head(out, indent, words);
    add_clean(out, value && *value ? value : "N/A");
}

static void add_detail(struct str *out, int indent, const struct detail *detail, const json_t *state)
{
    const json_t *value = json_object_get(state, detail->key);

    if (!json_is_integer(value)) {
        add_pair(out, indent, detail->words, json_string_value(value));
        return;
    }
    add_head(out, indent, detail->words);
    str_addf(out, "%lld", (long long)json_integer_value(value));
}

static void add_container(struct str *out, int indent, const json_t *status)
{
    const json_t *state = NULL;
    const struct detail *detail;
    size_t i;

    add_pair(out, indent, "container name", json_text_at(status, "name", NULL));
    add_pair(out, indent, "container image", json_text_at(status, "image", NULL));
    for (i = 0; i < COUNT(states) && !state; i++)
        state = json_at(status, "state", states[i].key, NULL);
    add_pair(out, indent, "container state", state ? states[i - 1].key : NULL);
    for (detail = states[i - 1].details; state && detail->words; detail++)
        add_detail(out, indent, detail, state);
}

static void add_containers(struct str *out, int indent, const json_t *pod)
{
    const json_t *status;
    size_t i;

    json_array_foreach(json_at(pod, "status", "containerStatuses", NULL), i, status) {
        if (i)
            str_add(out, "\n\n");
        add_container(out, indent, status);
    }
}

static void add_labels(struct str *out, const json_t *pod)
{
    const char *key, *separator = "";
    json_t *value;

    json_object_foreach(json_at(pod, "metadata", "labels", NULL), key, value) {
        str_addf(out, "%s%s -> %s", separator, key, json_is_string(value) ? json_string_value(value) : "");
        separator = ", ";
    }
}

static void add_volumes(struct str *out, const json_t *pod)
{
    const json_t *volume;
    size_t i;

    json_array_foreach(json_at(pod, "spec", "volumes", NULL), i, volume) {
        const char *name = json_text_at(volume, "name", NULL);

        str_addf(out, "%s%s", i ? ", " : "", name ? name : "");
    }
}

static const struct {
    const char *words, *part, *key;
    void (*add)(struct str *out, const json_t *pod);        /* instead of a text at part.key */
} rows[] = {
    { "pod name", "metadata", "name", NULL },
    { "namespace", "metadata", "namespace", NULL },
    { "labels", NULL, NULL, add_labels },
    { "pod uid", "metadata", "uid", NULL },
    { "creation time", "metadata", "creationTimestamp", NULL },
    { "service account name", "spec", "serviceAccountName", NULL },
    { "volumes", NULL, NULL, add_volumes },
    { "node name", "spec", "nodeName", NULL },
    { "start time", "status", "startTime", NULL },
    { "phase", "status", "phase", NULL },
};

static void add_pod(struct str *out, const json_t *pod)
{
    size_t i, before;

    for (i = 0; i < COUNT(rows); i++) {
        AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);

        if (!rows[i].add) {
            add_pair(out, POD_INDENT, rows[i].words, json_text_at(pod, rows[i].part, rows[i].key, NULL));
            continue;
        }
        rows[i].add(&value, pod);
        if (value.failed)
            str_fail(out);
        add_pair(out, POD_INDENT, rows[i].words, value.s);
    }
    add_head(out, POD_INDENT, "container status");
    before = out->len;
    add_containers(out, CONTAINER_INDENT, pod);
    if (out->len == before)
        str_add(out, "N/A");
}

int pod_scan_text(struct scan *scan, struct pod *pod, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR containers = STR_INIT(STR_TEXT_LIMIT);
    AUTO(json) object = NULL;
    struct scan again = *scan;
    struct slice raw;
    int rc = pod_scan(scan, pod, err);

    if (rc < 0)
        return rc;
    rc = scan_raw(&again, &raw) ? json_parse(raw.s, raw.len, "pod", &object, err) : SPARKK8S_EPARSE;
    if (rc == SPARKK8S_EPARSE)
        rc = fail(err, SPARKK8S_ESERVER, NULL, "the server sent a pod that is not JSON");
    if (rc == 0) {
        add_pod(&text, object);
        add_containers(&containers, FINAL_INDENT, object);
        pod->text = str_take(&text);
        pod->containers_text = str_take(&containers);
        rc = pod->text && pod->containers_text ? 0 : fail_oom(err);
    }
    if (rc < 0)
        pod_clear(pod);
    return rc;
}
