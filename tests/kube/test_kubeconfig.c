/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfig: which files, which context, which fields, as tables of small files. */
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "kubeconfig.h"
#include "kubeconfig_identity.h"
#include "moment.h"
#include "text.h"

static char folder[] = "/tmp/sparkk8s-test-XXXXXX";

static void enter_folder(void)
{
    static const char *const names[] = { "KUBECONFIG", "POD_NAMESPACE", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
                                         "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy",
                                         "REQUEST_METHOD", "SSL_CERT_FILE", "SSL_CERT_DIR" };
    size_t i;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    for (i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    setenv("HOME", folder, 1);
}

static void leave_folder(void)
{
    char command[64];

    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

#define CLUSTER(fields) "clusters: [{name: c1, cluster: {" fields "}}]\n"
#define USER(fields) "users: [{name: u1, user: {" fields "}}]\n"
#define CONTEXT "contexts: [{name: x1, context: {cluster: c1, user: u1}}]\ncurrent-context: x1\n"
#define WHOLE(cluster, user) CLUSTER(cluster) USER(user) CONTEXT
#define URL "server: 'https://h:6443'"

/* One file, and what comes of it: server, namespace, "Bearer T", "file F", "basic U:P", or the message of a failure. */
static const struct {
    const char *text;
    int rc;
    const char *server, *ns, *who;
} files[] = {
    { WHOLE(URL, "token: t"), 0, "https://h:6443", "default", "Bearer t" },
    { "\xef\xbb\xbf" WHOLE(URL, "token: t"), 0, "https://h:6443", "default", "Bearer t" },
    { "{\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://h\"}}],\"contexts\":[{\"name\":\"x\",\"context\":"
      "{\"cluster\":\"c\",\"namespace\":\"n\"}}],\"current-context\":\"x\"}", 0, "https://h", "n", "" },
    { WHOLE("server: 'https://h/k8s/c-1/?q#f'", "token: t"), 0, "https://h/k8s/c-1", "default", "Bearer t" },
    { WHOLE("server: 'https://a:b@h'", "token: t"), 0, "https://h", "default", "basic a:b" },
    { WHOLE("server: 'https://h/p#f?q'", "token: t"), 0, "https://h/p%23f", "default", "Bearer t" },
    { WHOLE("server: 'h:8080', insecure-skip-tls-verify: true", "token: t"), 0, "http://h:8080", "default", "" },
    { WHOLE("server: 'http://a:b@h'", "token: t"), 0, "http://h", "default", "basic a:b" },
    { WHOLE("server: 'http://h'", "client-certificate-data: aGk=, client-key-data: aGk="), 0, "http://h", "default", "" },
    { WHOLE("server: 'http://h', certificate-authority-data: aGk=, insecure-skip-tls-verify: true", ""), 0, "http://h",
      "default", "" },
    { WHOLE(URL, "username: a, password: b"), 0, "https://h:6443", "default", "basic a:b" },
    { WHOLE(URL, "token: t, unknown: [1]"), 0, "https://h:6443", "default", "Bearer t" },
    { WHOLE(URL, "token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}"), 0, "https://h:6443",
      "default", "Bearer t" },
    { WHOLE(URL, "password: b"), 0, "https://h:6443", "default", "" },
    { WHOLE(URL, "token: t, auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c}}"), 0, "https://h:6443",
      "default", "Bearer t" },
    { "clusters: [null, {name: c1, cluster: {" URL "}}]\n" CONTEXT, 0, "https://h:6443", "default", "" },
    { CONTEXT CONTEXT CLUSTER(URL) "---\n[", 0, "https://h:6443", "default", "" },
    { WHOLE(URL, "exec: null, token: t"), 0, "https://h:6443", "default", "Bearer t" },
    { WHOLE(URL, "client-key-data: aGk=, token: t"), 0, "https://h:6443", "default", "Bearer t" },
    { WHOLE(URL, "token: t, tokenFile: missing"), 0, "https://h:6443", "default", "file missing" },
    { WHOLE("server: 'http://h'", "tokenFile: missing"), 0, "http://h", "default", "" },
    { "apiVersion: v1\nkind: Config\n" CLUSTER(URL) "contexts: [{name: x, context: {cluster: c1, user: gone}}]\ncurrent-context: x",
      0, "https://h:6443", "default", "" },
    { "", SPARKK8S_ECONF, "no Kubernetes configuration", NULL, NULL },
    { CLUSTER(URL), SPARKK8S_ECONF, "no Kubernetes configuration", NULL, NULL },
    { "kind: Pod\n", SPARKK8S_ECONF, "kind is not Config", NULL, NULL },
    { "apiVersion: v2\n", SPARKK8S_ECONF, "apiVersion is not v1", NULL, NULL },
    { "KIND: Pod\n", SPARKK8S_ECONF, "kind is not Config", NULL, NULL },
    { "preferences: {colors: 1}\n", SPARKK8S_ECONF, "preferences.colors is not true or false", NULL, NULL },
    { "extensions: [{name: a}, {name: a, extension: null}, {name: a}]\nclusters: [{cluster: {" URL "}}]\nusers: [{user: {token: t}}]",
      0, "https://h:6443", "default", "Bearer t" },
    { "extensions: [{name: a, extension: {}}, {name: a}]\n", SPARKK8S_ECONF, "duplicate name \"a\" in extensions", NULL, NULL },
    { "just text", SPARKK8S_ECONF, "not a map", NULL, NULL },
    { "a: [", SPARKK8S_EPARSE, "", NULL, NULL },
    { "current-context: x9\n", SPARKK8S_ECONF, "context was not found for specified context: x9", NULL, NULL },
    { "current-context: 7\n", SPARKK8S_ECONF, "current-context is not a string", NULL, NULL },
    { "contexts: [{name: x, context: {cluster: gone}}]\ncurrent-context: x", SPARKK8S_ECONF, "names cluster \"gone\"", NULL, NULL },
    { "clusters: [{name: a}, {name: a}]", SPARKK8S_ECONF, "duplicate name \"a\" in clusters", NULL, NULL },
    { "users: {}", SPARKK8S_ECONF, "users is not a list", NULL, NULL },
    { "users: [{name: 7}]", SPARKK8S_ECONF, "users '': name is not a string", NULL, NULL },
    { WHOLE(URL, "token: 123"), SPARKK8S_ECONF, "users 'u1': user.token is not a string", NULL, NULL },
    { WHOLE(URL ", insecure-skip-tls-verify: 'yes'", ""), SPARKK8S_ECONF, "is not true or false", NULL, NULL },
    { WHOLE(URL ", certificate-authority-data: '%%'", ""), SPARKK8S_ECONF, "is not base64", NULL, NULL },
    { WHOLE(URL, "as-groups: x"), SPARKK8S_ECONF, "as-groups is not a list of strings", NULL, NULL },
    { WHOLE(URL, "as-user-extra: {a: b}"), SPARKK8S_ECONF, "is not a map of lists", NULL, NULL },
    { WHOLE(URL, "as-uid: x"), SPARKK8S_ECONF, "without impersonating a user", NULL, NULL },
    { WHOLE("", "token: t"), SPARKK8S_ECONF, "no server found for cluster \"c1\"", NULL, NULL },
    { WHOLE("server: 'ftp://h'", "token: t"), SPARKK8S_ECONF, "not a URL", NULL, NULL },
    { WHOLE(URL, "token: t, username: a"), SPARKK8S_ECONF, "found [token basicAuth], only one is allowed", NULL, NULL },
    { WHOLE(URL, "tokenFile: t, username: a"), SPARKK8S_ECONF, "but not both", NULL, NULL },
    { WHOLE(URL, "tokenFile: missing"), SPARKK8S_EIO, "", NULL, NULL },
    { WHOLE(URL ", certificate-authority: missing", ""), SPARKK8S_EIO, "", NULL, NULL },
    { WHOLE(URL ", certificate-authority: a, certificate-authority-data: aGk=", ""), SPARKK8S_ECONF, "both specified for c1", NULL, NULL },
    { WHOLE(URL ", certificate-authority-data: aGk=", ""), SPARKK8S_ECONF, "no PEM certificate", NULL, NULL },
    { WHOLE(URL ", insecure-skip-tls-verify: true, certificate-authority-data: LS0tLS1CRUdJTiA=", ""), SPARKK8S_ECONF,
      "with the insecure flag is not allowed", NULL, NULL },
    { WHOLE(URL, "client-certificate-data: aGk="), SPARKK8S_ECONF, "client-key-data or client-key must be specified for u1", NULL, NULL },
    { WHOLE(URL, "client-certificate-data: aGk=, client-key-data: aGk="), SPARKK8S_ECONF, "has no PEM certificate", NULL, NULL },
    { WHOLE(URL, "exec: {command: aws}"), SPARKK8S_ECONF, "apiVersion must be specified for u1", NULL, NULL },
    { WHOLE(URL, "exec: {apiVersion: x}"), SPARKK8S_ECONF, "command must be specified for u1", NULL, NULL },
    { WHOLE(URL, "exec: {command: a, apiVersion: client.authentication.k8s.io/v1}"), SPARKK8S_ECONF,
      "interactiveMode must be specified for u1", NULL, NULL },
    { WHOLE(URL, "exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: never}"), SPARKK8S_ECONF,
      "invalid interactiveMode for u1", NULL, NULL },
    { WHOLE(URL, "exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}, token: t"), SPARKK8S_ECONF,
      "invalid apiVersion", NULL, NULL },
    { WHOLE(URL, "exec: {command: a, env: [{value: x}], apiVersion: x}"), SPARKK8S_ECONF, "env variable name must be", NULL, NULL },
    { WHOLE(URL, "exec: {command: a, env: [{name: 7}]}"), SPARKK8S_ECONF, "user.exec.env '': name is not a string", NULL, NULL },
    { WHOLE(URL, "exec: {command: a}, auth-provider: {name: b}"), SPARKK8S_ECONF, "together with an exec plugin", NULL, NULL },
    { WHOLE(URL, "auth-provider: {name: gcp}"), SPARKK8S_EAUTH, "auth-provider 'gcp' is not supported", NULL, NULL },
    { WHOLE(URL, "auth-provider: {name: gcp}, token: t"), SPARKK8S_EAUTH, "auth-provider 'gcp' is not supported", NULL, NULL },
    { WHOLE(URL, "auth-provider: {name: oidc, config: {idp-issuer-url: i}}"), SPARKK8S_EAUTH, "client-id", NULL, NULL },
    { WHOLE(URL, "auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c, id-token: x}}"), SPARKK8S_EAUTH,
      "not a JWT", NULL, NULL },
    { WHOLE(URL, "auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c, id-token: a.e30.b}}"), SPARKK8S_EAUTH,
      "has expired", NULL, NULL },
    { WHOLE(URL ", proxy-url: 'ftp://p'", "token: t"), SPARKK8S_ECONF, "another scheme", NULL, NULL },
    { WHOLE(URL ", proxy-url: 'p:80'", "token: t"), SPARKK8S_ECONF, "another scheme", NULL, NULL },
};

static void describe(const struct kube_config *config, char *out, size_t size)
{
    if (config->token_file)
        snprintf(out, size, "file %s", strrchr(config->token_file, '/') ? strrchr(config->token_file, '/') + 1
                                                                        : config->token_file);
    else if (config->token)
        snprintf(out, size, "Bearer %s", config->token);
    else if (config->username)
        snprintf(out, size, "basic %s:%s", config->username, config->password);
    else
        out[0] = '\0';
}

START_TEST(one_file)
{
    struct kubeconfig_overrides over = { .file = "config" };
    struct kube_config config;
    sparkk8s_error *err;
    char who[64];
    size_t i;
    int rc;

    for (i = 0; i < COUNT(files); i++) {
        put("config", files[i].text);
        err = NULL;
        rc = kube_config_load(&over, &config, &err);
        ck_assert_msg(rc == files[i].rc, "%zu: %d %s", i, rc, sparkk8s_error_message(err));
        if (rc < 0) {
            ck_assert_msg(strstr(sparkk8s_error_message(err), files[i].server) != NULL, "%zu: %s", i,
                          sparkk8s_error_message(err));
            sparkk8s_error_free(err);
            continue;
        }
        describe(&config, who, sizeof who);
        ck_assert_str_eq(config.server, files[i].server);
        ck_assert_str_eq(config.ns, files[i].ns);
        ck_assert_str_eq(who, files[i].who);
        kube_config_clear(&config);
    }
}
END_TEST

START_TEST(which_files)
{
    struct kubeconfig_overrides over = { 0 };
    struct kube_config config;

    put("a", CLUSTER("server: 'https://a'") "users: [{name: u1, user: {}}]\n");
    put("b", WHOLE("server: 'https://b'", "token: b"));
    setenv("KUBECONFIG", "nope::a:b:a", 1);
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://a");
    ck_assert_str_eq(config.context, "x1");
    ck_assert_ptr_null(config.token);               /* no mixing of fields */
    kube_config_clear(&config);
    over.file = "b";
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://b");
    kube_config_clear(&config);
    over.file = "nope";
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_EIO);
    over.file = NULL;
    setenv("KUBECONFIG", "nope", 1);
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_ECONF);
    unsetenv("KUBECONFIG");
    mkdir(".kube", 0700);
    ck_assert_int_eq(rename("b", ".kube/config"), 0);
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://b");
    kube_config_clear(&config);
}
END_TEST

/* Relative paths are meant from the file that has them. */
START_TEST(paths_and_pem)
{
    struct kubeconfig_overrides over = { .file = "sub/config" };
    AUTO(chars) ca = pki_text("ca.crt");
    AUTO(chars) cert = pki_text("client.crt");
    AUTO(chars) key = pki_text("client.key");
    struct kube_config config;
    char expected[128];

    mkdir("sub", 0700);
    put("sub/ca", ca);
    put("sub/cert", cert);
    put("sub/key", key);
    put("sub/token", "t\n");
    put("sub/config", WHOLE(URL ", certificate-authority: ca, tls-server-name: name, disable-compression: true",
                            "client-certificate: ./cert, client-key: key, tokenFile: token"));
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.ca, ca);
    ck_assert_str_eq(config.cert, cert);
    ck_assert_str_eq(config.key, key);
    ck_assert_str_eq(config.tls_server_name, "name");
    ck_assert(config.disable_compression);
    snprintf(expected, sizeof expected, "sub/token");
    ck_assert_str_eq(config.token_file, expected);
    kube_config_clear(&config);
    put("sub/token", "");
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_EAUTH);
}
END_TEST

START_TEST(overrides)
{
    struct kubeconfig_overrides over = { .file = "config", .server = "https://other:1", .ns = "mine", .token = "new",
                                         .impersonate_user = "jane" };
    AUTO(chars) ca = pki_text("ca.crt");
    struct kube_config config;

    put("ca", ca);
    put("config", WHOLE(URL ", certificate-authority: ca, tls-server-name: name", "token: old, as: joe, as-groups: [g, null]"));
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://other:1");
    ck_assert_str_eq(config.ns, "mine");
    ck_assert_str_eq(config.token, "new");
    ck_assert_str_eq(config.ca, ca);
    ck_assert_ptr_null(config.tls_server_name);
    ck_assert_str_eq(config.impersonate_user, "jane");
    ck_assert_uint_eq(config.impersonate_headers.count, 2);
    ck_assert_str_eq(config.impersonate_headers.v[0], "Impersonate-Group: g");
    kube_config_clear(&config);
    over.insecure = true;
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert(config.insecure && !config.ca);
    kube_config_clear(&config);
    over = (struct kubeconfig_overrides){ .file = "config", .context = "gone" };
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_ECONF);
    over = (struct kubeconfig_overrides){ .server = "https://alone" };
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://alone");
    kube_config_clear(&config);
}
END_TEST

START_TEST(impersonation)
{
    struct kubeconfig_overrides over = { .file = "config" };
    struct kube_config config;

    put("config", WHOLE(URL, "as: j, as-uid: u, as-groups: [''], as-user-extra: {'a/b%c': [x, 'y'], E: null}"));
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_uint_eq(config.impersonate_headers.count, 4);
    ck_assert_str_eq(config.impersonate_headers.v[0], "Impersonate-Uid: u");
    ck_assert_str_eq(config.impersonate_headers.v[1], "Impersonate-Group: ");
    ck_assert_str_eq(config.impersonate_headers.v[2], "Impersonate-Extra-a%2Fb%25c: x");
    ck_assert_str_eq(config.impersonate_headers.v[3], "Impersonate-Extra-a%2Fb%25c: y");
    kube_config_clear(&config);
}
END_TEST

static const struct { const char *server, *variable, *value, *no_proxy, *proxy; } proxies[] = {
    { "https://h", "HTTPS_PROXY", "http://p", "", "http://p:80" },
    { "https://h", "https_proxy", "p:3128", "", "http://p:3128" },
    { "https://h", "https_proxy", "https://u:w@p", "", "https://p:443" },
    { "https://h", "https_proxy", "socks5://p", "", "socks5h://p:1080" },
    { "https://h", "https_proxy", "socks5h://p:1", "", "socks5h://p:1" },
    { "https://h", "https_proxy", "ftp://p:1", "", "http://p:1" },
    { "https://h", "https_proxy", "http://%zz", "", NULL },
    { "https://h", "https_proxy", "http://[::1]:1", "", "http://[::1]:1" },
    { "https://h", "HTTP_PROXY", "http://p", "", NULL },
    { "https://h", "ALL_PROXY", "http://p", "", NULL },
    { "http://h", "http_proxy", "http://p", "", "http://p:80" },
    { "https://127.0.0.1:6443", "HTTPS_PROXY", "http://p", "", NULL },
    { "https://a.example.com", "HTTPS_PROXY", "http://p", "x,.example.com", NULL },
};

START_TEST(proxies_of_the_environment)
{
    struct kubeconfig_overrides over = { 0 };
    struct kube_config config;
    size_t i;

    for (i = 0; i < COUNT(proxies); i++) {
        over.server = proxies[i].server;
        setenv(proxies[i].variable, proxies[i].value, 1);
        setenv("NO_PROXY", proxies[i].no_proxy, 1);
        ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
        ck_assert_pstr_eq(config.proxy.url, proxies[i].proxy);
        if (strchr(proxies[i].value, '@')) {
            ck_assert_str_eq(config.proxy.user, "u");
            ck_assert_str_eq(config.proxy.password, "w");
        }
        kube_config_clear(&config);
        unsetenv(proxies[i].variable);
    }
    over.server = "http://h";
    setenv("HTTP_PROXY", "http://p", 1);
    setenv("REQUEST_METHOD", "GET", 1);
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_ECONF);
}
END_TEST

START_TEST(proxy_of_the_cluster)
{
    struct kubeconfig_overrides over = { .file = "config" };
    struct kube_config config;

    setenv("HTTPS_PROXY", "http://other", 1);
    setenv("NO_PROXY", "*", 1);
    put("config", WHOLE(URL ", proxy-url: 'http://u:p%40@p:1'", "token: t"));
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), 0);
    ck_assert_str_eq(config.proxy.url, "http://p:1");
    ck_assert_str_eq(config.proxy.password, "p@");
    kube_config_clear(&config);
}
END_TEST

static const struct { const char *no_proxy, *host; int port; bool exempt; } exemptions[] = {
    { NULL, "h", 1, false }, { "", "h", 1, false }, { "h", "h", 1, true }, { "h", "x.h", 1, true }, { "h", "xh", 1, false },
    { "H", "h", 1, true }, { "h", "H", 1, true }, { ".h", "h", 1, false }, { ".h", "x.h", 1, true }, { "*.h", "x.h", 1, true },
    { "*.h", "h", 1, false }, { "h:1", "h", 1, true }, { "h:2", "h", 1, false }, { "h:", "h", 1, true },
    { "a, h ,b", "h", 1, true }, { "a h", "h", 1, false }, { "a,*", "h", 1, true }, { "h.", "h", 1, false }, { ":1", "h", 1, false },
    { "10.0.0.0/8", "10.1.2.3", 1, true }, { "10.0.0.0/8", "11.1.2.3", 1, false }, { "10.128.0.0/9", "10.1.2.3", 1, false },
    { "10.0.0.0/33", "10.1.2.3", 1, false }, { "10.1.2.3", "10.1.2.3", 1, true }, { "10.1.2.3:1", "10.1.2.3", 1, true },
    { "10.1.2.3:2", "10.1.2.3", 1, false }, { "10.", "10.1.2.3", 1, false }, { "3", "10.1.2.3", 1, false },
    { "0.0.0.0/0", "h", 1, false }, { "::/0", "10.1.2.3", 1, false }, { "::ffff:10.1.2.3", "10.1.2.3", 1, true },
    { "fd00::/8", "fd00::1", 1, true }, { "fd00::1", "fd00:0::1", 1, true }, { "[fd00::1]:1", "fd00::1", 1, true },
    { "[fd00::1]:2", "fd00::1", 1, false }, { "[fd00::1]", "fd00::1", 1, false },
    { "", "localhost", 1, true }, { "", "LOCALHOST", 1, false }, { "", "127.9.9.9", 1, true }, { "", "::1", 1, true },
};

START_TEST(no_proxy)
{
    bool exempt;
    size_t i;

    for (i = 0; i < COUNT(exemptions); i++) {
        ck_assert_int_eq(proxy_is_exempt(exemptions[i].no_proxy, exemptions[i].host, exemptions[i].port, &exempt), 0);
        ck_assert_msg(exempt == exemptions[i].exempt, "%s: %s", exemptions[i].no_proxy, exemptions[i].host);
    }
}
END_TEST

START_TEST(in_cluster)
{
    struct kubeconfig_overrides over = { 0 };
    struct kube_config config = { 0 };
    AUTO(chars) ca = pki_text("ca.crt");

    mkdir("pod", 0700);
    ck_assert_int_eq(kubeconfig_in_cluster("pod", "", "443", &over, &config, NULL), SPARKK8S_ECONF);
    ck_assert_int_eq(kubeconfig_in_cluster("pod", "10.0.0.1", "443", &over, &config, NULL), SPARKK8S_EIO);
    kube_config_clear(&config);
    put("pod/token", "t");
    ck_assert_int_eq(kubeconfig_in_cluster("pod", "fd00::1", "443", &over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://[fd00::1]:443");
    ck_assert_str_eq(config.token_file, "pod/token");
    ck_assert_ptr_null(config.ca);
    kube_config_clear(&config);
    put("pod/ca.crt", ca);
    over.server = "https://api";
    ck_assert_int_eq(kubeconfig_in_cluster("pod", "10.0.0.1", "443", &over, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://api");
    ck_assert_str_eq(config.ca, ca);
    kube_config_clear(&config);
    over.in_cluster = true;
    ck_assert_int_eq(kube_config_load(&over, &config, NULL), SPARKK8S_ECONF);
}
END_TEST

/* What is refused names the field, never its content. */
START_TEST(errors_have_no_secret)
{
    static const char *const texts[] = {
        WHOLE(URL, "token: CANARY, username: a"), WHOLE(URL, "token: [CANARY]"), WHOLE(URL, "client-key-data: '%CANARY'"),
        WHOLE("server: 'https://u:CANARY@h h'", ""), WHOLE(URL, "password: {CANARY: 1}"), WHOLE(URL, "token: CANARY, as-uid: x"),
    };
    struct kubeconfig_overrides over = { .file = "config" };
    struct kube_config config;
    sparkk8s_error *err;
    size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        put("config", texts[i]);
        err = NULL;
        ck_assert_int_lt(kube_config_load(&over, &config, &err), 0);
        ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "CANARY"));
        ck_assert_ptr_null(strstr(sparkk8s_error_where(err), "CANARY"));
        ck_assert_ptr_null(strstr(sparkk8s_error_hint(err), "CANARY"));
        sparkk8s_error_free(err);
    }
}
END_TEST

static const TTest *const *const tests[] = {
    &one_file, &which_files, &paths_and_pem, &overrides, &impersonation, &proxies_of_the_environment,
    &proxy_of_the_cluster, &no_proxy, &in_cluster, &errors_have_no_secret
};

int main(void)
{
    return run_tests("kubeconfig", tests, COUNT(tests), enter_folder, leave_folder);
}
