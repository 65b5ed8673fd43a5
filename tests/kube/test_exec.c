/* SPDX-License-Identifier: Apache-2.0 */
/* Exec plugins: what they print, as a table; and real ones, which are shell scripts, against a real server. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "exec_output.h"
#include "file.h"
#include "inner.h"
#include "kubeconfig_exec.h"
#include "moment.h"
#include "text.h"

#define V1 "client.authentication.k8s.io/v1"
#define HEAD "\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\""
#define SAYS(status) "{" HEAD ",\"status\":" status "}"

/* ---- what a plugin prints ---- */

static const struct { const char *text; const char *token, *error; } outputs[] = {
    { SAYS("{\"token\":\"t\"}"), "t", NULL },
    { " \n" SAYS("{\"token\":\"t\"}") "\n\n", "t", NULL },
    { "\xef\xbb\xbf" SAYS("{\"token\":\"t\"}"), "t", NULL },
    { "apiVersion: " V1 "\nstatus:\n  token: t\n", "t", NULL },
    { "{\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"t\",\"more\":[1]},\"more\":{}}", "t", NULL },
    { "{" HEAD ",\"spec\":{\"interactive\":false},\"status\":{\"token\":\"t\",\"expirationTimestamp\":null}}", "t", NULL },
    { SAYS("{\"token\":\"t\",\"expirationTimestamp\":\"2090-01-01T00:00:00.5+02:00\"}"), "t", NULL },
    { "", NULL, "not an ExecCredential" },
    { "null", NULL, "not an ExecCredential" },
    { "[]", NULL, "not an ExecCredential" },
    { "CANARY", NULL, "not an ExecCredential" },
    { "{\"CANARY", NULL, "is not a single JSON object" },
    { SAYS("{\"token\":\"CANARY\"}") "CANARY", NULL, "is not a single JSON object" },
    { SAYS("{\"token\":\"t\"}") SAYS("{\"token\":\"t\"}"), NULL, "is not a single JSON object" },
    { "hello " SAYS("{\"token\":\"CANARY\"}"), NULL, "" },
    { "a: [CANARY", NULL, "is not JSON or YAML" },
    { "{\"kind\":\"CANARY\",\"apiVersion\":\"" V1 "\"}", NULL, "not an ExecCredential" },
    { "{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t\"}}", NULL, "has returned another one" },
    { "{\"apiVersion\":\"" V1 "beta1\",\"status\":{\"token\":\"t\"}}", NULL, "has returned another one" },
    { "{" HEAD "}", NULL, "has not returned a status" },
    { SAYS("null"), NULL, "has not returned a status" },
    { SAYS("{}"), NULL, "neither a token nor" },
    { SAYS("{\"token\":\"\"}"), NULL, "neither a token nor" },
    { SAYS("{\"Token\":\"t\"}"), NULL, "neither a token nor" },
    { SAYS("{\"token\":5}"), NULL, "token has a wrong type" },
    { SAYS("{\"token\":\"t\",\"expirationTimestamp\":\"soon\"}"), NULL, "no time of RFC 3339" },
    { SAYS("{\"token\":\"t\",\"expirationTimestamp\":\"\"}"), NULL, "no time of RFC 3339" },
    { SAYS("{\"token\":\"t\",\"clientKeyData\":\"CANARY\"}"), NULL, "only certificate or key" },
    { SAYS("{\"clientCertificateData\":\"CANARY\",\"clientKeyData\":\"CANARY\"}"), NULL, "has no PEM certificate" },
    { "{" HEAD ",\"spec\":{\"interactive\":1},\"status\":{\"token\":\"t\"}}", NULL, "spec.interactive has a wrong type" },
    { "{" HEAD ",\"spec\":[],\"status\":{\"token\":\"t\"}}", NULL, "spec has a wrong type" },
};

START_TEST(what_is_printed)
{
    size_t i;
    int rc;

    for (i = 0; i < COUNT(outputs); i++) {
        struct exec_credential credential = { 0 };
        AUTO(error) err = NULL;

        rc = exec_output_parse(outputs[i].text, strlen(outputs[i].text), V1, &credential, &err);
        ck_assert_msg(rc == (outputs[i].token ? 0 : SPARKK8S_EAUTH), "%zu: %d %s", i, rc, sparkk8s_error_message(err));
        ck_assert_pstr_eq(credential.token, outputs[i].token);
        ck_assert_msg(!outputs[i].error || strstr(sparkk8s_error_message(err), outputs[i].error), "%zu: %s", i,
                      sparkk8s_error_message(err));
        ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "CANARY"));
        exec_credential_clear(&credential);
    }
}
END_TEST

START_TEST(when_it_expires)
{
    static const char text[] = SAYS("{\"token\":\"t\",\"expirationTimestamp\":\"1970-01-01T00:00:02.5Z\"}");
    struct exec_credential credential = { 0 };

    ck_assert_int_eq(exec_output_parse(text, sizeof text - 1, V1, &credential, NULL), 0);
    ck_assert_int_eq(credential.expires_ms, 2500);
    exec_credential_clear(&credential);
}
END_TEST

/* ---- real plugins ---- */

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

/* ./plugin: notes that it was run, then does what the text says. */
static void put_plugin(const char *text)
{
    AUTO_STR script = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&script, "#!/bin/sh\necho run >> %s/runs\n%s\n", place.folder, text);
    put("plugin", script.s, 0755);
    unlink("runs");
}

static void put_token(const char *token, const char *rest)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&text, "printf '%%s' '" SAYS("{\"token\":\"%s\"%s}") "'", token, rest);
    put_plugin(text.s);
}

static int runs(void)
{
    AUTO(chars) text = NULL;
    size_t len = 0;

    file_read("runs", 1 << 20, &text, &len, NULL);
    return (int)(len / 4);
}

static struct kube_exec *exec_of(const char *command)
{
    struct kube_exec *exec = calloc(1, sizeof *exec);

    exec->command = strchr(command, '/') ? file_absolute(command) : text_dup(command);
    exec->api_version = text_dup(V1);
    return exec;
}

static struct kube *kube_with(const struct server *server, struct kube_exec *exec)
{
    struct kube_config config = client_config(server, TLS);

    config.exec = exec;
    return client_new(&config);
}

static struct kube *kube_with_plugin(void)
{
    return kube_with(&place.tls, exec_of("./plugin"));
}

START_TEST(one_run_for_many)
{
    struct kube_request request = { .method = "GET", .target = "/token?is=secret" };
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 30000 };
    struct kube_call *calls[20];
    struct kube *kube;
    size_t i;

    put_token("secret", "");
    kube = kube_with_plugin();
    for (i = 0; i < COUNT(calls); i++)
        ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &calls[i], NULL), 0);
    for (i = 0; i < COUNT(calls); i++) {
        ck_assert_int_eq(kube_finish(kube, calls[i], &limit, NULL), 0);
        kube_call_free(calls[i]);
    }
    ck_assert_int_eq(ask(kube, "POST", "/token?is=secret", NULL, NULL), 0);
    ck_assert_int_eq(runs(), 1);
    kube_unref(kube);
}
END_TEST

/* Its arguments as they are, the environment, no descriptor of ours, a group of its own, and nothing on stdin. */
START_TEST(what_a_plugin_sees)
{
    struct kube_exec *exec = exec_of("./plugin");
    int stray = open("/etc/hostname", O_RDONLY);        /* without O_CLOEXEC */
    AUTO(chars) seen = NULL;
    AUTO(chars) descriptors = NULL;
    struct kube *kube;
    size_t len;

    ck_assert_int_ge(stray, 3);
    setenv("OURS", "ours", 1);
    setenv("BOTH", "ours", 1);
    setenv("KUBERNETES_EXEC_INFO", "outer", 1);
    strv_add(&exec->args, "a b");
    strv_add(&exec->args, "$(touch pwned)");
    strv_add(&exec->args, "");
    strv_add(&exec->env, "BOTH=first");
    strv_add(&exec->env, "BOTH=theirs");
    strv_add(&exec->env, "KUBERNETES_EXEC_INFO=x");
    put_plugin("{ for a; do echo \"[$a]\"; done; echo $OURS $BOTH $KUBERNETES_EXEC_INFO;\n"
               "readlink /proc/$$/fd/0; cut -d' ' -f5 /proc/$$/stat | sed s/^$$$/leader/; } > seen\n"
               "ls /proc/self/fd > descriptors\n"
               "printf '%s' '" SAYS("{\"token\":\"t\"}") "'");
    kube = kube_with(&place.tls, exec);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=t", NULL, NULL), 0);
    kube_unref(kube);
    close(stray);
    ck_assert_int_eq(file_read("seen", 1 << 20, &seen, &len, NULL), 0);
    ck_assert_str_eq(seen, "[a b]\n[$(touch pwned)]\n[]\nours theirs {\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                           "\",\"spec\":{\"interactive\":false}}\n/dev/null\nleader\n");
    ck_assert_int_eq(file_read("descriptors", 1 << 20, &descriptors, &len, NULL), 0);
    ck_assert_str_eq(descriptors, "0\n1\n2\n3\n");         /* the last is the folder that ls reads */
    ck_assert_int_ne(access("pwned", F_OK), 0);
}
END_TEST

static void set_flag(void *owner)
{
    *(bool *)owner = true;
}

START_TEST(the_loop_goes_on)
{
    struct kube_request request = { .method = "GET", .target = "/token?is=t" };
    struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 30000 };
    struct kube_call *call;
    bool rung = false;
    struct kube_alarm alarm = { .due = set_flag, .owner = &rung };
    struct kube *kube;
    int64_t before;

    put_plugin("sleep 0.5\nprintf '%s' '" SAYS("{\"token\":\"t\"}") "'");
    kube = kube_with_plugin();
    before = moment_mono_ms();
    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    kube_alarm_set(kube, &alarm, moment_mono_ms() + 50);
    while (!rung)
        ck_assert_int_eq(kube_turn(kube, -1, NULL), 0);
    ck_assert_int_lt(moment_mono_ms() - before, 450);
    ck_assert(!kube_call_is_done(call));
    ck_assert_int_eq(kube_finish(kube, call, &limit, NULL), 0);
    ck_assert_int_ge(moment_mono_ms() - before, 450);
    kube_call_free(call);
    kube_unref(kube);
}
END_TEST

static bool is_gone(const char *pid_file)
{
    AUTO(chars) text = NULL;
    int64_t pid = 0, deadline = moment_mono_ms() + 10000;
    size_t len;

    ck_assert_int_eq(file_read(pid_file, 100, &text, &len, NULL), 0);
    text[strcspn(text, "\n")] = '\0';
    ck_assert(text_to_int64(text, &pid) && pid > 1);
    while (kill((pid_t)pid, 0) == 0 && moment_mono_ms() < deadline)
        usleep(1000);           /* until init reaps what was not our child */
    return kill((pid_t)pid, 0) != 0;
}

/* With all that it has started. */
START_TEST(it_is_killed_at_the_deadline)
{
    struct kube_opts opts = client_opts;
    AUTO(error) err = NULL;
    struct kube *kube;
    int64_t before;

    put_plugin("echo $$ > first; sleep 100 & echo $! > second; wait");
    client_opts.exec_timeout_ms = 300;
    kube = kube_with_plugin();
    client_opts = opts;
    before = moment_mono_ms();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=t", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_int_lt(moment_mono_ms() - before, 5000);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "did not end within 300 ms"));
    ck_assert(is_gone("first"));
    ck_assert(is_gone("second"));
    kube_unref(kube);
}
END_TEST

START_TEST(it_is_killed_with_the_client)
{
    struct kube_request request = { .method = "GET", .target = "/token?is=t" };
    struct kube_call *call;
    struct kube *kube;

    put_plugin("echo $$ > first; exec sleep 100");
    kube = kube_with_plugin();
    ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
    while (access("first", F_OK) != 0 || runs() == 0)
        ck_assert_int_eq(kube_turn(kube, 10, NULL), 0);
    usleep(50000);
    kube_call_free(call);
    kube_unref(kube);
    ck_assert(is_gone("first"));
}
END_TEST

static const struct { const char *script, *says; } failures[] = {
    { "yes", "has written more than 1048576 bytes" },
    { "echo CANARY-token; echo 'cannot log in: CANARY-token is no good' >&2; exit 3",
      "failed with exit code 3: cannot log in: *** is no good" },
    { "i=0; while [ $i -lt 500 ]; do echo 'line of noise' >&2; i=$((i+1)); done; echo last >&2; exit 1", "last" },
    { "kill -9 $$", "was ended by signal 9" },
    { "echo CANARY-token", "is not an ExecCredential" },
    { "exit 0", "is not an ExecCredential" },
};

START_TEST(failures_are_told)
{
    size_t i;

    for (i = 0; i < COUNT(failures); i++) {
        AUTO(error) err = NULL;
        struct kube *kube;

        put_plugin(failures[i].script);
        kube = kube_with_plugin();
        ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_EAUTH);
        ck_assert_msg(strstr(sparkk8s_error_message(err), failures[i].says) != NULL, "%s", sparkk8s_error_message(err));
        ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "CANARY"));
        ck_assert_uint_lt(strlen(sparkk8s_error_message(err)), 2500);
        kube_unref(kube);
    }
}
END_TEST

START_TEST(not_found)
{
    struct kube_exec *exec = exec_of("no-such-plugin-anywhere");
    AUTO(error) err = NULL;
    AUTO(error) other = NULL;
    struct kube *kube;

    exec->install_hint = text_dup("brew install it");
    kube = kube_with(&place.tls, exec);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_str_eq(sparkk8s_error_message(err), "exec: executable no-such-plugin-anywhere not found");
    ck_assert_str_eq(sparkk8s_error_hint(err), "brew install it");
    kube_unref(kube);
    put_token("t", "");
    setenv("PATH", ".:/usr/bin:/bin", 1);               /* Go does not run what is found there, and neither do we */
    kube = kube_with(&place.tls, exec_of("plugin"));
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &other), SPARKK8S_EAUTH);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(other), "relative folder"));
    ck_assert_int_eq(runs(), 0);
    kube_unref(kube);
    setenv("PATH", "/nonexistent:/usr/bin:/bin", 1);
}
END_TEST

START_TEST(no_user_to_ask)
{
    struct kube_exec *exec = exec_of("./plugin");
    AUTO(error) err = NULL;
    struct kube *kube;

    exec->may_interact = exec->must_interact = true;
    put_token("t", "");
    kube = kube_with(&place.tls, exec);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "standard input is unavailable"));
    ck_assert_int_eq(runs(), 0);
    kube_unref(kube);
}
END_TEST

/* The server's 401 makes it run again, once; the new credential then stays. */
START_TEST(a_refused_token_is_renewed)
{
    AUTO(error) err = NULL;
    struct kube *kube;

    put_token("one", "");
    kube = kube_with_plugin();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one", NULL, NULL), 0);
    put_token("two", "");
    ck_assert_int_eq(ask(kube, "POST", "/token?is=two", NULL, NULL), 0);
    ck_assert_int_eq(ask_number(kube, "/token?is=two&again=1", "times"), 1);
    ck_assert_int_eq(runs(), 1);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=three", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_int_eq(sparkk8s_error_http_status(err), 401);
    ck_assert_int_eq(runs(), 2);
    kube_unref(kube);
}
END_TEST

static void put_expiring(const char *token, int64_t in_ms)
{
    AUTO_STR rest = STR_INIT(200);
    char when[MOMENT_SIZE];

    moment_rfc3339(moment_now_ms() + in_ms, when);
    str_addf(&rest, ",\"expirationTimestamp\":\"%s\"", when);
    put_token(token, rest.s);
}

START_TEST(an_expired_one_is_used_once)
{
    struct kube *kube;

    put_expiring("t", -5000);
    kube = kube_with_plugin();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=t", NULL, NULL), 0);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=t", NULL, NULL), 0);
    ck_assert_int_eq(runs(), 2);
    kube_unref(kube);
}
END_TEST

START_TEST(it_is_renewed_a_minute_early)
{
    struct kube *kube;

    put_expiring("one", 3600000);
    kube = kube_with_plugin();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one", NULL, NULL), 0);
    ck_assert_int_le(kube->credentials.plugin.renew_ms, moment_now_ms() + 3600000 - 60000);
    ck_assert_int_ge(kube->credentials.plugin.renew_ms, moment_now_ms() + 3600000 - 70000);
    put_expiring("two", 20000);
    kube->credentials.plugin.renew_ms = moment_now_ms();        /* that minute has begun */
    ck_assert_int_eq(ask(kube, "GET", "/token?is=two", NULL, NULL), 0);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=two&again=1", NULL, NULL), 0);
    ck_assert_int_eq(runs(), 1);                                /* short-lived, and used all the same */
    kube_unref(kube);
}
END_TEST

/* Until the old credential expires. */
START_TEST(a_failed_renewal_is_survived)
{
    struct kube *kube;

    put_expiring("one", 3600000);
    kube = kube_with_plugin();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one", NULL, NULL), 0);
    put_plugin("exit 1");
    kube->credentials.plugin.renew_ms = moment_now_ms();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one&again=1", NULL, NULL), 0);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one&again=2", NULL, NULL), 0);
    ck_assert_int_eq(runs(), 1);
    kube->credentials.plugin.renew_ms = kube->credentials.plugin.credential.expires_ms = moment_now_ms();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one&again=3", NULL, NULL), SPARKK8S_EAUTH);
    kube_unref(kube);
}
END_TEST

static void put_certificate(const char *cert, const char *key)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&text, "pem() { awk '{printf \"%%s\\\\n\", $0}' " TEST_KUBE "/pki/$1; }\n"
                    "printf '" SAYS("{\"clientCertificateData\":\"%%s\",\"clientKeyData\":\"%%s\"}") "' \"$(pem %s)\" \"$(pem %s)\"",
             cert, key);
    put_plugin(text.s);
}

START_TEST(a_certificate)
{
    AUTO(json) echo = NULL;
    AUTO(error) err = NULL;
    struct kube *kube;

    put_certificate("client.crt", "client.key");
    kube = kube_with(&place.client_cert, exec_of("./plugin"));
    ck_assert_int_eq(ask(kube, "GET", "/echo", &echo, NULL), 0);
    ck_assert_str_eq(json_text_at(echo, "client", NULL), "client");
    kube_unref(kube);
    put_certificate("client.crt", "server.key");
    kube = kube_with(&place.client_cert, exec_of("./plugin"));
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_EAUTH);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "is not the certificate's"));
    kube_unref(kube);
}
END_TEST

/* SIGCHLD ignored: the kernel reaps children, and nobody can ask how they ended. */
START_TEST(a_host_that_ignores_children)
{
    struct kube *kube;

    signal(SIGCHLD, SIG_IGN);
    put_token("t", "");
    kube = kube_with_plugin();
    ck_assert_int_eq(ask(kube, "GET", "/token?is=t", NULL, NULL), 0);
    kube_unref(kube);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

/* Neither in logs nor in what others can see of us. */
START_TEST(nothing_leaks)
{
    struct kube_opts opts = client_opts;
    struct log log = { "" };
    AUTO(chars) args = NULL;
    struct kube *kube;
    size_t len;

    put_token("CANARY-token", "");
    client_opts.log = log_to;
    client_opts.log_userdata = &log;
    client_opts.log_level = SPARKK8S_LOG_DEBUG;
    kube = kube_with_plugin();
    client_opts = opts;
    ck_assert_int_eq(ask(kube, "GET", "/token?is=x", NULL, NULL), SPARKK8S_EAUTH);
    kube_unref(kube);
    ck_assert_ptr_nonnull(strstr(log.text, "running "));
    ck_assert_ptr_null(strstr(log.text, "CANARY"));
    ck_assert_int_eq(file_read("/proc/self/environ", 1 << 20, &args, &len, NULL), 0);
    ck_assert_ptr_null(memmem(args, len, "CANARY", 6));
}
END_TEST

static const TTest *const *const tests[] = {
    &what_is_printed, &when_it_expires, &one_run_for_many, &what_a_plugin_sees, &the_loop_goes_on,
    &it_is_killed_at_the_deadline, &it_is_killed_with_the_client, &failures_are_told, &not_found, &no_user_to_ask,
    &a_refused_token_is_renewed, &an_expired_one_is_used_once, &it_is_renewed_a_minute_early,
    &a_failed_renewal_is_survived, &a_certificate, &a_host_that_ignores_children, &nothing_leaks
};

int main(void)
{
    return run_tests("exec", tests, COUNT(tests), place_begin, place_end);
}
