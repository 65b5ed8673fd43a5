/* SPDX-License-Identifier: Apache-2.0 */
#include "logpast.h"

void log_past_add(struct log_past *past, int64_t ns, size_t len)
{
    size_t at = past->count++ % LOG_PAST_LINES;

    past->lines[at].ns = ns;
    past->lines[at].len = len;
    if (past->count == 1 || ns > past->latest_ns)
        past->latest_ns = ns;
}

bool log_past_has(const struct log_past *past, int64_t ns, size_t len)
{
    size_t kept = past->count < LOG_PAST_LINES ? past->count : LOG_PAST_LINES;
    size_t older = 0, i;

    if (!kept || ns >= past->latest_ns)
        return false;
    for (i = 0; i < kept; i++) {
        if (past->lines[i].ns == ns && past->lines[i].len == len)
            return true;
        older += ns < past->lines[i].ns;
    }
    return older == LOG_PAST_LINES;
}
