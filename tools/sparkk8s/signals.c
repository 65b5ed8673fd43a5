/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal handler has nothing but globals to work with: the two in this file are the only ones of the
 * program.
 *
 * SIGPIPE is ignored, since one on the connection to the API server is an error like others; a reader of our
 * output that went away ends the program quietly, as it ends cat.
 */
#include "signals.h"

#include <poll.h>
#include <signal.h>

static volatile sig_atomic_t caught;
static sparkk8s_cancel *volatile to_cancel;

static void handle(int signal_number)
{
    caught = signal_number;
    if (to_cancel)
        sparkk8s_cancel_trigger(to_cancel);
}

void signals_init(sparkk8s_cancel *cancel)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = (int)SA_RESETHAND };

    to_cancel = cancel;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int signals_caught(void)
{
    return caught;
}

int signals_poll(int fd, int timeout_ms)
{
    struct timespec timeout = { .tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L };
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    sigset_t ours, before;
    int ready = 0;

    /* Blocked up to the moment of waiting: a signal just before it must not be slept through. */
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigprocmask(SIG_BLOCK, &ours, &before);
    if (!caught)
        ready = ppoll(&pfd, 1, timeout_ms < 0 ? NULL : &timeout, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (caught)
        return SPARKK8S_ECANCELED;
    return ready ? 0 : SPARKK8S_AGAIN;
}

void signals_broken_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}
