/* SPDX-License-Identifier: Apache-2.0 */
/* The process's environment. Its only reader in this library. */
#ifndef KUBE_ENVIRONMENT_H
#define KUBE_ENVIRONMENT_H

/* NULL if it is not set, or empty. */
const char *environment_get(const char *name);
/* The first of two names that is set. */
const char *environment_either(const char *name, const char *other);
/* "NAME=value"..., NULL at the end; not to be changed. */
char *const *environment_all(void);

#endif
