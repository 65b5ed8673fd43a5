/* SPDX-License-Identifier: Apache-2.0 */
/* A server that a test talks to: any program that prints its port and ends with its standard input. */
#ifndef TEST_SUPPORT_SERVER_H
#define TEST_SUPPORT_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
    pid_t pid;
    int port, lifeline;         /* our end of its standard input: it ends when we do */
};

bool server_run(struct server *server, char *const *argv);      /* false: it does not start */
bool server_run_python(struct server *server, const char *program);
void server_stop(struct server *server);

#endif
