/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lesson 4: pod templates and volumes from a program, and what Spark makes of them. Arguments as in lesson 1; no cluster is needed.
 */
#include <sparkk8s.h>
#include <stdio.h>
#include <string.h>

extern char **environ;

/* What Spark has no property for. The container is Spark's, whatever it is called. */
static const char driver[] =
    "spec:\n"
    "  priorityClassName: batch\n"
    "  tolerations:\n"
    "  - {key: dedicated, value: spark, effect: NoSchedule}\n"
    "  containers:\n"
    "  - name: spark\n"
    "    image: ours/spark:1\n"                 /* Spark takes its image from a property: a warning says so */
    "    envFrom:\n"
    "    - configMapRef: {name: settings}\n";

static int add_volumes(sparkk8s_app *app, sparkk8s_error **err)
{
    static const char *const scratch[] = {"sizeLimit=2Gi", NULL};
    static const char *const data[] = {"claimName=OnDemand", "storageClass=fast", "sizeLimit=10Gi", "label.team=etl", NULL};
    sparkk8s_volume volume;
    int rc;

    memset(&volume, 0, sizeof volume);          /* zero is the default of every member */
    volume.size = sizeof volume;
    volume.type = "emptyDir";
    volume.name = "spark-local-dir-1";          /* a name that Spark knows: its local folder */
    volume.mount_path = "/scratch";
    volume.options = scratch;
    rc = sparkk8s_app_add_volume(app, &volume, err);            /* roles 0: driver and executors */
    if (rc < 0)
        return rc;
    volume.type = "persistentVolumeClaim";
    volume.name = "data";
    volume.mount_path = "/data";
    volume.options = data;
    volume.roles = SPARKK8S_DRIVER;
    rc = sparkk8s_app_add_volume(app, &volume, err);
    if (rc < 0)
        return rc;
    volume.type = "secret";
    volume.name = "database";                   /* the Secret's own name */
    volume.mount_path = "/etc/database";
    volume.options = NULL;
    return sparkk8s_app_add_volume(app, &volume, err);
}

int main(int argc, char **argv)
{
    sparkk8s_manifest *manifest = NULL;
    sparkk8s_error *err = NULL;
    sparkk8s_app *app = NULL;
    char *yaml = NULL;
    size_t i;
    int rc;

    rc = sparkk8s_app_from_args(argc - 1, (const char *const *)argv + 1, (const char *const *)environ, NULL, &app, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_app_set_pod_template(app, SPARKK8S_DRIVER, driver, strlen(driver), "driver.yaml", &err);
    if (rc == SPARKK8S_OK)
        rc = add_volumes(app, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_render(app, NULL, &manifest, &err);
    if (rc == SPARKK8S_OK)
        rc = sparkk8s_manifest_to_yaml(manifest, &yaml, &err);

    if (rc == SPARKK8S_OK) {
        for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++)
            fprintf(stderr, "warning: %s\n", sparkk8s_manifest_warning(manifest, i));
        fputs(yaml, stdout);
    } else {
        /* "driver.yaml:7:5", a member of the struct, or a property's key */
        fprintf(stderr, "%s: %s\n%s\n", sparkk8s_error_where(err), sparkk8s_error_message(err), sparkk8s_error_hint(err));
    }
    sparkk8s_free(yaml);
    sparkk8s_manifest_free(manifest);
    sparkk8s_app_free(app);
    sparkk8s_error_free(err);
    return rc == SPARKK8S_OK ? 0 : 1;
}
