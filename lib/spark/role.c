/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of each role. Mirrors the pairs of entries of org.apache.spark.deploy.k8s.Config. */
#include "role.h"

#include "sparkk8s.h"

#define KEYS(word)                                                                  \
    .name = word,                                                                   \
    .template_name = word " pod template",                                          \
    .template_file = "spark.kubernetes." word ".podTemplateFile",                   \
    .template_container = "spark.kubernetes." word ".podTemplateContainerName",     \
    .custom_steps = "spark.kubernetes." word ".pod.featureSteps",                   \
    .excluded_steps = "spark.kubernetes." word ".pod.excludedFeatureSteps",         \
    .image = "spark.kubernetes." word ".container.image",                           \
    .scheduler = "spark.kubernetes." word ".scheduler.name",                        \
    .privileges = "spark.kubernetes." word ".securityContext.allowPrivilegeEscalation", \
    .request_cores = "spark.kubernetes." word ".request.cores",                     \
    .limit_cores = "spark.kubernetes." word ".limit.cores",                         \
    .cores = "spark." word ".cores",                                                \
    .memory = "spark." word ".memory",                                              \
    .overhead = "spark." word ".memoryOverhead",                                    \
    .least_overhead = "spark." word ".minMemoryOverhead",                           \
    .overhead_factor = "spark." word ".memoryOverheadFactor",                       \
    .labels = "spark.kubernetes." word ".label.",                                   \
    .annotations = "spark.kubernetes." word ".annotation.",                         \
    .node_selectors = "spark.kubernetes." word ".node.selector.",                   \
    .secrets = "spark.kubernetes." word ".secrets.",                                \
    .secret_refs = "spark.kubernetes." word ".secretKeyRef.",                       \
    .volumes = "spark.kubernetes." word ".volumes.",                                \
    .resources = "spark." word ".resource."

const struct role roles[ROLES] = {
    {.role = SPARKK8S_DRIVER, KEYS("driver")},
    {.role = SPARKK8S_EXECUTOR, KEYS("executor")},
};

const struct role *role_find(int role)
{
    size_t i;

    for (i = 0; i < ROLES; i++)
        if (roles[i].role == role)
            return &roles[i];
    return NULL;
}
