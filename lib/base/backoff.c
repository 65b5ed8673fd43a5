/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

#include "digest.h"

int64_t backoff_ms(int nth, int64_t first_ms, int64_t most_ms)
{
    unsigned char random = 128;     /* as good as any if there is none */
    int64_t ms = first_ms;

    while (--nth > 0 && ms < most_ms)
        ms *= 2;
    if (ms > most_ms)
        ms = most_ms;
    (void)random_bytes(&random, sizeof random, NULL);
    return ms / 2 + ms / 2 * random / 255;
}
