/* SPDX-License-Identifier: Apache-2.0 */
#include "lab.h"

#include "moment.h"
#include "server.h"
#include "text.h"

static char server[64];
static sparkk8s_client *boss;       /* for the server's controls */

static void setup(void)
{
    boss = lab_client("boss");
    lab_reset("{}");
}

static void teardown(void)
{
    sparkk8s_client_free(boss);
}

int lab_main(Suite *suite, TCase *tcase)
{
    SRunner *runner = srunner_create(suite);
    struct server process;
    int failed = 1;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    if (server_run_python(&process, getenv("APISERVER"))) {
        snprintf(server, sizeof(server), "http://127.0.0.1:%d", process.port);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
    }
    srunner_free(runner);
    server_stop(&process);
    return failed ? 1 : 0;
}

/* ---- clients and manifests ----------------------------------------------------------------------------------- */

static sparkk8s_client *make_client(const char *agent, int timeout_ms, sparkk8s_log_fn log)
{
    sparkk8s_client_opts opts = { .size = sizeof(opts), .kubeconfig = "/dev/null", .server = server, .ns = LAB_NS,
                                  .user_agent = agent, .timeout_ms = timeout_ms, .log = log };
    sparkk8s_client *client = NULL;

    LAB_OK(sparkk8s_client_new(&opts, &client, err));
    return client;
}

sparkk8s_client *lab_client_with(const char *agent, int timeout_ms)
{
    return make_client(agent, timeout_ms, NULL);
}

sparkk8s_client *lab_client(const char *agent)
{
    return make_client(agent, 20000, NULL);
}

sparkk8s_client *lab_client_noting(const char *agent, sparkk8s_log_fn log)
{
    return make_client(agent, 20000, log);
}

static sparkk8s_manifest *make_manifest(const char *key, const char *memory, const char *conf, const char *more,
                                        const sparkk8s_volume *volume)
{
    const char *const env[] = { "SPARK_USER=tester", NULL };
    const char *argv[] = { "--class", "org.example.Main", "--name", "lab", "--conf", "spark.kubernetes.namespace=" LAB_NS,
                           "--conf", "spark.kubernetes.container.image=image:4.1.4", "--executor-memory", memory, "--conf",
                           conf ? conf : "spark.executor.instances=1", "--conf", more ? more : "spark.executor.cores=1",
                           "local:///app.jar" };
    sparkk8s_render_opts opts = { .size = sizeof(opts), .id_seed = key };
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_app *app = NULL;

    LAB_OK(sparkk8s_app_from_args(COUNT(argv), argv, env, NULL, &app, err));
    if (volume)
        LAB_OK(sparkk8s_app_add_volume(app, volume, err));
    LAB_OK(sparkk8s_render(app, &opts, &manifest, err));
    sparkk8s_app_free(app);
    return manifest;
}

sparkk8s_manifest *lab_manifest(const char *key, const char *memory, const char *conf)
{
    return make_manifest(key, memory, conf, NULL, NULL);
}

sparkk8s_manifest *lab_manifest_with(const char *key, const sparkk8s_volume *volume)
{
    return make_manifest(key, "1g", NULL, NULL, volume);
}

sparkk8s_manifest *lab_manifest_storing(const char *key, const char *file, const char *place)
{
    char files[300], path[300];

    snprintf(files, sizeof(files), "spark.files=%s", file);
    snprintf(path, sizeof(path), "spark.kubernetes.file.upload.path=%s", place);
    return make_manifest(key, "1g", files, path, NULL);
}

/* ---- the server's controls ----------------------------------------------------------------------------------- */

static json_t *ask(const char *method, const char *body)
{
    struct kube_request request = { .method = method, .target = "/control", .content_type = "application/json",
                                    .body = body, .body_len = body ? strlen(body) : 0 };
    struct kube_limit limit;
    struct kube_call *call = NULL;
    json_t *answer = NULL;
    const char *text;
    size_t len;

    LAB_OK(kube_limit_init(boss->kube, NULL, 20000, &limit, err));
    LAB_OK(kube_start(boss->kube, &request, NULL, NULL, &call, err));
    LAB_OK(kube_finish(boss->kube, call, &limit, err));
    text = kube_call_body(call, &len);
    LAB_OK(json_parse(text, len, "control", &answer, err));
    kube_call_free(call);
    return answer;
}

void lab_do(const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    ck_assert_int_gt(vasprintf(&text, format, args), 0);
    va_end(args);
    json_decref(ask("POST", text));
    free(text);
}

void lab_reset(const char *options)
{
    lab_do("{\"reset\":%s}", options);
}

void lab_rules(const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    ck_assert_int_gt(vasprintf(&text, format, args), 0);
    va_end(args);
    lab_do("{\"rules\":%s}", text);
    free(text);
}

json_t *lab_look(void)
{
    return ask("GET", NULL);
}

int lab_count(const char *plural)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects");
    size_t i;
    int count = 0;

    for (i = 0; i < json_array_size(objects); i++)
        count += !strcmp(json_text_at(json_array_get(objects, i), "plural", NULL), plural);
    return count;
}

int lab_requests(const char *agent)
{
    AUTO(json) state = lab_look();
    json_t *log = json_object_get(state, "log");
    size_t i;
    int count = 0;

    for (i = 0; i < json_array_size(log); i++)
        count += text_starts(json_string_value(json_array_get(log, i)), agent);
    return count;
}

int lab_held(void)
{
    AUTO(json) state = lab_look();

    return (int)json_integer_value(json_object_get(state, "held"));
}

void lab_turn(sparkk8s_client *client, int ms)
{
    int64_t until = moment_mono_ms() + ms;

    do
        LAB_OK(kube_turn(client->kube, 1, err));
    while (moment_mono_ms() < until);
}

/* ---- what is there ------------------------------------------------------------------------------------------- */

static void tell(const char *what, const char *complaint, const json_t *state)
{
    AUTO(chars) text = json_text_indented(state);

    ck_abort_msg("%s: %s\n%.3000s", what, complaint, text);         /* libcheck has a limit */
}

void lab_complete(const char *what)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects");
    const char *uid = NULL;
    size_t i;

    if (json_array_size(objects) != 3)
        tell(what, "not three objects", state);
    for (i = 0; i < 3; i++) {
        const json_t *object = json_array_get(objects, i);

        if (!strcmp(json_text_at(object, "plural", NULL), "pods")) {
            uid = json_text_at(object, "metadata", "uid", NULL);
            if (json_at(object, "spec", "schedulingGates", NULL))
                tell(what, "the driver is still held back", state);
        }
    }
    for (i = 0; uid && i < 3; i++) {
        const json_t *object = json_array_get(objects, i);
        const json_t *owners = json_at(object, "metadata", "ownerReferences", NULL);

        if (strcmp(json_text_at(object, "plural", NULL), "pods") != 0
            && (json_array_size(owners) != 1 || strcmp(json_text_at(json_array_get(owners, 0), "uid", NULL), uid) != 0))
            tell(what, "owned by another one", state);
    }
    if (!uid)
        tell(what, "no driver", state);
}

void lab_empty(const char *what)
{
    AUTO(json) state = lab_look();

    if (json_array_size(json_object_get(state, "objects")))
        tell(what, "something is left", state);
}
