/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include "duration.h"
#include "output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define MESSAGE_LIMIT 400
#define COLOURS(text) "\033[" text "m"

static bool terminal(const FILE *file)
{
    const char *term = getenv("TERM");

    return isatty(fileno((FILE *)file)) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_has_colours(const FILE *file)
{
    const char *no_color = getenv("NO_COLOR");

    return terminal(file) && !(no_color && *no_color);
}

void progress_init(struct progress *progress, FILE *changes, bool live_wanted)
{
    memset(progress, 0, sizeof(*progress));
    progress->begun_ms = ticks_ms();
    progress->colours = terminal_has_colours(stderr);
    progress->live = live_wanted && terminal(stderr);
    progress->changes = progress->live ? NULL : changes;
}

void executors_text(const sparkk8s_status *status, char *out, size_t size)
{
    int running = sparkk8s_status_executors(status, SPARKK8S_STATE_RUNNING);
    int pending = sparkk8s_status_executors(status, SPARKK8S_STATE_PENDING);

    if (running < 0 || pending < 0)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%d/%d", running, running + pending);
}

void stage_text(const sparkk8s_status *status, char *out, size_t size)
{
    const char *stage = sparkk8s_status_stage(status);
    char executors[32];

    executors_text(status, executors, sizeof(executors));
    if (sparkk8s_status_state(status) != SPARKK8S_STATE_RUNNING || *executors == '-')
        snprintf(out, size, "%s", stage);
    else
        snprintf(out, size, "%s %s executors", stage, executors);
}

static const char *colour_of(const struct progress *progress, int state)
{
    static const char *const colours[] = {
        [SPARKK8S_STATE_PENDING] = COLOURS("33"), [SPARKK8S_STATE_RUNNING] = COLOURS("36"),
        [SPARKK8S_STATE_TERMINATING] = COLOURS("33"), [SPARKK8S_STATE_SUCCEEDED] = COLOURS("32"),
        [SPARKK8S_STATE_FAILED] = COLOURS("31"), [SPARKK8S_STATE_LOST] = COLOURS("31"),
    };

    if (!progress->colours || state < 0 || state >= (int)COUNT(colours) || !colours[state])
        return "";
    return colours[state];
}

static const char *colour_end(const struct progress *progress)
{
    return progress->colours ? COLOURS("0") : "";
}

/* What can be said of a run in a line: state, stage, cause and the cluster's words for it. */
static void describe(const sparkk8s_status *status, char *out, size_t size)
{
    int cause = sparkk8s_status_cause(status), n;
    char stage[64], *c;

    stage_text(status, stage, sizeof(stage));
    n = snprintf(out, size, "%s %s", sparkk8s_state_name(sparkk8s_status_state(status)), stage);
    if (cause != SPARKK8S_CAUSE_NONE && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, " (%s: %s%s%s)", sparkk8s_cause_name(cause),
                 sparkk8s_status_reason(status),
                 *sparkk8s_status_message(status) ? ", " : "", sparkk8s_status_message(status));
    for (c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
}

static void print_change(struct progress *progress, const sparkk8s_status *status)
{
    char when[LOCAL_TIME_SIZE];

    local_time(now_ms(), when);
    fprintf(progress->changes, "%s  %s  %s\n", strlen(when) > 11 ? when + 11 : when,
            sparkk8s_status_run_id(status), progress->last);
}

void progress_change(struct progress *progress, const sparkk8s_status *status)
{
    char text[sizeof(progress->last)];

    describe(status, text, sizeof(text));
    if (!strcmp(text, progress->last))
        return;
    memcpy(progress->last, text, sizeof(text));
    if (progress->changes)
        print_change(progress, status);
}

static int columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

int progress_draw(struct progress *progress)
{
    int64_t elapsed = ticks_ms() - progress->begun_ms;
    char time[DURATION_SIZE];
    int room, width;

    if (!progress->live)
        return -1;
    duration_text(elapsed, time);
    room = columns() - (int)strlen(time) - 3;
    width = (int)strlen(progress->last);
    if (width > room)
        for (width = room; width > 0 && (progress->last[width] & 0xc0) == 0x80; width--)
            ;
    fprintf(stderr, "\r\033[K%.*s  %s", width, *progress->last ? progress->last : "waiting", time);
    fflush(stderr);
    progress->shown = true;
    return (int)(1000 - elapsed % 1000);
}

void progress_hide(struct progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}

/* The stretches of the way of which both ends are known. */
static void print_stretches(const sparkk8s_status *status)
{
    int64_t submitted = sparkk8s_status_submitted_ms(status);
    int64_t scheduled = sparkk8s_status_scheduled_ms(status);
    int64_t started = sparkk8s_status_started_ms(status), finished = sparkk8s_status_finished_ms(status);
    const struct {
        const char *what;
        int64_t from, to;
    } stretches[] = {
        { "took", submitted, finished },
        { "scheduled after", submitted, scheduled },
        { "started after", scheduled, started },
        { "ran for", started, finished },
    };
    const char *lead = "; ";
    char text[DURATION_SIZE];
    size_t i;

    for (i = 0; i < COUNT(stretches); i++)
        if (stretches[i].from && stretches[i].to >= stretches[i].from) {
            fprintf(stderr, "%s%s %s", lead, stretches[i].what,
                    duration_text(stretches[i].to - stretches[i].from, text));
            lead = i ? ", " : ": ";
        }
}

void progress_verdict(const struct progress *progress, const sparkk8s_status *status)
{
    int state = sparkk8s_status_state(status), cause = sparkk8s_status_cause(status);
    const char *reason = sparkk8s_status_reason(status), *message = sparkk8s_status_message(status);
    char shortened[MESSAGE_LIMIT];

    fprintf(stderr, "%s %s%s%s", sparkk8s_status_run_id(status), colour_of(progress, state),
            sparkk8s_state_name(state),
            colour_end(progress));
    if (cause != SPARKK8S_CAUSE_NONE)
        fprintf(stderr, ", %s%s%s%s", sparkk8s_cause_name(cause), *reason ? " (" : "", reason,
                *reason ? ")" : "");
    if (sparkk8s_status_exit_code(status) >= 0)
        fprintf(stderr, ", exit code %d", sparkk8s_status_exit_code(status));
    if (*message) {
        snprintf(shortened, sizeof(shortened), "%s", message);
        fputs(": ", stderr);
        print_clean(stderr, shortened);
    }
    print_stretches(status);
    fputs("\n", stderr);
}
