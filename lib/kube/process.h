/* SPDX-License-Identifier: Apache-2.0 */
/* A child process whose output is collected by the loop: started without a shell, given no descriptor but its own three,
 * and reaped by its id alone. */
#ifndef KUBE_PROCESS_H
#define KUBE_PROCESS_H

#include "loop.h"
#include "str.h"

#include <stdbool.h>
#include <sys/types.h>

struct process_opts {
    const char *path;           /* of the executable; it is not looked for */
    char *const *argv, *const *envp;
    bool own_stdin;             /* the child has our standard input; otherwise the null device */
    bool own_stderr;            /* and our standard error; otherwise it is collected too */
    bool own_group;             /* it leads a process group, which process_stop() ends with it */
    size_t out_limit, err_limit;        /* more than that on stdout is too much; of stderr the end is kept */
};

struct process {
    struct loop *loop;
    pid_t pid;                  /* 0: none is running */
    int pidfd, out, err;        /* descriptors that are watched, or -1 */
    bool own_group;
    bool over;                  /* it has ended, and all that it wrote is here */
    bool too_much;
    int status;                 /* as of waitpid(); -1: unknown, somebody else has reaped it */
    struct str out_text, err_text;
};

/* SPARKK8S_EIO with errno's reason if it cannot be started. */
int process_start(struct process *process, struct loop *loop, const struct process_opts *opts, sparkk8s_error **err);
bool process_is_running(const struct process *process);
/* Takes the events that are this process's, and returns how many are left. With no events it only looks. */
int process_turn(struct process *process, struct loop_event *events, int count);
/* Where there are no process descriptors, somebody has to call process_turn() now and then. */
bool process_has_to_be_asked(const struct process *process);
void process_stop(struct process *process);     /* kills and reaps it if it is running; wipes and frees what it wrote */

#endif
