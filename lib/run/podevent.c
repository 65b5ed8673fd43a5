/* SPDX-License-Identifier: Apache-2.0 */
/* {"type": "MODIFIED", "object": {...}}, as apimachinery's WatchEvent; the object of an ERROR is a Status. */
#include "podevent.h"

#include "error.h"
#include "podtext.h"
#include "status.h"

/* The object of an ERROR is a Status; of anything else that a server puts there, the watch just ends. */
static int fail_as_told(struct scan object, sparkk8s_error **err)
{
    struct scan at = object;
    struct slice raw;
    int64_t code = 0;

    if (!scan_raw(&object, &raw) || !scan_find(&at, "code") || !scan_int(&at, &code) || code < 400 || code > 599)
        return fail(err, SPARKK8S_ESERVER, NULL, "the server ended the watch with an error");
    return status_fail(err, "GET", NULL, (int)code, raw.s, raw.len, -1);
}

static bool ends_initial_events(const struct scan *object)
{
    struct slice value;

    return scan_text_at(object, SCAN_AT("metadata", "annotations", "k8s.io/initial-events-end"), &value) &&
           scan_is(&value, "true");
}

/* The object is read when the type is known, whichever comes first. */
int pod_event_scan(const char *line, size_t len, bool texts, struct pod_event *event, sparkk8s_error **err)
{
    struct scan scan = scan_begin(line, len);
    struct scan object = { 0 };
    struct slice key;

    while (scan_key(&scan, &key))
        if (scan_is(&key, "type")) {
            scan_text(&scan, &event->type);
        } else {
            if (scan_is(&key, "object"))
                object = scan;
            scan_skip(&scan);
        }
    if (scan.failed || !event->type.s || !object.at)
        return fail(err, SPARKK8S_ESERVER, NULL, "the server sent a watch event that is not one");
    if (scan_is(&event->type, "ERROR"))
        return fail_as_told(object, err);
    event->initial_end = scan_is(&event->type, "BOOKMARK") && ends_initial_events(&object);
    return texts ? pod_scan_text(&object, &event->pod, err) : pod_scan(&object, &event->pod, err);
}
