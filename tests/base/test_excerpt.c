/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "excerpt.h"
#include "text.h"

START_TEST(excerpts)
{
    static const struct { const char *text; size_t max; const char *expected; } cases[] = {
        { "", 20, "" },
        { "  a \t b\r\n", 20, "a b" },
        { "one\n\n\ttwo\x1b[0m", 20, "one two [0m" },
        { "a\xffz\xc3", 20, "a?z?" },
        { "caf\xc3\xa9", 20, "caf\xc3\xa9" },
        { "abcdefghij", 9, "abcdef..." },
        { "abcdef", 9, "abcdef" },
        { "abcde\xc3\xa9g", 9, "abcde..." },        /* no half characters */
        { "abcde f g h", 9, "abcde..." },
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        char *got = excerpt(cases[i].text, strlen(cases[i].text), cases[i].max);

        ck_assert_str_eq(got, cases[i].expected);
        ck_assert(strlen(got) <= cases[i].max);
        free(got);
    }
}
END_TEST

START_TEST(secrets)
{
    static const struct { const char *text, *expected; } cases[] = {
        { "jdbc:postgresql://db/x?user=u&password=canary&ssl=true", "jdbc:postgresql://db/x?user=u&password=***&ssl=true" },
        { "fs.s3a.secret.key=canary", "fs.s3a.secret.key=***" },
        { "{\"accessToken\": \"canary\", \"a\": 1}", "{\"accessToken\": \"***\", \"a\": 1}" },
        { "Password = 'canary'", "Password = '***'" },
        { "AccountKey=canary==;x", "AccountKey=***;x" },
        { "https://u:canary@host/path", "https://u:***@host/path" },
        { "token=canary token=canary2", "token=*** token=***" },
        { "secret=ab", "secret=**" },
        /* no secrets */
        { "https://host:8080/a@b", "https://host:8080/a@b" },
        { "couldn't find key password in Secret spark/orders-db", "couldn't find key password in Secret spark/orders-db" },
        { "secret \"orders-keys\" not found", "secret \"orders-keys\" not found" },
        { "the password", "the password" },
        { "password=", "password=" },
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        char *text = text_dup(cases[i].text);

        mask_secrets(text);
        ck_assert_str_eq(text, cases[i].expected);
        free(text);
    }
}
END_TEST

static const TTest *const *const tests[] = { &excerpts, &secrets };

int main(void)
{
    return run_tests("excerpt", tests, COUNT(tests));
}
