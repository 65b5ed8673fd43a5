/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a key, as JSON. sparkk8s_keys_to_json() is public. */
#ifndef SPARK_CONF_DESCRIBE_H
#define SPARK_CONF_DESCRIBE_H

#include "json.h"

struct conf_row;
/* The members are told in sparkk8s.h; new, NULL if out of memory. */
json_t *conf_row_json(const struct conf_row *row);

#endif
