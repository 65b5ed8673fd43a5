/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's files, stored before anything is created: a driver whose pod is there finds them. A slice at each turn
 * of the loop, so that other submissions go on meanwhile, and a cancellation is heard.
 *
 * With a key the files of an earlier attempt are replaced, and stay when this one fails: another submitter may rely on
 * them. Replacing them under a driver that runs already must not be: so the pod is looked for first.
 */
#include "submission.h"

#include "moment.h"

int files_init(struct submission *s, const sparkk8s_manifest *manifest, sparkk8s_error **err)
{
    s->stored = !manifest->uploads.count || s->flags & KUBE_DRY_RUN;
    return s->stored ? 0 : uploading_new(&manifest->uploads, s->key != NULL, &s->uploading, err);
}

static void store_some(void *owner)
{
    struct submission *s = owner;
    AUTO(error) error = NULL;
    int rc = uploading_step(s->uploading, &error);

    if (rc == SPARKK8S_AGAIN) {
        kube_alarm_set(s->run->kube, &s->upload_alarm, moment_mono_ms());
    } else if (rc < 0) {
        submission_fail(s, rc, &error);
    } else {
        s->stored = true;
        submit_create(s);
    }
}

void files_store(struct submission *s)
{
    s->upload_alarm.due = store_some;
    s->upload_alarm.owner = s;
    kube_alarm_set(s->run->kube, &s->upload_alarm, moment_mono_ms());
}

void files_stop(struct submission *s)
{
    kube_alarm_set(s->run->kube, &s->upload_alarm, 0);
}

void files_undo(struct submission *s)
{
    if (s->uploading)
        uploading_undo(s->uploading);
}

void files_clear(struct submission *s)
{
    if (kube_check(s->run->kube, NULL) == 0) {      /* a forked child leaves the parent's files alone */
        files_stop(s);
        if (!s->stored)
            files_undo(s);
    }
    uploading_free(TAKE(s->uploading));
}
