/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The uploads of one submission, one file after another, each by the uploader of its scheme. Counterpart of
 * KubernetesUtils.uploadFileToHadoopCompatibleFS.
 */
#include "upload.h"

#include "error.h"

static const struct uploader *const uploaders[UPLOAD_SCHEMES] = {
    [UPLOAD_FILE] = &upload_to_file,
};

struct uploading {
    struct uploads uploads;
    void **states;                  /* of the uploaders, as far as they were begun */
    size_t now;                     /* the one that is being stored */
    bool begun, keyed;
};

int uploading_new(const struct uploads *uploads, bool keyed, struct uploading **out, sparkk8s_error **err)
{
    AUTO(uploading) uploading = calloc(1, sizeof(*uploading));
    int rc;

    if (!uploading)
        return fail_oom(err);
    uploading->keyed = keyed;
    uploading->states = calloc(uploads->count + 1, sizeof(*uploading->states));
    if (!uploading->states)
        return fail_oom(err);
    rc = uploads_copy(uploads, &uploading->uploads, err);
    if (rc == 0)
        *out = TAKE(uploading);
    return rc;
}

static const struct uploader *uploader_of(const struct uploading *uploading, size_t i)
{
    return uploaders[uploading->uploads.v[i].scheme];
}

int uploading_step(struct uploading *uploading, sparkk8s_error **err)
{
    size_t now = uploading->now;
    int rc;

    if (now == uploading->uploads.count)
        return 0;
    if (!uploading->begun) {
        uploading->begun = true;
        rc = uploader_of(uploading, now)->begin(&uploading->uploads.v[now], uploading->keyed, &uploading->states[now], err);
        return rc < 0 ? rc : SPARKK8S_AGAIN;
    }
    rc = uploader_of(uploading, now)->step(uploading->states[now], err);
    if (rc != 0)
        return rc;
    uploading->begun = false;
    return ++uploading->now == uploading->uploads.count ? 0 : SPARKK8S_AGAIN;
}

const char *uploading_now(const struct uploading *uploading)
{
    return uploading->now < uploading->uploads.count ? uploading->uploads.v[uploading->now].source : NULL;
}

void uploading_undo(struct uploading *uploading)
{
    size_t i;

    for (i = uploading->uploads.count; i-- > 0;)
        if (uploading->states[i])
            uploader_of(uploading, i)->undo(uploading->states[i]);
}

void uploading_free(struct uploading *uploading)
{
    size_t i;

    if (!uploading)
        return;
    for (i = 0; i < uploading->uploads.count; i++)
        if (uploading->states[i])
            uploader_of(uploading, i)->free(uploading->states[i]);
    free(uploading->states);
    uploads_clear(&uploading->uploads);
    free(uploading);
}
