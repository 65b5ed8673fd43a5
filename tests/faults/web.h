/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.1 server inside the test's own thread, for cluster.c. What comes and goes; not what it means. */
#ifndef TESTS_WEB_H
#define TESTS_WEB_H

#include "sim.h"

#include <stdbool.h>
#include <stddef.h>

struct web_conn;

struct web_request {
    char method[8];
    const char *path, *query;       /* as sent; query without "?", "" if there is none */
    const char *body;               /* NUL-terminated; "" if there is none */
};
/* The value of a parameter, unescaped; false: it is not there. */
bool web_param(const struct web_request *request, const char *name, char *out, size_t size);

struct web {                        /* zeroed but for the first two; must not move */
    /* Answers at once by web_answer() or web_stream(), or later (the connection may be gone then: see web_stream), or hangs
     * up by web_close(). */
    void (*handle)(void *owner, struct web_conn *conn, const struct web_request *request);
    void *owner;
    struct web_conn *conns;
};
int web_dial(struct web *web);      /* the client's end of a new connection */
void web_clear(struct web *web);

void web_answer(struct web_conn *conn, int code, const char *header, const char *body, size_t len);
/* A chunked answer. `gone` is called when the connection ends, by whomever; never after web_finish(). */
void web_stream(struct web_conn *conn, void (*gone)(void *owner), void *owner);
void web_chunk(struct web_conn *conn, const char *bytes, size_t len);
void web_finish(struct web_conn *conn);         /* the answer is whole */
void web_close(struct web_conn *conn);          /* as it is */
void web_mute(struct web_conn *conn, bool on);  /* what is answered meanwhile is not sent */

#endif
