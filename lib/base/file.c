/* SPDX-License-Identifier: Apache-2.0 */
/* Reading local files and folders. See file.h. */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "str.h"
#include "text.h"

OWNED(folder, DIR *, closedir);

static int read_all(int fd, const char *path, struct str *text, sparkk8s_error **err)
{
    char chunk[16384];
    ssize_t n;

    for (;;) {
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, SPARKK8S_EIO, path, "cannot be read", errno);
        if (n == 0)
            return 0;
        if (text->len + (size_t)n > text->limit)
            return fail(err, SPARKK8S_EIO, path, "is larger than %zu bytes", text->limit);
        str_addn(text, chunk, (size_t)n);
        if (text->failed)
            return fail_oom(err);
    }
}

int file_read(const char *path, size_t limit, char **out, size_t *len, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(limit);
    size_t size;
    char *taken;
    int fd, rc;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_errno(err, SPARKK8S_EIO, path, "cannot be opened", errno);
    rc = read_all(fd, path, &text, err);
    close(fd);
    if (rc < 0)
        return rc;
    size = text.len;
    taken = str_take(&text);
    if (!taken)
        return fail_oom(err);
    *out = taken;
    if (len)
        *len = size;
    return 0;
}

int file_list(const char *folder, struct strv *names, sparkk8s_error **err)
{
    AUTO(folder) dir = NULL;
    struct dirent *entry;
    struct stat st;

    dir = opendir(folder);
    if (!dir)
        return fail_errno(err, SPARKK8S_EIO, folder, "cannot be opened", errno);
    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            break;
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
            strv_add(names, entry->d_name);
    }
    if (errno)
        return fail_errno(err, SPARKK8S_EIO, folder, "cannot be read", errno);
    if (names->failed)
        return fail_oom(err);
    strv_sort(names);
    return 0;
}

bool file_is_regular(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool file_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *file_join(const char *folder, const char *name)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);

    if (*name != '/') {
        str_add(&path, folder);
        if (!text_ends(folder, "/"))
            str_addc(&path, '/');
    }
    str_add(&path, name);
    return str_take(&path);
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return text_dup(".");
    return text_dupn(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
