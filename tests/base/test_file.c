/* SPDX-License-Identifier: Apache-2.0 */
/* In a folder of its own, below the present one. */
#include "suite.h"

#include "error.h"
#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "test-file-XXXXXX"

static char folder[sizeof(FOLDER)];

static void write_file(const char *name, const void *bytes, size_t len)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void enter_folder(void)
{
    memcpy(folder, FOLDER, sizeof(FOLDER));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    static const char *const names[] = {"f", "b", "a", "C", "link", "dangling", "tolink", NULL};
    const char *const *name;

    for (name = names; *name; name++)
        unlink(*name);
    rmdir("sub");
    ck_assert_int_eq(chdir(".."), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(reads)
{
    size_t len = 99, limit;

    enter_folder();
    write_file("f", "ab\0cd", 5);
    for (limit = 5; limit < 8; limit++) {
        AUTO(chars) text = NULL;

        ck_assert_int_eq(file_read("f", limit, &text, &len, NULL), 0);
        ck_assert_uint_eq(len, 5);
        ck_assert_int_eq(memcmp(text, "ab\0cd", 6), 0);
    }
    write_file("f", "", 0);
    for (limit = 0; limit < 2; limit++) {
        AUTO(chars) text = NULL;

        ck_assert_int_eq(file_read("f", limit, &text, &len, NULL), 0);
        ck_assert_uint_eq(len, 0);
        ck_assert_str_eq(text, "");
    }
    leave_folder();
}
END_TEST

START_TEST(reads_large_ones)
{
    enum { SIZE = 3 << 20 };
    AUTO(chars) bytes = malloc(SIZE);
    AUTO(chars) text = NULL;
    size_t len = 0, i;

    enter_folder();
    for (i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 >> 3);
    write_file("f", bytes, SIZE);
    ck_assert_int_eq(file_read("f", SIZE, &text, &len, NULL), 0);
    ck_assert_uint_eq(len, SIZE);
    ck_assert_int_eq(memcmp(text, bytes, SIZE), 0);
    leave_folder();
}
END_TEST

START_TEST(enforces_the_limit)
{
    static const char *const paths[] = {"f", "/dev/zero", "/proc/self/maps"};
    size_t i;

    enter_folder();
    write_file("f", "12345", 5);
    for (i = 0; i < COUNT(paths); i++) {
        AUTO(error) err = NULL;
        char *text = (char *)1;
        size_t len = 77;

        ck_assert_int_eq(file_read(paths[i], 4, &text, &len, &err), SPARKK8S_EIO);
        ck_assert_str_eq(sparkk8s_error_message(err), "the file is larger than the 4 bytes that are allowed here");
        ck_assert_str_eq(sparkk8s_error_where(err), paths[i]);
        ck_assert_ptr_eq(text, (char *)1);
        ck_assert_uint_eq(len, 77);
    }
    leave_folder();
}
END_TEST

START_TEST(reads_what_has_no_size)
{
    AUTO(chars) text = NULL;
    size_t len = 0;

    ck_assert_int_eq(file_read("/proc/self/status", 1 << 20, &text, &len, NULL), 0);
    ck_assert_uint_gt(len, 100);
    ck_assert_int_eq(strncmp(text, "Name:", 5), 0);
}
END_TEST

START_TEST(says_what_is_wrong)
{
    static const struct { const char *path, *message; } cases[] = {
        {"none", "cannot open the file: No such file or directory"},
        {"/dev/null/x", "cannot open the file: Not a directory"},
        {".", "cannot read the file: Is a directory"},
    };
    AUTO_STRV names = {0};
    AUTO(error) listing = NULL;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;
        AUTO(chars) text = NULL;
        size_t len;

        ck_assert_int_eq(file_read(cases[i].path, 100, &text, &len, &err), SPARKK8S_EIO);
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].message);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].path);
    }
    ck_assert_int_eq(file_list("none", &names, &listing), SPARKK8S_EIO);
    ck_assert_str_eq(sparkk8s_error_message(listing), "cannot open the folder: No such file or directory");
    ck_assert_str_eq(sparkk8s_error_where(listing), "none");
}
END_TEST

START_TEST(leaves_no_descriptor)
{
    AUTO_STRV names = {0};
    AUTO(chars) text = NULL;
    size_t len;
    int before = dup(0), after, i;

    close(before);
    for (i = 0; i < 3; i++) {
        file_read(".", 1, &text, &len, NULL);
        file_list(".", &names, NULL);
    }
    after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(lists_regular_files)
{
    AUTO_STRV names = {0};
    AUTO(chars) joined = NULL;

    enter_folder();
    write_file("b", "", 0);
    write_file("a", "", 0);
    write_file("C", "", 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert_int_eq(symlink("none", "dangling"), 0);
    ck_assert_int_eq(symlink("sub", "tolink"), 0);
    ck_assert_int_eq(file_list(".", &names, NULL), 0);
    joined = strv_join(&names, " ");
    ck_assert_str_eq(joined, "C a b link");
    ck_assert(file_is_regular("a"));
    ck_assert(file_is_regular("link"));
    ck_assert(!file_is_regular("sub"));
    ck_assert(!file_is_regular("dangling"));
    ck_assert(file_is_folder("sub"));
    ck_assert(file_is_folder("tolink"));
    ck_assert(!file_is_folder("a"));
    ck_assert(!file_is_folder("none"));
    leave_folder();
}
END_TEST

START_TEST(lists_everything)
{
    AUTO_STRV names = {0};
    AUTO(chars) joined = NULL;

    enter_folder();
    write_file("b", "", 0);
    write_file("a", "", 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    ck_assert_int_eq(symlink("none", "dangling"), 0);
    ck_assert_int_eq(symlink("sub", "tolink"), 0);
    ck_assert_int_eq(file_list_all(".", &names, NULL), 0);
    joined = strv_join(&names, " ");
    ck_assert_str_eq(joined, "a b sub tolink");
    ck_assert(file_exists("a") && file_exists("sub") && file_exists("tolink"));
    ck_assert(!file_exists("dangling") && !file_exists("none") && !file_exists("a/b"));
    leave_folder();
}
END_TEST

START_TEST(canonical_paths)
{
    static const struct { const char *path, *below; } rows[] = {
        {"a", "/a"}, {"./a", "/a"}, {"sub/../a", "/a"}, {"tolink/f", "/sub/f"}, {"tolink/../a", "/a"}, {"link", "/a"},
        {"none", "/none"}, {"none/x/../y", "/none/y"}, {"dangling", "/dangling"}, {"tolink/none", "/sub/none"}, {"a/", "/a"},
        {"a/x", "/a/x"}, {"", ""}, {"sub//", "/sub"}, {"tolink/none/../../b", "/b"},
    };
    AUTO(error) error = NULL;
    AUTO(chars) looped = NULL;
    size_t i;

    enter_folder();
    write_file("a", "", 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert_int_eq(symlink("sub", "tolink"), 0);
    ck_assert_int_eq(symlink("none", "dangling"), 0);
    for (i = 0; i < COUNT(rows); i++) {
        AUTO(chars) here = realpath(".", NULL);
        AUTO(chars) path = NULL;

        ck_assert_int_eq(file_canonical(rows[i].path, &path, NULL), 0);
        ck_assert_msg(!strncmp(path, here, strlen(here)), "%s", path);
        ck_assert_str_eq(path + strlen(here), rows[i].below);
    }
    ck_assert_int_eq(symlink("C", "C"), 0);
    ck_assert_int_eq(file_canonical("C", &looped, &error), SPARKK8S_EIO);
    leave_folder();
}
END_TEST

START_TEST(paths)
{
    static const struct { const char *folder, *name, *joined; } joins[] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"a", "/b", "/b"}, {"", "b", "b"}, {".", "b", "./b"},
    };
    static const struct { const char *path, *folder, *name; } splits[] = {
        {"a", ".", "a"}, {"a/b", "a", "b"}, {"/a", "/", "a"}, {"/a/b.c", "/a", "b.c"}, {"a/", "a", ""}, {"", ".", ""},
    };
    size_t i;

    for (i = 0; i < COUNT(joins); i++) {
        AUTO(chars) joined = file_join(joins[i].folder, joins[i].name);

        ck_assert_str_eq(joined, joins[i].joined);
    }
    for (i = 0; i < COUNT(splits); i++) {
        AUTO(chars) above = file_folder(splits[i].path);

        ck_assert_str_eq(above, splits[i].folder);
        ck_assert_str_eq(file_name(splits[i].path), splits[i].name);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &reads, &reads_large_ones, &enforces_the_limit, &reads_what_has_no_size, &says_what_is_wrong,
        &leaves_no_descriptor, &lists_regular_files, &lists_everything, &canonical_paths, &paths,
    };

    return run_tests("file", tests, COUNT(tests));
}
