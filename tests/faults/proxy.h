/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP proxy that disturbs what passes it, at the byte that the test names. The faults are toxiproxy's (latency,
 * bandwidth, slicer, limit_data, timeout, reset_peer, down, slow_close), as one struct that is chosen for each request.
 *
 * It knows one thing of HTTP/1.1: what a client sends after it was answered is the next request.
 */
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_side {
    FAULT_NONE,
    FAULT_REQUEST,              /* the server never sees more than `at` bytes of the request */
    FAULT_REPLY                 /* the client never sees more than `at` bytes of the reply: at 0 it is dropped whole, after
                                 * the request was carried out */
};
enum fault_end {
    END_FIN,                    /* the connection is closed */
    END_RST,                    /* it is reset */
    END_HALF,                   /* the client's side of it is closed, but what the client still sends is taken */
    END_STALL,                  /* it stays open, and nothing comes any more */
    ENDS
};

struct fault {
    enum fault_side side;
    size_t at;
    enum fault_end end;
    /* The reply in pieces of so many bytes (0: as it comes), so far apart: the slicer (1, 0), latency (0, n), bandwidth. */
    size_t piece;
    int64_t every_ms;
};

struct proxy_hooks {
    int (*dial)(void *owner);                           /* a new connection to the server; -1: it is not there */
    struct fault (*plan)(void *owner, const char *line);    /* for a request: "GET /api/v1/... HTTP/1.1" */
    void *owner;
};

struct proxy *proxy_new(struct proxy_hooks hooks);
void proxy_free(struct proxy *proxy);
int proxy_port(const struct proxy *proxy);
void proxy_listen(struct proxy *proxy, bool on);        /* off: connections are refused */
void proxy_end_all(struct proxy *proxy, enum fault_end end);
unsigned proxy_fired(const struct proxy *proxy);        /* how often a fault's byte was reached */
unsigned proxy_open(const struct proxy *proxy);         /* connections now */

#endif
