/* SPDX-License-Identifier: Apache-2.0 */
#include "logmark.h"

#include "moment.h"
#include "strv.h"
#include "text.h"

#define SECOND 1000000000

bool log_line_split(const char *line, size_t len, int64_t *ns, size_t *text)
{
    const char *blank = memchr(line, ' ', len < MOMENT_SIZE ? len : MOMENT_SIZE);
    size_t stamp = blank ? (size_t)(blank - line) : len;

    *text = blank ? stamp + 1 : len;
    return stamp <= MOMENT_SIZE && moment_parse(line, stamp, ns);
}

static void count_line(struct log_mark *mark, int i, int64_t ns)
{
    if (!mark->count[i])
        mark->first_ns[i] = i == 0 && mark->count[1] ? mark->first_ns[1] : ns;
    mark->count[i]++;
}

void log_mark_add(struct log_mark *mark, int64_t ns)
{
    int64_t second = ns / SECOND;

    if (!mark->second || second > mark->second + 2) {
        mark->second = second - 1;
        mark->count[0] = mark->count[1] = 0;
    } else if (second == mark->second + 2) {
        mark->second++;
        mark->count[0] = mark->count[1];
        mark->first_ns[0] = mark->first_ns[1];
        mark->count[1] = 0;
    }
    if (second >= mark->second)
        count_line(mark, second > mark->second, ns);
    mark->same = ns == mark->last_ns ? mark->same + 1 : 1;
    mark->last_ns = ns;
    mark->pieces = 0;
}

static enum log_news found(struct log_resume *resume, enum log_news news)
{
    resume->done = true;
    return news;
}

enum log_news log_resume_line(struct log_resume *resume, const struct log_mark *mark, int64_t ns)
{
    if (resume->done || !mark->second)
        return LOG_NEW;
    if (!resume->begun) {
        resume->begun = true;
        resume->counting = ns == mark->first_ns[mark->count[0] ? 0 : 1];
    }
    if (resume->counting)
        return ++resume->seen <= mark->count[0] + mark->count[1] ? LOG_KNOWN : found(resume, LOG_NEW);
    if (ns < mark->last_ns)
        return LOG_KNOWN;
    if (ns == mark->last_ns)
        return ++resume->seen <= mark->same ? LOG_KNOWN : found(resume, LOG_NEW);
    return found(resume, resume->seen ? LOG_NEW : LOG_NEW_AFTER_GAP);
}

bool log_resume_at_last(const struct log_resume *resume, const struct log_mark *mark)
{
    return !resume->done && resume->begun &&
        resume->seen == (resume->counting ? mark->count[0] + mark->count[1] : mark->same);
}

/* ---- the token ---- */

void log_id(const char *container_id, char out[LOG_ID_SIZE])
{
    const char *id = container_id ? strstr(container_id, "://") : NULL;
    size_t n;

    id = id ? id + 3 : container_id ? container_id : "";
    for (n = 0; n < 12 && id[n] && id[n] != ':'; n++)
        out[n] = id[n];
    out[n] = '\0';
}

#define NUMBERS(mark) { &(mark)->second, &(mark)->count[0], &(mark)->count[1], &(mark)->first_ns[0], \
                        &(mark)->first_ns[1], &(mark)->last_ns, &(mark)->same, &(mark)->pieces }

void log_position_text(const struct log_position *position, char out[LOG_TOKEN_SIZE])
{
    const struct log_mark *mark = &position->mark;
    const int64_t *const numbers[] = NUMBERS(mark);
    size_t at, i;

    at = (size_t)snprintf(out, LOG_TOKEN_SIZE, "1:%lld:%s", (long long)position->restarts, position->id);
    for (i = 0; i < COUNT(numbers); i++)
        at += (size_t)snprintf(out + at, LOG_TOKEN_SIZE - at, ":%lld", (long long)*numbers[i]);
}

static bool is_sane(const struct log_mark *mark)
{
    return mark->second >= 0 && mark->count[0] >= 0 && mark->count[1] >= 0 && mark->same >= 0 && mark->pieces >= 0 &&
        mark->second < INT64_MAX / SECOND && mark->count[0] < INT64_MAX / 2 && mark->count[1] < INT64_MAX / 2;
}

bool log_position_parse(const char *text, struct log_position *out)
{
    struct log_position position = { 0 };
    int64_t *const numbers[] = NUMBERS(&position.mark);
    AUTO_STRV parts = { 0 };
    bool good;
    size_t i;

    if (strlen(text) >= LOG_TOKEN_SIZE)
        return false;
    strv_split(&parts, text, ':');
    if (parts.count != 3 + COUNT(numbers))
        return false;
    good = !strcmp(parts.v[0], "1") && text_to_int64(parts.v[1], &position.restarts) &&
        strlen(parts.v[2]) < LOG_ID_SIZE;
    for (i = 0; good && i < COUNT(numbers); i++)
        good = text_to_int64(parts.v[3 + i], numbers[i]);
    if (!good || !is_sane(&position.mark))
        return false;
    memcpy(position.id, parts.v[2], strlen(parts.v[2]) + 1);
    *out = position;
    return true;
}
