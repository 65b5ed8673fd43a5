/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include "client.h"
#include "input.h"
#include "moment.h"
#include "text.h"

void selection_clear(struct selection *selection)
{
    strv_clear(&selection->ns);
    strv_clear(&selection->home);
    picks_clear(&selection->picks);
    free(selection->glob);
    free(selection->labels);
    free(selection->uid);
    *selection = (struct selection){ 0 };
}

/* "a,b": each namespace once, in this order; "*": none, which means all. */
static int set_home(struct selection *selection, const char *text, sparkk8s_error **err)
{
    AUTO_STRV names = { 0 };
    size_t i;

    if (strcmp(text, "*") == 0)
        return 0;
    strv_split(&names, text, ',');
    for (i = 0; i < names.count; i++) {
        if (*names.v[i] == '\0' || strcmp(names.v[i], "*") == 0)
            return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "'%s' is not a namespace, in '%s'", names.v[i], text);
        if (!strv_has(&selection->home, names.v[i]))
            strv_add(&selection->home, names.v[i]);
    }
    return names.failed || selection->home.failed ? fail_oom(err) : 0;
}

/* Those that names say, and the given ones, if anything is sought there. */
static int set_namespaces(struct selection *selection, sparkk8s_error **err)
{
    bool others = picks_spaces(&selection->picks, &selection->ns) || !selection->picks.count;
    size_t i;

    if (others && !selection->home.count)
        strv_clear(&selection->ns);
    for (i = 0; others && i < selection->home.count; i++)
        if (!strv_has(&selection->ns, selection->home.v[i]))
            strv_add(&selection->ns, selection->home.v[i]);
    return selection->ns.failed ? fail_oom(err) : 0;
}

static int check(const sparkk8s_select *given, sparkk8s_error **err)
{
    if (given->flags & ~SPARKK8S_SELECT_DRIVERS_ONLY || given->older_than_ms < 0 || given->min_age_ms < 0 || given->max_age_ms < 0 ||
        given->states < 0 || given->states >> STATES)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "a member has a value that is never valid");
    return 0;
}

static int fill(struct selection *selection, const struct kube *kube, const sparkk8s_select *given, sparkk8s_error **err)
{
    const char *labels = given->label_selector && *given->label_selector ? given->label_selector : NULL;
    int rc;

    *selection = (struct selection){
        .glob = text_dup(given->name_glob), .labels = text_dup(labels), .states = given->states,
        .older_than_ms = given->older_than_ms, .min_age_ms = given->min_age_ms, .max_age_ms = given->max_age_ms,
        .drivers_only = given->flags & SPARKK8S_SELECT_DRIVERS_ONLY,
    };
    if ((given->name_glob && !selection->glob) || (labels && !selection->labels))
        return fail_oom(err);
    rc = set_home(selection, given->ns ? given->ns : kube_identity(kube)->ns, err);
    if (rc == 0)
        rc = picks_init(&selection->picks, given->names, err);
    return rc < 0 ? rc : set_namespaces(selection, err);
}

int selection_init(struct selection *selection, const struct kube *kube, const sparkk8s_select *select,
                   sparkk8s_error **err)
{
    sparkk8s_select given;
    int rc;

    rc = input_struct(&given, sizeof(given), select, "sparkk8s_select", err);
    if (rc == 0)
        rc = check(&given, err);
    if (rc < 0)
        return rc;
    rc = fill(selection, kube, &given, err);
    if (rc < 0)
        selection_clear(selection);
    return rc;
}

bool selection_has_pod(const struct selection *selection, const struct pod *driver)
{
    if (selection->uid && (!driver->uid || strcmp(selection->uid, driver->uid)))
        return false;
    if (selection->glob && !pod_has_glob(driver, selection->glob))
        return false;
    return !selection->picks.count || picks_have(&selection->picks, &selection->home, driver);
}

static bool is_of_age(const struct selection *selection, const sparkk8s_status *status)
{
    int64_t submitted = sparkk8s_status_submitted_ms(status), finished = sparkk8s_status_finished_ms(status);
    int64_t now = moment_now_ms();

    if (selection->older_than_ms && (!finished || finished > now - selection->older_than_ms))
        return false;
    if (selection->min_age_ms && (!submitted || submitted > now - selection->min_age_ms))
        return false;
    return !selection->max_age_ms || submitted >= now - selection->max_age_ms;
}

bool selection_has_status(const struct selection *selection, const struct pod *driver, const sparkk8s_status *status)
{
    int state = sparkk8s_status_state(status);
    bool ended = state == SPARKK8S_STATE_SUCCEEDED || state == SPARKK8S_STATE_FAILED;

    if (selection->states && !(selection->states >> state & 1))
        return false;
    if (selection->alive && ended && !picks_name(&selection->picks, &selection->home, driver))
        return false;
    return is_of_age(selection, status);
}

static bool is_star(const char *glob)
{
    return !glob || strspn(glob, "*") == strlen(glob);
}

bool selection_is_all(const struct selection *selection)
{
    return is_star(selection->glob) && !selection->labels && !selection->older_than_ms && !selection->min_age_ms &&
        !selection->max_age_ms && !selection->states && (!selection->picks.count || picks_are_all(&selection->picks));
}
