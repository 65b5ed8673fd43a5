/* SPDX-License-Identifier: Apache-2.0 */
/* The kubelet of cluster.h: containers of a pod, one after the other, and their logs as the API serves them. */
#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "moment.h"
#include "must.h"

#define SECOND INT64_C(1000000000)

static struct container *current(const struct object *pod)
{
    return &pod->containers[pod->container_count - 1];
}

/* ---- states ---- */

static json_t *moment(void)
{
    char text[MOMENT_SIZE];

    moment_rfc3339(moment_now_ms(), text);
    return json_string(text);
}

static void set_status(struct cluster *cluster, struct object *pod, const char *phase, json_t *state)
{
    json_t *json = cluster_edit(pod), *status;
    char id[64];

    snprintf(id, sizeof(id), "containerd://%s-%zu", json_text_at(json, "metadata", "uid", NULL), pod->container_count);
    status = json_pack("{s:s, s:[{s:s, s:s, s:i, s:o}]}", "phase", phase, "containerStatuses", "name",
                       json_text_at(json_array_get(json_at(json, "spec", "containers", NULL), 0), "name", NULL), "containerID", id,
                       "restartCount", (int)pod->container_count - 1, "state", state);
    must(status, "no status");
    json_object_set_new(json, "status", status);
    cluster_set(cluster, pod, json);
}

void node_start(struct cluster *cluster, struct object *pod)
{
    pod->containers = realloc(pod->containers, (pod->container_count + 1) * sizeof(*pod->containers));
    must(pod->containers, "out of memory");
    pod->containers[pod->container_count++] = (struct container){ 0 };
    set_status(cluster, pod, "Running", json_pack("{s:{s:o}}", "running", "startedAt", moment()));
}

static void finish_logs(struct cluster *cluster, const struct object *pod, const char *words)
{
    struct stream *stream, *next;

    for (stream = cluster->streams; stream; stream = next) {
        struct web_conn *conn = stream->conn;

        next = stream->next;
        if (!stream->pod || (pod && stream->pod != pod))
            continue;
        web_chunk(conn, words, strlen(words));
        cluster_stream_gone(stream);
        web_finish(conn);
    }
}

void node_exit(struct cluster *cluster, struct object *pod, int code, bool again)
{
    current(pod)->ended = true;
    set_status(cluster, pod, again ? "Running" : code ? "Failed" : "Succeeded",
               json_pack("{s:{s:i, s:s, s:o}}", "terminated", "exitCode", code, "reason", code ? "Error" : "Completed", "finishedAt",
                         moment()));
    finish_logs(cluster, pod, "");
}

void node_end_logs(struct cluster *cluster, const char *words)
{
    finish_logs(cluster, NULL, words);
}

void node_forget(struct object *pod)
{
    size_t i, n;

    for (i = 0; i < pod->container_count; i++) {
        for (n = 0; n < pod->containers[i].count; n++)
            free(pod->containers[i].lines[n].text);
        free(pod->containers[i].lines);
    }
    free(pod->containers);
}

/* ---- logs ---- */

void node_print(struct cluster *cluster, struct object *pod, int64_t ns, const char *text, size_t len)
{
    struct container *container = current(pod);
    char seconds[MOMENT_SIZE], stamp[48];
    struct stream *stream;
    struct line *line;
    size_t n;

    if (container->count == container->size) {
        container->size = container->size * 2 + 64;
        container->lines = realloc(container->lines, container->size * sizeof(*container->lines));
        must(container->lines, "out of memory");
    }
    moment_rfc3339(ns / SECOND * 1000, seconds);
    n = (size_t)snprintf(stamp, sizeof(stamp), "%.19s.%09dZ ", seconds, (int)(ns % SECOND));
    line = &container->lines[container->count++];
    *line = (struct line){ .ns = ns, .text = malloc(n + len + 1), .len = n + len + 1 };
    must(line->text, "out of memory");
    memcpy(line->text, stamp, n);
    memcpy(line->text + n, text, len);
    line->text[n + len] = '\n';
    for (stream = cluster->streams; stream; stream = stream->next)
        if (stream->pod == pod && stream->container == pod->container_count - 1)
            web_chunk(stream->conn, line->text, line->len);
}

/* The lines that are asked for, in one piece; false: it is to end there. */
static bool send_lines(struct cluster *cluster, const struct container *container, struct web_conn *conn,
                       const struct web_request *request)
{
    char since[MOMENT_SIZE + 1] = "", tail[16] = "", *all;
    size_t i, first = 0, size = 0, len = 0;
    int64_t from = 0;
    bool cut;

    if (web_param(request, "sinceTime", since, sizeof(since)))
        must(moment_parse(since, strlen(since), &from), "sinceTime: %s", since);
    from = from / SECOND * SECOND;
    if (web_param(request, "tailLines", tail, sizeof(tail)) && strtoul(tail, NULL, 10) < container->count)
        first = container->count - strtoul(tail, NULL, 10);
    for (i = first; i < container->count; i++)
        size += container->lines[i].len;
    all = malloc(size + 1);
    must(all, "out of memory");
    for (i = first; i < container->count; i++)
        if (container->lines[i].ns >= from) {
            memcpy(all + len, container->lines[i].text, container->lines[i].len);
            len += container->lines[i].len;
        }
    cut = cluster->end_log_at && cluster->end_log_at <= len;
    web_chunk(conn, all, cut ? cluster->end_log_at - 1 : len);
    if (cut)
        cluster->end_log_at = 0;
    free(all);
    return !cut;
}

static void open_log(struct cluster *cluster, struct object *pod, size_t container, struct web_conn *conn,
                     const struct web_request *request)
{
    struct stream *stream;
    char text[8];

    if (!web_param(request, "follow", text, sizeof(text)) || pod->containers[container].ended) {
        web_stream(conn, NULL, NULL);
        send_lines(cluster, &pod->containers[container], conn, request);
        web_finish(conn);
        return;
    }
    stream = calloc(1, sizeof(*stream));
    must(stream, "out of memory");
    *stream = (struct stream){ .cluster = cluster, .conn = conn, .next = cluster->streams, .pod = pod, .container = container };
    cluster->streams = stream;
    web_stream(conn, cluster_stream_gone, stream);
    if (send_lines(cluster, &pod->containers[container], conn, request))
        return;
    cluster_stream_gone(stream);
    web_finish(conn);
}

void node_log(struct cluster *cluster, struct object *pod, struct web_conn *conn, const struct web_request *request)
{
    char text[8];
    bool previous = web_param(request, "previous", text, sizeof(text));

    must(web_param(request, "timestamps", text, sizeof(text)), "a log without times");
    if (cluster->kubelet_down)
        cluster_refuse(conn, 500, "", "dial tcp 10.0.0.1:10250: connect: connection refused", -1);
    else if (pod->container_count < (previous ? 2 : 1))
        cluster_refuse(conn, 400, "BadRequest", previous ? "previous terminated container not found" :
                       "the container is waiting to start: ContainerCreating", -1);
    else
        open_log(cluster, pod, pod->container_count - (previous ? 2 : 1), conn, request);
}
