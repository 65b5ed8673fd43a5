/* SPDX-License-Identifier: Apache-2.0 */
#include "logpast.h"

#define WORD 8

static uint64_t word_at(const char *text, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, text, len < WORD ? len : WORD);
    return word;
}

uint64_t log_past_look(const char *text, size_t len)
{
    size_t last = len < WORD ? 0 : len - WORD;
    uint64_t look = word_at(text, len) * 0x9e3779b97f4a7c15u;

    look = (look ^ word_at(text + last / 2, len)) * 0xbf58476d1ce4e5b9u;
    look = (look ^ word_at(text + last, len)) * 0x94d049bb133111ebu;
    return look ^ len;
}

static bool is_line(const struct log_past *past, size_t at, int64_t ns, uint64_t look)
{
    return past->lines[at].ns == ns && past->lines[at].look == look;
}

static bool is_last(const struct log_past *past, int64_t ns, uint64_t look)
{
    return past->count && is_line(past, (past->count - 1) % LOG_PAST_LINES, ns, look);
}

static enum log_past_news add(struct log_past *past, int64_t ns, uint64_t look)
{
    size_t at = past->count % LOG_PAST_LINES;

    past->alike = is_last(past, ns, look) ? past->alike + 1 : 1;
    past->count++;
    past->lines[at].ns = ns;
    past->lines[at].look = look;
    if (past->count == 1 || ns > past->latest_ns)
        past->latest_ns = ns;
    return LOG_PAST_NEW;
}

/* One of those that are kept, or older than all of them. */
static bool was_there(const struct log_past *past, int64_t ns, uint64_t look)
{
    size_t kept = past->count < LOG_PAST_LINES ? past->count : LOG_PAST_LINES;
    size_t older = 0, i;

    for (i = 0; i < kept; i++) {
        if (is_line(past, i, ns, look))
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

enum log_past_news log_past_line(struct log_past *past, int64_t ns, uint64_t look)
{
    enum log_past_news news = LOG_PAST_KNOWN;

    if (!past->count || ns > past->latest_ns || (!past->skipping && ns == past->latest_ns)) {
        past->skipping = false;
        return add(past, ns, look);
    }
    if (!past->skipping && !was_there(past, ns, look))
        return add(past, ns, look);
    if (!past->skipping)
        news = begin_again(past, ns);
    if (is_last(past, ns, look) && ++past->alike_seen == past->alike)
        past->skipping = false;     /* what follows was not there yet */
    return news;
}
