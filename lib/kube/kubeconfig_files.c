/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors client-go's clientcmd loader: for each name the first file that has it wins, whole, and so does the first
 * current-context. Every stanza is checked for the types of its fields, used or not; unknown fields are passed over.
 */
#include "kubeconfig_files.h"

#include <errno.h>
#include <unistd.h>

#include "digest.h"
#include "error.h"
#include "file.h"
#include "strv.h"
#include "text.h"
#include "yamldoc.h"

enum { FILE_LIMIT = 16 << 20 };

enum type { TEXT, FLAG, DATA, TEXTS, TEXTS_BY_NAME, OBJECT };

struct field {
    const char *name;
    enum type type;
};

static const struct field cluster_fields[] = {
    { "server", TEXT }, { "tls-server-name", TEXT }, { "insecure-skip-tls-verify", FLAG },
    { "certificate-authority", TEXT }, { "certificate-authority-data", DATA }, { "proxy-url", TEXT },
    { "disable-compression", FLAG }, { NULL, TEXT }
};
static const struct field user_fields[] = {
    { "client-certificate", TEXT }, { "client-certificate-data", DATA }, { "client-key", TEXT }, { "client-key-data", DATA },
    { "token", TEXT }, { "tokenFile", TEXT }, { "as", TEXT }, { "as-uid", TEXT }, { "as-groups", TEXTS },
    { "as-user-extra", TEXTS_BY_NAME }, { "username", TEXT }, { "password", TEXT }, { "auth-provider", OBJECT },
    { "exec", OBJECT }, { NULL, TEXT }
};
static const struct field context_fields[] = {
    { "cluster", TEXT }, { "user", TEXT }, { "namespace", TEXT }, { NULL, TEXT }
};

struct section {
    const char *list, *stanza;
    const struct field *fields;
};

static const struct section sections[] = {
    { "clusters", "cluster", cluster_fields },
    { "users", "user", user_fields },
    { "contexts", "context", context_fields },
};

/* ---- checking ---- */

static bool is_data(const json_t *value)
{
    AUTO(chars) bytes = NULL;
    size_t len;

    bytes = base64_decode(json_string_value(value), json_string_length(value), &len);
    return bytes || len == (size_t)-1;
}

static bool are_texts(json_t *value)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
        if (!json_is_string(item) && !json_is_null(item))
            return false;
    return true;
}

static bool are_texts_by_name(json_t *value)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value))
        return false;
    json_object_foreach(value, key, item)
        if (!json_is_null(item) && !are_texts(item))
            return false;
    return true;
}

static const char *wrong_with(json_t *value, enum type type)
{
    switch (type) {
    case TEXT:
        return json_is_string(value) ? NULL : "a string (quote it)";
    case FLAG:
        return json_is_boolean(value) ? NULL : "true or false";
    case DATA:
        return json_is_string(value) && is_data(value) ? NULL : "base64";
    case TEXTS:
        return are_texts(value) ? NULL : "a list of strings";
    case TEXTS_BY_NAME:
        return are_texts_by_name(value) ? NULL : "a map of lists of strings";
    case OBJECT:
        return json_is_object(value) ? NULL : "a map";
    }
    return NULL;
}

static int check_fields(const char *path, const struct section *section, const char *name, json_t *stanza,
                        sparkk8s_error **err)
{
    const struct field *field;
    const char *wanted;
    json_t *value;

    for (field = section->fields; field->name; field++) {
        value = json_object_get(stanza, field->name);
        wanted = !value || json_is_null(value) ? NULL : wrong_with(value, field->type);
        if (wanted)
            return fail(err, SPARKK8S_ECONF, path, "%s '%s': %s is not %s", section->stanza, name, field->name, wanted);
    }
    return 0;
}

/* ---- merging ---- */

static int add_entry(json_t *into, const char *path, const char *folder, const char *name, json_t *stanza,
                     sparkk8s_error **err)
{
    if (json_object_get(into, name))
        return 0;
    if (json_put(into, name, json_pack("{s:s, s:s, s:o}", "file", path, "folder", folder, "value",
                                       stanza ? json_incref(stanza) : json_object())) < 0)
        return fail_oom(err);
    return 0;
}

static int add_item(json_t *into, const char *path, const char *folder, const struct section *section, json_t *item,
                    json_t *seen, sparkk8s_error **err)
{
    json_t *name = json_object_get(item, "name");
    json_t *stanza = json_object_get(item, section->stanza);
    const char *text = name && !json_is_null(name) ? json_string_value(name) : "";
    int rc;

    if ((!json_is_object(item) && !json_is_null(item)) || !text)
        return fail(err, SPARKK8S_ECONF, path, "an item of %s has no name that is a string", section->list);
    if (json_object_get(seen, text))
        return fail(err, SPARKK8S_ECONF, path, "duplicate name \"%s\" in %s", text, section->list);
    if (json_put(seen, text, json_true()) < 0)
        return fail_oom(err);
    if (json_is_null(stanza))
        stanza = NULL;
    if (stanza && !json_is_object(stanza))
        return fail(err, SPARKK8S_ECONF, path, "%s '%s' is not a map", section->stanza, text);
    rc = check_fields(path, section, text, stanza, err);
    return rc < 0 ? rc : add_entry(into, path, folder, text, stanza, err);
}

static int add_section(json_t *merged, const char *path, const char *folder, const struct section *section,
                       const json_t *document, sparkk8s_error **err)
{
    json_t *list = json_object_get(document, section->list);
    json_t *into = json_need_object(merged, section->list);
    AUTO(json) seen = json_object();
    json_t *item;
    size_t i;
    int rc;

    if (!into || !seen)
        return fail_oom(err);
    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return fail(err, SPARKK8S_ECONF, path, "%s is not a list", section->list);
    json_array_foreach(list, i, item) {
        rc = add_item(into, path, folder, section, item, seen, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int check_head(const char *path, const json_t *document, sparkk8s_error **err)
{
    static const struct { const char *field, *value; } head[] = { { "apiVersion", "v1" }, { "kind", "Config" } };
    const json_t *value;
    size_t i;

    if (!json_is_object(document))
        return fail(err, SPARKK8S_ECONF, path, "this is not a kubeconfig: it is not a map");
    for (i = 0; i < COUNT(head); i++) {
        value = json_object_get(document, head[i].field);
        if (value && !json_is_null(value) &&
            (!json_is_string(value) || (*json_string_value(value) && strcmp(json_string_value(value), head[i].value) != 0)))
            return fail(err, SPARKK8S_ECONF, path, "this is not a kubeconfig: its %s is not %s", head[i].field,
                        head[i].value);
    }
    return 0;
}

static int add_document(json_t *merged, const char *path, const json_t *document, sparkk8s_error **err)
{
    const json_t *current = json_object_get(document, "current-context");
    AUTO(chars) folder = file_folder(path);
    size_t i;
    int rc;

    if (!folder)
        return fail_oom(err);
    rc = check_head(path, document, err);
    for (i = 0; rc == 0 && i < COUNT(sections); i++)
        rc = add_section(merged, path, folder, &sections[i], document, err);
    if (rc < 0)
        return rc;
    if (!current || json_is_null(current))
        return 0;
    if (!json_is_string(current))
        return fail(err, SPARKK8S_ECONF, path, "current-context is not a string");
    if (*json_string_value(current) && !json_object_get(merged, "current-context") &&
        json_put_text(merged, "current-context", json_string_value(current)) < 0)
        return fail_oom(err);
    return 0;
}

/* An empty file is an empty configuration. */
static int add_file(json_t *merged, const char *path, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    AUTO(json) document = NULL;
    const char *start;
    size_t len;
    int rc = file_read(path, FILE_LIMIT, &text, &len, err);

    if (rc < 0)
        return rc;
    start = text_starts(text, "\xef\xbb\xbf") ? text + 3 : text;
    len -= (size_t)(start - text);
    rc = yaml_parse(start, len, path, YAML_1_1, &document, err);
    explicit_bzero(text, strlen(text));
    if (rc < 0)
        return rc;
    return json_is_null(document) ? 0 : add_document(merged, path, document, err);
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

int kubeconfig_files_read(const char *list, bool wanted, json_t **out, sparkk8s_error **err)
{
    AUTO_STRV paths = { 0 };
    AUTO(json) merged = json_object();
    const char *missing = NULL;
    bool any = false;
    size_t i;
    int rc = 0;

    strv_split(&paths, list, ':');
    if (paths.failed || !merged)
        return fail_oom(err);
    for (i = 0; rc == 0 && i < paths.count; i++) {
        if (paths.v[i][0] == '\0')
            continue;
        if (is_missing(paths.v[i])) {
            missing = missing ? missing : paths.v[i];
            continue;
        }
        any = true;
        rc = add_file(merged, paths.v[i], err);
    }
    if (rc == 0 && wanted && !any)
        rc = fail(err, SPARKK8S_EIO, missing ? missing : list, "there is no such kubeconfig file");
    if (rc < 0)
        return rc;
    *out = TAKE(merged);
    return 0;
}

/* ---- looking ---- */

const json_t *kubeconfig_entry(const json_t *merged, const char *section, const char *name)
{
    return name ? json_at(merged, section, name, NULL) : NULL;
}

const char *kubeconfig_text(const json_t *entry, const char *field)
{
    const char *text = json_text_at(entry, "value", field, NULL);

    return text && *text ? text : NULL;
}

bool kubeconfig_flag(const json_t *entry, const char *field)
{
    return json_is_true(json_at(entry, "value", field, NULL));
}

const char *kubeconfig_file_of(const json_t *entry)
{
    return json_text_at(entry, "file", NULL);
}
