/* SPDX-License-Identifier: Apache-2.0 */
/* The stage itself, against single requests of the library: each fault happens, at its byte, and time passes for it without
 * anybody waiting. What the other programs find is worth as much as this. */
#include "stage.h"

#include "error.h"

struct scene {
    struct stage stage;
    sparkk8s_client *client;
};

static void begin(struct scene *scene)
{
    stage_begin(&scene->stage, 1, (struct cluster_hooks){ 0 });
    scene->client = stage_client(&scene->stage);
    stage_pod(&scene->stage, "d", "driver");
    sim_limit(3600000, "a request");
}

static void end(struct scene *scene)
{
    sparkk8s_client_free(scene->client);
    stage_end(&scene->stage);
}

/* One GET of the pod; returns the length of the answer's body, or a negative code. */
static int ask(struct scene *scene, int timeout_ms, const char **message)
{
    static char text[256];
    struct kube_request request = { .method = "GET", .target = "/api/v1/namespaces/" STAGE_NS "/pods/d", .timeout_ms = timeout_ms };
    AUTO(kube_call) call = NULL;
    AUTO(error) err = NULL;
    struct kube_limit limit;
    size_t len = 0;
    int rc;

    ck_assert_int_eq(kube_limit_init(scene->client->kube, NULL, -1, &limit, NULL), 0);
    ck_assert_int_eq(kube_start(scene->client->kube, &request, NULL, NULL, &call, NULL), 0);
    rc = kube_finish(scene->client->kube, call, &limit, &err);
    kube_call_body(call, &len);
    snprintf(text, sizeof(text), "%s", sparkk8s_error_message(err));
    *message = text;
    return rc < 0 ? rc : (int)len;
}

/* Each attempt has the fault: the library repeats what was not answered. */
static const struct {
    struct fault fault;
    int rc;
    const char *message;
    int64_t least_ms, most_ms;      /* of virtual time */
} rows[] = {
    { { FAULT_NONE }, 0, "", 0, 0 },
    { { FAULT_REPLY, .at = 0, .end = END_FIN }, SPARKK8S_ECONNECT, "Empty reply", 0, 6000 },
    { { FAULT_REPLY, .at = 0, .end = END_RST }, SPARKK8S_ECONNECT, "reset by peer", 0, 6000 },
    { { FAULT_REPLY, .at = 0, .end = END_HALF }, SPARKK8S_ECONNECT, "Empty reply", 0, 6000 },
    { { FAULT_REPLY, .at = 0, .end = END_STALL }, SPARKK8S_ETIMEDOUT, "within 7000 ms", 7000, 7010 },
    { { FAULT_REPLY, .at = 150, .end = END_FIN }, SPARKK8S_ECONNECT, "bytes remaining to read", 0, 6000 },
    { { FAULT_REPLY, .at = 150, .end = END_RST }, SPARKK8S_ECONNECT, "reset by peer", 0, 6000 },
    { { FAULT_REPLY, .at = 150, .end = END_STALL }, SPARKK8S_ETIMEDOUT, "within 7000 ms", 7000, 7010 },
    { { FAULT_REPLY, .at = 100000, .end = END_FIN }, 0, "", 0, 0 },
    { { FAULT_REQUEST, .at = 0, .end = END_FIN }, SPARKK8S_ECONNECT, "Empty reply", 0, 6000 },
    { { FAULT_REQUEST, .at = 20, .end = END_RST }, SPARKK8S_ECONNECT, "reset by peer", 0, 6000 },
    { { FAULT_REQUEST, .at = 20, .end = END_STALL }, SPARKK8S_ETIMEDOUT, "within 7000 ms", 7000, 7010 },
    { { .every_ms = 300 }, 0, "", 300, 310 },
    { { .piece = 1 }, 0, "", 0, 0 },
    { { .piece = 100, .every_ms = 50 }, 0, "", 200, 400 },
};

START_TEST(fault)
{
    struct scene scene;
    const char *message;
    int64_t began;
    int rc;

    begin(&scene);
    stage_fault(&scene.stage, "GET", 0, rows[_i].fault);
    began = sim_now_ms();
    rc = ask(&scene, 7000, &message);
    began = sim_now_ms() - began;
    ck_assert_msg(rows[_i].rc ? rc == rows[_i].rc : rc > 200, "%d: %d: %s", _i, rc, message);
    ck_assert_msg(strstr(message, rows[_i].message) != NULL, "%d: %s", _i, message);
    ck_assert_msg(began >= rows[_i].least_ms && began <= rows[_i].most_ms, "%d: %lld ms", _i, (long long)began);
    stage_fault(&scene.stage, NULL, 0, (struct fault){ 0 });
    ck_assert_int_gt(ask(&scene, 7000, &message), 200);
    ck_assert_uint_eq(proxy_open(scene.stage.proxy), 1);
    end(&scene);
}
END_TEST

/* Every byte of a reply counts: one byte less and it is cut, one more and nothing happens. */
START_TEST(at_its_byte)
{
    struct scene scene;
    const char *message;
    unsigned fired = 0;
    size_t at = 0;
    int good = 0;

    begin(&scene);
    do {
        fired = proxy_fired(scene.stage.proxy);
        stage_fault(&scene.stage, "GET", 0, (struct fault){ .side = FAULT_REPLY, .at = at++, .end = END_RST });
        good += ask(&scene, 7000, &message) > 0;
    } while (proxy_fired(scene.stage.proxy) > fired);
    ck_assert_int_eq(good, 2);      /* cut behind the last byte, and not at all */
    ck_assert_uint_gt(at, 300);
    end(&scene);
}
END_TEST

START_TEST(refused)
{
    struct scene scene;
    const char *message;

    begin(&scene);
    proxy_listen(scene.stage.proxy, false);
    ck_assert_int_eq(ask(&scene, 7000, &message), SPARKK8S_ECONNECT);
    ck_assert_ptr_nonnull(strstr(message, "cannot reach"));
    proxy_listen(scene.stage.proxy, true);
    ck_assert_int_gt(ask(&scene, 7000, &message), 200);
    proxy_end_all(scene.stage.proxy, END_RST);
    ck_assert_uint_eq(proxy_open(scene.stage.proxy), 0);
    ck_assert_int_gt(ask(&scene, 7000, &message), 200);
    end(&scene);
}
END_TEST

/* The same seed, the same world; nothing is left of it. */
START_TEST(repeatable)
{
    struct holdings before, after;
    uint32_t numbers[2];
    const char *message;
    struct scene scene;
    int i;

    for (i = 0; i < 4; i++) {
        before = stage_holdings();
        begin(&scene);
        numbers[i % 2] = sim_random(1u << 31);
        ck_assert_int_gt(ask(&scene, 7000, &message), 200);
        end(&scene);
        after = stage_holdings();
    }
    ck_assert_uint_eq(numbers[0], numbers[1]);
    ck_assert_int_eq(before.descriptors, after.descriptors);
    ck_assert_uint_eq(before.bytes, after.bytes);
}
END_TEST

int main(int argc UNUSED, char **argv)
{
    Suite *suite = suite_create("faults: the stage");
    TCase *tcase = tcase_create("proxy");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, fault, 0, (int)COUNT(rows));
    tcase_add_test(tcase, at_its_byte);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, repeatable);
    suite_add_tcase(suite, tcase);
    return stage_main(argv, suite);
}
