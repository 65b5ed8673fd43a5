/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to and from JSON values. The only user of libyaml.
 *
 * Scalars are resolved by YAML 1.1 as Kubernetes' own tools do (sigs.k8s.io/yaml, for kubeconfig), by the YAML 1.2
 * core schema, or by its JSON schema as fabric8 does (for pod templates). Anchors and aliases are followed within a limit
 * on the total size. JSON is read too.
 *
 * The 1.2 schemas are strict: duplicate keys and a second document are errors. YAML_1_1 accepts what Kubernetes' tools
 * accept: of duplicate keys the last wins, only the first document is looked at, merge keys (`<<`) are followed, UTF-16
 * with its mark is read, !!binary is decoded, other tags mean text. Infinities, and versions of YAML but 1.1, are errors.
 */
#ifndef BASE_YAMLDOC_H
#define BASE_YAMLDOC_H

#include "json.h"
#include "str.h"

enum yaml_rules { YAML_1_1, YAML_1_2, YAML_JSON };

/* One document; none at all gives JSON null. What is not YAML is SPARKK8S_EPARSE. Errors are placed at "name:line:column". */
int yaml_parse(const char *text, size_t len, const char *name, enum yaml_rules rules, json_t **out,
               sparkk8s_error **err);
/* Appends one document in block style, without `---`; strings that another reader could take for something else are
 * quoted. Failure stays in `out`. */
void yaml_add(struct str *out, const json_t *value);

#endif
