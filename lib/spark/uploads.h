/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the submitting machine that the driver is to find elsewhere: what is to be stored where. Rendering only says
 * so; a submission does it (lib/run).
 */
#ifndef SPARK_UPLOADS_H
#define SPARK_UPLOADS_H

#include "sparkk8s.h"

#include <stddef.h>

#define UPLOAD_PATH_KEY "spark.kubernetes.file.upload.path"

/* What a file can be stored to. A new scheme is a row in uploads.c and an uploader in run/upload.c. */
enum upload_scheme { UPLOAD_FILE, UPLOAD_SCHEMES };
extern const char *const upload_scheme_names[UPLOAD_SCHEMES + 1];      /* NULL at the end */

struct upload {
    enum upload_scheme scheme;
    char *source;                   /* absolute path */
    char *target;                   /* as the driver is told it */
    char *path;                     /* the same without scheme and authority, absolute */
};

struct uploads {                    /* zeroed at first */
    struct upload *v;
    size_t count;
};

void uploads_clear(struct uploads *uploads);
int uploads_copy(const struct uploads *uploads, struct uploads *out, sparkk8s_error **err);

struct build;
/* KubernetesUtils.uploadFileUri: the URI of a client-local file becomes that of its upload, in a random folder of its own;
 * new. `what` it is of is named in errors: a key, or "resource". */
int upload_add(struct build *b, const char *what, const char *uri, char **target, sparkk8s_error **err);
/* The lists of the application: uploads first, then what is elsewhere (BasicDriverFeatureStep). */
int upload_lists(struct build *b, sparkk8s_error **err);

#endif
