/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers over HTTP: bytes to a URL, bytes back. Knows neither Kubernetes' answers nor retries. The only user of
 * libcurl.
 */
#ifndef KUBE_HTTP_H
#define KUBE_HTTP_H

#include "kubeconfig.h"
#include "loop.h"
#include "strv.h"

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_MESSAGE_SIZE = 256 };

enum http_failure {
    HTTP_ANSWERED,              /* a whole answer, whatever its status */
    HTTP_NOT_CONNECTED,         /* name resolution or TCP */
    HTTP_NOT_TRUSTED,           /* TLS: trying again will not help */
    HTTP_TIMED_OUT,
    HTTP_BROKEN,                /* the connection was lost */
    HTTP_REFUSED,               /* `take` did not want more */
    HTTP_NO_MEMORY
};

/* What an answer says it is. */
enum http_type {
    HTTP_OTHER_TYPE,            /* text, JSON, or nothing was said */
    HTTP_PAGE                   /* HTML: not from an API server */
};

/* How a transfer ended. */
struct http_end {
    enum http_failure failure;
    enum http_type type;
    int status;                 /* 0: no head of an answer arrived */
    int retry_after_s;          /* -1: not said, or not in seconds: a date is nothing, as to client-go */
    bool sent;                  /* the request, or a part of it, was handed to the network */
    bool reused;                /* on a connection that had served others */
    int ms;
    char message[HTTP_MESSAGE_SIZE];        /* curl's, for failures */
};

enum http_taken { HTTP_TAKEN, HTTP_PAUSE, HTTP_STOP };

/* What the owner of a transfer is told. */
struct http_events {
    /* Bytes of the answer's body, from inside libcurl: may neither start nor stop transfers. HTTP_PAUSE: nothing was
     * taken, the same bytes come again after http_resume(). */
    enum http_taken (*take)(void *owner, int status, enum http_type type, const char *bytes, size_t len);
    /* The value of a Warning header; from inside libcurl, too. */
    void (*warned)(void *owner, const char *value, size_t len);
    /* It has a connection, and the request is about to be sent; from inside libcurl, too. */
    void (*connected)(void *owner);
    /* From inside http_turn(), outside of libcurl. The transfer is gone. */
    void (*ended)(void *owner, const struct http_end *end);
};

struct http_request {
    const char *method, *url;
    const struct strv *headers;
    const char *body;           /* borrowed until the end; NULL for none */
    size_t body_len;
    int64_t timeout_ms;         /* 0: none */
    int64_t connect_timeout_ms;
    bool alone;                 /* a connection of its own, HTTP/1.1 */
    bool fresh;                 /* not on a connection that was used before */
    bool gzip;
    void *owner;
};

/* What TLS connections are made with from now on; a transfer keeps what it was started with. */
struct http_tls {
    const char *ca, *cert, *key;        /* PEM text, or NULL; a certificate has a key */
    unsigned version;           /* another one with every change */
};

struct http;
struct http_transfer;

/* `config`, `tls` and `loop` are borrowed for life; what `tls` says may change between transfers. */
int http_new(const struct kube_config *config, const struct http_tls *tls, struct loop *loop,
             const struct http_events *events, struct http **out, sparkk8s_error **err);
void http_free(struct http *http);          /* with every transfer ended before; NULL is fine */
int http_start(struct http *http, const struct http_request *request, struct http_transfer **out, sparkk8s_error **err);
void http_stop(struct http_transfer *transfer);         /* without `ended` */
void http_resume(struct http_transfer *transfer);
/* Lets libcurl see what happened, and reports what ended. */
void http_turn(struct http *http, const struct loop_event *events, int count);

#endif
