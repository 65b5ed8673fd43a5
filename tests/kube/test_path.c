/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, queries, kinds, and server URLs. */
#include "fixture.h"

#include "url.h"
#include "verbs.h"

static const struct kube_kind policies = { "networking.k8s.io/v1", "NetworkPolicy", "networkpolicies" };
static const struct kube_kind namespaces = { "v1", "Namespace", "namespaces" };

#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN
#define LONGEST FIFTY FIFTY FIFTY FIFTY FIFTY "klm"         /* 253 characters: never cut, or it is another object */

static const struct { const struct kube_kind *kind; const char *ns, *name, *sub, *expected; } paths[] = {
    { &kube_pods, "a", NULL, NULL, "/api/v1/namespaces/a/pods" },
    { &kube_pods, NULL, NULL, NULL, "/api/v1/pods" },
    { &kube_pods, "a", "b", "log", "/api/v1/namespaces/a/pods/b/log" },
    { &policies, "a", "b", NULL, "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b" },
    { &namespaces, NULL, "b", NULL, "/api/v1/namespaces/b" },
    { &kube_pods, "a b", "c?d&e#", NULL, "/api/v1/namespaces/a%20b/pods/c%3Fd&e%23" },
    { &kube_pods, "a", LONGEST, "log", "/api/v1/namespaces/a/pods/" LONGEST "/log" },
    { &kube_pods, "a", "..", NULL, NULL },
    { &kube_pods, ".", "b", NULL, NULL },
    { &kube_pods, "a/b", "b", NULL, NULL },
    { &kube_pods, "a", "b%2f", NULL, NULL },
    { &kube_pods, "", NULL, NULL, NULL },
    { &kube_pods, "a", "", NULL, NULL },
    { &kube_pods, NULL, "b", NULL, NULL },
};

START_TEST(kube_paths)
{
    size_t i;

    for (i = 0; i < COUNT(paths); i++) {
        AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

        ck_assert_int_eq(kube_path(&out, paths[i].kind, paths[i].ns, paths[i].name, paths[i].sub, NULL),
                         paths[i].expected ? 0 : SPARKK8S_EINVAL);
        if (paths[i].expected)
            ck_assert_str_eq(out.s, paths[i].expected);
    }
}
END_TEST

START_TEST(queries)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

    str_add(&out, "/x");
    kube_query(&out, "labelSelector", "a=b&limit=1 c");
    kube_query(&out, "t", "2026-01-01T00:00:00+01:00");
    ck_assert_str_eq(out.s, "/x?labelSelector=a%3Db%26limit%3D1%20c&t=2026-01-01T00%3A00%3A00%2B01%3A00");
}
END_TEST

START_TEST(kinds)
{
    AUTO(json) pod = json_pack("{s:s, s:s}", "apiVersion", "v1", "kind", "Pod");
    AUTO(json) group = json_pack("{s:s, s:s}", "apiVersion", "scheduling.volcano.sh/v1beta1", "kind", "PodGroup");
    AUTO(json) other = json_pack("{s:s, s:s}", "apiVersion", "v2", "kind", "Pod");

    ck_assert_ptr_eq(kube_kind_of(pod), &kube_pods);
    ck_assert_str_eq(kube_kind_of(group)->plural, "podgroups");
    ck_assert_ptr_null(kube_kind_of(other));
    ck_assert_ptr_null(kube_kind_of(NULL));
}
END_TEST

static const struct { const char *text, *clean, *user; } urls[] = {
    { "https://h:6443", "https://h:6443", NULL },
    { "https://h:6443/", "https://h:6443", NULL },
    { "HTTPS://h", "https://h", NULL },
    { "h:80", "http://h:80", NULL },
    { "https://h/k8s/clusters/c-abc/?q#f", "https://h/k8s/clusters/c-abc", NULL },
    { "https://h//a/./b/../c", "https://h/a/c", NULL },
    { "https://h/../..", "https://h", NULL },
    { "https://h/a%20b%2Fc", "https://h/a%20b/c", NULL },
    { "https://[::1]:6443", "https://[::1]:6443", NULL },
    { "https://u:p%40@h", "https://h", "u:p@" },
    { "https://h:", "https://h", NULL },
    { "https://", NULL, NULL },
    { "https://:6443", NULL, NULL },
    { "https://h:99999", NULL, NULL },
    { "https://h:x", NULL, NULL },
    { "https://h:1 2", NULL, NULL },
    { "https://a b", NULL, NULL },
    { "https://h/%zz", NULL, NULL },
    { "https://h\n", NULL, NULL },
    { "ftp://h", NULL, NULL },
    { "h/prefix", NULL, NULL },
    { "https://::1", NULL, NULL },
    { "https://::1:80", NULL, NULL },
    { "https://[::1", NULL, NULL },
    { "https://[h]:80", NULL, NULL },
    { "https://[::1]x", NULL, NULL },
    { "https://h#f", "https://h", NULL },
    { "https://h/#f", "https://h/%23f", NULL },
    { "https://h?q=1", "https://h", NULL },
    { "https://127.0.0.01", NULL, NULL },
    { "https://127.1", NULL, NULL },
    { "https://0x7f000001", NULL, NULL },
    { "https://2130706433", NULL, NULL },
    { "https://127.0.0.1.example", "https://127.0.0.1.example", NULL },
    { "//h:1", NULL, NULL },
    { "https:h", NULL, NULL },
    { "https:/h", NULL, NULL },
    { ":h", NULL, NULL },
    { "https://a\"b@h", NULL, NULL },
    { "https://h/%00", NULL, NULL },
    { "https://H:6443", "https://H:6443", NULL },
    { "", NULL, NULL },
};

START_TEST(server_urls)
{
    struct url url;
    char *clean, user[64];
    size_t i;
    int rc;

    for (i = 0; i < COUNT(urls); i++) {
        rc = url_parse_server(urls[i].text, NULL, &url, NULL);
        ck_assert_msg(rc == (urls[i].clean ? 0 : SPARKK8S_ECONF), "%s: %d", urls[i].text, rc);
        if (rc < 0)
            continue;
        clean = url_text(&url);
        ck_assert_str_eq(clean, urls[i].clean);
        snprintf(user, sizeof user, "%s:%s", url.user ? url.user : "", url.password ? url.password : "");
        ck_assert_str_eq(user, urls[i].user ? urls[i].user : ":");
        free(clean);
        url_clear(&url);
    }
}
END_TEST

static const TTest *const *const tests[] = { &kube_paths, &queries, &kinds, &server_urls };

int main(void)
{
    return run_tests("path", tests, COUNT(tests), NULL, NULL);
}
