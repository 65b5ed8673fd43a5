/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render ROUNDS: renders a typical application, and a large one (100 properties, 20 volumes, a pod template of 300 lines), and
 * has jansson parse and print the same objects; in turns. Prints a line each: the microseconds of one rendering and of
 * jansson's work on its objects (medians over the rounds), and the bytes of the objects.
 *
 * jansson is what the objects are made with: it does what cannot be left out, and no more.
 */
#include <jansson.h>
#include <sparkk8s.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURN 20                     /* at a time, so that the clock's own cost does not count */
#define PROPERTIES 100
#define VOLUMES 20
#define LINES 300
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void die(const char *what, sparkk8s_error *err)
{
    fprintf(stderr, "%s: %s\n", what, sparkk8s_error_message(err));
    exit(1);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the applications ---------------------------------------------------------------------------------------- */

static sparkk8s_app *typical(void)
{
    static const char *const args[] = {
        "--name", "nightly revenue", "--class", "org.example.Revenue", "--executor-memory", "8g", "--driver-memory", "2g",
        "--conf", "spark.kubernetes.namespace=etl", "--conf", "spark.kubernetes.container.image=registry.example.com/spark:4.1.4",
        "--conf", "spark.kubernetes.authenticate.driver.serviceAccountName=spark", "--conf", "spark.executor.instances=20",
        "--conf", "spark.executor.cores=4", "--conf", "spark.sql.shuffle.partitions=400",
        "--conf", "spark.kubernetes.driver.label.team=finance", "--conf", "spark.kubernetes.executor.label.team=finance",
        "--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.dir=s3a://logs/spark",
        "local:///opt/app/revenue.jar", "--date", "2026-11-21"};
    static const char *const env[] = {"SPARK_USER=bench", NULL};
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;

    if (sparkk8s_app_from_args((int)COUNT(args), args, env, NULL, &app, &err) < 0)
        die("the typical application", err);
    return app;
}

/* A driver with sidecars, of LINES lines; what Spark replaces is in it too, as in those that people write. */
static char *template_text(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int line = 0, i;

    fprintf(out, "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app.kubernetes.io/part-of: revenue\nspec:\n"
                 "  priorityClassName: high\n  tolerations:\n  - key: spark\n    operator: Exists\n    effect: NoSchedule\n"
                 "  containers:\n  - name: spark\n    image: template/image:1\n    env:\n");
    for (line = 15; line < 115; line += 2)
        fprintf(out, "    - name: SETTING_%d\n      value: \"value %d\"\n", line, line);
    for (i = 0; line + 15 <= LINES; i++, line += 15)
        fprintf(out, "  - name: sidecar-%d\n    image: registry.example.com/sidecar:%d\n    args: [--listen, \":%d\"]\n    ports:\n"
                     "    - name: http\n      containerPort: %d\n    resources:\n      requests:\n        cpu: 100m\n"
                     "        memory: 64Mi\n    readinessProbe:\n      periodSeconds: 5\n      httpGet:\n        path: /ready\n"
                     "        port: http\n", i, i, 9000 + i, 9000 + i);
    for (; line < LINES; line++)
        fprintf(out, "# to the last line\n");
    fclose(out);
    return text;
}

static void add_volume(sparkk8s_app *app, int i)
{
    static const char *const types[] = {"hostPath", "emptyDir", "nfs", "persistentVolumeClaim"};
    static const char *const options[][4] = {
        {"path=/mnt/data", "type=Directory", NULL}, {"medium=Memory", "sizeLimit=1Gi", NULL},
        {"server=nfs.example.com", "path=/export", NULL}, {"claimName=OnDemand", "storageClass=fast", "sizeLimit=10Gi", NULL}};
    char name[20], path[40];
    sparkk8s_volume volume = {.size = sizeof volume, .type = types[i % 4], .name = name, .mount_path = path,
                              .options = options[i % 4]};
    sparkk8s_error *err = NULL;

    snprintf(name, sizeof name, "volume-%d", i);
    snprintf(path, sizeof path, "/mnt/volume-%d", i);
    if (sparkk8s_app_add_volume(app, &volume, &err) < 0)
        die("a volume", err);
}

static sparkk8s_app *large(void)
{
    sparkk8s_app *app = typical();
    sparkk8s_conf *conf = sparkk8s_app_conf(app);
    char *text = template_text(), key[60], value[60];
    sparkk8s_error *err = NULL;
    int i;

    for (i = (int)sparkk8s_conf_count(conf); i < PROPERTIES; i++) {
        snprintf(key, sizeof key, "spark.sql.catalog.warehouse%d.setting", i);
        snprintf(value, sizeof value, "a value of some length, number %d", i);
        if (sparkk8s_conf_set(conf, key, value, &err) < 0)
            die(key, err);
    }
    for (i = 0; i < VOLUMES; i++)
        add_volume(app, i);
    if (sparkk8s_app_set_pod_template(app, SPARKK8S_DRIVER, text, strlen(text), "driver.yaml", &err) < 0)
        die("the template", err);
    free(text);
    return app;
}

/* ---- measuring ----------------------------------------------------------------------------------------------- */

static sparkk8s_manifest *render(const sparkk8s_app *app)
{
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;

    if (sparkk8s_render(app, NULL, &manifest, &err) < 0)
        die("render", err);
    return manifest;
}

static void parse_and_print(const sparkk8s_manifest *manifest)
{
    size_t i;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++) {
        json_t *object = json_loads(sparkk8s_manifest_json(manifest, i), 0, NULL);
        char *text = json_dumps(object, JSON_COMPACT);

        if (!text)
            exit(1);
        free(text);
        json_decref(object);
    }
}

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return one < other ? -1 : one > other;
}

static void measure(const char *name, const sparkk8s_app *app, int rounds)
{
    double *ours = malloc((size_t)rounds * sizeof *ours), *theirs = malloc((size_t)rounds * sizeof *theirs), start;
    sparkk8s_manifest *manifest = render(app);
    size_t bytes = 0, i;
    int round, k;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        bytes += strlen(sparkk8s_manifest_json(manifest, i));
    for (round = 0; round < rounds; round++) {
        start = now_us();
        for (k = 0; k < TURN; k++)
            sparkk8s_manifest_free(render(app));
        ours[round] = (now_us() - start) / TURN;
        start = now_us();
        for (k = 0; k < TURN; k++)
            parse_and_print(manifest);
        theirs[round] = (now_us() - start) / TURN;
    }
    qsort(ours, (size_t)rounds, sizeof *ours, compare);
    qsort(theirs, (size_t)rounds, sizeof *theirs, compare);
    printf("%s %.1f %.1f %zu\n", name, ours[rounds / 2], theirs[rounds / 2], bytes);
    sparkk8s_manifest_free(manifest);
    free(ours);
    free(theirs);
}

int main(int argc, char **argv)
{
    int rounds = argc == 2 ? atoi(argv[1]) : 0;
    sparkk8s_app *apps[2];

    if (rounds < 1)
        return 2;
    apps[0] = typical();
    apps[1] = large();
    measure("typical", apps[0], rounds);
    measure("large", apps[1], rounds);
    sparkk8s_app_free(apps[0]);
    sparkk8s_app_free(apps[1]);
    return 0;
}
