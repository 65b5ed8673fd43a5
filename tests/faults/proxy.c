/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "must.h"
#include "sim.h"

#define CHUNK 65536
#define HELD_MOST (4 * CHUNK)                   /* then the sender has to wait */
#define LINE_SIZE 2048

struct buffer {
    char *bytes;
    size_t len, size;
};

struct tunnel {
    struct tunnel *next;
    struct proxy *proxy;
    struct sim_fd client, server;
    struct buffer up, down;
    struct fault fault;                         /* of the request under way */
    size_t up_passed, down_passed;              /* of it */
    bool answered;                              /* what the client sends is a new request */
    bool over;                                  /* nothing passes any more: the end comes when `down` is empty */
    bool mute;                                  /* END_HALF, END_STALL: only the client's leaving is waited for */
    struct sim_alarm alarm;                     /* the next piece */
};

struct proxy {
    struct proxy_hooks hooks;
    struct sim_fd listener;
    struct tunnel *tunnels;
    int port;
    unsigned fired, open;
};

/* ---- buffers ---- */

static void buffer_add(struct buffer *buffer, const char *bytes, size_t len)
{
    if (buffer->len + len > buffer->size) {
        buffer->size = (buffer->len + len) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->size);
        must(buffer->bytes, "out of memory");
    }
    if (len)
        memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
}

/* As much as the socket takes, `most` at most; false: the other end is gone. */
static bool buffer_send(struct buffer *buffer, int fd, size_t most)
{
    size_t len = most && most < buffer->len ? most : buffer->len;
    ssize_t n;

    if (!len)
        return true;
    n = send(fd, buffer->bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    buffer->len -= (size_t)n;
    memmove(buffer->bytes, buffer->bytes + n, buffer->len);
    return true;
}

/* ---- one connection ---- */

static void close_end(struct sim_fd *end, bool reset)
{
    struct linger now = { .l_onoff = 1 };

    if (end->fd < 0)
        return;
    sim_watch(end, 0);
    if (reset)
        setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(end->fd);
    end->fd = -1;
}

static void tunnel_close(struct tunnel *tunnel, bool reset)
{
    struct tunnel **each = &tunnel->proxy->tunnels;

    while (*each != tunnel)
        each = &(*each)->next;
    *each = tunnel->next;
    tunnel->proxy->open--;
    close_end(&tunnel->client, reset);
    close_end(&tunnel->server, false);
    sim_alarm_off(&tunnel->alarm);
    free(tunnel->up.bytes);
    free(tunnel->down.bytes);
    free(tunnel);
}

/* False: the tunnel is gone. */
static bool tunnel_end(struct tunnel *tunnel, enum fault_end how)
{
    if (how == END_FIN || how == END_RST) {
        tunnel_close(tunnel, how == END_RST);
        return false;
    }
    if (how == END_HALF)
        shutdown(tunnel->client.fd, SHUT_WR);
    close_end(&tunnel->server, false);
    tunnel->mute = true;
    sim_watch(&tunnel->client, EPOLLIN);
    return true;
}

static bool is_paced(const struct fault *fault)
{
    return fault->piece || fault->every_ms;
}

/* What is held for the client goes out: all of it, or the next piece. */
static bool pass_down(struct tunnel *tunnel)
{
    const struct fault *fault = &tunnel->fault;

    if (!buffer_send(&tunnel->down, tunnel->client.fd, fault->piece)) {
        tunnel_close(tunnel, false);
        return false;
    }
    if (tunnel->over && !tunnel->down.len)
        return tunnel_end(tunnel, fault->end);
    if (tunnel->down.len && is_paced(fault))
        sim_alarm_in(&tunnel->alarm, fault->every_ms);
    sim_watch(&tunnel->client, EPOLLIN | (tunnel->down.len && !is_paced(fault) ? EPOLLOUT : 0));
    if (tunnel->server.fd >= 0)
        sim_watch(&tunnel->server, tunnel->down.len < HELD_MOST ? EPOLLIN : 0);
    return true;
}

static void next_piece(void *owner)
{
    pass_down(owner);
}

/* How much of `len` may pass; *over if the fault's byte is reached. */
static size_t allow(const struct fault *fault, enum fault_side side, size_t *passed, size_t len, bool *over)
{
    if (fault->side == side && *passed + len >= fault->at) {
        len = fault->at - *passed;
        *over = true;
    }
    *passed += len;
    return len;
}

static void from_server(void *owner, uint32_t events __attribute__((unused)))
{
    struct tunnel *tunnel = owner;
    char bytes[CHUNK];
    ssize_t n = recv(tunnel->server.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    tunnel->answered = true;
    if (n <= 0) {
        close_end(&tunnel->server, false);
        tunnel->fault.end = END_FIN;
        tunnel->over = true;
    } else {
        buffer_add(&tunnel->down, bytes, allow(&tunnel->fault, FAULT_REPLY, &tunnel->down_passed, (size_t)n, &tunnel->over));
        tunnel->proxy->fired += tunnel->over;
        if (tunnel->over)
            close_end(&tunnel->server, false);
    }
    if (!is_paced(&tunnel->fault))
        pass_down(tunnel);
    else if (!tunnel->alarm.at_ms)
        sim_alarm_in(&tunnel->alarm, tunnel->fault.every_ms);
}

static void new_request(struct tunnel *tunnel, const char *bytes, size_t len)
{
    const char *end = memchr(bytes, '\r', len);
    char line[LINE_SIZE];

    must(end && (size_t)(end - bytes) < sizeof(line), "a request without a line: %.*s", (int)len, bytes);
    memcpy(line, bytes, (size_t)(end - bytes));
    line[end - bytes] = '\0';
    tunnel->answered = false;
    tunnel->up_passed = tunnel->down_passed = 0;
    tunnel->fault = tunnel->proxy->hooks.plan(tunnel->proxy->hooks.owner, line);
}

static void from_client(void *owner, uint32_t events)
{
    struct tunnel *tunnel = owner;
    bool over = false;
    char bytes[CHUNK];
    ssize_t n;

    if (events & EPOLLOUT && !pass_down(tunnel))
        return;
    n = recv(tunnel->client.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        tunnel_close(tunnel, false);
        return;
    }
    if (tunnel->mute)
        return;
    if (tunnel->answered)
        new_request(tunnel, bytes, (size_t)n);
    buffer_add(&tunnel->up, bytes, allow(&tunnel->fault, FAULT_REQUEST, &tunnel->up_passed, (size_t)n, &over));
    if (tunnel->server.fd < 0 || !buffer_send(&tunnel->up, tunnel->server.fd, 0) || tunnel->up.len) {
        tunnel_close(tunnel, false);
        return;
    }
    tunnel->proxy->fired += over;
    if (over)
        tunnel_end(tunnel, tunnel->fault.end);
}

/* ---- all of them ---- */

static void accept_one(void *owner, uint32_t events __attribute__((unused)))
{
    struct proxy *proxy = owner;
    struct tunnel *tunnel;
    int one = 1, fd = accept4(proxy->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    tunnel = calloc(1, sizeof(*tunnel));
    must(tunnel, "out of memory");
    *tunnel = (struct tunnel){ .proxy = proxy, .next = proxy->tunnels, .answered = true,
                               .alarm = { .due = next_piece, .owner = tunnel },
                               .client = { .fd = fd, .ready = from_client, .owner = tunnel },
                               .server = { .fd = proxy->hooks.dial(proxy->hooks.owner), .ready = from_server, .owner = tunnel } };
    proxy->tunnels = tunnel;
    proxy->open++;
    if (tunnel->server.fd < 0) {
        tunnel_close(tunnel, true);
        return;
    }
    sim_watch(&tunnel->client, EPOLLIN);
    sim_watch(&tunnel->server, EPOLLIN);
}

/* The same port each time: who was refused comes back to it. */
void proxy_listen(struct proxy *proxy, bool on)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)proxy->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int one = 1;

    if (on == (proxy->listener.fd >= 0))
        return;
    close_end(&proxy->listener, false);
    if (!on)
        return;
    proxy->listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(proxy->listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    must(bind(proxy->listener.fd, (struct sockaddr *)&address, size) == 0, "port %d: %s", proxy->port, strerror(errno));
    must(listen(proxy->listener.fd, 64) == 0, "%s", strerror(errno));
    must(getsockname(proxy->listener.fd, (struct sockaddr *)&address, &size) == 0, "%s", strerror(errno));
    proxy->port = ntohs(address.sin_port);
    sim_watch(&proxy->listener, EPOLLIN);
}

struct proxy *proxy_new(struct proxy_hooks hooks)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));

    must(proxy, "out of memory");
    *proxy = (struct proxy){ .hooks = hooks, .listener = { .fd = -1, .ready = accept_one, .owner = proxy } };
    proxy_listen(proxy, true);
    return proxy;
}

void proxy_end_all(struct proxy *proxy, enum fault_end end)
{
    struct tunnel *tunnel, *next;

    for (tunnel = proxy->tunnels; tunnel; tunnel = next) {
        next = tunnel->next;
        if (!tunnel->mute)
            tunnel_end(tunnel, end);
    }
}

void proxy_free(struct proxy *proxy)
{
    while (proxy->tunnels)
        tunnel_close(proxy->tunnels, false);
    close_end(&proxy->listener, false);
    free(proxy);
}

int proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

unsigned proxy_fired(const struct proxy *proxy)
{
    return proxy->fired;
}

unsigned proxy_open(const struct proxy *proxy)
{
    return proxy->open;
}
