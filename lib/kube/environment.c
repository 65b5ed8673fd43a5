/* SPDX-License-Identifier: Apache-2.0 */
#include "environment.h"

#include <unistd.h>

const char *environment_get(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

const char *environment_either(const char *name, const char *other)
{
    const char *value = environment_get(name);

    return value ? value : environment_get(other);
}

char *const *environment_all(void)
{
    return environ;
}
