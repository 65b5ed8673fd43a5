/* SPDX-License-Identifier: Apache-2.0 */
/* Plain scalars of YAML: what is a number, a boolean, null, or text. For yamldoc.c. */
#ifndef BASE_YAMLSCALAR_H
#define BASE_YAMLSCALAR_H

#include "json.h"
#include "yamldoc.h"

/* NULL if out of memory. */
json_t *yaml_resolve(const char *text, enum yaml_rules rules);
/* The Java name of an infinity or of NaN, which JSON has not; or NULL. */
const char *yaml_beyond_numbers(const char *text);

#endif
