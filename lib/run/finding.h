/* SPDX-License-Identifier: Apache-2.0 */
/* From facts to a finding: what went wrong, in a sentence, and what to do about it. One table, in order
 * (finding_rows.h). Pure. */
#ifndef RUN_FINDING_H
#define RUN_FINDING_H

#include "facts.h"

enum retry { RETRY_UNKNOWN = -1, RETRY_NO, RETRY_YES };

struct finding {
    int cause;                      /* SPARKK8S_CAUSE_*: the verdict's, or a better one */
    enum retry retry;               /* whether the same submission may end better */
    char *summary, *advice;         /* advice: "" if there is none to give */
};

int finding_of(const struct facts *facts, struct finding *out, sparkk8s_error **err);
void finding_clear(struct finding *finding);
/* A fact as a line of evidence, new. */
int fact_line(const struct facts *facts, const struct fact *fact, char **out, sparkk8s_error **err);

#endif
