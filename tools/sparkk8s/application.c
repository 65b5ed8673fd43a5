/* SPDX-License-Identifier: Apache-2.0 */
#include "application.h"

#include <unistd.h>

#include "output.h"

int application_of(const struct cli *cli, int count, const char *const *words, sparkk8s_app **out, sparkk8s_error **err)
{
    AUTO(app) app = NULL;
    int rc;

    rc = sparkk8s_app_from_args(count, words, (const char *const *)environ, NULL, &app, err);
    if (rc == 0 && cli->options.ns)
        rc = sparkk8s_conf_set_from(sparkk8s_app_conf(app), "spark.kubernetes.namespace", cli->options.ns, "--namespace", err);
    if (rc < 0)
        return rc;
    *out = TAKE(app);
    return 0;
}

int application_new(const struct cli *cli, sparkk8s_app **out, sparkk8s_error **err)
{
    return application_of(cli, cli->options.word_count, cli->options.words, out, err);
}

int application_render(const struct cli *cli, const sparkk8s_app *app, sparkk8s_manifest **out,
                       sparkk8s_error **err)
{
    sparkk8s_render_opts opts = {
        .size = sizeof(opts),
        .app_id = cli->options.app_id,
        .id_seed = cli->options.id_seed ? cli->options.id_seed : cli->options.key,
        .now_ms = cli->options.now_ms,
    };
    sparkk8s_manifest *manifest = NULL;
    size_t i;
    int rc;

    rc = sparkk8s_render(app, &opts, &manifest, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++) {
        fputs("warning: ", stderr);
        print_clean(stderr, sparkk8s_manifest_warning(manifest, i));
        fputs("\n", stderr);
    }
    *out = manifest;
    return 0;
}

void application_note_uploads(const sparkk8s_manifest *manifest)
{
    size_t i;

    for (i = 0; i < sparkk8s_manifest_upload_count(manifest); i++) {
        fputs("note: submit stores ", stderr);
        print_clean(stderr, sparkk8s_manifest_upload_source(manifest, i));
        fputs(" as ", stderr);
        print_clean(stderr, sparkk8s_manifest_upload_target(manifest, i));
        fputs("\n", stderr);
    }
}
