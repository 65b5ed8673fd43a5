/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix_spawn, so that the host's threads and memory do not matter, and neither SIGCHLD nor anybody else's children are
 * touched. Signals are as a new process expects them, whatever the host ignores or blocks.
 *
 * A process is over when it has ended, not when its pipes are closed: what it left running in the background may hold them.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 34)
/* Built for older systems, which a wheel is; where it runs may have it all the same. */
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from) __attribute__((weak));
# define HAVE_CLOSEFROM (posix_spawn_file_actions_addclosefrom_np != NULL)
#else
# define HAVE_CLOSEFROM true
#endif

enum { CHUNK = 16 << 10, ENDS = 2 };

/* ---- starting ---- */

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Above the three, which the child's own take the places of. */
static bool lift(int *fd)
{
    int lifted;

    if (*fd > 2)
        return true;
    lifted = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
    close(*fd);
    *fd = lifted;
    return lifted >= 0;
}

static bool make_pipe(int ends[ENDS])
{
    int flags;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    if (!lift(&ends[0]) || !lift(&ends[1]))
        return false;
    flags = fcntl(ends[0], F_GETFL);
    return flags >= 0 && fcntl(ends[0], F_SETFL, flags | O_NONBLOCK) == 0;
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct process_opts *opts, int out, int err)
{
    int rc = 0;

    if (!opts->own_stdin)
        rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
    if (rc == 0 && err >= 0)
        rc = posix_spawn_file_actions_adddup2(actions, err, STDERR_FILENO);
#ifdef __GLIBC__
    if (rc == 0 && HAVE_CLOSEFROM)          /* the host's descriptors, of which some may lack FD_CLOEXEC */
        rc = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
    return rc;
}

static int set_attributes(posix_spawnattr_t *attributes, bool own_group)
{
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    sigset_t all, none;
    int rc;

    sigfillset(&all);
    sigemptyset(&none);
    rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0 && own_group)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    return rc ? rc : posix_spawnattr_setflags(attributes, (short)(own_group ? flags | POSIX_SPAWN_SETPGROUP : flags));
}

/* 0, or an errno. */
static int spawn(const struct process_opts *opts, int out, int err, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = set_actions(&actions, opts, out, err);
        if (rc == 0)
            rc = set_attributes(&attributes, opts->own_group);
        if (rc == 0)
            rc = posix_spawn(pid, opts->path, &actions, &attributes, opts->argv, opts->envp);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static int spawn_with_pipes(struct process *process, const struct process_opts *opts)
{
    int out[ENDS] = { -1, -1 }, err[ENDS] = { -1, -1 }, rc;

    rc = make_pipe(out) && (opts->own_stderr || make_pipe(err)) ? 0 : errno;
    if (rc == 0)
        rc = spawn(opts, out[1], err[1], &process->pid);
    close_one(&out[1]);
    close_one(&err[1]);
    process->out = out[0];
    process->err = err[0];
    return rc;
}

bool process_is_running(const struct process *process)
{
    return process->pid != 0;
}

bool process_has_to_be_asked(const struct process *process)
{
    return process->pid != 0 && process->pidfd < 0;
}

static bool watch(struct process *process)
{
    process->pidfd = loop_child(process->pid);
    return loop_watch(process->loop, process->out, LOOP_IN) &&
           (process->err < 0 || loop_watch(process->loop, process->err, LOOP_IN)) &&
           (process->pidfd < 0 || loop_watch(process->loop, process->pidfd, LOOP_IN));
}

int process_start(struct process *process, struct loop *loop, const struct process_opts *opts, sparkk8s_error **err)
{
    int errnum;

    *process = (struct process){ .loop = loop, .pidfd = -1, .out = -1, .err = -1, .own_group = opts->own_group,
                                 .out_text = STR_INIT(opts->out_limit), .err_text = STR_INIT(opts->err_limit) };
    errnum = spawn_with_pipes(process, opts);
    if (errnum == 0 && watch(process))
        return 0;
    if (errnum != 0)
        process->pid = 0;
    process_stop(process);
    if (errnum == 0)
        return fail_oom(err);
    return fail_errno(err, SPARKK8S_EIO, opts->path, "cannot be run", errnum);
}

/* ---- while it runs ---- */

static void unwatch(struct process *process, int *fd)
{
    if (*fd >= 0)
        loop_watch(process->loop, *fd, 0);
    close_one(fd);
}

/* Of what does not fit the end is kept. */
static void keep_end(struct str *text, const char *bytes, size_t len)
{
    size_t most = text->limit;

    if (len > most) {
        bytes += len - most;
        len = most;
    }
    if (text->len + len > most)
        str_drop(text, text->len + len - most);
    str_addn(text, bytes, len);
}

/* Reads what is there; closes the pipe at its end. */
static void drain(struct process *process, int *fd)
{
    char bytes[CHUNK];
    ssize_t n = 0;

    while (*fd >= 0 && !process->too_much) {
        n = read(*fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            unwatch(process, fd);
        else if (fd == &process->err)
            keep_end(&process->err_text, bytes, (size_t)n);
        else if (process->out_text.len + (size_t)n > process->out_text.limit)
            process->too_much = true;
        else
            str_addn(&process->out_text, bytes, (size_t)n);
    }
    explicit_bzero(bytes, sizeof bytes);
}

/* Whether it has ended; then it is reaped. */
static bool reap(struct process *process, int flags)
{
    pid_t pid;

    do
        pid = waitpid(process->pid, &process->status, flags);
    while (pid < 0 && errno == EINTR);
    if (pid < 0)
        process->status = -1;
    if (pid != 0)
        process->pid = 0;
    return pid != 0;
}

static bool is_own(const struct process *process, int fd)
{
    return fd == process->out || fd == process->err || fd == process->pidfd;
}

int process_turn(struct process *process, struct loop_event *events, int count)
{
    int i, left = 0;

    if (!process_is_running(process))
        return count;
    for (i = 0; i < count; i++)
        if (!is_own(process, events[i].fd))
            events[left++] = events[i];
    drain(process, &process->err);
    drain(process, &process->out);
    if (!reap(process, WNOHANG))
        return left;
    drain(process, &process->err);
    drain(process, &process->out);
    unwatch(process, &process->pidfd);
    unwatch(process, &process->out);
    unwatch(process, &process->err);
    process->over = true;
    return left;
}

void process_stop(struct process *process)
{
    if (process_is_running(process)) {
        kill(process->own_group ? -process->pid : process->pid, SIGKILL);
        reap(process, 0);
    }
    if (process->loop) {
        unwatch(process, &process->pidfd);
        unwatch(process, &process->out);
        unwatch(process, &process->err);
    }
    if (process->out_text.len > 0)
        explicit_bzero(process->out_text.s, process->out_text.len);
    str_clear(&process->out_text);
    str_clear(&process->err_text);
    process->loop = NULL;
}
