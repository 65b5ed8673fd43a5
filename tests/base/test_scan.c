/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, and that any bytes are survived: what the scanner accepts is what jansson accepts. */
#include "suite.h"

#include "json.h"
#include "scan.h"
#include "text.h"

static const char pod[] =
    "{\"metadata\": {\"name\": \"a-driver\", \"labels\": {\"x\": \"1\", \"y\\n\": \"2\"}, \"deep\": [[], {}, [{\"k\": []}]]},\n"
    " \"n\": -12, \"real\": 1.5e-3, \"yes\": true, \"no\": false, \"nil\": null, \"text\": \"a\\\"b\\u00e9\\ud83d\\ude00\",\r\n"
    " \"list\": [1, \"two\", [3], {\"four\": 4}, null ], \"empty\": [ ], \"none\": { } }\t";

START_TEST(reads_what_is_asked_for)
{
    struct scan scan = scan_begin(pod, sizeof(pod) - 1);
    struct slice key, name = {0}, label = {0}, text = {0};
    int64_t n = 0;
    bool yes = false, no = true;

    while (scan_key(&scan, &key)) {
        if (scan_is(&key, "metadata")) {
            while (scan_key(&scan, &key)) {
                if (scan_is(&key, "name"))
                    ck_assert(scan_text(&scan, &name));
                else if (scan_is(&key, "labels"))
                    while (scan_key(&scan, &key)) {
                        if (scan_is(&key, "y\n"))
                            ck_assert(scan_text(&scan, &label));
                        else
                            scan_skip(&scan);
                    }
                else
                    scan_skip(&scan);
            }
        } else if (scan_is(&key, "n")) {
            ck_assert(scan_int(&scan, &n));
        } else if (scan_is(&key, "yes")) {
            ck_assert(scan_bool(&scan, &yes));
        } else if (scan_is(&key, "no")) {
            ck_assert(scan_bool(&scan, &no));
        } else if (scan_is(&key, "text")) {
            ck_assert(scan_text(&scan, &text));
        } else {
            scan_skip(&scan);
        }
    }
    ck_assert(!scan.failed);
    ck_assert(scan_is(&name, "a-driver"));
    ck_assert(scan_is(&label, "2"));
    ck_assert_int_eq(n, -12);
    ck_assert(yes && !no);
    ck_assert(scan_is(&text, "a\"b\xc3\xa9\xf0\x9f\x98\x80"));
    ck_assert(!scan_is(&text, "a\"b\xc3\xa9\xf0\x9f\x98"));
    ck_assert(!scan_is(&text, "a\"b\xc3\xa9\xf0\x9f\x98\x80x"));
    ck_assert(!scan_key(&scan, &key) && !scan.failed);  /* asked again after the end */
}
END_TEST

START_TEST(reads_lists)
{
    struct scan scan = scan_begin("[1, \"two\", [3, 33], {\"four\": 4}, null, [], 6]", 45);
    struct slice key, text = {0};
    int64_t sum = 0, n;
    int items = 0;

    for (; scan_item(&scan); items++) {
        switch (items) {
        case 0:
        case 6:
            ck_assert(scan_int(&scan, &n));
            sum += n;
            break;
        case 1:
            ck_assert(scan_text(&scan, &text));
            break;
        case 2:
            while (scan_item(&scan))
                if (scan_int(&scan, &n))
                    sum += n;
            break;
        case 3:
            while (scan_key(&scan, &key))
                if (scan_int(&scan, &n))
                    sum += n;
            break;
        default:
            ck_assert(!scan_item(&scan));
        }
    }
    ck_assert(!scan.failed);
    ck_assert_int_eq(items, 7);
    ck_assert_int_eq(sum, 1 + 3 + 33 + 4 + 6);
    ck_assert(scan_is(&text, "two"));
}
END_TEST

START_TEST(another_type_reads_as_absent)
{
    static const char *const values[] = {"{\"a\":[1,{}]}", "[[],{\"b\":2}]", "\"s\"", "7", "1.5", "1e3", "true",
                                         "null", "99999999999999999999", "-9223372036854775808", "1234567890123456789012345"};
    size_t i;

    for (i = 0; i < COUNT(values); i++) {
        AUTO(chars) text = NULL;
        char kind = values[i][0];
        bool whole = !strcmp(values[i], "7") || !strcmp(values[i], "-9223372036854775808");
        struct slice slice = {"x", 1, true}, key;
        int64_t n = 99;
        bool flag = false;
        struct scan scan;
        char list[200];

        snprintf(list, sizeof(list), "[%s,%s,%s,%s,%s,\"end\"]", values[i], values[i], values[i], values[i], values[i]);
        scan = scan_begin(list, strlen(list));
        ck_assert(scan_item(&scan));
        ck_assert_int_eq(scan_text(&scan, &slice), kind == '"');
        ck_assert_int_eq(slice.s != NULL, kind == '"');
        ck_assert(scan_item(&scan));
        ck_assert_int_eq(scan_int(&scan, &n), whole);
        ck_assert(whole || n == 99);
        ck_assert(scan_item(&scan));
        ck_assert_int_eq(scan_bool(&scan, &flag), kind == 't');
        ck_assert(scan_item(&scan));
        while (kind != '{' && scan_key(&scan, &key))
            ck_abort_msg("no object");
        if (kind == '{')
            scan_skip(&scan);
        ck_assert(scan_item(&scan));
        ck_assert(scan_raw(&scan, &slice));
        text = text_dupn(slice.s, slice.len);
        ck_assert_str_eq(text, values[i]);
        ck_assert(scan_item(&scan));
        ck_assert(scan_text(&scan, &slice));
        ck_assert(scan_is(&slice, "end"));
        ck_assert(!scan_item(&scan));
        ck_assert(!scan.failed);
    }
}
END_TEST

START_TEST(raw_text)
{
    struct scan scan = scan_begin("  {\"a\": [1, \"}\"]}  ", 19), inner;
    struct slice raw, key;

    ck_assert(scan_raw(&scan, &raw));
    ck_assert_uint_eq(raw.len, 15);
    ck_assert_int_eq(memcmp(raw.s, "{\"a\": [1, \"}\"]}", raw.len), 0);
    inner = scan_begin(raw.s, raw.len);
    ck_assert(scan_key(&inner, &key));
    ck_assert(scan_is(&key, "a"));
    scan_skip(&inner);
    ck_assert(!scan_key(&inner, &key));
    ck_assert(!inner.failed && !scan.failed);
}
END_TEST

START_TEST(escapes_are_undone)
{
    static const struct { const char *raw, *text; } cases[] = {
        {"", ""}, {"plain", "plain"}, {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"}, {"\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"},
        {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"}, {"\\ud83d", "\xef\xbf\xbd"}, {"\\ude00x", "\xef\xbf\xbdx"},
        {"\\ud83dx", "\xef\xbf\xbdx"}, {"\\ud83d\\n", "\xef\xbf\xbd\n"}, {"\\ud83d\\u0041", "\xef\xbf\xbd" "A"},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"}, {"\\u0000", "\xef\xbf\xbd"},
        {"\xff" "a\xed\xa0\x80", "\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
    };
    char quoted[100];
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) text = NULL;
        struct slice slice;
        struct scan scan;

        snprintf(quoted, sizeof(quoted), "\"%s\"", cases[i].raw);
        scan = scan_begin(quoted, strlen(quoted));
        ck_assert_msg(scan_text(&scan, &slice), "%s", quoted);
        text = slice_dup(&slice);
        ck_assert_str_eq(text, cases[i].text);
        ck_assert(!slice.escaped || scan_is(&slice, cases[i].text));
    }
}
END_TEST

/* Whether the scanner takes the text, as a whole and member by member. */
static bool walk(struct scan *scan, int depth)
{
    struct slice slice;
    char c = scan->at < scan->end ? *scan->at : '\0';

    if (depth > 20 || (c != '{' && c != '[')) {
        scan_skip(scan);
    } else if (c == '{') {
        while (scan_key(scan, &slice)) {
            AUTO(chars) key = slice_dup(&slice);

            ck_assert(text_is_utf8(key, strlen(key)));
            walk(scan, depth + 1);
        }
    } else {
        while (scan_item(scan))
            walk(scan, depth + 1);
    }
    return !scan->failed;
}

static bool accepts(const char *text, size_t len)
{
    AUTO(chars) exact = len ? malloc(len) : NULL;       /* so that an overrun is seen */
    struct scan skipped, walked;

    if (len)
        memcpy(exact, text, len);
    skipped = scan_begin(exact, len);
    walked = skipped;
    scan_skip(&skipped);
    ck_assert(skipped.failed || skipped.at == skipped.end);
    ck_assert_msg(walk(&walked, 0) == !skipped.failed, "%.*s", (int)len, text);
    return !skipped.failed;
}

START_TEST(strict)
{
    static const struct { const char *text; bool valid; } cases[] = {
        {"{}", true}, {"[]", true}, {"0", true}, {"-0", true}, {"1E+5", true}, {"\"\"", true}, {" [ ] ", true},
        {"", false}, {" ", false}, {"{", false}, {"[", false}, {"[1", false}, {"[1,", false}, {"[1,]", false},
        {"[,1]", false}, {"[1 2]", false}, {"{\"a\"}", false}, {"{\"a\":}", false}, {"{\"a\":1,}", false}, {"{,}", false},
        {"{\"a\" 1}", false}, {"{\"a\":1 \"b\":2}", false}, {"{a:1}", false}, {"{1:1}", false}, {"[1}", false},
        {"{\"a\":1]", false}, {"[] []", false}, {"1 1", false}, {"]", false}, {"01", false}, {"-", false}, {"+1", false},
        {".5", false}, {"1.", false}, {"1e", false}, {"1e+", false}, {"0x1", false}, {"tru", false}, {"truex", false},
        {"True", false}, {"nul", false}, {"\"", false}, {"\"a", false}, {"\"\\\"", false}, {"\"\\x\"", false},
        {"\"\\u12g4\"", false}, {"\"\\u123\"", false}, {"\"\n\"", false}, {"\"12345678\t\"", false}, {"[1]x", false},
        {"\xef\xbb\xbf{}", false}, {"{\"a\":{\"b\":[{}]}}", true}, {"[\"\\u\"", false},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++)
        ck_assert_msg(accepts(cases[i].text, strlen(cases[i].text)) == cases[i].valid, "'%s'", cases[i].text);
    ck_assert(!accepts("[1]\0", 4));
    ck_assert(!accepts("\0", 1));
    ck_assert(!accepts("\"\\\0\"", 4));
}
END_TEST

START_TEST(any_truncation_fails)
{
    size_t len;

    ck_assert(accepts(pod, sizeof(pod) - 1));
    ck_assert(accepts(pod, sizeof(pod) - 2));           /* the last tab */
    for (len = 0; len < sizeof(pod) - 2; len++)
        ck_assert_msg(!accepts(pod, len), "%zu", len);
}
END_TEST

START_TEST(depth_is_limited)
{
    char text[1000];
    int depth;

    for (depth = 1; depth < 400; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        ck_assert_int_eq(accepts(text, (size_t)depth * 2), depth < 128);
        ck_assert(!accepts(text, (size_t)depth));
    }
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* jansson is right about syntax; it also refuses what is none of the scanner's business. */
static void check_against_jansson(const char *text, size_t len)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    bool ours = accepts(text, len);

    if (value)
        ck_assert_msg(ours, "refused: %.*s", (int)len, text);
    else if (text_is_utf8(text, len) && json_error_code(&error) == json_error_invalid_syntax &&
             !strstr(error.text, "Unicode"))
        ck_assert_msg(!ours, "accepted: %.*s", (int)len, text);
    json_decref(value);
}

START_TEST(survives_damage)
{
    static const char alphabet[] = "{}[]\",:\\/ue0-1.+Etrfnalsd \n\t\x01\x80\xc3";
    uint64_t state = 88172645463325252u;
    char text[sizeof(pod)];
    int round, i;

    for (round = 0; round < 6000; round++) {
        size_t len = sizeof(pod) - 1;

        memcpy(text, pod, sizeof(pod));
        for (i = 0; i <= round % 3; i++)
            text[next_random(&state) % len] = alphabet[next_random(&state) % (sizeof(alphabet) - 1)];
        check_against_jansson(text, len);
    }
    for (round = 0; round < 20000; round++) {
        size_t len = next_random(&state) % 12;

        for (i = 0; i < (int)len; i++)
            text[i] = alphabet[next_random(&state) % (sizeof(alphabet) - 1)];
        check_against_jansson(text, len);
    }
}
END_TEST

START_TEST(misuse_is_survived)
{
    struct scan scan = scan_begin("{\"a\":1,\"b\":2}", 13);
    struct slice slice;
    int64_t n;
    int i;

    ck_assert(scan_key(&scan, &slice));
    ck_assert(!scan_key(&scan, &slice));                /* takes the value for an object that it is not */
    scan_skip(&scan);                                   /* no value is here */
    ck_assert(scan.failed);
    for (i = 0; i < 3; i++) {
        ck_assert(!scan_key(&scan, &slice));
        ck_assert(!scan_item(&scan));
        ck_assert(!scan_text(&scan, &slice));
        ck_assert(!scan_int(&scan, &n));
        ck_assert(!scan_raw(&scan, &slice));
        scan_skip(&scan);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &reads_what_is_asked_for, &reads_lists, &another_type_reads_as_absent, &raw_text, &escapes_are_undone, &strict,
        &any_truncation_fails, &depth_is_limited, &survives_damage, &misuse_is_survived,
    };

    return run_tests("scan", tests, COUNT(tests));
}
