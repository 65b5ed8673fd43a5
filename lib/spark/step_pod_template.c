/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executors' pod template on its way to the driver, which builds the executors. Counterpart of Spark's
 * PodTemplateConfigMapStep. The text is passed on as it is.
 */
#include "steps.h"

#include "error.h"
#include "parcel.h"
#include "template.h"

#define KEY "spark.kubernetes.executor.podTemplateFile"
#define VOLUME "pod-template-volume"

int step_pod_template(struct build *b, sparkk8s_error **err)
{
    AUTO_TEMPLATE_TEXT source = {0};
    AUTO(chars) map = NULL;
    AUTO(json) data = NULL;
    int rc;

    rc = template_source(b, SPARKK8S_EXECUTOR, &source, err);
    if (rc < 0 || !source.text)
        return rc;
    data = json_object();
    if (!data)
        return fail_oom(err);
    rc = parcel_add_string(b, data, EXECUTOR_TEMPLATE_ITEM, source.text, source.len, source.name, err);
    if (rc < 0)
        return template_blame(b, SPARKK8S_EXECUTOR, rc, err);
    rc = parcel_name(b, "-driver-podspec-conf-map", &map, err);
    if (rc == 0)
        rc = build_volume(b, json_pack("{s:s, s:{s:s, s:[{s:s, s:s}]}}",
                                       "name", VOLUME,
                                       "configMap",
                                           "name", map,
                                           "items", "key", EXECUTOR_TEMPLATE_ITEM,
                                                    "path", EXECUTOR_TEMPLATE_FILE), err);
    if (rc == 0)
        rc = build_mount(b, VOLUME, EXECUTOR_TEMPLATE_FOLDER, err);
    if (rc == 0)
        rc = build_prop(b, KEY, EXECUTOR_TEMPLATE_PATH, err);
    return rc < 0 ? rc : parcel_send(b, "ConfigMap", map, data, err);
}
