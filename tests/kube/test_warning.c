/* SPDX-License-Identifier: Apache-2.0 */
/* Warning headers: the cases of apimachinery's TestParseWarningHeader, and what is malformed. */
#include "fixture.h"

#include "warning.h"

static const struct { const char *value, *expected; } cases[] = {
    { "", "" },
    { "299 - \"text\"", "299[text]" },
    { "299 - \"text1\", 298 - \"text2\"", "299[text1]298[text2]" },
    { "299 - \"text1\",298 - \"text2\"", "299[text1]298[text2]" },
    { "  299 - \"text\"  ", "299[text]" },
    { "299 host:8080 \"\\\"quoted\\\" \\\\ text\"", "299[\"quoted\" \\ text]" },
    { "299 - \"a, b\", 299 - \"c\"", "299[a, b]299[c]" },
    { "299 - \"text\" \"Sat, 21 Nov 2026 08:12:31 GMT\", 299 - \"next\"", "299[text]299[next]" },
    { "299 - \"\"", "299[]" },
    { "299 - \"one\", 299", "299[one]" },
    { "299 - \"one\" more, 299 - \"two\"", "" },
    { "299", "" },
    { "299 ", "" },
    { "299 -", "" },
    { "299 - ", "" },
    { "299 - text", "" },
    { "299 - \"text", "" },
    { "299 - \"text\\", "" },
    { "299 - \"text\\\"", "" },
    { "2990 - \"text\"", "" },
    { "29 - \"text\"", "" },
    { "abc - \"text\"", "" },
    { "299  \"text\"", "" },
    { "299 - \"text\" \"date", "" },
};

START_TEST(headers)
{
    const char *at, *end;
    size_t i;
    int code;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STR got = STR_INIT(STR_TEXT_LIMIT);
        AUTO(chars) value = strdup(cases[i].value);     /* its end is the memory's: what reads on is caught */

        at = value;
        end = at + strlen(at);
        for (;;) {
            AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

            if (!warning_next(&at, end, &code, &text))
                break;
            str_addf(&got, "%d[%s]", code, text.s);
        }
        ck_assert_msg(strcmp(got.s, cases[i].expected) == 0, "%s: %s", cases[i].value, got.s);
    }
}
END_TEST

static const TTest *const *const tests[] = { &headers };

int main(void)
{
    return run_tests("warning", tests, COUNT(tests), NULL, NULL);
}
