/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are tried in order; the first whose conditions hold, and for which some fact matches, makes the finding. Its
 * sentences are templates: {name} is a word of the matching fact or of the driver, and what stands in [brackets] is
 * left out if a word in it is not known. The last row matches always.
 */
#include "finding.h"

#include "error.h"
#include "text.h"

#define KIND(name) (1u << FACT_##name)
#define STATE(name) (1u << SPARKK8S_STATE_##name)
#define CAUSE(name) (1u << SPARKK8S_CAUSE_##name)
#define CAUSE_OF(name) SPARKK8S_CAUSE_##name

enum { KEEP = -1, OF_FACT = -2 };   /* a row's cause: the verdict's; the fact's */

/* More conditions. */
enum {
    ALONE = 1,                      /* no executor runs */
    UNSTARTED = 2,                  /* the driver's container has never run */
    UNPLACED = 4,                   /* no scheduler has looked at it */
    GATED = 8,                      /* by a submission of ours */
    HELD = 16,                      /* a container before Spark's is not done */
    EXECUTORS_FAILED = 32,          /* executors that failed are what the driver died of */
    LOGGED_LAST = 64                /* nothing but a logged exception is known */
};

struct row {
    unsigned states, causes;        /* of the verdict; causes 0: any */
    unsigned when;
    unsigned kinds;                 /* of the fact; 0: the driver's */
    const char *reason, *text;      /* globs, alternatives between '|'; NULL: any */
    int code;                       /* of the fact; 0: any */
    int least;                      /* count */
    int cause;
    enum retry retry;
    const char *summary, *advice;   /* advice NULL: none */
};

#include "finding_rows.h"

/* What a driver's exception says where it was the executors that failed. */
static const char lost_executors[] = "*ExecutorLostFailure*|*Max number of executor failures*|*FetchFailed*|"
    "*RejectedExecutionException*|*exited with exit code *|*Lost executor*|*executor heartbeat timed out*";

/* ---- matching ------------------------------------------------------------------------------------------------ */

static bool matches(const char *globs, const char *text)
{
    char glob[256];
    size_t len;

    for (; globs && *globs; globs += len + (globs[len] == '|')) {
        len = strcspn(globs, "|");
        if (len >= sizeof(glob))
            continue;
        memcpy(glob, globs, len);
        glob[len] = '\0';
        if (text && text_glob(glob, text))
            return true;
    }
    return !globs;
}

static const struct fact *find(const struct facts *facts, unsigned kinds, const char *reason, const char *text)
{
    size_t i;

    for (i = 0; i < facts->count; i++)
        if ((kinds >> facts->v[i].kind & 1) && matches(reason, facts->v[i].reason) && matches(text, facts->v[i].text))
            return &facts->v[i];
    return NULL;
}

static bool executors_failed(const struct facts *facts)
{
    return facts->exit_code == 11 || find(facts, KIND(EXCEPTION) | KIND(LOGGED), NULL, lost_executors) ||
        find(facts, KIND(EXCEPTION) | KIND(LOGGED), "*RejectedExecutionException", NULL);
}

static unsigned conditions_of(const struct facts *facts)
{
    unsigned when = 0;

    when |= facts->executors[SPARKK8S_STATE_RUNNING] ? 0 : ALONE;
    when |= facts->started ? 0 : UNSTARTED;
    when |= facts->placed ? 0 : UNPLACED;
    when |= facts->gated ? GATED : 0;
    when |= facts->vars[VAR_HELD] ? HELD : 0;
    when |= executors_failed(facts) ? EXECUTORS_FAILED : 0;
    when |= find(facts, KIND(EXCEPTION), NULL, NULL) ? 0 : LOGGED_LAST;
    return when;
}

static bool is_match(const struct row *row, const struct fact *fact)
{
    return ((row->kinds ? row->kinds : KIND(DRIVER)) >> fact->kind & 1) && fact->count >= row->least &&
        (!row->code || row->code == fact->code) && matches(row->reason, fact->reason) && matches(row->text, fact->text);
}

/* The last match: of a chain of exceptions the root. */
static const struct fact *fact_for(const struct facts *facts, const struct row *row, unsigned when)
{
    const struct fact *found = NULL;
    size_t i;

    if (!(row->states >> facts->state & 1) || (row->causes && !(row->causes >> facts->cause & 1)) ||
        (row->when & ~when))
        return NULL;
    for (i = 0; i < facts->count; i++)
        if (is_match(row, &facts->v[i]))
            found = &facts->v[i];
    return found;
}

/* ---- sentences ----------------------------------------------------------------------------------------------- */

struct words {
    const struct facts *facts;
    const struct fact *fact;
    bool whole;                     /* evidence: nothing is left out */
    char code[EXIT_TEXT_SIZE], count[16], others[16];
};

static const char *const var_names[VAR_VALUES] = {
    [VAR_POD] = "pod", [VAR_NS] = "ns", [VAR_UID] = "uid", [VAR_NODE] = "node", [VAR_EXIT] = "exit",
    [VAR_RESTARTS] = "restarts", [VAR_CONTAINER] = "container", [VAR_IMAGE] = "image", [VAR_LIMIT] = "limit",
    [VAR_REQUESTS] = "requests", [VAR_LIMITS] = "limits", [VAR_GATES] = "gates", [VAR_SELECTOR] = "selector",
    [VAR_ACCOUNT] = "account", [VAR_SCHEDULER] = "scheduler", [VAR_DEADLINE] = "deadline", [VAR_CLAIMS] = "claims",
    [VAR_HELD] = "held", [VAR_EXECUTORS] = "executors",
};

/* The first of its exceptions is what the driver died of, the last is why. */
static const struct fact *exception(const struct facts *facts, bool root)
{
    unsigned kind = find(facts, KIND(EXCEPTION), NULL, NULL) ? FACT_EXCEPTION : FACT_LOGGED;
    const struct fact *found = NULL;
    size_t i;

    for (i = 0; i < facts->count; i++)
        if (facts->v[i].kind == kind && (root || !found))
            found = &facts->v[i];
    return found;
}

static const char *frame_of(const struct facts *facts)
{
    const struct fact *root = exception(facts, true);
    const char *frame = NULL;
    size_t i;

    for (i = 0; root && i < facts->count; i++)
        if (facts->v[i].kind == root->kind && facts->v[i].who)
            frame = facts->v[i].who;
    return frame;
}

/* What it died of may quote why. */
static bool is_quoted(const struct fact *root, const struct fact *thrown)
{
    return root == thrown || (root && root->text && thrown->text && strstr(thrown->text, root->text));
}

static void add_exception(struct str *out, const struct fact *fact)
{
    str_addf(out, "%s%s%s", fact->reason ? fact->reason : "", fact->text ? ": " : "", fact->text ? fact->text : "");
}

/* How much of a text goes into a sentence: its end is not ours, and schedulers go on about what they cannot do
 * either. */
static size_t length_in_sentence(const char *text)
{
    static const char *const asides[] = { " no new claims to deallocate", " preemption: " };
    size_t i, len = strlen(text);

    for (i = 0; i < COUNT(asides); i++) {
        const char *aside = strstr(text, asides[i]);

        len = aside && (size_t)(aside - text) < len ? (size_t)(aside - text) : len;
    }
    while (len && strchr(". :,", text[len - 1]))
        len--;
    return len;
}

/* Appends the word `name`; false if it is not known. */
static bool add_word(struct str *out, const struct words *words, const char *name, size_t len)
{
    const struct fact *thrown = exception(words->facts, false), *root = exception(words->facts, true);
    const struct fact *fact = words->fact, *volume = find(words->facts, KIND(VOLUME), NULL, NULL);
    const struct {
        const char *name, *value;
    } of_fact[] = {
        { "reason", fact->reason }, { "text", fact->text }, { "who", fact->who }, { "detail", fact->detail },
        { "code", fact->code == -1 ? NULL : words->code }, { "count", fact->count > 1 ? words->count : NULL },
        { "others", fact->count > 1 ? words->others : NULL }, { "frame", frame_of(words->facts) },
        { "volume", volume ? volume->text : NULL },
    };
    const char *value = NULL;
    size_t i;

    if ((len == 9 && !strncmp(name, "exception", len)) || (len == 4 && !strncmp(name, "root", len))) {
        fact = len == 9 ? thrown : is_quoted(root, thrown) ? NULL : root;
        if (fact)
            add_exception(out, fact);
        return fact;
    }
    for (i = 0; i < COUNT(of_fact); i++)
        if (strlen(of_fact[i].name) == len && !strncmp(name, of_fact[i].name, len))
            value = of_fact[i].value;
    for (i = 0; i < VAR_VALUES; i++)
        if (strlen(var_names[i]) == len && !strncmp(name, var_names[i], len))
            value = words->facts->vars[i];
    if (!value || !*value)
        return false;
    str_addn(out, value, words->whole ? strlen(value) : length_in_sentence(value));
    return true;
}

/* Appends the template up to `end`; false if a word was not known. */
static bool add_words(struct str *out, const struct words *words, const char *template, const char *end)
{
    bool all = true;

    while (template < end) {
        if (*template == '[') {
            const char *close = strchr(template, ']');
            size_t before = out->len;

            if (!add_words(out, words, template + 1, close))
                str_truncate(out, before);
            template = close + 1;
        } else if (*template == '{') {
            size_t len = strcspn(++template, "}");

            all = add_word(out, words, template, len) && all;
            template += len + 1;
        } else {
            str_addc(out, *template++);
        }
    }
    return all;
}

/* With a final period; but evidence without one, and whole. */
static char *sentence(const struct facts *facts, const struct fact *fact, const char *template, bool evidence)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    struct words words = { .facts = facts, .fact = fact, .whole = evidence };

    exit_text(fact->code, words.code);
    snprintf(words.count, sizeof(words.count), "%d", fact->count);
    snprintf(words.others, sizeof(words.others), "%d", fact->count - 1);
    add_words(&out, &words, template, template + strlen(template));
    if (out.len && !evidence)
        str_addc(&out, '.');
    return str_take(&out);
}

int fact_line(const struct facts *facts, const struct fact *fact, char **out, sparkk8s_error **err)
{
    char *line = sentence(facts, fact, lines[fact->kind], true);

    if (!line)
        return fail_oom(err);
    *out = line;
    return 0;
}

int finding_of(const struct facts *facts, struct finding *out, sparkk8s_error **err)
{
    static const struct fact nothing = { .code = -1, .count = 1 };
    unsigned when = conditions_of(facts);
    const struct fact *fact = NULL;
    const struct row *row = rows;

    while (!(fact = fact_for(facts, row, when)) && row < &rows[COUNT(rows) - 1])
        row++;
    fact = fact ? fact : &nothing;
    *out = (struct finding){
        .cause = row->cause == KEEP ? facts->cause : row->cause == OF_FACT ? fact->cause : row->cause,
        .retry = row->retry,
        .summary = sentence(facts, fact, row->summary, false),
        .advice = sentence(facts, fact, row->advice ? row->advice : "", false),
    };
    if (out->summary && out->advice)
        return 0;
    finding_clear(out);
    return fail_oom(err);
}

void finding_clear(struct finding *finding)
{
    free(finding->summary);
    free(finding->advice);
    *finding = (struct finding){ 0 };
}
