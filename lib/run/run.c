/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as an object, and finding one that was submitted earlier. What a user has in hand differs: spark-submit's
 * "<namespace>:<driver pod>", the driver pod's name, the application id, or the submission key. They are told apart by
 * asking, the cheapest and likeliest first; nothing is guessed from the form alone, because a key may look like anything.
 */
#include "run.h"

#include "attempt.h"
#include "client.h"
#include "digest.h"
#include "names.h"
#include "pod.h"
#include "submission.h"
#include "text.h"

#define ID_LIMIT 4096
#define POD_NAME_MAX 253

void submission_hash(const char *key, char out[SUBMISSION_HASH_SIZE])
{
    char hex[SHA256_HEX_SIZE];

    sha256_hex(key, strlen(key), hex);
    memcpy(out, hex, SUBMISSION_HASH_SIZE - 1);
    out[SUBMISSION_HASH_SIZE - 1] = '\0';
}

int run_new(struct kube *kube, const char *ns, const char *pod, const char *uid, const char *app_id,
            sparkk8s_run **out, sparkk8s_error **err)
{
    AUTO(run) run = calloc(1, sizeof(*run));
    AUTO_STR id = STR_INIT(ID_LIMIT);

    if (!run)
        return fail_oom(err);
    run->kube = kube_ref(kube);
    run->ns = text_dup(ns);
    run->pod = text_dup(pod);
    run->uid = text_dup(uid);
    run->sight = sight_new();
    run->app_id = text_dup(app_id ? app_id : "");
    str_addf(&id, "%s:%s", ns, pod);
    run->id = str_take(&id);
    if (!run->ns || !run->pod || (uid && !run->uid) || !run->app_id || !run->id || !run->sight)
        return fail_oom(err);
    *out = TAKE(run);
    return 0;
}

void sparkk8s_run_free(sparkk8s_run *run)
{
    if (!run)
        return;
    submission_free(run->submission);
    sight_unref(run->sight);
    free(run->ns);
    free(run->pod);
    free(run->uid);
    free(run->app_id);
    free(run->id);
    kube_unref(run->kube);
    free(run);
}

const char *sparkk8s_run_id(const sparkk8s_run *run)
{
    return run ? run->id : NULL;
}

const char *sparkk8s_run_app_id(const sparkk8s_run *run)
{
    return run ? run->app_id : NULL;
}

const char *sparkk8s_run_ns(const sparkk8s_run *run)
{
    return run ? run->ns : NULL;
}

const char *sparkk8s_run_driver_pod(const sparkk8s_run *run)
{
    return run ? run->pod : NULL;
}

const char *sparkk8s_run_driver_uid(const sparkk8s_run *run)
{
    return run ? run->uid : NULL;
}

/* ---- open ---------------------------------------------------------------------------------------------------- */

struct search {
    struct kube *kube;
    const struct kube_limit *limit;
    const char *ns, *name;          /* of one pod */
    const char *selector;           /* of any number */
    struct pod found;               /* the newest driver; empty if there is none */
    bool other;                     /* a pod of this name is there that is no driver */
};

bool is_object_name(const char *text)
{
    size_t len = strlen(text);

    return len && len <= POD_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len
        && text[0] != '.' && text[0] != '-' && text[len - 1] != '.' && text[len - 1] != '-';
}

static int send_get(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct search *search = owner;

    return kube_get(search->kube, &kube_pods, search->ns, search->name, then, call, err);
}

static int look(struct search *search, struct pod *pod, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    struct scan scan;
    const char *body;
    size_t len;
    int rc = attempt_wait(search->kube, send_get, search, search->limit, &call, err);

    if (rc < 0)
        return rc;
    body = kube_call_body(call, &len);
    scan = scan_begin(body, len);
    return pod_scan(&scan, pod, err);
}

int run_look(sparkk8s_run *run, const struct kube_limit *limit, struct pod *out, sparkk8s_error **err)
{
    struct search search = { .kube = run->kube, .limit = limit, .ns = run->ns, .name = run->pod };
    AUTO_POD pod = { 0 };
    int rc = look(&search, &pod, err);

    if (rc < 0)
        return rc;
    if (!pod.uid || !pod.version || strcmp(pod.uid, run->uid) != 0)
        return fail(err, SPARKK8S_ENOTFOUND, run->id, "the driver pod is not there any more; another one has its name");
    *out = pod;
    pod = (struct pod){ 0 };
    return 0;
}

static int find_pod(struct search *search, const char *ns, const char *name, sparkk8s_error **err)
{
    AUTO(error) error = NULL;
    AUTO_POD pod = { 0 };
    int rc;

    search->ns = ns;
    search->name = name;
    rc = look(search, &pod, &error);
    if (rc == SPARKK8S_ENOTFOUND)
        return 0;
    if (rc < 0)
        return pass_error(rc, &error, err);
    if (pod.role != ROLE_DRIVER) {
        search->other = true;
        return 0;
    }
    search->found = pod;
    pod = (struct pod){ 0 };
    return 0;
}

static int send_list(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct search *search = owner;

    return kube_list(search->kube, &kube_pods, search->ns, search->selector, then, call, err);
}

static int keep_newest(struct pod *pod, void *owner, sparkk8s_error **err UNUSED)
{
    struct search *search = owner;

    if (pod->role != ROLE_DRIVER || (search->found.name && search->found.created_ms >= pod->created_ms))
        return 0;
    pod_clear(&search->found);
    search->found = *pod;
    *pod = (struct pod){ 0 };
    return 0;
}

static int find_labelled(struct search *search, const char *ns, const char *label, const char *value,
                         sparkk8s_error **err)
{
    AUTO_STR selector = STR_INIT(ID_LIMIT);
    AUTO(kube_call) call = NULL;
    struct pod_page page = { 0 };
    const char *body;
    size_t len;
    int rc;

    str_addf(&selector, "%s=%s,spark-role=driver", label, value);
    if (selector.failed)
        return fail_oom(err);
    search->ns = ns;
    search->selector = selector.s;
    rc = attempt_wait(search->kube, send_list, search, search->limit, &call, err);
    if (rc < 0)
        return rc;
    body = kube_call_body(call, &len);
    rc = pod_page_scan(body, len, &page, keep_newest, search, err);
    pod_page_clear(&page);
    return rc;
}

/* "<namespace>:<driver pod>" */
static int find_pair(struct search *search, const char *id, sparkk8s_error **err)
{
    const char *colon = strchr(id, ':');
    AUTO(chars) ns = NULL;

    if (!colon)
        return 0;
    ns = text_dupn(id, (size_t)(colon - id));
    if (!ns)
        return fail_oom(err);
    return is_object_name(ns) && is_object_name(colon + 1) ? find_pod(search, ns, colon + 1, err) : 0;
}

static int find(struct search *search, const char *ns, const char *id, sparkk8s_error **err)
{
    char hash[SUBMISSION_HASH_SIZE];
    bool app_first = text_starts(id, "spark-") && strspn(id + 6, "0123456789abcdef") == 32 && strlen(id) == 38;
    int rc;

    rc = find_pair(search, id, err);
    if (rc == 0 && !search->found.name && app_first)
        rc = find_labelled(search, ns, "spark-app-selector", id, err);
    if (rc == 0 && !search->found.name && is_object_name(id))
        rc = find_pod(search, ns, id, err);
    if (rc == 0 && !search->found.name) {
        submission_hash(id, hash);
        rc = find_labelled(search, ns, LABEL_SUBMISSION, hash, err);
    }
    if (rc == 0 && !search->found.name && !app_first && name_is_label(id))
        rc = find_labelled(search, ns, "spark-app-selector", id, err);
    return rc;
}

static int not_found(const struct search *search, const char *ns, const char *id, sparkk8s_error **err)
{
    if (search->other) {
        fail(err, SPARKK8S_ENOTFOUND, id, "the pod of this name is not a Spark driver");
        return SPARKK8S_ENOTFOUND;
    }
    fail(err, SPARKK8S_ENOTFOUND, id, "no run in namespace '%s' has this driver pod, application id or submission key",
         ns);
    error_hint(err, "look in another namespace, or list the runs; a run whose driver pod was deleted leaves nothing");
    return SPARKK8S_ENOTFOUND;
}

int run_find(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call, sparkk8s_run **out,
             bool *other, sparkk8s_error **err)
{
    struct kube_limit limit;
    struct search search = { 0 };
    int rc;

    *other = false;
    if (!client || !id || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_open", "client, id and out must not be NULL");
    if (!*id || strlen(id) > ID_LIMIT / 2 || !text_is_utf8(id, strlen(id)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_run_open", "id is empty, too long or not UTF-8");
    rc = kube_check(client->kube, err);
    if (rc < 0)
        return rc;
    rc = kube_limit_init(client->kube, call, KUBE_OWN_TIMEOUT, &limit, err);
    if (rc < 0)
        return rc;
    search.kube = client->kube;
    search.limit = &limit;
    ns = ns ? ns : sparkk8s_client_ns(client);
    rc = find(&search, ns, id, err);
    if (rc == 0 && !search.found.name)
        rc = not_found(&search, ns, id, err);
    else if (rc == 0)
        rc = run_new(client->kube, search.found.ns, search.found.name, search.found.uid, search.found.app_id, out, err);
    pod_clear(&search.found);
    *other = search.other;
    return rc;
}

int sparkk8s_run_open(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                      sparkk8s_run **out, sparkk8s_error **err)
{
    bool other;

    return run_find(client, ns, id, call, out, &other, err);
}

int run_of_name(sparkk8s_client *client, const char *ns, const char *id, sparkk8s_run **out, sparkk8s_error **err)
{
    const char *colon = strchr(id, ':'), *pod = colon ? colon + 1 : id;
    AUTO(chars) before = colon ? text_dupn(id, (size_t)(colon - id)) : text_dup(ns ? ns : sparkk8s_client_ns(client));

    if (!before)
        return fail_oom(err);
    if (!is_object_name(before) || !is_object_name(pod))
        return SPARKK8S_END;
    return run_new(client->kube, before, pod, NULL, NULL, out, err);
}
