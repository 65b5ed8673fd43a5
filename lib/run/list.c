/* SPDX-License-Identifier: Apache-2.0 */
/* Runs as they are now, oldest first: drivers and executors are asked for together and counted before the
 * first is given. */
#include "client.h"
#include "error.h"
#include "view.h"

struct sparkk8s_list {
    struct view view;
};

OWNED(list, sparkk8s_list *, sparkk8s_list_free);

int sparkk8s_list_open(sparkk8s_client *client, const sparkk8s_select *select, sparkk8s_list **out,
                       sparkk8s_error **err)
{
    struct selection selection = { 0 };
    AUTO(list) list = NULL;
    int rc;

    if (!client || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_list_open", "a client and a place for the result are needed");
    rc = selection_init(&selection, client->kube, select, err);
    if (rc < 0)
        return rc;
    list = calloc(1, sizeof(*list));
    if (!list) {
        selection_clear(&selection);
        return fail_oom(err);
    }
    rc = view_init(&list->view, client->kube, &selection, err);
    if (rc == 0)
        rc = view_add_feeds(&list->view, true, err);
    if (rc < 0)
        return rc;
    *out = TAKE(list);
    return 0;
}

int sparkk8s_list_next(sparkk8s_list *list, const sparkk8s_call *call, sparkk8s_status **out, sparkk8s_error **err)
{
    if (!list || !out)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_list_next", "a list and a place for the result are needed");
    return view_next(&list->view, call, out, err);
}

const char *sparkk8s_list_missing(const sparkk8s_list *list, size_t index)
{
    const char *name;
    size_t at = 0;

    do
        name = list && list->view.begun ? picks_missing(&list->view.selection.picks, &at) : NULL;
    while (name && index--);
    return name;
}

void sparkk8s_list_free(sparkk8s_list *list)
{
    if (!list)
        return;
    view_clear(&list->view);
    free(list);
}
