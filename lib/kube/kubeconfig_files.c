/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors client-go's clientcmd loader: for each name the first file that has it wins, whole, and so does the first
 * current-context. Every stanza is checked for the types of its fields, used or not; unknown fields are passed over.
 */
#include "kubeconfig_files.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "str.h"
#include "yamldoc.h"

enum { FILE_LIMIT = 16 << 20 };

/* What a field may be; null is always fine, and as if it were not there. */
enum type {
    ANY, TEXT, FLAG,
    DATA,                       /* base64 */
    TEXTS, TEXT_BY_NAME, TEXTS_BY_NAME,
    MAP,                        /* of `fields` */
    MAPS,                       /* a list of them */
    NAMED                       /* a list of them in which no `name` is there twice */
};

struct field {
    const char *name;
    enum type type;
    const struct field *fields;
};

static const struct field extension_fields[] = { { "name", TEXT }, { "extension", ANY }, { NULL } };
static const struct field preferences_fields[] = {
    { "colors", FLAG }, { "extensions", NAMED, extension_fields }, { NULL }
};
static const struct field cluster_fields[] = {
    { "server", TEXT }, { "tls-server-name", TEXT }, { "insecure-skip-tls-verify", FLAG },
    { "certificate-authority", TEXT }, { "certificate-authority-data", DATA }, { "proxy-url", TEXT },
    { "disable-compression", FLAG }, { "extensions", NAMED, extension_fields }, { NULL }
};
static const struct field env_fields[] = { { "name", TEXT }, { "value", TEXT }, { NULL } };
static const struct field exec_fields[] = {
    { "apiVersion", TEXT }, { "command", TEXT }, { "args", TEXTS }, { "env", MAPS, env_fields }, { "installHint", TEXT },
    { "provideClusterInfo", FLAG }, { "interactiveMode", TEXT }, { NULL }
};
static const struct field provider_fields[] = { { "name", TEXT }, { "config", TEXT_BY_NAME }, { NULL } };
static const struct field user_fields[] = {
    { "client-certificate", TEXT }, { "client-certificate-data", DATA }, { "client-key", TEXT }, { "client-key-data", DATA },
    { "token", TEXT }, { "tokenFile", TEXT }, { "as", TEXT }, { "as-uid", TEXT }, { "as-groups", TEXTS },
    { "as-user-extra", TEXTS_BY_NAME }, { "username", TEXT }, { "password", TEXT },
    { "auth-provider", MAP, provider_fields }, { "exec", MAP, exec_fields },
    { "extensions", NAMED, extension_fields }, { NULL }
};
static const struct field context_fields[] = {
    { "cluster", TEXT }, { "user", TEXT }, { "namespace", TEXT }, { "extensions", NAMED, extension_fields }, { NULL }
};
static const struct field named_cluster[] = { { "name", TEXT }, { "cluster", MAP, cluster_fields }, { NULL } };
static const struct field named_user[] = { { "name", TEXT }, { "user", MAP, user_fields }, { NULL } };
static const struct field named_context[] = { { "name", TEXT }, { "context", MAP, context_fields }, { NULL } };
static const struct field config_fields[] = {
    { "preferences", MAP, preferences_fields }, { "clusters", NAMED, named_cluster }, { "users", NAMED, named_user },
    { "contexts", NAMED, named_context }, { "current-context", TEXT }, { "extensions", NAMED, extension_fields }, { NULL }
};

static const struct { const char *list, *stanza; } sections[] = {
    { "clusters", "cluster" }, { "users", "user" }, { "contexts", "context" }
};

/* ---- checking ---- */

/* Where in a file a value is: "users 'u1': user.exec.args". */
struct trail {
    const char *path;           /* of the file */
    struct str text;
};

/* Go's base64 passes over line ends only. */
static bool is_data(const json_t *value)
{
    const char *text = json_string_value(value);
    AUTO(chars) bytes = NULL;
    size_t len;

    if (!text || strpbrk(text, " \t\v\f"))
        return false;
    bytes = base64_decode(text, strlen(text), &len);
    if (bytes)
        explicit_bzero(bytes, len);
    return bytes || len == (size_t)-1;
}

static bool is_text(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

static bool are_texts(json_t *value)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
        if (!is_text(item))
            return false;
    return true;
}

static bool are_by_name(json_t *value, bool lists)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value))
        return false;
    json_object_foreach(value, key, item)
        if (lists ? !json_is_null(item) && !are_texts(item) : !is_text(item))
            return false;
    return true;
}

/* What the value should be; NULL if it is that, as far as this can be told without looking into maps. */
static const char *wrong_with(json_t *value, enum type type)
{
    switch (type) {
    case ANY:
        return NULL;
    case TEXT:
        return json_is_string(value) ? NULL : "a string (quote it)";
    case FLAG:
        return json_is_boolean(value) ? NULL : "true or false";
    case DATA:
        return is_data(value) ? NULL : "base64";
    case TEXTS:
        return are_texts(value) ? NULL : "a list of strings";
    case TEXT_BY_NAME:
        return are_by_name(value, false) ? NULL : "a map of strings";
    case TEXTS_BY_NAME:
        return are_by_name(value, true) ? NULL : "a map of lists of strings";
    case MAP:
        return json_is_object(value) ? NULL : "a map";
    case MAPS:
    case NAMED:
        return json_is_array(value) ? NULL : "a list";
    }
    return NULL;
}

static int check_map(struct trail *trail, const struct field *fields, json_t *map, sparkk8s_error **err);

static const char *name_of(const json_t *item)
{
    const char *name = json_text_at(item, "name", NULL);

    return name ? name : "";
}

/* An extension without content is none. */
static bool is_there(const struct field *field, const json_t *item)
{
    const json_t *content = json_object_get(item, "extension");

    return field->fields != extension_fields || (content && !json_is_null(content));
}

static int check_name(const struct trail *trail, const struct field *field, json_t *seen, const json_t *item,
                      sparkk8s_error **err)
{
    if (json_object_get(seen, name_of(item)))
        return fail(err, SPARKK8S_ECONF, trail->path, "duplicate name \"%s\" in %s", name_of(item), trail->text.s);
    if (!is_there(field, item))
        return 0;
    return json_put(seen, name_of(item), json_true()) < 0 ? fail_oom(err) : 0;
}

static int check_list(struct trail *trail, const struct field *field, json_t *list, sparkk8s_error **err)
{
    AUTO(json) seen = json_object();
    size_t i, len = trail->text.len;
    json_t *item;
    int rc = seen ? 0 : fail_oom(err);

    json_array_foreach(list, i, item) {
        if (rc == 0 && field->type == NAMED)
            rc = check_name(trail, field, seen, item, err);
        if (rc < 0)
            return rc;
        if (json_is_null(item))
            continue;
        str_addf(&trail->text, " '%s'", name_of(item));
        if (!json_is_object(item))
            return fail(err, SPARKK8S_ECONF, trail->path, "an item of %s is not a map", field->name);
        rc = check_map(trail, field->fields, item, err);
        str_truncate(&trail->text, len);
    }
    return rc;
}

static int check_field(struct trail *trail, const struct field *field, json_t *value, sparkk8s_error **err)
{
    const char *wanted = wrong_with(value, field->type);

    if (wanted)
        return fail(err, SPARKK8S_ECONF, trail->path, "%s is not %s", trail->text.s, wanted);
    if (field->type == MAP)
        return check_map(trail, field->fields, value, err);
    return field->type == MAPS || field->type == NAMED ? check_list(trail, field, value, err) : 0;
}

static int check_map(struct trail *trail, const struct field *fields, json_t *map, sparkk8s_error **err)
{
    size_t len = trail->text.len;
    const struct field *field;
    json_t *value;
    int rc = 0;

    for (field = fields; rc == 0 && field->name; field++) {
        value = json_object_get(map, field->name);
        if (!value || json_is_null(value))
            continue;
        str_addf(&trail->text, "%s%s", len == 0 ? "" : trail->text.s[len - 1] == '\'' ? ": " : ".", field->name);
        rc = trail->text.failed ? fail_oom(err) : check_field(trail, field, value, err);
        str_truncate(&trail->text, len);
    }
    return rc;
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

static int add_section(json_t *merged, const char *path, const char *folder, const char *list, const char *stanza,
                       const json_t *document, sparkk8s_error **err)
{
    json_t *into = json_need_object(merged, list), *item, *value;
    size_t i;
    int rc;

    if (!into)
        return fail_oom(err);
    json_array_foreach(json_object_get(document, list), i, item) {
        value = json_object_get(item, stanza);
        rc = add_entry(into, path, folder, name_of(item), json_is_object(value) ? value : NULL, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The head is read by Go's own decoder, which takes keys in any case, and the last in the order of bytes. */
static const char *head_of(json_t *document, const char *field, bool *wrong)
{
    const char *key, *last = NULL, *text = NULL;
    json_t *value;

    json_object_foreach(document, key, value) {
        if (strcasecmp(key, field) != 0 || json_is_null(value) || (last && strcmp(key, last) < 0))
            continue;
        last = key;
        text = json_string_value(value);
        *wrong |= !text;
    }
    return text && *text ? text : NULL;
}

static int check_head(const char *path, json_t *document, sparkk8s_error **err)
{
    static const struct { const char *field, *value; } head[] = { { "apiVersion", "v1" }, { "kind", "Config" } };
    const char *text;
    bool wrong = false;
    size_t i;

    if (!json_is_object(document))
        return fail(err, SPARKK8S_ECONF, path, "this is not a kubeconfig: it is not a map");
    for (i = 0; i < COUNT(head); i++) {
        text = head_of(document, head[i].field, &wrong);
        if (wrong || (text && strcmp(text, head[i].value) != 0))
            return fail(err, SPARKK8S_ECONF, path, "this is not a kubeconfig: its %s is not %s", head[i].field,
                        head[i].value);
    }
    return 0;
}

static int check_document(const char *path, json_t *document, sparkk8s_error **err)
{
    struct trail trail = { .path = path, .text = STR_INIT(STR_TEXT_LIMIT) };
    int rc = check_head(path, document, err);

    if (rc == 0)
        rc = check_map(&trail, config_fields, document, err);
    str_clear(&trail.text);
    return rc;
}

static int add_document(json_t *merged, const char *path, const json_t *document, sparkk8s_error **err)
{
    const char *current = json_text_at(document, "current-context", NULL);
    AUTO(chars) folder = file_folder(path);
    size_t i;
    int rc = folder ? 0 : fail_oom(err);

    for (i = 0; rc == 0 && i < COUNT(sections); i++)
        rc = add_section(merged, path, folder, sections[i].list, sections[i].stanza, document, err);
    if (rc < 0 || !current || !*current || json_object_get(merged, "current-context"))
        return rc;
    return json_put_text(merged, "current-context", current) < 0 ? fail_oom(err) : 0;
}

/* An empty file is an empty configuration. */
static int add_file(json_t *merged, const char *path, sparkk8s_error **err)
{
    AUTO(chars) text = NULL;
    AUTO(json) document = NULL;
    size_t len;
    int rc = file_read(path, FILE_LIMIT, &text, &len, err);

    if (rc < 0)
        return rc;
    rc = yaml_parse(text, len, path, YAML_1_1, &document, err);
    explicit_bzero(text, len);
    if (rc < 0 || json_is_null(document))
        return rc;
    rc = check_document(path, document, err);
    return rc < 0 ? rc : add_document(merged, path, document, err);
}

int kubeconfig_file_read(const char *path, json_t **out, sparkk8s_error **err)
{
    AUTO(json) merged = json_object();
    int rc = merged ? add_file(merged, path, err) : fail_oom(err);

    if (rc == 0)
        *out = TAKE(merged);
    return rc;
}

int kubeconfig_files_read(const char *const *paths, size_t count, json_t **out, sparkk8s_error **err)
{
    AUTO(json) merged = json_object();
    int rc = merged ? 0 : fail_oom(err);
    size_t i;

    for (i = 0; rc == 0 && i < count; i++)
        if (*paths[i] && !file_is_missing(paths[i]))
            rc = add_file(merged, paths[i], err);
    if (rc == 0)
        *out = TAKE(merged);
    return rc;
}

/* ---- looking ---- */

const json_t *kubeconfig_entry(const json_t *merged, const char *section, const char *name)
{
    return json_at(merged, section, name ? name : "", NULL);
}

const char *kubeconfig_text(const json_t *entry, const char *field)
{
    const char *text = json_text_at(entry, "value", field, NULL);

    return text && *text ? text : NULL;
}

const char *kubeconfig_member(const json_t *map, const char *field)
{
    const char *text = json_text_at(map, field, NULL);

    return text && *text ? text : NULL;
}

const json_t *kubeconfig_map(const json_t *entry, const char *field)
{
    const json_t *map = json_at(entry, "value", field, NULL);

    return json_is_object(map) ? map : NULL;
}

bool kubeconfig_flag(const json_t *entry, const char *field)
{
    return json_is_true(json_at(entry, "value", field, NULL));
}

const char *kubeconfig_file_of(const json_t *entry)
{
    return json_text_at(entry, "file", NULL);
}
