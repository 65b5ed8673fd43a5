/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths, as Hadoop's file systems know them (org.apache.hadoop.fs.Globber). */
#ifndef SPARK_GLOB_H
#define SPARK_GLOB_H

#include "sparkk8s.h"
#include "strv.h"

#include <stdbool.h>

/* What there is of an absolute path or pattern on this machine, folders included. *wild: it has a wildcard; else nothing
 * found means a file that is not there. *named: not in the last name. Errors are placed at the pattern. */
int glob_find(const char *pattern, struct strv *found, bool *wild, bool *named, sparkk8s_error **err);

#endif
