/* SPDX-License-Identifier: Apache-2.0 */
#include "web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "must.h"

#define READ_SIZE 65536

struct bytes {
    char *s;
    size_t len, size;
};

struct web_conn {
    struct web_conn *next;
    struct web *web;
    struct sim_fd fd;
    struct bytes in, out;
    bool muted;
    void (*gone)(void *owner);
    void *owner;
};

static void append(struct bytes *to, const char *s, size_t len)
{
    if (to->len + len + 1 > to->size) {
        to->size = (to->len + len + 1) * 2;
        to->s = realloc(to->s, to->size);
        must(to->s, "out of memory");
    }
    memcpy(to->s + to->len, s, len);
    to->len += len;
    to->s[to->len] = '\0';
}

static void drop(struct bytes *from, size_t len)
{
    from->len -= len;
    memmove(from->s, from->s + len, from->len + 1);
}

/* ---- parameters ---- */

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static void unescape(const char *from, size_t len, char *out, size_t size)
{
    size_t i, n = 0;

    for (i = 0; i < len && n + 1 < size; i++) {
        out[n] = from[i];
        if (from[i] == '%' && i + 2 < len) {
            out[n] = (char)(hex(from[i + 1]) * 16 + hex(from[i + 2]));
            i += 2;
        }
        n++;
    }
    out[n] = '\0';
}

bool web_param(const struct web_request *request, const char *name, char *out, size_t size)
{
    const char *at = request->query;
    size_t len = strlen(name);

    for (; at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
        if (!strncmp(at, name, len) && at[len] == '=') {
            unescape(at + len + 1, strcspn(at + len + 1, "&"), out, size);
            return true;
        }
    return false;
}

/* ---- connections ---- */

void web_close(struct web_conn *conn)
{
    struct web_conn **each = &conn->web->conns;

    while (*each != conn)
        each = &(*each)->next;
    *each = conn->next;
    sim_watch(&conn->fd, 0);
    close(conn->fd.fd);
    if (conn->gone)
        conn->gone(conn->owner);
    free(conn->in.s);
    free(conn->out.s);
    free(conn);
}

static void send_some(struct web_conn *conn)
{
    ssize_t n = send(conn->fd.fd, conn->out.s, conn->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n > 0)
        drop(&conn->out, (size_t)n);
    sim_watch(&conn->fd, EPOLLIN | (conn->out.len ? EPOLLOUT : 0));     /* a broken one is found when it is read */
}

static void send_all(struct web_conn *conn, const char *s, size_t len)
{
    append(&conn->out, s, len);
    send_some(conn);
}

void web_answer(struct web_conn *conn, int code, const char *header, const char *body, size_t len)
{
    char head[512];
    int n = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n", code,
                     header, len);

    if (conn->muted)
        return;
    append(&conn->out, head, (size_t)n);
    send_all(conn, body, len);
}

void web_mute(struct web_conn *conn, bool on)
{
    conn->muted = on;
}

void web_stream(struct web_conn *conn, void (*gone)(void *owner), void *owner)
{
    static const char head[] = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

    conn->gone = gone;
    conn->owner = owner;
    send_all(conn, head, sizeof(head) - 1);
}

void web_chunk(struct web_conn *conn, const char *bytes, size_t len)
{
    char head[24];

    if (!len)
        return;
    append(&conn->out, head, (size_t)snprintf(head, sizeof(head), "%zx\r\n", len));
    append(&conn->out, bytes, len);
    send_all(conn, "\r\n", 2);
}

void web_finish(struct web_conn *conn)
{
    conn->gone = NULL;
    send_all(conn, "0\r\n\r\n", 5);
}

/* ---- requests ---- */

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* Takes the head apart in its place. */
static void handle(struct web_conn *conn, char *head, char *body)
{
    struct web_request request = { .query = "", .body = body };
    char *path = strchr(head, ' '), *end = path ? strchr(path + 1, ' ') : NULL, *query;

    must(end && path - head < (int)sizeof(request.method), "no request: %s", head);
    memcpy(request.method, head, (size_t)(path - head));
    *end = '\0';
    query = strchr(path, '?');
    if (query) {
        *query = '\0';
        request.query = query + 1;
    }
    request.path = path + 1;
    conn->web->handle(conn->web->owner, conn, &request);
}

/* One request, if it is whole; no client sends the next one before the answer. */
static void take(struct web_conn *conn)
{
    char *end = strstr(conn->in.s, "\r\n\r\n");
    struct bytes whole = conn->in;
    size_t head;

    if (!end)
        return;
    head = (size_t)(end - conn->in.s) + 4;
    if (conn->in.len < head + content_length(conn->in.s))
        return;
    conn->in = (struct bytes){ 0 };
    end[2] = '\0';
    handle(conn, whole.s, whole.s + head);
    free(whole.s);
}

static void ready(void *owner, uint32_t events)
{
    struct web_conn *conn = owner;
    char bytes[READ_SIZE];
    ssize_t n;

    if (events & EPOLLOUT)
        send_some(conn);
    n = recv(conn->fd.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        web_close(conn);
        return;
    }
    append(&conn->in, bytes, (size_t)n);
    take(conn);
}

int web_dial(struct web *web)
{
    struct web_conn *conn = calloc(1, sizeof(*conn));
    int ends[2];

    must(conn, "out of memory");
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0, "%s", strerror(errno));
    *conn = (struct web_conn){ .web = web, .next = web->conns, .fd = { .fd = ends[1], .ready = ready, .owner = conn } };
    web->conns = conn;
    sim_watch(&conn->fd, EPOLLIN);
    return ends[0];
}

void web_clear(struct web *web)
{
    while (web->conns)
        web_close(web->conns);
}
