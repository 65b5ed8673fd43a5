/* SPDX-License-Identifier: Apache-2.0 */
/* The main class that Java finds in a manifest; each row was tried with the real one. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "jar.h"
#include "scratch.h"
#include "zipmaker.h"

#define NAME "META-INF/MANIFEST.MF"
#define VERSION "Manifest-Version: 1.0\r\n"

static int main_class(const struct zip_made *entries, char **out, sparkk8s_error **err)
{
    AUTO_STR bytes = STR_INIT(STR_TEXT_LIMIT);
    AUTO_SCRATCH scratch;

    for (; entries->name; entries++)
        zip_entry(&bytes, entries);
    scratch_begin(&scratch);
    return jar_main_class(scratch_bytes(&scratch, "app.jar", bytes.s, bytes.len), out, err);
}

START_TEST(manifests)
{
    static const struct {
        const char *text, *main_class;          /* NULL: none */
    } rows[] = {
        {VERSION "Main-Class: a.B\r\n\r\n", "a.B"},
        {"Main-Class: a.B\n", "a.B"},
        {"Main-Class: a.B\r", "a.B"},
        {VERSION "Main-Class: a.B", NULL},      /* Java loses a line that nothing ends */
        {VERSION "Main-Class: a.\r\n b.\r\n C\r\nX: y\r\n\r\n", "a.b.C"},
        {"Main-Class:   a.B  \r\n\r\n", "  a.B  "},
        {"Main-Class: \r\n", ""},
        {"mAIN-cLASS: a.B\r\n", "a.B"},
        {"Main-Class: a.B\r\nMain-Class: c.D\r\n", "c.D"},
        {VERSION "\r\nName: x\r\nMain-Class: a.B\r\n\r\n", NULL},
        {"Main-Class: a.B\r\n\r\n\r\nName: x\r\n\r\nname: y\r\n", "a.B"},
        {"Main-Class: \xc3\xa4.B\r\n", "\xc3\xa4.B"},
        {"", NULL},
        {"\r\n", NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const struct zip_made entries[] = {{.name = NAME, .content = rows[i].text, .method = 8}, {0}};
        AUTO(chars) found = NULL;
        AUTO(error) error = NULL;

        ck_assert_msg(main_class(entries, &found, &error) == 0, "%zu: %s", i, sparkk8s_error_message(error));
        ck_assert_msg(!found == !rows[i].main_class && (!found || !strcmp(found, rows[i].main_class)), "%zu: %s", i, found);
    }
}
END_TEST

START_TEST(bad_manifests)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"Main-Class:a.B\r\n", "invalid header field (line 1"}, {VERSION "garbage\r\nMain-Class: a\r\n", "(line 2 of the manifest)"},
        {"Main-Class: a.B\r\ngarbage\r\n", "invalid header field"}, {" x\r\nMain-Class: a\r\n", "misplaced continuation"},
        {"Ma in: 1\r\nMain-Class: a\r\n", "invalid header field name"}, {": x\r\n", "invalid header field name"},
        {"Main-Class: a\r\n\r\nX: y\r\n", "invalid manifest format"}, {"Main-Class: a\r\n\r\ngarbage\r\n", "invalid header field"},
        {"Main-Class: \xe4\r\n", "not UTF-8"}, {"X:\r\n", "invalid header field"},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const struct zip_made entries[] = {{.name = NAME, .content = rows[i].text}, {0}};
        AUTO(chars) found = NULL;
        AUTO(error) error = NULL;

        ck_assert_int_eq(main_class(entries, &found, &error), SPARKK8S_EPARSE);
        ck_assert_msg(strstr(sparkk8s_error_message(error), rows[i].message) != NULL, "%s", sparkk8s_error_message(error));
    }
}
END_TEST

/* A stream has no directory to look into: the manifest is in front, or nowhere. */
START_TEST(places)
{
    static const char text[] = "Main-Class: a.B\r\n";
    static const struct {
        struct zip_made entries[4];
        bool found;
    } rows[] = {
        {{{.name = NAME, .content = text}, {.name = "a.class", .content = "x"}}, true},
        {{{.name = "META-INF/", .content = ""}, {.name = NAME, .content = text, .method = 8, .flags = 8}}, true},
        {{{.name = "meta-inf/manifest.mf", .content = text}}, true},
        {{{.name = "a.class", .content = "x"}, {.name = NAME, .content = text}}, false},
        {{{.name = "META-INF/", .content = ""}, {.name = "a", .content = ""}, {.name = NAME, .content = text}}, false},
        {{{.name = "META-INF/", .content = ""}}, false},
        {{{0}}, false},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        AUTO(chars) found = NULL;
        AUTO(error) error = NULL;
        int rc = main_class(rows[i].entries, &found, &error);

        ck_assert_msg(rc == (rows[i].found ? 0 : SPARKK8S_EPARSE), "%zu: %s", i, sparkk8s_error_message(error));
        ck_assert(!found == !rows[i].found);
        if (rc < 0)
            ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), "does not begin with " NAME));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jar");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, manifests);
    tcase_add_test(tcase, bad_manifests);
    tcase_add_test(tcase, places);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
