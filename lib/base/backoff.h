/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before something is tried again. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* Before the nth repetition (from 1): `first_ms`, doubled with each up to `most_ms`; of that between the half and the whole,
 * at random, so that many who failed together do not come back together. */
int64_t backoff_ms(int nth, int64_t first_ms, int64_t most_ms);

#endif
