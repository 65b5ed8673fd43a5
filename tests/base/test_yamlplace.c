/* SPDX-License-Identifier: Apache-2.0 */
/* Where values stand, in YAML and JSON, found and not found. */
#include "suite.h"

#include "prelude.h"
#include "yamlplace.h"

/* "spec/containers/0/image": words are keys, numbers are indexes. */
static char *find(const char *text, const char *path, char **written)
{
    struct document document = {text, strlen(text), "t"};
    struct place steps[20], *last = NULL;
    char parts[20][40];
    size_t n = 0;

    while (*path) {
        size_t len = strcspn(path, "/");

        memcpy(parts[n], path, len);
        parts[n][len] = '\0';
        steps[n] = (struct place){.up = last, .key = parts[n]};
        if (parts[n][0] >= '0' && parts[n][0] <= '9')
            steps[n] = (struct place){.up = last, .index = (size_t)(parts[n][0] - '0')};
        last = &steps[n++];
        path += len + (path[len] == '/');
    }
    *written = place_text(last);
    return yaml_where(&document, last);
}

START_TEST(places)
{
    static const char yaml[] = "# first\nspec:\n  # c\n  list:\n  - a: 1\n    b: [x, {c: d}]\n  - &n\n    e.f: |\n"
                               "      spec:\n    g: {}\n  other: *n\n  last: ''\n...\n";
    static const char json[] = "{\"a\":{\"b\":[1,{\"c\":2}],\n\"d\":null}}";
    static const struct {
        const char *text, *path, *where, *written;
    } cases[] = {
        {yaml, "", "t:2:1", ""}, {yaml, "spec", "t:2:1", "spec"}, {yaml, "spec/list", "t:4:3", "spec.list"},
        {yaml, "spec/list/0", "t:5:5", "spec.list[0]"}, {yaml, "spec/list/0/a", "t:5:5", "spec.list[0].a"},
        {yaml, "spec/list/0/b/1/c", "t:6:13", "spec.list[0].b[1].c"},
        {yaml, "spec/list/1/e.f", "t:8:5", "spec.list[1][e.f]"}, {yaml, "spec/list/1/g", "t:10:5", "spec.list[1].g"},
        {yaml, "spec/other/g", "t:11:3", "spec.other.g"},           /* what the alias stands for */
        {yaml, "spec/last", "t:12:3", "spec.last"},
        {yaml, "spec/list/2", "t:4:3", "spec.list[2]"}, {yaml, "spec/none/x", "t:2:1", "spec.none.x"},
        {yaml, "spec/last/x", "t:12:3", "spec.last.x"}, {yaml, "no", "t:2:1", "no"},
        {json, "a/b/1/c", "t:1:15", "a.b[1].c"}, {json, "a/d", "t:2:1", "a.d"}, {json, "", "t:1:1", ""},
        {"\xef\xbb\xbf" "a: {b: c}", "a/b", "t:1:5", "a.b"},
        {"", "a", "t:1:1", "a"}, {"a: [", "a/0", "t:1:1", "a[0]"}, {"a: b: c", "a", "t:1:1", "a"},
        {"\tx", "a", "t:1:1", "a"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) written = NULL;
        AUTO(chars) where = find(cases[i].text, cases[i].path, &written);

        ck_assert_msg(!strcmp(where, cases[i].where), "%s: %s", cases[i].path, where);
        ck_assert_str_eq(written, cases[i].written);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {&places};

    return run_tests("yamlplace", tests, COUNT(tests));
}
