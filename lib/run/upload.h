/* SPDX-License-Identifier: Apache-2.0 */
/* Storing what a manifest says is to be uploaded: a little at a time, so that one thread can do it beside others. */
#ifndef RUN_UPLOAD_H
#define RUN_UPLOAD_H

#include "uploads.h"

#include <stdbool.h>

/* How files get to the places of one scheme. A file is stored whole or not at all: whoever looks at its name sees
 * nothing, what was there before, or all of it. */
struct uploader {
    /* `replace`: what is there under the target's name is an earlier attempt of the same; else it is left, and done. The
     * upload is borrowed. *state is set in failure, too, unless there is nothing to undo or to free. */
    int (*begin)(const struct upload *upload, bool replace, void **state, sparkk8s_error **err);
    int (*step)(void *state, sparkk8s_error **err);     /* some of the work: SPARKK8S_AGAIN, or 0 when it is stored */
    void (*undo)(void *state);                          /* removes what this one created */
    void (*free)(void *state);
};
extern const struct uploader upload_to_file;

struct uploading;
/* `keyed`: somebody else may be storing the same at the same time, and rely on it: nothing that is whole is removed. */
int uploading_new(const struct uploads *uploads, bool keyed, struct uploading **out, sparkk8s_error **err);
int uploading_step(struct uploading *uploading, sparkk8s_error **err);     /* SPARKK8S_AGAIN, or 0 when all are stored */
const char *uploading_now(const struct uploading *uploading);              /* the path that is being stored, or NULL */
void uploading_undo(struct uploading *uploading);
void uploading_free(struct uploading *uploading);                          /* NULL is fine; removes nothing */
OWNED(uploading, struct uploading *, uploading_free);

#endif
