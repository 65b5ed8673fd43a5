/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the client and Spark's own keys for it: what wins, what is refused; sizes of input structs. */
#include "lab.h"

#include "conf.h"
#include "input.h"
#include "text.h"

START_TEST(struct_sizes)
{
    struct {
        size_t size;
        int64_t a, b;
    } given = { .a = 1, .b = 2 }, taken;
    struct {
        size_t size;
        int64_t a, b, later;
    } larger = { .size = sizeof(larger), .a = 1 };
    static const struct {
        size_t size;
        int64_t a, b;
    } rows[] = {
        { sizeof(given), 1, 2 },
        { sizeof(size_t) + sizeof(int64_t), 1, 0 },             /* an older caller */
        { sizeof(size_t), 0, 0 },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        given.size = rows[i].size;
        LAB_OK(input_struct(&taken, sizeof(taken), &given, "test", err));
        ck_assert_int_eq(taken.a, rows[i].a);
        ck_assert_int_eq(taken.b, rows[i].b);
    }
    LAB_OK(input_struct(&taken, sizeof(taken), NULL, "test", err));
    ck_assert_int_eq(taken.a, 0);
    given.size = 0;
    ck_assert_int_eq(input_struct(&taken, sizeof(taken), &given, "test", NULL), SPARKK8S_EINVAL);
    LAB_OK(input_struct(&taken, sizeof(taken), &larger, "test", err));
    ck_assert_int_eq(taken.a, 1);
    larger.later = 1;
    ck_assert_int_eq(input_struct(&taken, sizeof(taken), &larger, "test", NULL), SPARKK8S_EINVAL);
}
END_TEST

#define SUBMISSION "spark.kubernetes.authenticate.submission."

static const struct row {
    const char *keys[6];            /* key, value, ...; NULL at the end */
    const char *server, *ns, *token, *token_file;
    const char *error;
} rows[] = {
    { .keys = { "spark.master", "k8s://https://one:6443" }, .server = "https://one:6443" },
    { .keys = { "spark.master", "k8s://one:6443" }, .server = "https://one:6443" },
    { .keys = { "spark.master", "k8s://http://one:8080" }, .server = "http://one:8080" },
    { .keys = { "spark.master", "yarn" }, .error = "not the URL of a Kubernetes API server" },
    { .keys = { "spark.master", "k8s://" }, .error = "not the URL" },
    { .keys = { "spark.kubernetes.namespace", "jobs" }, .server = "https://file:6443", .ns = "jobs" },
    { .keys = { "spark.kubernetes.context", "nowhere" }, .error = "nowhere" },
    { .keys = { "spark.kubernetes.context", "other" }, .server = "https://other:6443", .ns = "there" },
    { .keys = { SUBMISSION "oauthToken", "secret-token" }, .token = "secret-token" },
    { .keys = { SUBMISSION "oauthTokenFile", "/etc/hostname" }, .token_file = "/etc/hostname" },
    { .keys = { SUBMISSION "oauthToken", "a", SUBMISSION "oauthTokenFile", "b" }, .error = "cannot be given together" },
    { .keys = { SUBMISSION "caCertFile", "/nonexistent/ca" }, .error = "/nonexistent/ca" },
    { .keys = { SUBMISSION "clientCertFile", "/nonexistent/cert" }, .error = "client-key must be specified" },
    { .keys = { SUBMISSION "clientCertFile", "/nonexistent/cert", SUBMISSION "clientKeyFile", "/nonexistent/key" },
      .error = "/nonexistent/cert" },
    { .keys = { "spark.kubernetes.submission.requestTimeout", "soon" }, .error = "soon" },
    { .keys = { "spark.kubernetes.submission.connectionTimeout", "0" }, .error = "more than 0" },
    { .keys = { "spark.kubernetes.trust.certificates", "perhaps" }, .error = "perhaps" },
};

static const char kubeconfig[] =
    "{current-context: this, clusters: [{name: a, cluster: {server: 'https://file:6443'}},"
    " {name: b, cluster: {server: 'https://other:6443'}}], users: [{name: u, user: {}}],"
    " contexts: [{name: this, context: {cluster: a, user: u}},"
    " {name: other, context: {cluster: b, user: u, namespace: there}}]}";

static void write_kubeconfig(char path[64])
{
    FILE *file;

    snprintf(path, 64, "/tmp/sparkk8s-test-XXXXXX");
    file = fdopen(mkstemp(path), "w");
    fputs(kubeconfig, file);
    fclose(file);
}

START_TEST(sparks_keys)
{
    const struct row *row = &rows[_i];
    AUTO(conf) conf = sparkk8s_conf_new();
    sparkk8s_client_opts opts = { .size = sizeof(opts), .conf = conf };
    sparkk8s_error *error = NULL;
    sparkk8s_client *client = NULL;
    char path[64];
    int i, rc;

    write_kubeconfig(path);
    opts.kubeconfig = path;
    for (i = 0; i < 6 && row->keys[i]; i += 2)
        LAB_OK(sparkk8s_conf_set(conf, row->keys[i], row->keys[i + 1], err));
    rc = sparkk8s_client_new(&opts, &client, &error);
    remove(path);
    if (row->error) {
        ck_assert_int_lt(rc, 0);
        ck_assert_ptr_null(client);
        ck_assert_msg(strstr(sparkk8s_error_message(error), row->error) || strstr(sparkk8s_error_where(error), row->error),
                      "%s (%s)", sparkk8s_error_message(error), sparkk8s_error_where(error));
        sparkk8s_error_free(error);
        return;
    }
    ck_assert_msg(rc == 0, "%s", sparkk8s_error_message(error));
    ck_assert_str_eq(sparkk8s_client_server(client), row->server ? row->server : "https://file:6443");
    ck_assert_str_eq(sparkk8s_client_ns(client), row->ns ? row->ns : "default");
    if (row->token)
        ck_assert_str_eq(kube_identity(client->kube)->token, row->token);
    if (row->token_file)
        ck_assert_str_eq(kube_identity(client->kube)->token_file, row->token_file);
    ck_assert_int_ge(sparkk8s_client_fd(client), 0);
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(options_win)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    sparkk8s_client_opts opts = { .size = sizeof(opts), .conf = conf, .server = "https://mine:1", .ns = "mine" };
    sparkk8s_client *client = NULL;
    char path[64];

    write_kubeconfig(path);
    opts.kubeconfig = path;
    LAB_OK(sparkk8s_conf_set(conf, "spark.master", "k8s://https://one:6443", err));
    LAB_OK(sparkk8s_conf_set(conf, "spark.kubernetes.namespace", "jobs", err));
    LAB_OK(sparkk8s_client_new(&opts, &client, err));
    remove(path);
    ck_assert_str_eq(sparkk8s_client_server(client), "https://mine:1");
    ck_assert_str_eq(sparkk8s_client_ns(client), "mine");
    sparkk8s_client_free(client);
}
END_TEST

START_TEST(bad_options)
{
    static const struct {
        sparkk8s_client_opts opts;
        const char *message;
    } bad[] = {
        { { .size = sizeof(bad->opts), .reserved = 1 }, "reserved" },
        { { .size = sizeof(bad->opts), .timeout_ms = -1 }, "negative" },
        { { .size = sizeof(bad->opts), .log_level = 9 }, "log_level" },
        { { .size = sizeof(bad->opts), .user_agent = "a\r\nX: y" }, "printable" },
        { { .size = 0 }, "size" },
    };
    sparkk8s_error *error = NULL;
    sparkk8s_client *client = NULL;

    ck_assert_int_eq(sparkk8s_client_new(&bad[_i].opts, &client, &error), SPARKK8S_EINVAL);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), bad[_i].message));
    ck_assert_ptr_null(client);
    sparkk8s_error_free(error);
}
END_TEST

START_TEST(null)
{
    ck_assert_int_eq(sparkk8s_client_new(NULL, NULL, NULL), SPARKK8S_EINVAL);
    sparkk8s_client_free(NULL);
    ck_assert_int_eq(sparkk8s_client_fd(NULL), -1);
    ck_assert_ptr_null(sparkk8s_client_server(NULL));
    ck_assert_ptr_null(sparkk8s_client_ns(NULL));
}
END_TEST

START_TEST(agent)
{
    sparkk8s_client *client = lab_client("airflow/3.0");

    ck_assert_int_eq(sparkk8s_run_open(client, NULL, "nobody", NULL, &(sparkk8s_run *){ NULL }, NULL), SPARKK8S_ENOTFOUND);
    ck_assert_int_ge(lab_requests("airflow/3.0"), 1);
    sparkk8s_client_free(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("client");
    TCase *tcase = tcase_create("client");

    tcase_add_test(tcase, struct_sizes);
    tcase_add_loop_test(tcase, sparks_keys, 0, COUNT(rows));
    tcase_add_test(tcase, options_win);
    tcase_add_loop_test(tcase, bad_options, 0, 5);
    tcase_add_test(tcase, null);
    tcase_add_test(tcase, agent);
    return lab_main(suite, tcase);
}
