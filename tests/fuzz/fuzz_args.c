/* SPDX-License-Identifier: Apache-2.0 */
/* spark-submit's arguments, spark-defaults.conf and environment to an application, and that to objects. */
#include "must.h"
#include "rendering.h"
#include "sections.h"
#include "target.h"

static void render(const struct sections *in, const char *const *args, int count, const char *const *env)
{
    sparkk8s_conf *defaults = sparkk8s_conf_new();
    sparkk8s_app *app = NULL;
    sparkk8s_error *err = NULL;

    must(defaults, "out of memory");
    if (sparkk8s_conf_parse(defaults, in->text[1], in->len[1], "spark-defaults.conf", &err) < 0) {
        rendering_error(err);
        sparkk8s_error_free(err);
        err = NULL;
    }
    if (sparkk8s_app_from_args(count, args, env, defaults, &app, &err) < 0)
        rendering_error(err);
    else
        sparkk8s_manifest_free(rendering(app, NULL));
    sparkk8s_error_free(err);
    sparkk8s_app_free(app);
    sparkk8s_conf_free(defaults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *args[LINES + 1], *env[LINES + 1];
    struct sections in;
    int count;

    sections_begin(&in, data, size);
    count = section_lines(in.text[0], args);
    section_lines(in.text[2], env);
    render(&in, args, count, env);
    sections_end(&in);
    return 0;
}
