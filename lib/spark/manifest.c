/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be created, and its digest, by which a submission recognises its own earlier attempt.
 */
#include "manifest.h"

#include "error.h"
#include "str.h"
#include "text.h"
#include "yamldoc.h"

/* ---- digest -------------------------------------------------------------------------------------------- */

/* The lines of spark.properties that do not depend on when it was made. */
static char *lasting_properties(const char *text)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

    while (*text) {
        size_t len = strcspn(text, "\n");

        len += text[len] == '\n';
        if (*text != '#' && !text_starts(text, "spark.app.submitTime="))
            str_addn(&out, text, len);
        text += len;
    }
    return str_take(&out);
}

/* A copy, as deep as need be, with the lasting lines alone. NULL if out of memory. */
static json_t *lasting_object(const json_t *object, const char *properties)
{
    AUTO(json) copy = json_clone_members(object);
    AUTO(json) data = json_clone_members(json_object_get(object, "data"));
    AUTO(chars) lasting = lasting_properties(properties);

    if (!copy || !data || !lasting || json_put_text(data, "spark.properties", lasting) < 0 ||
        json_put(copy, "data", TAKE(data)) < 0)
        return NULL;
    return TAKE(copy);
}

/* Adds what an object has in common with another rendering of the same app and seed. */
static int digest_add(struct str *out, const struct manifest_item *item, sparkk8s_error **err)
{
    const char *properties = json_text_at(item->object, "data", "spark.properties", NULL);
    AUTO(json) lasting = NULL;
    AUTO(chars) text = NULL;

    if (properties) {
        lasting = lasting_object(item->object, properties);
        text = lasting ? json_text_sorted(lasting) : NULL;
        if (!text)
            return fail_oom(err);
    }
    str_add(out, text ? text : item->json);
    str_addc(out, '\n');
    return 0;
}

int manifest_seal(sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    AUTO_STR all = STR_INIT(STR_TEXT_LIMIT);
    size_t i;
    int rc;

    for (i = 0; i < manifest->count; i++) {
        struct manifest_item *item = &manifest->items[i];

        item->json = json_text_sorted(item->object);
        if (!item->json)
            return fail_oom(err);
        rc = digest_add(&all, item, err);
        if (rc < 0)
            return rc;
    }
    if (all.failed)
        return fail_oom(err);
    sha256_hex(all.s, all.len, manifest->digest);
    return 0;
}

/* ---- public -------------------------------------------------------------------------------------------- */

void sparkk8s_manifest_free(sparkk8s_manifest *manifest)
{
    size_t i;

    if (!manifest)
        return;
    for (i = 0; i < manifest->count; i++) {
        json_decref(manifest->items[i].object);
        free(manifest->items[i].json);
    }
    free(manifest->items);
    free(manifest->ns);
    free(manifest->pod_name);
    free(manifest->app_id);
    free(manifest->app_name);
    free(manifest->seed);
    free(manifest->version);
    sparkk8s_conf_free(manifest->props);
    uploads_clear(&manifest->uploads);
    strv_clear(&manifest->warnings);
    strv_clear(&manifest->shared_claims);
    free(manifest);
}

static const struct manifest_item *item_at(const sparkk8s_manifest *manifest, size_t index)
{
    return manifest && index < manifest->count ? &manifest->items[index] : NULL;
}

size_t sparkk8s_manifest_count(const sparkk8s_manifest *manifest)
{
    return manifest ? manifest->count : 0;
}

const char *sparkk8s_manifest_kind(const sparkk8s_manifest *manifest, size_t index)
{
    const struct manifest_item *item = item_at(manifest, index);

    return item ? json_text_at(item->object, "kind", NULL) : NULL;
}

/* The pod has no name if the step that gives it one is excluded; the API server then says so. */
const char *sparkk8s_manifest_name(const sparkk8s_manifest *manifest, size_t index)
{
    const struct manifest_item *item = item_at(manifest, index);

    return item ? json_text_at(item->object, "metadata", "name", NULL) : NULL;
}

const char *sparkk8s_manifest_json(const sparkk8s_manifest *manifest, size_t index)
{
    const struct manifest_item *item = item_at(manifest, index);

    return item ? item->json : NULL;
}

/* Takes what is in `text`. */
static int give(struct str *text, char **out, sparkk8s_error **err)
{
    char *taken = str_take(text);

    if (!taken)
        return fail_oom(err);
    *out = taken;
    return 0;
}

static void add_document(struct str *text, const json_t *object)
{
    if (text->len)
        str_add(text, "---\n");
    yaml_add(text, object);
}

int sparkk8s_manifest_to_yaml(const sparkk8s_manifest *manifest, char **out, sparkk8s_error **err)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    if (!manifest || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_manifest_to_yaml", "manifest and out must not be NULL");
    for (i = 0; i < manifest->count; i++)
        add_document(&text, manifest->items[i].object);
    return give(&text, out, err);
}

static int preview(const sparkk8s_manifest *manifest, char **out, const char *function, json_t **objects,
                   sparkk8s_error **err)
{
    if (!manifest || !out)
        return fail(err, SPARKK8S_EINVAL, function, "manifest and out must not be NULL");
    return manifest_executor(manifest, NULL, objects, err);
}

int sparkk8s_manifest_executor_json(const sparkk8s_manifest *manifest, char **out, sparkk8s_error **err)
{
    AUTO(json) objects = NULL;
    char *text;
    int rc = preview(manifest, out, "sparkk8s_manifest_executor_json", &objects, err);

    if (rc < 0)
        return rc;
    text = json_text(objects);
    if (!text)
        return fail_oom(err);
    *out = text;
    return 0;
}

int sparkk8s_manifest_executor_to_yaml(const sparkk8s_manifest *manifest, char **out, sparkk8s_error **err)
{
    AUTO(json) objects = NULL;
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    json_t *object;
    size_t i;
    int rc = preview(manifest, out, "sparkk8s_manifest_executor_to_yaml", &objects, err);

    if (rc < 0)
        return rc;
    json_array_foreach(objects, i, object)
        add_document(&text, object);
    return give(&text, out, err);
}

size_t sparkk8s_manifest_warning_count(const sparkk8s_manifest *manifest)
{
    return manifest ? manifest->warnings.count : 0;
}

const char *sparkk8s_manifest_warning(const sparkk8s_manifest *manifest, size_t index)
{
    return manifest && index < manifest->warnings.count ? manifest->warnings.v[index] : NULL;
}

static const struct upload *upload_at(const sparkk8s_manifest *manifest, size_t index)
{
    return manifest && index < manifest->uploads.count ? &manifest->uploads.v[index] : NULL;
}

size_t sparkk8s_manifest_upload_count(const sparkk8s_manifest *manifest)
{
    return manifest ? manifest->uploads.count : 0;
}

const char *sparkk8s_manifest_upload_source(const sparkk8s_manifest *manifest, size_t index)
{
    const struct upload *upload = upload_at(manifest, index);

    return upload ? upload->source : NULL;
}

const char *sparkk8s_manifest_upload_target(const sparkk8s_manifest *manifest, size_t index)
{
    const struct upload *upload = upload_at(manifest, index);

    return upload ? upload->target : NULL;
}
