/* SPDX-License-Identifier: Apache-2.0 */
#include "logtoken.h"

#include "error.h"
#include "strv.h"
#include "text.h"

#define SECOND 1000000000
#define HEAD_PARTS 3
#define READ_PARTS 3                /* of an entry: pod, restarts, container; */
#define OVER_PARTS 4                /* and "!", */
#define MARK_PARTS 11               /* or the mark */

/* Without the second itself; the times are relative to it. */
#define COUNTS(mark) { &(mark)->count[0], &(mark)->count[1], &(mark)->same, &(mark)->pieces }
#define TIMES(mark) { &(mark)->first_ns[0], &(mark)->first_ns[1], &(mark)->last_ns }

/* ---- writing ---- */

void log_token_begin(struct str *out, const char *whose, int64_t highest)
{
    str_addf(out, "2:%s:%lld", whose, (long long)highest);
}

static size_t shared_part(const char *pod, const char *before)
{
    const char *dash = before ? strrchr(before, '-') : NULL;
    size_t len = dash ? (size_t)(dash - before) : 0;

    return len && !strncmp(pod, before, len) && pod[len] == '-' ? len : 0;
}

static void add_mark(struct str *out, const struct log_mark *mark)
{
    const int64_t *const counts[] = COUNTS(mark), *const times[] = TIMES(mark);
    size_t i;

    str_addf(out, ":%lld", (long long)mark->second);
    for (i = 0; i < COUNT(counts); i++)
        str_addf(out, ":%lld", (long long)*counts[i]);
    for (i = 0; i < COUNT(times); i++)
        str_addf(out, ":%lld", (long long)(*times[i] ? *times[i] - mark->second * SECOND : 0));
}

void log_token_add(struct str *out, const char *pod, const char *before, const struct log_position *position, bool over)
{
    str_addf(out, ";%s:%lld:%s", pod + shared_part(pod, before), (long long)position->restarts, position->id);
    if (over)
        str_add(out, ":!");
    else if (position->mark.second)
        add_mark(out, &position->mark);
}

/* ---- reading ---- */

static bool read_mark(char *const *parts, struct log_mark *mark)
{
    int64_t *const counts[] = COUNTS(mark), *const times[] = TIMES(mark);
    int64_t start;
    size_t i;

    if (!text_to_int64(*parts++, &mark->second) || mark->second <= 0 || mark->second > INT64_MAX / SECOND - 10)
        return false;
    for (i = 0; i < COUNT(counts); i++)
        if (!text_to_int64(*parts++, counts[i]) || *counts[i] < 0 || *counts[i] > INT64_MAX / 2)
            return false;
    start = mark->second * SECOND;
    for (i = 0; i < COUNT(times); i++) {
        if (!text_to_int64(*parts++, times[i]))
            return false;
        if (*times[i] && __builtin_add_overflow(*times[i], start, times[i]))
            return false;
    }
    return true;
}

static bool read_pod(const char *text, const char *before, struct str *pod)
{
    const char *dash = *text == '-' && before ? strrchr(before, '-') : NULL;

    if (!*text || (*text == '-' && !dash))
        return false;
    if (dash)
        str_addn(pod, before, (size_t)(dash - before));
    str_add(pod, text);
    return true;
}

static bool read_entry(const char *text, const char *before, struct str *pod, struct log_entry *entry)
{
    AUTO_STRV parts = { 0 };

    strv_split(&parts, text, ':');
    if (parts.failed)
        str_fail(pod);
    if (parts.count != READ_PARTS && parts.count != OVER_PARTS && parts.count != MARK_PARTS)
        return false;
    if (!read_pod(parts.v[0], before, pod) || !text_to_int64(parts.v[1], &entry->position.restarts) ||
        entry->position.restarts < 0 || strlen(parts.v[2]) >= LOG_ID_SIZE)
        return false;
    memcpy(entry->position.id, parts.v[2], strlen(parts.v[2]) + 1);
    entry->over = parts.count == OVER_PARTS;
    if (parts.count == MARK_PARTS)
        return read_mark(parts.v + READ_PARTS, &entry->position.mark);
    return !entry->over || !strcmp(parts.v[3], "!");
}

static int read_head(const char *text, struct log_token *token, sparkk8s_error **err)
{
    AUTO_STRV parts = { 0 };

    strv_split(&parts, text, ':');
    if (parts.failed)
        return fail_oom(err);
    if (parts.count != HEAD_PARTS || strcmp(parts.v[0], "2") || !*parts.v[1] ||
        !text_to_int64(parts.v[2], &token->highest) || token->highest < 0)
        return SPARKK8S_EINVAL;
    token->whose = TAKE(parts.v[1]);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct log_entry *)a)->pod, ((const struct log_entry *)b)->pod);
}

static int read_entries(const struct strv *texts, struct log_token *token, sparkk8s_error **err)
{
    size_t i;

    token->entries = calloc(texts->count, sizeof(*token->entries));
    if (!token->entries)
        return fail_oom(err);
    for (i = 1; i < texts->count; i++) {
        struct log_entry *entry = &token->entries[token->count];
        AUTO_STR pod = STR_INIT(STR_TEXT_LIMIT);

        if (!read_entry(texts->v[i], token->count ? entry[-1].pod : NULL, &pod, entry))
            return pod.failed ? fail_oom(err) : SPARKK8S_EINVAL;
        entry->pod = str_take(&pod);
        if (!entry->pod)
            return fail_oom(err);
        token->count++;
    }
    qsort(token->entries, token->count, sizeof(*token->entries), compare);
    return 0;
}

int log_token_parse(const char *text, struct log_token *out, sparkk8s_error **err)
{
    struct log_token token = { 0 };
    AUTO_STRV texts = { 0 };
    int rc;

    strv_split(&texts, text, ';');
    if (texts.failed)
        return fail_oom(err);
    rc = read_head(texts.v[0], &token, err);
    if (rc == 0)
        rc = read_entries(&texts, &token, err);
    if (rc < 0) {
        log_token_clear(&token);
        if (rc == SPARKK8S_EINVAL)
            fail(err, rc, "position", "this is not a position in the logs of several pods");
        return rc;
    }
    *out = token;
    return 0;
}

struct log_entry *log_token_entry(const struct log_token *token, const char *pod)
{
    struct log_entry key = { .pod = (char *)pod };

    return token->count ? bsearch(&key, token->entries, token->count, sizeof(key), compare) : NULL;
}

void log_token_clear(struct log_token *token)
{
    size_t i;

    for (i = 0; i < token->count; i++)
        free(token->entries[i].pod);
    free(token->entries);
    free(token->whose);
    *token = (struct log_token){ 0 };
}
