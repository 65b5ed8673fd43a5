/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application: what to run (fields), with which properties (conf), from which environment. Counterpart of what
 * org.apache.spark.deploy.SparkSubmit knows after prepareSubmitEnvironment. Reading arguments is args.c's; turning
 * it into objects is render.c's.
 */
#ifndef SPARK_APP_H
#define SPARK_APP_H

#include "conf.h"
#include "env.h"
#include "role.h"
#include "strv.h"

enum language { LANGUAGE_JAVA, LANGUAGE_PYTHON, LANGUAGE_R };

/* A pod template, and how messages call it; `text` is NULL for none, NUL-terminated besides its length. Owned. */
struct template_text {
    char *text, *name;
    size_t len;
};

void template_text_clear(struct template_text *source);

struct sparkk8s_app {
    sparkk8s_conf *conf;            /* never NULL */
    struct env env;
    /* The fields of sparkk8s_app_set() that are no property ("name" is spark.app.name, "namespace" is
     * spark.kubernetes.namespace, "spark-version" is sparkk8s.spark.version). NULL: not given. */
    char *main_class, *resource, *language, *proxy_user;
    struct template_text templates[ROLES];     /* set by the program: the driver's, the executors' */
    struct strv args;               /* the application's own */
    struct strv warnings;           /* what reading the arguments noticed; render hands them on */
};

OWNED(app, sparkk8s_app *, sparkk8s_app_free);

/* An application brought into the form that the feature steps work from, as SparkSubmit does in cluster mode (reference
 * 6.4): validated, named, URIs resolved, defaults filled in. Made by render from a copy; the user's app stays as it is. */
struct prepared {
    sparkk8s_conf *conf;            /* spark.jars, spark.submit.pyFiles, spark.app.submitTime, ... set */
    enum language language;
    char *app_name;
    char *main_class;               /* NULL for Python and R: the runner class is the command step's */
    char *resource;                 /* a URI, "spark-internal" if there is none */
    char *proxy_user;               /* or NULL */
    char *ns;
};

struct line_choice;
/* Reference 6.4, in its order. */
int app_prepare(const sparkk8s_app *app, int64_t now_ms, struct prepared *out, struct strv *warnings,
                sparkk8s_error **err);
void prepared_clear(struct prepared *prepared);
/* Heap sizes have their own properties; the launcher refuses them there (reference 6.1). */
int app_check_java_options(const sparkk8s_conf *conf, sparkk8s_error **err);

#endif
