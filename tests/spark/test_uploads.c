/* SPDX-License-Identifier: Apache-2.0 */
/* What a manifest says is to be stored where, and what the driver is told; "$" is the folder of the test. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "small_app.h"
#include "text.h"
#include "uploads.h"

#define PLACE "file:///shared"
#define ID "spark-upload-*-*-4*-*-*"

static char *fill(const struct scratch *scratch, const char *text)
{
    AUTO_STR filled = STR_INIT(STR_TEXT_LIMIT);

    for (; *text; text++) {
        if (*text == '$')
            str_add(&filled, scratch->folder);
        else
            str_addc(&filled, *text);
    }
    return str_take(&filled);
}

static void begin(struct scratch *scratch)
{
    static const char *const files[] = {"a.txt", "b.txt", "c d.txt", "e.zip", "f.py", "folder/g:h.txt", "i{j}.zip", "k.jar", "l%20m.zip"};
    size_t i;

    scratch_begin(scratch);
    scratch_folder(scratch, "folder");
    for (i = 0; i < COUNT(files); i++)
        scratch_file(scratch, files[i], files[i]);
}

/* Properties are "key=value", up to NULL; "resource=..." is the application's own file. */
static sparkk8s_app *app_of(const struct scratch *scratch, const char *place, const char *const *properties)
{
    sparkk8s_app *app = small_app("4.1.4");

    if (place)
        app_conf(app, UPLOAD_PATH_KEY, place);
    for (; *properties; properties++) {
        AUTO(chars) property = fill(scratch, *properties);
        char *value = strchr(property, '=');

        *value++ = '\0';
        if (!strcmp(property, "resource"))
            ck_assert_int_eq(sparkk8s_app_set(app, property, value, NULL), 0);
        else
            app_conf(app, property, value);
    }
    return app;
}

static char *property_of(const sparkk8s_manifest *manifest, const char *key)
{
    AUTO(conf) conf = sparkk8s_conf_new();
    const char *text = properties_of(manifest);

    ck_assert_int_eq(sparkk8s_conf_parse(conf, text, strlen(text), "spark.properties", NULL), 0);
    return text_dup(sparkk8s_conf_get(conf, key));
}

START_TEST(rewritten)
{
    static const struct {
        const char *place;
        const char *properties[4];
        const char *key, *value;            /* a pattern */
        size_t uploads;
    } rows[] = {
        {PLACE, {"spark.files=$/a.txt"}, "spark.files", PLACE "/" ID "/a.txt", 1},
        {PLACE, {"spark.files=https://h/r,$/a.txt,local:///l,$/b.txt"}, "spark.files",
         PLACE "/" ID "/a.txt," PLACE "/" ID "/b.txt,https://h/r,local:///l", 2},
        {PLACE, {"spark.files=$/a.txt#x"}, "spark.files", PLACE "/" ID "/a.txt", 1},
        {PLACE, {"spark.files=$/c d.txt"}, "spark.files", PLACE "/" ID "/c d.txt", 1},
        {PLACE "/", {"spark.files=$/a.txt"}, "spark.files", PLACE "//" ID "/a.txt", 1},
        {"/shared", {"spark.files=$/a.txt"}, "spark.files", "/shared/" ID "/a.txt", 1},
        {"file:/shared", {"spark.files=$/a.txt"}, "spark.files", "file:/shared/" ID "/a.txt", 1},
        {"FILE:///shared", {"spark.files=$/a.txt"}, "spark.files", "FILE:///shared/" ID "/a.txt", 1},
        {"file:///my up", {"spark.files=$/a.txt"}, "spark.files", "file:///my up/" ID "/a.txt", 1},
        {"file:///${spark.app.name}", {"spark.files=$/a.txt"}, "spark.files", "file:///Small App/" ID "/a.txt", 1},
        {PLACE, {"spark.archives=$/e.zip#env,local:///z#y"}, "spark.archives", "file:/shared/" ID "/e.zip#env,local:///z#y", 1},
        {PLACE, {"spark.archives=$/e.zip#"}, "spark.archives", "file:/shared/" ID "/e.zip", 1},
        {PLACE, {"spark.archives=$/e.zip#a/b?c"}, "spark.archives", "file:/shared/" ID "/e.zip#a/b?c", 1},
        {PLACE, {"spark.archives=$/e.zip#\xc3\xa4"}, "spark.archives", "file:/shared/" ID "/e.zip#%C3%A4", 1},
        {PLACE, {"spark.archives=file://$/l%2520m.zip"}, "spark.archives", "file:/shared/" ID "/l%20m.zip", 1},
        {"file:///my up", {"spark.archives=$/e.zip"}, "spark.archives", "file:/my%20up/" ID "/e.zip", 1},
        {"file:///u%zz", {"spark.archives=$/e.zip"}, "spark.archives", "file:/u%25zz/" ID "/e.zip", 1},
        {"file:///u#v", {"spark.archives=$/e.zip#x"}, "spark.archives", "file:/u#x", 1},
        {"/up", {"spark.archives=$/e.zip#x"}, "spark.archives", "/up/" ID "/e.zip#x", 1},
        {PLACE, {"spark.jars=local:///l.jar,$/k.jar", "resource=$/k.jar"}, "spark.jars",
         PLACE "/" ID "/k.jar," PLACE "/" ID "/k.jar,local:///l.jar", 2},
        {PLACE, {"spark.submit.pyFiles=$/f.py,local:///x.py", "resource=local:///m.py"}, "spark.submit.pyFiles",
         PLACE "/" ID "/f.py,local:///x.py", 1},
        {PLACE, {"spark.files=local:///x"}, "spark.files", "local:///x", 0},
        {NULL, {"spark.files=local:///x"}, "spark.files", "local:///x", 0},
        {"nosuch://x", {"spark.files=local:///x"}, "spark.files", "local:///x", 0},
        {NULL, {"spark.files=$/a.txt",
                "spark.kubernetes.driver.pod.excludedFeatureSteps=org.apache.spark.deploy.k8s.features.BasicDriverFeatureStep"},
         "spark.files", "file://$/a.txt", 0},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    begin(&scratch);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO(app) app = app_of(&scratch, rows[i].place, rows[i].properties);
        AUTO(manifest) manifest = rendered(app, NULL, NOW);
        AUTO(chars) value = property_of(manifest, rows[i].key);
        AUTO(chars) pattern = fill(&scratch, rows[i].value);

        ck_assert_msg(value && text_glob(pattern, value), "%zu: %s", i, value);
        ck_assert_msg(sparkk8s_manifest_upload_count(manifest) == rows[i].uploads, "%zu", i);
    }
}
END_TEST

START_TEST(listed)
{
    static const char *const properties[] = {"spark.files=$/a.txt", "spark.jars=$/k.jar", "spark.archives=$/e.zip#x",
                                             "spark.submit.pyFiles=$/f.py", "resource=$/f.py", NULL};
    static const char *const names[] = {"k.jar", "a.txt", "e.zip", "f.py", "f.py"};
    AUTO_SCRATCH scratch;
    AUTO(app) app = NULL;
    AUTO(manifest) manifest = NULL;
    size_t i;

    begin(&scratch);
    app = app_of(&scratch, "file:///a/../shared//x", properties);
    manifest = rendered(app, "seed", NOW);
    ck_assert_uint_eq(sparkk8s_manifest_upload_count(manifest), COUNT(names));
    for (i = 0; i < COUNT(names); i++) {
        const struct upload *upload = &manifest->uploads.v[i];
        AUTO(chars) source = file_join(scratch.folder, names[i]);
        AUTO(chars) target = file_join("file:///a/../shared//x/" ID, names[i]);
        AUTO(chars) path = file_join("/shared/x/" ID, names[i]);

        ck_assert_str_eq(sparkk8s_manifest_upload_source(manifest, i), source);
        ck_assert_msg(text_glob(target, sparkk8s_manifest_upload_target(manifest, i)), "%s", upload->target);
        ck_assert_msg(text_glob(path, upload->path), "%s", upload->path);
    }
    ck_assert_str_ne(manifest->uploads.v[3].target, manifest->uploads.v[4].target);
    ck_assert_ptr_null(sparkk8s_manifest_upload_source(manifest, COUNT(names)));
    ck_assert_ptr_null(sparkk8s_manifest_upload_target(manifest, COUNT(names)));
    ck_assert_uint_eq(sparkk8s_manifest_upload_count(NULL), 0);
}
END_TEST

/* The folders are named after the key; without one, each time differently. Where the files come from makes no other
 * application of it. */
START_TEST(names)
{
    AUTO_SCRATCH scratch, other;
    int seeded;

    begin(&scratch);
    begin(&other);
    for (seeded = 0; seeded < 2; seeded++) {
        static const char *const properties[] = {"spark.files=$/a.txt", NULL};
        AUTO(app) app = app_of(&scratch, PLACE, properties);
        AUTO(app) moved = app_of(&other, PLACE, properties);
        AUTO(manifest) left = rendered(app, seeded ? "seed" : NULL, NOW);
        AUTO(manifest) right = rendered(moved, seeded ? "seed" : NULL, NOW);

        ck_assert_int_eq(!strcmp(left->uploads.v[0].target, right->uploads.v[0].target), seeded);
        ck_assert_int_eq(!strcmp(left->digest, right->digest), seeded);
    }
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *place;
        const char *properties[3];
        int code;
        const char *where, *message;
    } rows[] = {
        {NULL, {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "Please specify " UPLOAD_PATH_KEY},
        {NULL, {"resource=$/f.py"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "Please specify"},
        {"nosuch://b/x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "there is no uploader for nosuch:, only for file:"},
        {"s3a://b/x", {"resource=$/k.jar"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "there is no uploader for s3a:"},
        {"local:///x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "there is no uploader for local:"},
        {"s3a://b/my x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "no valid URI"},
        {"file://host/x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "names a host"},
        {"//host/x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "names a host"},
        {"file:x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "no absolute path"},
        {"a:b/x", {"spark.files=$/a.txt"}, SPARKK8S_ECONF, UPLOAD_PATH_KEY, "no uploader for a:"},
        {PLACE, {"spark.files=$/none"}, SPARKK8S_EIO, "$/none", "Uploading file $/none failed: it does not exist (spark.files"},
        {PLACE, {"spark.jars=$/none"}, SPARKK8S_EIO, "$/none", "it does not exist (spark.jars"},
        {PLACE, {"resource=$/none.jar"}, SPARKK8S_EIO, "$/none.jar", "it does not exist"},
        {PLACE, {"resource=$/folder"}, SPARKK8S_EIO, "$/folder", "it is a folder"},
        {PLACE, {"resource=/dev/null"}, SPARKK8S_EIO, "/dev/null", "it is no regular file"},
        {PLACE, {"resource=$/folder/g:h.txt"}, SPARKK8S_ECONF, "$/folder/g:h.txt", "no file name with a colon"},
        {PLACE, {"spark.archives=$/i*.zip"}, SPARKK8S_ECONF, NULL, "braces"},
        {PLACE, {"spark.archives=$/e.zip#%7B"}, SPARKK8S_EIO, NULL, "it does not exist"},
        {"file:///u?v w", {"spark.archives=$/e.zip"}, SPARKK8S_ECONF, NULL, "no URI"},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    begin(&scratch);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO(app) app = app_of(&scratch, rows[i].place, rows[i].properties);
        AUTO(chars) where = fill(&scratch, rows[i].where ? rows[i].where : "");
        AUTO(chars) message = fill(&scratch, rows[i].message);
        sparkk8s_manifest *manifest = NULL;
        AUTO(error) error = NULL;

        ck_assert_msg(sparkk8s_render(app, NULL, &manifest, &error) == rows[i].code, "%zu: %s", i, sparkk8s_error_message(error));
        ck_assert_msg(strstr(sparkk8s_error_message(error), message) != NULL, "%zu: %s", i, sparkk8s_error_message(error));
        ck_assert_msg(!rows[i].where || !strcmp(sparkk8s_error_where(error), where), "%zu: %s", i, sparkk8s_error_where(error));
        ck_assert_str_ne(sparkk8s_error_hint(error), "");
    }
}
END_TEST

/* Rendering stores nothing. */
START_TEST(nothing_is_written)
{
    static const char *const properties[] = {"spark.files=$/a.txt", "spark.kubernetes.file.upload.path=$/up", NULL};
    AUTO_SCRATCH scratch;
    AUTO(app) app = NULL;
    AUTO(manifest) manifest = NULL;
    AUTO(chars) place = NULL;

    begin(&scratch);
    app = app_of(&scratch, NULL, properties);
    manifest = rendered(app, NULL, NOW);
    place = file_join(scratch.folder, "up");
    ck_assert_uint_eq(sparkk8s_manifest_upload_count(manifest), 1);
    ck_assert(!file_exists(place));
}
END_TEST

START_TEST(commands)
{
    static const struct {
        const char *resource, *place, *argument;
    } rows[] = {
        {"$/k.jar", PLACE, "spark-internal"},
        {"$/f.py", PLACE, PLACE "/" ID "/f.py"},
        {"/nowhere/m.R", NULL, "file:/nowhere/m.R"},
        {"https://h/x.jar", NULL, "https://h/x.jar"},
    };
    AUTO_SCRATCH scratch;
    size_t i;

    begin(&scratch);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO(app) app = small_app("3.5.8");
        AUTO(chars) resource = fill(&scratch, rows[i].resource);
        AUTO(manifest) manifest = NULL;
        const json_t *args;

        ck_assert_int_eq(sparkk8s_app_set(app, "resource", resource, NULL), 0);
        if (rows[i].place)
            app_conf(app, UPLOAD_PATH_KEY, rows[i].place);
        manifest = rendered(app, NULL, NOW);
        args = json_object_get(json_array_get(json_at(object_of(manifest, "Pod"), "spec", "containers", NULL), 0), "args");
        ck_assert_msg(text_glob(rows[i].argument, json_string_value(json_array_get(args, 5))), "%s",
                      json_string_value(json_array_get(args, 5)));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uploads");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, rewritten);
    tcase_add_test(tcase, listed);
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, nothing_is_written);
    tcase_add_test(tcase, commands);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
