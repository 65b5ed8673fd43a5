/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state machine over lines. A trace is a header ("Caused by: type: message", the message perhaps over several
 * lines) and frames below it; a header is known by its form alone, since log layouts are the user's. Frames whose
 * header lies before the log's tail are passed over.
 *
 * Frames of the JDK, Scala, Spark and what Spark calls by are no application's; Spark's own examples are.
 */
#include "logtrace.h"

#include "excerpt.h"
#include "text.h"

#include <strings.h>

enum {
    MESSAGE_LINES = 60,             /* of one message: Spark quotes container states and query plans */
    MESSAGE_LIMIT = 16 << 10,
    MESSAGE_MAX = 600,              /* what is kept of it */
    FRAME_MAX = 200,
    LEVEL_WITHIN = 80               /* where in a line its level stands */
};

static const char *const foreign_classes[] = {
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "scala.", "kotlin.", "org.apache.spark.", "org.apache.hadoop.",
    "org.apache.logging.", "org.apache.parquet.", "org.codehaus.", "io.netty.", "io.fabric8.", "okhttp3.", "py4j.",
    NULL,
};

static const char *const foreign_files[] = {
    "/pyspark/", "pyspark.zip", "/py4j", "py4j-", "/lib/python", "/dist-packages/", "<frozen", NULL,
};

static const char *const type_endings[] = { "Exception", "Error", "Throwable", "Failure", "Interrupt", "Exit", NULL };

/* ---- what a line is ------------------------------------------------------------------------------------------ */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *trace_record(const char *line, enum trace_rank *level)
{
    static const struct {
        const char *word;
        enum trace_rank level;
    } levels[] = {
        { "ERROR", TRACE_LOGGED }, { "FATAL", TRACE_LOGGED }, { "WARN", TRACE_WARNED }, { "INFO", TRACE_NOTED },
        { "DEBUG", TRACE_NOTED }, { "TRACE", TRACE_NOTED },
    };
    const char *at;
    size_t i, len;

    if (*line != '[' && (*line < '0' || *line > '9'))
        return NULL;
    for (at = line + 1; *at && at < line + LEVEL_WITHIN; at++)
        for (i = 0; i < COUNT(levels); i++) {
            len = strlen(levels[i].word);
            if (strncmp(at, levels[i].word, len) || is_alnum(at[-1]) || is_alnum(at[len]))
                continue;
            *level = levels[i].level;
            return at + len + strspn(at + len, "] :");
        }
    return NULL;
}

static size_t type_length(const char *text)
{
    size_t len = 0;

    while (is_alnum(text[len]) || (len && strchr("._$", text[len]) && text[len]))
        len++;
    return len;
}

/* A class of errors by its name, with a message or nothing behind it. */
static bool is_type(const char *text, size_t len)
{
    size_t i, end;

    if (!len || (text[len] && text[len] != ':'))
        return false;
    for (i = 0; type_endings[i]; i++) {
        end = strlen(type_endings[i]);
        if (len >= end && !strncmp(text + len - end, type_endings[i], end))
            return true;
    }
    return false;
}

/* Java's header, at `line`: 'Exception in thread "main" type: message', or just the second half, also with Py4J's
 * ": " before it. Returns where the type starts, or NULL. */
static const char *find_header(const char *line, enum trace_rank *rank)
{
    const char *end;

    if (text_starts(line, "Exception in thread \"")) {
        *rank = text_starts(line, "Exception in thread \"main\" ") ? TRACE_UNCAUGHT : TRACE_THREAD;
        end = strstr(line, "\" ");
        return end && type_length(end + 2) ? end + 2 : NULL;
    }
    line += text_starts(line, ": ") ? 2 : 0;
    return is_type(line, type_length(line)) ? line : NULL;
}

/* Inside of a logger's line: the last ": type: message" or ": type" at its end. */
static const char *find_quoted(const char *text)
{
    const char *found = is_type(text, type_length(text)) ? text : NULL;

    while ((text = strstr(text, ": "))) {
        text += 2;
        if (is_type(text, type_length(text)) && text[type_length(text) - 1])
            found = strchr(text, '.') ? text : found;
    }
    return found;
}

static bool is_frame(const char *line)
{
    const char *text = line + strspn(line, " \t");

    return text > line && ((text_starts(text, "at ") && strchr(text, '(')) || text_starts(text, "... "));
}

/* ---- building ------------------------------------------------------------------------------------------------ */

static void clear_error(struct trace_error *error)
{
    free(error->type);
    free(error->message);
    free(error->frame);
    *error = (struct trace_error){ 0 };
}

static void clear_trace(struct trace *trace)
{
    int i;

    for (i = 0; i < TRACE_CHAIN; i++)
        clear_error(&trace->chain[i]);
    *trace = (struct trace){ 0 };
}

static struct trace_error *current(struct trace_reader *reader)
{
    return reader->now.count ? &reader->now.chain[reader->at] : NULL;
}

static char *keep(struct trace_reader *reader, const char *text, size_t len, size_t max)
{
    char *kept = excerpt(text, len, max);

    if (!kept)
        reader->failed = true;
    return kept;
}

/* fabric8 writes the API server's refusal out twice. */
static void end_message(struct trace_reader *reader)
{
    struct trace_error *error = current(reader);
    char *twice = strstr(reader->message.s, " Received status: Status(");

    if (twice)
        str_truncate(&reader->message, (size_t)(twice - reader->message.s));
    if (error && !error->message && reader->message.len) {
        mask_secrets(reader->message.s);
        error->message = keep(reader, reader->message.s, strlen(reader->message.s), MESSAGE_MAX);
        if (error->message && !*error->message)
            free(TAKE(error->message));
    }
    str_clear(&reader->message);
    reader->lines = 0;
}

static void add_to_message(struct trace_reader *reader, const char *text)
{
    if (reader->message.len + strlen(text) + 1 > reader->message.limit)
        return;
    str_add(&reader->message, text);
    str_addc(&reader->message, ' ');
}

/* Frames without the line that names their error: the log was cut off there. */
static void drop_nameless(struct trace *trace)
{
    int from, count = trace->count;

    trace->count = 0;
    for (from = 0; from < count; from++) {
        struct trace_error error = trace->chain[from];

        trace->chain[from] = (struct trace_error){ 0 };
        if (error.type && *error.type)
            trace->chain[trace->count++] = error;
        else
            clear_error(&error);
    }
}

/* The trace is over; it is kept if it counts at least as much as the one that is. */
static void end_trace(struct trace_reader *reader)
{
    end_message(reader);
    drop_nameless(&reader->now);
    if (reader->now.count && (reader->now.has_frames || reader->now.rank > TRACE_NOTED) &&
        reader->now.rank >= reader->best.rank) {
        clear_trace(&reader->best);
        reader->best = reader->now;
        reader->now = (struct trace){ 0 };
    }
    clear_trace(&reader->now);
    reader->state = TRACE_BETWEEN;
    reader->continues = false;
}

/* An empty error at a place in the chain; of a chain that is full, the last one gives way. */
static struct trace_error *insert_error(struct trace_reader *reader, int at)
{
    struct trace *now = &reader->now;

    end_message(reader);
    if (now->count == TRACE_CHAIN) {
        clear_error(&now->chain[--now->count]);
        at = at < now->count ? at : now->count;
    }
    memmove(&now->chain[at + 1], &now->chain[at], (size_t)(now->count - at) * sizeof(now->chain[0]));
    now->chain[at] = (struct trace_error){ 0 };
    now->count++;
    reader->at = at;
    return &now->chain[at];
}

/* `text`: "type: message", the message perhaps going on in the next lines. */
static void read_header(struct trace_reader *reader, struct trace_error *error, const char *text, size_t type_len)
{
    error->type = keep(reader, text, type_len, FRAME_MAX);
    text += type_len;
    add_to_message(reader, text + (*text == ':'));
    reader->state = TRACE_MESSAGE;
}

static void add_cause(struct trace_reader *reader, const char *header)
{
    read_header(reader, insert_error(reader, reader->now.count), header, type_length(header));
}

static void begin_trace(struct trace_reader *reader, enum trace_rank rank, const char *header)
{
    end_trace(reader);
    reader->now.rank = rank;
    add_cause(reader, header);
}

/* ---- frames -------------------------------------------------------------------------------------------------- */

static bool is_one_of_ours(const char *class)
{
    size_t i;

    if (text_starts(class, "org.apache.spark.examples."))
        return true;
    for (i = 0; foreign_classes[i]; i++)
        if (text_starts(class, foreign_classes[i]))
            return false;
    return true;
}

/* "\tat app//com.example.Etl.main(Etl.java:31)": a class loader or module may stand before the class. */
static void take_frame(struct trace_reader *reader, const char *line)
{
    struct trace_error *error = current(reader);
    const char *class = line + strspn(line, " \t"), *end = strchr(class, '('), *slash;

    reader->now.has_frames = true;
    if (!error || error->frame || !text_starts(class, "at ") || !end)
        return;
    class += 3;
    for (slash = class; slash < end; slash++)
        if (*slash == '/')
            class = slash + 1;
    if (is_one_of_ours(class))
        error->frame = keep(reader, class, strlen(class), FRAME_MAX);
}

/* '  File "/app/job.py", line 12, in main': the last one of the application is where it happened. */
static void take_python_frame(struct trace_reader *reader, const char *line)
{
    struct trace_error *error = current(reader);
    const char *path = strchr(line, '"'), *end = path ? strchr(path + 1, '"') : NULL, *number, *function;
    AUTO_STR frame = STR_INIT(MESSAGE_LIMIT);
    size_t i;

    number = end ? strstr(end, "line ") : NULL;
    if (!error || !number)
        return;
    path++;
    str_addn(&frame, path, (size_t)(end - path));
    for (i = 0; foreign_files[i]; i++)
        if (strstr(frame.s, foreign_files[i]))
            return;
    number += strlen("line ");
    function = strstr(number, ", in ");
    str_addf(&frame, ":%.*s%s", (int)strspn(number, "0123456789"), number, function ? function + 1 : "");
    free(error->frame);
    error->frame = keep(reader, frame.s, frame.len, FRAME_MAX);
}

/* ---- lines --------------------------------------------------------------------------------------------------- */

#define TRACEBACK "Traceback (most recent call last):"

/* At the start of a line it starts something, unless the error before led to it: that one is then its cause.
 * Otherwise it ends a message of Java's, which quotes what happened in a Python worker. */
static void begin_python(struct trace_reader *reader, const char *line)
{
    if (reader->continues) {
        insert_error(reader, 0);
    } else if (reader->state == TRACE_MESSAGE && !text_starts(line, TRACEBACK)) {
        insert_error(reader, reader->now.count);
    } else {
        end_trace(reader);
        reader->now.rank = TRACE_UNCAUGHT;
        insert_error(reader, 0);
    }
    reader->continues = false;
    reader->now.has_frames = true;
    reader->state = TRACE_PYTHON;
}

static void read_python(struct trace_reader *reader, const char *line)
{
    if (*line != ' ' && *line != '\t')
        read_header(reader, current(reader), line, strcspn(line, ": "));
    else if (text_starts(line + strspn(line, " "), "File \""))
        take_python_frame(reader, line);
}

/* A line of a logger ends what was before. What it quotes is an error too, if frames follow or it is a warning at
 * least. */
static void read_record(struct trace_reader *reader, const char *text)
{
    const char *header = find_quoted(text);

    end_trace(reader);
    if (strstr(text, "Uncaught exception in thread"))
        reader->level = TRACE_THREAD;
    if (header)
        begin_trace(reader, reader->level, header);
}

/* R prints its error, then that it ends. */
static bool read_r(struct trace_reader *reader, const char *line)
{
    bool error = text_starts(line, "Error in ") || text_starts(line, "Error: ");

    if (error) {
        end_trace(reader);
        read_header(reader, insert_error(reader, 0), line, strcspn(line, ":"));
    } else if (text_starts(line, "Execution halted") && reader->now.count) {
        reader->now.rank = TRACE_UNCAUGHT;
        end_trace(reader);
    } else {
        return false;
    }
    return true;
}

static bool leads_on(const char *line)
{
    return text_starts(line, "During handling of the above exception") ||
        text_starts(line, "The above exception was the direct cause");
}

/* What is neither a logger's line nor a frame. */
static void read_text(struct trace_reader *reader, const char *line)
{
    enum trace_rank rank = reader->level;
    const char *header = find_header(line, &rank);

    if (text_starts(line, "Caused by: ") && reader->now.count)
        add_cause(reader, line + strlen("Caused by: "));
    else if (text_starts(line, "Caused by: "))          /* what it is the cause of lies before the tail */
        begin_trace(reader, rank, line + strlen("Caused by: "));
    else if (header && *line == ':' && reader->state == TRACE_MESSAGE)
        add_cause(reader, header);
    else if (header)
        begin_trace(reader, rank, header);
    else if (reader->state == TRACE_MESSAGE && reader->lines++ < MESSAGE_LINES)
        add_to_message(reader, line);
    else if (reader->state != TRACE_FRAMES || (*line && !text_starts(line, "Driver stacktrace:")))
        end_trace(reader);
    reader->level = TRACE_LOGGED;           /* what the program prints itself */
}

/* The JVM's own word, with -XX:+ExitOnOutOfMemoryError. */
static bool read_last_word(struct trace_reader *reader, const char *line)
{
    static const char words[] = "Terminating due to ";

    if (!text_starts(line, words) || !is_type(line + strlen(words), type_length(line + strlen(words))))
        return false;
    begin_trace(reader, TRACE_FATAL, line + strlen(words));
    end_trace(reader);
    return true;
}

static void read_line(struct trace_reader *reader, const char *line)
{
    enum trace_rank level;
    const char *record = trace_record(line, &level);

    if (record) {
        reader->level = level;
        read_record(reader, record);
    } else if (reader->state == TRACE_PYTHON) {
        read_python(reader, line);
    } else if (text_starts(line + strspn(line, " \t"), "Suppressed: ")) {
        end_message(reader);
        reader->state = TRACE_SUPPRESSED;
    } else if (is_frame(line)) {
        end_message(reader);
        if (reader->state == TRACE_MESSAGE)
            reader->state = TRACE_FRAMES;
        if (reader->state == TRACE_FRAMES)
            take_frame(reader, line);
    } else if (!read_last_word(reader, line) && !read_r(reader, line)) {
        read_text(reader, line);
    }
}

void trace_reader_line(struct trace_reader *reader, const char *line)
{
    if (leads_on(line) && reader->now.count) {
        end_message(reader);
        reader->continues = true;
    } else if (text_ends(line, TRACEBACK)) {
        if (!text_starts(line, TRACEBACK))
            read_line(reader, line);
        begin_python(reader, line);
    } else if (!reader->continues || *line) {
        read_line(reader, line);
    }
}

void trace_reader_init(struct trace_reader *reader)
{
    *reader = (struct trace_reader){ .message = STR_INIT(MESSAGE_LIMIT), .level = TRACE_LOGGED };
}

void trace_reader_end(struct trace_reader *reader)
{
    end_trace(reader);
}

void trace_reader_clear(struct trace_reader *reader)
{
    clear_trace(&reader->best);
    clear_trace(&reader->now);
    str_clear(&reader->message);
}
