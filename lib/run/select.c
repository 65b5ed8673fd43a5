/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include "client.h"
#include "input.h"
#include "moment.h"
#include "text.h"

void selection_clear(struct selection *selection)
{
    strv_clear(&selection->ns);
    free(selection->glob);
    free(selection->labels);
    free(selection->uid);
    *selection = (struct selection){ 0 };
}

/* "a,b": each namespace once, in this order; "*": none, which means all. */
static int set_namespaces(struct selection *selection, const char *text, sparkk8s_error **err)
{
    AUTO_STRV names = { 0 };
    size_t i;

    if (strcmp(text, "*") == 0)
        return 0;
    strv_split(&names, text, ',');
    for (i = 0; i < names.count; i++) {
        if (*names.v[i] == '\0' || strcmp(names.v[i], "*") == 0)
            return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "'%s' is not a namespace, in '%s'", names.v[i], text);
        if (!strv_has(&selection->ns, names.v[i]))
            strv_add(&selection->ns, names.v[i]);
    }
    return names.failed || selection->ns.failed ? fail_oom(err) : 0;
}

int selection_init(struct selection *selection, const struct kube *kube, const sparkk8s_select *select,
                   sparkk8s_error **err)
{
    sparkk8s_select given;
    int rc;

    rc = input_struct(&given, sizeof(given), select, "sparkk8s_select", err);
    if (rc < 0)
        return rc;
    if (given.reserved || given.older_than_ms < 0 || given.states < 0 || given.states >> STATES)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "a member has a value that is never valid");
    *selection = (struct selection){
        .glob = text_dup(given.name_glob),
        .labels = given.label_selector && *given.label_selector ? text_dup(given.label_selector) : NULL,
        .older_than_ms = given.older_than_ms, .states = given.states,
    };
    rc = set_namespaces(selection, given.ns ? given.ns : kube_identity(kube)->ns, err);
    if (rc == 0 && ((given.name_glob && !selection->glob) ||
                    (given.label_selector && *given.label_selector && !selection->labels)))
        rc = fail_oom(err);
    if (rc < 0)
        selection_clear(selection);
    return rc;
}

bool selection_has_pod(const struct selection *selection, const struct pod *driver)
{
    const char *glob = selection->glob;

    if (selection->uid && (!driver->uid || strcmp(selection->uid, driver->uid)))
        return false;
    return !glob || (driver->name && text_glob(glob, driver->name)) ||
        (driver->app_name && text_glob(glob, driver->app_name)) ||
        (driver->app_label && text_glob(glob, driver->app_label));
}

bool selection_has_status(const struct selection *selection, const sparkk8s_status *status)
{
    int64_t finished = sparkk8s_status_finished_ms(status);

    if (selection->states && !(selection->states >> sparkk8s_status_state(status) & 1))
        return false;
    return !selection->older_than_ms || (finished && finished <= moment_now_ms() - selection->older_than_ms);
}
