/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Spark lines whose submission is reproduced, and how to find out which one an application is for: the field
 * "spark-version", the key sparkk8s.spark.version, else the image's tag, else the newest, with a warning.
 */
#ifndef SPARK_LINE_H
#define SPARK_LINE_H

#include "sparkk8s.h"

#include "strv.h"

#include <stdbool.h>

enum spark_line { SPARK_3_5, SPARK_4_0, SPARK_4_1, SPARK_4_2, SPARK_4_3, SPARK_LINES };

struct line_info {
    const char *name;               /* "4.1" */
    const char *release;            /* the newest known release, used where only the line is given: "4.1.4" */
};
extern const struct line_info line_infos[SPARK_LINES];

/* "4.1", "4.1.4", "4.1.4-SNAPSHOT", "v4.1.4-scala2.13-java17" (as in image tags): the line, and in *version (new) the
 * full version, or NULL where `text` has only the line. False if there is none that is known. */
bool line_from_text(const char *text, enum spark_line *line, char **version);
/* The line of an application and its full version (new). An unknown explicit version is SPARKK8S_ECONF; with nothing
 * that tells it, the newest, and a warning. */
int line_choose(const sparkk8s_conf *conf, enum spark_line *line, char **version, struct strv *warnings,
                sparkk8s_error **err);

#endif
