/* SPDX-License-Identifier: Apache-2.0 */
/* Storing files in a folder of this machine. */
#include <check.h>
#undef fail                                 /* of Check; ours is in error.h */

#include "error.h"
#include "scratch.h"
#include "upload.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#define LARGE ((size_t)20 << 20)            /* several slices */

struct place {
    struct scratch scratch;
    char source[200], folder[200], target[240];
    struct upload upload;
    struct uploads uploads;
};

#define AUTO_PLACE __attribute__((cleanup(place_end))) struct place

static void place_end(struct place *place)
{
    scratch_end(&place->scratch);
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void place_begin(struct place *place, const char *text)
{
    scratch_begin(&place->scratch);
    snprintf(place->source, sizeof(place->source), "%s/source.txt", place->scratch.folder);
    snprintf(place->folder, sizeof(place->folder), "%s/up/spark-upload-1", place->scratch.folder);
    snprintf(place->target, sizeof(place->target), "%s/target.txt", place->folder);
    write_bytes(place->source, text, strlen(text));
    place->upload = (struct upload){.scheme = UPLOAD_FILE, .source = place->source, .target = place->target, .path = place->target};
    place->uploads = (struct uploads){&place->upload, 1};
}

/* Steps until it is over, at most `most`; *steps is how many there were. */
static int go_on(struct uploading *uploading, int most, int *steps, sparkk8s_error **err)
{
    int rc = SPARKK8S_AGAIN;

    for (*steps = 0; *steps < most && rc == SPARKK8S_AGAIN; ++*steps)
        rc = uploading_step(uploading, err);
    return rc;
}

static int store(const struct place *place, bool keyed, sparkk8s_error **err)
{
    AUTO(uploading) uploading = NULL;
    int rc, steps;

    ck_assert_int_eq(uploading_new(&place->uploads, keyed, &uploading, NULL), 0);
    ck_assert_str_eq(uploading_now(uploading), place->source);
    rc = go_on(uploading, 1000, &steps, err);
    ck_assert_int_ne(rc, SPARKK8S_AGAIN);
    if (rc < 0)
        uploading_undo(uploading);
    else
        ck_assert_ptr_null(uploading_now(uploading));
    return rc;
}

static void check_content(const char *path, const char *expected)
{
    AUTO(chars) text = NULL;
    size_t len;

    ck_assert_int_eq(file_read(path, 1000, &text, &len, NULL), 0);
    ck_assert_str_eq(text, expected);
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void check_names(const char *folder, const char *expected)
{
    AUTO_STRV names = {0};
    AUTO(chars) joined = NULL;

    ck_assert_int_eq(file_list_all(folder, &names, NULL), 0);
    joined = names.count ? strv_join(&names, " ") : NULL;
    ck_assert_str_eq(joined ? joined : "", expected);
}

/* ---- whole --------------------------------------------------------------------------------------------------- */

/* Whatever umask and source, as Hadoop leaves them. */
START_TEST(permissions)
{
    static const mode_t masks[] = {0, 022, 077};
    mode_t before = umask(masks[_i]);
    AUTO_PLACE place;
    char above[200];

    place_begin(&place, "text");
    ck_assert_int_eq(chmod(place.source, _i == 1 ? 0755 : 0600), 0);
    ck_assert_int_eq(store(&place, false, NULL), 0);
    check_content(place.target, "text");
    check_content(place.source, "text");
    check_names(place.folder, "target.txt");
    snprintf(above, sizeof(above), "%s/up", place.scratch.folder);
    ck_assert_uint_eq(mode_of(above), 0755);
    ck_assert_uint_eq(mode_of(place.folder), 0755);
    ck_assert_uint_eq(mode_of(place.target), 0644);
    umask(before);
}
END_TEST

START_TEST(set_group_id_stays)
{
    AUTO_PLACE place;
    char above[200];

    place_begin(&place, "text");
    snprintf(above, sizeof(above), "%s/up", place.scratch.folder);
    ck_assert_int_eq(mkdir(above, 0700), 0);
    ck_assert_int_eq(chmod(above, 02770), 0);
    ck_assert_int_eq(store(&place, false, NULL), 0);
    ck_assert_uint_eq(mode_of(above), 02770);           /* it was there */
    ck_assert_uint_eq(mode_of(place.folder), 02755);
}
END_TEST

START_TEST(empty)
{
    AUTO_PLACE place;

    place_begin(&place, "");
    ck_assert_int_eq(store(&place, false, NULL), 0);
    check_content(place.target, "");
}
END_TEST

/* In slices, on the same file system and, if there is one, on another. */
START_TEST(large)
{
    static char bytes[LARGE], copied[LARGE];
    AUTO(uploading) uploading = NULL;
    AUTO_PLACE place;
    int steps, fd;
    size_t i;

    place_begin(&place, "");
    for (i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 7 + i / 4096);
    write_bytes(place.source, bytes, LARGE);
    if (_i)
        snprintf(place.target, sizeof(place.target), "/dev/shm/sparkk8s-test-%d/target.txt", (int)getpid());
    ck_assert_int_eq(uploading_new(&place.uploads, false, &uploading, NULL), 0);
    ck_assert_int_eq(go_on(uploading, 3, &steps, NULL), SPARKK8S_AGAIN);
    ck_assert(!file_exists(place.target));
    ck_assert_int_eq(go_on(uploading, 1000, &steps, NULL), 0);
    fd = open(place.target, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(fd, copied, LARGE), (ssize_t)LARGE);
    ck_assert_int_eq(read(fd, copied, 1), 0);
    close(fd);
    ck_assert(!memcmp(bytes + 1, copied + 1, LARGE - 1));
    uploading_undo(uploading);
    ck_assert(!file_exists(place.target));
}
END_TEST

START_TEST(one_after_another)
{
    AUTO_PLACE place;
    struct upload both[2];
    char other[240];

    place_begin(&place, "text");
    snprintf(other, sizeof(other), "%s/up/spark-upload-2/other.txt", place.scratch.folder);
    both[0] = both[1] = place.upload;
    both[1].path = both[1].target = other;
    place.uploads = (struct uploads){both, 2};
    ck_assert_int_eq(store(&place, false, NULL), 0);
    check_content(place.target, "text");
    check_content(other, "text");
    both[1].source = other + 1;             /* is not there: what was stored before goes, too */
    ck_assert_int_eq(unlink(place.target), 0);
    ck_assert_int_eq(rmdir(place.folder), 0);
    ck_assert_int_eq(store(&place, false, NULL), SPARKK8S_EUPLOAD);
    ck_assert(!file_exists(place.folder));
    check_content(other, "text");
}
END_TEST

/* ---- what is there already ----------------------------------------------------------------------------------- */

START_TEST(there_already)
{
    AUTO_PLACE place;
    AUTO(uploading) uploading = NULL;
    int steps;

    place_begin(&place, "new");
    ck_assert_int_eq(store(&place, false, NULL), 0);
    write_bytes(place.target, "old", 3);
    ck_assert_int_eq(uploading_new(&place.uploads, _i, &uploading, NULL), 0);
    ck_assert_int_eq(go_on(uploading, 1000, &steps, NULL), 0);
    check_content(place.target, _i ? "new" : "old");
    uploading_undo(uploading);
    check_content(place.target, _i ? "new" : "old");
    check_names(place.folder, "target.txt");
}
END_TEST

/* Who reads the old one goes on reading the old one. */
START_TEST(replaced_under_a_reader)
{
    AUTO_PLACE place;
    char text[4] = "";
    int fd;

    place_begin(&place, "new");
    ck_assert_int_eq(store(&place, true, NULL), 0);
    write_bytes(place.target, "old", 3);
    fd = open(place.target, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(store(&place, true, NULL), 0);
    ck_assert_int_eq(read(fd, text, 3), 3);
    ck_assert_str_eq(text, "old");
    close(fd);
}
END_TEST

/* ---- undone, and failures ------------------------------------------------------------------------------------ */

START_TEST(undone)
{
    AUTO_PLACE place;
    char above[200];
    int after, steps;

    place_begin(&place, "text");
    snprintf(above, sizeof(above), "%s/up", place.scratch.folder);
    for (after = 0; after < 5; after++) {
        AUTO(uploading) uploading = NULL;

        ck_assert_int_eq(uploading_new(&place.uploads, _i, &uploading, NULL), 0);
        go_on(uploading, after, &steps, NULL);
        uploading_undo(uploading);
        uploading_undo(uploading);
        if (!after)
            continue;
        if (!_i)
            check_names(above, "");
        else
            check_names(place.folder, after < 3 ? "" : "target.txt");
    }
}
END_TEST

START_TEST(failures)
{
    static const struct {
        const char *what;
        bool keyed;
    } rows[] = {
        {"cannot open it", false}, {"it is no file any more", false}, {"cannot create its folder", false},
        {"cannot create its folder", false}, {"cannot give it its name", true}, {"cannot copy it", false}, {"cannot copy it", true},
    };
    static char bytes[LARGE];
    struct rlimit usual, little;
    AUTO_PLACE place;
    AUTO(error) error = NULL;
    char above[200];

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &usual), 0);
    little = (struct rlimit){.rlim_cur = LARGE / 2, .rlim_max = usual.rlim_max};
    place_begin(&place, "text");
    snprintf(above, sizeof(above), "%s/up", place.scratch.folder);
    if (_i == 0)
        unlink(place.source);
    if (_i == 1)
        strcpy(place.source, place.scratch.folder);
    if (_i == 2)
        write_bytes(above, "a file", 6);
    if (_i == 3)
        strcpy(place.target, "/proc/nope/spark-upload-1/target.txt");
    if (_i == 4) {
        mkdir(above, 0755);
        mkdir(place.folder, 0755);
        mkdir(place.target, 0755);
    }
    if (_i > 4) {
        write_bytes(place.source, bytes, LARGE);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &little);
    }
    ck_assert_int_eq(store(&place, rows[_i].keyed, &error), SPARKK8S_EUPLOAD);
    setrlimit(RLIMIT_FSIZE, &usual);            /* where tests are not forked it would stay */
    ck_assert_msg(strstr(sparkk8s_error_message(error), rows[_i].what) != NULL, "%s", sparkk8s_error_message(error));
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_message(error), place.source));
    ck_assert_str_eq(sparkk8s_error_where(error), place.target);
    ck_assert_ptr_nonnull(strstr(sparkk8s_error_hint(error), UPLOAD_PATH_KEY));
    if (_i == 4 || _i == 6)
        check_names(place.folder, _i == 4 ? "target.txt" : "");
    else
        ck_assert(!file_exists(place.folder));
}
END_TEST

START_TEST(no_descriptor_is_left)
{
    AUTO_PLACE place;
    int before = dup(0), after;

    close(before);
    place_begin(&place, "text");
    store(&place, false, NULL);
    store(&place, true, NULL);
    unlink(place.source);
    store(&place, true, NULL);
    after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upload");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, permissions, 0, 3);
    tcase_add_test(tcase, set_group_id_stays);
    tcase_add_test(tcase, empty);
    tcase_add_loop_test(tcase, large, 0, file_is_folder("/dev/shm") ? 2 : 1);
    tcase_add_test(tcase, one_after_another);
    tcase_add_loop_test(tcase, there_already, 0, 2);
    tcase_add_test(tcase, replaced_under_a_reader);
    tcase_add_loop_test(tcase, undone, 0, 2);
    tcase_add_loop_test(tcase, failures, 0, 7);
    tcase_add_test(tcase, no_descriptor_is_left);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
