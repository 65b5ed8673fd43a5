/* SPDX-License-Identifier: Apache-2.0 */
#include "logpast.h"

static bool is_line(const struct log_past *past, size_t at, int64_t ns, size_t len)
{
    return past->lines[at].ns == ns && past->lines[at].len == len;
}

static bool is_last(const struct log_past *past, int64_t ns, size_t len)
{
    return past->count && is_line(past, (past->count - 1) % LOG_PAST_LINES, ns, len);
}

static enum log_past_news add(struct log_past *past, int64_t ns, size_t len)
{
    size_t at = past->count % LOG_PAST_LINES;

    past->alike = is_last(past, ns, len) ? past->alike + 1 : 1;
    past->count++;
    past->lines[at].ns = ns;
    past->lines[at].len = len;
    if (past->count == 1 || ns > past->latest_ns)
        past->latest_ns = ns;
    return LOG_PAST_NEW;
}

/* One of those that are kept, or older than all of them. */
static bool was_there(const struct log_past *past, int64_t ns, size_t len)
{
    size_t kept = past->count < LOG_PAST_LINES ? past->count : LOG_PAST_LINES;
    size_t older = 0, i;

    for (i = 0; i < kept; i++) {
        if (is_line(past, i, ns, len))
            return true;
        older += ns < past->lines[i].ns;
    }
    return older == LOG_PAST_LINES;
}

static enum log_past_news begin_again(struct log_past *past, int64_t ns)
{
    bool same_file = ns == past->again_ns;

    past->skipping = true;
    past->alike_seen = 0;
    past->again_ns = ns;
    return same_file ? LOG_PAST_KNOWN : LOG_PAST_AGAIN;
}

enum log_past_news log_past_line(struct log_past *past, int64_t ns, size_t len)
{
    enum log_past_news news = LOG_PAST_KNOWN;

    if (!past->count || ns > past->latest_ns || (!past->skipping && ns == past->latest_ns)) {
        past->skipping = false;
        return add(past, ns, len);
    }
    if (!past->skipping && !was_there(past, ns, len))
        return add(past, ns, len);
    if (!past->skipping)
        news = begin_again(past, ns);
    if (is_last(past, ns, len) && ++past->alike_seen == past->alike)
        past->skipping = false;     /* what follows was not there yet */
    return news;
}
