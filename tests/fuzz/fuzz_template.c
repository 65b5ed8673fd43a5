/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod template, and properties beside it. The first byte tells the Spark line: '2' to '6', or 'A' to 'E' if the
 * text is a PodGroup's for Volcano, too.
 */
#include <string.h>

#include "must.h"
#include "rendering.h"
#include "sections.h"
#include "target.h"

static sparkk8s_app *small_app(uint8_t choice)
{
    static const char *const fields[][2] = {
        {"name", "Fuzz"}, {"main-class", "x.Y"}, {"resource", "local:///y.jar"},
    };
    sparkk8s_app *app = sparkk8s_app_new();
    size_t i;

    must(app, "out of memory");
    for (i = 0; i < COUNT(fields); i++)
        must(sparkk8s_app_set(app, fields[i][0], fields[i][1], NULL) == 0, "%s", fields[i][0]);
    must(sparkk8s_app_set(app, "spark-version", sparkk8s_spark_line(choice % 5), NULL) == 0, "line");
    must(sparkk8s_conf_set(sparkk8s_app_conf(app), "spark.kubernetes.container.image", "spark", NULL) == 0, "image");
    return app;
}

static void set_group(sparkk8s_app *app, const char *text)
{
    sparkk8s_conf_set(sparkk8s_app_conf(app), "spark.kubernetes.driver.pod.featureSteps",
                      "org.apache.spark.deploy.k8s.features.VolcanoFeatureStep", NULL);
    sparkk8s_conf_set(sparkk8s_app_conf(app), "spark.kubernetes.scheduler.volcano.podGroupTemplateJson", text, NULL);
}

static void fuzz(sparkk8s_app *app, const struct sections *in, uint8_t choice)
{
    static const int roles[] = {SPARKK8S_DRIVER, SPARKK8S_EXECUTOR};
    sparkk8s_error *err = NULL;
    size_t i;

    if (choice & 0x40)
        set_group(app, in->text[0]);
    for (i = 0; i < COUNT(roles); i++)
        if (sparkk8s_app_set_pod_template(app, roles[i], in->text[0], in->len[0], "t.yaml", &err) < 0) {
            rendering_error(err);
            sparkk8s_error_free(err);
            err = NULL;
        }
    sparkk8s_conf_parse(sparkk8s_app_conf(app), in->text[1], in->len[1], "conf", NULL);
    sparkk8s_manifest_free(rendering(app, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sections in;
    sparkk8s_app *app;

    if (!size)
        return 0;
    app = small_app(*data);
    sections_begin(&in, data + 1, size - 1);
    fuzz(app, &in, *data);
    sections_end(&in);
    sparkk8s_app_free(app);
    return 0;
}
