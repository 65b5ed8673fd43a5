/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The submitter's environment. Spark reads it through System.getenv; here it is what the caller handed in, so that a
 * service that submits for many users does not mix its own variables in.
 */
#include "env.h"

#include <string.h>

#include "error.h"
#include "text.h"

int env_set_all(struct env *env, const char *const *vars, sparkk8s_error **err)
{
    AUTO_STRV copy = {0};
    size_t i;

    for (i = 0; vars && vars[i]; i++) {
        /* What is no UTF-8 cannot travel in a Kubernetes object; a variable without a name is nobody's. */
        if (vars[i][0] != '=' && strchr(vars[i], '=') && text_is_utf8(vars[i], strlen(vars[i])))
            strv_add(&copy, vars[i]);
    }
    if (copy.failed)
        return fail_oom(err);
    env_clear(env);
    env->vars = copy;
    copy = (struct strv){0};
    return 0;
}

const char *env_get(const struct env *env, const char *name)
{
    size_t i, len = strlen(name);

    for (i = 0; i < env->vars.count; i++)
        if (!strncmp(env->vars.v[i], name, len) && env->vars.v[i][len] == '=')
            return env->vars.v[i] + len + 1;
    return NULL;
}

void env_clear(struct env *env)
{
    strv_clear(&env->vars);
}
