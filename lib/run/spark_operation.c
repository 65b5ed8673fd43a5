/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spark-submit --kill and --status: the pod of this name, or with a * at the end all drivers whose name begins so.
 * Mirrors org.apache.spark.deploy.k8s.submit.K8SSparkSubmitOperation of Spark 4 (3.5 deletes without looking): a pod
 * that is named is taken whatever it is, and spark.kubernetes.namespace does not count.
 *
 * Deliberately different: a delete is pinned to the pod that was seen.
 */
#include "spark_submit.h"

#include "attempt.h"
#include "error.h"
#include "podtext.h"
#include "text.h"
#include "value.h"

#define GRACE_KEY "spark.kubernetes.appKillPodDeletionGracePeriod"
#define DRIVERS "spark-role=driver"

struct operation {
    struct session *session;
    struct kube *kube;
    char *told_ns;
    const char *ns;                 /* NULL: all */
    const char *name;
    bool glob, kill;
    int64_t grace_s;                /* -1: the pod's own */
    char *more;                     /* of a list: the next page */
    const struct pod *doomed;       /* to be deleted now */
    size_t found;
};

static int limit_init(const struct operation *o, struct kube_limit *limit, sparkk8s_error **err)
{
    sparkk8s_call call = { .size = sizeof(call), .cancel = o->session->cancel };

    return kube_limit_init(o->kube, &call, KUBE_OWN_TIMEOUT, limit, err);
}

/* ---- one pod --------------------------------------------------------------------------------------------------- */

static int send_delete(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct operation *o = owner;
    const struct kube_precondition only = { .uid = o->doomed->uid };

    return kube_delete(o->kube, &kube_pods, o->doomed->ns, o->doomed->name, &only, o->grace_s, then, call, err);
}

static int kill_pod(struct operation *o, const struct pod *pod, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    AUTO(error) error = NULL;
    struct kube_limit limit;
    int rc;

    if (o->glob)
        say(o->session, SAY_PLAIN, NULL, "Deleting driver pod: %s.", pod->name);
    rc = limit_init(o, &limit, err);
    if (rc < 0)
        return rc;
    o->doomed = pod;
    rc = attempt_wait(o->kube, send_delete, o, &limit, &call, &error);
    /* Gone already, or another one has its name by now: not there any more in both cases. */
    if (rc == SPARKK8S_ENOTFOUND || sparkk8s_error_http_status(error) == 409)
        return 0;
    return rc < 0 ? pass_error(rc, &error, err) : 0;
}

static int act_on(struct pod *pod, void *owner, sparkk8s_error **err)
{
    struct operation *o = owner;

    if (!pod->name || !pod->ns || !pod->uid || (o->glob && strncmp(pod->name, o->name, strlen(o->name) - 1) != 0))
        return 0;
    o->found++;
    if (o->kill)
        return kill_pod(o, pod, err);
    say(o->session, SAY_PLAIN, NULL, "Application status (driver): %s", pod->text);
    return 0;
}

/* ---- finding them ---------------------------------------------------------------------------------------------- */

static int send_get(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct operation *o = owner;

    return kube_get(o->kube, &kube_pods, o->ns, o->name, then, call, err);
}

static int operate_one(struct operation *o, sparkk8s_error **err)
{
    AUTO(kube_call) call = NULL;
    AUTO(error) error = NULL;
    AUTO_POD pod = { 0 };
    struct kube_limit limit;
    struct scan scan;
    const char *body;
    size_t len;
    int rc = limit_init(o, &limit, err);

    if (rc < 0)
        return rc;
    rc = attempt_wait(o->kube, send_get, o, &limit, &call, &error);
    if (rc == SPARKK8S_ENOTFOUND)
        return 0;
    if (rc < 0)
        return pass_error(rc, &error, err);
    body = kube_call_body(call, &len);
    scan = scan_begin(body, len);
    rc = pod_scan_text(&scan, &pod, err);
    return rc < 0 ? rc : act_on(&pod, o, err);
}

static int send_page(void *owner, struct kube_then then, struct kube_call **call, sparkk8s_error **err)
{
    const struct operation *o = owner;

    return kube_list_page(o->kube, &kube_pods, o->ns, DRIVERS, o->more, then, call, err);
}

static int operate_many(struct operation *o, sparkk8s_error **err)
{
    int rc;

    do {
        AUTO(kube_call) call = NULL;
        struct pod_page page = { .texts = !o->kill };
        struct kube_limit limit;
        const char *body;
        size_t len;

        rc = limit_init(o, &limit, err);
        if (rc == 0)
            rc = attempt_wait(o->kube, send_page, o, &limit, &call, err);
        if (rc < 0)
            return rc;
        body = kube_call_body(call, &len);
        rc = pod_page_scan(body, len, &page, act_on, o, err);
        free(o->more);
        o->more = rc < 0 ? NULL : TAKE(page.more);
        pod_page_clear(&page);
    } while (rc == 0 && o->more);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* Of a submission without one: as fabric8's client, which lets a variable win over the kubeconfig. */
static const char *default_ns(const struct operation *o)
{
    const char *ns = env_get(&o->session->args.app->env, "KUBERNETES_NAMESPACE");

    return ns && *ns ? ns : kube_identity(o->kube)->told_ns;
}

static int choose_pods(struct operation *o, sparkk8s_error **err)
{
    const char *submission = o->session->args.submission, *colon = strchr(submission, ':');

    o->name = colon ? colon + 1 : submission;
    o->glob = text_ends(o->name, "*");
    if (!*o->name)
        return fail(err, SPARKK8S_EINVAL, submission, "the name of the driver pod is empty");
    if (colon) {
        o->told_ns = text_dupn(submission, (size_t)(colon - submission));
        if (!o->told_ns)
            return fail_oom(err);
    }
    o->ns = colon ? o->told_ns : default_ns(o);
    if (o->ns || o->glob)
        return 0;
    fail(err, SPARKK8S_EINVAL, submission,
         "namespace not specified for an operation requiring one and no default was found in the Config");
    error_hint(err, "use <namespace>:%s", submission);
    return SPARKK8S_EINVAL;
}

static int read_grace(struct operation *o, sparkk8s_error **err)
{
    const sparkk8s_app *app = o->session->args.app;
    const struct reader reader = { app->conf, &app->env };
    int rc;

    o->grace_s = -1;
    if (!conf_has(app->conf, GRACE_KEY))
        return 0;
    rc = read_seconds(&reader, GRACE_KEY, &o->grace_s, err);
    if (rc == 0 && o->grace_s < 0)
        return conf_refuse(err, app->conf, GRACE_KEY, "use e.g. 30s, or leave it out", "must not be negative");
    return rc;
}

static void say_request(const struct operation *o)
{
    const struct session *session = o->session;
    const char *master = sparkk8s_conf_get(session->args.app->conf, "spark.master");
    char grace[24] = "not set.";

    if (o->grace_s >= 0)
        snprintf(grace, sizeof(grace), "%lld", (long long)o->grace_s);
    if (o->kill)
        say(o->session, SAY_PLAIN, NULL, "Submitting a request to kill submission %s in %s. Grace period in secs: %s",
            session->args.submission, master, grace);
    else
        say(o->session, SAY_PLAIN, NULL, "Submitting a request for the status of submission %s in %s.",
            session->args.submission, master);
}

int session_operate(struct session *session, sparkk8s_error **err)
{
    struct operation o = { .session = session, .kill = session->args.action == ACTION_KILL };
    int rc = read_grace(&o, err);

    if (rc < 0)
        return rc;
    say_request(&o);
    rc = session_connect(session, err);
    if (rc < 0)
        return rc;
    o.kube = session->client->kube;
    rc = choose_pods(&o, err);
    if (rc == 0)
        rc = o.glob ? operate_many(&o, err) : operate_one(&o, err);
    if (rc == 0 && !o.found)
        say(session, SAY_PLAIN, NULL, o.glob ? "No applications found." : "Application not found.");
    free(o.told_ns);
    free(o.more);
    return rc;
}
