/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "error.h"
#include "json.h"

static json_t *parsed(const char *text)
{
    json_t *value = NULL;

    ck_assert_int_eq(json_parse(text, strlen(text), "test", &value, NULL), 0);
    return value;
}

START_TEST(parses)
{
    static const struct { const char *text, *compact; } cases[] = {
        {"{}", "{}"}, {" [1, 2.5, \"x\"] ", "[1,2.5,\"x\"]"}, {"\"\\u20ac\"", "\"\xe2\x82\xac\""}, {"null", "null"},
        {"7", "7"}, {"{\"b\":1,\"a\":{\"d\":true,\"c\":[]}}", "{\"b\":1,\"a\":{\"d\":true,\"c\":[]}}"},
        {"{\"a\":1,\"a\":2}", "{\"a\":2}"}, {"9223372036854775807", "9223372036854775807"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(json) value = parsed(cases[i].text);
        AUTO(chars) text = json_text(value);

        ck_assert_str_eq(text, cases[i].compact);
    }
}
END_TEST

START_TEST(refuses)
{
    static const struct { const char *text; size_t len; const char *where; } cases[] = {
        {"", 0, "pod.json:1:0"}, {"{", 1, "pod.json:1:1"}, {"{\n\n 1}", 6, "pod.json:3:2"}, {"[1,]", 4, "pod.json:1:4"},
        {"\"a\0b\"", 5, "pod.json:1:2"}, {"\"\\u0000\"", 8, "pod.json:1:8"}, {"\"\xff\"", 3, "pod.json:1:1"},
        {"\"\\ud83d\"", 8, "pod.json:1:8"}, {"1 2", 3, "pod.json:1:3"}, {"99999999999999999999", 20, "pod.json:1:20"}, {"1e999", 5, "pod.json:1:5"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(error) err = NULL;
        json_t *value = (json_t *)cases;

        ck_assert_int_eq(json_parse(cases[i].text, cases[i].len, "pod.json", &value, &err), SPARKK8S_EPARSE);
        ck_assert_ptr_eq(value, cases);                 /* untouched */
        ck_assert_int_eq(sparkk8s_error_code(err), SPARKK8S_EPARSE);
        ck_assert_str_eq(sparkk8s_error_where(err), cases[i].where);
        ck_assert_int_eq(strncmp(sparkk8s_error_message(err), "not JSON: ", 10), 0);
    }
}
END_TEST

START_TEST(errors_quote_nothing)
{
    AUTO(error) err = NULL;
    const char *text = "{\"token\": SECRET-1}";
    json_t *value = NULL;

    ck_assert_int_eq(json_parse(text, strlen(text), "x", &value, &err), SPARKK8S_EPARSE);
    ck_assert_ptr_null(strstr(sparkk8s_error_message(err), "SECRET"));
}
END_TEST

START_TEST(depth_is_limited)
{
    AUTO(error) err = NULL;
    AUTO(chars) text = malloc(100000);
    json_t *value = NULL;

    memset(text, '[', 100000);
    ck_assert_int_eq(json_parse(text, 100000, "x", &value, &err), SPARKK8S_EPARSE);
}
END_TEST

START_TEST(prints)
{
    AUTO(json) value = parsed("{\"b\":[1,{\"z\":1,\"y\":2}],\"a\":\"/\xc3\xa9\"}");
    AUTO(chars) sorted = json_text_sorted(value);
    AUTO(chars) indented = json_text_indented(value);

    ck_assert_str_eq(sorted, "{\"a\":\"/\xc3\xa9\",\"b\":[1,{\"y\":2,\"z\":1}]}");
    ck_assert_str_eq(indented, "{\n  \"b\": [\n    1,\n    {\n      \"z\": 1,\n      \"y\": 2\n    }\n  ],\n"
                     "  \"a\": \"/\xc3\xa9\"\n}");
}
END_TEST

static void *foreign_malloc(size_t n)
{
    char *block = malloc(n + 64);

    return block ? block + 64 : NULL;
}

static void foreign_free(void *block)
{
    if (block)
        free((char *)block - 64);
}

START_TEST(texts_are_ours_whoever_allocates_for_jansson)
{
    char *text;
    json_t *value;

    json_set_alloc_funcs(foreign_malloc, foreign_free);
    value = json_pack("{s:[i]}", "a", 1);
    text = json_text(value);
    json_decref(value);
    json_set_alloc_funcs(malloc, free);
    ck_assert_str_eq(text, "{\"a\":[1]}");
    free(text);                                         /* would abort on a foreign block */
}
END_TEST

static int allowed;                         /* how many allocations of jansson's still succeed */

static void *failing_malloc(size_t n)
{
    return allowed-- > 0 ? malloc(n) : NULL;
}

START_TEST(out_of_memory_is_told_from_bad_text)
{
    static const char *const texts[] = {"{\"a\": [1, {\"b\": \"c\\n\"}], \"d\": 1.5, \"e\": null}", "\"x\"", "7"};
    size_t i;
    int n;

    json_set_alloc_funcs(failing_malloc, free);
    for (i = 0; i < COUNT(texts); i++) {
        for (n = 0; n < 1000; n++) {
            AUTO(error) err = NULL;
            json_t *value = NULL;

            allowed = n;
            if (!json_parse(texts[i], strlen(texts[i]), "x", &value, &err)) {
                json_decref(value);
                break;
            }
            ck_assert_msg(sparkk8s_error_code(err) == SPARKK8S_ENOMEM, "%d: %s", n, sparkk8s_error_message(err));
        }
        ck_assert_int_gt(n, 0);
        ck_assert_int_lt(n, 1000);
    }
    json_set_alloc_funcs(malloc, free);
}
END_TEST

/* Deep, shallow, and whole or not at all: rendering is tried with every allocation of it failing. */
START_TEST(clones)
{
    AUTO(json) value = json_pack("{s:[i, {s:s}, n, f, b], s:{}}", "a", 1, "b", "c", 1.5, 1, "d");
    AUTO(json) deep = json_clone(value);
    AUTO(json) shallow = json_clone_members(value);

    ck_assert_ptr_nonnull(value);
    ck_assert(json_equal(value, deep) && json_equal(value, shallow));
    ck_assert_ptr_eq(json_object_get(shallow, "a"), json_object_get(value, "a"));
    ck_assert_int_eq(json_array_append_new(json_object_get(value, "a"), json_integer(2)), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(deep, "a")), 5);
    ck_assert_ptr_null(json_clone(NULL));
    ck_assert_ptr_null(json_clone_members(NULL));
}
END_TEST

START_TEST(finds)
{
    AUTO(json) value = parsed("{\"a\":{\"b\":{\"c\":\"x\",\"n\":1}},\"l\":[]}");

    ck_assert_ptr_eq(json_at(value, NULL), value);
    ck_assert(json_is_object(json_at(value, "a", "b", NULL)));
    ck_assert_ptr_null(json_at(value, "a", "x", "c", NULL));
    ck_assert_ptr_null(json_at(value, "l", "b", NULL));
    ck_assert_ptr_null(json_at(NULL, "l", NULL));
    ck_assert_str_eq(json_text_at(value, "a", "b", "c", NULL), "x");
    ck_assert_ptr_null(json_text_at(value, "a", "b", "n", NULL));
    ck_assert_ptr_null(json_text_at(value, "a", "b", "none", NULL));
}
END_TEST

START_TEST(needs)
{
    AUTO(json) value = parsed("{\"o\":{\"k\":1},\"a\":[1],\"n\":null}");
    AUTO(chars) text = NULL;

    ck_assert_ptr_eq(json_need_object(value, "o"), json_object_get(value, "o"));
    ck_assert_ptr_eq(json_need_array(value, "a"), json_object_get(value, "a"));
    ck_assert_ptr_null(json_need_object(value, "a"));
    ck_assert_ptr_null(json_need_array(value, "o"));
    ck_assert_ptr_null(json_need_object(value, "n"));
    ck_assert_ptr_eq(json_need_object(value, "new"), json_object_get(value, "new"));
    ck_assert_int_eq(json_push(json_need_array(value, "list"), json_integer(5)), 0);
    text = json_text(value);
    ck_assert_str_eq(text, "{\"o\":{\"k\":1},\"a\":[1],\"n\":null,\"new\":{},\"list\":[5]}");
}
END_TEST

START_TEST(puts_steal)
{
    AUTO(json) object = json_object();
    AUTO(json) array = json_array();
    AUTO(json) kept = json_integer(1);

    ck_assert_int_eq(json_put(object, "a", json_incref(kept)), 0);
    ck_assert_int_eq(json_push(array, json_incref(kept)), 0);
    ck_assert_uint_eq(kept->refcount, 3);
    ck_assert_int_eq(json_put(array, "a", json_incref(kept)), SPARKK8S_ENOMEM);        /* not an object */
    ck_assert_int_eq(json_push(object, json_incref(kept)), SPARKK8S_ENOMEM);
    ck_assert_uint_eq(kept->refcount, 3);
    ck_assert_int_eq(json_put(object, "b", NULL), SPARKK8S_ENOMEM);
    ck_assert_int_eq(json_push(array, NULL), SPARKK8S_ENOMEM);
    ck_assert_int_eq(json_put_text(object, "t", "text"), 0);
    ck_assert_str_eq(json_text_at(object, "t", NULL), "text");
    ck_assert_uint_eq(json_object_size(object), 2);
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &parses, &refuses, &errors_quote_nothing, &depth_is_limited, &prints,
        &texts_are_ours_whoever_allocates_for_jansson, &out_of_memory_is_told_from_bad_text, &clones, &finds, &needs,
        &puts_steal,
    };

    return run_tests("json", tests, COUNT(tests));
}
