/* SPDX-License-Identifier: Apache-2.0 */
/* {"type": "MODIFIED", "object": {...}}, as apimachinery's WatchEvent; the object of an ERROR is a Status. */
#include "podevent.h"

#include "error.h"
#include "podtext.h"

static void scan_status(struct scan scan, struct pod_event *event)
{
    struct slice key;

    while (scan_key(&scan, &key))
        if (scan_is(&key, "code"))
            scan_int(&scan, &event->code);
        else
            scan_skip(&scan);
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
    if (!scan_is(&event->type, "ERROR"))
        return texts ? pod_scan_text(&object, &event->pod, err) : pod_scan(&object, &event->pod, err);
    scan_status(object, event);
    return fail(err, SPARKK8S_ESERVER, NULL, "the server ended the watch with code %d", (int)event->code);
}
