/* SPDX-License-Identifier: Apache-2.0 */
/* How a check speaks: the same words in a warning and in a refusal. */
#include "checks.h"

#include "error.h"
#include "str.h"

int check_say(const struct check *check, enum severity severity, const char *key, const char *hint,
              const char *format, ...)
{
    AUTO_STR what = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR whole = STR_INIT(STR_TEXT_LIMIT);
    va_list args;

    va_start(args, format);
    str_addv(&what, format, args);
    va_end(args);
    if (what.failed)
        return fail_oom(check->err);
    if (severity == REFUSE && key)
        return conf_refuse(check->err, check->b->app.conf, key, hint, "%s", what.s);
    if (severity == REFUSE) {
        fail(check->err, SPARKK8S_ECONF, "manifest", "%s", what.s);
        error_hint(check->err, "%s", hint);
        return SPARKK8S_ECONF;
    }
    if (key)
        conf_describe(check->b->app.conf, key, &whole);
    str_addf(&whole, "%s%s; %s", key ? ": " : "", what.s, hint);
    return whole.failed || build_warn(check->b, "%s", whole.s) < 0 ? fail_oom(check->err) : 0;
}

int check_all(struct build *b, sparkk8s_error **err)
{
    static int (*const checks[])(const struct check *check) = {check_keys, check_relations, check_objects};
    const struct check check = {b, err};
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < COUNT(checks); i++)
        rc = checks[i](&check);
    return rc;
}
