/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads to a folder of this machine: a volume that the driver's pod mounts, too. Permissions are those that Hadoop's
 * local file system leaves, whatever the umask and those of the source: 0755 for folders that had to be made, 0644 for
 * files. A file is written under a temporary name beside its own, brought to the disk, and renamed.
 *
 * Deliberately not done: Hadoop's checksum files, which its own copy to a local folder does not leave either.
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "error.h"
#include "file.h"
#include "str.h"
#include "text.h"

#define SLICE ((size_t)8 << 20)             /* copied in one step: a few milliseconds */
#define BUFFER ((size_t)64 << 10)           /* where the kernel cannot copy by itself */
#define FOLDER_MODE 0755
#define FILE_MODE 0644

struct storing {
    const struct upload *upload;
    char *folder, *temporary;
    int in, out;                    /* -1: not open */
    bool replace;
    bool made_folder, made_file;
    bool by_hand;                   /* copy_file_range() cannot be used here */
};

static int fail_storing(const struct storing *s, const char *what, int errnum, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    str_addf(&text, "Uploading file %s failed: %s", s->upload->source, what);
    if (text.failed)
        return fail_oom(err);
    rc = fail_errno(err, SPARKK8S_EUPLOAD, s->upload->path, text.s, errnum);
    error_hint(err, UPLOAD_PATH_KEY " must be a folder that you can write to, with room for the application's files, on a volume "
               "that the driver's pod mounts, too");
    return rc;
}

static void close_both(struct storing *s)
{
    if (s->in >= 0)
        close(s->in);
    if (s->out >= 0)
        close(s->out);
    s->in = s->out = -1;
}

/* ---- folders --------------------------------------------------------------------------------------------------- */

/* The set-group-ID that the folder around it gave it stays. Where a file system has no permissions, so be it. */
static void set_folder_mode(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0)
        (void)chmod(path, FOLDER_MODE | (st.st_mode & S_ISGID));
}

/* With all that are above it; *made tells of the last one. An errno, or 0. */
static int make_folder(const char *path, bool *made)
{
    AUTO(chars) above = NULL;
    int rc = mkdir(path, FOLDER_MODE) == 0 ? 0 : errno;

    if (rc == ENOENT) {
        above = file_folder(path);
        rc = above ? make_folder(above, made) : ENOMEM;
        if (rc == 0)
            rc = mkdir(path, FOLDER_MODE) == 0 ? 0 : errno;
    }
    *made = rc == 0;
    if (*made)
        set_folder_mode(path);
    return rc == EEXIST ? (file_is_folder(path) ? 0 : ENOTDIR) : rc;
}

/* ---- begin ----------------------------------------------------------------------------------------------------- */

static int open_source(struct storing *s, sparkk8s_error **err)
{
    struct stat st;

    s->in = open(s->upload->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->in < 0 || fstat(s->in, &st) < 0)
        return fail_storing(s, "cannot open it", errno, err);
    if (!S_ISREG(st.st_mode))
        return fail_storing(s, "it is no file any more", EISDIR, err);
    s->by_hand = st.st_size == 0;       /* or made as it is read: to the kernel, there is nothing to copy */
    return 0;
}

static int open_temporary(struct storing *s, sparkk8s_error **err)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    unsigned char random[8];
    char digits[2 * sizeof(random) + 1];
    int rc = random_bytes(random, sizeof(random), err);

    if (rc < 0)
        return rc;
    hex_encode(random, sizeof(random), digits);
    str_addf(&path, "%s/.sparkk8s-%s", s->folder, digits);
    if (path.failed)
        return fail_oom(err);
    s->out = open(path.s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (s->out < 0)
        return fail_storing(s, "cannot create a file in its folder", errno, err);
    s->temporary = str_take(&path);
    return 0;
}

static int prepare(struct storing *s, sparkk8s_error **err)
{
    int rc;

    s->folder = file_folder(s->upload->path);
    if (!s->folder)
        return fail_oom(err);
    rc = open_source(s, err);
    if (rc < 0)
        return rc;
    rc = make_folder(s->folder, &s->made_folder);
    if (rc > 0)
        return fail_storing(s, "cannot create its folder", rc, err);
    if (!s->replace && file_exists(s->upload->path)) {
        close_both(s);
        return 0;
    }
    return open_temporary(s, err);
}

static int storing_begin(const struct upload *upload, bool replace, void **state, sparkk8s_error **err)
{
    struct storing *s = calloc(1, sizeof(*s));

    if (!s)
        return fail_oom(err);
    *s = (struct storing){.upload = upload, .replace = replace, .in = -1, .out = -1};
    *state = s;
    return prepare(s, err);
}

/* ---- copy ------------------------------------------------------------------------------------------------------ */

static ssize_t write_all(int fd, const char *bytes, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);

        if (n < 0 && errno != EINTR)
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)len;
}

/* How many bytes went over; 0 at the end, -1 with errno. */
static ssize_t copy_by_hand(struct storing *s)
{
    char buffer[BUFFER];
    size_t done = 0;
    ssize_t n;

    while (done < SLICE) {
        n = read(s->in, buffer, sizeof(buffer));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || write_all(s->out, buffer, (size_t)n) < 0)
            return n == 0 ? (ssize_t)done : -1;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t copy_slice(struct storing *s)
{
    ssize_t n;

    if (s->by_hand)
        return copy_by_hand(s);
    do {
        n = copy_file_range(s->in, NULL, s->out, NULL, SLICE, 0);
    } while (n < 0 && errno == EINTR);
    if (n >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
        return n;
    s->by_hand = true;              /* other file systems, older kernels; where it stands, both descriptors know */
    return copy_by_hand(s);
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

/* So that the name is there after a crash, as the file is. Not every file system can. */
static void sync_folder(const char *path)
{
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static int finish(struct storing *s, sparkk8s_error **err)
{
    AUTO(chars) above = s->made_folder ? file_folder(s->folder) : NULL;
    int out = s->out;

    (void)fchmod(out, FILE_MODE);
    if (fsync(out) < 0)
        return fail_storing(s, "cannot bring it to the disk", errno, err);
    s->out = -1;
    if (close(out) < 0)
        return fail_storing(s, "cannot write it", errno, err);
    if (rename(s->temporary, s->upload->path) < 0)
        return fail_storing(s, "cannot give it its name", errno, err);
    s->made_file = true;
    free(TAKE(s->temporary));
    sync_folder(s->folder);
    sync_folder(above);
    close_both(s);
    return 0;
}

static int storing_step(void *state, sparkk8s_error **err)
{
    struct storing *s = state;
    ssize_t n;

    if (s->out < 0)
        return 0;
    n = copy_slice(s);
    if (n < 0)
        return fail_storing(s, "cannot copy it", errno, err);
    return n > 0 ? SPARKK8S_AGAIN : finish(s, err);
}

/* Folders above its own stay: other submissions may be about to use them. */
static void storing_undo(void *state)
{
    struct storing *s = state;

    close_both(s);
    if (s->temporary)
        unlink(s->temporary);
    free(TAKE(s->temporary));
    if (s->replace)
        return;
    if (s->made_file)
        unlink(s->upload->path);
    if (s->made_folder)
        rmdir(s->folder);
    s->made_file = s->made_folder = false;
}

static void storing_free(void *state)
{
    struct storing *s = state;

    close_both(s);
    free(s->folder);
    free(s->temporary);
    free(s);
}

const struct uploader upload_to_file = {
    .begin = storing_begin,
    .step = storing_step,
    .undo = storing_undo,
    .free = storing_free,
};
