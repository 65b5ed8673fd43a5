/* SPDX-License-Identifier: Apache-2.0 */
/* Runs by name: what a user has in hand for each (see sparkk8s_run_open()), or a glob for any number. */
#ifndef RUN_PICKS_H
#define RUN_PICKS_H

#include "pod.h"
#include "strv.h"

struct pick;
struct picks {                      /* zeroed: none */
    struct pick *v;
    size_t count;
};

/* `names` NULL or with a NULL at the end. In failure it is to be cleared, too. */
int picks_init(struct picks *picks, const char *const *names, sparkk8s_error **err);
/* The namespaces that names say are added to `spaces`; returns whether there are names that say none. */
bool picks_spaces(const struct picks *picks, struct strv *spaces);
/* Whether any is this driver, and remembers which. `home` is where names without a namespace count; empty: everywhere. */
bool picks_have(const struct picks *picks, const struct strv *home, const struct pod *driver);
/* The same, of those that are no globs. */
bool picks_name(const struct picks *picks, const struct strv *home, const struct pod *driver);
bool pod_has_glob(const struct pod *driver, const char *glob);      /* of its name or the application's */
bool picks_are_all(const struct picks *picks);      /* one of them is nothing but "*" */
/* The next from *at = 0 on that is no glob and was no driver's; NULL at the end. */
const char *picks_missing(const struct picks *picks, size_t *at);
void picks_clear(struct picks *picks);

#endif
