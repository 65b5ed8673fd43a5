/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a watch of pods. Pure. */
#ifndef RUN_PODEVENT_H
#define RUN_PODEVENT_H

#include "pod.h"

struct pod_event {                      /* zeroed before it is scanned */
    struct slice type;                  /* "ADDED", ...; borrowed from the line */
    struct pod pod;                     /* of a BOOKMARK just its version; the caller's to clear */
    bool initial_end;                   /* a BOOKMARK that ends the initial events */
};

/* SPARKK8S_ENOMEM; SPARKK8S_ESERVER for what is no event; for one of type ERROR what its Status tells. `texts` as of
 * podtext.h. */
int pod_event_scan(const char *line, size_t len, bool texts, struct pod_event *event, sparkk8s_error **err);

#endif
