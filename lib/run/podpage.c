/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of pods, page by page and pod by pod, so that a page of hundreds never is a tree. */
#include "podtext.h"

#include "error.h"

static int read_texts(struct scan *scan, struct pod_page *page, sparkk8s_error **err)
{
    struct slice key, text;

    while (scan_key(scan, &key)) {
        char **into = scan_is(&key, "resourceVersion") ? &page->version :
            scan_is(&key, "continue") ? &page->more : NULL;

        if (!into) {
            scan_skip(scan);
        } else if (scan_text(scan, &text) && text.len) {
            free(*into);
            *into = slice_dup(&text);
            if (!*into)
                return fail_oom(err);
        }
    }
    return 0;
}

static int read_items(struct scan *scan, bool texts, int (*each)(struct pod *pod, void *owner, sparkk8s_error **err),
                      void *owner, sparkk8s_error **err)
{
    int rc = 0;

    while (!rc && scan_item(scan)) {
        AUTO_POD pod = { 0 };

        rc = texts ? pod_scan_text(scan, &pod, err) : pod_scan(scan, &pod, err);
        if (!rc)
            rc = each(&pod, owner, err);
    }
    return rc;
}

void pod_page_clear(struct pod_page *page)
{
    free(page->version);
    free(page->more);
    *page = (struct pod_page){ 0 };
}

char *pod_page_more(const char *text, size_t len)
{
    struct scan scan = scan_begin(text, len);
    struct pod_page page = { 0 };
    struct slice key;

    while (!page.version && scan_key(&scan, &key) && !scan_is(&key, "items"))
        if (!scan_is(&key, "metadata"))
            scan_skip(&scan);
        else if (read_texts(&scan, &page, NULL) < 0)
            break;
    free(page.version);
    return page.more;
}

int pod_page_scan(const char *text, size_t len, struct pod_page *page,
                  int (*each)(struct pod *pod, void *owner, sparkk8s_error **err), void *owner, sparkk8s_error **err)
{
    struct scan scan = scan_begin(text, len);
    struct pod_page it = { 0 };
    struct slice key;
    int rc = 0;

    while (!rc && scan_key(&scan, &key)) {
        if (scan_is(&key, "metadata"))
            rc = read_texts(&scan, &it, err);
        else if (scan_is(&key, "items"))
            rc = read_items(&scan, page->texts, each, owner, err);
        else
            scan_skip(&scan);
    }
    if (!rc && (scan.failed || !it.version))
        rc = fail(err, SPARKK8S_ESERVER, NULL, "the server sent a list of pods that is not one");
    if (rc) {
        pod_page_clear(&it);
        return rc;
    }
    *page = it;
    return 0;
}
