/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A zip file read from its start, entry by entry, as java.util.zip.ZipInputStream does: the directory at its end is not
 * looked at. The only user of zlib. Errors are placed at the path.
 */
#ifndef BASE_ZIP_H
#define BASE_ZIP_H

#include "sparkk8s.h"

#include <stddef.h>

struct zip;
int zip_open(const char *path, struct zip **out, sparkk8s_error **err);
void zip_close(struct zip *zip);                /* NULL is fine */
OWNED(zip, struct zip *, zip_close);

/* The name of the next entry, new; NULL if there is none any more. What was not read of the one before is passed over, as
 * far as `limit` bytes of it. */
int zip_next(struct zip *zip, size_t limit, char **name, sparkk8s_error **err);
/* Its content, NUL-terminated besides its length; new. More than `limit` bytes are an error. */
int zip_read(struct zip *zip, size_t limit, char **content, size_t *len, sparkk8s_error **err);

#endif
