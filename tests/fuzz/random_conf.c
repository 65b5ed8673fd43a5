/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random applications: any keys of the table with likely and unlikely values, as --conf or as a flag. Rendering keeps
 * to what rendering.h says, and the order of the arguments makes no difference.
 *
 * SPARKK8S_ROUNDS says how many (default 3000), SPARKK8S_SEED which is the first. A failure tells its seed:
 * SPARKK8S_SEED=<it> SPARKK8S_ROUNDS=1 repeats it, and shows the arguments.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "conf_table.h"
#include "must.h"
#include "rendering.h"
#include "strv.h"
#include "text.h"

#define SETTINGS 24                         /* at most, in one application */
#define CORPUS(...) (const char *const[]){__VA_ARGS__, NULL}

/* ---- the seed ------------------------------------------------------------------------------------------------ */

static uint64_t seed, state;
static char seed_text[80];

/* splitmix64 */
static uint64_t draw(uint64_t below)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % below;
}

static void tell_seed(void)
{
    if (write(STDERR_FILENO, seed_text, strlen(seed_text)) < 0)
        _exit(3);
}

static void on_abort(int number)
{
    tell_seed();
    signal(number, SIG_DFL);
    raise(number);
}

/* AddressSanitizer calls it. */
void __asan_on_error(void);
void __asan_on_error(void)
{
    tell_seed();
}

/* ---- values -------------------------------------------------------------------------------------------------- */

static const char *one_of(const char *const *words)
{
    size_t count = 0;

    while (words[count])
        count++;
    return words[draw(count)];
}

static const char *const *const likely[] = {
    [CONF_STRING] = CORPUS("a", "my-name", "/a/b", "local:///a.jar", "example.com/spark:4.1.4", "k8s://https://h:1", "500m",
                           "${spark.x}", "b,c", "1Gi"),
    [CONF_BOOL] = CORPUS("true", "false", "TRUE"),
    [CONF_INT] = CORPUS("1", "2", "7078", "4040", "0", "100"),
    [CONF_LONG] = CORPUS("1", "1000000", "1048576"),
    [CONF_DOUBLE] = CORPUS("0.1", "0.4", "1", "1e-3"),
    [CONF_BYTES_MIB] = CORPUS("1g", "512m", "2048", "1t", "384m"),
    [CONF_BYTES] = CORPUS("1g", "42m", "0"),
    [CONF_TIME_S] = CORPUS("1s", "5min", "10", "1h"),
    [CONF_TIME_MS] = CORPUS("100ms", "1s", "0"),
    [CONF_LIST] = CORPUS("a", "a,b", "local:///x.jar,https://h/y.jar", ""),
    [CONF_PREFIX] = CORPUS("v", "/mnt", "sec:key", "true", "1Gi", "OnDemand", "{{APP_ID}}", "1"),
};

static const char *const unlikely[] = {
    "", " ", "\t", "-1", "99999999999999999999", "1e999", "NaN", "${env:NO_SUCH}", "${spark.y}", "${spark.y:", "${", "}",
    "${system:java.home}", "\xC3\xA4\xE2\x82\xAC", "\xF0\x9F\x9A\x80", "a\nb", "\\", "\"", "'", "=", "a b", ":", "::", "/", "..",
    "{{APP_ID}}{{EXECUTOR_ID}}", "SPARK_EXECUTOR_ID", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "%s%n", "#", "!", ",,,", "file:///no/such/file", "s3a://b/f", "C:\\x", "0x10", "1.5g", "TRUE ", "null", NULL,
};

/* What follows a prefix; volumes have a form of their own. */
static const char *const names[] = {
    "a", "B", "my.name", "example.com/x", "", ".", "a b", "spark-role", "SPARK_USER", "\xC3\xA4", "1", "-", "gpu.amount",
    "gpu.vendor", "gpu", NULL,
};
static const char *const volume_names[] = {
    "emptyDir.v.mount.path", "emptyDir.v.options.sizeLimit", "emptyDir.spark-local-dir-1.mount.path", "hostPath.h.mount.path",
    "hostPath.h.options.path", "nfs.n.mount.path", "nfs.n.options.path", "nfs.n.options.server",
    "persistentVolumeClaim.c.mount.path", "persistentVolumeClaim.c.options.claimName",
    "persistentVolumeClaim.c.options.storageClass", "persistentVolumeClaim.c.options.sizeLimit",
    "persistentVolumeClaim.c.label.l", "emptyDir.v.mount.subPath", "emptyDir.v.mount.readOnly", "glusterfs.g.mount.path", "x", NULL,
};

/* ---- arguments ----------------------------------------------------------------------------------------------- */

struct words {
    struct strv groups[SETTINGS + 8];       /* an option and its value, or a flag with its own */
    size_t count;
    struct strv end;                        /* resource, and the application's arguments */
};

static const struct option_row *flag_of(const char *key)
{
    size_t i;

    for (i = 0; i < option_table_count; i++)
        if (option_table[i].key && option_table[i].takes_value && !strcmp(option_table[i].key, key))
            return &option_table[i];
    return NULL;
}

static bool is_set(const struct words *words, const struct strv *keys, const char *key)
{
    return words->count && strv_has(keys, key);
}

static void add_setting(struct words *words, struct strv *keys, const char *key, const char *value)
{
    const struct option_row *flag = flag_of(key);
    struct strv *group = &words->groups[words->count];

    if (is_set(words, keys, key))
        return;
    strv_add(keys, key);
    if (flag && draw(2)) {
        strv_add(group, flag->name);
        strv_add(group, value);
    } else {
        strv_add(group, draw(4) ? "--conf" : "-c");
        strv_addf(group, "%s=%s", key, value);
    }
    words->count++;
}

static void add_random(struct words *words, struct strv *keys)
{
    const struct conf_row *row = &conf_table[draw(conf_table_count)];
    const char *value = draw(10) ? one_of(likely[row->type]) : one_of(unlikely);
    AUTO_STRV key = {0};

    /* Most of the time the submission is one at all. */
    if (draw(50) && (!strcmp(row->key, "spark.master") || !strcmp(row->key, "spark.submit.deployMode") ||
                     text_starts(row->key, "sparkk8s.")))
        return;
    strv_addf(&key, "%s%s", row->key, row->type != CONF_PREFIX ? ""
              : text_ends(row->key, ".volumes.") ? one_of(volume_names) : one_of(names));
    add_setting(words, keys, key.v[0], value);
}

static void make_words(struct words *words)
{
    static const char *const resources[] = {"local:///a.jar", "local:///a.py", "local:///a.R", "https://h/a.jar", "spark-internal",
                                            NULL};
    static const char *const versions[] = {"3.5.8", "4.0", "4.1.4", "4.2.1", "4.3", NULL};
    AUTO_STRV keys = {0};
    size_t n = draw(SETTINGS);

    add_setting(words, &keys, "sparkk8s.spark.version", one_of(versions));
    add_setting(words, &keys, "spark.kubernetes.container.image", "example.com/spark:x");
    if (draw(10)) {
        strv_add(&words->groups[words->count], "--class");
        strv_add(&words->groups[words->count++], draw(10) ? "org.example.Main" : one_of(unlikely));
    }
    while (n--)
        add_random(words, &keys);
    strv_add(&words->end, one_of(resources));
    for (n = draw(3); n; n--)
        strv_add(&words->end, draw(2) ? "--arg" : one_of(unlikely));
}

static void clear_words(struct words *words)
{
    size_t i;

    for (i = 0; i < words->count; i++)
        strv_clear(&words->groups[i]);
    strv_clear(&words->end);
}

static void shuffle(struct words *words)
{
    size_t i, k;

    for (i = words->count; i > 1; i--) {
        struct strv other;

        k = draw(i);
        other = words->groups[i - 1];
        words->groups[i - 1] = words->groups[k];
        words->groups[k] = other;
    }
}

/* ---- one application ----------------------------------------------------------------------------------------- */

static void join(const struct words *words, struct strv *argv)
{
    size_t i, k;

    for (i = 0; i <= words->count; i++) {
        const struct strv *group = i < words->count ? &words->groups[i] : &words->end;

        for (k = 0; k < group->count; k++)
            strv_add(argv, group->v[k]);
    }
}

/* Its manifest, or its refusal, as text; the caller's to free. */
static char *outcome(const struct words *words)
{
    static const char *const env[] = {"SPARK_USER=me", "E=e", NULL};
    AUTO_STRV argv = {0};
    sparkk8s_app *app = NULL;
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    char *text;

    join(words, &argv);
    if (sparkk8s_app_from_args((int)argv.count, (const char *const *)argv.v, env, NULL, &app, &err) < 0)
        rendering_error(err);
    else
        manifest = rendering(app, &err);
    text = manifest ? rendering_text(manifest) : text_dup(sparkk8s_error_message(err));
    must(manifest || !sparkk8s_conf_get(sparkk8s_app_conf(app), sparkk8s_error_where(err)) ||
         strstr(text, sparkk8s_error_where(err)), "%s is not named in: %s", sparkk8s_error_where(err), text);
    sparkk8s_error_free(err);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    return text;
}

static bool run_one(bool show)
{
    struct words words = {0};
    char *one, *two;
    bool rendered;
    size_t i, k;

    state = seed;
    snprintf(seed_text, sizeof(seed_text), "SPARKK8S_SEED=%llu SPARKK8S_ROUNDS=1\n", (unsigned long long)seed);
    make_words(&words);
    for (i = 0; show && i < words.count; i++)
        for (k = 0; k < words.groups[i].count; k++)
            printf("%s%s", words.groups[i].v[k], k + 1 < words.groups[i].count ? " " : "\n");
    one = outcome(&words);
    shuffle(&words);
    two = outcome(&words);
    must(!strcmp(one, two), "the order of the arguments matters:\n%s\n%s", one, two);
    if (show)
        puts(one);
    rendered = *one == '{';
    free(one);
    free(two);
    clear_words(&words);
    return rendered;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    int64_t value;

    return text && text_to_int64(text, &value) && value > 0 ? (uint64_t)value : otherwise;
}

int main(void)
{
    const uint64_t first = setting("SPARKK8S_SEED", 1), rounds = setting("SPARKK8S_ROUNDS", 3000);
    unsigned long long rendered = 0;

    signal(SIGABRT, on_abort);
    for (seed = first; seed < first + rounds; seed++)
        rendered += run_one(rounds == 1);
    printf("%llu of %llu were rendered, the others refused\n", rendered, (unsigned long long)rounds);
    must(rounds < 100 || (rendered > rounds / 10 && rendered < rounds), "the mixture is no good");
    printf("100%%: Checks: %llu, Failures: 0, Errors: 0\n", (unsigned long long)rounds);
    return 0;
}
