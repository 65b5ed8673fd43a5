/* SPDX-License-Identifier: Apache-2.0 */
#include "objmeta.h"

#include "error.h"
#include "moment.h"

void objmeta_clear(struct objmeta *meta)
{
    char *texts[] = { meta->ns, meta->name, meta->uid, meta->version, meta->app_id, meta->role, meta->owner_api,
                      meta->owner_kind, meta->owner_name, meta->owner_uid };
    size_t i;

    for (i = 0; i < COUNT(texts); i++)
        free(texts[i]);
    *meta = (struct objmeta){ 0 };
}

struct field {
    const char *key;
    char **into;
};

/* The texts of an object; other keys go to `other`, which consumes the value and returns true, or are skipped. */
static int read_texts(struct scan *scan, const struct field *fields, size_t count,
                      bool (*other)(struct scan *scan, const struct slice *key, struct objmeta *meta), struct objmeta *meta)
{
    struct slice key, text;
    size_t i;

    while (scan_key(scan, &key)) {
        for (i = 0; i < count && !scan_is(&key, fields[i].key); i++)
            ;
        if (i == count) {
            if (!other || !other(scan, &key, meta))
                scan_skip(scan);
        } else if (scan_text(scan, &text) && text.len && !*fields[i].into) {
            *fields[i].into = slice_dup(&text);
            if (!*fields[i].into)
                return SPARKK8S_ENOMEM;
        }
    }
    return 0;
}

static int read_labels(struct scan *scan, struct objmeta *meta)
{
    const struct field fields[] = { { "spark-app-selector", &meta->app_id }, { "spark-role", &meta->role } };

    return read_texts(scan, fields, COUNT(fields), NULL, meta);
}

static int read_owners(struct scan *scan, struct objmeta *meta)
{
    const struct field fields[] = { { "apiVersion", &meta->owner_api }, { "kind", &meta->owner_kind },
                                    { "name", &meta->owner_name }, { "uid", &meta->owner_uid } };
    int rc = 0;

    while (!rc && scan_item(scan))
        if (meta->owners++)
            scan_skip(scan);
        else
            rc = read_texts(scan, fields, COUNT(fields), NULL, meta);
    return rc;
}

static bool read_moments(struct scan *scan, const struct slice *key, struct objmeta *meta)
{
    struct slice text;
    int64_t ns;

    if (scan_is(key, "deletionTimestamp")) {
        meta->dying = scan_text(scan, &text);
        return true;
    }
    if (!scan_is(key, "creationTimestamp"))
        return false;
    if (scan_text(scan, &text) && moment_parse(text.s, text.len, &ns))
        meta->created_ms = ns / 1000000;
    return true;
}

static int read_metadata(struct scan *scan, struct objmeta *meta)
{
    const struct field fields[] = { { "namespace", &meta->ns }, { "name", &meta->name }, { "uid", &meta->uid },
                                    { "resourceVersion", &meta->version } };
    struct scan labels = *scan, owners = *scan;
    int rc = 0;

    if (scan_find(&labels, "labels"))
        rc = read_labels(&labels, meta);
    if (rc == 0 && scan_find(&owners, "ownerReferences"))
        rc = read_owners(&owners, meta);
    return rc ? rc : read_texts(scan, fields, COUNT(fields), read_moments, meta);
}

int objmeta_scan(struct scan *scan, struct objmeta *meta, sparkk8s_error **err)
{
    struct slice key;
    int rc = 0;

    while (!rc && scan_key(scan, &key)) {
        if (scan_is(&key, "metadata"))
            rc = read_metadata(scan, meta);
        else
            scan_skip(scan);
    }
    if (rc)
        return fail_oom(err);
    if (scan->failed || !meta->name || !meta->uid || !meta->version)
        return fail(err, SPARKK8S_ESERVER, NULL, "the server sent an object that is none");
    return 0;
}

static int read_continue(struct scan *scan, char **more)
{
    const struct field fields[] = { { "continue", more } };

    return read_texts(scan, fields, 1, NULL, NULL);
}

int objmeta_page_scan(const char *text, size_t len, char **more, int (*each)(struct objmeta *meta, void *owner, sparkk8s_error **err),
                      void *owner, sparkk8s_error **err)
{
    struct scan scan = scan_begin(text, len);
    bool listed = false;
    struct slice key;
    int rc = 0;

    *more = NULL;
    while (!rc && scan_key(&scan, &key)) {
        if (scan_is(&key, "metadata") && read_continue(&scan, more) < 0)
            rc = fail_oom(err);
        else if (scan_is(&key, "items"))
            for (listed = true; !rc && scan_item(&scan);) {
                AUTO_OBJMETA meta = { 0 };

                rc = objmeta_scan(&scan, &meta, err);
                if (!rc)
                    rc = each(&meta, owner, err);
            }
        else if (!scan_is(&key, "metadata"))
            scan_skip(&scan);
    }
    if (!rc && (scan.failed || !listed))
        rc = fail(err, SPARKK8S_ESERVER, NULL, "the server sent a list that is none");
    if (rc)
        free(TAKE(*more));
    return rc;
}
