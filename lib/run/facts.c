/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include "excerpt.h"
#include "text.h"

enum {
    OF_A_KIND = 12,                 /* facts of one kind that are kept */
    TEXT_MAX = 800,
    NAME_MAX_ = 300
};

static void clear_fact(struct fact *fact)
{
    free((char *)fact->reason);
    free((char *)fact->text);
    free((char *)fact->who);
    free((char *)fact->detail);
}

void facts_clear(struct facts *facts)
{
    size_t i;

    for (i = 0; i < facts->count; i++)
        clear_fact(&facts->v[i]);
    free(facts->v);
    for (i = 0; i < VAR_VALUES; i++)
        free(facts->vars[i]);
    *facts = (struct facts){ 0 };
}

static char *clean(struct facts *facts, const char *text, size_t max)
{
    char *copy = text && *text ? excerpt(text, strlen(text), max) : NULL;

    if (text && *text && !copy)
        facts->failed = true;
    return copy;
}

static bool same(const char *kept, const char *text)
{
    return kept ? text && !strcmp(kept, text) : !text;
}

static bool is_same(const struct fact *a, const struct fact *b)
{
    return a->kind == b->kind && a->code == b->code && same(a->reason, b->reason) && same(a->text, b->text);
}

/* One that is told of already, or that there is no room for. */
static bool is_known(struct facts *facts, struct fact *fact)
{
    size_t i, of_kind = 0;

    for (i = 0; i < facts->count; i++) {
        of_kind += facts->v[i].kind == fact->kind;
        if (is_same(&facts->v[i], fact)) {
            facts->v[i].count += fact->count;
            return true;
        }
    }
    return of_kind >= OF_A_KIND;
}

static bool has_room(struct facts *facts)
{
    struct fact *v;

    if (facts->count < facts->cap)
        return true;
    v = realloc(facts->v, (facts->cap + 16) * sizeof(*v));
    if (!v)
        return false;
    facts->v = v;
    facts->cap += 16;
    return true;
}

void facts_add(struct facts *facts, const struct fact *given)
{
    struct fact fact = *given;

    fact.count = fact.count > 0 ? fact.count : 1;
    fact.reason = clean(facts, given->reason, NAME_MAX_);
    fact.text = clean(facts, given->text, TEXT_MAX);
    fact.who = clean(facts, given->who, NAME_MAX_);
    fact.detail = clean(facts, given->detail, NAME_MAX_);
    if (!facts->failed && is_known(facts, &fact)) {
        clear_fact(&fact);
    } else if (facts->failed || !has_room(facts)) {
        clear_fact(&fact);
        facts->failed = true;
    } else {
        facts->v[facts->count++] = fact;
    }
}

void facts_set(struct facts *facts, enum fact_var var, const char *value)
{
    free(facts->vars[var]);
    facts->vars[var] = clean(facts, value, NAME_MAX_);
}

void exit_text(int code, char out[EXIT_TEXT_SIZE])
{
    static const struct {
        int code;
        const char *name;
    } names[] = {
        { 11, "too many executors failed" }, { 50, "uncaught exception" }, { 51, "uncaught exception" },
        { 52, "out of Java heap" }, { 53, "no local directory" }, { 56, "no heartbeat to the driver" },
        { 57, "a task could not be killed" }, { 101, "no such class" }, { 126, "command not executable" },
        { 127, "command not found" }, { 129, "SIGHUP" }, { 130, "SIGINT" }, { 131, "SIGQUIT" }, { 132, "SIGILL" },
        { 133, "SIGTRAP" }, { 134, "SIGABRT" }, { 135, "SIGBUS" }, { 136, "SIGFPE" }, { 137, "SIGKILL" },
        { 138, "SIGUSR1" }, { 139, "SIGSEGV" }, { 141, "SIGPIPE" }, { 143, "SIGTERM" }, { 159, "SIGSYS" },
    };
    size_t i;

    for (i = 0; i < COUNT(names); i++)
        if (names[i].code == code) {
            snprintf(out, EXIT_TEXT_SIZE, "%d (%s)", code, names[i].name);
            return;
        }
    snprintf(out, EXIT_TEXT_SIZE, "%d", code);
}

/* ---- logs ---------------------------------------------------------------------------------------------------- */

static enum fact_kind kind_of(const struct trace *trace, bool executor)
{
    if (executor)
        return FACT_EXECUTOR_EXCEPTION;
    return trace->rank >= TRACE_THREAD ? FACT_EXCEPTION : FACT_LOGGED;
}

static void add_exception(struct facts *facts, enum fact_kind kind, const struct trace *trace)
{
    int i;

    for (i = 0; i < trace->count; i++) {
        const struct trace_error *error = &trace->chain[i];

        if (i && same(error->type, trace->chain[i - 1].type) && same(error->message, trace->chain[i - 1].message))
            continue;           /* wrapped in itself */
        facts_add(facts, &(struct fact){ .kind = kind, .code = -1, .reason = error->type, .text = error->message,
                                         .who = error->frame });
    }
}

void facts_log(struct facts *facts, bool executor, const struct logtail *tail)
{
    size_t i;

    add_exception(facts, kind_of(&tail->trace.best, executor), &tail->trace.best);
    for (i = 0; logtail_kind(i); i++)
        if (tail->marks[i].text)
            facts_add(facts, &(struct fact){ .kind = executor ? FACT_EXECUTOR_LOG : FACT_LOG, .reason = logtail_kind(i),
                                             .text = tail->marks[i].text, .code = tail->marks[i].code,
                                             .count = tail->marks[i].count });
}
