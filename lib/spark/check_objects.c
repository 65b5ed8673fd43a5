/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects as a whole: their names, ports, sizes, and what must not be there twice. Values that come from
 * one key are looked at there (check_keys.c), those of a pod template by the API server.
 */
#include "checks.h"

#include <inttypes.h>

#include "error.h"
#include "str.h"
#include "text.h"

#define SERVER "Kubernetes will refuse it"
#define DATA_LIMIT 1048576              /* bytes of a ConfigMap or Secret */
#define ANNOTATIONS_LIMIT 262144        /* bytes of keys and values */
#define NAME_KEY "spark.app.name"

typedef int look_fn(const struct check *check, const json_t *object);

static const char *kind_of(const json_t *object)
{
    const char *kind = json_text_at(object, "kind", NULL);

    return kind ? kind : "object";
}

/* ---- names and sizes ----------------------------------------------------------------------------------- */

static int look_at_name(const struct check *check, const json_t *object)
{
    const char *name = json_text_at(object, "metadata", "name", NULL);
    enum rule_id rule = !strcmp(kind_of(object), "Service") ? RULE_DNS_LABEL : RULE_NAME;

    if (!name)
        return check_say(check, WARN, NULL, "do not exclude the step that names it",
                         "the %s has no name: " SERVER, kind_of(object));
    /* Other names come from keys of their own. */
    if (rules[rule].holds(name) || !text_starts(name, check->b->prefix))
        return 0;
    return check_say(check, WARN, NAME_KEY, "use a shorter name",
                     "%s %s, named after it, has a name that is %s: " SERVER, kind_of(object), name,
                     rules[rule].wrong);
}

static int look_at_annotations(const struct check *check, const json_t *object)
{
    json_t *annotations = json_at(object, "metadata", "annotations", NULL), *value;
    const char *key;
    size_t size = 0;

    json_object_foreach(annotations, key, value)
        size += strlen(key) + json_string_length(value);
    if (size <= ANNOTATIONS_LIMIT)
        return 0;
    return check_say(check, WARN, NULL, "put long texts into a ConfigMap or a file",
                     "the annotations of the %s have %zu bytes, and may have %d: " SERVER, kind_of(object),
                     size, ANNOTATIONS_LIMIT);
}

/* A Secret's data is in base64 here, and counts as it is without. */
static int look_at_data(const struct check *check, const json_t *object)
{
    bool coded = !strcmp(kind_of(object), "Secret");
    json_t *data = json_object_get(object, "data"), *value;
    const char *key;
    size_t size = 0;
    int rc = 0;

    json_object_foreach(data, key, value) {
        size += coded ? json_string_length(value) / 4 * 3 : json_string_length(value);
        if (rc == 0 && !rules[RULE_DATA_KEY].holds(key))
            rc = check_say(check, WARN, NULL, "rename the file", "'%s' is %s: " SERVER, key,
                           rules[RULE_DATA_KEY].wrong);
    }
    if (rc < 0 || size <= DATA_LIMIT + (coded ? 2 * json_object_size(data) : 0))
        return rc;
    return check_say(check, WARN, NULL, "leave files out, or bring them there by a volume or the image",
                     "%s %s has %zu bytes, and may have %d: " SERVER, kind_of(object),
                     json_text_at(object, "metadata", "name", NULL), size, DATA_LIMIT);
}

/* ---- ports --------------------------------------------------------------------------------------------- */

/* By the names that Spark gives them. The first key that is set has decided. */
static const struct {
    const char *name, *keys[2];
} port_keys[] = {
    {"driver-rpc-port", {"spark.driver.port", NULL}},
    {"blockmanager", {"spark.driver.blockManager.port", "spark.blockManager.port"}},
    {"spark-ui", {"spark.ui.port", NULL}},
    {"spark-connect", {"spark.connect.grpc.binding.port", NULL}},
};

static const char *port_key(const struct check *check, const char *name)
{
    size_t i, k;

    for (i = 0; i < COUNT(port_keys); i++)
        for (k = 0; k < COUNT(port_keys->keys) && port_keys[i].keys[k]; k++)
            if (!strcmp(port_keys[i].name, name) && conf_has(check->b->app.conf, port_keys[i].keys[k]))
                return port_keys[i].keys[k];
    return NULL;
}

static int look_at_port(const struct check *check, json_t *port, const char *member)
{
    const char *name = json_text_at(port, "name", NULL), *key = name ? port_key(check, name) : NULL;
    json_int_t number = json_integer_value(json_object_get(port, member));

    if (!key || (number >= 1024 && number <= 65535))
        return 0;
    return check_say(check, WARN, key, rules[RULE_PORT].hint, "%s: %s", rules[RULE_PORT].wrong,
                     number < 1 || number > 65535 ? SERVER : "the driver will fail with it");
}

/* The same port twice in a service, which has one protocol only. */
static int look_at_service(const struct check *check, const json_t *object)
{
    json_t *ports = json_at(object, "spec", "ports", NULL), *port, *other;
    size_t i, k;
    int rc = 0;

    if (strcmp(kind_of(object), "Service") != 0)
        return 0;
    json_array_foreach(ports, i, port)
        for (k = 0; rc == 0 && k < i; k++) {
            other = json_array_get(ports, k);
            if (json_equal(json_object_get(port, "port"), json_object_get(other, "port")))
                rc = check_say(check, WARN, NULL, "give each of them a port of its own",
                               "%s and %s have the same port, %" JSON_INTEGER_FORMAT ": " SERVER,
                               json_text_at(other, "name", NULL), json_text_at(port, "name", NULL),
                               json_integer_value(json_object_get(port, "port")));
        }
    return rc;
}

/* ---- the driver's pod ---------------------------------------------------------------------------------- */

/* How many items a list of the pod, or of Spark's container, has from the template: Spark only appends. */
static size_t items_of_template(const struct check *check, const char *list, bool in_pod)
{
    const struct start *start = &check->b->start;
    const json_t *containers = json_at(start->pod, "spec", "containers", NULL);
    const json_t *container = json_array_get(containers, start->container);

    return json_array_size(json_object_get(in_pod ? json_object_get(start->pod, "spec") : container, list));
}

/* What must not be twice in a list. A template's items that Spark repeats are told by their place in it. */
static const struct {
    const char *list, *member, *what, *hint;
    bool in_pod;                        /* else in Spark's container */
} unique[] = {
    {"volumes", "name", "volumes", "give each volume a name of its own", true},
    {"volumeMounts", "mountPath", "volumes at", "mount each volume at a path of its own", false},
};

static bool is_among(const json_t *list, size_t from, size_t end, const char *member, const char *text)
{
    size_t i;

    for (i = from; i < end; i++) {
        const char *other = json_text_at(json_array_get(list, i), member, NULL);

        if (other && !strcmp(other, text))
            return true;
    }
    return false;
}

static int look_for_twins(const struct check *check, size_t which)
{
    const json_t *spec = json_object_get(check->b->pod, "spec");
    const json_t *object = unique[which].in_pod ? spec : check->b->container;
    const json_t *list = json_object_get(object, unique[which].list);
    size_t i, own = items_of_template(check, unique[which].list, unique[which].in_pod);
    int rc = 0;

    for (i = own; rc == 0 && i < json_array_size(list); i++) {
        const char *text = json_text_at(json_array_get(list, i), unique[which].member, NULL);

        if (text && is_among(list, own, i, unique[which].member, text))
            rc = check_say(check, WARN, NULL, unique[which].hint, "the driver's pod has two %s %s: " SERVER,
                           unique[which].what, text);
    }
    return rc;
}

/* Variables may be there twice. */
static int look_at_variable(const struct check *check, const json_t *list, size_t index)
{
    const char *name = json_text_at(json_array_get(list, index), "name", NULL);
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    if (!name || !is_among(list, items_of_template(check, "env", false), index, "name", name))
        return 0;
    str_addf(&key, "spark.kubernetes.driverEnv.%s", name);
    if (key.failed)
        return fail_oom(check->err);
    if (!conf_has(check->b->app.conf, key.s))
        return 0;
    return check_say(check, WARN, key.s, "leave it out, if it is not the one",
                     "the driver's container has another value for %s, and only the last one counts", name);
}

static int look_at_variables(const struct check *check)
{
    const json_t *list = json_object_get(check->b->container, "env");
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < json_array_size(list); i++)
        rc = look_at_variable(check, list, i);
    return rc;
}

/* Of a template: a key's is told with the key. */
static int look_at_quantities(const struct check *check, const char *side, const char *key)
{
    json_t *quantities = json_at(check->b->container, "resources", side, NULL), *value;
    const bool told = conf_has(check->b->app.conf, key);
    const char *name;
    int rc = 0;

    json_object_foreach(quantities, name, value) {
        const char *text = json_string_value(value);

        if (rc == 0 && text && !rules[RULE_QUANTITY].holds(text) && !(told && !strcmp(name, "cpu")))
            rc = check_say(check, WARN, NULL, rules[RULE_QUANTITY].hint,
                           "resources.%s.%s of the driver's container, %s, is %s: " SERVER, side, name, text,
                           rules[RULE_QUANTITY].wrong);
    }
    return rc;
}

static int look_at_mounts(const struct check *check)
{
    const json_t *volumes = json_at(check->b->pod, "spec", "volumes", NULL);
    json_t *mount;
    size_t i;
    int rc = 0;

    json_array_foreach(json_object_get(check->b->container, "volumeMounts"), i, mount) {
        const char *name = json_text_at(mount, "name", NULL);

        if (rc == 0 && name && !is_among(volumes, 0, json_array_size(volumes), "name", name))
            rc = check_say(check, WARN, NULL, "add the volume, or remove the mount",
                           "the driver's container mounts a volume %s, and the pod has none: " SERVER, name);
    }
    return rc;
}

static int look_at_driver(const struct check *check)
{
    json_t *port;
    size_t i;
    int rc = 0;

    json_array_foreach(json_object_get(check->b->container, "ports"), i, port)
        if (rc == 0)
            rc = look_at_port(check, port, "containerPort");
    for (i = 0; rc == 0 && i < COUNT(unique); i++)
        rc = look_for_twins(check, i);
    if (rc == 0)
        rc = look_at_variables(check);
    if (rc == 0)
        rc = look_at_quantities(check, "requests", check->b->role->request_cores);
    if (rc == 0)
        rc = look_at_quantities(check, "limits", check->b->role->limit_cores);
    return rc < 0 ? rc : look_at_mounts(check);
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static int look_at(const struct check *check, const json_t *object)
{
    static look_fn *const looks[] = {look_at_name, look_at_annotations, look_at_data, look_at_service};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(looks); i++)
        rc = looks[i](check, object);
    return rc;
}

static int look_at_all(const struct check *check, const json_t *objects)
{
    json_t *object;
    size_t i;
    int rc = 0;

    json_array_foreach((json_t *)objects, i, object)
        if (rc == 0)
            rc = look_at(check, object);
    return rc;
}

int check_objects(const struct check *check)
{
    int rc;

    rc = look_at_all(check, check->b->before);
    if (rc == 0)
        rc = look_at(check, check->b->pod);
    if (rc == 0)
        rc = look_at_driver(check);
    return rc < 0 ? rc : look_at_all(check, check->b->after);
}
