/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spark-env.sh is for a shell alone to understand, so a shell runs it as load-spark-env.sh does, with every variable
 * exported, and then becomes this program again: same process, same exit code, and whatever the script prints or
 * refuses goes where it would have gone. SPARK_ENV_LOADED says that it was done, to us as to Spark's own scripts.
 */
#include "spark_env.h"

#include "exits.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT "set -a; . \"$SPARK_ENV_SH\"; set +a; exec \"$0\" spark-submit \"$@\""

static bool is_folder(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static bool is_file(const char *path)
{
    struct stat status;

    return !stat(path, &status) && S_ISREG(status.st_mode);
}

/* The folder above the one that has the program under this name, if it is a Spark distribution; NULL if not. The link
 * is not followed: what it lies in counts, as it does for the script that it replaces. */
static char *home_above(const char *folder, int len)
{
    char *home = NULL, *jars = NULL;
    bool found;

    if (asprintf(&home, "%.*s/..", len, folder) < 0 || asprintf(&jars, "%.*s/../jars", len, folder) < 0) {
        free(home);
        return NULL;
    }
    found = is_folder(jars);
    free(jars);
    if (found)
        return home;
    free(home);
    return NULL;
}

/* Where a shell would have found `name`: the first of the folders that has it. */
static char *home_by_path(const char *name)
{
    const char *at = getenv("PATH");
    char *path;
    bool there;
    int len;

    for (; at && *at; at += len + (at[len] == ':')) {
        len = (int)strcspn(at, ":");
        if (asprintf(&path, "%.*s/%s", len, at, name) < 0)
            return NULL;
        there = !access(path, X_OK);
        free(path);
        if (there)
            return home_above(at, len);
    }
    return NULL;
}

static void set_home(const char *name)
{
    const char *home = getenv("SPARK_HOME"), *slash = strrchr(name, '/');
    AUTO(chars) found = NULL;

    if (home && *home)
        return;
    found = slash ? home_above(name, (int)(slash - name)) : home_by_path(name);
    if (found)
        setenv("SPARK_HOME", found, 1);
}

/* Returns the path of spark-env.sh, or NULL. */
static char *set_conf_dir(void)
{
    const char *home = getenv("SPARK_HOME"), *folder = getenv("SPARK_CONF_DIR");
    AUTO(chars) usual = NULL;
    char *script;

    if (!folder || !*folder) {
        if (!home || !*home || asprintf(&usual, "%s/conf", home) < 0)
            return NULL;
        setenv("SPARK_CONF_DIR", usual, 1);
        folder = usual;
    }
    return asprintf(&script, "%s/spark-env.sh", folder) < 0 ? NULL : script;
}

static int start_again(int argc, const char *const *argv)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char **words = calloc((size_t)argc + 5, sizeof(*words));

    if (!words)
        return complain_oom();
    if (len > 0) {
        self[len] = '\0';
        words[0] = "spark-submit";
        words[1] = "-c";
        words[2] = SCRIPT;
        words[3] = self;
        memcpy(words + 4, argv, (size_t)argc * sizeof(*words));
        execvp("bash", (char *const *)words);
        execvp("sh", (char *const *)words);
    }
    free(words);
    fprintf(stderr, "sparkk8s: no shell to read %s: %s\n", getenv("SPARK_ENV_SH"), strerror(errno));
    return EXIT_APP;
}

int spark_env_load(const char *name, int argc, const char *const *argv)
{
    AUTO(chars) script = NULL;

    set_home(name);
    if (getenv("SPARK_ENV_LOADED"))
        return -1;
    script = set_conf_dir();
    setenv("SPARK_ENV_LOADED", "1", 1);
    if (!script || !is_file(script))
        return -1;
    setenv("SPARK_ENV_SH", script, 1);
    return start_again(argc, argv);
}
