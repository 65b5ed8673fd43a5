/* SPDX-License-Identifier: Apache-2.0 */
#include "logsave.h"

#include "duration.h"
#include "exits.h"
#include "logprint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_NAME "sparkk8s-logs.state"
#define STATE_HEAD "sparkk8s logs 1\n"
#define OPEN_MOST 128               /* files at once */
#define SYNC_MS 1000

struct saved {
    struct saved *next;
    FILE *file;                     /* NULL: closed for now */
    off_t size;                     /* at the latest state */
    uint64_t used;                  /* for the least recently used */
    bool in_line;                   /* its last line is not complete */
    bool written;                   /* since the latest state */
    char name[];
};

struct logsave {
    const char *folder;
    char *what, *position;
    bool many_namespaces, timestamps;
    bool goes_on;                   /* an earlier one began it */
    bool failed, dirty;
    struct saved *files;
    size_t count, open;
    uint64_t clock, lines;
    int64_t synced_ms;
};

/* ---- complaints ---- */

static int no_file(struct logsave *save, const char *what, const char *name)
{
    int error = errno;

    save->failed = true;
    fprintf(stderr, "sparkk8s: cannot %s %s/%s: %s\n", what, save->folder, name, strerror(error));
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        fputs("hint: make room and call the same again: it goes on with nothing lost or repeated\n", stderr);
    return EXIT_INTERNAL;
}

static char *path_of(const struct logsave *save, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", save->folder, name) < 0 ? NULL : path;
}

/* ---- the files ---- */

/* Moves it to the front: lines of one pod come together. */
static struct saved *find(struct logsave *save, const char *name)
{
    struct saved **at, *it;

    for (at = &save->files; *at && strcmp((*at)->name, name); at = &(*at)->next)
        ;
    it = *at;
    if (it) {
        *at = it->next;
        it->next = save->files;
        save->files = it;
    }
    return it;
}

static struct saved *add(struct logsave *save, const char *name, off_t size)
{
    size_t len = strlen(name) + 1;
    struct saved *it = calloc(1, sizeof(*it) + len);

    if (!it) {
        save->failed = true;
        complain_oom();
        return NULL;
    }
    memcpy(it->name, name, len);
    it->size = size;
    it->next = save->files;
    save->files = it;
    save->count++;
    return it;
}

static void close_one(struct logsave *save, struct saved *it)
{
    if (!it->file)
        return;
    save->open--;
    if (fclose(TAKE(it->file)) && !save->failed)
        no_file(save, "write", it->name);
}

static void close_oldest(struct logsave *save)
{
    struct saved *it, *oldest = NULL;

    for (it = save->files; it; it = it->next)
        if (it->file && (!oldest || it->used < oldest->used))
            oldest = it;
    if (oldest)
        close_one(save, oldest);
}

/* A file of this folder that is there already is ours if the folder is, and then is as long as the state has it. */
static int flags_of(const struct logsave *save, const struct saved *it)
{
    if (it->written || it->size)
        return O_RDWR | O_APPEND;
    return O_RDWR | O_APPEND | O_CREAT | (save->goes_on ? O_TRUNC : O_EXCL);
}

static bool open_file(struct logsave *save, struct saved *it)
{
    AUTO(chars) path = path_of(save, it->name);
    struct stat info;
    char last = '\n';
    int fd;

    if (save->open >= OPEN_MOST)
        close_oldest(save);
    fd = path ? open(path, flags_of(save, it) | O_CLOEXEC | O_NOFOLLOW, 0666) : -1;
    if (fd < 0 || fstat(fd, &info) || (info.st_size && pread(fd, &last, 1, info.st_size - 1) != 1)) {
        no_file(save, "write", it->name);
        if (fd >= 0)
            close(fd);
        return false;
    }
    it->in_line = last != '\n';
    it->file = fdopen(fd, "a");
    if (!it->file) {
        no_file(save, "write", it->name);
        close(fd);
        return false;
    }
    save->open++;
    return true;
}

/* "<pod>.log", "<pod>.restart-1.log"; '_' is in no name of Kubernetes. */
static struct saved *file_for(struct logsave *save, const sparkk8s_logs *logs)
{
    const char *ns = save->many_namespaces ? sparkk8s_logs_ns(logs) : "", *pod = sparkk8s_logs_pod(logs);
    int restarts = sparkk8s_logs_restarts(logs);
    char name[600], restart[32] = "";
    struct saved *it;

    if (restarts)
        snprintf(restart, sizeof(restart), ".restart-%d", restarts);
    snprintf(name, sizeof(name), "%s%s%s%s.log", ns, *ns ? "_" : "", pod, restart);
    if (strchr(name, '/')) {
        errno = EINVAL;
        no_file(save, "write", name);
        return NULL;
    }
    it = find(save, name);
    if (!it)
        it = add(save, name, 0);
    return it && (it->file || open_file(save, it)) ? it : NULL;
}

void logsave_line(struct logsave *save, const sparkk8s_logs *logs, const char *line, size_t len)
{
    struct saved *it = save->failed ? NULL : file_for(save, logs);

    if (!it)
        return;
    it->used = ++save->clock;
    it->written = save->dirty = true;
    if (!it->in_line && save->timestamps)
        logprint_time(logs, it->file);
    fwrite(line, 1, len, it->file);
    it->in_line = !sparkk8s_logs_is_whole(logs);
    if (!it->in_line) {
        putc('\n', it->file);
        save->lines++;
    }
    if (ferror(it->file))
        no_file(save, "write", it->name);
}

/* ---- the state ---- */

static bool flush_files(struct logsave *save)
{
    struct saved *it;
    struct stat info;

    for (it = save->files; it && !save->failed; it = it->next) {
        AUTO(chars) path = NULL;

        if (!it->written)
            continue;
        path = path_of(save, it->name);
        if ((it->file && fflush(it->file)) || !path || stat(path, &info))
            no_file(save, "write", it->name);
        else
            it->size = info.st_size;
        it->written = false;
    }
    return !save->failed;
}

static void print_state(const struct logsave *save, const char *position, FILE *file)
{
    const struct saved *it;

    fprintf(file, STATE_HEAD "of %s\nposition %s\n", save->what, position);
    for (it = save->files; it; it = it->next)
        fprintf(file, "%" PRIdMAX " %s\n", (intmax_t)it->size, it->name);
}

static int write_state(struct logsave *save, const char *position)
{
    AUTO(chars) path = path_of(save, STATE_NAME);
    AUTO(chars) fresh = path_of(save, STATE_NAME ".new");
    FILE *file;
    bool good;

    if (!path || !fresh)
        return complain_oom();
    file = fopen(fresh, "we");
    if (!file)
        return no_file(save, "write", STATE_NAME);
    print_state(save, position, file);
    good = !ferror(file);
    if (fclose(file) || !good || rename(fresh, path)) {
        no_file(save, "write", STATE_NAME);
        unlink(fresh);
        return EXIT_INTERNAL;
    }
    return EXIT_OK;
}

int logsave_sync(struct logsave *save, const sparkk8s_logs *logs, bool now)
{
    const char *position;
    int rc;

    if (save->failed)
        return EXIT_INTERNAL;
    if (!now && (!save->dirty || ticks_ms() - save->synced_ms < SYNC_MS))
        return EXIT_OK;
    position = sparkk8s_logs_position(logs);
    if (!position)
        return complain_oom();
    if (!flush_files(save))
        return EXIT_INTERNAL;
    rc = write_state(save, position);
    save->dirty = false;
    save->synced_ms = ticks_ms();
    return rc;
}

/* ---- going on ---- */

static int not_a_state(const struct logsave *save)
{
    return complain_usage("another folder, or remove this one", "%s/%s is not what logs --save writes", save->folder,
                          STATE_NAME);
}

static int take_back(struct logsave *save, const char *name, off_t size)
{
    AUTO(chars) path = path_of(save, name);
    struct stat info;

    if (!path)
        return complain_oom();
    if (strchr(name, '/'))
        return not_a_state(save);
    if (stat(path, &info) || info.st_size < size)
        return complain_usage("another folder, or remove this one", "%s is shorter than it was when it was written", path);
    if (info.st_size > size && truncate(path, size))
        return no_file(save, "write", name);
    return add(save, name, size) ? EXIT_OK : EXIT_INTERNAL;
}

static char *rest_of(const char *line, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(line, prefix, len) ? NULL : strndup(line + len, strcspn(line + len, "\n"));
}

static int read_line(struct logsave *save, int number, char *line, const char *what)
{
    AUTO(chars) of = NULL;
    char *name;
    intmax_t size;

    line[strcspn(line, "\n")] = '\0';
    if (number == 0)
        return strncmp(line, STATE_HEAD, strlen(STATE_HEAD) - 1) ? not_a_state(save) : EXIT_OK;
    if (number == 1) {
        of = rest_of(line, "of ");
        return of && !strcmp(of, what) ? EXIT_OK :
            complain_usage("another folder", "%s has the logs of %s", save->folder, of ? of : "something else");
    }
    if (number == 2) {
        save->position = rest_of(line, "position ");
        return save->position ? EXIT_OK : not_a_state(save);
    }
    size = strtoimax(line, &name, 10);
    if (size < 0 || *name != ' ')
        return not_a_state(save);
    return take_back(save, name + 1, (off_t)size);
}

static int read_state(struct logsave *save, const char *what)
{
    AUTO(chars) path = path_of(save, STATE_NAME);
    FILE *file = path ? fopen(path, "re") : NULL;
    int number, rc = EXIT_OK;
    char *line = NULL;
    size_t room = 0;

    if (!file)
        return path && errno == ENOENT ? EXIT_OK : path ? no_file(save, "read", STATE_NAME) : complain_oom();
    save->goes_on = true;
    for (number = 0; rc == EXIT_OK && getline(&line, &room, file) > 0; number++)
        rc = read_line(save, number, line, what);
    if (rc == EXIT_OK && number < 3)
        rc = not_a_state(save);
    free(line);
    fclose(file);
    return rc;
}

int logsave_open(const struct cli *cli, const char *what, bool many_namespaces, struct logsave **out,
                 const char **position)
{
    AUTO(logsave) save = calloc(1, sizeof(*save));
    int rc;

    if (!save)
        return complain_oom();
    save->folder = cli->options.save;
    save->timestamps = cli->options.timestamps;
    save->many_namespaces = many_namespaces;
    save->what = strdup(what);
    if (!save->what)
        return complain_oom();
    if (mkdir(save->folder, 0777) && errno != EEXIST) {
        fprintf(stderr, "sparkk8s: cannot make the folder %s: %s\n", save->folder, strerror(errno));
        return EXIT_INTERNAL;
    }
    rc = read_state(save, what);
    if (rc == EXIT_OK && !save->goes_on)
        rc = write_state(save, "");
    if (rc != EXIT_OK)
        return rc;
    *position = save->position && *save->position ? save->position : NULL;
    *out = TAKE(save);
    return EXIT_OK;
}

int logsave_wait_ms(const struct logsave *save)
{
    int64_t left = save->synced_ms + SYNC_MS - ticks_ms();

    return !save->dirty ? -1 : left > 0 ? (int)left : 0;
}

void logsave_summary(const struct logsave *save)
{
    fprintf(stderr, "saved %" PRIu64 " lines; %s has %zu files\n", save->lines, save->folder, save->count);
}

void logsave_free(struct logsave *save)
{
    struct saved *it;

    while ((it = save->files)) {
        save->files = it->next;
        close_one(save, it);
        free(it);
    }
    free(save->what);
    free(save->position);
    free(save);
}
