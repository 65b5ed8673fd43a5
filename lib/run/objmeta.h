/* SPDX-License-Identifier: Apache-2.0 */
/* What we keep of an object of any kind whose metadata alone counts: whose it is. Scanned, without building a tree. */
#ifndef RUN_OBJMETA_H
#define RUN_OBJMETA_H

#include "scan.h"
#include "sparkk8s.h"

#include <stdbool.h>
#include <stdint.h>

struct objmeta {
    char *ns, *name, *uid, *version;
    char *app_id, *role;            /* labels spark-app-selector, spark-role; or NULL */
    char *owner_api, *owner_kind, *owner_name, *owner_uid;      /* of the first owner */
    size_t owners;
    int64_t created_ms;
    bool dying;                     /* it has a deletionTimestamp */
};

/* At an object, or at one of a list. ENOMEM, or ESERVER if it is none. `meta` is to be cleared after a failure, too. */
int objmeta_scan(struct scan *scan, struct objmeta *meta, sparkk8s_error **err);
/* A page of a list. `each` may take what it is given. *more is metadata.continue, the caller's, or NULL. */
int objmeta_page_scan(const char *text, size_t len, char **more, int (*each)(struct objmeta *meta, void *owner, sparkk8s_error **err),
                      void *owner, sparkk8s_error **err);
void objmeta_clear(struct objmeta *meta);
#define AUTO_OBJMETA __attribute__((cleanup(objmeta_clear))) struct objmeta

#endif
