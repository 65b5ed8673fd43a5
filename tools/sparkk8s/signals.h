/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM end what is under way; the second one ends the program at once. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "sparkk8s.h"

void signals_init(sparkk8s_cancel *cancel);
int signals_caught(void);                       /* the signal's number, or 0 */
/* Waits for news on `fd`: 0, SPARKK8S_AGAIN after timeout_ms (-1: no limit), or SPARKK8S_ECANCELED after a
 * signal, also one that came before. */
int signals_poll(int fd, int timeout_ms);
void signals_broken_pipe(void);                 /* ends the program as an unhandled SIGPIPE does */

#endif
