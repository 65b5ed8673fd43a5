/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include "client.h"
#include "input.h"
#include "moment.h"
#include "text.h"

void selection_clear(struct selection *selection)
{
    free(selection->ns);
    free(selection->glob);
    free(selection->labels);
    free(selection->uid);
    *selection = (struct selection){ 0 };
}

int selection_init(struct selection *selection, const struct kube *kube, const sparkk8s_select *select,
                   sparkk8s_error **err)
{
    sparkk8s_select given;
    const char *ns;
    int rc;

    rc = input_struct(&given, sizeof(given), select, "sparkk8s_select", err);
    if (rc < 0)
        return rc;
    if (given.reserved || given.older_than_ms < 0 || given.states < 0 || given.states >> STATES)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "a member has a value that is never valid");
    ns = given.ns ? given.ns : kube_identity(kube)->ns;
    *selection = (struct selection){
        .ns = strcmp(ns, "*") ? text_dup(ns) : NULL, .glob = text_dup(given.name_glob),
        .labels = given.label_selector && *given.label_selector ? text_dup(given.label_selector) : NULL,
        .older_than_ms = given.older_than_ms, .states = given.states,
    };
    if ((strcmp(ns, "*") && !selection->ns) || (given.name_glob && !selection->glob) ||
        (given.label_selector && *given.label_selector && !selection->labels)) {
        selection_clear(selection);
        return fail_oom(err);
    }
    return 0;
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
