/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s_app_add_volume(): the properties that it writes, all or none, and what it refuses. That they make the
 * recorded objects is shown by tests/golden. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "small_app.h"
#include "str.h"
#include "text.h"

#define PREFIX "spark.kubernetes."
#define DRIVER "driver.volumes."
#define EXECUTOR "executor.volumes."
#define CLAIM_KEY DRIVER "persistentVolumeClaim.p."

#define VOLUME(...) (sparkk8s_volume) {.size = sizeof(sparkk8s_volume), __VA_ARGS__}
#define OPTIONS(...) (const char *const[]) {__VA_ARGS__, NULL}

/* The properties of volumes and secrets, without "spark.kubernetes.", one a line; new. */
static char *written(const sparkk8s_app *app)
{
    AUTO_STR text = STR_INIT(4000);
    size_t i;

    for (i = 0; i < app->conf->count; i++) {
        const struct conf_entry *entry = &app->conf->entries[i];

        if (strstr(entry->key, ".volumes.") || strstr(entry->key, ".secrets."))
            str_addf(&text, "%s=%s\n", entry->key + strlen(PREFIX), entry->value);
    }
    return str_take(&text);
}

static void expect(const sparkk8s_app *app, const char *wanted)
{
    AUTO(chars) text = written(app);

    ck_assert_str_eq(text, wanted);
}

START_TEST(every_type)
{
    const struct {
        sparkk8s_volume volume;
        const char *properties;
    } cases[] = {
        {VOLUME(.type = "hostPath", .name = "d", .mount_path = "/d", .options = OPTIONS("path=/x=y", "type="),
                .roles = SPARKK8S_DRIVER),
         DRIVER "hostPath.d.mount.path=/d\n" DRIVER "hostPath.d.options.path=/x=y\n"
         DRIVER "hostPath.d.options.type=\n"},
        {VOLUME(.type = "emptyDir", .name = "d", .mount_path = "/d"),
         DRIVER "emptyDir.d.mount.path=/d\n" EXECUTOR "emptyDir.d.mount.path=/d\n"},
        {VOLUME(.type = "emptyDir", .name = "spark-local-dir-1", .mount_path = "/d", .mount_subpath = "s", .read_only = 7,
                .options = OPTIONS("medium=Memory", "sizeLimit=1Gi"), .roles = SPARKK8S_EXECUTOR),
         EXECUTOR "emptyDir.spark-local-dir-1.mount.path=/d\n" EXECUTOR "emptyDir.spark-local-dir-1.mount.readOnly=true\n"
         EXECUTOR "emptyDir.spark-local-dir-1.mount.subPath=s\n"
         EXECUTOR "emptyDir.spark-local-dir-1.options.medium=Memory\n"
         EXECUTOR "emptyDir.spark-local-dir-1.options.sizeLimit=1Gi\n"},
        {VOLUME(.type = "nfs", .name = "n", .mount_path = "/d", .mount_subpath_expr = "$(A)",
                .options = OPTIONS("server=s", "path=/p"), .roles = SPARKK8S_DRIVER),
         DRIVER "nfs.n.mount.path=/d\n" DRIVER "nfs.n.mount.subPathExpr=$(A)\n" DRIVER "nfs.n.options.path=/p\n"
         DRIVER "nfs.n.options.server=s\n"},
        {VOLUME(.type = "persistentVolumeClaim", .name = "p", .mount_path = "/d", .roles = SPARKK8S_DRIVER,
                .options = OPTIONS("claimName=OnDemand", "storageClass=c", "sizeLimit=1Gi", "label.a.b/c=d", "annotation.e=")),
         CLAIM_KEY "annotation.e=\n" CLAIM_KEY "label.a.b/c=d\n" CLAIM_KEY "mount.path=/d\n"
         CLAIM_KEY "options.claimName=OnDemand\n" CLAIM_KEY "options.sizeLimit=1Gi\n" CLAIM_KEY "options.storageClass=c\n"},
        {VOLUME(.type = "secret", .name = "s", .mount_path = "/s"), "driver.secrets.s=/s\nexecutor.secrets.s=/s\n"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(app) app = small_app("4.3.0");
        AUTO(manifest) manifest = NULL;

        ck_assert_int_eq(sparkk8s_app_add_volume(app, &cases[i].volume, NULL), 0);
        expect(app, cases[i].properties);
        manifest = rendered(app, NULL, 0);
        ck_assert_uint_eq(sparkk8s_manifest_warning_count(manifest), 0);
    }
}
END_TEST

START_TEST(again)
{
    const sparkk8s_volume old = VOLUME(.type = "hostPath", .name = "d", .mount_path = "/old", .read_only = 1,
                                       .options = OPTIONS("path=/x", "type=Directory"));
    const sparkk8s_volume new = VOLUME(.type = "hostPath", .name = "d", .mount_path = "/new", .roles = SPARKK8S_EXECUTOR,
                                       .options = OPTIONS("path=/y"));
    const sparkk8s_volume other = VOLUME(.type = "emptyDir", .name = "d", .mount_path = "/x");
    const sparkk8s_volume beside = VOLUME(.type = "emptyDir", .name = "dd", .mount_path = "/x", .roles = SPARKK8S_DRIVER);
    AUTO(app) app = small_app("4.3.0");
    AUTO(error) err = NULL;

    ck_assert_int_eq(sparkk8s_app_add_volume(app, &old, NULL), 0);
    ck_assert_int_eq(sparkk8s_app_add_volume(app, &new, NULL), 0);
    ck_assert_int_eq(sparkk8s_app_add_volume(app, &other, &err), SPARKK8S_ECONF);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(err), "driver.volumes.hostPath.d."));
    ck_assert_int_eq(sparkk8s_app_add_volume(app, &beside, NULL), 0);
    expect(app, "driver.volumes.emptyDir.dd.mount.path=/x\n"
                "driver.volumes.hostPath.d.mount.path=/old\ndriver.volumes.hostPath.d.mount.readOnly=true\n"
                "driver.volumes.hostPath.d.options.path=/x\ndriver.volumes.hostPath.d.options.type=Directory\n"
                "executor.volumes.hostPath.d.mount.path=/new\nexecutor.volumes.hostPath.d.options.path=/y\n");
}
END_TEST

/* Of the struct in error nothing is written, not even for the role that would have been in order. */
START_TEST(refusals)
{
#define DATA(...) VOLUME(.name = "d", .mount_path = "/d", __VA_ARGS__)
#define CLAIM(...) DATA(.type = "persistentVolumeClaim", .options = OPTIONS("claimName=c", __VA_ARGS__))
    const struct {
        sparkk8s_volume volume;
        int code;
        const char *where, *message, *hint;
    } cases[] = {
        {DATA(.type = NULL), SPARKK8S_EINVAL, ".type", "must be set", ""},
        {DATA(.type = ""), SPARKK8S_EINVAL, ".type", "must be set", ""},
        {VOLUME(.type = "nfs", .mount_path = "/d"), SPARKK8S_EINVAL, ".name", "must be set", ""},
        {VOLUME(.type = "nfs", .name = "d"), SPARKK8S_EINVAL, ".mount_path", "must be set", ""},
        {VOLUME(.type = "nfs", .name = "d", .mount_path = "d"), SPARKK8S_ECONF, ".mount_path", "no absolute path", ""},
        {VOLUME(.type = "nfs", .name = "\xff", .mount_path = "/d"), SPARKK8S_EINVAL, ".name", "UTF-8", ""},
        {VOLUME(.type = "nfs", .name = "a.b", .mount_path = "/d"), SPARKK8S_ECONF, ".name", "cannot be the name", ""},
        {VOLUME(.type = "nfs", .name = "-a", .mount_path = "/d"), SPARKK8S_ECONF, ".name", "cannot be the name", ""},
        {VOLUME(.type = "secret", .name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .mount_path = "/d"),
         SPARKK8S_ECONF, ".name", "cannot be the name", ""},
        {DATA(.type = "emptyDir", .roles = 4), SPARKK8S_EINVAL, ".roles", "bit", ""},
        {DATA(.type = "emptyDir", .mount_subpath = ""), SPARKK8S_EINVAL, ".mount_subpath", "not empty", ""},
        {DATA(.type = "hostpath"), SPARKK8S_EINVAL, ".type", "no volumes of type 'hostpath'", "did you mean hostPath?"},
        {DATA(.type = "configMap"), SPARKK8S_EINVAL, ".type", "no volumes of type 'configMap'", "pod template"},
        {DATA(.type = "secret", .options = OPTIONS("a=b")), SPARKK8S_EINVAL, "", "as a whole", "pod template"},
        {DATA(.type = "secret", .mount_subpath = "x"), SPARKK8S_EINVAL, "", "as a whole", "pod template"},
        {DATA(.type = "emptyDir", .options = OPTIONS("sizelimit=1Gi")), SPARKK8S_EINVAL, ".options",
         "no option 'sizelimit'", "did you mean sizeLimit?"},
        {DATA(.type = "emptyDir", .options = OPTIONS("label.a=b")), SPARKK8S_EINVAL, ".options", "no option 'label.a'", ""},
        {CLAIM("label.=b"), SPARKK8S_EINVAL, ".options", "no option 'label.'", ""},
        {CLAIM("storageClass"), SPARKK8S_EINVAL, ".options", "written name=value", ""},
        {CLAIM("claimName=d"), SPARKK8S_EINVAL, ".options", "given twice", ""},
        {CLAIM("sizeLimit=10"), SPARKK8S_ECONF, "options.sizeLimit", "smaller than 1KiB", ""},
        {DATA(.type = "persistentVolumeClaim"), SPARKK8S_ECONF, "options.claimName", "not set", ""},
        {DATA(.type = "nfs", .options = OPTIONS("path=/x")), SPARKK8S_ECONF, "options.server", "not set", ""},
        {DATA(.type = "emptyDir", .mount_subpath = "a", .mount_subpath_expr = "b"), SPARKK8S_ECONF, "mount.subPathExpr",
         "only one", ""},
    };
    AUTO(app) app = small_app("4.3.0");
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;

        ck_assert_msg(sparkk8s_app_add_volume(app, &cases[i].volume, &err) == cases[i].code, "case %zu", i);
        ck_assert_msg(text_ends(sparkk8s_error_where(err), cases[i].where), "case %zu: %s", i,
                      sparkk8s_error_where(err));
        ck_assert_msg(strstr(sparkk8s_error_message(err), cases[i].message) != NULL, "%s", sparkk8s_error_message(err));
        ck_assert_msg(strstr(sparkk8s_error_hint(err), cases[i].hint) != NULL, "%s", sparkk8s_error_hint(err));
        expect(app, "");
    }
    ck_assert_int_eq(sparkk8s_app_add_volume(app, NULL, NULL), SPARKK8S_EINVAL);
    ck_assert_int_eq(sparkk8s_app_add_volume(NULL, &cases[0].volume, NULL), SPARKK8S_EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("typed_volume");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_type);
    tcase_add_test(tcase, again);
    tcase_add_test(tcase, refusals);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
