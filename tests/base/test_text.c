/* SPDX-License-Identifier: Apache-2.0 */
/* The number texts were printed by a JDK 17. */
#include "suite.h"

#include "text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>

START_TEST(starts_and_ends)
{
    static const char *const words[] = {"one", "", "two", NULL};

    ck_assert(text_starts("spark.a", "spark."));
    ck_assert(text_starts("a", ""));
    ck_assert(!text_starts("spa", "spark"));
    ck_assert(text_ends("a.jar", ".jar"));
    ck_assert(text_ends("a", ""));
    ck_assert(!text_ends("ar", "jar"));
    ck_assert(text_is_one_of("two", words));
    ck_assert(text_is_one_of("", words));
    ck_assert(!text_is_one_of("tw", words));
}
END_TEST

START_TEST(utf8)
{
    static const struct { const char *text; size_t len; bool valid; } cases[] = {
        {"", 0, true}, {"abc\x7f\n", 5, true}, {"\xc2\x80", 2, true}, {"\xdf\xbf", 2, true},
        {"\xe0\xa0\x80", 3, true}, {"\xed\x9f\xbf", 3, true}, {"\xef\xbf\xbf", 3, true},
        {"\xf0\x90\x80\x80", 4, true}, {"\xf4\x8f\xbf\xbf", 4, true},
        {"a\0b", 3, false}, {"\x80", 1, false}, {"\xc0\x80", 2, false}, {"\xc1\xbf", 2, false}, {"\xc2", 1, false},
        {"\xc2" "a", 2, false}, {"\xe0\x9f\xbf", 3, false}, {"\xed\xa0\x80", 3, false}, {"\xed\xbf\xbf", 3, false},
        {"\xe2\x82", 2, false}, {"\xf0\x8f\xbf\xbf", 4, false}, {"\xf4\x90\x80\x80", 4, false},
        {"\xf8\x88\x80\x80\x80", 5, false}, {"\xff", 1, false}, {"ok\xf0\x9f\x98", 5, false},
    };
    uint32_t c = 0;
    size_t i;

    for (i = 0; i < COUNT(cases); i++)
        ck_assert_msg(text_is_utf8(cases[i].text, cases[i].len) == cases[i].valid, "case %zu", i);
    ck_assert_uint_eq(text_char("\xf0\x9f\x98\x80", 4, &c), 4);
    ck_assert_uint_eq(c, 0x1f600);
    ck_assert_uint_eq(text_char("", 0, &c), 0);
}
END_TEST

START_TEST(copies)
{
    AUTO(chars) copy = text_dup("abc");
    AUTO(chars) part = text_dupn("abcdef", 2);
    AUTO(chars) low = text_lower("AbZ\xc3\x89[@");

    ck_assert_str_eq(copy, "abc");
    ck_assert_str_eq(part, "ab");
    ck_assert_str_eq(low, "abz\xc3\x89[@");
    ck_assert_ptr_null(text_dup(NULL));
    ck_assert_ptr_null(text_dupn("a", SIZE_MAX));
}
END_TEST

START_TEST(trims)
{
    static const struct { const char *text, *trimmed; } cases[] = {
        {"", ""}, {" ", ""}, {"a", "a"}, {"\t a b\x01\r\n", "a b"}, {"\xc2\xa0" "a ", "\xc2\xa0" "a"},
    };
    size_t i, len;

    for (i = 0; i < COUNT(cases); i++) {
        const char *start = text_trim(cases[i].text, strlen(cases[i].text), &len);

        ck_assert_uint_eq(len, strlen(cases[i].trimmed));
        ck_assert(!memcmp(start, cases[i].trimmed, len));
    }
}
END_TEST

START_TEST(whole_numbers)
{
    static const struct { const char *text; bool is_64, is_32; int64_t value; } cases[] = {
        {"0", true, true, 0}, {"-0", true, true, 0}, {"+7", true, true, 7}, {"007", true, true, 7},
        {"2147483647", true, true, INT32_MAX}, {"2147483648", true, false, INT64_C(2147483648)},
        {"-2147483648", true, true, INT32_MIN}, {"-2147483649", true, false, INT64_C(-2147483649)},
        {"9223372036854775807", true, false, INT64_MAX}, {"-9223372036854775808", true, false, INT64_MIN},
        {"9223372036854775808", false, false, 0}, {"-9223372036854775809", false, false, 0},
        {"99999999999999999999", false, false, 0}, {"", false, false, 0}, {"-", false, false, 0},
        {"+-1", false, false, 0}, {" 1", false, false, 0}, {"1 ", false, false, 0}, {"0x1", false, false, 0},
        {"1.0", false, false, 0}, {"1L", false, false, 0},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        int64_t wide = 99;
        int32_t narrow = 99;

        ck_assert_msg(text_to_int64(cases[i].text, &wide) == cases[i].is_64, "%s", cases[i].text);
        ck_assert_int_eq(wide, cases[i].is_64 ? cases[i].value : 99);
        ck_assert_msg(text_to_int32(cases[i].text, &narrow) == cases[i].is_32, "%s", cases[i].text);
        ck_assert_int_eq(narrow, cases[i].is_32 ? cases[i].value : 99);
    }
}
END_TEST

/* What Double.parseDouble makes of them, printed by Double.toString; NULL where it throws. */
static const struct { const char *text, *printed; } parsed[] = {
    {"1", "1.0"}, {" 1 ", "1.0"}, {"+1", "1.0"}, {"-1.5e3", "-1500.0"}, {"1.", "1.0"}, {"1.e2", "100.0"},
    {".5", "0.5"}, {"NaN", "NaN"}, {"+NaN", "NaN"}, {"-Infinity", "-Infinity"}, {"Infinity", "Infinity"},
    {"1d", "1.0"}, {"1F", "1.0"}, {"1.5D", "1.5"}, {"1e400", "Infinity"}, {"-1e400", "-Infinity"},
    {"1e-400", "0.0"}, {"1e5f", "100000.0"}, {"\t1\n", "1.0"}, {"0.1", "0.1"}, {"00.10", "0.1"}, {"1E+2", "100.0"},
    {".", NULL}, {"1e", NULL}, {"1e+", NULL}, {"0x10", NULL}, {"infinity", NULL}, {"inf", NULL}, {"nan", NULL},
    {"d", NULL}, {"1_0", NULL}, {"1 0", NULL}, {"", NULL}, {"  ", NULL}, {"\xc2\xa0" "1", NULL}, {"NaNd", NULL},
    {"1dd", NULL}, {"+-1", NULL}, {"1,5", NULL}, {"e5", NULL},
};

static void check_parsed(void)
{
    size_t i;

    for (i = 0; i < COUNT(parsed); i++) {
        double value = 99;
        bool accepted = text_to_double(parsed[i].text, &value);
        AUTO(chars) printed = text_from_double(value);

        ck_assert_msg(accepted == !!parsed[i].printed, "'%s'", parsed[i].text);
        ck_assert_str_eq(printed, accepted ? parsed[i].printed : "99.0");
    }
}

START_TEST(reals_from_text)
{
    errno = 7;
    check_parsed();
    ck_assert_int_eq(errno, 7);
}
END_TEST

START_TEST(reals_to_text)
{
    static const struct { double value; const char *printed; } cases[] = {
        {0.1, "0.1"}, {0.4, "0.4"}, {1.0, "1.0"}, {1.0e-4, "1.0E-4"}, {123456.789, "123456.789"}, {1e7, "1.0E7"},
        {0.29, "0.29"}, {5.0e-5, "5.0E-5"}, {9999999.0, "9999999.0"}, {0.001, "0.001"}, {0.00099, "9.9E-4"},
        {100, "100.0"}, {12345678, "1.2345678E7"}, {1e21, "1.0E21"}, {1e22, "1.0E22"}, {4.9e-324, "4.9E-324"},
        {1.7976931348623157e308, "1.7976931348623157E308"}, {0.3, "0.3"}, {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"}, {9999999.999, "9999999.999"}, {10000000.001, "1.0000000001E7"},
        {-0.5, "-0.5"}, {-1e10, "-1.0E10"}, {0.0, "0.0"}, {-0.0, "-0.0"}, {2.2250738585072014e-308,
        "2.2250738585072014E-308"}, {1e-3 * 2, "0.002"}, {1024.0, "1024.0"}, {0.0625, "0.0625"}, {1.5e300, "1.5E300"},
        {INFINITY, "Infinity"}, {-INFINITY, "-Infinity"}, {NAN, "NaN"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) printed = text_from_double(cases[i].value);

        ck_assert_str_eq(printed, cases[i].printed);
    }
}
END_TEST

START_TEST(reals_come_back)
{
    uint64_t bits = 88172645463325252u;
    int i;

    for (i = 0; i < 5000; i++) {
        double value, back = 0;
        AUTO(chars) text = NULL;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof(value));
        if (isnan(value))
            continue;
        text = text_from_double(value);
        ck_assert(text_to_double(text, &back));
        ck_assert_msg(!memcmp(&value, &back, sizeof(value)), "%s", text);
    }
}
END_TEST

/* A host program with a decimal comma. Where no such locale is installed this tests nothing new. */
START_TEST(locales_play_no_part)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    size_t i;

    for (i = 0; i < COUNT(names) && !setlocale(LC_ALL, names[i]); i++)
        ;
    check_parsed();
}
END_TEST

START_TEST(globs)
{
    static const struct { const char *pattern, *text; bool matches; } cases[] = {
        {"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"?", "", false}, {"?", "a", true},
        {"?", "\xc3\xa9", true}, {"??", "\xc3\xa9", false}, {"a?c", "a\xe2\x82\xac" "c", true},
        {"etl-*", "etl-", true}, {"etl-*", "etl", false}, {"*-driver", "a-b-driver", true},
        {"*-driver", "a-driver-1", false}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "acb", false}, {"**a", "a", true},
        {"[a]", "a", false}, {"[a]", "[a]", true}, {"\\*", "\\x", true}, {"a.c", "abc", false}, {"*?", "", false},
        {"*?", "a", true},
        {"a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++)
        ck_assert_msg(text_glob(cases[i].pattern, cases[i].text) == cases[i].matches, "%s on %s", cases[i].pattern,
                      cases[i].text);
}
END_TEST

START_TEST(nearest)
{
    static const char *const words[] = {"spark.driver.memory", "spark.executor.memory", "spark.executor.cores",
                                        "--class", "namespace", "r", NULL};
    static const struct { const char *text, *word; } cases[] = {
        {"spark.driver.memroy", "spark.driver.memory"}, {"spark.executer.cores", "spark.executor.cores"},
        {"SPARK.EXECUTOR.CORES", "spark.executor.cores"}, {"--clas", "--class"}, {"-class", "--class"},
        {"namespce", "namespace"}, {"nmaespace", "namespace"}, {"namespace", "namespace"}, {"x", NULL}, {"", NULL},
        {"spark.sql.shuffle", NULL}, {"entirely.different", NULL},
    };
    char lengthy[1000];
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        const char *word = text_nearest(cases[i].text, words);

        ck_assert_msg((word == NULL) == (cases[i].word == NULL) && (!word || !strcmp(word, cases[i].word)), "%s: %s",
                      cases[i].text, word);
    }
    memset(lengthy, 'a', sizeof(lengthy));
    lengthy[sizeof(lengthy) - 1] = '\0';
    ck_assert_ptr_null(text_nearest(lengthy, words));
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &starts_and_ends, &utf8, &copies, &trims, &whole_numbers, &reals_from_text, &reals_to_text, &reals_come_back,
        &locales_play_no_part, &globs, &nearest,
    };

    return run_tests("text", tests, COUNT(tests));
}
