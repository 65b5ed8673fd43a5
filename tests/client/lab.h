/* SPDX-License-Identifier: Apache-2.0 */
/* A laboratory for submissions: apiserver.py, clients of it, manifests of a real rendering, and looks at what is there. */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include "client.h"
#include "json.h"
#include "run.h"

#include <check.h>

#define LAB_NS "lab"

/* Runs every test of the suite against one server (reset before each test); returns what main() returns. */
int lab_main(Suite *suite, TCase *tcase);

sparkk8s_client *lab_client(const char *agent);
/* One that tells its notices. */
sparkk8s_client *lab_client_noting(const char *agent, sparkk8s_log_fn log);
/* One with a time limit for each request. */
sparkk8s_client *lab_client_with(const char *agent, int timeout_ms);
/* `key` NULL: random names. `memory` is spark.executor.memory, by which two applications differ. More conf: "k=v" or NULL. */
sparkk8s_manifest *lab_manifest(const char *key, const char *memory, const char *conf);
/* One whose driver has this volume. */
sparkk8s_manifest *lab_manifest_with(const char *key, const sparkk8s_volume *volume);
/* Of an application with one file of this machine, to be stored below `place`. */
sparkk8s_manifest *lab_manifest_storing(const char *key, const char *file, const char *place);

void lab_reset(const char *options);            /* JSON */
void lab_rules(const char *format, ...) PRINTF(1, 2);           /* JSON of the list */
void lab_do(const char *format, ...) PRINTF(1, 2);              /* JSON of the whole command */
json_t *lab_look(void);                         /* {"objects": ..., "log": ..., "held": ...} */
int lab_count(const char *plural);
int lab_requests(const char *agent);
int lab_held(void);
void lab_turn(sparkk8s_client *client, int ms);
/* Exactly one driver, released, with its Service and ConfigMap, which it owns; nothing else. */
void lab_complete(const char *what);
void lab_empty(const char *what);

#define LAB_OK(call)                                                                                    \
    do {                                                                                                \
        sparkk8s_error *err_ = NULL;                                                                    \
        sparkk8s_error **err = &err_;                                                                   \
        int rc_ = (call);                                                                               \
        ck_assert_msg(rc_ == 0, "%s: %s", sparkk8s_code_name(rc_), sparkk8s_error_message(err_));       \
    } while (0)

#endif
