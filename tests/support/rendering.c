/* SPDX-License-Identifier: Apache-2.0 */
#include "rendering.h"

#include <jansson.h>
#include <string.h>

#include "must.h"

#define NOW INT64_C(1795000000000)

static void add(char **text, const char *more)
{
    size_t len = *text ? strlen(*text) : 0;

    *text = realloc(*text, len + strlen(more) + 2);
    must(*text, "out of memory");
    snprintf(*text + len, strlen(more) + 2, "%s\n", more);
}

/* jansson says whether it is UTF-8. */
static void check_line(const char *text)
{
    json_t *line = json_string(text);

    must(line, "no UTF-8: '%s'", text);
    json_decref(line);
}

static void check_json(const char *text, json_type type)
{
    json_error_t wrong;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &wrong);

    must(value, "%s in %s", wrong.text, text);
    must(json_typeof(value) == type, "%s", text);
    json_decref(value);
}

/* It may be refused where the driver would refuse it. */
static void add_executor(char **text, const sparkk8s_manifest *manifest)
{
    sparkk8s_error *err = NULL;
    char *json = NULL;

    if (sparkk8s_manifest_executor_json(manifest, &json, &err) < 0) {
        rendering_error(err);
        add(text, sparkk8s_error_message(err));
        sparkk8s_error_free(err);
        return;
    }
    check_json(json, JSON_ARRAY);
    add(text, json);
    sparkk8s_free(json);
}

char *rendering_text(const sparkk8s_manifest *manifest)
{
    char *text = NULL, *yaml = NULL;
    size_t i;

    for (i = 0; i < sparkk8s_manifest_count(manifest); i++) {
        check_json(sparkk8s_manifest_json(manifest, i), JSON_OBJECT);
        add(&text, sparkk8s_manifest_json(manifest, i));
    }
    for (i = 0; i < sparkk8s_manifest_warning_count(manifest); i++) {
        check_line(sparkk8s_manifest_warning(manifest, i));
        add(&text, sparkk8s_manifest_warning(manifest, i));
    }
    must(sparkk8s_manifest_to_yaml(manifest, &yaml, NULL) == 0, "no YAML");
    add(&text, yaml);
    sparkk8s_free(yaml);
    add_executor(&text, manifest);
    return text;
}

void rendering_error(const sparkk8s_error *err)
{
    int code = sparkk8s_error_code(err);

    must(code < 0 && strcmp(sparkk8s_code_name(code), "SPARKK8S_UNKNOWN") != 0, "code %d", code);
    must(*sparkk8s_error_message(err) && !strchr(sparkk8s_error_message(err), '\n'), "'%s'",
         sparkk8s_error_message(err));
    check_line(sparkk8s_error_message(err));
    check_line(sparkk8s_error_where(err));
    check_line(sparkk8s_error_hint(err));
    if (code == SPARKK8S_ENOMEM)
        return;
    must(*sparkk8s_error_where(err), "no place: %s", sparkk8s_error_message(err));
    must(code != SPARKK8S_ECONF || *sparkk8s_error_hint(err), "nothing to try: %s", sparkk8s_error_message(err));
}

sparkk8s_manifest *rendering(const sparkk8s_app *app, sparkk8s_error **err)
{
    sparkk8s_render_opts opts = {.size = sizeof(opts), .app_id = "spark-1", .id_seed = "seed", .now_ms = NOW};
    sparkk8s_manifest *one = NULL, *two = NULL;
    sparkk8s_error *wrong_one = NULL, *wrong_two = NULL;
    int rc = sparkk8s_render(app, &opts, &one, &wrong_one);
    char *text_one, *text_two;

    must(sparkk8s_render(app, &opts, &two, &wrong_two) == rc, "once %d", rc);
    must(!strcmp(sparkk8s_error_message(wrong_one), sparkk8s_error_message(wrong_two)), "%s | %s",
         sparkk8s_error_message(wrong_one), sparkk8s_error_message(wrong_two));
    must((rc == 0) == !wrong_one && (rc == 0) == (one != NULL), "rc %d", rc);
    if (rc == 0) {
        text_one = rendering_text(one);
        text_two = rendering_text(two);
        must(!strcmp(text_one, text_two), "%s\n%s", text_one, text_two);
        free(text_one);
        free(text_two);
    } else {
        must(rc == sparkk8s_error_code(wrong_one), "%d and %d", rc, sparkk8s_error_code(wrong_one));
        rendering_error(wrong_one);
    }
    sparkk8s_manifest_free(two);
    sparkk8s_error_free(wrong_two);
    if (err)
        *err = wrong_one;
    else
        sparkk8s_error_free(wrong_one);
    return one;
}
