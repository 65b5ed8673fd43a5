/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, with files in it; gone at the end of the block. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "str.h"

struct scratch {
    char folder[40];
    char path[200];                 /* of the latest file */
};

static inline void scratch_begin(struct scratch *scratch)
{
    *scratch = (struct scratch){.folder = "/tmp/sparkk8s-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(scratch->folder));
}

/* Its path, valid until the next one. */
static inline const char *scratch_bytes(struct scratch *scratch, const char *name, const char *bytes, size_t len)
{
    FILE *file;

    ck_assert_ptr_nonnull(name);
    snprintf(scratch->path, sizeof(scratch->path), "%s/%s", scratch->folder, name);
    file = fopen(scratch->path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    return scratch->path;
}

static inline const char *scratch_file(struct scratch *scratch, const char *name, const char *text)
{
    return scratch_bytes(scratch, name, text, strlen(text));
}

/* A folder in it. */
static inline const char *scratch_folder(struct scratch *scratch, const char *name)
{
    snprintf(scratch->path, sizeof(scratch->path), "%s/%s", scratch->folder, name);
    ck_assert_int_eq(mkdir(scratch->path, 0700), 0);
    return scratch->path;
}

static inline int scratch_remove(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *where UNUSED)
{
    return remove(path);
}

static inline void scratch_end(struct scratch *scratch)
{
    ck_assert_int_eq(nftw(scratch->folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#define AUTO_SCRATCH __attribute__((cleanup(scratch_end))) struct scratch

#endif
