/* SPDX-License-Identifier: Apache-2.0 */
/* Properties text: what was read can be written, and is then read as the same. */
#include <string.h>

#include "must.h"
#include "properties.h"
#include "rendering.h"
#include "str.h"
#include "target.h"

static void check_same(const sparkk8s_conf *one, const sparkk8s_conf *two)
{
    size_t i;

    must(sparkk8s_conf_count(one) == sparkk8s_conf_count(two), "%zu", sparkk8s_conf_count(one));
    for (i = 0; i < sparkk8s_conf_count(one); i++) {
        const char *key = sparkk8s_conf_key(one, i), *value = sparkk8s_conf_get(two, key);

        must(value && !strcmp(value, sparkk8s_conf_get(one, key)), "%s='%s'", key, value);
    }
}

static void write_and_read(const sparkk8s_conf *conf)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    sparkk8s_conf *again = sparkk8s_conf_new();
    size_t i;

    for (i = 0; i < sparkk8s_conf_count(conf); i++)
        properties_add(&text, sparkk8s_conf_key(conf, i), sparkk8s_conf_get(conf, sparkk8s_conf_key(conf, i)));
    must(again && !text.failed, "out of memory");
    must(sparkk8s_conf_parse(again, text.s, text.len, "again", NULL) == 0, "%s", text.s);
    check_same(conf, again);
    sparkk8s_conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sparkk8s_conf *conf = sparkk8s_conf_new();
    sparkk8s_error *err = NULL;

    must(conf, "out of memory");
    if (sparkk8s_conf_parse(conf, (const char *)data, size, "fuzz", &err) == 0)
        write_and_read(conf);
    else
        rendering_error(err);
    sparkk8s_error_free(err);
    sparkk8s_conf_free(conf);
    return 0;
}
