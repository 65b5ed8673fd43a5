/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the application's files go, as KubernetesUtils.uploadFileUri and BasicDriverFeatureStep decide it: each into a
 * folder of its own under spark.kubernetes.file.upload.path, whose text is put in front of it as it is. Archives go
 * through a UriBuilder on the way, which escapes, and drops the empty authority of file:///.
 *
 * Deliberately different: that the file is there and can be read is looked at now, before anything is stored; a folder as
 * the application's jar or script is refused (Spark copies it whole, and its driver then cannot run it).
 */
#include "uploads.h"

#include <strings.h>
#include <unistd.h>

#include "build.h"
#include "dependencies.h"
#include "error.h"
#include "file.h"
#include "text.h"
#include "uri.h"

const char *const upload_scheme_names[UPLOAD_SCHEMES + 1] = {[UPLOAD_FILE] = "file"};

/* ---- the list of uploads --------------------------------------------------------------------------------------- */

static void upload_clear(struct upload *upload)
{
    free(upload->source);
    free(upload->target);
    free(upload->path);
}

void uploads_clear(struct uploads *uploads)
{
    size_t i;

    for (i = 0; i < uploads->count; i++)
        upload_clear(&uploads->v[i]);
    free(uploads->v);
    *uploads = (struct uploads){0};
}

/* The three texts are copied. */
static int push(struct uploads *uploads, const struct upload *upload, sparkk8s_error **err)
{
    struct upload *v = realloc(uploads->v, (uploads->count + 1) * sizeof(*v)), *last;

    if (!v)
        return fail_oom(err);
    uploads->v = v;
    last = &v[uploads->count++];
    *last = (struct upload){.scheme = upload->scheme, .source = text_dup(upload->source), .target = text_dup(upload->target),
                            .path = text_dup(upload->path)};
    return last->source && last->target && last->path ? 0 : fail_oom(err);
}

int uploads_copy(const struct uploads *uploads, struct uploads *out, sparkk8s_error **err)
{
    struct uploads copy = {0};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < uploads->count; i++)
        rc = push(&copy, &uploads->v[i], err);
    if (rc < 0)
        uploads_clear(&copy);
    else
        *out = copy;
    return rc;
}

/* ---- the source ------------------------------------------------------------------------------------------------ */

static int check_source(const char *path, sparkk8s_error **err)
{
    const char *name = file_name(path);

    if (!file_exists(path))
        return fail(err, SPARKK8S_EIO, path, "Uploading file %s failed: it does not exist", path);
    if (!file_is_regular(path))
        return fail(err, SPARKK8S_EIO, path, "Uploading file %s failed: it is %s", path,
                    file_is_folder(path) ? "a folder" : "no regular file");
    if (access(path, R_OK) != 0)
        return fail(err, SPARKK8S_EIO, path, "Uploading file %s failed: it cannot be read", path);
    if (strchr(name, ':'))
        return fail(err, SPARKK8S_ECONF, path, "Uploading file %s failed: Hadoop can have no file name with a colon", path);
    return 0;
}

/* Without a slash at the end, which names the same file to Java. */
static int source_of(struct build *b, const char *what, const char *uri, char **out, sparkk8s_error **err)
{
    AUTO(chars) path = NULL;
    AUTO(chars) normal = NULL;
    int rc;

    rc = uri_path(uri, &path);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    normal = rc == 0 && *path == '/' ? file_absolute(path) : NULL;
    if (rc == 0 && *path == '/' && !normal)
        return fail_oom(err);
    rc = normal ? check_source(normal, err) : fail(err, SPARKK8S_ECONF, uri, "not a file of this machine");
    if (rc < 0)
        return conf_blame(err, rc, b->app.conf, what, "name a file that is there and that you may read, or one inside the "
                          "image as local:///opt/app.jar");
    *out = TAKE(normal);
    return 0;
}

/* ---- the destination ------------------------------------------------------------------------------------------- */

static int refuse_place(const struct build *b, const char *why, sparkk8s_error **err)
{
    return conf_refuse(err, b->app.conf, UPLOAD_PATH_KEY, "name an absolute path that the driver's pod sees, too: a volume that "
                       "is mounted here and there, e.g. file:///shared/uploads", "files cannot be stored there: %s", why);
}

static int refuse_scheme(const struct build *b, const char *scheme, sparkk8s_error **err)
{
    AUTO_STR known = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR hint = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < UPLOAD_SCHEMES; i++)
        str_addf(&known, "%s%s:", i ? ", " : "", upload_scheme_names[i]);
    str_addf(&hint, "use a file: path on a volume that the driver's pod mounts; or store the files yourself and name them by "
             "their %s: URIs, or put them into the image as local:///...", scheme);
    if (known.failed || hint.failed)
        return fail_oom(err);
    return conf_refuse(err, b->app.conf, UPLOAD_PATH_KEY, hint.s, "there is no uploader for %s:, only for %s", scheme, known.s);
}

/* Which file system Spark asks for: text that is no URI with a scheme is a path. */
static int place_scheme(const struct build *b, const char *place, enum upload_scheme *out, sparkk8s_error **err)
{
    size_t len = uri_scheme(place), i;
    AUTO(chars) scheme = len ? text_dupn(place, len) : text_dup("file");

    if (!scheme)
        return fail_oom(err);
    for (i = 0; i < UPLOAD_SCHEMES; i++)
        if (!strcasecmp(scheme, upload_scheme_names[i])) {
            *out = (enum upload_scheme)i;
            return 0;
        }
    return refuse_scheme(b, scheme, err);
}

/* org.apache.hadoop.fs.Path of the target's text: it has scheme and authority, but neither query, fragment nor escapes. */
static int target_path(const struct build *b, enum upload_scheme scheme, const char *target, char **out,
                       sparkk8s_error **err)
{
    size_t len = strcspn(target, ":/");
    const char *at = target[len] == ':' ? target + len + 1 : target;

    if (at != target && (len != strlen(upload_scheme_names[scheme]) || strncasecmp(target, upload_scheme_names[scheme], len) != 0))
        return refuse_place(b, "it is no valid URI; a blank in one is written %20", err);
    if (text_starts(at, "//"))
        at += 2 + strcspn(at + 2, "/");
    if (at != target && at[-1] != '/' && at[-1] != ':')
        return refuse_place(b, "it names a host; a local path begins with a single slash or with file:///", err);
    if (at != target && *at != '/')
        return refuse_place(b, "what follows the scheme is no absolute path", err);
    *out = file_absolute(at);
    return *out ? 0 : fail_oom(err);
}

static int read_place(struct build *b, const char *uri, char **out, sparkk8s_error **err)
{
    int rc;

    rc = read_text(&b->reader, UPLOAD_PATH_KEY, out, err);
    if (rc < 0 || *out)
        return rc;
    fail(err, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "Please specify " UPLOAD_PATH_KEY ": it is not set, and %s is a file of this machine, "
         "which has to be brought to where the driver's pod finds it", uri);
    error_hint(err, "set it to a path on a volume that is mounted here and in the driver's pod, e.g. file:///shared/uploads, "
               "or name what is in the image as local:///opt/app.jar");
    return SPARKK8S_ECONF;
}

/* "<place>/spark-upload-<UUID>/<name>" */
static int make_target(struct build *b, const char *place, const char *name, char **out, sparkk8s_error **err)
{
    AUTO_STR target = STR_INIT(STR_TEXT_LIMIT);
    char uuid[37];
    int rc;

    rc = ids_uuid(&b->ids, uuid, err);
    if (rc < 0)
        return rc;
    str_addf(&target, "%s/spark-upload-%s/%s", place, uuid, name);
    *out = str_take(&target);
    return *out ? 0 : fail_oom(err);
}

int upload_add(struct build *b, const char *what, const char *uri, char **target, sparkk8s_error **err)
{
    AUTO(chars) place = NULL;
    AUTO(chars) source = NULL;
    AUTO(chars) made = NULL;
    AUTO(chars) path = NULL;
    struct upload upload = {0};
    int rc;

    if (b->trial) {
        *target = text_dup(uri);
        return *target ? 0 : fail_oom(err);
    }
    rc = read_place(b, uri, &place, err);
    if (rc == 0)
        rc = place_scheme(b, place, &upload.scheme, err);
    if (rc == 0)
        rc = source_of(b, what, uri, &source, err);
    if (rc == 0)
        rc = make_target(b, place, file_name(source), &made, err);
    if (rc == 0)
        rc = target_path(b, upload.scheme, made, &path, err);
    if (rc < 0)
        return rc;
    upload.source = source;
    upload.target = made;
    upload.path = path;
    rc = push(&b->uploads, &upload, err);
    if (rc == 0)
        *target = TAKE(made);
    return rc;
}

/* ---- archives -------------------------------------------------------------------------------------------------- */

/* UriBuilder's contextual encoding: escapes stay, "%" without two digits does not. */
static void add_encoded(struct str *out, const char *text, size_t len, const char *marks)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";
    static const char digits[] = "0123456789ABCDEFabcdef";
    size_t i;

    for (i = 0; i < len; i++) {
        bool escape = text[i] == '%' && len - i > 2 && strchr(digits, text[i + 1]) && strchr(digits, text[i + 2]);

        if (escape || strchr(plain, text[i]) || strchr(marks, text[i]))
            str_addc(out, text[i]);
        else
            str_addf(out, "%%%02X", (unsigned char)text[i]);
    }
}

static int refuse_archive(const char *target, const char *why, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONF, target, "%s", why);
    error_hint(err, "use letters, digits and \"-_.\" in the archive's name, behind its # and in " UPLOAD_PATH_KEY);
    return SPARKK8S_ECONF;
}

/* UriBuilder.fromUri(target).fragment(fragment).build(): what the text has behind its own "#" is dropped. */
static int archive_uri(const char *target, const char *fragment, char **out, sparkk8s_error **err)
{
    size_t scheme = strcspn(target, ":/?#"), len;
    AUTO_STR uri = STR_INIT(STR_TEXT_LIMIT);
    const char *at = target;
    struct uri check;

    if (strpbrk(target, "{}") || (fragment && strpbrk(fragment, "{}")))
        return refuse_archive(target, "Spark takes braces in the name of an archive, or of where it goes, for a variable", err);
    if (target[scheme] == ':') {
        str_addn(&uri, target, scheme + 1);
        at += scheme + 1;
    }
    if (text_starts(at, "//")) {
        len = 2 + strcspn(at + 2, "/?#");
        if (len > 2)
            str_addn(&uri, at, len);
        at += len;
    }
    len = strcspn(at, "?#");
    add_encoded(&uri, at, len, "");
    at += len;
    if (*at == '?')
        str_addn(&uri, at, strcspn(at, "#"));
    if (fragment && *fragment) {
        str_addc(&uri, '#');
        add_encoded(&uri, fragment, strlen(fragment), "?");
    }
    if (uri.failed)
        return fail_oom(err);
    if (!uri_parse(uri.s, &check))
        return refuse_archive(target, "Spark makes no URI of where the archive goes", err);
    *out = str_take(&uri);
    return 0;
}

static int add_archive(struct build *b, const char *text, char **target, sparkk8s_error **err)
{
    AUTO(chars) plain = NULL;
    AUTO(chars) fragment = NULL;
    struct uri uri;
    int rc;

    rc = upload_add(b, ARCHIVES_KEY, text, &plain, err);
    if (rc < 0)
        return rc;
    if (uri_parse(text, &uri) && uri.fragment.s && uri_decode(uri.fragment, &fragment) < 0)
        return fail_oom(err);
    rc = archive_uri(plain, fragment, target, err);
    return rc < 0 ? conf_blame(err, rc, b->app.conf, ARCHIVES_KEY, "") : 0;
}

/* ---- lists ----------------------------------------------------------------------------------------------------- */

/* The application's own jar is in spark.jars, too. */
static const char *what_is(const struct build *b, const char *key, const char *uri)
{
    return !strcmp(uri, b->app.resource) ? "resource" : key;
}

static int upload_list(struct build *b, const char *key, sparkk8s_error **err)
{
    AUTO_STRV items = {0};
    AUTO_STRV all = {0};
    AUTO(chars) joined = NULL;
    size_t i;
    int rc;

    rc = read_list(&b->reader, key, &items, err);
    for (i = 0; rc == 0 && i < items.count; i++) {
        AUTO(chars) target = NULL;

        if (!uri_is_client_local(items.v[i]) || !strcmp(items.v[i], NO_RESOURCE))
            continue;
        rc = !strcmp(key, ARCHIVES_KEY) ? add_archive(b, items.v[i], &target, err)
                                        : upload_add(b, what_is(b, key, items.v[i]), items.v[i], &target, err);
        if (rc == 0)
            strv_add(&all, target);
    }
    if (rc < 0 || !all.count)
        return rc < 0 || !all.failed ? rc : fail_oom(err);
    for (i = 0; i < items.count; i++)
        if (!uri_is_client_local(items.v[i]) || !strcmp(items.v[i], NO_RESOURCE))
            strv_add(&all, items.v[i]);
    joined = strv_join(&all, ",");
    return joined && !all.failed ? build_prop(b, key, joined, err) : fail_oom(err);
}

int upload_lists(struct build *b, sparkk8s_error **err)
{
    static const char *const keys[] = {JARS_KEY, FILES_KEY, ARCHIVES_KEY, PY_FILES_KEY};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(keys); i++)
        rc = upload_list(b, keys[i], err);
    return rc;
}
