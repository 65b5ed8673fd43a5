/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of the tests, and clients for them. */
#ifndef TEST_KUBE_FIXTURE_H
#define TEST_KUBE_FIXTURE_H

#include <check.h>
#undef fail

#include "json.h"
#include "kube.h"
#include "server.h"

enum scheme { PLAIN, TLS, TLS_NAMED, TLS_CLIENT_CERT };

void server_start(struct server *server, enum scheme scheme);
void h2raw_start(struct server *server, const char *scenario);      /* h2raw.py */

char *pki_text(const char *name);       /* tests/kube/pki/NAME, new */
/* A configuration for the server; change it before client_new(). */
struct kube_config client_config(const struct server *server, enum scheme scheme);
struct kube *client_new(struct kube_config *config);
struct kube *client_of(const struct server *server, enum scheme scheme);
extern struct kube_opts client_opts;

/* One request to its end; the code. Body as JSON in *answer if that is not NULL and it is JSON. */
int ask(struct kube *kube, const char *method, const char *target, json_t **answer, sparkk8s_error **err);
int64_t ask_number(struct kube *kube, const char *target, const char *field);

/* For programs whose tests write files: a folder of its own, which is the current one, and two servers. */
struct place { struct server tls, client_cert; char folder[32]; };
extern struct place place;
void place_begin(void);
void place_end(void);

struct log { char text[65536]; };
void log_to(int level, const char *topic, const char *message, void *userdata);

/* Runs tests, each in a process of its own, with `setup` and `teardown` around all of them (NULL: none). */
int run_tests(const char *name, const TTest *const *const *tests, size_t count, void (*setup)(void),
              void (*teardown)(void));

#endif
