/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is matched against pods that a list gives, where sparkk8s_run_open() asks for one. The rules are the same but for one:
 * a key that looks like "<namespace>:<driver pod>" is taken for that, since it says where to look.
 */
#include "picks.h"

#include "error.h"
#include "run.h"
#include "text.h"

#define NAME_MAX_BYTES 2048

struct pick {
    char *given;
    char *ns;                       /* NULL: it does not say */
    const char *name;               /* in `given` */
    bool glob, found;
    char hash[SUBMISSION_HASH_SIZE];
};

static bool is_glob(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

/* "<namespace>:<driver pod>" */
static bool is_pair(const char *ns, const char *pod)
{
    size_t len = strlen(pod);

    return is_object_name(ns) && len && (is_object_name(pod) || (is_glob(pod) && !strpbrk(pod, ":/ ")));
}

static int pick_init(struct pick *pick, const char *name, sparkk8s_error **err)
{
    const char *colon = strchr(name, ':');

    if (*name == '\0' || strlen(name) > NAME_MAX_BYTES || !text_is_utf8(name, strlen(name)))
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_select", "a name is empty, too long or not UTF-8");
    pick->given = text_dup(name);
    pick->ns = colon ? text_dupn(name, (size_t)(colon - name)) : NULL;
    if (!pick->given || (colon && !pick->ns))
        return fail_oom(err);
    pick->name = pick->given;
    if (colon && is_pair(pick->ns, colon + 1))
        pick->name += colon + 1 - name;
    else
        free(TAKE(pick->ns));
    pick->glob = is_glob(pick->name);
    submission_hash(name, pick->hash);
    return 0;
}

int picks_init(struct picks *picks, const char *const *names, sparkk8s_error **err)
{
    size_t count = 0;
    int rc = 0;

    while (names && names[count])
        count++;
    if (!count)
        return 0;
    picks->v = calloc(count, sizeof(*picks->v));
    if (!picks->v)
        return fail_oom(err);
    while (picks->count < count && rc == 0) {
        rc = pick_init(&picks->v[picks->count], names[picks->count], err);
        picks->count++;
    }
    return rc;
}

void picks_clear(struct picks *picks)
{
    size_t i;

    for (i = 0; i < picks->count; i++) {
        free(picks->v[i].given);
        free(picks->v[i].ns);
    }
    free(picks->v);
    *picks = (struct picks){ 0 };
}

bool picks_spaces(const struct picks *picks, struct strv *spaces)
{
    bool others = false;
    size_t i;

    for (i = 0; i < picks->count; i++) {
        const char *ns = picks->v[i].ns;

        others = others || !ns;
        if (ns && !strv_has(spaces, ns))
            strv_add(spaces, ns);
    }
    return others;
}

static bool is_here(const struct pick *pick, const struct strv *home, const struct pod *driver)
{
    const char *ns = driver->ns ? driver->ns : "";

    return pick->ns ? strcmp(pick->ns, ns) == 0 : !home->count || strv_has(home, ns);
}

static bool is_it(const struct pick *pick, const struct pod *driver)
{
    if (driver->name && strcmp(pick->name, driver->name) == 0)
        return true;
    return !pick->ns && ((driver->app_id && strcmp(pick->name, driver->app_id) == 0) ||
                         (driver->submission && strcmp(pick->hash, driver->submission) == 0));
}

bool pod_has_glob(const struct pod *driver, const char *glob)
{
    return (driver->name && text_glob(glob, driver->name)) || (driver->app_name && text_glob(glob, driver->app_name)) ||
        (driver->app_label && text_glob(glob, driver->app_label));
}

bool picks_have(const struct picks *picks, const struct strv *home, const struct pod *driver)
{
    bool any = false;
    size_t i;

    for (i = 0; i < picks->count; i++) {
        struct pick *pick = &picks->v[i];

        if (is_here(pick, home, driver) && (pick->glob ? pod_has_glob(driver, pick->name) : is_it(pick, driver)))
            any = pick->found = true;
    }
    return any;
}

bool picks_name(const struct picks *picks, const struct strv *home, const struct pod *driver)
{
    size_t i;

    for (i = 0; i < picks->count; i++)
        if (!picks->v[i].glob && is_here(&picks->v[i], home, driver) && is_it(&picks->v[i], driver))
            return true;
    return false;
}

bool picks_are_all(const struct picks *picks)
{
    size_t i;

    for (i = 0; i < picks->count; i++)
        if (strspn(picks->v[i].name, "*") == strlen(picks->v[i].name))
            return true;
    return false;
}

const char *picks_missing(const struct picks *picks, size_t *at)
{
    while (*at < picks->count) {
        const struct pick *pick = &picks->v[(*at)++];

        if (!pick->glob && !pick->found)
            return pick->given;
    }
    return NULL;
}
