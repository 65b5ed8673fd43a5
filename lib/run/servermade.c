/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what is filled in: by Kubernetes' defaulting (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go), by its
 * admission, by the clouds' identity webhooks, by the driver, and by a submission of ours. A field that is not here
 * is reported: better one difference too many than one that is hidden.
 */
#include "servermade.h"

#include "quantity.h"
#include "run.h"
#include "text.h"

#define CONTAINER "spec.*ontainers[*]."

/* `value`: JSON text that it must have; NULL: any. */
static const struct {
    const char *place, *value;
} rows[] = {
    { "status", NULL },
    { "metadata.creationTimestamp", NULL }, { "metadata.deletionGracePeriodSeconds", NULL },
    { "metadata.deletionTimestamp", NULL }, { "metadata.finalizers", NULL }, { "metadata.generation", NULL },
    { "metadata.managedFields", NULL }, { "metadata.namespace", NULL }, { "metadata.ownerReferences", NULL },
    { "metadata.resourceVersion", NULL }, { "metadata.selfLink", NULL }, { "metadata.uid", NULL },
    { "metadata.labels." LABEL_SUBMISSION, NULL },
    { "metadata.annotations.sparkk8s.io/*", NULL },
    { "metadata.annotations.spark.exit-exception", NULL },
    { "metadata.annotations.cni.projectcalico.org/*", NULL }, { "metadata.annotations.k8s.v1.cni.cncf.io/*", NULL },
    { "metadata.annotations.kubernetes.io/limit-ranger", NULL }, { "metadata.annotations.openshift.io/scc", NULL },
    { "metadata.annotations.pv.kubernetes.io/*", NULL }, { "metadata.annotations.volume.*kubernetes.io/*", NULL },

    { "spec.dnsPolicy", "\"ClusterFirst\"" }, { "spec.enableServiceLinks", "true" }, { "spec.nodeName", NULL },
    { "spec.preemptionPolicy", NULL }, { "spec.priority", NULL }, { "spec.schedulerName", "\"default-scheduler\"" },
    { "spec.securityContext", "{}" }, { "spec.serviceAccount", "\"default\"" },
    { "spec.serviceAccountName", "\"default\"" }, { "spec.terminationGracePeriodSeconds", "30" },
    { "spec.tolerations[node.kubernetes.io/*]", NULL },
    { "spec.volumes[kube-api-access-*]", NULL }, { "spec.volumes[*-token-?????]", NULL },
    { "spec.volumes[aws-iam-token]", NULL }, { "spec.volumes[azure-identity-token]", NULL },
    { "spec.volumes[*].*.defaultMode", "420" }, { "spec.volumes[*].hostPath.type", "\"\"" },
    { CONTAINER "env[AWS_ROLE_ARN]", NULL }, { CONTAINER "env[AWS_WEB_IDENTITY_TOKEN_FILE]", NULL },
    { CONTAINER "env[AWS_STS_REGIONAL_ENDPOINTS]", NULL }, { CONTAINER "env[AZURE_AUTHORITY_HOST]", NULL },
    { CONTAINER "env[AZURE_FEDERATED_TOKEN_FILE]", NULL },
    { CONTAINER "env[*].valueFrom.fieldRef.apiVersion", "\"v1\"" },
    { CONTAINER "ports[*].protocol", "\"TCP\"" }, { CONTAINER "resizePolicy", NULL }, { CONTAINER "resources", "{}" },
    { CONTAINER "resources.requests.*/*", NULL },                       /* as the limit of a device */
    { CONTAINER "terminationMessagePath", "\"/dev/termination-log\"" }, { CONTAINER "terminationMessagePolicy", "\"File\"" },
    { CONTAINER "volumeMounts[/var/run/secrets/*/serviceaccount]", NULL },
    { CONTAINER "*Probe.failureThreshold", "3" }, { CONTAINER "*Probe.periodSeconds", "10" },
    { CONTAINER "*Probe.successThreshold", "1" }, { CONTAINER "*Probe.timeoutSeconds", "1" },
    { CONTAINER "*.httpGet.scheme", "\"HTTP\"" }, { CONTAINER "imagePullPolicy", NULL },

    { "spec.clusterIPs", NULL }, { "spec.internalTrafficPolicy", "\"Cluster\"" }, { "spec.ipFamilies", NULL },
    { "spec.ipFamilyPolicy", NULL }, { "spec.ports[*].protocol", "\"TCP\"" }, { "spec.sessionAffinity", "\"None\"" },
    { "spec.type", "\"ClusterIP\"" },
    { "spec.policyTypes", "[\"Ingress\"]" },
    { "spec.storageClassName", NULL }, { "spec.volumeMode", "\"Filesystem\"" }, { "spec.volumeName", NULL },
    { "type", "\"Opaque\"" },
};

static bool is_filled_in(const char *place, const json_t *live)
{
    AUTO(chars) text = NULL;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        if (!text_glob(rows[i].place, place))
            continue;
        if (!rows[i].value)
            return true;
        text = text ? text : json_text(live);
        if (text && !strcmp(text, rows[i].value))
            return true;
    }
    return false;
}

/* The server leaves out what says nothing. */
static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) || (json_is_string(value) && !*json_string_value(value))
        || (json_is_array(value) && !json_array_size(value));
}

/* "0.5" and "500m" are the same to the server, which stores the second. */
static bool is_same_quantity(const char *place, const json_t *live, const json_t *ours)
{
    const char *mine = json_string_value(live), *other = json_string_value(ours);

    return mine && other && (strstr(place, "resources.") || text_ends(place, ".sizeLimit"))
        && quantity_is_same(mine, other);
}

bool is_server_made(const char *place, const json_t *live, const json_t *ours)
{
    if (!strcmp(place, "spec.schedulingGates"))
        return true;                /* ours is gone when all is there, others' when they say so */
    if (!ours)
        return is_filled_in(place, live);
    return live ? is_same_quantity(place, live, ours) : is_empty(ours);
}
