/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that do not go together. Mirrors what SparkContext, ExecutorAllocationManager and the executors' pod
 * builder require when the driver runs.
 */
#include "checks.h"

#include <strings.h>

#include "error.h"
#include "quantity.h"
#include "str.h"
#include "text.h"

#define DYNAMIC "spark.dynamicAllocation."

/* ---- numbers that must not be above another one -------------------------------------------------------- */

static const struct order {
    const char *low, *high, *condition;     /* a key that must be true, or NULL */
    int32_t low_fallback, high_fallback;
    const char *wrong;
} orders[] = {
    {DYNAMIC "minExecutors", DYNAMIC "maxExecutors", DYNAMIC "enabled", 0, INT32_MAX,
     "more than the most executors"},
    {"spark.task.cpus", "spark.executor.cores", NULL, 1, 1, "more than an executor has cores"},
};

static bool is_set(const struct check *check, const char *key, bool fallback)
{
    const char *value = sparkk8s_conf_get(check->b->app.conf, key);

    return value ? !strcasecmp(value, "true") : fallback;
}

/* False if it is no number: that is told by its type. */
static bool number(const struct check *check, const char *key, int32_t fallback, int32_t *out)
{
    const char *value = sparkk8s_conf_get(check->b->app.conf, key);

    *out = fallback;
    return !value || text_to_int32(value, out);
}

static int check_order(const struct check *check, const struct order *order)
{
    AUTO_STR other = STR_INIT(STR_TEXT_LIMIT);
    int32_t low, high;

    if ((order->condition && !is_set(check, order->condition, false)) ||
        !number(check, order->low, order->low_fallback, &low) ||
        !number(check, order->high, order->high_fallback, &high) || low <= high)
        return 0;
    conf_describe(check->b->app.conf, order->high, &other);
    if (other.failed)
        return fail_oom(check->err);
    return check_say(check, REFUSE, order->low, "raise the one or lower the other",
                     "%s, %s: the driver would fail", order->wrong, other.s);
}

static int check_orders(const struct check *check)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(orders); i++)
        rc = check_order(check, &orders[i]);
    return rc;
}

/* ---- shuffle files ------------------------------------------------------------------------------------- */

/* Executors may only go if their shuffle files are tracked, or moved. */
static int check_dynamic_allocation(const struct check *check)
{
    bool moved = is_set(check, "spark.decommission.enabled", false) &&
                 is_set(check, "spark.storage.decommission.enabled", false) &&
                 is_set(check, "spark.storage.decommission.shuffleBlocks.enabled", true);

    bool elsewhere = is_set(check, "spark.shuffle.service.enabled", false) ||
                     conf_has(check->b->app.conf, "spark.shuffle.sort.io.plugin.class");

    if (!is_set(check, DYNAMIC "enabled", false) || is_set(check, DYNAMIC "shuffleTracking.enabled", true) ||
        moved || elsewhere)
        return 0;
    return check_say(check, REFUSE, DYNAMIC "shuffleTracking.enabled", "leave it out: the default is true",
                     "dynamic allocation needs it, as Kubernetes has no shuffle service: the driver would "
                     "fail");
}

static int check_shuffle_service(const struct check *check)
{
    static const char key[] = "spark.shuffle.service.enabled";

    if (!is_set(check, key, false))
        return 0;
    return check_say(check, WARN, key, "leave it out",
                     "Kubernetes has no external shuffle service, and executors look for one on their node");
}

/* ---- cores --------------------------------------------------------------------------------------------- */

/* The key that says what is asked for, and its value. */
static const char *requested(const struct check *check, const struct role *role, const char **key)
{
    const char *value;

    *key = conf_has(check->b->app.conf, role->request_cores) ? role->request_cores : role->cores;
    value = sparkk8s_conf_get(check->b->app.conf, *key);
    return value ? value : "1";
}

static int check_cores_of(const struct check *check, const struct role *role)
{
    const char *limit = sparkk8s_conf_get(check->b->app.conf, role->limit_cores), *key;
    const char *request = requested(check, role, &key);
    double most, least;

    if (!limit || !quantity_parse(limit, &most) || !quantity_parse(request, &least) || least <= most)
        return 0;
    return check_say(check, WARN, role->limit_cores, "raise the limit or lower the request",
                     "less than is asked for, %s=%s: %s", key, request, role->role == SPARKK8S_DRIVER
                     ? "Kubernetes will refuse it" : "the driver will not be able to make executors");
}

static int check_cores(const struct check *check)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < ROLES; i++)
        rc = check_cores_of(check, &roles[i]);
    return rc;
}

/* ---- the application ----------------------------------------------------------------------------------- */

static int check_main_class(const struct check *check)
{
    const char *name = check->b->app.main_class;

    if (!name || (*name && !name[strcspn(name, " \t/\\")]))
        return 0;
    return check_say(check, WARN, NULL, "write it as in org.apache.spark.examples.SparkPi",
                     "main class '%s': the JVM will find no class of that name", name);
}

/* The driver's own spark-submit goes by the ending, whatever the program said. */
static int check_language(const struct check *check)
{
    static const struct {
        enum language language;
        const char *name, *endings[4];
    } languages[] = {
        {LANGUAGE_PYTHON, "Python", {".py", ".zip", ".egg", NULL}},
        {LANGUAGE_R, "R", {".R", ".r", NULL}},
    };
    const struct prepared *app = &check->b->app;
    size_t i, k;

    for (i = 0; i < COUNT(languages); i++) {
        if (languages[i].language != app->language)
            continue;
        for (k = 0; languages[i].endings[k]; k++)
            if (text_ends(app->resource, languages[i].endings[k]))
                return 0;
        return check_say(check, WARN, NULL, "give it its usual ending",
                         "resource %s: a %s application that does not end in %s, by which the driver knows "
                         "it", app->resource, languages[i].name, languages[i].endings[0]);
    }
    return 0;
}

int check_relations(const struct check *check)
{
    static int (*const checks[])(const struct check *) = {
        check_orders, check_dynamic_allocation, check_shuffle_service, check_cores, check_main_class,
        check_language,
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(checks); i++)
        rc = checks[i](check);
    return rc;
}
