/* SPDX-License-Identifier: Apache-2.0 */
/* A watch of one run whose statuses carry the driver pod in spark-submit's words; every change of these is one. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "sparkk8s.h"

int watch_open_texts(sparkk8s_run *run, sparkk8s_watch **out, sparkk8s_error **err);
OWNED(watch, sparkk8s_watch *, sparkk8s_watch_free);

#endif
