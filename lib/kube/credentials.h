/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we show a server: the headers that say who we are, and certificates. Whatever comes from a file is read again while it
 * is used, and whatever comes from a plugin is asked for when it is needed.
 */
#ifndef KUBE_CREDENTIALS_H
#define KUBE_CREDENTIALS_H

#include "http.h"
#include "plugin.h"
#include "strv.h"

/* PEM text that may come from a file, which may be replaced. */
struct credential_file {
    const char *path;           /* or NULL: it does not change */
    char *text;                 /* as it was read; NULL: none */
};

struct credentials {
    char *token;                /* of the token file, or NULL: the configuration's */
    int64_t token_ms;           /* moment_mono_ms() of the last look at the file; 0: look again */
    struct credential_file ca, cert, key;
    char *authorities;          /* the certificates in `ca` */
    int64_t files_ms;           /* as token_ms */
    struct plugin plugin;
    unsigned generation;        /* of the plugin's credential whose certificate is in `tls` */
    struct http_tls tls;        /* points into this struct */
};

/* `ended` is called when a plugin's run is over: see credentials_get(). */
int credentials_init(struct kube *kube, void (*ended)(struct kube *kube), sparkk8s_error **err);
void credentials_clear(struct credentials *credentials);
/* 0: all is there, and tls is up to date. SPARKK8S_AGAIN: a plugin is running, ask again when it has ended. Or the error. */
int credentials_get(struct kube *kube, sparkk8s_error **err);
/* Appends the headers. Only after credentials_get() was 0. */
int credentials_add(struct kube *kube, struct strv *headers, sparkk8s_error **err);
/* In an answer that repeats what it was asked with, our credential becomes asterisks; without memory, everything. */
void credentials_cover(struct kube *kube, char *text, size_t len);
/* Names what credentials_get() has got last. */
unsigned credentials_generation(const struct kube *kube);
/* The server answered 401 to what had this generation: true if there may be something else now. */
bool credentials_refused(struct kube *kube, unsigned generation);
/* A TLS connection failed: true if a certificate or an authority has been replaced meanwhile. */
bool credentials_replaced(struct kube *kube);

#endif
