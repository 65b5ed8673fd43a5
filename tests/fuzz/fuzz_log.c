/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's log, in portions (portions.h), as it is read, cut off after each line and read again from the position
 * that was reached: what was delivered does not come again, what was not does. And tokens of positions.
 */
#include <string.h>

#include "logmark.h"
#include "must.h"
#include "portions.h"
#include "str.h"
#include "target.h"
#include "text.h"

enum { LONGEST = 200, MOST = 300 };

struct record {
    int64_t ns;
    size_t len;
};

struct reading {
    struct record records[MOST];        /* lines with a time */
    size_t count;
    struct str text;                    /* every line, for the comparison */
};

static void each(const char *line, size_t len, bool whole, void *owner)
{
    struct reading *reading = owner;
    int64_t ns;
    size_t at;

    must(len <= LONGEST, "%zu bytes", len);
    str_addn(&reading->text, line, len);
    str_add(&reading->text, whole ? "\n" : "\\");
    if (!log_line_split(line, len, &ns, &at))
        return;
    must(at <= len && (at == len || line[at - 1] == ' '), "text at %zu of %zu", at, len);
    if (reading->count < MOST && ns >= 0)
        reading->records[reading->count++] = (struct record){ ns, len };
}

static void read_all(const struct portions *portions, struct reading *reading)
{
    struct lines lines;

    *reading = (struct reading){ .text = STR_INIT((size_t)1 << 24) };
    lines_init(&lines, LONGEST, true);
    must(portions_feed(portions, &lines, each, reading) == LINES_NONE, "a line that is cut is never too long");
    lines_clear(&lines);
    must(!reading->text.failed, "out of memory");
}

/* What the server answers from a second on: as the API does, without regard to the order of the times. */
static size_t first_since(const struct reading *reading, int64_t second)
{
    size_t i;

    for (i = 0; i < reading->count; i++)
        if (reading->records[i].ns / 1000000000 >= second)
            break;
    return i;
}

static void check_token(const struct log_mark *mark)
{
    struct log_position position = { .id = "0123456789ab", .restarts = 3, .mark = *mark }, again;
    char token[LOG_TOKEN_SIZE], other[LOG_TOKEN_SIZE];

    log_position_text(&position, token);
    must(log_position_parse(token, &again), "%s", token);
    log_position_text(&again, other);
    must(!strcmp(token, other), "%s %s", token, other);
}

/* Times go back by less than a second, as those of stdout and stderr do. */
static bool is_ordered(const struct reading *reading)
{
    int64_t latest = 0;
    size_t i;

    for (i = 0; i < reading->count; i++) {
        if (reading->records[i].ns / 1000000000 < latest / 1000000000 || !reading->records[i].ns)
            return false;
        latest = reading->records[i].ns > latest ? reading->records[i].ns : latest;
    }
    return true;
}

static void check_resume(const struct reading *reading)
{
    struct log_mark mark = { 0 };
    size_t done, i;

    for (done = 1; done <= reading->count; done++) {
        struct log_resume resume = { 0 };

        log_mark_add(&mark, reading->records[done - 1].ns);
        check_token(&mark);
        if (!is_ordered(reading))
            continue;
        for (i = first_since(reading, mark.second); i < reading->count; i++) {
            enum log_news news = log_resume_line(&resume, &mark, reading->records[i].ns);

            must(news == (i < done ? LOG_KNOWN : LOG_NEW), "line %zu of %zu, cut after %zu: %d", i, reading->count, done, (int)news);
        }
    }
}

/* A token from anybody: read or refused, and what is read is written the same. */
static void check_any_token(const char *bytes, size_t len)
{
    AUTO(chars) text = text_dupn(bytes, strnlen(bytes, len));
    char token[LOG_TOKEN_SIZE], other[LOG_TOKEN_SIZE];
    struct log_position position, again;
    struct log_resume resume = { 0 };

    must(text, "out of memory");
    if (!log_position_parse(text, &position))
        return;
    log_position_text(&position, token);
    must(log_position_parse(token, &again), "%s", token);
    log_position_text(&again, other);
    must(!strcmp(token, other), "%s %s", token, other);
    log_resume_line(&resume, &position.mark, position.mark.last_ns);
    log_resume_at_last(&resume, &position.mark);
    log_mark_add(&position.mark, position.mark.last_ns);
    log_mark_add(&position.mark, INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct portions portions = portions_of(data, size);
    static struct reading cut, whole;

    check_any_token((const char *)data, size);
    read_all(&portions, &cut);
    portions.sizes[0] = portions.len ? portions.len : 1;
    portions.count = 1;
    read_all(&portions, &whole);
    must(cut.text.len == whole.text.len && !memcmp(cut.text.s, whole.text.s, cut.text.len), "%s\n%s", cut.text.s, whole.text.s);
    check_resume(&whole);
    str_clear(&cut.text);
    str_clear(&whole.text);
    return 0;
}
