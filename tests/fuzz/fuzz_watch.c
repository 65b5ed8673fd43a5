/* SPDX-License-Identifier: Apache-2.0 */
/* A watch of pods, in portions (portions.h): its lines, and the events in them. */
#include <string.h>

#include "json.h"
#include "must.h"
#include "podevent.h"
#include "portions.h"
#include "str.h"
#include "target.h"
#include "text.h"

enum { LONGEST = 3000 };                /* of a line: shorter than some inputs */

static void add(struct str *out, const char *text)
{
    must(!text || text_is_utf8(text, strlen(text)), "not UTF-8: %s", text);
    str_add(out, text ? text : "-");
    str_addc(out, '|');
}

static void add_container(struct str *out, const struct container_state *it)
{
    must(it->present || (!it->id && !it->reason && !it->terminated), "a state of no container");
    add(out, it->id);
    add(out, it->reason);
    add(out, it->message);
    add(out, it->last_reason);
    str_addf(out, "%d %d %d %lld", it->exit_code, it->signal, it->restarts, (long long)it->finished_ms);
}

static bool is_deep(const char *line, size_t len)
{
    size_t open = 0;

    while (len--)
        open += *line == '[' || *line == '{', line++;
    return open > 100;
}

/* What jansson reads is read (but for what is deeper than a pod can be). */
static void check_json(const char *line, size_t len)
{
    struct scan scan = scan_begin(line, len);
    json_t *tree = json_loadb(line, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    scan_skip(&scan);
    must(!tree || !scan.failed || is_deep(line, len), "%.*s", (int)len, line);
    json_decref(tree);
}

/* Everything that we keep of an event, as text. */
static void each(const char *line, size_t len, bool whole, void *owner)
{
    struct pod_event event = { 0 };
    sparkk8s_error *err = NULL;
    const struct pod *pod = &event.pod;
    struct str *out = owner;
    int rc;

    check_json(line, len);
    str_addf(out, "%zu %d:", len, whole);
    rc = pod_event_scan(line, len, len % 2, &event, &err);
    must(rc <= 0 && rc != SPARKK8S_ENOMEM, "%d", rc);
    must(!rc == !err && (rc == 0 || (!pod->uid && !pod->ns && !pod->driver.id)), "half a pod");
    str_addf(out, "%d %d %d %d %d|", rc, event.initial_end, pod->role, pod->phase, pod->gated);
    add(out, pod->ns);
    add(out, pod->name);
    add(out, pod->uid);
    add(out, pod->version);
    add(out, pod->app_name);
    add(out, pod->message);
    add(out, pod->text);
    add(out, pod->containers_text);
    add_container(out, &pod->driver);
    add_container(out, &pod->waiting);
    pod_clear(&event.pod);
    sparkk8s_error_free(err);
}

static enum lines_result read_all(const struct portions *portions, struct str *out)
{
    enum lines_result got;
    struct lines lines;

    lines_init(&lines, LONGEST, false);
    got = portions_feed(portions, &lines, each, out);
    lines_clear(&lines);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct portions portions = portions_of(data, size);
    AUTO_STR cut = STR_INIT((size_t)1 << 24);
    AUTO_STR whole = STR_INIT((size_t)1 << 24);
    enum lines_result one = read_all(&portions, &cut), other;

    portions.sizes[0] = portions.len ? portions.len : 1;
    portions.count = 1;
    other = read_all(&portions, &whole);
    must(!cut.failed && !whole.failed, "out of memory");
    must(one == other && cut.len == whole.len && !memcmp(cut.s, whole.s, cut.len), "%s\n%s", cut.s, whole.s);
    return 0;
}
