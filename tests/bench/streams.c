/* SPDX-License-Identifier: Apache-2.0 */
/*
 * streams KUBECONFIG URL CA TOKEN WHAT ROUNDS: reads the same stream through the library and with as little as can be done with it, in turns:
 *
 *     watch    a watch of 100 runs; beside libcurl with jansson (and yyjson, if it is there) parsing each event
 *     log      a log, line by line with its times and its resume marks; beside libcurl throwing the bytes away
 *
 * Prints a line for each way: name, wall seconds, CPU seconds (medians), events or lines.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>
#if __has_include(<yyjson.h>)
#include <yyjson.h>
#endif

#include "clock.h"

#define MOST_ROUNDS 32
#define WATCH_NS "fleet-100-20000"
#define LOG_NS "log-1000000"
#define DRIVER "bench-000000-driver"

struct target {
    const char *url, *ca, *token;
    sparkk8s_client *client;
};

struct text {
    char *s;
    size_t len, room;
};

struct figures {
    double wall[MOST_ROUNDS], cpu[MOST_ROUNDS];
    long units;
};

typedef long read_fn(const struct target *target);

/* ---- libcurl alone ---- */

static size_t count_bytes(char *bytes, size_t size, size_t n, void *owner)
{
    (void)bytes;
    *(long *)owner += (long)(size * n);
    return size * n;
}

struct events {
    struct text line;
    long (*parse)(const char *line, size_t len);
    long count;
};

static size_t split_events(char *bytes, size_t size, size_t n, void *owner)
{
    struct events *events = owner;
    char *end, *at = bytes;
    size_t left = size * n, len;

    while (left) {
        end = memchr(at, '\n', left);
        len = end ? (size_t)(end - at) : left;
        if (events->line.len + len > events->line.room)
            events->line.s = realloc(events->line.s, events->line.room = 2 * (events->line.len + len));
        memcpy(events->line.s + events->line.len, at, len);
        events->line.len += len;
        if (end) {
            events->count += events->parse(events->line.s, events->line.len);
            events->line.len = 0;
            len++;
        }
        at += len;
        left -= len;
    }
    return size * n;
}

static void fetch(const struct target *target, const char *path, curl_write_callback write, void *owner)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *list = NULL;
    char text[512];

    snprintf(text, sizeof text, "Authorization: Bearer %s", target->token);
    list = curl_slist_append(list, text);
    snprintf(text, sizeof text, "%s%s", target->url, path);
    curl_easy_setopt(easy, CURLOPT_URL, text);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, owner);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    if (curl_easy_perform(easy) != CURLE_OK) {
        fprintf(stderr, "libcurl: %s\n", text);
        exit(1);
    }
    curl_slist_free_all(list);
    curl_easy_cleanup(easy);
}

static long parse_jansson(const char *line, size_t len)
{
    json_t *event = json_loadb(line, len, 0, NULL);
    int ok = json_string_value(json_object_get(event, "type")) != NULL;

    json_decref(event);
    return ok;
}

static long raw_watch(const struct target *target, long (*parse)(const char *line, size_t len))
{
    struct events events = { .parse = parse };

    fetch(target, "/api/v1/namespaces/" WATCH_NS "/pods?watch=1&labelSelector=spark-role%3Ddriver", split_events, &events);
    free(events.line.s);
    return events.count;
}

static long jansson_watch(const struct target *target)
{
    return raw_watch(target, parse_jansson);
}

#ifdef YYJSON_H
static long parse_yyjson(const char *line, size_t len)
{
    yyjson_doc *event = yyjson_read(line, len, 0);
    int ok = yyjson_obj_get(yyjson_doc_get_root(event), "type") != NULL;

    yyjson_doc_free(event);
    return ok;
}

static long yyjson_watch(const struct target *target)
{
    return raw_watch(target, parse_yyjson);
}
#endif

static long raw_log(const struct target *target)
{
    long bytes = 0;

    fetch(target, "/api/v1/namespaces/" LOG_NS "/pods/" DRIVER "/log?timestamps=true&follow=true", count_bytes, &bytes);
    return bytes;
}

/* ---- the library ---- */

/* To the end of all runs. */
static long library_watch(const struct target *target)
{
    sparkk8s_select select = { .size = sizeof select, .ns = WATCH_NS };
    sparkk8s_call forever = { .size = sizeof forever, .timeout_ms = -1 };
    sparkk8s_watch *watch = NULL;
    sparkk8s_status *status = NULL;
    sparkk8s_error *err = NULL;
    long ended = 0;

    if (sparkk8s_watch_open(target->client, &select, &watch, &err) < 0)
        die("watch", err);
    while (ended < 100) {
        if (sparkk8s_watch_next(watch, &forever, &status, &err) < 0)
            die("watch", err);
        ended += sparkk8s_status_state(status) == SPARKK8S_STATE_SUCCEEDED;
        sparkk8s_status_free(status);
    }
    sparkk8s_watch_free(watch);
    return ended;
}

static long library_log(const struct target *target)
{
    sparkk8s_logs_opts opts = { .size = sizeof opts, .flags = SPARKK8S_LOGS_FOLLOW };
    sparkk8s_call forever = { .size = sizeof forever, .timeout_ms = -1 };
    sparkk8s_error *err = NULL;
    sparkk8s_logs *logs = NULL;
    sparkk8s_run *run = NULL;
    const char *line;
    long lines = 0;
    size_t len;
    int rc;

    if (sparkk8s_run_open(target->client, LOG_NS, DRIVER, NULL, &run, &err) < 0 || sparkk8s_logs_open(run, &opts, &logs, &err) < 0)
        die("logs", err);
    while ((rc = sparkk8s_logs_next(logs, &forever, &line, &len, &err)) == SPARKK8S_OK)
        lines++;
    if (rc != SPARKK8S_END)
        die("logs", err);
    sparkk8s_logs_free(logs);
    sparkk8s_run_free(run);
    return lines;
}

/* ---- in turns ---- */

static const struct way {
    const char *what, *name;
    read_fn *read;
} ways[] = {
    { "watch", "libsparkk8s", library_watch },
    { "watch", "libcurl+jansson", jansson_watch },
#ifdef YYJSON_H
    { "watch", "libcurl+yyjson", yyjson_watch },
#endif
    { "log", "libsparkk8s", library_log },
    { "log", "libcurl", raw_log },
};
#define WAYS (sizeof ways / sizeof *ways)

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

int main(int argc, char **argv)
{
    static struct figures figures[WAYS];
    sparkk8s_client_opts opts = { .size = sizeof opts };
    sparkk8s_error *err = NULL;
    struct target target;
    int i, rounds;
    size_t k;

    if (argc != 7 || (rounds = atoi(argv[6])) > MOST_ROUNDS)
        return 2;
    target = (struct target){ .url = argv[2], .ca = argv[3], .token = argv[4] };
    opts.kubeconfig = argv[1];
    if (sparkk8s_client_new(&opts, &target.client, &err) < 0)
        die("setting up", err);
    for (i = 0; i < rounds; i++)
        for (k = 0; k < WAYS; k++) {
            double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

            if (strcmp(ways[k].what, argv[5]) != 0)
                continue;
            figures[k].units = ways[k].read(&target);
            figures[k].wall[i] = now(CLOCK_MONOTONIC) - wall;
            figures[k].cpu[i] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        }
    for (k = 0; k < WAYS; k++)
        if (strcmp(ways[k].what, argv[5]) == 0)
            printf("%s %.6f %.6f %ld\n", ways[k].name, median(figures[k].wall, rounds), median(figures[k].cpu, rounds), figures[k].units);
    sparkk8s_client_free(target.client);
    return 0;
}
