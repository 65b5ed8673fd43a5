/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lesson 2: submit, read the driver's log to its end, know the verdict. Arguments as in lesson 1; the cluster is the kubeconfig's.
 */
#include <sparkk8s.h>
#include <stdio.h>

extern char **environ;

static int follow(sparkk8s_run *run, sparkk8s_error **err)
{
    sparkk8s_logs_opts opts = {0};
    sparkk8s_call forever = {0};
    sparkk8s_logs *logs = NULL;
    const char *line;
    size_t len;
    int rc;

    opts.size = sizeof opts;
    opts.flags = SPARKK8S_LOGS_FOLLOW;
    forever.size = sizeof forever;
    forever.timeout_ms = -1;
    rc = sparkk8s_logs_open(run, &opts, &logs, err);
    if (rc < 0)
        return rc;
    while ((rc = sparkk8s_logs_next(logs, &forever, &line, &len, err)) == SPARKK8S_OK)
        printf("%.*s\n", (int)len, line);
    sparkk8s_logs_free(logs);
    return rc == SPARKK8S_END ? SPARKK8S_OK : rc;
}

static int verdict(sparkk8s_run *run, sparkk8s_error **err)
{
    sparkk8s_status *status = NULL;
    int rc = sparkk8s_run_status(run, NULL, &status, err);

    if (rc < 0)
        return rc;
    fprintf(stderr, "%s: %s, cause %s, exit code %d\n", sparkk8s_run_id(run), sparkk8s_state_name(sparkk8s_status_state(status)),
            sparkk8s_cause_name(sparkk8s_status_cause(status)), sparkk8s_status_exit_code(status));
    sparkk8s_status_free(status);
    return SPARKK8S_OK;
}

int main(int argc, char **argv)
{
    sparkk8s_client_opts opts = {0};
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_client *client = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_run *run = NULL;
    sparkk8s_app *app = NULL;
    int rc;

    rc = sparkk8s_app_from_args(argc - 1, (const char *const *)argv + 1, (const char *const *)environ, NULL, &app, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    if (rc == SPARKK8S_OK) {
        opts.size = sizeof opts;
        opts.conf = sparkk8s_app_conf(app);     /* honours --master and Spark's own keys for the client */
        rc = sparkk8s_client_new(&opts, &client, &err);
    }
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_submit(client, manifest, NULL, NULL, &run, &err);
    if (rc == SPARKK8S_OK)
        rc = follow(run, &err);
    if (rc == SPARKK8S_OK)
        rc = verdict(run, &err);
    if (rc < 0)
        fprintf(stderr, "%s\n%s\n", sparkk8s_error_message(err), sparkk8s_error_hint(err));

    sparkk8s_run_free(run);
    sparkk8s_client_free(client);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    sparkk8s_error_free(err);
    return rc == SPARKK8S_OK ? 0 : 1;
}
