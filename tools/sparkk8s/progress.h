/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a run goes, on stderr: one live line on a terminal, else a line for each change. Colours and the live
 * line are for terminals alone; NO_COLOR takes the colours, TERM=dumb the live line too.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "cli.h"

bool terminal_has_colours(const FILE *file);

struct progress {
    FILE *changes;              /* where lines for changes go; NULL: nowhere */
    bool live, colours;
    bool shown;
    int64_t begun_ms;           /* ticks */
    char last[512];             /* the latest change as a line, without its time */
};

/* `live_wanted`: show the live line if stderr is a terminal, instead of lines for changes. */
void progress_init(struct progress *progress, FILE *changes, bool live_wanted);
void progress_change(struct progress *progress, const sparkk8s_status *status);
/* Before waiting; how long the line is right, in ms; -1: for good */
int progress_draw(struct progress *progress);
void progress_hide(struct progress *progress);  /* before anything else is written to the terminal */
/* The end in one line: verdict, and where the time went. */
void progress_verdict(const struct progress *progress, const sparkk8s_status *status);

/* "running 3/10 executors", "pulling"; into `out`. */
void stage_text(const sparkk8s_status *status, char *out, size_t size);
/* "3/10": running of all that are there; "-" if not known. */
void executors_text(const sparkk8s_status *status, char *out, size_t size);

#endif
