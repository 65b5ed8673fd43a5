/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ConfigMap that the driver mounts at /opt/spark/conf: spark.properties and the files of the submitter's
 * conf folder. Counterpart of Client.run's last part and KubernetesClientUtils. Puts the finished container
 * into the pod, too.
 *
 * Deliberately not done: files with a NUL byte, which are UTF-8 to Java, are passed over like those that are
 * not UTF-8.
 */
#include "steps.h"

#include <sys/stat.h>

#include "error.h"
#include "file.h"
#include "moment.h"
#include "properties.h"
#include "str.h"
#include "text.h"

#define SIZE_KEY "spark.kubernetes.configMap.maxSize"
#define SIZE_LIMIT 1048576                      /* of a ConfigMap, by the API server */
#define VOLUME "spark-conf-volume-driver"
#define FILE_MODE 420                           /* 0644 */
#define OWN_PREFIX "sparkk8s."                  /* keys for us, not for Spark */

struct conf_file {
    char *name, *path;                          /* borrowed from the vectors that hold them */
    int64_t size, order;                        /* bytes; place in the order of names */
};

OWNED(files, struct conf_file *, free);

/* ---- files of the conf folder -------------------------------------------------------------------------- */

static bool is_left_out(const char *name)
{
    static const char *const endings[] = {".gz", ".zip", ".jar", ".tar", ".template"};
    size_t i;

    for (i = 0; i < COUNT(endings); i++)
        if (text_ends(name, endings[i]))
            return true;
    return text_starts(name, "spark") && (text_ends(name, "conf") || text_ends(name, "properties"));
}

/* Length in UTF-16 units, as Java counts. */
static int64_t java_length(const char *text, size_t len)
{
    int64_t units = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        units += (c & 0xC0) != 0x80 ? (c >= 0xF0 ? 2 : 1) : 0;
    }
    return units;
}

static int by_size(const void *left, const void *right)
{
    const struct conf_file *a = left, *b = right;
    int64_t size_a = a->size + java_length(a->name, strlen(a->name));
    int64_t size_b = b->size + java_length(b->name, strlen(b->name));

    if (size_a != size_b)
        return size_a < size_b ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static int conf_folder(const struct build *b, char **out, sparkk8s_error **err)
{
    const char *given = env_get(b->env, "SPARK_CONF_DIR"), *home = env_get(b->env, "SPARK_HOME");

    if (given && *given)
        *out = text_dup(given);
    else if (home && *home)
        *out = file_join(home, "conf");
    else
        return 0;
    return *out ? 0 : fail_oom(err);
}

/* The files that count, smallest first. `names` and `paths` own the texts. */
static int conf_files(const char *folder, int64_t limit, struct strv *names, struct strv *paths,
                      struct conf_file **out, size_t *count, sparkk8s_error **err)
{
    AUTO_STRV listed = {0};
    AUTO(files) files = NULL;
    size_t i, n = 0;
    int rc;

    rc = file_list(folder, &listed, err);
    if (rc < 0)
        return rc;
    files = calloc(listed.count + 1, sizeof(*files));
    if (!files)
        return fail_oom(err);
    for (i = 0; i < listed.count; i++) {
        AUTO(chars) path = file_join(folder, listed.v[i]);
        struct stat status;

        if (!path)
            return fail_oom(err);
        if (is_left_out(listed.v[i]) || !text_is_utf8(listed.v[i], strlen(listed.v[i])) ||
            stat(path, &status) != 0 ||
            status.st_size + java_length(listed.v[i], strlen(listed.v[i])) > limit)
            continue;
        strv_add(names, listed.v[i]);
        strv_add(paths, path);
        if (names->failed || paths->failed)
            return fail_oom(err);
        files[n] = (struct conf_file){names->v[n], paths->v[n], status.st_size, (int64_t)n};
        n++;
    }
    qsort(files, n, sizeof(*files), by_size);
    *out = TAKE(files);
    *count = n;
    return 0;
}

/* Adds one file if it is text and fits; *room is what is left. */
static int add_file(struct build *b, json_t *data, const struct conf_file *file, int64_t *room,
                    sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    int64_t units;
    size_t len;
    int rc;

    rc = file_read(file->path, SIZE_LIMIT, &text, &len, err);
    if (rc < 0)
        return rc;
    if (!text_is_utf8(text, len))
        return build_warn(b, "%s is left out of the driver's conf folder: it is not UTF-8 text",
                          file->path) < 0
               ? fail_oom(err) : 0;
    units = java_length(file->name, strlen(file->name)) + java_length(text, len);
    if (units >= *room)
        return build_warn(b, "%s is left out of the driver's conf folder: " SIZE_KEY " leaves no room for it",
                          file->path) < 0 ? fail_oom(err) : 0;
    *room -= units;
    return json_put(data, file->name, json_stringn(text, len)) < 0 ? fail_oom(err) : 0;
}

static int add_conf_files(struct build *b, json_t *data, sparkk8s_error **err)
{
    AUTO(chars) folder = NULL;
    AUTO(files) files = NULL;
    AUTO_STRV names = {0};
    AUTO_STRV paths = {0};
    size_t i, count = 0;
    int64_t limit;
    int rc;

    rc = read_long(&b->reader, SIZE_KEY, &limit, err);
    if (rc == 0 && limit > SIZE_LIMIT)
        rc = conf_refuse(err, b->app.conf, SIZE_KEY, "leave it out: the default is the most that there can be",
                         "must be at most %d bytes", SIZE_LIMIT);
    if (rc == 0)
        rc = conf_folder(b, &folder, err);
    if (rc < 0 || !folder || !file_is_folder(folder))
        return rc;
    rc = conf_files(folder, limit, &names, &paths, &files, &count, err);
    for (i = 0; rc == 0 && i < count; i++)
        rc = add_file(b, data, &files[i], &limit, err);
    return rc;
}

/* ---- spark.properties and the map ---------------------------------------------------------------------- */

static int add_properties(struct build *b, json_t *data, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    char date[MOMENT_SIZE];
    size_t i;

    moment_java_date(b->ids.now_ms, date);
    str_addf(&text, "#Java properties built from Kubernetes config map with name: %s\n#%s\n",
             b->conf_map_name, date);
    for (i = 0; i < b->props->count; i++)
        if (!text_starts(b->props->entries[i].key, OWN_PREFIX))
            properties_add(&text, b->props->entries[i].key, b->props->entries[i].value);
    if (text.failed || json_put_text(data, "spark.properties", text.s) < 0)
        return fail_oom(err);
    return 0;
}

static int conf_volume(struct build *b, json_t *data, sparkk8s_error **err)
{
    AUTO_STRV keys = {0};
    AUTO(json) items = json_array();
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(data, key, value)
        strv_add(&keys, key);
    strv_sort(&keys);
    if (keys.failed || !items)
        return fail_oom(err);
    for (i = 0; i < keys.count; i++)
        if (json_push(items, json_pack("{s:s, s:i, s:s}",
                                       "key", keys.v[i],
                                       "mode", FILE_MODE,
                                       "path", keys.v[i])) < 0)
            return fail_oom(err);
    return build_volume(b, json_pack("{s:{s:O, s:s}, s:s}",
                                     "configMap",
                                         "items", items,
                                         "name", b->conf_map_name,
                                     "name", VOLUME), err);
}

int step_conf_map(struct build *b, sparkk8s_error **err)
{
    AUTO(json) data = json_object();
    int rc;

    if (!data)
        return fail_oom(err);
    rc = add_conf_files(b, data, err);
    if (rc == 0)
        rc = add_properties(b, data, err);
    if (rc == 0)
        rc = conf_volume(b, data, err);
    if (rc == 0)
        rc = build_env(b, "SPARK_CONF_DIR", CONF_FOLDER, err);
    if (rc == 0)
        rc = build_mount(b, VOLUME, CONF_FOLDER, err);
    if (rc == 0)
        rc = build_push(build_spec(b), "containers", json_incref(b->container), err);
    /* For the client in the driver; not among the volume's items. */
    if (rc == 0)
        rc = build_put(data, "spark.kubernetes.namespace", b->app.ns, err);
    if (rc < 0)
        return rc;
    return build_add(b, json_pack("{s:s, s:s, s:{s:s, s:s}, s:b, s:O}",
                                  "apiVersion", "v1",
                                  "kind", "ConfigMap",
                                  "metadata",
                                      "name", b->conf_map_name,
                                      "namespace", b->app.ns,
                                  "immutable", 1,
                                  "data", data), err);
}
