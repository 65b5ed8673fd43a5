/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to and from JSON values. The only user of libyaml.
 *
 * Scalars are resolved by YAML 1.1 as Kubernetes' own tools do (sigs.k8s.io/yaml, for kubeconfig), by the YAML 1.2
 * core schema, or by its JSON schema as fabric8 does (for pod templates). Anchors and aliases are followed within a limit on the total size;
 * merge keys (`<<`) in 1.1 only. JSON is read too. Duplicate keys are an error.
 */
#ifndef BASE_YAMLDOC_H
#define BASE_YAMLDOC_H

#include "json.h"
#include "str.h"

enum yaml_rules { YAML_1_1, YAML_1_2, YAML_JSON };

/* One document; none at all gives JSON null, a second one is SPARKK8S_EPARSE. Errors are placed at "name:line:column". */
int yaml_parse(const char *text, size_t len, const char *name, enum yaml_rules rules, json_t **out,
               sparkk8s_error **err);
/* Appends one document in block style, without `---`; strings that another reader could take for something else are
 * quoted. Failure stays in `out`. */
void yaml_add(struct str *out, const json_t *value);

#endif
