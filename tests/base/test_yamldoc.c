/* SPDX-License-Identifier: Apache-2.0 */
/* Reading by both sets of rules, and that whatever is written is read again as it was, by both. */
#include "suite.h"

#include "error.h"
#include "yamldoc.h"

static int parse(const char *text, enum yaml_rules rules, char **compact, sparkk8s_error **err)
{
    AUTO(json) value = NULL;
    int rc = yaml_parse(text, strlen(text), "pod.yaml", rules, &value, err);

    if (!rc)
        *compact = json_text(value);
    return rc;
}

START_TEST(reads)
{
    static const struct { const char *yaml, *json; } cases[] = {
        {"", "null"}, {"# only a comment\n", "null"}, {"---\n", "null"}, {"--- # x\n...\n", "null"},
        {"a: 1\nb:\n  - x\n  - w: z\nc: {d: [1, 2.5], e: }\n",
         "{\"a\":1,\"b\":[\"x\",{\"w\":\"z\"}],\"c\":{\"d\":[1,2.5],\"e\":null}}"},
        {"\xef\xbb\xbf" "a: 1", "{\"a\":1}"}, {"{\"a\": [true, null, \"\\u20ac\\n\"]}", "{\"a\":[true,null,\"\xe2\x82\xac\\n\"]}"},
        {"%YAML 1.1\n---\na: b\n", "{\"a\":\"b\"}"},
        {"a: |\n  x\n   y\n\nb: >-\n  p\n  q\n", "{\"a\":\"x\\n y\\n\",\"b\":\"p q\"}"},
        {"a: &x [1, {b: 2}]\nc: *x\nd: *x\n", "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}],\"d\":[1,{\"b\":2}]}"},
        {"a: &x 1\nb: &x 2\nc: *x", "{\"a\":1,\"b\":2,\"c\":2}"},
        {"a: !!str 1\nb: !!int '7'\nc: !!float 1\nd: !!bool 'true'\ne: !!null ''\nf: !mine x\ng: ! 5",
         "{\"a\":\"1\",\"b\":7,\"c\":1,\"d\":true,\"e\":null,\"f\":\"x\",\"g\":\"5\"}"},
        {"a: !!map {b: !!seq []}", "{\"a\":{\"b\":[]}}"},
        {"7: a\n2.50: b\ntrue: c\n'8': e", "{\"7\":\"a\",\"2.5\":\"b\",\"true\":\"c\",\"8\":\"e\"}"},
        {"? a\n: 1\n? b\n", "{\"a\":1,\"b\":null}"},
        {"a: 2026-11-21\nb: 2001-12-14t21:59:43.10-05:00\nc: 1:30\nd: 10.0.0.1\ne: 500m\nf: '-'\ng: +\nh: 1 2\n",
         "{\"a\":\"2026-11-21\",\"b\":\"2001-12-14t21:59:43.10-05:00\",\"c\":\"1:30\",\"d\":\"10.0.0.1\",\"e\":\"500m\","
         "\"f\":\"-\",\"g\":\"+\",\"h\":\"1 2\"}"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases) * 2; i++) {
        AUTO(error) err = NULL;
        AUTO(chars) text = NULL;

        parse(cases[i / 2].yaml, i % 2 ? YAML_1_1 : YAML_1_2, &text, &err);
        ck_assert_str_eq(sparkk8s_error_message(err), "");
        ck_assert_str_eq(text, cases[i / 2].json);
    }
}
END_TEST

START_TEST(odd_keys_in_1_2_only)
{
    AUTO(chars) text = NULL;
    AUTO(chars) none = NULL;

    ck_assert_int_eq(parse("~: d\n.inf: f\n!!float .inf: g", YAML_1_2, &text, NULL), SPARKK8S_EPARSE);
    ck_assert_int_eq(parse("~: d\n.inf: f", YAML_1_2, &text, NULL), 0);
    ck_assert_str_eq(text, "{\"null\":\"d\",\"Infinity\":\"f\"}");
    ck_assert_int_eq(parse("~: d", YAML_1_1, &none, NULL), SPARKK8S_EPARSE);
}
END_TEST

START_TEST(resolves)
{
    static const struct { const char *text, *old, *new; } cases[] = {  /* new: NULL where it is the same; old "": refused */
        {"~", "null", NULL}, {"null", "null", NULL}, {"NULL", "null", NULL}, {"nUll", "\"nUll\"", NULL},
        {"true", "true", NULL}, {"False", "false", NULL}, {"tRUE", "\"tRUE\"", NULL}, {"'true'", "\"true\"", NULL},
        {"y", "true", "\"y\""}, {"N", "false", "\"N\""}, {"yes", "true", "\"yes\""}, {"No", "false", "\"No\""},
        {"on", "true", "\"on\""}, {"OFF", "false", "\"OFF\""}, {"yEs", "\"yEs\"", NULL}, {"\"yes\"", "\"yes\"", NULL},
        {"0", "0", NULL}, {"-0", "0", NULL}, {"12", "12", NULL}, {"+12", "12", NULL}, {"-12", "-12", NULL},
        {"010", "8", "10"}, {"0o10", "8", NULL}, {"0x1F", "31", NULL}, {"-0x1F", "-31", "\"-0x1F\""},
        {"0X1F", "31", "\"0X1F\""}, {"0b101", "5", "\"0b101\""}, {"1_000", "1000", "\"1_000\""}, {"08", "8.0", "8"},
        {"0o8", "\"0o8\"", NULL}, {"0xg", "\"0xg\"", NULL}, {"0x", "\"0x\"", NULL},
        {"9223372036854775807", "9223372036854775807", NULL}, {"-9223372036854775808", "-9223372036854775808", NULL},
        {"9223372036854775808", "9.223372036854775807e18", NULL}, {"1.5", "1.5", NULL}, {"-.5", "-0.5", NULL}, {"1.", "1.0", NULL},
        {"1e3", "1000.0", NULL}, {"1.5E-2", "0.015", NULL}, {"1e", "\"1e\"", NULL}, {"1d", "\"1d\"", NULL},
        {"1f", "\"1f\"", NULL}, {".", "\".\"", NULL}, {"1.2.3", "\"1.2.3\"", NULL}, {".inf", "", "\"Infinity\""},
        {"+.INF", "", "\"Infinity\""}, {"-.Inf", "", "\"-Infinity\""}, {".NaN", "", "\"NaN\""},
        {"-.nan", "\"-.nan\"", NULL}, {"NaN", "\"NaN\"", NULL}, {"Infinity", "\"Infinity\"", NULL}, {"inf", "\"inf\"", NULL},
        {"1e999", "\"1e999\"", "\"Infinity\""}, {"<<", "\"<<\"", NULL}, {"a_b", "\"a_b\"", NULL}, {"1__", "1", "\"1__\""},
    };
    size_t i;

    for (i = 0; i < COUNT(cases) * 2; i++) {
        bool old = i % 2;
        const char *text = cases[i / 2].text;
        const char *expected = old || !cases[i / 2].new ? cases[i / 2].old : cases[i / 2].new;
        AUTO(json) value = NULL;
        AUTO(json) wanted = NULL;
        AUTO(chars) got = NULL;

        if (!*expected) {
            ck_assert_int_eq(yaml_parse(text, strlen(text), "x", YAML_1_1, &value, NULL), SPARKK8S_EPARSE);
            continue;
        }
        ck_assert_int_eq(yaml_parse(text, strlen(text), "x", old ? YAML_1_1 : YAML_1_2, &value, NULL), 0);
        ck_assert_int_eq(json_parse(expected, strlen(expected), "x", &wanted, NULL), 0);
        got = json_text(value);
        ck_assert_msg(json_equal(value, wanted), "%s: %s, expected %s", text, got, expected);
    }
}
END_TEST

START_TEST(merges_in_1_1_only)
{
    static const struct { const char *yaml, *json; } cases[] = {
        {"a: &a {x: 1, w: 2}\nb:\n  <<: *a\n  w: 3\n", "{\"a\":{\"x\":1,\"w\":2},\"b\":{\"x\":1,\"w\":3}}"},
        {"b:\n  w: 3\n  <<: {w: 2}\n", "{\"b\":{\"w\":2}}"},           /* go-yaml v2 goes by the order */
        {"b:\n  <<: [{x: 1}, {x: 2, z: 3}]\n  w: 4\n", "{\"b\":{\"x\":1,\"z\":3,\"w\":4}}"},
        {"b: {'<<': {x: 1}}", "{\"b\":{\"<<\":{\"x\":1}}}"},
    };
    AUTO(chars) plain = NULL;
    AUTO(error) err = NULL;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) text = NULL;

        ck_assert_int_eq(parse(cases[i].yaml, YAML_1_1, &text, NULL), 0);
        ck_assert_str_eq(text, cases[i].json);
    }
    ck_assert_int_eq(parse("<<: {x: 1}", YAML_1_2, &plain, NULL), 0);
    ck_assert_str_eq(plain, "{\"<<\":{\"x\":1}}");
    ck_assert_int_eq(parse("a: 1\n<<: 7", YAML_1_1, &plain, &err), SPARKK8S_EPARSE);
    ck_assert_str_eq(sparkk8s_error_where(err), "pod.yaml:2:1");
}
END_TEST

START_TEST(refuses)
{
    static const struct { const char *yaml, *where, *message; } cases[] = {
        {"a: 1\nb: 2\na: 3\n", "pod.yaml:3:1", "the key 'a' is there twice"},
        {"{7: 1, '7': 2}", "pod.yaml:1:8", "the key '7' is there twice"},
        {"a: 1\n---\nb: 2\n", "pod.yaml:2:1", "a second document; one is expected"},
        {"a: [1\n", "pod.yaml:2:1", "not YAML: did not find expected ',' or ']'"},
        {"a: 1\n\tb: 2\n", "pod.yaml:2:1", "not YAML: found a tab character that violates indentation"},
        {"a: *x\n", "pod.yaml:1:4", "the alias 'x' has no anchor before it"},
        {"a: &x [*x]\n", "pod.yaml:1:8", "the alias 'x' has no anchor before it"},
        {"? [1]\n: 2\n", "pod.yaml:1:3", "a key must be a scalar"},
        {"a:\n  \"x\\0\"\n", "pod.yaml:2:3", "a NUL character is not allowed"},
        {"a: !!binary aGk=\n", "pod.yaml:1:4", "the tag 'tag:yaml.org,2002:binary' is not supported"},
        {"a: !!set {x}\n", "pod.yaml:1:4", "the tag 'tag:yaml.org,2002:set' is not supported here"},
        {"a: !!int x\n", "pod.yaml:1:4", "the value does not fit its tag 'tag:yaml.org,2002:int'"},
        {"a: !!float x\n", "pod.yaml:1:4", "the value does not fit its tag 'tag:yaml.org,2002:float'"},
        {"a: b\nc: \xff\n", "pod.yaml:2:4", "not UTF-8"},
        {"a: b\nc: \x01\n", "pod.yaml:2:4", "not YAML: control characters are not allowed"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;
        json_t *value = (json_t *)cases;

        ck_assert_int_eq(yaml_parse(cases[i].yaml, strlen(cases[i].yaml), "pod.yaml", YAML_1_2, &value, &err),
                         SPARKK8S_EPARSE);
        ck_assert_str_eq(sparkk8s_error_message(err), cases[i].message);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where);
        ck_assert_ptr_eq(value, cases);                 /* untouched */
    }
}
END_TEST

/* What Kubernetes' own tools read, or refuse, otherwise than a strict reader. */
START_TEST(reads_as_kubectl)
{
    static const struct { const char *yaml, *json; } cases[] = {    /* NULL: refused */
        {"a: 1\nb: 2\na: 3\n", "{\"a\":3,\"b\":2}"},
        {"a: 1\n---\nb: [", "{\"a\":1}"},
        {"---\n---\nb: 1", "null"},
        {"a: !!binary aGk=\n", "{\"a\":\"hi\"}"},
        {"a: !!binary '%'\n", NULL},
        {"a: !!binary /w==\n", NULL},
        {"a: !!set {x: }\nb: !!str [1]\nc: !!omap x", "{\"a\":{\"x\":null},\"b\":[1],\"c\":\"x\"}"},
        {"a: !!int x\n", NULL},
        {"a: .inf", NULL},
        {"a: [-.INF]", NULL},
        {"a: !!float .nan", NULL},
        {"%YAML 1.2\n---\na: b\n", NULL},
        {"%YAML 1.1\n---\na: b\n", "{\"a\":\"b\"}"},
        {"? [1]\n: 2\n", NULL},
        {"a: \"x\\0\"\n", NULL},
        {"a: b\nc: \xff\n", NULL},
        {"{\"a\": 1,}", "{\"a\":1}"},
        {"a: 1\rb: 2\r", "{\"a\":1,\"b\":2}"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) text = NULL;
        int rc = parse(cases[i].yaml, YAML_1_1, &text, NULL);

        ck_assert_msg(rc == (cases[i].json ? 0 : SPARKK8S_EPARSE), "%s: %d", cases[i].yaml, rc);
        ck_assert_pstr_eq(text, cases[i].json);
    }
}
END_TEST

START_TEST(reads_utf16)
{
    static const char little[] = "\xff\xfe" "a\0:\0 \0\xac\x20\n", big[] = "\xfe\xff\0a\0:\0 \x20\xac\0\n";
    static const struct { const char *text; size_t len; } cases[] = {{little, sizeof(little)}, {big, sizeof(big) - 1}};
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(json) value = NULL;
        json_t *none = NULL;

        ck_assert_int_eq(yaml_parse(cases[i].text, cases[i].len, "x", YAML_1_1, &value, NULL), 0);
        ck_assert_str_eq(json_text_at(value, "a", NULL), "\xe2\x82\xac");
        ck_assert_int_eq(yaml_parse(cases[i].text, cases[i].len, "x", YAML_1_2, &none, NULL), SPARKK8S_EPARSE);
    }
}
END_TEST

START_TEST(a_nul_ends_nothing)
{
    AUTO(error) err = NULL;
    json_t *value = NULL;

    ck_assert_int_eq(yaml_parse("a: 1\nb\0: 2", 10, "x", YAML_1_1, &value, &err), SPARKK8S_EPARSE);
    ck_assert_str_eq(sparkk8s_error_where(err), "x:2:2");
}
END_TEST

START_TEST(depth_is_limited)
{
    int depth, above;

    for (depth = 99; depth < 103; depth++) {
        AUTO_STR text = STR_INIT(1000);
        AUTO(chars) compact = NULL;
        AUTO(chars) lenient = NULL;
        int i;

        for (i = 0; i < depth; i++)
            str_addc(&text, '[');
        for (i = 0; i < depth; i++)
            str_addc(&text, ']');
        ck_assert_int_eq(parse(text.s, YAML_1_2, &compact, NULL), depth <= 100 ? 0 : SPARKK8S_EPARSE);
        ck_assert_int_eq(parse(text.s, YAML_1_1, &lenient, NULL), 0);
    }
    for (above = 48; above < 52; above++) {             /* and through aliases */
        AUTO_STR text = STR_INIT(1000);
        AUTO(chars) compact = NULL;
        int i;

        str_add(&text, "[&a ");
        for (i = 0; i < 50; i++)
            str_addc(&text, '[');
        for (i = 0; i < 50; i++)
            str_addc(&text, ']');
        str_add(&text, ", ");
        for (i = 0; i < above; i++)
            str_addc(&text, '[');
        str_add(&text, "*a");
        for (i = 0; i < above; i++)
            str_addc(&text, ']');
        str_addc(&text, ']');
        ck_assert_int_eq(parse(text.s, YAML_1_2, &compact, NULL), above + 1 + 50 <= 100 ? 0 : SPARKK8S_EPARSE);
    }
}
END_TEST

START_TEST(a_billion_laughs)
{
    AUTO_STR text = STR_INIT(10000);
    AUTO(chars) compact = NULL;
    AUTO(error) err = NULL;
    int i;

    str_add(&text, "l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (i = 1; i < 10; i++)
        str_addf(&text, "l%d: &l%d [*l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d]\n", i, i, i - 1, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    ck_assert_int_eq(parse(text.s, YAML_1_1, &compact, &err), SPARKK8S_EPARSE);
    ck_assert_str_eq(sparkk8s_error_message(err), "more than 1000000 values, aliases followed");
}
END_TEST

START_TEST(aliases_share_nothing)
{
    AUTO(json) value = NULL;

    ck_assert_int_eq(yaml_parse("a: &x {k: 1}\nb: *x", 18, "x", YAML_1_1, &value, NULL), 0);
    ck_assert_int_eq(json_put_text(json_at(value, "a", NULL), "k", "changed"), 0);
    ck_assert(json_is_integer(json_at(value, "b", "k", NULL)));
    ck_assert_uint_eq(json_at(value, "a", NULL)->refcount, 1);
}
END_TEST

START_TEST(looks_like_kubectls)
{
    static const char json[] =
        "{\"apiVersion\":\"v1\",\"metadata\":{\"labels\":{},\"name\":\"a-driver\",\"annotations\":{\"on\":\"yes\",\"v\":\"3.5\"}},"
        "\"spec\":{\"containers\":[{\"args\":[\"driver\",\"--class\",\"a.b.C\",\"-Dx=1\",\"local:///x.jar\",\"\",\"7\"],"
        "\"image\":\"apache/spark:3.5.0\",\"cpu\":\"500m\",\"ports\":[{\"p\":7078}],\"ok\":true,\"nil\":null,\"r\":1.5}],"
        "\"volumes\":[]},\"list\":[[1,2],[[]],{}],\"data\":{\"spark.properties\":\"#c\\nspark.a=b\\n\",\"x\":\"a\\nb\",\"y\":\"a\\n\\n\"}}";
    static const char yaml[] =
        "apiVersion: v1\n"
        "metadata:\n"
        "  labels: {}\n"
        "  name: a-driver\n"
        "  annotations:\n"
        "    \"on\": \"yes\"\n"
        "    v: \"3.5\"\n"
        "spec:\n"
        "  containers:\n"
        "  - args:\n"
        "    - driver\n"
        "    - --class\n"
        "    - a.b.C\n"
        "    - -Dx=1\n"
        "    - local:///x.jar\n"
        "    - \"\"\n"
        "    - \"7\"\n"
        "    image: apache/spark:3.5.0\n"
        "    cpu: 500m\n"
        "    ports:\n"
        "    - p: 7078\n"
        "    ok: true\n"
        "    nil: null\n"
        "    r: 1.5\n"
        "  volumes: []\n"
        "list:\n"
        "- - 1\n"
        "  - 2\n"
        "- - []\n"
        "- {}\n"
        "data:\n"
        "  spark.properties: |\n"
        "    #c\n"
        "    spark.a=b\n"
        "  x: |-\n"
        "    a\n"
        "    b\n"
        "  \"y\": |+\n"
        "    a\n"
        "\n";
    AUTO(json) value = NULL;
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

    ck_assert_int_eq(json_parse(json, sizeof(json) - 1, "x", &value, NULL), 0);
    yaml_add(&out, value);
    ck_assert_str_eq(out.s, yaml);
}
END_TEST

START_TEST(quotes_what_could_be_misread)
{
    static const char *const quoted[] = {
        "", " ", "a ", " a", "yes", "No", "ON", "off", "y", "N", "true", "FALSE", "null", "NULL", "~", "010", "1e3",
        "0x1f", "0o7", "0b1", "1_000", "1:30", "12:30:45", "2026-11-21", "2001-12-14t21:59:43.10-05:00", "1,000", ".5",
        "-.inf", ".NaN", "-1", "+1", "1.", "=", "<<", "a: b", "a:", "a #b", "#a", "- a", "-", "---", "...", "? a", "?",
        ": a", "!a", "&a", "*a", "|", ">", "%a", "@a", "`a", "'a", "\"a", "[a", "]a", "{a", "}a", ",a", "a\tb", "a\rb",
        "\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf-", "a\x01", "a: \nb:",
    };
    static const char *const plain[] = {
        "a", "a b", "a:b", "a#b", "10.0.0.1", "500m", "1g", "3.5.0", "/x", "-Da=b", "--conf", "a-b", "caf\xc3\xa9",
        "\xe2\x82\xac", "$(VAR)", "a,b", "it's", "yesterday", "nullable", "spark://a:7077", "_x", "a\"b", "x*",
    };
    size_t i;

    for (i = 0; i < COUNT(quoted) + COUNT(plain); i++) {
        const char *text = i < COUNT(quoted) ? quoted[i] : plain[i - COUNT(quoted)];
        AUTO(json) value = json_string(text);
        AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);

        yaml_add(&out, value);
        ck_assert_msg((out.s[0] == '"') == (i < COUNT(quoted)), "%s", out.s);
    }
}
END_TEST

static uint64_t state = 88172645463325252u;

static size_t pick(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state >> 20) % n;
}

static json_t *random_text(void)
{
    static const char *const parts[] = {
        "a", "b", "yes", "no", "null", "1", "0", "10", ".", "-", "+", "e", "x", "_", ":", " ", "  ", "\n", "\n\n", "\t",
        "#", " #", ": ", "- ", "? ", "'", "\"", "\\", "\\n", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@",
        "`", "~", "<<", "=", "---", "...", "\r", "\x01", "\x1b", "\x7f", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8",
        "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbd", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xf0\x9f\xbf\xbf", "inf",
        "nan", "true", "on", "0x", "0o", "T", "Z", "\nkey: value\n", "\n  indented", "lorem ipsum dolor sit amet, consectetur ",
    };
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    size_t n = pick(10) ? pick(6) : pick(200);

    while (n--)
        str_add(&text, parts[pick(COUNT(parts))]);
    return json_string(text.s);
}

static json_t *random_value(int depth)
{
    static const double reals[] = {0.5, -1.25, 1e7, 1.5e-9, 1e300, 0.1, 123456.789, -0.0, 5e-324, 1e3};
    json_t *value;
    size_t n;

    switch (pick(depth > 5 ? 7 : 10)) {
    case 0:
        return pick(2) ? json_true() : json_false();
    case 1:
        return json_null();
    case 2:
        return json_integer(pick(2) ? (json_int_t)pick(100) - 50 : (json_int_t)state);
    case 3:
        return json_real(reals[pick(COUNT(reals))]);
    case 7:
        for (value = json_array(), n = pick(5); n; n--)
            json_push(value, random_value(depth + 1));
        return value;
    case 8:
    case 9:
        for (value = json_object(), n = pick(6); n; n--) {
            AUTO(json) key = random_text();

            json_put(value, json_string_value(key), random_value(depth + 1));
        }
        return value;
    default:
        return random_text();
    }
}

START_TEST(what_is_written_is_read_again)
{
    int i;

    for (i = 0; i < 4000; i++) {
        AUTO(json) value = random_value(pick(8) ? 0 : 9);
        AUTO(json) old = NULL;
        AUTO(json) new = NULL;
        AUTO(error) err = NULL;
        AUTO(chars) json = json_text(value);
        AUTO_STR yaml = STR_INIT(STR_TEXT_LIMIT);

        yaml_add(&yaml, value);
        ck_assert(!yaml.failed);
        ck_assert(yaml.s[yaml.len - 1] == '\n');
        yaml_parse(yaml.s, yaml.len, "x", YAML_1_1, &old, &err);
        yaml_parse(yaml.s, yaml.len, "x", YAML_1_2, &new, &err);
        ck_assert_msg(!err, "%s at %s\n%s\n%s", sparkk8s_error_message(err), sparkk8s_error_where(err), json, yaml.s);
        ck_assert_msg(json_equal(value, old), "1.1:\n%s\n%s", json, yaml.s);
        ck_assert_msg(json_equal(value, new), "1.2:\n%s\n%s", json, yaml.s);
    }
}
END_TEST

START_TEST(a_long_key)
{
    AUTO(json) value = json_object();
    AUTO(json) list = json_array();
    AUTO(json) back = NULL;
    AUTO_STR yaml = STR_INIT(STR_TEXT_LIMIT);
    char key[3000];

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    json_put(value, key, json_pack("{s:i}", "a", 1));
    key[1001] = '\0';
    json_put(value, key, json_pack("[i]", 2));
    key[500] = '\0';
    json_put(value, key, json_string("x\ny"));
    json_push(list, json_incref(value));
    yaml_add(&yaml, list);
    ck_assert_int_eq(yaml_parse(yaml.s, yaml.len, "x", YAML_1_1, &back, NULL), 0);
    ck_assert(json_equal(list, back));
}
END_TEST

START_TEST(any_bytes_are_survived)
{
    static const char *const parts[] = {"a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&x ", "*x", "!!int ", "!",
                                        "|", ">", "'", "\"", "\\", "#", "---", "...", "?", "%", "\t", "1", "<<", "\xff",
                                        "\xc3\xa9", "\r"};
    int i;

    for (i = 0; i < 20000; i++) {
        AUTO_STR text = STR_INIT(1000);
        AUTO(json) value = NULL;
        AUTO(error) err = NULL;
        size_t n = pick(15);
        int rc;

        while (n--)
            str_add(&text, parts[pick(COUNT(parts))]);
        rc = yaml_parse(text.s, text.len, "x", i % 2 ? YAML_1_1 : YAML_1_2, &value, &err);
        ck_assert(rc == 0 ? value && !err : rc == SPARKK8S_EPARSE && !value && err);
    }
}
END_TEST

START_TEST(failure_stays_in_the_string)
{
    AUTO(json) value = json_pack("{s:[s,f]}", "key", "text", 1.5);
    AUTO_STR out = STR_INIT(10);

    yaml_add(&out, value);
    ck_assert(out.failed);
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &reads, &odd_keys_in_1_2_only, &resolves, &merges_in_1_1_only, &refuses, &reads_as_kubectl, &reads_utf16,
        &a_nul_ends_nothing, &depth_is_limited, &a_billion_laughs,
        &aliases_share_nothing, &looks_like_kubectls, &quotes_what_could_be_misread, &what_is_written_is_read_again,
        &a_long_key, &any_bytes_are_survived, &failure_stays_in_the_string,
    };

    return run_tests("yamldoc", tests, COUNT(tests));
}
