/* SPDX-License-Identifier: Apache-2.0 */
/* PersistentVolumeClaims under a name that the user has chosen: made, found, shared, not touched. */
#include "lab.h"

#include "text.h"

#define CLAIMS "persistentvolumeclaims"

static char notices[2000];

static void note(int level, const char *topic, const char *message, void *userdata UNUSED)
{
    size_t len = strlen(notices);

    if (level == SPARKK8S_LOG_WARN && !strcmp(topic, "submit"))
        snprintf(notices + len, sizeof(notices) - len, "%s\n", message);
}

/* Submits an application whose driver has the claim; `key` NULL: another application each time. */
static int submit(const char *key, const char *name, const char *size, sparkk8s_error **err)
{
    char claim[50], limit[50];
    const char *const options[] = { claim, "storageClass=fast", limit, NULL };
    const sparkk8s_volume volume = { .size = sizeof(volume), .type = "persistentVolumeClaim", .name = "data", .options = options,
                                     .mount_path = "/data", .roles = SPARKK8S_DRIVER };
    sparkk8s_submit_opts opts = { .size = sizeof(opts), .key = key };
    sparkk8s_client *client = lab_client_noting("a", note);
    sparkk8s_manifest *manifest;
    sparkk8s_run *run = NULL;
    int rc;

    snprintf(claim, sizeof(claim), "claimName=%s", name);
    snprintf(limit, sizeof(limit), "sizeLimit=%s", size);
    manifest = lab_manifest_with(key, &volume);
    notices[0] = '\0';
    rc = sparkk8s_submit(client, manifest, &opts, NULL, &run, err);
    sparkk8s_run_free(run);
    sparkk8s_manifest_free(manifest);
    sparkk8s_client_free(client);
    return rc;
}

/* Puts a claim there, with these members of metadata and spec. */
static void put_claim(const char *metadata, const char *spec)
{
    lab_do("{\"put\":{\"plural\":\"" CLAIMS "\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"shared\"%s},"
           "\"spec\":{%s,\"volumeName\":\"pv-1\",\"volumeMode\":\"Filesystem\"}}}}", metadata, spec);
}

#define SPEC(mode, class, size) "\"accessModes\":[\"" mode "\"],\"storageClassName\":\"" class "\",\"resources\":{\"requests\":" \
                                "{\"storage\":\"" size "\"}}"
#define WANTED SPEC("ReadWriteOncePod", "fast", "1Gi")

/* The claim as it is there; new. */
static json_t *the_claim(void)
{
    AUTO(json) state = lab_look();
    json_t *objects = json_object_get(state, "objects"), *object, *found = NULL;
    size_t i;

    json_array_foreach(objects, i, object)
        if (!strcmp(json_text_at(object, "plural", NULL), CLAIMS)) {
            ck_assert_ptr_null(found);
            found = object;
        }
    return json_incref(found);
}

START_TEST(made_if_there_is_none)
{
    AUTO(json) claim = NULL;

    LAB_OK(submit(NULL, "shared", "1Gi", err));
    claim = the_claim();
    ck_assert_uint_eq(json_array_size(json_at(claim, "metadata", "ownerReferences", NULL)), 1);
    ck_assert_str_eq(notices, "");
}
END_TEST

/* By a second application, which leaves everything about it as it was. */
START_TEST(shared)
{
    AUTO(json) before = NULL;
    AUTO(json) after = NULL;

    LAB_OK(submit(NULL, "shared", "1Gi", err));
    before = the_claim();
    LAB_OK(submit(NULL, "shared", "1Gi", err));
    after = the_claim();
    ck_assert(json_equal(before, after));
    ck_assert_int_eq(lab_count("pods"), 2);
    ck_assert_ptr_nonnull(strstr(notices, "used as it is; it belongs to the Pod lab-"));
}
END_TEST

START_TEST(again_with_the_same_key)
{
    LAB_OK(submit("k", "shared", "1Gi", err));
    LAB_OK(submit("k", "shared", "1Gi", err));
    ck_assert_int_eq(lab_count("pods"), 1);
    ck_assert_str_eq(notices, "");
}
END_TEST

START_TEST(made_beforehand)
{
    static const struct {
        const char *metadata, *spec, *size;
        int code;
        const char *message;
    } cases[] = {
        { "", WANTED, "1Gi", 0, "used as it is\n" },
        { "", WANTED, "1024Mi", 0, "used as it is\n" },
        { "", SPEC("ReadWriteOncePod", "fast", "5Gi"), "1Gi", 0, "used as it is\n" },
        { ",\"ownerReferences\":[{\"kind\":\"StatefulSet\",\"name\":\"s\",\"uid\":\"u\"}]", WANTED, "1Gi", 0,
          "belongs to the StatefulSet s" },
        { "", SPEC("ReadWriteOncePod", "fast", "1Gi"), "2Gi", SPARKK8S_EEXISTS, "differs in spec.resources.requests.storage" },
        { "", SPEC("ReadWriteMany", "slow", "1Gi"), "1Gi", SPARKK8S_EEXISTS, "differs in spec.accessModes[0], spec.storageClassName" },
        { ",\"deletionTimestamp\":\"2026-11-21T08:00:00Z\"", WANTED, "1Gi", SPARKK8S_EEXISTS, "is being deleted" },
    };
    AUTO(error) error = NULL;
    AUTO(json) before = NULL;
    AUTO(json) after = NULL;
    int rc;

    lab_reset("{\"collect\":false}");
    put_claim(cases[_i].metadata, cases[_i].spec);
    before = the_claim();
    rc = submit("k", "shared", cases[_i].size, &error);
    ck_assert_msg(rc == cases[_i].code, "%s: %s", sparkk8s_code_name(rc), sparkk8s_error_message(error));
    ck_assert_msg(strstr(rc < 0 ? sparkk8s_error_message(error) : notices, cases[_i].message) != NULL, "%s%s",
                  sparkk8s_error_message(error), notices);
    ck_assert_int_eq(sparkk8s_error_is_retriable(error), !strcmp(cases[_i].message, "is being deleted"));
    after = the_claim();
    ck_assert(json_equal(before, after));
    ck_assert_int_eq(lab_count("pods"), rc == 0);
}
END_TEST

/* What was there before is there after a submission that fails; what was made is gone. */
START_TEST(a_failure_leaves_it)
{
    sparkk8s_error *error = NULL;

    lab_reset("{\"collect\":false}");
    if (_i)
        put_claim("", WANTED);
    lab_rules("[{\"verb\":\"patch pods\",\"do\":\"status\",\"code\":403}]");
    ck_assert_int_eq(submit(NULL, "shared", "1Gi", &error), SPARKK8S_EFORBIDDEN);
    ck_assert_int_eq(lab_count(CLAIMS), _i);
    ck_assert_int_eq(lab_count("pods"), 0);
    sparkk8s_error_free(error);
}
END_TEST

/* A name of Spark's making is taken by somebody: that is no sharing. */
START_TEST(on_demand_is_not_shared)
{
    AUTO(error) error = NULL;
    AUTO(json) claim = NULL;
    char put[1000];

    LAB_OK(submit("k", "x-OnDemand", "1Gi", err));
    claim = the_claim();
    snprintf(put, sizeof(put), "{\"put\":{\"plural\":\"" CLAIMS "\",\"ns\":\"" LAB_NS "\",\"object\":{\"metadata\":{\"name\":\"%s\"},"
             "\"spec\":{" WANTED "}}}}", json_text_at(claim, "metadata", "name", NULL));
    lab_reset("{}");
    lab_do("%s", put);
    ck_assert_int_eq(submit("k", "x-OnDemand", "1Gi", &error), SPARKK8S_EEXISTS);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "taken by something"));
}
END_TEST

/* An earlier driver of the same name is dead, and its claim not collected yet: cleared as everything of it, unless
 * somebody else owns it too. */
START_TEST(left_by_a_dead_driver)
{
    AUTO(json) before = NULL;
    AUTO(json) after = NULL;

    lab_reset("{\"collect\":false}");
    LAB_OK(submit("k", "shared", "1Gi", err));
    if (_i)
        lab_do("{\"own\":{\"plural\":\"" CLAIMS "\",\"owner\":{\"kind\":\"StatefulSet\",\"name\":\"s\",\"uid\":\"u\"}}}");
    before = the_claim();
    lab_do("{\"drop\":\"pods\"}");
    LAB_OK(submit("k", "shared", "1Gi", err));
    after = the_claim();
    ck_assert_int_eq(json_equal(before, after), _i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shared");
    TCase *tcase = tcase_create("shared");

    tcase_add_test(tcase, made_if_there_is_none);
    tcase_add_test(tcase, shared);
    tcase_add_test(tcase, again_with_the_same_key);
    tcase_add_loop_test(tcase, made_beforehand, 0, 7);
    tcase_add_loop_test(tcase, a_failure_leaves_it, 0, 2);
    tcase_add_test(tcase, on_demand_is_not_shared);
    tcase_add_loop_test(tcase, left_by_a_dead_driver, 0, 2);
    return lab_main(suite, tcase);
}
