/* SPDX-License-Identifier: Apache-2.0 */
/* The library itself: its version, and the release of the strings that it hands out. */
#include "sparkk8s.h"

const char *sparkk8s_version(void)
{
    return SPARKK8S_VERSION;
}

int sparkk8s_version_number(void)
{
    const char *version = SPARKK8S_VERSION;
    int number = 0, part = 0;

    for (; *version; version++) {
        if (*version == '.') {
            number = (number + part) * 100;
            part = 0;
        } else {
            part = part * 10 + *version - '0';
        }
    }
    return number + part;
}

void sparkk8s_free(void *ptr)
{
    free(ptr);
}
