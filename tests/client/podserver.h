/* SPDX-License-Identifier: Apache-2.0 */
/* Starts podserver.py for the tests of one program, and makes clients and runs of its scenarios. */
#ifndef TESTS_PODSERVER_H
#define TESTS_PODSERVER_H

#include "client.h"
#include "run.h"

#include <check.h>

/* Runs every test of the suite against one server; returns what main() returns. PODSERVER is the script. */
int podserver_main(Suite *suite);
sparkk8s_client *podserver_client(void);
sparkk8s_client *podserver_client_under(const char *prefix);     /* "/new": of a server that can stream lists */
/* The run of driver pod "d" (uid "u1", application "a1") in the scenario's namespace
 * "<name>.<number>[.<again>]". */
sparkk8s_run *podserver_run(sparkk8s_client *client, const char *scenario, int number);
void podserver_done(sparkk8s_client *client, sparkk8s_run *run);

#endif
