/* SPDX-License-Identifier: Apache-2.0 */
/* What is in files and is replaced while a client uses it: tokens, authorities, certificates. */
#include "fixture.h"

#include <unistd.h>

#include "inner.h"
#include "moment.h"
#include "text.h"

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void put_pem(const char *path, const char *name)
{
    AUTO(chars) text = pki_text(name);

    put(path, text);
}

static void set(char **text, const char *value)
{
    free(*text);
    *text = text_dup(value);
}

/* As if that much time had passed since the last look. */
static void pass(struct kube *kube, int64_t ms)
{
    kube->credentials.token_ms -= ms;
    kube->credentials.files_ms -= ms;
}

START_TEST(a_token_ages)
{
    struct kube_config config = client_config(&place.tls, TLS);
    struct kube *kube;

    put("token", "one");
    set(&config.token_file, "token");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one", NULL, NULL), 0);
    put("token", " two \n");
    pass(kube, 49000);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=one&again=1", NULL, NULL), 0);
    pass(kube, 2000);
    ck_assert_int_eq(ask_number(kube, "/token?is=two", "times"), 1);
    put("token", "");                                   /* in the middle of being written */
    pass(kube, 60000);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=two&again=1", NULL, NULL), 0);
    unlink("token");
    pass(kube, 60000);
    ck_assert_int_eq(ask(kube, "GET", "/token?is=two&again=2", NULL, NULL), 0);
    kube_unref(kube);
}
END_TEST

/* The server's authority is replaced: the connection that fails for it makes the file be read again. */
START_TEST(an_authority_is_replaced)
{
    struct kube_config config = client_config(&place.tls, TLS);
    AUTO(error) err = NULL;
    struct kube *kube;

    free(config.ca);
    config.ca = pki_text("other.crt");
    put_pem("ca", "other.crt");
    set(&config.ca_file, "ca");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, &err), SPARKK8S_ECONNECT);
    ck_assert_int_eq(sparkk8s_error_is_retriable(err), 0);
    put_pem("ca", "ca.crt");
    ck_assert_int_eq(ask(kube, "POST", "/echo", NULL, NULL), 0);
    put("ca", "no certificate at all");
    pass(kube, 600000);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    kube_unref(kube);
}
END_TEST

START_TEST(a_certificate_is_replaced)
{
    struct kube_config config = client_config(&place.client_cert, TLS);
    AUTO(json) echo = NULL;
    struct kube *kube;

    config.cert = pki_text("server.crt");               /* which is for servers only */
    config.key = pki_text("server.key");
    put_pem("cert", "server.crt");
    put_pem("key", "server.key");
    set(&config.cert_file, "cert");
    set(&config.key_file, "key");
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), SPARKK8S_ECONNECT);
    put_pem("cert", "client.crt");
    put_pem("key", "client.key");
    ck_assert_int_eq(ask(kube, "GET", "/echo", &echo, NULL), 0);
    ck_assert_str_eq(json_text_at(echo, "client", NULL), "client");
    kube_unref(kube);
}
END_TEST

/* A connection made with the old certificate is not used any more, though it is there. */
START_TEST(a_certificate_ages)
{
    struct kube_config config = client_config(&place.client_cert, TLS);
    struct kube *kube;
    int64_t first;

    config.cert = pki_text("client.crt");
    config.key = pki_text("client.key");
    put_pem("cert", "client.crt");
    put_pem("key", "client.key");
    set(&config.cert_file, "cert");
    set(&config.key_file, "key");
    kube = client_new(&config);
    first = ask_number(kube, "/echo", "connection");
    pass(kube, 600000);
    ck_assert_int_eq(ask_number(kube, "/echo", "connection"), first);
    put_pem("cert", "server.crt");
    put_pem("key", "server.key");
    ck_assert_int_eq(ask_number(kube, "/echo", "connection"), first);
    pass(kube, 600000);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), SPARKK8S_ECONNECT);
    kube_unref(kube);
}
END_TEST

/* The key of a kubeconfig is never written anywhere. */
START_TEST(keys_are_in_memory_only)
{
    struct kube_config config = client_config(&place.client_cert, TLS);
    struct kube *kube;

    config.cert = pki_text("client.crt");
    config.key = pki_text("client.key");
    setenv("TMPDIR", place.folder, 1);
    kube = client_new(&config);
    ck_assert_int_eq(ask(kube, "GET", "/echo", NULL, NULL), 0);
    ck_assert_int_eq(system("test -z \"$(ls -A)\" && ! ls -l /proc/$PPID/fd | grep -F \"$TMPDIR\""), 0);
    kube_unref(kube);
}
END_TEST

static const TTest *const *const tests[] = {
    &keys_are_in_memory_only, &a_token_ages, &an_authority_is_replaced, &a_certificate_is_replaced, &a_certificate_ages
};

int main(void)
{
    return run_tests("credentials", tests, COUNT(tests), place_begin, place_end);
}
