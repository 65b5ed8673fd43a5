/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"

#include "error.h"
#include "file.h"
#include "text.h"

#define RELEASE_LIMIT 65536

static int take_version(const char *text, size_t len, char **out, sparkk8s_error **err)
{
    *out = text_dupn(text, len);
    return *out ? 0 : fail_oom(err);
}

static int release_version(const char *home, char **out, sparkk8s_error **err)
{
    static const char word[] = "Spark ";
    AUTO(chars) path = file_join(home, "RELEASE");
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    if (!path)
        return fail_oom(err);
    rc = file_read(path, RELEASE_LIMIT, &text, &len, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0 || !text_starts(text, word))
        return 0;
    return take_version(text + strlen(word), strcspn(text + strlen(word), " \t\r\n"), out, err);
}

static int jar_version(const char *home, char **out, sparkk8s_error **err)
{
    static const char head[] = "spark-core_", tail[] = ".jar";
    AUTO(chars) folder = file_join(home, "jars");
    AUTO_STRV names = {0};
    size_t i;
    int rc;

    if (!folder)
        return fail_oom(err);
    rc = file_is_folder(folder) ? file_list(folder, &names, NULL) : 0;
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < names.count; i++) {
        const char *dash = strchr(names.v[i] + strcspn(names.v[i], "_"), '-');

        if (text_starts(names.v[i], head) && text_ends(names.v[i], tail) && dash)
            return take_version(dash + 1, strlen(dash + 1) - strlen(tail), out, err);
    }
    return 0;
}

int home_version(const struct env *env, char **out, sparkk8s_error **err)
{
    const char *home = env_get(env, "SPARK_HOME");
    int rc;

    *out = NULL;
    if (!home || !*home)
        return 0;
    rc = release_version(home, out, err);
    return rc < 0 || *out ? rc : jar_version(home, out, err);
}
