/* SPDX-License-Identifier: Apache-2.0 */
/* A record of a log as one line of JSON. */
#ifndef RUN_LOGRECORD_H
#define RUN_LOGRECORD_H

#include "logmux.h"

/* `member` and `restarts`: whose it is. SPARKK8S_ENOMEM, or 0. */
int log_record_json(const struct log_member *member, const struct log_record *record, int64_t restarts, char **out,
                    sparkk8s_error **err);

#endif
