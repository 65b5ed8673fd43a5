/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

bool server_run(struct server *server, char *const *argv)
{
    int in[2], out[2];
    char line[16] = "";
    size_t n = 0;

    *server = (struct server){ .lifeline = -1 };
    if (pipe(in) || pipe(out))
        return false;
    server->pid = fork();
    if (server->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server->lifeline = in[1];
    while (n < sizeof(line) - 1 && read(out[0], line + n, 1) == 1 && line[n] != '\n')
        n++;
    close(out[0]);
    server->port = atoi(line);
    return server->port > 0;
}

bool server_run_python(struct server *server, const char *program)
{
    char python[] = "python3";
    char *argv[] = { python, strdup(program), NULL };
    bool runs = server_run(server, argv);

    free(argv[1]);
    return runs;
}

void server_stop(struct server *server)
{
    close(server->lifeline);
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
}
