/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "moment.h"
#include "must.h"

#define BOOKMARK_MS 60000
#define WATCH_MS 300000

/* ---- selectors ---- */

static bool label_is(const json_t *object, const char *key, const char *value)
{
    const char *has = json_text_at(object, "metadata", "labels", key, NULL);

    return has && !strcmp(has, value);
}

/* "key=value" or "key in (a,b)" */
static bool term_matches(const json_t *object, char *term)
{
    char *open = strstr(term, " in ("), *equals = strchr(term, '='), *save, *value;

    if (!open) {
        must(equals, "a selector that nobody knows: %s", term);
        *equals = '\0';
        return label_is(object, term, equals + 1);
    }
    *open = '\0';
    for (value = strtok_r(open + 5, ",)", &save); value; value = strtok_r(NULL, ",)", &save))
        if (label_is(object, term, value))
            return true;
    return false;
}

static bool labels_match(const json_t *object, const char *selector)
{
    char text[256], *term = text, *at;
    int depth = 0;

    snprintf(text, sizeof(text), "%s", selector);
    for (at = text; *term; at++) {
        depth += (*at == '(') - (*at == ')');
        if (*at && (*at != ',' || depth))
            continue;
        if (!*at)
            return term_matches(object, term);
        *at = '\0';
        if (!term_matches(object, term))
            return false;
        term = at + 1;
    }
    return true;
}

static bool matches(const json_t *object, const char *labels, const char *fields)
{
    static const char name[] = "metadata.name=";

    if (*fields && (strncmp(fields, name, strlen(name)) ||
                    strcmp(fields + strlen(name), json_text_at(object, "metadata", "name", NULL))))
        return false;
    return labels_match(object, labels);
}

/* ---- watches ---- */

void cluster_stream_gone(void *owner)
{
    struct stream *stream = owner, **each = &stream->cluster->streams;

    while (*each != stream)
        each = &(*each)->next;
    *each = stream->next;
    sim_alarm_off(&stream->alarm);
    free(stream);
}

static void finish(struct stream *stream)
{
    struct web_conn *conn = stream->conn;

    cluster_stream_gone(stream);
    web_finish(conn);
}

static void send_bookmark(struct stream *stream, const char *annotations)
{
    char line[256];

    web_chunk(stream->conn, line, (size_t)snprintf(line, sizeof(line), "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\","
              "\"metadata\":{\"resourceVersion\":\"%lld\"%s}}}\n", (long long)stream->cluster->version, annotations));
}

static void on_alarm(void *owner)
{
    struct stream *stream = owner;

    if (sim_now_ms() >= stream->until_ms) {
        finish(stream);
        return;
    }
    sim_alarm_in(&stream->alarm, BOOKMARK_MS);
    send_bookmark(stream, "");
}

/* What is there, as if it was added just now; then live. */
static void send_list(struct stream *stream)
{
    const struct object *object;

    for (object = stream->cluster->objects; object; object = object->next) {
        AUTO(json) event = json_pack("{s:s, s:O}", "type", "ADDED", "object", object->json);
        char *text = json_dumps(event, JSON_COMPACT);

        if (!strcmp(object->plural, "pods") && matches(object->json, stream->labels, stream->fields)) {
            web_chunk(stream->conn, text, strlen(text));
            web_chunk(stream->conn, "\n", 1);
        }
        free(text);
    }
    send_bookmark(stream, ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
}

static void note(struct cluster *cluster, const char *type, const char *plural, json_t *object)
{
    struct event *event;
    struct stream *stream;
    char *text;

    if (cluster->event_count == cluster->event_size) {
        cluster->event_size = cluster->event_size * 2 + 16;
        cluster->events = realloc(cluster->events, cluster->event_size * sizeof(*cluster->events));
        must(cluster->events, "out of memory");
    }
    text = json_dumps(object, JSON_COMPACT);
    event = &cluster->events[cluster->event_count++];
    *event = (struct event){ .version = cluster->version, .object = json_incref(object) };
    event->len = (size_t)asprintf(&event->line, "{\"type\":\"%s\",\"object\":%s}\n", type, text);
    free(text);
    for (stream = strcmp(plural, "pods") ? NULL : cluster->streams; stream; stream = stream->next)
        if (!stream->pod && matches(object, stream->labels, stream->fields))
            web_chunk(stream->conn, event->line, event->len);
    if (cluster->hooks.changed)
        cluster->hooks.changed(cluster->hooks.owner, type, plural, object);
}

static void watch(struct cluster *cluster, struct web_conn *conn, const struct web_request *request)
{
    static const char expired[] = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
                                  "\"message\":\"too old resource version\"}}\n";
    struct stream *stream = calloc(1, sizeof(*stream));
    char version[32] = "", seconds[16] = "";
    bool streams = web_param(request, "sendInitialEvents", seconds, sizeof(seconds));
    size_t i;

    web_param(request, "resourceVersion", version, sizeof(version));
    must(stream && (*version || streams), "a watch from anywhere");
    *stream = (struct stream){ .cluster = cluster, .conn = conn, .next = cluster->streams,
                               .alarm = { .due = on_alarm, .owner = stream } };
    cluster->streams = stream;
    web_param(request, "labelSelector", stream->labels, sizeof(stream->labels));
    web_param(request, "fieldSelector", stream->fields, sizeof(stream->fields));
    stream->until_ms = sim_now_ms() + (web_param(request, "timeoutSeconds", seconds, sizeof(seconds)) ?
                                       atoi(seconds) * 1000 : WATCH_MS);
    web_stream(conn, cluster_stream_gone, stream);
    sim_alarm_in(&stream->alarm, BOOKMARK_MS);
    if (streams) {
        send_list(stream);
        return;
    }
    if (atoll(version) < cluster->floor) {
        web_chunk(conn, expired, sizeof(expired) - 1);
        finish(stream);
        return;
    }
    for (i = 0; i < cluster->event_count; i++)
        if (cluster->events[i].version > atoll(version) && matches(cluster->events[i].object, stream->labels, stream->fields))
            web_chunk(conn, cluster->events[i].line, cluster->events[i].len);
}

void cluster_end_watches(struct cluster *cluster)
{
    struct stream *stream, *next;

    for (stream = cluster->streams; stream; stream = next) {
        next = stream->next;
        if (!stream->pod)
            finish(stream);
    }
}

static void drop_events(struct cluster *cluster)
{
    size_t i;

    for (i = 0; i < cluster->event_count; i++) {
        json_decref(cluster->events[i].object);
        free(cluster->events[i].line);
    }
    cluster->event_count = 0;
}

void cluster_forget(struct cluster *cluster)
{
    drop_events(cluster);
    cluster->floor = ++cluster->version;        /* as after a restart: the last one that a client saw is too old */
    json_decref(cluster->snapshot);
    cluster->snapshot = NULL;
}

/* ---- objects ---- */

struct object *cluster_find(const struct cluster *cluster, const char *plural, const char *name)
{
    struct object *object = cluster->objects;

    while (object && (strcmp(object->plural, plural) || strcmp(object->name, name)))
        object = object->next;
    return object;
}

size_t cluster_count(const struct cluster *cluster, const char *plural)
{
    const struct object *object;
    size_t count = 0;

    for (object = cluster->objects; object; object = object->next)
        count += !strcmp(object->plural, plural);
    return count;
}

json_t *cluster_edit(const struct object *object)
{
    json_t *copy = json_deep_copy(object->json);

    must(copy, "out of memory");
    return copy;
}

static void give_version(struct cluster *cluster, struct object *object, json_t *json)
{
    char version[24];

    snprintf(version, sizeof(version), "%lld", (long long)++cluster->version);
    json_object_set_new(json_object_get(json, "metadata"), "resourceVersion", json_string(version));
    json_decref(object->json);
    object->json = json;
    object->name = json_text_at(json, "metadata", "name", NULL);
}

void cluster_set(struct cluster *cluster, struct object *object, json_t *json)
{
    give_version(cluster, object, json);
    note(cluster, "MODIFIED", object->plural, json);
}

struct object *cluster_add(struct cluster *cluster, const char *plural, json_t *json)
{
    struct object *object = calloc(1, sizeof(*object)), **end = &cluster->objects;
    json_t *meta = json_object_get(json, "metadata");
    char text[MOMENT_SIZE];

    must(object, "out of memory");
    snprintf(object->plural, sizeof(object->plural), "%s", plural);
    snprintf(text, sizeof(text), "uid-%d", ++cluster->uids);
    json_object_set_new(meta, "uid", json_string(text));
    moment_rfc3339(moment_now_ms(), text);
    json_object_set_new(meta, "creationTimestamp", json_string(text));
    while (*end)
        end = &(*end)->next;
    *end = object;
    give_version(cluster, object, json);
    note(cluster, "ADDED", plural, json);
    return object;
}

static bool is_owned_by(const json_t *object, const char *uid)
{
    const json_t *owners = json_at(object, "metadata", "ownerReferences", NULL);
    size_t i;

    for (i = 0; i < json_array_size(owners); i++)
        if (!strcmp(json_text_at(json_array_get(owners, i), "uid", NULL), uid))
            return true;
    return false;
}

static void collect(struct cluster *cluster, const char *uid)
{
    struct object *object, *next;

    for (object = cluster->objects; object; object = next) {
        next = object->next;
        if (!is_owned_by(object->json, uid))
            continue;
        cluster_remove(cluster, object);
        next = cluster->objects;
    }
}

static void unlink_object(struct cluster *cluster, struct object *object)
{
    struct object **each = &cluster->objects;

    while (*each != object)
        each = &(*each)->next;
    *each = object->next;
}

static void free_object(struct object *object)
{
    node_forget(object);
    json_decref(object->json);
    free(object);
}

void cluster_remove(struct cluster *cluster, struct object *object)
{
    struct stream *stream, *next;

    for (stream = cluster->streams; stream; stream = next) {
        next = stream->next;
        if (stream->pod == object)
            finish(stream);
    }
    unlink_object(cluster, object);
    give_version(cluster, object, cluster_edit(object));
    note(cluster, "DELETED", object->plural, object->json);
    collect(cluster, json_text_at(object->json, "metadata", "uid", NULL));
    free_object(object);
}

/* ---- answers ---- */

void cluster_refuse(struct web_conn *conn, int code, const char *reason, const char *message, int retry_after_s)
{
    json_t *status = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "kind", "Status", "apiVersion", "v1", "status", "Failure",
                               "reason", reason, "message", message, "code", code);
    char *text = json_dumps(status, JSON_COMPACT), header[40] = "";

    if (retry_after_s >= 0)
        snprintf(header, sizeof(header), "Retry-After: %d\r\n", retry_after_s);
    web_answer(conn, code, header, text, strlen(text));
    free(text);
    json_decref(status);
}

static void answer(struct web_conn *conn, int code, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    web_answer(conn, code, "", text, strlen(text));
    free(text);
}

/* ---- verbs ---- */

static json_t *all(const struct cluster *cluster, const char *plural, const struct web_request *request)
{
    char labels[256] = "", fields[256] = "";
    const struct object *object;
    json_t *items = json_array();

    web_param(request, "labelSelector", labels, sizeof(labels));
    web_param(request, "fieldSelector", fields, sizeof(fields));
    for (object = cluster->objects; object; object = object->next)
        if (!strcmp(object->plural, plural) && matches(object->json, labels, fields))
            json_array_append(items, object->json);
    return items;
}

static void answer_page(struct cluster *cluster, struct web_conn *conn, size_t at, size_t limit)
{
    size_t i, end = at + limit < json_array_size(cluster->snapshot) ? at + limit : json_array_size(cluster->snapshot);
    json_t *items = json_array(), *list;
    char version[32], more[64] = "";

    for (i = at; i < end; i++)
        json_array_append(items, json_array_get(cluster->snapshot, i));
    snprintf(version, sizeof(version), "%lld", (long long)cluster->snapshot_version);
    if (end < json_array_size(cluster->snapshot))
        snprintf(more, sizeof(more), "%s:%zu", version, end);
    list = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "kind", "PodList", "apiVersion", "v1", "metadata", "resourceVersion",
                     version, "continue", more, "items", items);
    answer(conn, 200, list);
    json_decref(list);
}

static void list(struct cluster *cluster, const char *plural, struct web_conn *conn, const struct web_request *request)
{
    char more[64] = "", limit[16] = "";
    size_t page = web_param(request, "limit", limit, sizeof(limit)) ? strtoul(limit, NULL, 10) : SIZE_MAX / 2, at = 0;

    if (cluster->page && cluster->page < page)
        page = cluster->page;
    if (!web_param(request, "continue", more, sizeof(more))) {
        json_decref(cluster->snapshot);
        cluster->snapshot = all(cluster, plural, request);
        cluster->snapshot_version = cluster->version;
    } else if (!cluster->snapshot || atoll(more) != cluster->snapshot_version) {
        cluster_refuse(conn, 410, "Expired", "The provided continue parameter is too old", -1);
        return;
    } else {
        at = strtoul(strchr(more, ':') + 1, NULL, 10);
    }
    answer_page(cluster, conn, at, page);
}

static void create(struct cluster *cluster, const char *plural, const char *ns, struct web_conn *conn, const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    const char *name = json_text_at(json, "metadata", "name", NULL);

    must(name, "created without a name: %s", body);
    if (cluster_find(cluster, plural, name)) {
        cluster_refuse(conn, 409, "AlreadyExists", "it already exists", -1);
        json_decref(json);
        return;
    }
    json_object_set_new(json_object_get(json, "metadata"), "namespace", json_string(ns));
    if (!strcmp(plural, "pods"))
        json_object_set_new(json, "status", json_pack("{s:s}", "phase", "Pending"));
    answer(conn, 201, cluster_add(cluster, plural, json)->json);
}

static void take_gates(json_t *spec, const json_t *patch)
{
    json_t *gates = json_object_get(spec, "schedulingGates");
    size_t i, n;

    for (n = 0; n < json_array_size(patch); n++)
        for (i = json_array_size(gates); i-- > 0;)
            if (!strcmp(json_text_at(json_array_get(gates, i), "name", NULL),
                        json_text_at(json_array_get(patch, n), "name", NULL)))
                json_array_remove(gates, i);
    if (!json_array_size(gates))
        json_object_del(spec, "schedulingGates");
}

static void patch(struct cluster *cluster, struct object *object, struct web_conn *conn, const char *body)
{
    json_t *patch = json_loads(body, 0, NULL), *json = cluster_edit(object);
    const char *uid = json_text_at(patch, "metadata", "uid", NULL);

    if (uid && strcmp(uid, json_text_at(json, "metadata", "uid", NULL))) {
        cluster_refuse(conn, 422, "Invalid", "metadata.uid: field is immutable", -1);
        json_decref(json);
    } else {
        take_gates(json_object_get(json, "spec"), json_at(patch, "spec", "schedulingGates", NULL));
        if (json_equal(json, object->json))     /* then it has no new version */
            json_decref(json);
        else
            cluster_set(cluster, object, json);
        answer(conn, 200, object->json);
    }
    json_decref(patch);
}

static bool is_as_wanted(const struct object *object, const json_t *options)
{
    static const char *const keys[] = { "uid", "resourceVersion" };
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *wanted = json_text_at(options, "preconditions", keys[i], NULL);

        if (wanted && strcmp(wanted, json_text_at(object->json, "metadata", keys[i], NULL)))
            return false;
    }
    return true;
}

/* What runs is told to end, and is removed when it has. */
static void delete(struct cluster *cluster, struct object *object, struct web_conn *conn, const char *body)
{
    json_t *options = json_loads(body, 0, NULL), *grace = json_object_get(options, "gracePeriodSeconds"), *json;
    char text[MOMENT_SIZE];

    if (!is_as_wanted(object, options)) {
        cluster_refuse(conn, 409, "Conflict", "the precondition failed", -1);
    } else if (object->container_count && !object->containers[object->container_count - 1].ended &&
               (!grace || json_integer_value(grace))) {
        json = cluster_edit(object);
        moment_rfc3339(moment_now_ms() + 30000, text);
        json_object_set_new(json_object_get(json, "metadata"), "deletionTimestamp", json_string(text));
        json_object_set_new(json_object_get(json, "metadata"), "deletionGracePeriodSeconds", json_integer(30));
        cluster_set(cluster, object, json);
        answer(conn, 200, object->json);
    } else {
        answer(conn, 200, object->json);
        cluster_remove(cluster, object);
    }
    json_decref(options);
}

/* "/api/v1/namespaces/NS/PLURAL[/NAME[/log]]", also of a group. */
struct target {
    char ns[64], plural[32], name[256], sub[16];
};

static void find_target(const char *path, struct target *target)
{
    const char *at = strstr(path, "/namespaces/");

    *target = (struct target){ .name = "" };
    must(at && sscanf(at, "/namespaces/%63[^/]/%31[^/]/%255[^/]/%15s", target->ns, target->plural, target->name, target->sub) >= 2,
         "a path that nobody knows: %s", path);
}

static const char *verb_of(const struct target *target, const struct web_request *request)
{
    char text[8];

    if (!strcmp(request->method, "GET"))
        return !strcmp(target->sub, "log") ? "log" : *target->name ? "get" : web_param(request, "watch", text, sizeof(text)) ?
            "watch" : "list";
    return !strcmp(request->method, "POST") ? "create" : !strcmp(request->method, "PATCH") ? "patch" : "delete";
}

static void carry_out(struct cluster *cluster, const char *verb, const struct target *target, struct web_conn *conn,
                      const struct web_request *request)
{
    struct object *object = cluster_find(cluster, target->plural, target->name);

    if (!strcmp(verb, "list"))
        list(cluster, target->plural, conn, request);
    else if (!strcmp(verb, "watch"))
        watch(cluster, conn, request);
    else if (!strcmp(verb, "create"))
        create(cluster, target->plural, target->ns, conn, request->body);
    else if (!object)
        cluster_refuse(conn, 404, "NotFound", "there is no such object", -1);
    else if (!strcmp(verb, "get"))
        answer(conn, 200, object->json);
    else if (!strcmp(verb, "log"))
        node_log(cluster, object, conn, request);
    else if (!strcmp(verb, "patch"))
        patch(cluster, object, conn, request->body);
    else
        delete(cluster, object, conn, request->body);
}

static void answer_version(const struct cluster *cluster, struct web_conn *conn)
{
    char text[64];

    web_answer(conn, 200, "", text, (size_t)snprintf(text, sizeof(text), "{\"major\":\"1\",\"minor\":\"%d\"}", cluster->minor));
}

static void handle(void *owner, struct web_conn *conn, const struct web_request *request)
{
    struct cluster *cluster = owner;
    struct trouble trouble = { 0 };
    struct target target;
    char verb[48];

    if (!strcmp(request->path, "/version")) {
        answer_version(cluster, conn);
        return;
    }
    find_target(request->path, &target);
    snprintf(verb, sizeof(verb), "%s %s", verb_of(&target, request), target.plural);
    if (cluster->hooks.trouble)
        trouble = cluster->hooks.trouble(cluster->hooks.owner, verb);
    if (!trouble.code || trouble.after) {
        *strchr(verb, ' ') = '\0';
        web_mute(conn, trouble.code != 0);
        carry_out(cluster, verb, &target, conn, request);
        web_mute(conn, false);
    }
    if (!trouble.code)
        return;
    if (trouble.code < 0)
        web_close(conn);
    else
        cluster_refuse(conn, trouble.code, "InternalError", "trouble", trouble.retry_after_s);
}

/* ---- life ---- */

struct cluster *cluster_new(struct cluster_hooks hooks)
{
    struct cluster *cluster = calloc(1, sizeof(*cluster));

    must(cluster, "out of memory");
    *cluster = (struct cluster){ .hooks = hooks, .web = { .handle = handle, .owner = cluster }, .version = 100, .floor = 1, .minor = 33 };
    return cluster;
}

void cluster_free(struct cluster *cluster)
{
    struct object *object;

    web_clear(&cluster->web);
    while ((object = cluster->objects)) {
        cluster->objects = object->next;
        free_object(object);
    }
    drop_events(cluster);
    free(cluster->events);
    json_decref(cluster->snapshot);
    free(cluster);
}

int cluster_dial(void *owner)
{
    struct cluster *cluster = owner;

    return web_dial(&cluster->web);
}
