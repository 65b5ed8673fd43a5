/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys, each on its own: the names and values that go into objects, and what the driver will read. The rows
 * are in the order of spark.kubernetes.*, then the others.
 */
#include "checks.h"

#include "conf_table.h"
#include "error.h"
#include "str.h"
#include "text.h"

/* What comes of it. */
#define SERVER "Kubernetes will refuse it"
#define OLD_SERVER "Kubernetes before 1.32 will refuse it"
#define UNBOUND "the pod cannot start, as there can be none of that name"
#define NODE "the pod cannot start with it"
#define ELSEWHERE "it would be mounted elsewhere, or not at all"
#define DRIVER "the driver will fail with it"
#define EXECUTORS "the driver will not be able to make executors"
#define LEFT_OUT "Spark leaves it out"

struct key_row {
    const char *pattern;            /* '*' is a part without dots, "**" all that follows */
    enum rule_id name, value;       /* of what the last star stands for, and of the value */
    const char *outcome;
    enum severity severity;
};

#define BOTH(tail, ...) \
    {"spark.kubernetes.driver." tail, __VA_ARGS__}, {"spark.kubernetes.executor." tail, __VA_ARGS__}

static const struct key_row key_rows[] = {
    BOTH("label.**", RULE_LABEL_KEY, RULE_LABEL_VALUE, SERVER, WARN),
    {"spark.kubernetes.executor.label.**", RULE_EXECUTOR_LABEL, RULE_NONE, EXECUTORS, WARN},
    {"spark.kubernetes.driver.service.label.**", RULE_LABEL_KEY, RULE_LABEL_VALUE, SERVER, WARN},
    BOTH("annotation.**", RULE_ANNOTATION_KEY, RULE_NONE, SERVER, WARN),
    {"spark.kubernetes.driver.service.annotation.**", RULE_ANNOTATION_KEY, RULE_NONE, SERVER, WARN},
    BOTH("node.selector.**", RULE_LABEL_KEY, RULE_LABEL_VALUE, SERVER, WARN),
    {"spark.kubernetes.node.selector.**", RULE_LABEL_KEY, RULE_LABEL_VALUE, SERVER, WARN},

    BOTH("volumes.*.*.mount.path", RULE_DNS_LABEL, RULE_NONE, SERVER, WARN),
    BOTH("volumes.*.*.mount.path", RULE_NONE, RULE_MOUNT_PATH, ELSEWHERE, WARN),
    BOTH("volumes.*.*.mount.subPath", RULE_NONE, RULE_SUB_PATH, SERVER, WARN),
    BOTH("volumes.*.*.mount.subPathExpr", RULE_NONE, RULE_SUB_PATH, SERVER, WARN),
    BOTH("volumes.*.*.options.sizeLimit", RULE_NONE, RULE_QUANTITY, SERVER, WARN),
    BOTH("volumes.*.*.options.storageClass", RULE_NONE, RULE_NAME_IF_ANY, SERVER, WARN),
    BOTH("volumes.*.*.label.**", RULE_LABEL_KEY, RULE_LABEL_VALUE, SERVER, WARN),
    BOTH("volumes.*.*.annotation.**", RULE_ANNOTATION_KEY, RULE_NONE, SERVER, WARN),
    BOTH("volumes.persistentVolumeClaim.*.options.claimName", RULE_NONE, RULE_NAME, UNBOUND, WARN),
    BOTH("volumes.hostPath.*.options.path", RULE_NONE, RULE_HOST_PATH, NODE, WARN),
    BOTH("volumes.hostPath.*.options.type", RULE_NONE, RULE_HOST_PATH_TYPE, SERVER, WARN),
    BOTH("volumes.emptyDir.*.options.medium", RULE_NONE, RULE_MEDIUM, NODE, WARN),
    BOTH("volumes.nfs.*.options.path", RULE_NONE, RULE_ABSOLUTE_PATH, SERVER, WARN),

    BOTH("secrets.**", RULE_SECRET_VOLUME, RULE_NONE, SERVER, WARN),
    BOTH("secrets.**", RULE_NONE, RULE_MOUNT_PATH, ELSEWHERE, WARN),
    {"spark.kubernetes.executor.secretKeyRef.**", RULE_NONE, RULE_SECRET_REF, EXECUTORS, WARN},
    BOTH("secretKeyRef.**", RULE_ENV_NAME_AT_ALL, RULE_SECRET_REF_NAMES, SERVER, WARN),
    BOTH("secretKeyRef.**", RULE_ENV_NAME, RULE_NONE, OLD_SERVER, WARN),
    {"spark.kubernetes.driverEnv.**", RULE_ENV_NAME_AT_ALL, RULE_NONE, SERVER, WARN},
    {"spark.kubernetes.driverEnv.**", RULE_ENV_NAME, RULE_NONE, OLD_SERVER, WARN},
    {"spark.executorEnv.**", RULE_ENV_NAME, RULE_NONE, LEFT_OUT, WARN},

    {"spark.kubernetes.container.image", RULE_NONE, RULE_IMAGE, NODE, WARN},
    BOTH("container.image", RULE_NONE, RULE_IMAGE, NODE, WARN),
    {"spark.kubernetes.container.image.pullSecrets", RULE_NONE, RULE_NAMES, UNBOUND, WARN},
    BOTH("request.cores", RULE_NONE, RULE_QUANTITY, SERVER, WARN),
    BOTH("limit.cores", RULE_NONE, RULE_QUANTITY, SERVER, WARN),
    {"spark.driver.resource.*.vendor", RULE_NONE, RULE_VENDOR, SERVER, WARN},
    {"spark.executor.resource.*.vendor", RULE_NONE, RULE_VENDOR, SERVER, WARN},
    {"spark.kubernetes.namespace", RULE_NONE, RULE_DNS_LABEL, "there can be no such namespace", WARN},
    {"spark.kubernetes.driver.pod.name", RULE_NONE, RULE_NAME, SERVER, WARN},
    {"spark.kubernetes.authenticate.driver.serviceAccountName", RULE_NONE, RULE_NAME_IF_ANY, SERVER, WARN},
    {"spark.kubernetes.authenticate.executor.serviceAccountName", RULE_NONE, RULE_NAME_IF_ANY, SERVER, WARN},
    {"spark.kubernetes.hadoop.configMapName", RULE_NONE, RULE_NAME, UNBOUND, WARN},
    {"spark.kubernetes.kerberos.krb5.configMapName", RULE_NONE, RULE_NAME, UNBOUND, WARN},
    {"spark.kubernetes.kerberos.tokenSecret.name", RULE_NONE, RULE_NAME, UNBOUND, WARN},
    {"spark.kubernetes.kerberos.tokenSecret.itemKey", RULE_NONE, RULE_DATA_KEY, UNBOUND, WARN},
    {"spark.kubernetes.executor.podNamePrefix", RULE_NONE, RULE_POD_PREFIX, DRIVER, WARN},
    {"spark.kubernetes.executor.decommissionLabel", RULE_NONE, RULE_LABEL_KEY, SERVER, WARN},
    {"spark.kubernetes.executor.decommissionLabelValue", RULE_NONE, RULE_LABEL_VALUE, SERVER, WARN},

    {"spark.kubernetes.allocation.batch.size", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.allocation.batch.delay", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.allocation.driver.readinessTimeout", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.allocation.executor.timeout", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.allocation.maxPendingPods", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.executor.apiPollingInterval", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.executor.eventProcessingInterval", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},
    {"spark.kubernetes.executor.missingPodDetectDelta", RULE_NONE, RULE_POSITIVE, DRIVER, WARN},

    {"spark.driver.memory", RULE_NONE, RULE_HEAP, DRIVER, WARN},
    {"spark.executor.memory", RULE_NONE, RULE_EXECUTOR_HEAP, DRIVER, WARN},
    {"spark.memory.fraction", RULE_NONE, RULE_FRACTION, DRIVER, WARN},
    {"spark.memory.storageFraction", RULE_NONE, RULE_FRACTION, DRIVER, WARN},
    {"spark.executor.extraJavaOptions", RULE_NONE, RULE_EXECUTOR_OPTIONS, DRIVER, WARN},
    {"spark.blockManager.port", RULE_NONE, RULE_PORT_IF_ANY, EXECUTORS, WARN},
};

/* ---- one row ------------------------------------------------------------------------------------------- */

/* *name is what the last star stands for. */
static bool key_matches(const char *pattern, const char *key, const char **name, size_t *len)
{
    while (*pattern) {
        bool rest = pattern[0] == '*' && pattern[1] == '*';

        if (*pattern == '*') {
            *name = key;
            *len = rest ? strlen(key) : strcspn(key, ".");
            key += *len;
            pattern += 1 + rest;
        } else if (*pattern++ != *key++) {
            return false;
        }
    }
    return !*key;
}

/* What Spark puts in for its placeholders: the executor is the first one. Text is owned. */
static int fill_placeholders(const struct check *check, const char *key, char **text)
{
    const struct build *b = check->b;
    const struct {
        const char *prefix, *word, *stands_for;
        enum spark_line since;
    } words[] = {
        {roles[0].labels, "{{APP_ID}}", b->app_id, SPARK_4_0},
        {roles[0].labels, "{{EXECUTOR_ID}}", "", SPARK_4_0},
        {roles[1].labels, "{{APP_ID}}", b->app_id, SPARK_4_0},
        {roles[1].labels, "{{EXECUTOR_ID}}", "1", SPARK_4_0},
        {roles[1].volumes, "SPARK_EXECUTOR_ID", "1", SPARK_3_5},
        {"spark.kubernetes.", "{{SPARK_VERSION}}", b->version, SPARK_4_1},
        {"spark.kubernetes.", "OnDemand", "x", SPARK_3_5},
    };
    size_t i;

    for (i = 0; i < COUNT(words); i++) {
        char *filled;

        if (b->line < words[i].since || !text_starts(key, words[i].prefix) || !strstr(*text, words[i].word))
            continue;
        filled = build_replace(*text, words[i].word, words[i].stands_for);
        if (!filled)
            return fail_oom(check->err);
        free(*text);
        *text = filled;
    }
    return 0;
}

/* The value as it will be used; NULL if only the driver can resolve it. Maps under a prefix are read raw. */
static int final_value(const struct check *check, const struct conf_entry *entry, bool raw, char **out)
{
    AUTO(chars) text = NULL;
    AUTO(error) unresolved = NULL;
    int rc = 0;

    if (raw)
        text = text_dup(entry->value);
    else
        rc = read_text(&check->b->reader, entry->key, &text, &unresolved);
    if (rc == SPARKK8S_ENOMEM || (rc == 0 && !text))
        return fail_oom(check->err);
    if (rc < 0 || (!raw && strstr(text, "${")))
        return 0;
    rc = fill_placeholders(check, entry->key, &text);
    if (rc == 0)
        *out = TAKE(text);
    return rc;
}

static int say(const struct check *check, const struct key_row *row, enum rule_id rule, const char *key)
{
    return check_say(check, row->severity, key, rules[rule].hint, "%s: %s", rules[rule].wrong, row->outcome);
}

static int check_entry(const struct check *check, const struct key_row *row, const struct conf_entry *entry)
{
    AUTO(chars) value = NULL;
    AUTO(chars) name = NULL;
    const char *at = NULL;
    size_t len = 0;
    int rc;

    if (!key_matches(row->pattern, entry->key, &at, &len))
        return 0;
    rc = final_value(check, entry, at != NULL, &value);
    if (rc < 0)
        return rc;
    if (row->value && value && !rules[row->value].holds(value))
        return say(check, row, row->value, entry->key);
    if (!row->name)
        return 0;
    name = text_dupn(at, len);
    if (!name)
        return fail_oom(check->err);
    return rules[row->name].holds(name) ? 0 : say(check, row, row->name, entry->key);
}

static int check_row(const struct check *check, const struct key_row *row)
{
    const sparkk8s_conf *conf = check->b->app.conf;
    AUTO(chars) prefix = text_dupn(row->pattern, strcspn(row->pattern, "*"));
    size_t i, end;
    int rc = 0;

    if (!prefix)
        return fail_oom(check->err);
    conf_range(conf, prefix, &i, &end);
    for (; rc == 0 && i < end; i++)
        rc = check_entry(check, row, &conf->entries[i]);
    return rc;
}

/* ---- every key ----------------------------------------------------------------------------------------- */

static int read_typed(const struct check *check, const struct conf_row *row, sparkk8s_error **wrong)
{
    const struct reader *reader = &check->b->reader;
    int64_t number;
    int32_t whole;
    double real;
    bool flag;

    switch (row->type) {
    case CONF_BOOL:
        return read_bool(reader, row->key, &flag, wrong);
    case CONF_INT:
        return read_int(reader, row->key, &whole, wrong);
    case CONF_LONG:
        return read_long(reader, row->key, &number, wrong);
    case CONF_DOUBLE:
        return read_double(reader, row->key, &real, wrong);
    case CONF_BYTES:
    case CONF_BYTES_MIB:
        return read_mib(reader, row->key, &number, NULL, wrong);
    case CONF_TIME_S:
    case CONF_TIME_MS:
        return read_seconds(reader, row->key, &number, wrong);
    default:
        return 0;
    }
}

/* What the driver reads by its type, and the submission does not. */
static int check_type(const struct check *check, const struct conf_entry *entry, const struct conf_row *row)
{
    const bool later = row->readers & (READ_DRIVER | READ_EXECUTOR) && !(row->readers & READ_SUBMIT);
    AUTO(error) wrong = NULL;
    int rc;

    if (!later || strstr(entry->value, "${"))
        return 0;
    rc = read_typed(check, row, &wrong);
    if (rc == 0)
        return 0;
    if (!*sparkk8s_error_hint(wrong))           /* every such error has one, but for want of memory */
        return fail_oom(check->err);
    return check_say(check, WARN, NULL, sparkk8s_error_hint(wrong), "%s: " DRIVER,
                     sparkk8s_error_message(wrong));
}

/* What the submission has read, and found no value for. */
static int check_resolved(const struct check *check, const struct conf_entry *entry,
                          const struct conf_row *row)
{
    AUTO(chars) text = NULL;
    AUTO(error) wrong = NULL;
    int rc;

    if (!(row->readers & READ_SUBMIT) || !strstr(entry->value, "${"))
        return 0;
    rc = read_text(&check->b->reader, entry->key, &text, &wrong);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(check->err);
    if (rc < 0 || !strstr(text, "${"))
        return 0;
    return check_say(check, WARN, entry->key, "set the property, or export the variable, that it names",
                     "a reference stays as it is, for nothing of that name is set here");
}

int check_keys(const struct check *check)
{
    const sparkk8s_conf *conf = check->b->app.conf;
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(key_rows); i++)
        rc = check_row(check, &key_rows[i]);
    for (i = 0; rc == 0 && i < conf->count; i++) {
        const struct conf_row *row = conf_row(conf->entries[i].key);

        if (!row || row->type == CONF_PREFIX)
            continue;
        rc = check_type(check, &conf->entries[i], row);
        if (rc == 0)
            rc = check_resolved(check, &conf->entries[i], row);
    }
    return rc;
}
