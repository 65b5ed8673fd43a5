/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only pods of the application may reach its executors. Counterpart of Spark's NetworkPolicyFeatureStep
 * (since 4.2).
 */
#include "steps.h"

#include "error.h"
#include "str.h"

int step_network_policy(struct build *b, sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    json_t *policy;

    str_addf(&name, "%s-policy", b->prefix);
    if (name.failed)
        return fail_oom(err);
    policy = json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}}, s:{s:{s:{s:s, s:s}}, s:[{s:[{s:{s:{s:s}}}]}]}}",
                       "apiVersion", "networking.k8s.io/v1",
                       "kind", "NetworkPolicy",
                       "metadata",
                           "name", name.s,
                           "namespace", b->app.ns,
                           "labels", "spark-app-selector", b->app_id,
                       "spec",
                           "podSelector", "matchLabels",
                               "spark-role", "executor",
                               "spark-app-selector", b->app_id,
                           "ingress", "from", "podSelector", "matchLabels", "spark-app-selector", b->app_id);
    return build_add(b, policy, err);
}
