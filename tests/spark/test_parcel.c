/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way to the driver: what is text, what Java makes of what is not, and what is too large. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "parcel.h"
#include "scratch.h"
#include "small_app.h"

#define KEY "spark.kubernetes.authenticate.driver."
#define REPLACED "\xEF\xBF\xBD"

START_TEST(texts)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
        size_t text_len;
        bool good;
    } cases[] = {
        {"", 0, "", 0, true}, {"a\0b", 3, "a\0b", 3, true}, {"\xC3\xA4", 2, "\xC3\xA4", 2, true},
        {"\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80", 4, true},
        {"\xFF", 1, REPLACED, 3, false}, {"a\x80z", 3, "a" REPLACED "z", 5, false},
        {"\xC3", 1, REPLACED, 3, false}, {"\xC0\x80", 2, REPLACED REPLACED, 6, false},
        {"\xE2\x82", 2, REPLACED, 3, false}, {"\xE2\x82(", 3, REPLACED "(", 4, false},
        {"\xE2(", 2, REPLACED "(", 4, false}, {"\xE0\x80", 2, REPLACED REPLACED, 6, false},
        {"\xED\xA0\x80", 3, REPLACED, 3, false},            /* a surrogate is one to Java */
        {"\xF0\x9F\x98", 3, REPLACED, 3, false}, {"\xF0\x80", 2, REPLACED REPLACED, 6, false},
        {"\xF4\x90", 2, REPLACED REPLACED, 6, false}, {"\xF5\x80", 2, REPLACED REPLACED, 6, false},
    };
    size_t i;
    int pass;

    for (i = 0; i < COUNT(cases); i++)
        for (pass = 0; pass < 2; pass++) {
            struct build b = {.line = pass ? SPARK_4_1 : SPARK_4_0};
            AUTO_SCRATCH scratch;
            AUTO(json) data = json_object();
            AUTO(error) err = NULL;
            json_t *text;
            int rc;

            scratch_begin(&scratch);
            rc = parcel_add_text(&b, data, "k", scratch_bytes(&scratch, "f", cases[i].bytes, cases[i].len), &err);
            text = json_object_get(data, "k");
            ck_assert_int_eq(rc, !pass || cases[i].good ? 0 : SPARKK8S_EIO);
            ck_assert_str_eq(sparkk8s_error_where(err), rc ? scratch.path : "");
            if (rc)
                continue;
            ck_assert_uint_eq(json_string_length(text), cases[i].text_len);
            ck_assert_mem_eq(json_string_value(text), cases[i].text, cases[i].text_len);
        }
}
END_TEST

START_TEST(credentials_that_cannot_travel)
{
    AUTO_SCRATCH scratch;
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    AUTO(chars) large = calloc(1, 1048577);
    AUTO(error) err = NULL;
    AUTO(error) missing = NULL;

    scratch_begin(&scratch);
    app_conf(app, KEY "oauthToken", "canary");
    app_conf(app, KEY "clientKeyFile", scratch_bytes(&scratch, "key", large, 1048577));
    ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &err), SPARKK8S_EIO);
    ck_assert_str_eq(sparkk8s_error_where(err), scratch.path);
    app_conf(app, KEY "clientKeyFile", scratch.folder);
    ck_assert_int_eq(sparkk8s_render(app, NULL, &manifest, &missing), SPARKK8S_ECONF);
    ck_assert_str_eq(sparkk8s_error_where(missing), KEY "clientKeyFile");
    ck_assert_ptr_null(strstr(sparkk8s_error_message(missing), "canary"));
}
END_TEST

/* The token is in the Secret, encoded, and nowhere else. */
START_TEST(token_stays_in_the_secret)
{
    AUTO(app) app = small_app("4.3.0");
    AUTO(manifest) manifest = NULL;
    size_t i;

    app_conf(app, KEY "oauthToken", "canary");
    app_conf(app, KEY "serviceAccountName", "account");
    manifest = rendered(app, NULL, 0);
    ck_assert_str_eq(json_text_at(object_of(manifest, "Secret"), "data", "oauth-token", NULL), "Y2FuYXJ5");
    ck_assert_ptr_null(json_at(object_of(manifest, "Pod"), "spec", "serviceAccountName", NULL));
    for (i = 0; i < sparkk8s_manifest_count(manifest); i++)
        ck_assert_ptr_null(strstr(sparkk8s_manifest_json(manifest, i), "canary"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parcel");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, credentials_that_cannot_travel);
    tcase_add_test(tcase, token_stays_in_the_secret);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
