/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to the library as a whole: its version, and freeing what it handed out. */
#include "sparkk8s.h"

#include "text.h"

const char *sparkk8s_version(void)
{
    return SPARKK8S_VERSION;
}

int sparkk8s_version_number(void)
{
    const char *p;
    int number = 0, part = 0;

    for (p = SPARKK8S_VERSION; *p; p++) {
        if (*p == '.') {
            number = (number + part) * 100;
            part = 0;
        } else {
            part = part * 10 + (*p - '0');
        }
    }
    return number + part;
}

void sparkk8s_free(void *ptr)
{
    free(ptr);
}
