/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's files as URIs: spark.jars, spark.files, spark.archives, spark.submit.pyFiles and the resource
 * itself, through all that SparkSubmit does with them before they reach a feature step (reference 6.4).
 */
#ifndef SPARK_DEPENDENCIES_H
#define SPARK_DEPENDENCIES_H

#include "conf.h"
#include "value.h"

#define JARS_KEY "spark.jars"
#define FILES_KEY "spark.files"
#define ARCHIVES_KEY "spark.archives"
#define PY_FILES_KEY "spark.submit.pyFiles"
#define NO_RESOURCE "spark-internal"            /* SparkLauncher.NO_RESOURCE */

/* Utils.resolveURI: what is no URI with a scheme is a path of this machine; new. */
int dependency_resolve(const char *text, char **out, sparkk8s_error **err);
/* Utils.resolveURIs of a list with commas, as the options are read; new. */
int dependency_resolve_list(const char *list, char **out, sparkk8s_error **err);
bool dependency_is_list(const char *key);
/* DependencyUtils.resolveGlobPaths of each of the lists that is set. */
int dependencies_find(sparkk8s_conf *conf, sparkk8s_error **err);
/* The end of prepareSubmitEnvironment: lists resolved once more, spark.submit.pyFiles set in any case. */
int dependencies_settle(sparkk8s_conf *conf, const struct reader *reader, sparkk8s_error **err);

#endif
