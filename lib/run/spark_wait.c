/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for the driver's end as spark-submit does, with its lines. Driven by a watch of the run: each change is the
 * pod's text; the phase is told at an interval.
 *
 * Deliberately different: beside a live sidecar the pod stays "Running" after the driver's end, and spark-submit waits for
 * ever; this gives the pod a minute then.
 */
#include "spark_submit.h"

#include "error.h"
#include "moment.h"
#include "runstatus.h"
#include "watch.h"

#define LOGGER "LoggingPodStatusWatcherImpl"
#define LONGEST_MS 1000000000       /* of one wait */
#define LINGER_MS 60000             /* for the pod to end after its driver */

struct waiting {
    struct session *session;
    const sparkk8s_manifest *manifest;
    const sparkk8s_run *run;
    sparkk8s_watch *watch;
    int64_t interval_ms, due_ms;    /* due_ms: when the phase is told next; 0: not yet begun */
    int64_t verdict_ms;             /* since when the driver has ended; 0: it has not */
    sparkk8s_status *last;          /* NULL before the first */
};

static void say_phase(const struct waiting *w)
{
    const char *phase = w->last ? status_phase(w->last) : "";

    say(w->session, SPARKK8S_LOG_INFO, LOGGER, "Application status for %s (phase: %s)", w->run->app_id,
        *phase ? phase : "unknown");
}

/* Spark 4.0 has a brace too many. */
static void say_begin(struct waiting *w)
{
    say(w->session, SPARKK8S_LOG_INFO, LOGGER,
        "Waiting for application %s%s with application ID %s and submission ID %s to finish...", w->manifest->app_name,
        w->manifest->line == SPARK_4_0 ? "}" : "", w->run->app_id, w->run->id);
    w->due_ms = moment_mono_ms() + w->interval_ms;
}

static void say_end(const struct waiting *w)
{
    const char *containers = w->last ? status_containers_text(w->last) : NULL;

    if (containers)
        say(w->session, SPARKK8S_LOG_INFO, LOGGER, "Container final statuses:\n\n%s", containers);
    else
        say(w->session, SPARKK8S_LOG_INFO, LOGGER, "No containers were found in the driver pod.");
    say(w->session, SPARKK8S_LOG_INFO, LOGGER, "Application %s with application ID %s and submission ID %s finished",
        w->manifest->app_name, w->run->app_id, w->run->id);
}

static int wait_ms(const struct waiting *w)
{
    int64_t now = moment_mono_ms(), left = w->due_ms ? w->due_ms - now : LONGEST_MS;

    if (w->verdict_ms && w->verdict_ms + LINGER_MS - now < left)
        left = w->verdict_ms + LINGER_MS - now;
    return (int)(left < 1 ? 1 : left > LONGEST_MS ? LONGEST_MS : left);
}

/* The watch ends with the pod; the driver may have ended before. */
static bool is_over(const struct waiting *w)
{
    return w->verdict_ms && moment_mono_ms() >= w->verdict_ms + LINGER_MS;
}

/* Takes over `status`. A driver that was deleted is as it was last seen. */
static void take(struct waiting *w, sparkk8s_status *status)
{
    sparkk8s_status_free(w->last);
    w->last = status;
    if (sparkk8s_status_state(status) != SPARKK8S_STATE_LOST)
        say(w->session, SPARKK8S_LOG_INFO, LOGGER, "State changed, new state: %s", status_pod_text(status));
    if (!w->verdict_ms && state_is_final(sparkk8s_status_state(status)))
        w->verdict_ms = moment_mono_ms();
    if (!w->due_ms)
        say_begin(w);
}

static int follow(struct waiting *w, sparkk8s_error **err)
{
    int rc = 0, changes = 0;

    while (!is_over(w)) {
        sparkk8s_call call = { .size = sizeof(call), .cancel = w->session->cancel, .timeout_ms = wait_ms(w) };
        sparkk8s_status *status = NULL;

        rc = sparkk8s_watch_next(w->watch, &call, &status, err);
        if (rc < 0)
            return rc;
        if (rc == SPARKK8S_END)
            break;
        if (rc == 0) {
            take(w, status);
            changes++;
        } else if (moment_mono_ms() >= w->due_ms) {
            say_phase(w);
            w->due_ms = moment_mono_ms() + w->interval_ms;
        }
    }
    if (changes > 1)                /* it had not ended before */
        say_phase(w);
    say_end(w);
    return 0;
}

int session_wait(struct session *session, const sparkk8s_manifest *manifest, sparkk8s_run *run, int64_t interval_ms,
                 sparkk8s_error **err)
{
    struct waiting w = { .session = session, .manifest = manifest, .run = run, .interval_ms = interval_ms };
    int rc = watch_open_texts(run, &w.watch, err);

    if (rc == 0)
        rc = follow(&w, err);
    sparkk8s_watch_free(w.watch);
    sparkk8s_status_free(w.last);
    return rc;
}
