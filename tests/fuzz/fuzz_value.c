/* SPDX-License-Identifier: Apache-2.0 */
/* One value: sizes, times, quantities, numbers, names, references, and every rule of the checks. */
#include <math.h>
#include <string.h>

#include "check_rules.h"
#include "must.h"
#include "names.h"
#include "quantity.h"
#include "rendering.h"
#include "target.h"
#include "text.h"
#include "uri.h"
#include "value.h"

static void numbers(const char *text)
{
    int64_t size, time, again;
    double value, same, quantity;
    const char *wrong = size_parse(text, 1, &size);

    must(wrong || size >= 0, "size %lld", (long long)size);
    must(wrong || size_parse(text, 1024, &again) || again == size || again == size * 1024, "%lld", (long long)again);
    if (!time_parse(text, 1000000, &time))
        must(text[strcspn(text, "0123456789")], "a time without digits");
    if (quantity_parse(text, &quantity))
        must(isfinite(quantity), "quantity");
    if (text_to_double(text, &value) && isfinite(value)) {
        AUTO(chars) written = text_from_double(value);

        must(written && text_to_double(written, &same) && same == value, "%s", written);
    }
}

static void names(const char *text)
{
    AUTO(chars) label = name_label(text);
    AUTO(chars) prefix = name_prefix(text, "0123456789abcdef");
    AUTO(chars) path = NULL;
    int i;

    must(label && (!*label || name_is_label(label)), "label '%s'", label);
    must(prefix && *prefix >= 'a' && *prefix <= 'z', "prefix '%s'", prefix);
    for (i = RULE_NONE + 1; i < RULES; i++)
        must(rules[i].holds(text) == rules[i].holds(text), "rule %d", i);
    must(!text_glob(text, text) || strlen(text) < 100000, "glob");
    uri_path(text, &path);
    uri_is_client_local(text);
}

/* Typed reads, of the text itself and of one that refers to it. */
static void reads(const char *text)
{
    static const char *const vars[] = {"E=${env:E}", "X=1g", NULL};
    AUTO(conf) conf = sparkk8s_conf_new();
    struct env env = {0};
    const struct reader reader = {.conf = conf, .env = &env};
    static const char *const keys[] = {"spark.driver.memory", "spark.x"};
    size_t i;

    must(conf && env_set_all(&env, vars, NULL) == 0, "out of memory");
    sparkk8s_conf_set(conf, "spark.driver.memory", text, NULL);
    sparkk8s_conf_set(conf, "spark.x", "a${spark.driver.memory}b${env:E}${env:X}", NULL);
    for (i = 0; i < COUNT(keys); i++) {
        AUTO(chars) out = NULL;
        sparkk8s_error *err = NULL;
        int64_t mib;

        if (read_text(&reader, keys[i], &out, &err) < 0)
            rendering_error(err);
        sparkk8s_error_free(err);
        err = NULL;
        if (read_mib(&reader, keys[i], &mib, NULL, &err) < 0)
            rendering_error(err);
        sparkk8s_error_free(err);
    }
    env_clear(&env);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(chars) text = text_dupn((const char *)data, size);

    must(text, "out of memory");
    numbers(text);
    names(text);
    if (text_is_utf8(text, strlen(text)))
        reads(text);
    return 0;
}
