/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors Utils.resolveURI, DependencyUtils.resolveGlobPaths and the last part of SparkSubmit.prepareSubmitEnvironment,
 * with what java.net.URI and Hadoop's Path do to the text on the way: escapes are resolved and made again, a fragment
 * stays resolved, so that one with a blank makes a path of a URI.
 *
 * Deliberately not done: patterns of remote file systems. Spark asks them and fails without their classes; the driver's
 * own spark-submit asks them again anyway, so they are passed on.
 */
#include "dependencies.h"

#include "error.h"
#include "file.h"
#include "glob.h"
#include "str.h"
#include "text.h"
#include "uri.h"

static const char *const list_keys[] = {JARS_KEY, FILES_KEY, PY_FILES_KEY, ARCHIVES_KEY, NULL};
static const char hint[] = "name files of this machine by path, those inside the image as local:///opt/app.jar, others by "
                           "their URI";

bool dependency_is_list(const char *key)
{
    return text_is_one_of(key, list_keys);
}

/* ---- one item ------------------------------------------------------------------------------------------------ */

static char *uri_of(const char *before, const char *path, const char *after)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_add(&text, before);
    uri_quote_path(&text, path);
    str_add(&text, after);
    return str_take(&text);
}

static int resolve_path(const char *path, char **out, sparkk8s_error **err)
{
    AUTO(chars) canonical = NULL;
    int rc;

    rc = file_canonical(path, &canonical, err);
    if (rc < 0)
        return rc;
    *out = uri_of("file:", canonical, strcmp(canonical, "/") != 0 && file_is_folder(canonical) ? "/" : "");
    return *out ? 0 : fail_oom(err);
}

static int decode(struct uri_part part, const char *text, char **out, sparkk8s_error **err)
{
    int rc = uri_decode(part, out);

    return rc < 0 && rc != SPARKK8S_ENOMEM ? fail(err, SPARKK8S_ECONF, text, "the escapes in it make no UTF-8")
                                           : rc < 0 ? fail_oom(err) : 0;
}

/* A path beside a fragment: made absolute, but not followed through links. */
static int resolve_fragment(const char *text, const struct uri *uri, char **out, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO(chars) fragment = NULL;
    AUTO(chars) absolute = NULL;
    AUTO_STR after = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    rc = decode(uri->path, text, &path, err);
    if (rc == 0)
        rc = decode(uri->fragment, text, &fragment, err);
    if (rc < 0)
        return rc;
    absolute = file_absolute(path);
    str_addc(&after, '#');
    uri_quote_rest(&after, fragment);
    if (!absolute || after.failed)
        return fail_oom(err);
    *out = uri_of("file:", absolute, after.s);
    return *out ? 0 : fail_oom(err);
}

int dependency_resolve(const char *text, char **out, sparkk8s_error **err)
{
    struct uri uri;

    if (!uri_parse(text, &uri) || (!uri.scheme.s && !uri.fragment.s))
        return resolve_path(text, out, err);
    if (!uri.scheme.s)
        return resolve_fragment(text, &uri, out, err);
    *out = text_dup(text);
    return *out ? 0 : fail_oom(err);
}

/* new URI(scheme, getSchemeSpecificPart(), null): escapes are resolved, and only what must be is escaped again. */
static int strip_fragment(const char *text, const struct uri *uri, char **out, sparkk8s_error **err)
{
    AUTO(chars) specific = NULL;
    AUTO_STR base = STR_INIT(STR_TEXT_LIMIT);
    struct uri again;

    int rc = decode(uri->specific, text, &specific, err);

    if (rc < 0)
        return rc;
    str_addf(&base, "%.*s:", (int)uri->scheme.len, text);
    uri_quote_rest(&base, specific);
    if (base.failed)
        return fail_oom(err);
    if (!uri_parse(base.s, &again))
        return fail(err, SPARKK8S_ECONF, text, "Spark makes no URI of it: no name may have brackets");
    *out = str_take(&base);
    return 0;
}

/* ---- patterns ------------------------------------------------------------------------------------------------ */

/* Of file systems that Hadoop has or that are made for it: Spark has no class for others, unless it is told one. */
static int keep_remote(const sparkk8s_conf *conf, const char *base, struct strv *found, sparkk8s_error **err)
{
    static const char *const known[] = {
        "local", "http", "https", "ftp", "sftp", "hdfs", "webhdfs", "swebhdfs", "viewfs", "har", "s3", "s3a", "s3n", "gs", "abfs",
        "abfss", "wasb", "wasbs", "adl", "oss", "cosn", "obs", "ofs", "o3fs", "tos", "bos", "ks3", "swift", "oci", "dbfs",
        "alluxio", "maprfs", NULL};
    AUTO(chars) scheme = text_dupn(base, uri_scheme(base));
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&key, "spark.hadoop.fs.%s.impl", scheme ? scheme : "");
    strv_add(found, base);
    if (!scheme || key.failed || found->failed)
        return fail_oom(err);
    if (text_is_one_of(scheme, known) || conf_has(conf, key.s))
        return 0;
    fail(err, SPARKK8S_ECONF, base, "No FileSystem for scheme \"%s\"", scheme);
    error_hint(err, "schemes are lower case; if the image has a class for this one, name it: --conf %s=<class>", key.s);
    return SPARKK8S_ECONF;
}

/* Globber.glob(): the files among what there is, as URIs; found by name they are written file:///, by a pattern file:/.
 * What has no wildcard and is not there stays. */
static int find_files(const char *base, struct strv *found, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO_STRV paths = {0};
    struct uri uri;
    bool wild, named;
    size_t i;
    int rc;

    if (!uri_parse(base, &uri) || !uri.path.s || uri.authority.len)
        return fail(err, SPARKK8S_ECONF, base, "Wrong FS, expected file:/// with an absolute path");
    rc = decode(uri.path, base, &path, err);
    if (rc == 0)
        rc = glob_find(path, &paths, &wild, &named, err);
    if (rc < 0)
        return rc;
    if (!wild && !paths.count)
        strv_add(found, base);
    for (i = 0; i < paths.count; i++) {
        AUTO(chars) text = uri_of(named ? "file://" : "file:", paths.v[i], "");

        if (!text)
            return fail_oom(err);
        if (!file_is_folder(paths.v[i]))
            strv_add(found, text);
    }
    strv_sort(found);
    return found->failed ? fail_oom(err) : 0;
}

/* One item of a list becomes none, one, or many. */
static int find_item(const sparkk8s_conf *conf, const char *item, struct strv *all, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    AUTO(chars) base = NULL;
    AUTO(chars) fragment = NULL;
    AUTO_STRV found = {0};
    struct uri uri;
    size_t i;
    int rc;

    rc = dependency_resolve(item, &text, err);
    if (rc == 0)
        rc = uri_parse(text, &uri) ? strip_fragment(text, &uri, &base, err) : fail_oom(err);
    if (rc < 0)
        return rc;
    if (uri.fragment.s)
        rc = decode(uri.fragment, text, &fragment, err);
    if (rc == 0)
        rc = uri_is_client_local(base) ? find_files(base, &found, err) : keep_remote(conf, base, &found, err);
    if (rc < 0)
        return rc;
    if (fragment && found.count > 1)
        return fail(err, SPARKK8S_ECONF, base, "resolves ambiguously to multiple files: %s, %s%s, and one name follows the #",
                    found.v[0], found.v[1], found.count > 2 ? ", ..." : "");
    for (i = 0; i < found.count; i++)
        strv_addf(all, "%s%s%s", found.v[i], fragment ? "#" : "", fragment ? fragment : "");
    return found.failed || all->failed ? fail_oom(err) : 0;
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

/* Joined by commas, with the origin that the key has or, if it is not set, `origin`. */
static int put_list(sparkk8s_conf *conf, const char *key, const char *list, sparkk8s_error **err)
{
    const char *origin = sparkk8s_conf_origin(conf, key);
    AUTO(chars) kept = text_dup(origin ? origin : "filled in");

    return kept ? conf_put(conf, key, list, kept, err) : fail_oom(err);
}

static int put_items(sparkk8s_conf *conf, const char *key, const struct strv *items, sparkk8s_error **err)
{
    AUTO(chars) list = items->count ? strv_join(items, ",") : text_dup("");

    return list && !items->failed ? put_list(conf, key, list, err) : fail_oom(err);
}

static int find_list(sparkk8s_conf *conf, const char *key, sparkk8s_error **err)
{
    const char *value = sparkk8s_conf_get(conf, key);
    AUTO_STRV items = {0};
    AUTO_STRV all = {0};
    size_t i, len;
    int rc = 0;

    if (!value)
        return 0;
    strv_split(&items, value, ',');
    if (items.failed)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < items.count; i++) {
        const char *start = text_trim(items.v[i], strlen(items.v[i]), &len);
        AUTO(chars) item = text_dupn(start, len);

        if (!item)
            return fail_oom(err);
        rc = len ? find_item(conf, item, &all, err) : 0;
    }
    return rc < 0 ? conf_blame(err, rc, conf, key, hint) : put_items(conf, key, &all, err);
}

int dependencies_find(sparkk8s_conf *conf, sparkk8s_error **err)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && list_keys[i]; i++)
        rc = find_list(conf, list_keys[i], err);
    return rc;
}

int dependency_resolve_list(const char *list, char **out, sparkk8s_error **err)
{
    AUTO_STRV items = {0};
    AUTO_STRV resolved = {0};
    size_t i, len;
    int rc;

    strv_split(&items, list, ',');
    if (items.failed)
        return fail_oom(err);
    for (i = 0; i < items.count; i++) {
        AUTO(chars) uri = NULL;

        text_trim(items.v[i], strlen(items.v[i]), &len);
        rc = len ? dependency_resolve(items.v[i], &uri, err) : 0;
        if (rc < 0)
            return rc;
        if (uri)
            strv_add(&resolved, uri);
    }
    *out = resolved.count ? strv_join(&resolved, ",") : text_dup("");
    return *out && !resolved.failed ? 0 : fail_oom(err);
}

static int settle_list(sparkk8s_conf *conf, const char *key, const char *list, sparkk8s_error **err)
{
    AUTO(chars) resolved = NULL;
    int rc;

    rc = dependency_resolve_list(list, &resolved, err);
    return rc < 0 ? conf_blame(err, rc, conf, key, hint) : put_list(conf, key, resolved, err);
}

int dependencies_settle(sparkk8s_conf *conf, const struct reader *reader, sparkk8s_error **err)
{
    static const char *const keys[] = {JARS_KEY, FILES_KEY, ARCHIVES_KEY, "spark.yarn.dist.files",
                                       "spark.yarn.dist.archives", "spark.yarn.dist.jars"};
    AUTO(chars) joined = NULL;
    AUTO_STRV py_files = {0};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(keys); i++)
        if (conf_has(conf, keys[i]))
            rc = settle_list(conf, keys[i], sparkk8s_conf_get(conf, keys[i]), err);
    if (rc == 0)
        rc = read_list(reader, PY_FILES_KEY, &py_files, err);
    if (rc < 0)
        return rc;
    joined = py_files.count ? strv_join(&py_files, ",") : text_dup("");
    return joined ? settle_list(conf, PY_FILES_KEY, joined, err) : fail_oom(err);
}
