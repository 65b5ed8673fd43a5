/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of lines. The texts are those of Spark 3.5 to 4.x (ExecutorPodsAllocator, ExecutorPodsLifecycleManager,
 * SparkSubmit, TaskSchedulerImpl), of the fabric8 client by which the driver asks for executors, of HotSpot and of
 * bash.
 */
#include "logtail.h"

#include "error.h"
#include "excerpt.h"
#include "logjson.h"
#include "text.h"

enum {
    LINE_MAX_ = 8 << 10,            /* of a line, what is looked at */
    TEXT_MAX = 500                  /* of a mark, what is kept */
};

struct mark_row {
    const char *kind;
    const char *pattern;            /* of the whole line; see text_glob() */
    const char *from, *to;          /* what is kept lies between; NULL: to the ends of the line's own text */
};

static const struct mark_row rows[] = {
    { "Refused", "*Failure executing: POST at: *pods. Message: *", "Message: ", " Received status:" },
    { "Forbidden", "*Failure executing: *Message: * is forbidden: *", "Message: ", " Received status:" },
    { "NoExecutors", "*Initial job has not accepted any resources*", NULL, NULL },
    { "ExecutorOom", "*termination reason: OOMKilled*", NULL, NULL },
    { "ExecutorOom", "The executor with id * exited with exit code 52(*", NULL, NULL },
    { "ExecutorExit", "The executor with id * exited with exit code *", NULL, NULL },
    { "TooManyFailures", "*Max number of executor failures (*", NULL, NULL },
    { "ClassMissing", "Error: Failed to load *class *", NULL, NULL },
    { "ClassMissing", "Error: Could not find or load main class *", NULL, NULL },
    { "SubmitRefused", "Error: *", NULL, NULL },
    { "NoMemory", "*insufficient memory for the Java Runtime Environment*", NULL, NULL },
    { "NoMemory", "*Could not reserve enough space for *", NULL, NULL },
    { "Crash", "# * (0x*) at pc=*", "# ", NULL },
    { "JvmOption", "Unrecognized * option*", NULL, NULL },
    { "JvmOption", "Unrecognized option: *", NULL, NULL },
    { "JvmOption", "Invalid maximum heap size: *", NULL, NULL },
    { "CommandMissing", "*: line *: *: * not found", NULL, NULL },
    { "CommandMissing", "*: line *: *: No such file or directory", NULL, NULL },
    { "CommandMissing", "python*: can't open file *", NULL, NULL },
    { "ChildKilled", "*: line *: * Killed *", NULL, NULL },
};

/* An executor is there: what was said before of none is over. */
#define REGISTERED "Registered executor NettyRpcEndpointRef("
static const char *const until_registered[] = { "Refused", "NoExecutors", NULL };

/* Kinds are numbered by their first rows. */
static size_t kind_index(const char *kind)
{
    size_t i, index = 0;

    for (i = 0; strcmp(rows[i].kind, kind) != 0; i++)
        index += strcmp(rows[i].kind, rows[i + 1].kind) != 0;
    return index;
}

const char *logtail_kind(size_t index)
{
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        if (i && !strcmp(rows[i].kind, rows[i - 1].kind))
            continue;
        if (!index--)
            return rows[i].kind;
    }
    return NULL;
}

static void forget(struct log_mark *mark)
{
    free(mark->text);
    *mark = (struct log_mark){ .code = -1 };
}

static int exit_code_in(const char *text)
{
    static const char words[] = "exit code ";
    const char *at = strstr(text, words);
    char digits[8] = "";
    int32_t code = -1;
    size_t len;

    at = at ? at + strlen(words) : "";
    len = strspn(at, "0123456789");
    if (!len || len >= sizeof(digits))
        return -1;
    memcpy(digits, at, len);
    return text_to_int32(digits, &code) ? code : -1;
}

static void take(struct logtail *tail, const struct mark_row *row, const char *line)
{
    struct log_mark *mark = &tail->marks[kind_index(row->kind)];
    enum trace_rank level;
    const char *text = trace_record(line, &level);
    const char *from = row->from ? strstr(line, row->from) : NULL, *to;
    AUTO(chars) copy = NULL;
    int count = mark->count;

    text = from ? from + strlen(row->from) : text ? text : line;
    to = row->to ? strstr(text, row->to) : NULL;
    copy = text_dupn(text, to ? (size_t)(to - text) : strlen(text));
    forget(mark);
    if (copy) {
        mask_secrets(copy);
        mark->text = excerpt(copy, strlen(copy), TEXT_MAX);
    }
    mark->count = count + 1;
    mark->code = exit_code_in(text);
    tail->failed = tail->failed || !mark->text;
}

static void look_for_marks(struct logtail *tail, const char *line)
{
    size_t i;

    if (strstr(line, REGISTERED))
        for (i = 0; until_registered[i]; i++)
            forget(&tail->marks[kind_index(until_registered[i])]);
    for (i = 0; i < COUNT(rows); i++)
        if (text_glob(rows[i].pattern, line)) {
            take(tail, &rows[i], line);
            return;
        }
}

void logtail_init(struct logtail *tail)
{
    size_t i;

    *tail = (struct logtail){ 0 };
    trace_reader_init(&tail->trace);
    for (i = 0; i < LOG_MARKS; i++)
        tail->marks[i].code = -1;
}

static void read_plain(struct logtail *tail, const char *line, size_t len)
{
    char text[LINE_MAX_];

    len = len < sizeof(text) ? len : sizeof(text) - 1;
    memcpy(text, line, len);
    while (len && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    look_for_marks(tail, text);
    trace_reader_line(&tail->trace, text);
}

void logtail_line(struct logtail *tail, const char *line, size_t len)
{
    AUTO_STR plain = STR_INIT(STR_TEXT_LIMIT);
    const char *at;

    if (!logjson_plain(line, len, &plain)) {
        read_plain(tail, line, len);
        return;
    }
    tail->failed = tail->failed || plain.failed;
    for (at = plain.s; *at; at += strcspn(at, "\n"), at += *at == '\n')
        read_plain(tail, at, strcspn(at, "\n"));
}

int logtail_end(struct logtail *tail, sparkk8s_error **err)
{
    trace_reader_end(&tail->trace);
    return tail->failed || tail->trace.failed ? fail_oom(err) : 0;
}

void logtail_clear(struct logtail *tail)
{
    size_t i;

    trace_reader_clear(&tail->trace);
    for (i = 0; i < LOG_MARKS; i++)
        forget(&tail->marks[i]);
}
