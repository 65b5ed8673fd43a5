/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the feature steps build on: the pod in the making, the other objects, the properties that the driver
 * will get. Counterpart of KubernetesDriverConf and KubernetesExecutorConf, SparkPod and
 * KubernetesDriverSpec.
 *
 * A step reads `conf` (through `reader` where Spark reads typed), changes `pod` and `container`, sets
 * `props`, and adds objects. Later steps overwrite earlier properties. The build owns all it points to but
 * `env`, `args`, `templates`, `executor`, `warnings`, `shared_claims` and the seed.
 */
#ifndef SPARK_BUILD_H
#define SPARK_BUILD_H

#include "app.h"
#include "ids.h"
#include "json.h"
#include "line.h"
#include "role.h"
#include "uploads.h"
#include "value.h"

#define CONF_FOLDER "/opt/spark/conf"       /* in the container */
#define PORT_DRIVER 7078                    /* Spark's defaults */
#define PORT_BLOCK_MANAGER 7079
#define PORT_CONNECT 15002
#define DEFAULT_PROFILE "0"             /* the resource profile of executors that nobody asked for */

/* The template that the pod started from; `pod` is NULL without one. */
struct start {
    struct template_text source;
    json_t *pod;                    /* as it was read */
    size_t container;               /* index of Spark's among its containers */
};

struct build;
/* Who looks on: called when a step (or what comes before and after them) has done its part. */
struct build_watch {
    int (*after)(void *owner, struct build *b, const char *step, sparkk8s_error **err);
    void *owner;
};

/* What only an executor has. */
struct executor {
    const char *id;                 /* "1" */
    json_t *owner;                  /* reference to the driver's pod */
    const json_t *driver;           /* the driver's container */
};

struct build {
    const struct role *role;
    const struct env *env;          /* of the process that builds: the submitter, or the driver */
    const struct strv *args;        /* the application's own */
    const struct template_text *templates;      /* of the application, in the order of roles[] */
    struct prepared app;
    struct reader reader;           /* over app.conf and env */
    enum spark_line line;
    char *version;                  /* "4.1.4", the label spark-version */
    struct ids ids;
    char *app_id, *prefix, *pod_name, *conf_map_name;
    const struct executor *executor;            /* NULL for a driver */
    json_t *labels;                 /* made by build_labels() */
    struct start start;
    json_t *pod;                    /* starts as the template, or empty */
    json_t *container;              /* Spark's; put at the end of spec.containers when the steps are done */
    sparkk8s_conf *props;           /* spark.properties of the driver: starts as a copy of app.conf; NULL for
                                     * an executor */
    json_t *before, *after;         /* objects created before and after the pod, in order */
    struct uploads uploads;         /* files that the driver is to find elsewhere */
    bool trial;                     /* a step that is left out is only constructed: it uploads nothing */
    struct strv *warnings;
    struct strv *shared_claims;     /* of the manifest; NULL where none is made */
    const struct build_watch *watch;            /* or NULL */
};

int build_watched(struct build *b, const char *step, sparkk8s_error **err);
/* Everything of a driver that does not depend on a step: ids, names, the empty pod. */
int build_begin(struct build *b, sparkk8s_error **err);
/* The empty pod, and no other objects. */
int build_begin_pod(struct build *b, sparkk8s_error **err);
void build_clear(struct build *b);

/* Stolen, as json_push. */
int build_add_before(struct build *b, json_t *object, sparkk8s_error **err);
int build_add(struct build *b, json_t *object, sparkk8s_error **err);
int build_env(struct build *b, const char *name, const char *value, sparkk8s_error **err);
int build_mount(struct build *b, const char *volume, const char *path, sparkk8s_error **err);
int build_volume(struct build *b, json_t *volume, sparkk8s_error **err);      /* stolen */
/* Appends to a list of the container, or of the pod's spec, made if it is missing; stolen. */
int build_push(json_t *object, const char *list, json_t *value, sparkk8s_error **err);
int build_put(json_t *object, const char *key, const char *text, sparkk8s_error **err);
int build_prop(struct build *b, const char *key, const char *value, sparkk8s_error **err);
int build_warn(struct build *b, const char *format, ...) PRINTF(2, 3);
/* The map under a prefix ("spark.kubernetes.driver.label.") into a JSON object, placeholders {{APP_ID}} and
 * {{EXECUTOR_ID}} replaced if asked for. */
int build_map(struct build *b, const char *prefix, bool placeholders, json_t *into, sparkk8s_error **err);
/* The same into the object at `parent`.`key`, which is made only if there is something for it. */
int build_map_at(struct build *b, const char *prefix, bool placeholders, json_t *parent, const char *key,
                 sparkk8s_error **err);
/* A typed read of a key that takes only these `words` (NULL at the end); new. */
int build_choice(struct build *b, const char *key, const char *const *words, char **out,
                 sparkk8s_error **err);
/* The first of two keys that is set, read typed; NULL if neither is. */
int build_either(struct build *b, const char *key, const char *otherwise, char **out, sparkk8s_error **err);
/* Labels of the pod, custom ones and Spark's own: refuses reserved keys. Made once; borrowed. */
int build_labels(struct build *b, json_t **labels, sparkk8s_error **err);
json_t *build_spec(struct build *b);        /* of the pod; borrowed; NULL if out of memory */
json_t *build_metadata(struct build *b);
/* {{APP_ID}} and {{EXECUTOR_ID}} replaced; new, NULL if out of memory. */
char *build_replace_ids(const struct build *b, const char *text);
/* Every `from` in `text` becomes `to`; new, NULL if out of memory. */
char *build_replace(const char *text, const char *from, const char *to);

#endif
