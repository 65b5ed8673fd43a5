/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess KUBECONFIG URL CA TOKEN N: submits the same application N times through the library, over one client, and sends the same
 * requests with libcurl alone, over one multi handle; in turns of ten. Prints wall and CPU seconds of both.
 *
 * Raw libcurl here is the least that a program can do: the bodies are ready-made text, answers are thrown away, easy handles are
 * reused, connections kept.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

#include "clock.h"

#define OBJECTS 8
#define TURN 10

struct raw {
    CURLM *multi;
    CURL *easy[OBJECTS];
    struct curl_slist *json, *apply, *merge;
    char *url[OBJECTS], *body[OBJECTS], *patch_url, *patch;
    size_t count;
};

struct spent {
    double wall, cpu;
};

static size_t ignore(char *bytes, size_t size, size_t n, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * n;
}

static char *format(const char *pattern, const char *a, const char *b, const char *c)
{
    size_t room = strlen(pattern) + strlen(a) + strlen(b) + strlen(c) + 1;
    char *out = malloc(room);

    snprintf(out, room, pattern, a, b, c);
    return out;
}

static struct curl_slist *headers(const char *token, const char *type)
{
    char *authorization = format("Authorization: Bearer %s%s%s", token, "", "");
    char *content = format("Content-Type: %s%s%s", type, "", "");
    struct curl_slist *list = curl_slist_append(curl_slist_append(NULL, authorization), content);

    list = curl_slist_append(list, "Accept: application/json");
    free(authorization);
    free(content);
    return list;
}

/* The requests of a submission: the gated pod, then the others with their owner, then the patch that opens the gate. */
static void raw_init(struct raw *raw, const sparkk8s_manifest *manifest, const char *url, const char *ca, const char *token)
{
    static const char *const plurals[][2] = {{"Pod", "/api/v1/namespaces/default/pods"}, {"Service", "/api/v1/namespaces/default/services"},
        {"ConfigMap", "/api/v1/namespaces/default/configmaps"},
        {"NetworkPolicy", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"}};
    size_t i, k;

    memset(raw, 0, sizeof *raw);
    raw->multi = curl_multi_init();
    raw->json = headers(token, "application/json");
    raw->apply = headers(token, "application/apply-patch+yaml");
    raw->merge = headers(token, "application/strategic-merge-patch+json");
    raw->count = sparkk8s_manifest_count(manifest);
    for (i = 0; i < raw->count; i++) {
        json_t *object = json_loads(sparkk8s_manifest_json(manifest, i), 0, NULL);

        if (i == 0)
            json_object_set_new(json_object_get(object, "spec"), "schedulingGates", json_pack("[{s:s}]", "name", "sparkk8s.io/submission"));
        else
            json_object_set_new(json_object_get(object, "metadata"), "ownerReferences",
                                json_pack("[{s:s,s:s,s:s,s:s,s:b}]", "apiVersion", "v1", "kind", "Pod", "name",
                                          sparkk8s_manifest_name(manifest, 0), "uid", "00000000-0000-4000-8000-000000000001", "controller", 1));
        raw->body[i] = json_dumps(object, JSON_COMPACT);
        json_decref(object);
        for (k = 0; k < sizeof plurals / sizeof plurals[0]; k++)
            if (!strcmp(plurals[k][0], sparkk8s_manifest_kind(manifest, i)))
                raw->url[i] = i == 0 ? format("%s%s%s", url, plurals[k][1], "")
                                     : format("%s%s/%s?fieldManager=bench&force=true", url, plurals[k][1], sparkk8s_manifest_name(manifest, i));
        raw->easy[i] = curl_easy_init();
        curl_easy_setopt(raw->easy[i], CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(raw->easy[i], CURLOPT_CAINFO, ca);
        curl_easy_setopt(raw->easy[i], CURLOPT_PIPEWAIT, 1L);
    }
    raw->patch_url = format("%s/%s%s", raw->url[0], sparkk8s_manifest_name(manifest, 0), "");
    raw->patch = format("%s%s%s", "{\"metadata\":{\"uid\":\"00000000-0000-4000-8000-000000000001\"},\"spec\":{\"schedulingGates\":"
                        "[{\"$patch\":\"delete\",\"name\":\"sparkk8s.io/submission\"}]}}", "", "");
}

static void raw_add(struct raw *raw, size_t i, const char *method, const char *url, struct curl_slist *list, const char *body)
{
    CURL *easy = raw->easy[i];

    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_multi_add_handle(raw->multi, easy);
}

static void raw_run(struct raw *raw)
{
    CURLMsg *message;
    int running = 1, left;
    long code;

    while (running) {
        curl_multi_perform(raw->multi, &running);
        if (running)
            curl_multi_poll(raw->multi, NULL, 0, 1000, NULL);
    }
    while ((message = curl_multi_info_read(raw->multi, &left))) {
        CURL *easy = message->easy_handle;

        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
        if (message->data.result != CURLE_OK || code >= 300) {
            fprintf(stderr, "raw libcurl: %d, HTTP %ld\n", (int)message->data.result, code);
            exit(1);
        }
        curl_multi_remove_handle(raw->multi, easy);
    }
}

static void raw_submit(struct raw *raw)
{
    size_t i;

    raw_add(raw, 0, "POST", raw->url[0], raw->json, raw->body[0]);
    raw_run(raw);
    for (i = 1; i < raw->count; i++)
        raw_add(raw, i, "PATCH", raw->url[i], raw->apply, raw->body[i]);
    raw_run(raw);
    raw_add(raw, 0, "PATCH", raw->patch_url, raw->merge, raw->patch);
    raw_run(raw);
}

static void library_submit(sparkk8s_client *client, const sparkk8s_manifest *manifest)
{
    sparkk8s_error *err = NULL;
    sparkk8s_run *run = NULL;

    if (sparkk8s_submit(client, manifest, NULL, NULL, &run, &err) < 0)
        die("submit", err);
    sparkk8s_run_free(run);
}

static void add(struct spent *spent, double wall, double cpu)
{
    spent->wall += now(CLOCK_MONOTONIC) - wall;
    spent->cpu += now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

int main(int argc, char **argv)
{
    static const char *const args[] = {"--name", "bench", "--class", "org.apache.spark.examples.SparkPi", "--conf",
        "spark.kubernetes.container.image=localhost/spark:4.1.4", "local:///opt/spark/examples/jars/spark-examples.jar", "100"};
    sparkk8s_client_opts opts = {.size = sizeof opts};
    sparkk8s_manifest *manifest = NULL;
    struct spent ours = {0}, theirs = {0};
    sparkk8s_client *client = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;
    struct raw raw;
    int n, i, k;

    if (argc != 6)
        return 2;
    n = atoi(argv[5]) / TURN;
    opts.kubeconfig = argv[1];
    if (sparkk8s_app_from_args((int)(sizeof args / sizeof *args), args, NULL, NULL, &app, &err) < 0 ||
        sparkk8s_render(app, NULL, &manifest, &err) < 0 || sparkk8s_client_new(&opts, &client, &err) < 0)
        die("setting up", err);
    raw_init(&raw, manifest, argv[2], argv[3], argv[4]);
    raw_submit(&raw);                   /* the connections are made before anything is measured */
    library_submit(client, manifest);
    for (i = 0; i < 2 * n; i++) {
        double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

        for (k = 0; k < TURN; k++) {
            if (i % 2)
                library_submit(client, manifest);
            else
                raw_submit(&raw);
        }
        add(i % 2 ? &ours : &theirs, wall, cpu);
    }
    printf("%.6f %.6f %.6f %.6f\n", ours.wall, ours.cpu, theirs.wall, theirs.cpu);
    sparkk8s_client_free(client);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    return 0;
}
