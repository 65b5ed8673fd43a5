/* SPDX-License-Identifier: Apache-2.0 */
/* A picture of the build after each step, as a manifest: what compares manifests compares these. */
#include "stages.h"

#include "error.h"
#include "properties.h"
#include "render.h"
#include "str.h"
#include "text.h"

#define SEED "explain"              /* names are made from it: any will do */
#define NOW_MS INT64_C(1)

void stages_clear(struct stages *stages)
{
    size_t i;

    for (i = 0; i < stages->count; i++) {
        free(stages->names[i]);
        sparkk8s_manifest_free(stages->shots[i]);
    }
    *stages = (struct stages){0};
}

/* The pod with Spark's container, which is put into it at the end only. */
static json_t *pod_so_far(const struct build *b)
{
    AUTO(json) pod = json_clone(b->pod);
    const json_t *now = json_at(b->pod, "spec", "containers", NULL);
    bool whole = json_array_size(now) && json_array_get(now, json_array_size(now) - 1) == b->container;
    json_t *spec = pod ? json_need_object(pod, "spec") : NULL;
    json_t *containers = spec ? json_need_array(spec, "containers") : NULL;

    if (!containers || (!whole && json_push(containers, json_clone(b->container)) < 0))
        return NULL;
    return TAKE(pod);
}

/* The properties as the ConfigMap will have them. */
static json_t *map_so_far(const struct build *b)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < b->props->count; i++)
        properties_add(&text, b->props->entries[i].key, b->props->entries[i].value);
    if (text.failed)
        return NULL;
    return json_pack("{s:s, s:{s:s}, s:{s:s}}",
                     "kind", "ConfigMap",
                     "metadata", "name", b->conf_map_name,
                     "data", "spark.properties", text.s);
}

static int shot_fill(sparkk8s_manifest *shot, const struct build *b, bool with_map)
{
    size_t count = json_array_size(b->before) + json_array_size(b->after) + 2, i;
    json_t *object;

    shot->items = calloc(count, sizeof(*shot->items));
    shot->app_id = text_dup(b->app_id);
    if (!shot->items || !shot->app_id)
        return SPARKK8S_ENOMEM;
    json_array_foreach(b->before, i, object)
        shot->items[shot->count++].object = json_clone(object);
    shot->items[shot->count++].object = pod_so_far(b);
    json_array_foreach(b->after, i, object)
        shot->items[shot->count++].object = json_clone(object);
    if (with_map)
        shot->items[shot->count++].object = map_so_far(b);
    for (i = 0; i < shot->count; i++)
        if (!shot->items[i].object)
            return SPARKK8S_ENOMEM;
    return 0;
}

static int take_shot(void *owner, struct build *b, const char *step, sparkk8s_error **err)
{
    struct stages *stages = owner;
    AUTO(manifest) shot = calloc(1, sizeof(*shot));
    AUTO(chars) name = text_dup(step);

    if (stages->count == STAGES_MAX)
        return 0;
    if (!shot || !name || shot_fill(shot, b, b->props && strcmp(step, STAGE_CLIENT) != 0) < 0)
        return fail_oom(err);
    stages->names[stages->count] = TAKE(name);
    stages->shots[stages->count++] = TAKE(shot);
    return 0;
}

int stages_render(const sparkk8s_app *app, struct stages *driver, struct stages *executor, sparkk8s_error **err)
{
    const struct build_watch drivers = {take_shot, driver}, executors = {take_shot, executor};
    const sparkk8s_render_opts opts = {.size = sizeof(opts), .id_seed = SEED, .now_ms = NOW_MS};
    AUTO(manifest) manifest = NULL;
    AUTO(json) objects = NULL;
    int rc;

    rc = render_watched(app, &opts, &drivers, &manifest, err);
    if (rc < 0)
        return rc;
    rc = manifest_executor(manifest, &executors, &objects, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return fail_oom(err);
    if (rc < 0)
        stages_clear(executor);
    return 0;
}
