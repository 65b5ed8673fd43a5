/* SPDX-License-Identifier: Apache-2.0 */
/* A page of a list of pods: what we keep of each, its verdict as JSON. */
#include <string.h>

#include "json.h"
#include "must.h"
#include "podtext.h"
#include "target.h"
#include "text.h"
#include "verdict.h"

static void check_text(const char *text)
{
    must(!text || text_is_utf8(text, strlen(text)), "not UTF-8: %s", text);
}

static int each(struct pod *pod, void *owner, sparkk8s_error **err)
{
    struct verdict verdict;
    size_t *count = owner;

    (void)err;
    ++*count;
    check_text(pod->ns);
    check_text(pod->name);
    check_text(pod->uid);
    check_text(pod->version);
    check_text(pod->message);
    check_text(pod->text);
    check_text(pod->containers_text);
    check_text(pod->driver.message);
    check_text(pod->waiting.message);
    verdict = verdict_of(pod, false);
    must(verdict.state != SPARKK8S_STATE_SUCCEEDED || pod->driver.terminated || pod->phase == PHASE_SUCCEEDED, "success of nothing");
    must(verdict.state != SPARKK8S_STATE_SUCCEEDED || !pod->driver.terminated || pod->driver.exit_code <= 0, "success with %d",
         pod->driver.exit_code);
    return 0;
}

/* Twice, with and without texts, for which a pod has to be what jansson reads: then there are as many pods. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pod_page plain = { 0 }, texts = { .texts = true };
    size_t counts[2] = { 0 };
    sparkk8s_error *err = NULL;
    json_t *tree = json_loadb((const char *)data, size, 0, NULL);
    int rc = pod_page_scan((const char *)data, size, &plain, each, &counts[0], &err), again;

    again = pod_page_scan((const char *)data, size, &texts, each, &counts[1], NULL);
    must(!tree || (rc == again && counts[0] == counts[1]), "%d %d, %zu %zu pods", rc, again, counts[0], counts[1]);
    must(rc == 0 || (rc == SPARKK8S_ESERVER && err && !plain.version && !plain.more), "%d", rc);
    must(rc < 0 || (plain.version && *plain.version), "a list without a version");
    if (rc == 0 && json_is_object(tree)) {
        json_t *items = json_object_get(tree, "items");

        must(!json_is_array(items) || json_array_size(items) <= counts[0], "%zu of %zu pods", counts[0], json_array_size(items));
    }
    json_decref(tree);
    sparkk8s_error_free(err);
    pod_page_clear(&plain);
    pod_page_clear(&texts);
    return 0;
}
