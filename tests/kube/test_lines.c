/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: the same lines whatever the portions. */
#include "fixture.h"

#include "lines.h"

/* Everything that `lines` gives now, as "[whole]" and "(piece". */
static void collect(struct lines *lines, struct str *out)
{
    enum lines_result got;
    const char *line;
    size_t len;

    while ((got = lines_next(lines, &line, &len)) == LINES_WHOLE || got == LINES_PIECE) {
        str_addc(out, got == LINES_WHOLE ? '[' : '(');
        str_addn(out, line, len);
        str_add(out, got == LINES_WHOLE ? "]" : "");
    }
    if (got == LINES_TOO_LONG)
        str_add(out, "!");
}

static const struct { const char *text; size_t max; bool split; const char *expected; } cases[] = {
    { "", 10, false, "" },
    { "a\n", 10, false, "[a]" },
    { "\n\na\n", 10, false, "[][][a]" },
    { "a\r\nb", 10, false, "[a\r]{b}" },
    { "0123456789\nx\n", 10, false, "[0123456789][x]" },
    { "0123456789a\nx\n", 10, false, "!" },
    { "0123456789a\nx\n", 10, true, "(0123456789[a][x]" },
    { "0123456789\n", 5, true, "(01234[56789]" },
    { "01234567890123", 5, true, "(01234(56789{0123}" },
    { "01234", 5, true, "{01234}" },
    { "a\n0123456789a", 10, false, "[a]!" },
};

static void run_case(size_t i, size_t portion)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    size_t at, len = strlen(cases[i].text), n;
    struct lines lines;
    const char *line;

    lines_init(&lines, cases[i].max, cases[i].split);
    for (at = 0; at < len; at += n) {
        n = len - at < portion ? len - at : portion;
        ck_assert(lines_feed(&lines, cases[i].text + at, n));
        ck_assert(out.s[0] == '\0' || out.s[out.len - 1] == '!' || lines_unread(&lines) >= n);
        if (!strchr(out.s, '!'))
            collect(&lines, &out);
    }
    ck_assert_int_eq(lines_have_one(&lines), strchr(cases[i].expected, '!') != NULL);
    if (!strchr(out.s, '!') && lines_rest(&lines, &line, &n) == LINES_PIECE)
        str_addf(&out, "{%.*s}", (int)n, line);
    ck_assert_str_eq(out.s, cases[i].expected);
    lines_clear(&lines);
}

START_TEST(any_portions)
{
    size_t i, portion;

    for (i = 0; i < COUNT(cases); i++)
        for (portion = 1; portion <= strlen(cases[i].text) + 1; portion++)
            run_case(i, portion);
}
END_TEST

START_TEST(line_stays_while_more_is_fed)
{
    struct lines lines;
    const char *line, *next;
    char noise[1000];
    size_t len;
    int i;

    memset(noise, 'z', sizeof noise);
    lines_init(&lines, 1 << 20, false);
    ck_assert(lines_feed(&lines, "keep\n", 5));
    ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_WHOLE);
    for (i = 0; i < 100; i++)
        ck_assert(lines_feed(&lines, noise, sizeof noise));
    ck_assert_int_eq(strncmp(line, "keep", 4), 0);
    ck_assert_int_eq(lines_next(&lines, &next, &len), LINES_NONE);
    ck_assert_uint_eq(lines_unread(&lines), 100000);
    lines_clear(&lines);
}
END_TEST

/* A long line in small portions is looked at once, not again with each portion. */
START_TEST(long_line_in_small_portions)
{
    struct lines lines;
    const char *line;
    size_t len;
    int i;

    lines_init(&lines, 16 << 20, false);
    for (i = 0; i < 200000; i++)                /* Check notes each assertion, which would be most of the work */
        if (!lines_feed(&lines, "0123456789012345678901234567890123456789", 40) || lines_next(&lines, &line, &len) != LINES_NONE)
            ck_abort_msg("portion %d", i);
    ck_assert(lines_feed(&lines, "\n", 1));
    ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_WHOLE);
    ck_assert_uint_eq(len, 8000000);
    lines_clear(&lines);
}
END_TEST

static const TTest *const *const tests[] = { &any_portions, &line_stays_while_more_is_fed, &long_line_in_small_portions };

int main(void)
{
    return run_tests("lines", tests, COUNT(tests), NULL, NULL);
}
