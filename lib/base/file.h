/* SPDX-License-Identifier: Apache-2.0 */
/* Reading local files and folders. Errors are SPARKK8S_EIO, placed at the path. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "sparkk8s.h"
#include "strv.h"

#include <stdbool.h>

/* The whole file, NUL-terminated besides its length; the caller's to free. Larger than `limit` is an error. */
int file_read(const char *path, size_t limit, char **out, size_t *len, sparkk8s_error **err);
/* Names of the regular files in a folder (links followed), sorted by bytes, not recursive. */
int file_list(const char *folder, struct strv *names, sparkk8s_error **err);
int file_list_all(const char *folder, struct strv *names, sparkk8s_error **err);     /* folders and what else there is, too */
bool file_exists(const char *path);         /* links followed, as below */
bool file_is_regular(const char *path);
bool file_is_missing(const char *path);                     /* nothing has this name; a folder that may not be read has */
bool file_is_folder(const char *path);
char *file_join(const char *folder, const char *name);      /* "folder/name", or `name` if it is absolute; NULL: memory */
/* From the root, without "." and ".."; links are not followed. NULL: memory. */
char *file_absolute(const char *path);
char *file_folder(const char *path);                        /* "." if there is no slash */
const char *file_name(const char *path);                    /* what follows the last slash; borrowed */
/* The same with links followed, as far as the file is there: java.io.File.getCanonicalPath(). */
int file_canonical(const char *path, char **out, sparkk8s_error **err);

#endif
