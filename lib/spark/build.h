/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the feature steps build on: the driver pod in the making, the other objects, the properties that the driver
 * will get. Counterpart of KubernetesDriverConf, SparkPod and KubernetesDriverSpec.
 *
 * A step reads `conf` (through `reader` where Spark reads typed), changes `pod` and `container`, sets `props`, and adds
 * objects. Later steps overwrite earlier properties. The build owns all it points to.
 */
#ifndef SPARK_BUILD_H
#define SPARK_BUILD_H

#include "app.h"
#include "ids.h"
#include "json.h"
#include "line.h"
#include "value.h"

struct build {
    const struct env *env;
    struct prepared app;
    struct reader reader;           /* over app.conf and env */
    enum spark_line line;
    char *version;                  /* "4.1.4", the label spark-version */
    struct ids ids;
    char *app_id, *prefix, *pod_name, *service_name, *conf_map_name;
    json_t *labels;                 /* of the driver: custom ones and Spark's own */
    json_t *pod;                    /* starts as the template, or empty */
    json_t *container;              /* Spark's; put at the end of spec.containers when the steps are done */
    sparkk8s_conf *props;           /* spark.properties of the driver: starts as a copy of app.conf */
    json_t *before, *after;         /* objects created before and after the pod, in order */
    struct strv *warnings;
};

/* Stolen, as json_push. */
int build_add_before(struct build *b, json_t *object, sparkk8s_error **err);
int build_add(struct build *b, json_t *object, sparkk8s_error **err);
int build_env(struct build *b, const char *name, const char *value, sparkk8s_error **err);
int build_mount(struct build *b, const char *volume, const char *path, sparkk8s_error **err);
int build_volume(struct build *b, json_t *volume, sparkk8s_error **err);      /* stolen */
int build_prop(struct build *b, const char *key, const char *value, sparkk8s_error **err);
int build_warn(struct build *b, const char *format, ...) PRINTF(2, 3);
/* The map under a prefix ("spark.kubernetes.driver.label.") into a JSON object, placeholders {{APP_ID}} and
 * {{EXECUTOR_ID}} replaced if asked for. */
int build_map(struct build *b, const char *prefix, bool placeholders, json_t *into, sparkk8s_error **err);

#endif
