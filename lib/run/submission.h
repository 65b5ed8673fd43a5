/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One submission that is under way: a state machine that answers drive from inside kube_turn().
 *
 *     files ──► create ──► parts ──► release ──► end  with the scheduling gate; without it, `release` is left out
 *       ▲          │ no answer, 409   ▲  │ our pod is not there any more
 *       └──────────┴──► look ─────────┘◄─┘
 *     any failure ──► remove (what this submission created) ──► end
 *
 * Each arrow is a function of submit_pod.c. The other objects (parts) each have a small machine of their own
 * (submit_parts.c); they are created in flight together, owned by the driver pod. Files are stored before anything is
 * created (submit_files.c); with a key it is looked first whether the pod is there, whose files then are, too.
 */
#ifndef RUN_SUBMISSION_H
#define RUN_SUBMISSION_H

#include "attempt.h"
#include "digest.h"
#include "manifest.h"
#include "run.h"
#include "upload.h"

struct part {                       /* one of the objects besides the pod */
    struct submission *submission;
    struct attempt attempt;
    const struct kube_kind *kind;
    json_t *object;                 /* as rendered; shared with the manifest */
    char *json;                     /* its text */
    const char *name;               /* in object */
    char *uid;                      /* of the one that was created, or of the one to be cleared */
    int rounds;
    bool shared;                    /* a claim that the user has named: it may be somebody else's */
    bool created;                   /* by this submission */
    bool done;
};

struct submission {
    sparkk8s_run *run;              /* whose it is; run->uid is set as soon as the pod is known */
    struct attempt attempt;         /* of the pod */
    json_t *pod;                    /* as rendered; shared with the manifest */
    struct str pod_json;            /* as it is sent */
    struct uploading *uploading;    /* NULL: there is nothing to store, or no longer */
    struct kube_alarm upload_alarm; /* takes it a step further */
    bool stored;                    /* all files are where the driver looks for them */
    struct part *parts;
    size_t part_count;
    char *as_owner;                 /* the pod as the parts' ownerReference: JSON text */
    char *key;                      /* or NULL */
    char hash[SUBMISSION_HASH_SIZE], digest[SHA256_HEX_SIZE];
    char *version;                  /* resourceVersion of the pod as last seen */
    int flags;                      /* of the verbs: KUBE_DRY_RUN */
    int rounds;                     /* how often the pod was looked for or removed */
    bool gate;                      /* it is (to be) held back by our gate */
    bool ours;                      /* this submission created the pod: it may remove it */
    bool unsure;                    /* a POST of the pod got no answer and nothing is known of it */
    bool failed;                    /* for the reason in rc and error; being wound up */
    bool left;                      /* the pod, or what may be one, could not be removed: it keeps its files */
    bool ended;
    bool told;                      /* the error was handed out */
    int rc, doubt_rc;
    sparkk8s_error *error, *doubt;  /* doubt: why it is not known whether the pod was created */
    struct kube_flag flag;          /* up: finish has something to return */
};

/* submit.c */
void submission_free(struct submission *submission);    /* NULL is fine; nothing is removed from the cluster */
/* The first cause is kept. Everything under way is stopped, what this submission created is removed. *err is taken. */
void submission_fail(struct submission *s, int rc, sparkk8s_error **err);
void submission_wind_up(struct submission *s);          /* of one that has failed */
void submission_end(struct submission *s);
/* Ends it with words on the pod that stays: it "could not be removed". */
void submission_leave(struct submission *s, const char *what);
/* Ends one that is under way: what it created is removed, unless the driver was released already. The outcome is as of
 * sparkk8s_submit_finish(); the reason given is taken. */
int submission_give_up(sparkk8s_run *run, int rc, sparkk8s_error **reason, sparkk8s_error **err);

/* submit_files.c */
int files_init(struct submission *s, const sparkk8s_manifest *manifest, sparkk8s_error **err);
void files_store(struct submission *s);         /* then submit_create() */
void files_stop(struct submission *s);
void files_clear(struct submission *s);         /* removes what was stored half */
void files_undo(struct submission *s);          /* of one that has failed */

/* submit_pod.c */
void submit_begin(struct submission *s);
void submit_create(struct submission *s);       /* all files are stored */
void submit_release(struct submission *s);      /* all parts are there */
void submit_lost(struct submission *s);         /* the pod under our name is another one, or none: look again */
void submit_remove(struct submission *s);
bool submit_is_deciding(const struct submission *s);    /* an answer is awaited that tells whether the pod is there */

/* submit_parts.c */
int parts_init(struct submission *s, const sparkk8s_manifest *manifest, sparkk8s_error **err);
void parts_create(struct submission *s);        /* then submit_release() */
void parts_remove(struct submission *s);        /* then submission_end() */
void parts_stop(struct submission *s);
void parts_clear(struct submission *s);

/* submit_shared.c */
/* Whether a claim of that name which is not ours can be used as it is: 0, with a notice, or SPARKK8S_EEXISTS. */
int shared_judge(const struct part *part, const json_t *theirs, sparkk8s_error **err);

/* submit_diff.c: where what is there differs from what was to be submitted, for messages: places only, never values, at most
 * `most`. What the server added does not count. */
int submit_diff(const json_t *live, const json_t *ours, size_t most, struct strv *places, sparkk8s_error **err);

#endif
