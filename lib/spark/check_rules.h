/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Kubernetes, Spark or the JVM accept as a text of one kind or another. From k8s.io/apimachinery's
 * validation, k8s.io/kubernetes' pkg/apis/core/validation and Spark's own requirements; where a newer API
 * server accepts more than an older one, more.
 */
#ifndef SPARK_CHECK_RULES_H
#define SPARK_CHECK_RULES_H

#include <stdbool.h>

enum rule_id {
    RULE_NONE, RULE_LABEL_KEY, RULE_LABEL_VALUE, RULE_ANNOTATION_KEY, RULE_NAME, RULE_NAME_IF_ANY, RULE_NAMES,
    RULE_DNS_LABEL, RULE_SECRET_VOLUME, RULE_ENV_NAME, RULE_ENV_NAME_AT_ALL, RULE_DATA_KEY, RULE_SECRET_REF,
    RULE_SECRET_REF_NAMES, RULE_QUANTITY, RULE_IMAGE, RULE_MOUNT_PATH, RULE_SUB_PATH, RULE_HOST_PATH,
    RULE_HOST_PATH_TYPE, RULE_ABSOLUTE_PATH, RULE_MEDIUM, RULE_VENDOR, RULE_POD_PREFIX, RULE_PORT,
    RULE_PORT_IF_ANY, RULE_HEAP, RULE_EXECUTOR_HEAP, RULE_FRACTION, RULE_EXECUTOR_OPTIONS,
    RULE_EXECUTOR_LABEL, RULE_POSITIVE, RULES
};

struct rule {
    bool (*holds)(const char *text);
    const char *wrong, *hint;
};

extern const struct rule rules[RULES];

#endif
