/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a pod template that Spark replaces or drops. Spark does so without a word, and who wrote the
 * template finds out from a pod that behaves otherwise. Found by comparing template and pod, so that whatever a
 * step does is seen; only the words on where a value comes from need a table.
 *
 * Items of lists keep their places, since Spark only appends; but its own container is moved to the end.
 */
#include "override.h"

#include "error.h"
#include "quantity.h"
#include "str.h"
#include "text.h"
#include "yamlplace.h"

#define SPARKS_OWN ": Spark sets it itself"
#define SHOWN_LIMIT 200                 /* of a value in a message */
#define DRIVER_ACCOUNT_KEY "spark.kubernetes.authenticate.driver.serviceAccountName"
#define OWN "container"                 /* Spark's container, in the paths below */

/* Where the value of a field comes from: the first key that is set, else the default of the last. A star stands
 * for the role, a path and a key that end with a slash and a dot for all that is below. */
static const struct cause {
    const char *path;
    int role;                           /* 0: both */
    const char *keys[2];
} causes[] = {
    {"metadata/annotations/", 0, {"spark.kubernetes.*.annotation."}},
    {"metadata/labels/", 0, {"spark.kubernetes.*.label."}},
    {"metadata/name", SPARKK8S_DRIVER, {"spark.kubernetes.driver.pod.name"}},
    {"metadata/namespace", 0, {"spark.kubernetes.namespace"}},
    {"spec/nodeSelector/", 0, {"spark.kubernetes.*.node.selector.", "spark.kubernetes.node.selector."}},
    {"spec/schedulerName", 0, {"spark.kubernetes.*.scheduler.name", "spark.kubernetes.scheduler.name"}},
    {"spec/serviceAccount", 0, {"spark.kubernetes.authenticate.*.serviceAccountName", DRIVER_ACCOUNT_KEY}},
    {"spec/serviceAccountName", 0, {"spark.kubernetes.authenticate.*.serviceAccountName", DRIVER_ACCOUNT_KEY}},
    {"spec/terminationGracePeriodSeconds", 0, {"spark.kubernetes.*.terminationGracePeriodSeconds"}},
    {OWN "/env/", SPARKK8S_DRIVER, {"spark.kubernetes.driverEnv."}},
    {OWN "/env/", SPARKK8S_EXECUTOR, {"spark.executorEnv."}},
    {OWN "/image", 0, {"spark.kubernetes.*.container.image", "spark.kubernetes.container.image"}},
    {OWN "/imagePullPolicy", 0, {"spark.kubernetes.container.image.pullPolicy"}},
    {OWN "/lifecycle/preStop/exec/command", 0, {"spark.kubernetes.decommission.script"}},
    {OWN "/lifecycle/postStart", 0, {"spark.decommission.enabled"}},
    {OWN "/resources/limits/cpu", 0, {"spark.kubernetes.*.limit.cores"}},
    {OWN "/resources/limits/memory", 0, {"spark.*.memory"}},
    {OWN "/resources/requests/cpu", 0, {"spark.kubernetes.*.request.cores", "spark.*.cores"}},
    {OWN "/resources/requests/memory", 0, {"spark.*.memory"}},
    {OWN "/securityContext/allowPrivilegeEscalation", 0,
     {"spark.kubernetes.*.securityContext.allowPrivilegeEscalation",
      "spark.kubernetes.securityContext.allowPrivilegeEscalation"}},
};

/* Lists whose items have a name: where another one of the same name follows, it counts (env), or the API
 * server refuses the pod. */
static const struct named {
    const char *path, *name;
    bool refused;
} named_lists[] = {
    {OWN "/env", "name", false},
    {OWN "/ports", "name", true},
    {OWN "/volumeMounts", "mountPath", true},
    {"spec/volumes", "name", true},
};

struct check {
    struct build *b;
    sparkk8s_error **err;
};

/* ---- paths --------------------------------------------------------------------------------------------- */

static bool is_containers(const struct place *at)
{
    return at && at->key && !strcmp(at->key, "containers") && at->up && at->up->key &&
           !strcmp(at->up->key, "spec") && !at->up->up;
}

static bool is_own_container(const struct check *c, const struct place *at)
{
    return at && !at->key && is_containers(at->up) && at->index == c->b->start.container;
}

/* "container/resources/limits/cpu", as in the tables; indexes are left out. */
static void add_path(const struct check *c, struct str *path, const struct place *at)
{
    bool own = is_own_container(c, at);

    if (!at)
        return;
    if (!own)
        add_path(c, path, at->up);
    if (own || at->key)
        str_addf(path, "%s%s", path->len ? "/" : "", own ? OWN : at->key);
}

static const struct cause *cause_of(const struct check *c, const char *path)
{
    size_t i;

    for (i = 0; i < COUNT(causes); i++)
        if ((!causes[i].role || causes[i].role == c->b->role->role) &&
            (text_ends(causes[i].path, "/") ? text_starts(path, causes[i].path)
                                            : !strcmp(path, causes[i].path)))
            return &causes[i];
    return NULL;
}

/* *list stays as it is if it is none of them. */
static int named_list(const struct check *c, const struct place *at, const struct named **list)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < COUNT(named_lists); i++) {
        if (!at->key || !text_ends(named_lists[i].path, at->key))
            continue;
        if (!path.len)
            add_path(c, &path, at);
        if (path.failed)
            return fail_oom(c->err);
        if (!strcmp(path.s, named_lists[i].path))
            *list = &named_lists[i];
    }
    return 0;
}

/* ---- words --------------------------------------------------------------------------------------------- */

/* ": spark.driver.memory (from --conf)", or `otherwise`; failure stays in `out`. */
static void add_cause(const struct check *c, struct str *out, const char *path, const char *otherwise)
{
    const struct cause *cause = cause_of(c, path);
    bool below = cause && text_ends(cause->path, "/");
    size_t i;

    for (i = 0; cause && i < COUNT(cause->keys) && cause->keys[i]; i++) {
        AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);
        AUTO(chars) word = build_replace(cause->keys[i], "*", c->b->role->name);
        const struct conf_entry *entry;

        str_addf(&key, "%s%s", word ? word : "", below ? path + strlen(cause->path) : "");
        if (!word || key.failed) {
            str_fail(out);
            return;
        }
        entry = conf_find(c->b->app.conf, key.s);
        if (entry) {
            str_addf(out, ": %s (from %s)", key.s, entry->origin);
            return;
        }
        if (!below && (i + 1 == COUNT(cause->keys) || !cause->keys[i + 1])) {
            str_addf(out, ": the default of %s", key.s);
            return;
        }
    }
    str_add(out, otherwise);
}

/* " 'text'" of a scalar. The value of an environment variable may be a secret. */
static void add_value(struct str *out, const char *path, const json_t *value)
{
    AUTO(chars) text = NULL;

    if (!value || json_is_object(value) || json_is_array(value) || text_starts(path, OWN "/env"))
        return;
    text = json_is_string(value) ? text_dup(json_string_value(value)) : json_text(value);
    if (text)
        str_addf(out, " '%.*s%s'", SHOWN_LIMIT, text, strlen(text) > SHOWN_LIMIT ? "..." : "");
    else
        str_fail(out);
}

static int warn(const struct check *c, const struct place *at, const struct str *words)
{
    struct document document = {c->b->start.source.text, c->b->start.source.len, c->b->start.source.name};
    AUTO(chars) where = yaml_where(&document, at);
    AUTO(chars) place = place_text(at);

    if (!where || !place || words->failed || build_warn(c->b, "%s: %s%s", where, place, words->s) < 0)
        return fail_oom(c->err);
    return 0;
}

static int warn_replaced(const struct check *c, const struct place *at, const json_t *was, const json_t *is)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR words = STR_INIT(STR_TEXT_LIMIT);

    add_path(c, &path, at);
    add_value(&words, path.s, was);
    str_add(&words, is ? " is replaced" : " is dropped");
    if (is && !json_is_object(is) && !json_is_array(is) && !text_starts(path.s, OWN "/env")) {
        str_add(&words, " by");
        add_value(&words, path.s, is);
    }
    add_cause(c, &words, path.s, is ? SPARKS_OWN : " by Spark");
    if (path.failed)
        str_fail(&words);
    return warn(c, at, &words);
}

static int warn_named(const struct check *c, const struct named *list, const struct place *at,
                      const char *name)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR words = STR_INIT(STR_TEXT_LIMIT);

    if (list->refused) {
        str_addf(&words, " has the same %s as one that Spark adds, '%s': Kubernetes refuses such a pod",
                 list->name, name);
    } else {
        str_addf(&path, "%s/%s", list->path, name);
        str_addf(&words, " (%s) is replaced", name);
        add_cause(c, &words, path.s, SPARKS_OWN);
    }
    if (path.failed)
        str_fail(&words);
    return warn(c, at, &words);
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

/* "1" and "1000m" of a resource are the same to Kubernetes. */
static bool is_same(const struct place *at, const json_t *was, const json_t *is)
{
    static const char *const sides[] = {"requests", "limits", NULL};

    if (json_equal(was, is))
        return true;
    return at->up && at->up->key && text_is_one_of(at->up->key, sides) && json_is_string(was) &&
           json_is_string(is) && quantity_is_same(json_string_value(was), json_string_value(is));
}

static int compare(const struct check *c, const struct place *at, const json_t *was, const json_t *is);

static int compare_objects(const struct check *c, const struct place *at, const json_t *was, const json_t *is)
{
    const char *key;
    json_t *value;
    int rc = 0;

    json_object_foreach((json_t *)was, key, value) {
        const struct place place = {.up = at, .key = key};

        rc = compare(c, &place, value, json_object_get(is, key));
        if (rc < 0)
            break;
    }
    return rc;
}

/* The last of the items behind the template's that has that name. */
static const json_t *namesake(const json_t *is, size_t own, const char *key, const char *name)
{
    const json_t *found = NULL;
    size_t i;

    for (i = own; i < json_array_size(is); i++) {
        const char *other = json_text_at(json_array_get(is, i), key, NULL);

        if (other && !strcmp(other, name))
            found = json_array_get(is, i);
    }
    return found;
}

static int check_names(const struct check *c, const struct place *at, const json_t *was, const json_t *is)
{
    const struct named *list = NULL;
    size_t i;
    int rc = named_list(c, at, &list);

    for (i = 0; list && rc == 0 && i < json_array_size(was); i++) {
        const struct place place = {.up = at, .index = i};
        const char *name = json_text_at(json_array_get(was, i), list->name, NULL);
        const json_t *other = name ? namesake(is, json_array_size(was), list->name, name) : NULL;

        if (other && (list->refused || !json_equal(other, json_array_get(was, i))))
            rc = warn_named(c, list, &place, name);
    }
    return rc;
}

/* Where the item at `index` of the template's list is in the pod's. */
static size_t index_in_pod(const struct check *c, const struct place *at, size_t index, const json_t *is)
{
    size_t own = c->b->start.container;

    if (!is_containers(at) || index < own)
        return index;
    return index == own ? json_array_size(is) - 1 : index - 1;
}

/* A list of texts is one value: it may have got longer. */
static bool is_beginning(const json_t *was, const json_t *is)
{
    size_t i;

    for (i = 0; i < json_array_size(was); i++)
        if (!json_equal(json_array_get(was, i), json_array_get(is, i)))
            return false;
    return true;
}

static int compare_arrays(const struct check *c, const struct place *at, const json_t *was, const json_t *is)
{
    size_t i;
    int rc = 0;

    if (!json_is_object(json_array_get(was, 0)))
        return is_beginning(was, is) ? 0 : warn_replaced(c, at, was, is);
    for (i = 0; rc == 0 && i < json_array_size(was); i++) {
        const struct place place = {.up = at, .index = i};

        rc = compare(c, &place, json_array_get(was, i), json_array_get(is, index_in_pod(c, at, i, is)));
    }
    return rc < 0 ? rc : check_names(c, at, was, is);
}

static int compare(const struct check *c, const struct place *at, const json_t *was, const json_t *is)
{
    if (json_is_object(was) && json_is_object(is))
        return compare_objects(c, at, was, is);
    if (json_is_array(was) && json_is_array(is))
        return compare_arrays(c, at, was, is);
    return is_same(at, was, is) ? 0 : warn_replaced(c, at, was, is);
}

int override_check(struct build *b, sparkk8s_error **err)
{
    struct check c = {b, err};

    return b->start.pod ? compare_objects(&c, NULL, b->start.pod, b->pod) : 0;
}
