/* SPDX-License-Identifier: Apache-2.0 */
/* Reading local files and folders. Nothing is written anywhere. */
#include "file.h"

#include "error.h"
#include "str.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)16 << 10)

static int fail_file(sparkk8s_error **err, const char *path, const char *what, int errnum)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {ENOENT, "check the path"},
        {ENOTDIR, "check the path"},
        {EISDIR, "name a file, not a folder"},
        {EACCES, "the user who submits must be allowed to read it"},
    };
    int rc = fail_errno(err, SPARKK8S_EIO, path, what, errnum);
    size_t i;

    for (i = 0; i < COUNT(hints); i++)
        if (hints[i].errnum == errnum)
            error_hint(err, "%s", hints[i].hint);
    return rc;
}

/* The limit is enforced while reading: pipes and /proc have no size to look at before. */
static int read_all(int fd, const char *path, struct str *content, sparkk8s_error **err)
{
    char chunk[CHUNK];
    ssize_t n;

    for (;;) {
        n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_file(err, path, "cannot read the file", errno);
        if (n == 0)
            return 0;
        if ((size_t)n > content->limit - content->len)
            return fail(err, SPARKK8S_EIO, path, "the file is larger than the %zu bytes that are allowed here",
                        content->limit);
        str_addn(content, chunk, (size_t)n);
        if (content->failed)
            return fail_oom(err);
    }
}

int file_read(const char *path, size_t limit, char **out, size_t *len, sparkk8s_error **err)
{
    AUTO_STR content = STR_INIT(limit);
    size_t content_len;
    char *text;
    int fd, rc;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_file(err, path, "cannot open the file", errno);
    rc = read_all(fd, path, &content, err);
    close(fd);
    if (rc < 0)
        return rc;
    content_len = content.len;
    text = str_take(&content);
    if (!text)
        return fail_oom(err);
    *out = text;
    *len = content_len;
    return 0;
}

/* A dangling link is nothing. */
static bool is_wanted(DIR *dir, const char *name, bool regular_only)
{
    struct stat st;

    if (!strcmp(name, ".") || !strcmp(name, "..") || fstatat(dirfd(dir), name, &st, 0) < 0)
        return false;
    return !regular_only || S_ISREG(st.st_mode);
}

static int list(DIR *dir, const char *folder, bool regular_only, struct strv *names, sparkk8s_error **err)
{
    struct dirent *entry;

    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return errno ? fail_file(err, folder, "cannot read the folder", errno) : 0;
        if (!is_wanted(dir, entry->d_name, regular_only))
            continue;
        strv_add(names, entry->d_name);
        if (names->failed)
            return fail_oom(err);
    }
}

static int open_and_list(const char *folder, bool regular_only, struct strv *names, sparkk8s_error **err)
{
    AUTO_STRV found = {0};
    DIR *dir;
    int rc;

    dir = opendir(folder);
    if (!dir)
        return fail_file(err, folder, "cannot open the folder", errno);
    rc = list(dir, folder, regular_only, &found, err);
    closedir(dir);
    if (rc < 0)
        return rc;
    strv_sort(&found);
    strv_clear(names);
    *names = found;
    found = (struct strv){0};
    return 0;
}

int file_list(const char *folder, struct strv *names, sparkk8s_error **err)
{
    return open_and_list(folder, true, names, err);
}

int file_list_all(const char *folder, struct strv *names, sparkk8s_error **err)
{
    return open_and_list(folder, false, names, err);
}

bool file_exists(const char *path)
{
    struct stat st;

    return !stat(path, &st);
}

bool file_is_regular(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISREG(st.st_mode);
}

bool file_is_missing(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 && errno == ENOENT;
}

bool file_is_folder(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

char *file_join(const char *folder, const char *name)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);

    if (*name != '/' && *folder) {
        str_add(&path, folder);
        if (!text_ends(folder, "/"))
            str_addc(&path, '/');
    }
    str_add(&path, name);
    return str_take(&path);
}

/* From the root, as it stands; NULL: memory. */
static char *from_root(const char *path)
{
    AUTO(chars) current = *path == '/' ? text_dup("") : getcwd(NULL, 0);
    AUTO_STR whole = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&whole, "%s/%s", current ? current : "", path);
    return !current && errno == ENOMEM ? NULL : str_take(&whole);
}

char *file_absolute(const char *path)
{
    AUTO(chars) whole = from_root(path);
    AUTO_STR clean = STR_INIT(STR_TEXT_LIMIT);

    if (!whole)
        return NULL;
    str_add_clean_path(&clean, whole);
    if (clean.len == 0)
        str_addc(&clean, '/');
    return str_take(&clean);
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

/* ---- links ----------------------------------------------------------------------------------------------------- */

/* The first `*len` bytes of the path with no link in them, or as many names less as there are files; new. */
static int resolve_start(const char *path, size_t *len, char **out, sparkk8s_error **err)
{
    for (;;) {
        AUTO(chars) start = text_dupn(path, *len ? *len : 1);

        if (!start)
            return fail_oom(err);
        *out = realpath(start, NULL);
        if (*out)
            return 0;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            return fail_file(err, path, "cannot tell what file this is", errno);
        while (*len && path[*len - 1] == '/')
            --*len;
        while (*len && path[*len - 1] != '/')
            --*len;
    }
}

int file_canonical(const char *path, char **out, sparkk8s_error **err)
{
    AUTO(chars) whole = from_root(path);
    AUTO(chars) start = NULL;
    AUTO_STR resolved = STR_INIT(STR_TEXT_LIMIT);
    size_t len;
    int rc;

    if (!whole)
        return fail_oom(err);
    for (len = strlen(whole); len && whole[len - 1] == '/'; len--)
        ;
    rc = resolve_start(whole, &len, &start, err);
    if (rc < 0)
        return rc;
    str_addf(&resolved, "%s/%s", start, whole + len);
    *out = resolved.failed ? NULL : file_absolute(resolved.s);
    return *out ? 0 : fail_oom(err);
}
