/* SPDX-License-Identifier: Apache-2.0 */
/* What spark-submit says before it submits: usage, version, and what --verbose shows. Lines for tools and people. */
#ifndef SPARK_SUBMIT_TEXT_H
#define SPARK_SUBMIT_TEXT_H

#include "args.h"
#include "str.h"

void submit_text_usage(struct str *out);
int submit_text_version(struct str *out, const struct submit_args *args, sparkk8s_error **err);
/* SparkSubmitArguments.toString */
int submit_text_parsed(struct str *out, const struct submit_args *args, sparkk8s_error **err);
/* What SparkSubmit.prepareSubmitEnvironment made of it. */
int submit_text_prepared(struct str *out, const struct submit_args *args, sparkk8s_error **err);

#endif
