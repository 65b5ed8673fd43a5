/* SPDX-License-Identifier: Apache-2.0 */
/* Requests whose HTTP/2 stream or connection is ended by the server: what may have been carried out is not sent again, unless it
 * changes nothing; whoever sent it looks it up. */
#include "fixture.h"

#include "moment.h"

enum outcome { DONE, LOST };

static const struct { const char *scenario, *method; enum outcome outcome; int done; } cases[] = {
    /* `done`: how many requests were carried out, with the one before and the one after */
    { "before", "GET", DONE, 3 },
    { "before", "POST", DONE, 3 },
    { "during", "GET", DONE, 3 },
    { "during", "POST", DONE, 3 },
    { "graceful", "GET", DONE, 3 },
    { "graceful", "POST", DONE, 3 },
    { "below", "GET", DONE, 3 },
    { "below", "POST", LOST, 2 },           /* libcurl does not say that it was not looked at */
    { "refused", "GET", DONE, 3 },
    { "refused", "POST", LOST, 2 },
    { "reset", "GET", DONE, 4 },
    { "reset", "POST", LOST, 3 },
    { "lost", "GET", DONE, 4 },
    { "lost", "POST", LOST, 3 },
    { "calm", "GET", DONE, 4 },
    { "calm", "POST", LOST, 3 },
};

START_TEST(ended_by_the_server)
{
    bool reads;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        struct kube_limit limit = { .deadline_ms = moment_mono_ms() + 30000 };
        struct kube_request request = { .method = cases[i].method, .target = "/2" };
        AUTO(kube_call) call = NULL;
        AUTO(error) err = NULL;
        struct server server;
        struct kube *kube;
        int rc, done;

        reads = strcmp(cases[i].method, "GET") == 0;
        request.body = reads ? NULL : "{}";
        request.body_len = reads ? 0 : 2;
        h2raw_start(&server, cases[i].scenario);
        kube = client_of(&server, TLS);
        ck_assert_int_eq(ask(kube, "GET", "/1", NULL, NULL), 0);
        ck_assert_int_eq(kube_start(kube, &request, NULL, NULL, &call, NULL), 0);
        rc = kube_finish(kube, call, &limit, &err);
        done = (int)ask_number(kube, "/3", "done");
        ck_assert_msg(rc == (cases[i].outcome == DONE ? 0 : SPARKK8S_ECONNECT) && done == cases[i].done &&
                      kube_call_is_ambiguous(call) == (cases[i].outcome == LOST), "%s %s: %d, %d were carried out (%s)",
                      cases[i].scenario, cases[i].method, rc, done, sparkk8s_error_message(err));
        kube_unref(kube);
        server_stop(&server);
    }
}
END_TEST

static const TTest *const *const tests[] = { &ended_by_the_server };

int main(void)
{
    return run_tests("goaway", tests, COUNT(tests), NULL, NULL);
}
