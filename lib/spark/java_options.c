/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of an executor's JVM. Mirrors what SparkContext adds to spark.executor.extraJavaOptions
 * (supplementJavaModuleOptions, supplementJavaIPv6Options), SparkConf.isExecutorStartupConf, and the checks
 * of SparkConf.validateSettings about them, which end the driver.
 *
 * The list of module options grows with the releases of a line; it is that of the newest ones known (line.c).
 */
#include "java_options.h"

#include "check_rules.h"
#include "error.h"
#include "str.h"
#include "text.h"

#define EXTRA_KEY "spark.executor.extraJavaOptions"
#define DEFAULT_KEY "spark.executor.defaultJavaOptions"
#define IPV6 "-Djava.net.preferIPv6Addresses="
#define OPENED(package) "--add-opens=" package "=ALL-UNNAMED"

static const struct {
    const char *option;
    enum spark_line since, until;
} module_options[] = {
    {"-XX:+IgnoreUnrecognizedVMOptions", SPARK_3_5, SPARK_4_3},
    {"--add-modules=jdk.incubator.vector", SPARK_4_0, SPARK_4_3},
    {OPENED("java.base/java.lang"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.lang.invoke"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.lang.reflect"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.io"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.net"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.nio"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.util"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.util.concurrent"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/java.util.concurrent.atomic"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/jdk.internal.ref"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/sun.nio.ch"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/sun.nio.cs"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/sun.security.action"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.base/sun.util.calendar"), SPARK_3_5, SPARK_4_3},
    {OPENED("java.security.jgss/sun.security.krb5"), SPARK_3_5, SPARK_4_3},
    {"-Djdk.reflect.useDirectMethodHandle=false", SPARK_3_5, SPARK_4_1},
    {"-Dio.netty.tryReflectionSetAccessible=true", SPARK_4_0, SPARK_4_3},
    {"-Dio.netty.allocator.type=pooled", SPARK_4_1, SPARK_4_3},
    {"-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE", SPARK_4_1, SPARK_4_3},
    {"--sun-misc-unsafe-memory-access=allow", SPARK_4_2, SPARK_4_3},
    {"--enable-native-access=ALL-UNNAMED", SPARK_4_1, SPARK_4_3},
};

/* ---- words --------------------------------------------------------------------------------------------- */

void java_options_split(const char *text, struct strv *words)
{
    AUTO_STR word = STR_INIT(STR_TEXT_LIMIT);
    char quote = '\0';
    bool inside = false;

    for (; *text; text++) {
        if (!quote && strchr(" \t\r\n", *text)) {
            if (inside)
                strv_addn(words, word.s, word.len);
            str_truncate(&word, 0);
            inside = false;
            continue;
        }
        inside = true;
        if (!quote && (*text == '"' || *text == '\''))
            quote = *text;
        else if (*text == quote)
            quote = '\0';
        else if (quote == '"' && *text == '\\') {
            if (text[1])
                str_addc(&word, *++text);
        } else
            str_addc(&word, *text);
    }
    if (inside)
        strv_addn(words, word.s, word.len);
    if (word.failed)
        words->failed = true;
}

/* ---- the user's and SparkContext's --------------------------------------------------------------------- */

static int check_options(const struct build *b, sparkk8s_error **err)
{
    static const char *const keys[] = {EXTRA_KEY, DEFAULT_KEY};
    const struct rule *rule = &rules[RULE_EXECUTOR_OPTIONS];
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        const char *value = sparkk8s_conf_get(b->app.conf, keys[i]);

        if (value && !rule->holds(value))
            return conf_refuse(err, b->app.conf, keys[i], rule->hint, "%s: the driver ends at its start",
                               rule->wrong);
    }
    return 0;
}

/* Whether the driver's JVM was told to prefer IPv6, which it hands on. The last word counts. */
static int prefers_ipv6(struct build *b, bool *prefers, sparkk8s_error **err)
{
    static const char *const keys[] = {"spark.driver.defaultJavaOptions", "spark.driver.extraJavaOptions"};
    AUTO_STRV words = {0};
    size_t i;
    int rc;

    for (i = 0; i < COUNT(keys); i++) {
        AUTO(chars) text = NULL;

        rc = read_text(&b->reader, keys[i], &text, err);
        if (rc < 0)
            return rc;
        java_options_split(text ? text : "", &words);
    }
    if (words.failed)
        return fail_oom(err);
    *prefers = false;
    for (i = 0; i < words.count; i++)
        if (text_starts(words.v[i], IPV6))
            *prefers = !strcmp(words.v[i] + strlen(IPV6), "true");
    return 0;
}

static void add_module_options(const struct build *b, struct str *out)
{
    size_t i;

    for (i = 0; i < COUNT(module_options); i++)
        if (b->line >= module_options[i].since && b->line <= module_options[i].until)
            str_addf(out, "%s ", module_options[i].option);
}

/*
 * The property as SparkContext leaves it. Until 4.0 it reads the property twice to put something in front of
 * it, and each reading puts the defaults there, too: so the defaults come three times.
 */
static int joined_options(struct build *b, struct str *out, sparkk8s_error **err)
{
    AUTO(chars) extra = NULL;
    AUTO(chars) defaults = NULL;
    bool ipv6 = false;
    int rc;

    rc = read_text(&b->reader, EXTRA_KEY, &extra, err);
    if (rc == 0)
        rc = read_text(&b->reader, DEFAULT_KEY, &defaults, err);
    if (rc == 0)
        rc = prefers_ipv6(b, &ipv6, err);
    if (rc < 0)
        return rc;
    str_addf(out, "%s " IPV6 "%s ", defaults ? defaults : "", ipv6 ? "true" : "false");
    if (b->line < SPARK_4_1 && defaults)
        str_addf(out, "%s ", defaults);
    add_module_options(b, out);
    if (b->line < SPARK_4_1 && defaults)
        str_addf(out, "%s ", defaults);
    str_add(out, extra ? extra : "");
    return out->failed ? fail_oom(err) : 0;
}

/* ---- properties ---------------------------------------------------------------------------------------- */

/* What an executor has to know before the driver can tell it anything. */
static bool is_startup_key(const struct build *b, const char *key)
{
    static const char *const prefixes[] = {"spark.auth", "spark.rpc", "spark.network", "spark.port."};
    size_t i;

    if (!strcmp(key, "spark.authenticate.secret"))
        return false;
    for (i = 0; i < COUNT(prefixes); i++)
        if (text_starts(key, prefixes[i]))
            return true;
    if (b->line >= SPARK_4_0 && text_starts(key, "spark.ssl") && !strstr(key, "Password"))
        return true;
    return text_starts(key, "spark.") && text_ends(key, ".port");
}

static void add_startup_properties(const struct build *b, struct strv *options)
{
    size_t i;

    for (i = 0; i < b->app.conf->count; i++) {
        const struct conf_entry *entry = &b->app.conf->entries[i];

        if (is_startup_key(b, entry->key))
            strv_addf(options, "-D%s=%s", entry->key, entry->value);
    }
}

int java_options(struct build *b, struct strv *options, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    AUTO(chars) replaced = NULL;
    int rc;

    rc = check_options(b, err);
    if (rc == 0)
        rc = joined_options(b, &text, err);
    if (rc < 0)
        return rc;
    replaced = build_replace_ids(b, text.s);
    if (!replaced)
        return fail_oom(err);
    java_options_split(replaced, options);
    add_startup_properties(b, options);
    return options->failed ? fail_oom(err) : 0;
}
