/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "error.h"
#include "zip.h"
#include "zipmaker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[40];

static void write_bytes(const char *bytes, size_t len)
{
    int fd;

    snprintf(path, sizeof(path), "test-zip-%d", (int)getpid());
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void write_zip(const struct zip_made *entries, size_t count)
{
    AUTO_STR bytes = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    for (i = 0; i < count; i++)
        zip_entry(&bytes, &entries[i]);
    str_add(&bytes, "PK\1\2 the directory");
    write_bytes(bytes.s, bytes.len);
}

START_TEST(entries)
{
    static const struct zip_made made[] = {
        {.name = "stored", .content = "one"},
        {.name = "deflated", .content = "two two two two two two two two", .method = 8},
        {.name = "streamed", .content = "three", .method = 8, .flags = 8},
        {.name = "bare", .content = "four", .method = 8, .flags = 8, .bare = true},
        {.name = "empty/", .content = ""},
        {.name = "last", .content = "five", .method = 8},
    };
    AUTO(zip) zip = NULL;
    size_t i, len;
    int read_it;

    for (read_it = 0; read_it < 2; read_it++) {
        write_zip(made, COUNT(made));
        ck_assert_int_eq(zip_open(path, &zip, NULL), 0);
        for (i = 0; i <= COUNT(made); i++) {
            AUTO(chars) name = NULL;
            AUTO(chars) content = NULL;

            ck_assert_int_eq(zip_next(zip, 100, &name, NULL), 0);
            if (i == COUNT(made)) {
                ck_assert_ptr_null(name);
                break;
            }
            ck_assert_str_eq(name, made[i].name);
            if (!read_it)
                continue;
            ck_assert_int_eq(zip_read(zip, 31, &content, &len, NULL), 0);
            ck_assert_str_eq(content, made[i].content);
            ck_assert_uint_eq(len, strlen(made[i].content));
        }
        zip_close(TAKE(zip));
    }
    unlink(path);
}
END_TEST

START_TEST(larger_than_a_chunk)
{
    static char content[300001];
    struct zip_made made = {.name = "n", .content = content};
    size_t i, len;
    int deflated;

    for (i = 0; i < sizeof(content) - 1; i++)
        content[i] = (char)('a' + i * i / 7 % 23);
    for (deflated = 0; deflated < 2; deflated++) {
        AUTO(zip) zip = NULL;
        AUTO(chars) name = NULL;
        AUTO(chars) read = NULL;

        made.method = deflated ? 8 : 0;
        write_zip(&made, 1);
        ck_assert_int_eq(zip_open(path, &zip, NULL), 0);
        ck_assert_int_eq(zip_next(zip, 100, &name, NULL), 0);
        ck_assert_int_eq(zip_read(zip, sizeof(content), &read, &len, NULL), 0);
        ck_assert_uint_eq(len, sizeof(content) - 1);
        ck_assert(!memcmp(read, content, len));
    }
    unlink(path);
}
END_TEST

START_TEST(faults)
{
    static const struct {
        struct zip_made made;
        size_t limit, cut;
        const char *message;
    } rows[] = {
        {{"n", "content", 0, 0, false, 0}, 6, 0, "larger than is allowed"},
        {{"n", "content", 8, 0, false, 0}, 6, 0, "larger than is allowed"},
        {{"n", "content", 8, 1, false, 0}, 99, 0, "encrypted"},
        {{"n", "content", 0, 8, false, 0}, 99, 0, "neither stored nor deflated"},
        {{"n", "content", 12, 0, false, 0}, 99, 0, "neither stored nor deflated"},
        {{"n", "content", 0, 0, false, 1}, 99, 0, "checksum"},
        {{"n", "content", 8, 8, false, 1}, 99, 0, "checksum"},
        {{"n", "content", 0, 0, false, 0}, 99, 37, "ends in the middle"},
        {{"n", "content", 8, 0, false, 0}, 99, 36, "ends in the middle"},
        {{"n", "content", 8, 8, true, 0}, 99, 45, "ends in the middle"},
    };
    AUTO(zip) zip = NULL;
    AUTO(chars) name = NULL;
    AUTO(chars) content = NULL;
    AUTO(error) error = NULL;
    AUTO_STR bytes = STR_INIT(STR_TEXT_LIMIT);
    size_t len;

    zip_entry(&bytes, &rows[_i].made);
    write_bytes(bytes.s, rows[_i].cut ? rows[_i].cut : bytes.len);
    ck_assert_int_eq(zip_open(path, &zip, NULL), 0);
    ck_assert_int_eq(zip_next(zip, 99, &name, NULL), 0);
    ck_assert_int_eq(zip_read(zip, rows[_i].limit, &content, &len, &error), SPARKK8S_EPARSE);
    ck_assert_msg(strstr(sparkk8s_error_message(error), rows[_i].message) != NULL, "%s", sparkk8s_error_message(error));
    ck_assert_str_eq(sparkk8s_error_where(error), path);
    unlink(path);
}
END_TEST

START_TEST(damaged_everywhere)
{
    static const struct zip_made made = {.name = "n", .content = "some content, some content, some content", .method = 8};
    AUTO_STR bytes = STR_INIT(STR_TEXT_LIMIT);
    size_t i, len;

    zip_entry(&bytes, &made);
    for (i = 0; i < bytes.len; i++) {
        AUTO(zip) zip = NULL;
        AUTO(chars) name = NULL;
        AUTO(chars) content = NULL;

        bytes.s[i] ^= 0x55;
        write_bytes(bytes.s, bytes.len);
        bytes.s[i] ^= 0x55;
        ck_assert_int_eq(zip_open(path, &zip, NULL), 0);
        if (zip_next(zip, 99, &name, NULL) == 0 && name && zip_read(zip, 99, &content, &len, NULL) == 0)
            ck_assert_str_eq(content, made.content);
    }
    unlink(path);
}
END_TEST

START_TEST(no_files)
{
    AUTO(zip) zip = NULL;
    AUTO(chars) name = NULL;

    ck_assert_int_eq(zip_open("none", &zip, NULL), SPARKK8S_EIO);
    ck_assert_int_eq(zip_open(".", &zip, NULL), SPARKK8S_EIO);
    write_bytes("", 0);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(zip_open(path, &zip, NULL), SPARKK8S_EIO);     /* at once */
    unlink(path);
    write_bytes("no zip file, but longer than the header of an entry", 51);
    ck_assert_int_eq(zip_open(path, &zip, NULL), 0);
    ck_assert_int_eq(zip_next(zip, 99, &name, NULL), 0);
    ck_assert_ptr_null(name);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zip");
    TCase *tcase = tcase_create("zip");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, entries);
    tcase_add_test(tcase, larger_than_a_chunk);
    tcase_add_loop_test(tcase, faults, 0, 10);
    tcase_add_test(tcase, damaged_everywhere);
    tcase_add_test(tcase, no_files);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
