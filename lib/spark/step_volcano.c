/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feature steps that the user names. They are classes of the JVM, and none is here: only Volcano's, the one
 * that comes with Spark, is done natively. Counterpart of VolcanoFeatureStep and of the part of
 * KubernetesDriverBuilder and KubernetesExecutorBuilder that makes the user's steps.
 */
#include "steps.h"

#include "error.h"
#include "str.h"
#include "template.h"

#define VOLCANO_CLASS "org.apache.spark.deploy.k8s.features.VolcanoFeatureStep"
#define FILE_KEY "spark.kubernetes.scheduler.volcano.podGroupTemplateFile"
#define JSON_KEY "spark.kubernetes.scheduler.volcano.podGroupTemplateJson"

static int is_wanted(struct build *b, bool *wanted, sparkk8s_error **err)
{
    AUTO_STRV classes = {0};
    size_t i;
    int rc;

    rc = read_list(&b->reader, b->role->custom_steps, &classes, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < classes.count; i++) {
        if (strcmp(classes.v[i], VOLCANO_CLASS) != 0)
            return conf_refuse(err, b->app.conf, b->role->custom_steps,
                               "a pod template can change the pod; only " VOLCANO_CLASS " is known here",
                               "%s is a class of the JVM, and cannot run here", classes.v[i]);
        /* Earlier releases come without that class, and executors would need it, too. */
        if (b->line < SPARK_4_2)
            return conf_refuse(err, b->app.conf, b->role->custom_steps,
                               "leave it out; a pod template can set schedulerName and annotations",
                               "%s comes with Spark 4.2 and later, and this application is for Spark %s",
                               classes.v[i], b->version);
    }
    *wanted = classes.count > 0;
    return 0;
}

/* The file wins over the text. */
static int read_group(struct build *b, json_t **group, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO(chars) text = NULL;
    int rc;

    rc = read_text(&b->reader, FILE_KEY, &path, err);
    if (rc == 0 && !path)
        rc = read_text(&b->reader, JSON_KEY, &text, err);
    if (rc < 0)
        return rc;
    if (path)
        rc = template_read(b, path, group, err);
    else if (text)
        rc = template_parse(&(struct document){text, strlen(text), JSON_KEY}, b->line, group, err);
    else
        rc = (*group = json_object()) ? 0 : fail_oom(err);
    return rc < 0 ? conf_blame(err, rc, b->app.conf, path ? FILE_KEY : JSON_KEY, TEMPLATE_HINT) : 0;
}

static int fill_group(struct build *b, json_t *group, const char *name, sparkk8s_error **err)
{
    json_t *metadata = json_need_object(group, "metadata");
    int rc;

    rc = build_put(group, "apiVersion", "scheduling.volcano.sh/v1beta1", err);
    if (rc == 0 && !json_object_get(group, "kind"))
        rc = build_put(group, "kind", "PodGroup", err);
    if (rc == 0)
        rc = build_put(metadata, "name", name, err);
    if (rc == 0)
        rc = build_put(metadata, "namespace", b->app.ns, err);
    if (rc == 0 && !json_need_object(group, "spec"))
        rc = fail_oom(err);
    return rc;
}

int step_volcano(struct build *b, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    AUTO(json) group = NULL;
    json_t *metadata = build_metadata(b);
    bool wanted = false;
    int rc;

    rc = is_wanted(b, &wanted, err);
    if (rc < 0 || !wanted)
        return rc;
    str_addf(&name, "%s-podgroup", b->app_id);
    if (name.failed || !metadata)
        return fail_oom(err);
    rc = build_put(json_need_object(metadata, "annotations"), "scheduling.k8s.io/group-name", name.s, err);
    if (rc < 0 || b->executor)           /* executors join the group of their driver */
        return rc;
    rc = read_group(b, &group, err);
    if (rc == 0)
        rc = fill_group(b, group, name.s, err);
    return rc < 0 ? rc : build_add_before(b, TAKE(group), err);
}
